"""Build context of a target: the files that its `.dockerignore` leaves, and the hash that names the build.

All runtimes use it, so that all build from the same files. It does not know how they are built.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from docker.utils.build import exclude_paths

from harness.errors import TargetError
from harness.regular_files import content_of, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.model import Target


@dataclass(frozen=True, slots=True)
class Context:
    """Build context: everything that a build depends on.

    Attributes:
        files: The paths in the target's folder that are part of the build, sorted.
        digest: 16 hexadecimal digits that change with any of these files and with the bases of the build.
        source: The digits of `source_of`.
    """

    files: tuple[str, ...]
    digest: str
    source: str

    @classmethod
    def of(cls, target: Target, bases: list[str]) -> Self:
        """Read the build context of a target; `bases` are the ids of its base images or toolchains.

        Raises:
            TargetError: A file can't be read, or `.dockerignore` is not valid.
        """
        with _readable(target):
            files = context_files(target.folder)
            return cls(files, digest(target.folder, files, bases), _source(target.folder, files))


def files_for_build(target: Target) -> tuple[str, ...]:
    """Return the paths in a target's folder that its build gets, sorted.

    Raises:
        TargetError: A folder can't be read, or `.dockerignore` is not valid.
    """
    with _readable(target):
        return context_files(target.folder)


def source_of(target: Target) -> str:
    """Return 16 hexadecimal digits that are the same on all machines for the same files of a build.

    They change with what git keeps of these files, so a checkout of the same content has the same digits.

    Raises:
        TargetError: A file can't be read, or `.dockerignore` is not valid.
    """
    with _readable(target):
        return _source(target.folder, context_files(target.folder))


def _source(folder: Path, files: tuple[str, ...]) -> str:
    kept = tuple(name for name in files if (folder / name).is_symlink() or not (folder / name).is_dir())
    return digest(folder, kept, [], modes=0o100)


@contextmanager
def _readable(target: Target) -> Iterator[None]:
    try:
        yield
    except re.error as error:
        where = target.folder / ".dockerignore"
        raise _unreadable(target, where, f"one of its patterns is not valid: {error}") from error
    except RecursionError as error:
        raise _unreadable(target, target.folder, "its folders are nested too deep") from error
    except OSError as error:
        where = error.filename or target.folder
        raise _unreadable(target, where, error.strerror or str(error)) from error


def _unreadable(target: Target, where: object, cause: str) -> TargetError:
    return TargetError(
        "the target does not build",
        where=f"{target.name}, {where}",
        cause=cause,
        remedy="Every file that its .dockerignore does not name must be readable.",
    )


def context_files(folder: Path) -> tuple[str, ...]:
    """Return the paths in a target's folder that its `.dockerignore` does not exclude, sorted."""
    ignore = folder / ".dockerignore"
    lines = content_of(ignore).decode(errors="surrogateescape").splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines]
    return tuple(sorted(exclude_paths(folder, [line for line in patterns if line and not line.startswith("#")])))


def digest(folder: Path, files: tuple[str, ...], bases: list[str], modes: int = 0o111) -> str:
    """Return 16 hexadecimal digits that change with any path, content, mode or base of a build.

    Times and owners of files do not count: a new clone of the same target has the same digest. Of the modes, only the
    bits in `modes` count.
    """
    parts = hashlib.sha256()
    for identity in bases:
        parts.update(f"base {identity}\0".encode())
    for name in files:
        path = folder / name
        if path.is_symlink():
            parts.update(os.fsencode(f"link {name}\0{path.readlink()}\0"))
        elif path.is_file():
            with opened(path) as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            parts.update(os.fsencode(f"file {name}\0{path.stat().st_mode & modes:o}\0{content}\0"))
        elif path.is_dir():
            parts.update(os.fsencode(f"folder {name}\0"))
        else:
            raise OSError(errno.EINVAL, "it is no file, folder or link", str(path))
    return parts.hexdigest()[:16]
