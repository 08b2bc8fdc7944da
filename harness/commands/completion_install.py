"""The installation of the completion of a shell: what typer changed, and why it could not."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import typer

from harness.errors import MachineError, UsageError
from harness.runtime.cache import home_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@contextmanager
def installing() -> Iterator[None]:
    """Say which lines typer adds to the shell's startup files; if it fails, put these files back and say why.

    typer ends the process when it has installed the completion, and does not say what it changed. It writes a startup
    file anew before the script, so on a full disk it would leave an empty file, or a line about a script that is not
    there.

    Raises:
        MachineError: The user has no home folder, or it can't be written.
    """
    home = _home()
    before = _startup_files(home)
    try:
        yield
    except SystemExit:
        for path, content in _startup_files(home).items():
            for line in (one for one in _lines(content) if one and one not in _lines(before.get(path, b""))):
                typer.echo(f"Added to {path}: {line}\nTo undo it, delete this line and the installed file.")
        raise
    except OSError as error:
        _put_back(home, before)
        raise _not_installed(str(error.filename or home), error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        cause = f"a startup file of the shell is not text in {error.encoding.upper()}"
        raise _not_installed(str(home), cause) from error


@contextmanager
def in_known_shell() -> Iterator[None]:
    """Turn the end of typer for a shell that it does not know into an error: its code is that of a finding.

    Raises:
        UsageError: typer did not find a shell that it knows.
    """
    try:
        yield
    except typer.Exit as end:
        if end.exit_code:
            raise UsageError(
                "there is no completion for this shell",
                where="the parents of this process",
                cause="no bash, zsh, fish or PowerShell is found there",
                remedy="Type the command in one of these shells.",
            ) from end
        raise


def _home() -> Path:
    home = home_folder()
    if home is None:
        raise _not_installed(f"user {os.geteuid()}", "this user has no home folder, and HOME is not set")
    if not home.is_dir():
        raise _not_installed(str(home), "this home folder of the user is no folder")
    return home


def _not_installed(where: str, cause: str) -> MachineError:
    remedy = "Correct this, or put the output of `harness --show-completion` where your shell reads it."
    return MachineError("the completion can't be installed", where=where, cause=cause, remedy=remedy)


def _startup_files(home: Path) -> dict[Path, bytes]:
    found = {}
    for path in (home / ".bashrc", home / ".zshrc"):
        with suppress(OSError):
            found[path] = path.read_bytes()
    return found


def _put_back(home: Path, before: Mapping[Path, bytes]) -> None:
    for path, content in _startup_files(home).items():
        with suppress(OSError):
            if path not in before:
                path.unlink()
            elif content != before[path]:
                path.write_bytes(before[path])


def _lines(content: bytes) -> list[str]:
    return content.decode(errors="replace").splitlines()
