"""Builds of targets in a cache folder: made once, found again, and kept while a run uses them.

A build is a folder whose name has the hash of everything that the build depends on. Its folder `app` has the target's
files; beside it is what they need. It is built in its final place, because a virtual environment contains its own path.
A build is complete only if it has `built.json`; a complete build is read-only. This module knows nothing of running
targets.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.documents.findings import versions
from harness.errors import MachineError, TargetError, remedy_of_write
from harness.runtime.base import Image
from harness.runtime.context import Context
from harness.runtime.failures import build_failed
from harness.runtime.probing import probes_failed
from harness.runtime.process.builder import APP
from harness.runtime.process.steps import Confinement, StepError, Steps, change_owner
from harness.runtime.process.toolchains import builder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from harness.model import Target
    from harness.runtime.process.builder import Builder

_IDENTITY = "process:"
_COMPLETE = "built.json"
_LEFT_OUT = frozenset({"Dockerfile", ".dockerignore"})  # always part of a build context, but not of the app


class Builds:
    """Builds in a cache folder."""

    def __init__(self, folder: Path, user: int | None = None) -> None:
        """Use a cache folder; `user` is the user of the builds' commands, None for the harness's own."""
        self._folder = folder
        self._builds = folder / "builds"
        self._user = user

    def build(
        self, target: Target, uses: ExitStack, log: Callable[[str], None], marks: Mapping[str, str] | None = None
    ) -> Image:
        """Return the build of a target; build it if there is none. It is not removed before `uses` is closed.

        Args:
            target: The target.
            uses: Keeps the build until it is closed.
            log: Gets each line of progress.
            marks: Environment variables of all processes of the build, by which leftover ones are found.

        Raises:
            TargetError: The target does not build; the last lines of the build are in the cause.
            MachineError: This machine has no toolchain for it, or the cache can't be written.
        """
        builder = builder_of(target, self._folder / "toolchains")
        context = Context.of(target, builder.bases)
        identity = f"{_IDENTITY}{context.digest}"
        recipe = _Recipe(target, builder, context.files, self.folder_of(target, identity))
        confinement = Confinement(self._user, self._folder / "home", marks=marks or {})
        try:
            _make_folder(self._builds)
            while (built := _use(recipe.folder, uses)) is None:
                _make(recipe, log, confinement)
            findings = _probe(recipe, confinement) if target.probes else None
        except OSError as error:
            raise MachineError(
                "can't write a build",
                where=str(error.filename2 or error.filename or recipe.folder),  # of a copy, the second is the new file
                cause=error.strerror or str(error),
                remedy=remedy_of_write(error, "name another folder with HARNESS_CACHE"),
            ) from error
        return Image(target, identity, built.size_bytes, built.versions, findings, source=context.source)

    def folder_of(self, target: Target, identity: str) -> Path:
        """Return the folder of the build with this identity."""
        return self._builds / f"{target.build_name}-{identity.removeprefix(_IDENTITY)}"

    def remove(self) -> tuple[str, ...]:
        """Remove all builds that no run uses, and return their names."""
        return tuple(_remove_unused(sorted(self._builds.glob("*.lock"))))


@dataclass(frozen=True, slots=True)
class _Recipe:
    """Recipe of a build: the target, its builder, its files, and the folder of the build."""

    target: Target
    builder: Builder
    files: tuple[str, ...]
    folder: Path


@dataclass(frozen=True, slots=True)
class _Built:
    """What is stored of a complete build."""

    versions: Mapping[str, str]
    size_bytes: int


def _built(folder: Path) -> _Built | None:
    """Return what is stored of a build; None if it is not complete, or if a crash has left half of it."""
    with suppress(FileNotFoundError, ValueError, LookupError, TypeError):
        stored = json.loads((folder / _COMPLETE).read_text(encoding="utf-8"))
        return _Built(stored["versions"], stored["size_bytes"])
    return None


def _use(folder: Path, uses: ExitStack) -> _Built | None:
    """Return what is stored of a build, and lock it until `uses` is closed; None if it is incomplete."""
    descriptor = _open_lock(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # waits for a process that is building it
    except BaseException:
        os.close(descriptor)
        raise
    if (built := _built(folder)) is not None:
        uses.callback(os.close, descriptor)
        return built
    os.close(descriptor)
    return None


def _make(recipe: _Recipe, log: Callable[[str], None], confinement: Confinement) -> None:
    descriptor = _open_lock(recipe.folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _built(recipe.folder) is None:  # another process may have built it in the meantime
            _remove(recipe.folder)  # an incomplete build of a killed process
            # all processes of the build keep the lock: one that outlives the harness does not meet the next build
            _fill_or_remove(recipe, log, replace(confinement, lock=descriptor))
    except BlockingIOError:
        return  # another process builds it (then `_use` waits) or already uses it (then `_use` shares the lock)
    except StepError as error:
        raise build_failed(f"{recipe.target.name}, {recipe.target.folder}", error.lines) from error
    finally:
        os.close(descriptor)


def _fill_or_remove(recipe: _Recipe, log: Callable[[str], None], confinement: Confinement) -> None:
    try:
        _fill(recipe, Steps(log, confinement), confinement)
    except BaseException:
        _remove(recipe.folder)
        raise


def _fill(recipe: _Recipe, steps: Steps, confinement: Confinement) -> None:
    folder = recipe.folder
    _copy_app(recipe, folder / APP)
    confinement.make_home()
    confinement.own(folder)
    recipe.builder.build(folder, steps)
    built = {"versions": _versions(recipe, steps), "size_bytes": _size_bytes(folder)}
    if confinement.user is not None:
        change_owner(folder, os.geteuid())
    _seal(folder)
    marker = folder.with_name(f"{folder.name}.complete")  # a rename into the folder is atomic
    marker.write_text(json.dumps(built, indent=1, sort_keys=True), encoding="utf-8")
    marker.chmod(0o444)
    marker.rename(folder / _COMPLETE)
    folder.chmod(0o555)


def _versions(recipe: _Recipe, steps: Steps) -> Mapping[str, str]:
    """Return the versions of a build; the packages of the target write or print them, so nothing of it is trusted."""
    try:
        return versions(json.dumps(recipe.builder.versions(recipe.folder, steps)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise TargetError(
            "the target's versions can't be read",
            where=f"{recipe.target.name}, {recipe.target.folder}",
            cause=f"they are not a list of names and versions: {str(error).rstrip('.')}",
            remedy="Correct the package that changes this list.",
        ) from error


def _probe(recipe: _Recipe, confinement: Confinement) -> str:
    confinement.make_home()
    try:
        return recipe.builder.findings(recipe.target, recipe.folder, Steps(lambda _: None, confinement))
    except StepError as error:
        raise probes_failed(recipe.target, "\n".join(error.lines)) from error


def _copy_app(recipe: _Recipe, app: Path) -> None:
    app.mkdir(parents=True)
    for name in sorted(set(recipe.files) - _LEFT_OUT):
        source, copy = recipe.target.folder / name, app / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir() and not source.is_symlink():
            copy.mkdir(exist_ok=True)
        else:
            shutil.copy(source, copy, follow_symlinks=False)


def _size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _seal(folder: Path) -> None:
    """Make a build readable for all users and writable for none: a target may run as the owner of its build."""
    for path in folder.rglob("*"):
        if not path.is_symlink():
            executable = 0o111 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0
            path.chmod(0o444 | executable)


def _remove_unused(locks: list[Path]) -> Iterator[str]:
    for lock in locks:
        folder = lock.with_suffix("")
        descriptor = _open_lock(folder)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.exists():
                _remove(folder)
                yield folder.name
        except BlockingIOError:  # in use
            continue
        finally:
            os.close(descriptor)


def _open_lock(folder: Path) -> int:
    # The lock's file stays after the removal of its build: a new file with the same name would be another lock.
    return os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _remove(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)  # files can only be removed from a writable folder
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _make_folder(folder: Path) -> None:
    """Make a folder and its parents, readable for all users with any umask: targets may run as another user."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir(exist_ok=True)
            part.chmod(0o755)
