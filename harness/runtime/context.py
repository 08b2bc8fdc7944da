"""What a target is built from: the files that its `.dockerignore` leaves, and the hash that names a build after them.

Shared by every way of building, so that all build from the same files. Knows nothing of what is done with them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from docker.utils.build import exclude_paths

from harness.errors import TargetError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.model import Target


@dataclass(frozen=True, slots=True)
class Context:
    """What a build depends on.

    Attributes:
        files: The paths in the target's folder that take part, sorted.
        digest: 16 hexadecimal digits that change with any of them and with what they are built on.
    """

    files: tuple[str, ...]
    digest: str

    @classmethod
    def of(cls, target: Target, bases: list[str]) -> Self:
        """Read the context of a target that is built on what `bases` identify.

        Raises:
            TargetError: A file of it can't be read.
        """
        try:
            files = context_files(target.folder)
            return cls(files, digest(target.folder, files, bases))
        except OSError as error:
            raise TargetError(
                "the target does not build",
                where=f"{target.name}, {error.filename or target.folder}",
                cause=error.strerror or str(error),
                remedy="Everything that its .dockerignore does not name must be readable.",
            ) from error


def context_files(folder: Path) -> tuple[str, ...]:
    """Return the paths in a target's folder that its `.dockerignore` leaves for the build, sorted."""
    ignore = folder / ".dockerignore"
    lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines]
    return tuple(sorted(exclude_paths(folder, [line for line in patterns if line and not line.startswith("#")])))


def digest(folder: Path, files: tuple[str, ...], bases: list[str]) -> str:
    """Return 16 hexadecimal digits that change with any path, content, mode or base of a build.

    Times and owners don't count: a fresh clone of the same target is the same target.
    """
    parts = hashlib.sha256()
    for identity in bases:
        parts.update(f"base {identity}\0".encode())
    for name in files:
        path = folder / name
        if path.is_symlink():
            parts.update(f"link {name}\0{path.readlink()}\0".encode())
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            parts.update(f"file {name}\0{path.stat().st_mode & 0o111:o}\0{content}\0".encode())
        else:
            parts.update(f"folder {name}\0".encode())
    return parts.hexdigest()[:16]
