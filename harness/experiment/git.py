"""Calls of git, and the error where git does not answer. What its answers mean, the callers know."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from harness.errors import MachineError

if TYPE_CHECKING:
    from pathlib import Path

_ALLOWING = re.compile(r"git config --global --add safe\.directory .+$", re.MULTILINE)
_LIMIT_S = 60.0  # an archive of large folders takes seconds


def git(root: Path, *words: str, limit_s: float = _LIMIT_S) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder and return its output and exit code, also of a failure.

    Args:
        root: The folder.
        words: The words after `git -C FOLDER`.
        limit_s: The longest time that it may take.

    Raises:
        MachineError: git is not installed, did not end in time, or does not read a repository of another user.
    """
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, timeout=limit_s, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineError(
            "can't read the repository", where=str(root), cause=f"git: {error}", remedy="Install git."
        ) from error
    if allowing := _ALLOWING.search(done.stderr.decode(errors="replace")):
        raise MachineError(
            "can't read the repository",
            where=str(root),
            cause="it belongs to another user, and git reads it only if it is told to",
            remedy=f"Run `{allowing[0]}`.",
        )
    return done


def text_of(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what git wrote to stdout, without the white space around it."""
    return done.stdout.decode(errors="replace").strip()
