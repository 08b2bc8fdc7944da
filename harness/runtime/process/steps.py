"""Commands of a build: run one after the other, logged line by line, and killed if the build is interrupted.

A target's own code runs in them. So each has an allow-listed environment, a session of its own, and ends with the
harness; what it leaves running ends with it; root's steps run as user nobody. A command that is only read has no
network, and a time limit.
"""

from __future__ import annotations

import json
import math
import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from harness.documents.findings import LONGEST_BYTES
from harness.foreign_text import without_colours
from harness.runtime.building import STEP
from harness.runtime.cache import home_folder
from harness.runtime.failures import signal_named
from harness.runtime.process.leftovers import end_tree, tree_mark
from harness.runtime.process.stopped import LOOKS_EVERY_S, stays_stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

READ_WITHIN_S = 300.0
"""Longest time of a command that is read, in seconds: Go compiles its probes first."""

_ENDS_WITHIN_S = 5.0
_LINES_KEPT = 20
_LONGEST_LINE = 2000
_LINE = re.compile(rb".{0,%d}\n|.{%d}" % (_LONGEST_LINE - 1, _LONGEST_LINE))  # or as much of a longer one
_PIPE_BYTES = 1 << 20  # the most that a pipe holds (pipe(7))
_LONGEST_FILE_BYTES = 1 << 29  # of a command that is read: Go's probes write programs
_CONFINED = Path(__file__).with_name("confined.py")
_NAMES = frozenset(
    {
        *("PATH", "LANG", "LANGUAGE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
        "NODE_EXTRA_CA_CERTS",
        *("GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH", "GOFLAGS"),
    }
)
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
_OF_HOME = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "GOPATH", "GOMODCACHE", "GOCACHE", "GOENV")
_GO_SETTINGS = Path(".config/go/env")


class StepError(Exception):
    """A command could not be run or failed; `lines` are its last printed lines."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Confinement:
    """Confinement of the commands of a build.

    Attributes:
        user: Id of the user and the group of the commands; None means those of the harness.
        home: Home folder of that user, with the caches of the tools.
        lock: Descriptor of the lock of the build, which every process of it keeps open; None without one.
        marks: Environment variables by which leftover processes are found.
    """

    user: int | None = None
    home: Path | None = None
    lock: int | None = None
    marks: Mapping[str, str] = field(default_factory=dict)

    def own(self, folder: Path) -> None:
        """Give a folder with all its content to the user of the commands."""
        if self.user is not None:
            change_owner(folder, self.user)

    def make_home(self) -> None:
        """Make the home folder, with the settings of this user's tools that others can't read."""
        if self.user is None or self.home is None:
            return
        (self.home / "tmp").mkdir(parents=True, exist_ok=True)
        settings = self.home / _GO_SETTINGS
        settings.parent.mkdir(parents=True, exist_ok=True)
        if (own := home_folder()) is not None:
            with suppress(OSError):
                shutil.copyfile(own / _GO_SETTINGS, settings)
        for path in (self.home, self.home / "tmp", settings.parent.parent, settings.parent, settings):
            with suppress(FileNotFoundError):
                os.chown(path, self.user, self.user, follow_symlinks=False)
        self.home.chmod(0o700)

    def environment(self, variables: Mapping[str, str], *, network: bool) -> dict[str, str]:
        """Return the environment of a command; without network, no variable that may have a password."""
        kept = {name: value for name, value in os.environ.items() if _is_kept(name, network=network)}
        if self.user is not None:
            kept = {name: value for name, value in kept.items() if name not in _OF_HOME}
            home = self.home or Path("/nonexistent")
            kept |= {"HOME": str(home), "TMPDIR": str(home / "tmp")}
        return {**kept, **variables, **self.marks}


class Steps:
    """Runner of the commands of a build."""

    def __init__(self, log: Callable[[str], None], confinement: Confinement | None = None) -> None:
        self._log = log
        self._confinement = confinement or Confinement()

    def trusted(self) -> Steps:
        """Return a runner of commands that execute nothing of a target, as the harness's own user."""
        own = self._confinement
        return Steps(self._log, Confinement(lock=own.lock, marks=own.marks))

    def own(self, folder: Path) -> None:
        """Give a folder to the user of the commands."""
        self._confinement.own(folder)

    def run(self, *command: str | Path, where: Path, variables: Mapping[str, str] | None = None) -> None:
        """Run a command in a folder to its end, and log each line that it prints.

        Raises:
            StepError: The command can't be run, or does not exit with 0.
        """
        last_lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._log(STEP + shlex.join(map(str, command)))
        with self._running(command, where, variables, subprocess.PIPE, subprocess.STDOUT) as process:
            for line in _printed(process):
                text = without_colours(line.decode(errors="replace")).rstrip()
                last_lines.append(text)
                self._log(text)
            if failure := _failure(process, command[0]):
                raise StepError([*last_lines, failure])

    def read(
        self,
        *command: str | Path,
        where: Path,
        variables: Mapping[str, str] | None = None,
        within_s: float = READ_WITHIN_S,
    ) -> str:
        """Run a command without network in a folder and return its stdout, up to `LONGEST_BYTES` and one more.

        Raises:
            StepError: The command can't be run, does not exit with 0, or not in time.
        """
        with TemporaryFile() as stdout, TemporaryFile() as stderr:
            with self._running(command, where, variables, stdout, stderr, network=False) as process:
                if failure := _failure(process, command[0], within_s):
                    raise StepError([*_lines(stderr), failure])
            stdout.seek(0)
            return stdout.read(LONGEST_BYTES + 1).decode(errors="replace")

    @contextmanager
    def _running(  # noqa: PLR0913 - a process has this many settings
        self,
        command: tuple[str | Path, ...],
        where: Path,
        variables: Mapping[str, str] | None,
        stdout: int | IO[bytes],
        stderr: int | IO[bytes],
        *,
        network: bool = True,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command, and end it with all that it has started when the context ends."""
        own, mark = self._confinement, tree_mark()
        settings = {
            "parent": os.getpid(),
            "user": own.user,
            "network": network,
            "file_bytes": 0 if network else _LONGEST_FILE_BYTES,
        }
        try:
            started = subprocess.Popen(
                [sys.executable, "-I", "-S", _CONFINED, json.dumps(settings), *command],
                cwd=where,
                env=own.environment({**(variables or {}), **mark}, network=network),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                pass_fds=() if own.lock is None else (own.lock,),
                start_new_session=True,  # ^C does not reach it
            )
        except OSError as error:
            raise StepError([f"{command[0]} can't be run: {error.strerror or error}"]) from error
        with started as process:
            try:
                yield process
            finally:
                _end(process, mark)


def change_owner(folder: Path, user: int) -> None:
    """Give a folder with all its content to a user and the group of the same number; links are not followed."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


def _is_kept(name: str, *, network: bool) -> bool:
    if name in (*_NAMES, *_OF_HOME) or name.startswith("LC_"):
        return True
    return network and (name.startswith("PIP_") or name.lower().startswith("npm_config_") or name.lower() in _PROXIES)


def _lines(printed: IO[bytes]) -> list[str]:
    size = printed.seek(0, os.SEEK_END)
    printed.seek(max(0, size - _LINES_KEPT * _LONGEST_LINE))
    return printed.read().decode(errors="replace").splitlines()[-_LINES_KEPT:]


def _printed(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Yield the lines that a command prints, until its output ends, or its guard has ended or is stopped.

    A command that kills its guard may leave processes that keep the output open.
    """
    rest, is_last = b"", False
    while (output := process.stdout) is not None and not is_last:
        is_last = process.poll() is not None or stays_stopped(process.pid)
        if select.select([output], [], [], 0.0 if is_last else LOOKS_EVERY_S)[0]:
            piece = os.read(output.fileno(), _PIPE_BYTES)
            is_last = is_last or not piece
            at, rest = 0, rest + piece
            for line in _LINE.finditer(rest):
                yield line[0]
                at = line.end()
            rest = rest[at:]
    if rest:
        yield rest


def _failure(process: subprocess.Popen[bytes], name: str | Path, within_s: float = math.inf) -> str:
    """Wait for the end of a command and return in words how it failed; empty if it exited with 0."""
    deadline_s = time.monotonic() + within_s
    while True:
        try:
            code = process.wait(max(0.0, min(LOOKS_EVERY_S, deadline_s - time.monotonic())))
        except subprocess.TimeoutExpired:
            if stays_stopped(process.pid):
                return f"{name}, or another process, stopped the guard that watches it"
            if time.monotonic() > deadline_s:
                return f"{name} did not end within {within_s:g} s"
        else:
            if code < 0:
                return f"{name}, or another process, ended the guard that watches it by {signal_named(-code)}"
            return f"{name} exited with code {code}" if code else ""


def _end(process: subprocess.Popen[bytes], mark: Mapping[str, str]) -> None:
    """End a command with all that it has started: its guard does so on SIGTERM (see `confined`), also if it is stopped.

    A command of the harness's own user can kill its guard, or stop it again. Its processes are then found by a mark.
    """
    with suppress(ProcessLookupError, PermissionError):
        process.terminate()
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.returncode is None or process.returncode < 0:
        end_tree(mark)
