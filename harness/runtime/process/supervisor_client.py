"""Client of a supervisor: starts it, and commands it to prepare, start, stop and kill a target (see `supervisor`).

This module knows the protocol. It does not know what is measured.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.errors import MachineError
from harness.runtime.process.leftovers import end_tree, tree_mark
from harness.runtime.process.stopped import LOOKS_EVERY_S, stays_stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM = Path(__file__).with_name("supervisor.py")
_REPLY_WITHIN_S = 10.0
_ENDED_WITHIN_S = 10.0
_EXITED = re.compile(r"exited (-?\d{1,3}) ([01]) (\d{1,9}) (\d{1,18})", re.ASCII)
_LONGEST_REPLY = 1 << 16  # a reason can have the longest path twice
_REMEDY = "Look for processes that can't be ended (state D in `ps`), then run `harness clean`."


class NotStartedError(Exception):
    """The target's first process could not be prepared or could not become the target; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """Request to a supervisor: the target to prepare.

    Attributes:
        command: The argument vector; its first word is looked up in the PATH of `environment`.
        environment: The whole environment.
        folder: The working directory.
        cpus: The CPUs that the target may use.
        open_files: Maximum of open files and connections.
        user: Id of the user and of the group of the target; None means those of the harness.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    cpus: tuple[int, ...]
    open_files: int
    user: int | None


class Supervisor:
    """Supervisor of one target, which is prepared, started and ended; the target ends with its supervisor.

    A target of the same user can kill its supervisor. Then the kernel kills the target's first process, and this class
    all others, by the mark in their environment.
    """

    def __init__(self, process: subprocess.Popen[bytes], mark: Mapping[str, str]) -> None:
        self._process = process
        self._mark = mark
        self._lost: int | None = None
        self._replies = _Replies(process)
        self._code: int | None = None
        self._was_told = False
        self._orphans = 0
        self._peak_bytes: int | None = None

    @classmethod
    def prepare(cls, request: Request, marks: Mapping[str, str], output: int) -> Self:
        """Start a supervisor, and let it prepare a target. The target ends with the harness, even if that is killed.

        Args:
            request: The target to prepare.
            marks: Environment variables of the supervisor, by which leftover processes are found.
            output: Descriptor of the file for the target's output.

        Raises:
            NotStartedError: The target can't be prepared.
            MachineError: The supervisor does not answer.
        """
        mark = tree_mark()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PROGRAM)],
            env={**marks, **mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            start_new_session=True,  # ^C in a terminal is only for the harness, which then ends the target
        )
        supervisor = cls(process, mark)
        try:
            marked = replace(request, environment={**request.environment, **mark})
            supervisor._send(json.dumps(asdict(marked)))
            fault = supervisor._fault("prepared")
        except BaseException:
            supervisor.end()
            raise
        if fault:
            supervisor.end()
            raise MachineError(
                "a target's supervisor does not answer",
                where=f"process {supervisor.pid}",
                cause=fault,
                remedy=_REMEDY,
            )
        return supervisor

    @property
    def pid(self) -> int:
        """Process id of the supervisor, the ancestor of all processes of the target."""
        return self._process.pid

    def start(self) -> None:
        """Let the prepared process become the target.

        Raises:
            NotStartedError: The kernel can't run its command, or the supervisor does not answer. It waits for nothing
                but the target, which can attack it from now on: so this is no fault of the machine.
        """
        self._send("start")
        if fault := self._fault("started"):
            raise NotStartedError(f"its supervisor, which it or another process can attack, does not answer: {fault}")

    def stop(self) -> None:
        """Send SIGTERM to the target's first process, as an engine does."""
        self._send("stop")

    def exit_code(self, within_s: float = 0.0) -> int | None:
        """Wait for the target's end and return its exit code, negative for a signal; None if it has not ended.

        After an exit code, no process of the target is left.

        Raises:
            MachineError: The supervisor was lost, and a process of the target can't be killed.
        """
        if self._code is None:
            reply = self._replies.next(within_s)
            if reply is None:
                return None
            if exited := _EXITED.fullmatch(reply):
                self._code, was_told, self._orphans, self._peak_bytes = map(int, exited.groups())
                self._was_told = bool(was_told)
            else:  # the supervisor was killed, and the kernel then kills the leader; or the target itself wrote this
                self.end()
                self._code, self._lost = -signal.SIGKILL, self._process.wait()
        return self._code

    def is_stopped(self) -> bool:
        """Return whether the supervisor is stopped, as a target of the same user can do to it."""
        return stays_stopped(self.pid)

    @property
    def lost(self) -> int | None:
        """The exit code of the supervisor itself if it ended before the target, negative for a signal; else None."""
        return self._lost

    @property
    def was_told(self) -> bool:
        """Whether the first process ended after `stop`; False if it ended by itself, and before its end."""
        return self._was_told

    @property
    def orphans(self) -> int:
        """Number of processes that the first process left without a parent after `stop`; 0 before its end."""
        return self._orphans

    @property
    def peak_bytes(self) -> int | None:
        """The most memory that one process of the target had resident; None before its end or if it is not known."""
        return self._peak_bytes

    def end(self) -> None:
        """Kill the target at once and end the supervisor; can be called more than once.

        One that the target has stopped is resumed. If the target stops it again, it is killed.

        Raises:
            MachineError: A process can't be ended.
        """
        _close_input(self._process)
        self._process.send_signal(signal.SIGCONT)  # it does nothing to one that has ended
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDED_WITHIN_S)
            self._process.kill()
            if self._process.wait(_ENDED_WITHIN_S):
                end_tree(self._mark)
            self._replies.close()
        except subprocess.TimeoutExpired as error:
            raise MachineError(
                "a target can't be ended",
                where=f"supervisor {self.pid}",
                cause=f"it still exists {_ENDED_WITHIN_S:g} s after SIGKILL",
                remedy=_REMEDY,
            ) from error

    def _send(self, line: str) -> None:
        with suppress(BrokenPipeError):  # the supervisor has ended, and its replies say so
            os.write(self._input, f"{line}\n".encode())

    @property
    def _input(self) -> int:
        if self._process.stdin is None:
            raise RuntimeError("the supervisor has no stdin")
        return self._process.stdin.fileno()

    def _fault(self, word: str) -> str:
        """Wait for a reply; return in words why it does not come, empty if it does.

        Raises:
            NotStartedError: The reply is that the target can't be prepared or started.
        """
        deadline_s = time.monotonic() + _REPLY_WITHIN_S
        while (reply := self._replies.next(LOOKS_EVERY_S)) is None:
            if self.is_stopped():
                return "it is stopped"
            if time.monotonic() > deadline_s:
                return f"no reply within {_REPLY_WITHIN_S:g} s"
        if reply.startswith("failed "):
            raise NotStartedError(reply.removeprefix("failed "))
        if reply.startswith("exited "):
            raise NotStartedError("it was ended before its start")
        if reply.partition(" ")[0] == word:
            return ""
        return "it replied something else" if reply else "it has ended"


class _Replies:
    """Replies of a supervisor: its printed lines, read one at a time with a timeout."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._rest = b""

    def next(self, within_s: float) -> str | None:
        """Return the next line; None at the timeout, empty at the end of the replies or where one has no end."""
        output = self._process.stdout
        if output is None or output.closed:
            return ""
        deadline_s = time.monotonic() + within_s
        while b"\n" not in self._rest:
            left_s = max(0.0, deadline_s - time.monotonic())
            if not select.select([output], [], [], left_s)[0]:
                return None
            piece = os.read(output.fileno(), 4096)
            self._rest += piece
            if not piece or len(self._rest) > _LONGEST_REPLY:
                return ""
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace")

    def close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
