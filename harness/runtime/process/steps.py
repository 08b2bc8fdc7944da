"""The commands of a build: run one after the other, every line told, none of them outliving its build."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_LINES_KEPT = 20


class StepError(Exception):
    """A command could not be run or failed; `lines` are the last that it printed."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Steps:
    """Runs commands in the environment of whoever called the harness, where registries and certificates are named."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log

    def run(self, *command: str | Path, where: Path, variables: Mapping[str, str] | None = None) -> None:
        """Run a command in a folder to its end and tell each line that it prints.

        Raises:
            StepError: It can't be run, or does not exit 0.
        """
        last: deque[str] = deque(maxlen=_LINES_KEPT)
        with _started(command, where, variables or {}) as process:
            try:
                for line in process.stdout or ():
                    last.append(line.rstrip())
                    self._log(line.rstrip())
                code = process.wait()
            except BaseException:
                _end(process)
                raise
        if code:
            raise StepError([*last, f"{command[0]} exited with code {code}"])

    def read(self, *command: str | Path, where: Path, variables: Mapping[str, str] | None = None) -> str:
        """Run a short command in a folder and return what it prints on stdout.

        Raises:
            StepError: It can't be run, or does not exit 0.
        """
        try:
            done = subprocess.run(
                command, cwd=where, env=_environment(variables or {}), capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise StepError([_not_run(command, error)]) from error
        if done.returncode:
            raise StepError([*done.stderr.splitlines()[-_LINES_KEPT:], f"{command[0]} exited with {done.returncode}"])
        return done.stdout


def _started(command: tuple[str | Path, ...], where: Path, variables: Mapping[str, str]) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            cwd=where,
            env=_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # so that it is ended with its children, and by us alone when the terminal says ^C
        )
    except OSError as error:
        raise StepError([_not_run(command, error)]) from error


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    # Where Python looks for modules is not passed on: what pip finds there it would not install into the target.
    return {**{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}, **variables}


def _not_run(command: tuple[str | Path, ...], error: OSError) -> str:
    return f"{command[0]} can't be run: {error.strerror or error}"
