"""The harness's end of a supervisor: starting it, and asking it to prepare, start and end a target (see `supervisor`).

Knows how they talk, and nothing of what is measured.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROGRAM = Path(__file__).with_name("supervisor.py")
_REPLY_WITHIN_S = 10.0
_ENDED_WITHIN_S = 10.0
_REMEDY = "Look for processes that can't be ended (state D in `ps`), then run `harness clean`."


class NotStartedError(Exception):
    """The target's first process could not be prepared or become the target; says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a supervisor is to start.

    Attributes:
        command: The argument vector; the environment's PATH says where its first word is found.
        environment: The whole environment.
        folder: The working directory.
        cpus: The CPUs that it may use.
        open_files: How many files and connections it may have open.
        user: The user and group to run as; None for that of the harness.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    cpus: tuple[int, ...]
    open_files: int
    user: int | None


class Supervisor:
    """A supervisor with one target: prepared when made, then started, then ended; whose loss ends the target too."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._replies = _Replies(process)
        self._code: int | None = None
        self._orphans = 0

    @classmethod
    def prepare(cls, request: Request, marks: Mapping[str, str], printed: int) -> Self:
        """Start a supervisor that carries the `marks`, and have it prepare a target that prints to a file.

        The target ends when the harness does, however that ends.

        Raises:
            NotStartedError: The target can't be prepared.
            MachineError: The supervisor does not answer.
        """
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_PROGRAM)],
            env=dict(marks),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=printed,
            start_new_session=True,  # ^C in a terminal is for the harness; the target is ended in its turn
        )
        supervisor = cls(process)
        try:
            supervisor._say(json.dumps(asdict(request)))
            supervisor._expect("prepared")
        except BaseException:
            supervisor.end()
            raise
        return supervisor

    @property
    def pid(self) -> int:
        """The supervisor's own number: all processes of the target descend from it."""
        return self._process.pid

    def start(self) -> None:
        """Let the prepared process become the target.

        Raises:
            NotStartedError: The kernel would not run its command.
            MachineError: The supervisor does not answer.
        """
        self._say("start")
        self._expect("started")

    def stop(self) -> None:
        """Send SIGTERM to the target's first process, as an engine does."""
        self._say("stop")

    def exit_code(self, within_s: float = 0.0) -> int | None:
        """Wait for the target's end and return its exit code, negative for a signal; None if it has not ended.

        Once there is one, nothing of the target is left.
        """
        if self._code is None:
            reply = self._replies.next(within_s)
            if reply == "":  # a supervisor that was killed takes the target's first process along
                self._code = -signal.SIGKILL
            elif reply is not None and reply.startswith("exited "):
                self._code, self._orphans = map(int, reply.split()[1:])
        return self._code

    @property
    def orphans(self) -> int:
        """How many processes the target's first left without a parent when it ended; 0 before that."""
        return self._orphans

    def end(self) -> None:
        """End everything that is kept at once, and the supervisor; safe to call again.

        Raises:
            MachineError: Something can't be ended.
        """
        _hang_up(self._process)
        try:
            self._process.wait(_ENDED_WITHIN_S)
            self._replies.close()
        except subprocess.TimeoutExpired as error:
            raise MachineError(
                "a target can't be ended",
                where=f"supervisor {self.pid}",
                cause=f"it is still there {_ENDED_WITHIN_S:g} s after SIGKILL",
                remedy=_REMEDY,
            ) from error

    def _say(self, words: str) -> None:
        with suppress(BrokenPipeError):  # it has ended, which its replies tell
            os.write(self._input, f"{words}\n".encode())

    @property
    def _input(self) -> int:
        if self._process.stdin is None:
            raise RuntimeError("a supervisor without input")
        return self._process.stdin.fileno()

    def _expect(self, word: str) -> None:
        reply = self._replies.next(_REPLY_WITHIN_S)
        if reply is not None and reply.partition(" ")[0] == word:
            return
        if reply and reply.startswith("failed "):
            raise NotStartedError(reply.removeprefix("failed "))
        if reply and reply.startswith("exited "):
            raise NotStartedError("it was ended before it was started")
        raise MachineError(
            "a target's supervisor does not answer",
            where=f"process {self.pid}",
            cause="it has ended" if reply == "" else f"nothing within {_REPLY_WITHIN_S:g} s",
            remedy=_REMEDY,
        )


class _Replies:
    """The lines that a supervisor prints, one at a time, each waited for no longer than is said."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._rest = b""

    def next(self, within_s: float) -> str | None:
        """Return the next line; None if none comes in time, empty when there will be no more."""
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


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
