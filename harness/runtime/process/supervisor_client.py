"""Client of a supervisor: starts it, and commands it to prepare, start, stop and kill a target (see `supervisor`).

This module knows the protocol. It does not know what is measured.
"""

from __future__ import annotations

import json
import os
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

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM = Path(__file__).with_name("supervisor.py")
_REPLY_WITHIN_S = 10.0
_ENDED_WITHIN_S = 10.0
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
            supervisor._expect("prepared")
        except BaseException:
            supervisor.end()
            raise
        return supervisor

    @property
    def pid(self) -> int:
        """Process id of the supervisor, the ancestor of all processes of the target."""
        return self._process.pid

    def start(self) -> None:
        """Let the prepared process become the target.

        Raises:
            NotStartedError: The kernel can't run its command, or the target killed its supervisor at once.
            MachineError: The supervisor does not answer.
        """
        self._send("start")
        self._expect("started", lost="it, or another process, killed its supervisor")

    def stop(self) -> None:
        """Send SIGTERM to the target's first process, as an engine does."""
        self._send("stop")

    def exit_code(self, within_s: float = 0.0) -> int | None:
        """Wait for the target's end and return its exit code, negative for a signal; None if it has not ended.

        After an exit code, no process of the target is left.

        Raises:
            MachineError: The supervisor was killed, and a process that it left can't be killed.
        """
        if self._code is None:
            reply = self._replies.next(within_s)
            if reply == "":  # the supervisor was killed, and the kernel then kills the leader
                self._process.kill()  # it does nothing to one that has ended
                self._code, self._lost = -signal.SIGKILL, self._process.wait()
                end_tree(self._mark)
            elif reply is not None and reply.startswith("exited "):
                self._code, self._orphans, self._peak_bytes = map(int, reply.split()[1:])
        return self._code

    @property
    def lost(self) -> int | None:
        """The exit code of the supervisor itself if it ended before the target, negative for a signal; else None."""
        return self._lost

    @property
    def orphans(self) -> int:
        """Number of processes that the first process left without a parent at its end; 0 before its end."""
        return self._orphans

    @property
    def peak_bytes(self) -> int | None:
        """The most memory that one process of the target had resident; None before its end, and of a keeper lost."""
        return self._peak_bytes

    def end(self) -> None:
        """Kill the target at once and end the supervisor; can be called more than once.

        A supervisor that does not end in time, because the target has stopped it, is killed.

        Raises:
            MachineError: A process can't be ended.
        """
        _close_input(self._process)
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

    def _expect(self, word: str, lost: str = "") -> None:
        """Wait for a reply; `lost` says how the target failed if its supervisor has ended, empty for the machine."""
        reply = self._replies.next(_REPLY_WITHIN_S)
        if reply == "" and lost:
            raise NotStartedError(lost)
        if reply is not None and reply.partition(" ")[0] == word:
            return
        if reply and reply.startswith("failed "):
            raise NotStartedError(reply.removeprefix("failed "))
        if reply and reply.startswith("exited "):
            raise NotStartedError("it was ended before its start")
        raise MachineError(
            "a target's supervisor does not answer",
            where=f"process {self.pid}",
            cause="it has ended" if reply == "" else f"no reply within {_REPLY_WITHIN_S:g} s",
            remedy=_REMEDY,
        )


class _Replies:
    """Replies of a supervisor: its printed lines, read one at a time with a timeout."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._rest = b""

    def next(self, within_s: float) -> str | None:
        """Return the next line; None at the timeout, empty at the end of the replies."""
        output = self._process.stdout
        if output is None or output.closed:
            return ""
        deadline_s = time.monotonic() + within_s
        while b"\n" not in self._rest:
            left_s = max(0.0, deadline_s - time.monotonic())
            if not select.select([output], [], [], left_s)[0]:
                return None
            piece = os.read(output.fileno(), 4096)
            if not piece:
                return ""
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace")

    def close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()


def _close_input(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
