"""Commands of a build: run one after the other, logged line by line, and killed if the build is interrupted."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.runtime.building import STEP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_LINES_KEPT = 20


class StepError(Exception):
    """A command could not be run or failed; `lines` are its last printed lines."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Steps:
    """Runner of commands, in the environment of the harness: it has the user's settings of proxies and certificates."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log

    def run(self, *command: str | Path, where: Path, variables: Mapping[str, str] | None = None) -> None:
        """Run a command in a folder to its end, and log each line that it prints.

        Raises:
            StepError: The command can't be run, or does not exit with 0.
        """
        last_lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._log(STEP + shlex.join(map(str, command)))
        with _started(command, where, variables or {}) as process:
            try:
                for line in process.stdout or ():
                    last_lines.append(line.rstrip())
                    self._log(line.rstrip())
                code = process.wait()
            except BaseException:
                _end(process)
                raise
        if code:
            raise StepError([*last_lines, f"{command[0]} exited with code {code}"])

    def read(self, *command: str | Path, where: Path, variables: Mapping[str, str] | None = None) -> str:
        """Run a short command in a folder and return its stdout.

        Raises:
            StepError: The command can't be run, or does not exit with 0.
        """
        with _started(command, where, variables or {}, stderr=subprocess.PIPE) as process:
            try:
                stdout, stderr = process.communicate()
            except BaseException:
                _end(process)
                raise
        if process.returncode:
            message = f"{command[0]} exited with code {process.returncode}"
            raise StepError([*stderr.splitlines()[-_LINES_KEPT:], message])
        return stdout


def _started(
    command: tuple[str | Path, ...], where: Path, variables: Mapping[str, str], stderr: int = subprocess.STDOUT
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            cwd=where,
            env=_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            start_new_session=True,  # so that ^C does not reach it, and that it is killed together with its children
        )
    except OSError as error:
        raise StepError([_cannot_run(command, error)]) from error


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    # PYTHONPATH and the like are not passed on: pip would not install packages that it finds there into the target.
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}, **variables}


def _cannot_run(command: tuple[str | Path, ...], error: OSError) -> str:
    return f"{command[0]} can't be run: {error.strerror or error}"
