"""Built targets in a cache folder: made once, found again, and kept for as long as a run uses them.

A build is a folder named after everything that it depends on: `app` with the target's files, beside it what they need.
It is made where it stays, because a virtual environment knows its own path, and only what holds `built.json` is
complete. Nobody may write into a complete one. Knows nothing of running targets.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MachineError, TargetError
from harness.runtime.base import Image
from harness.runtime.context import Context
from harness.runtime.probing import probes_failed
from harness.runtime.process.steps import StepError, Steps
from harness.runtime.process.toolchains import APP, Builder, builder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import ExitStack

    from harness.model import Target

_IDENTITY = "process:"
_COMPLETE = "built.json"
_NO_PART = frozenset({"Dockerfile", ".dockerignore"})  # always in a context, whatever it ignores
_ROOTS_CACHE = Path("/var/cache/harness")


def cache_folder() -> Path:
    """Return the folder of what is built: HARNESS_CACHE, or `harness` in the user's cache folder.

    Root's own is in /var/cache: its targets run as nobody, who may not look into root's home.
    """
    if named := os.environ.get("HARNESS_CACHE"):
        return Path(named).absolute()
    if users := os.environ.get("XDG_CACHE_HOME"):
        return Path(users) / "harness"
    return _ROOTS_CACHE if os.geteuid() == 0 else Path.home() / ".cache" / "harness"


class Builds:
    """The builds in a cache folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._builds = folder / "builds"

    def build(self, target: Target, uses: ExitStack, log: Callable[[str], None]) -> Image:
        """Build a target, or find it built; nobody removes it before `uses` is closed.

        Raises:
            TargetError: It does not build; the last lines of the build are in the cause.
            MachineError: This machine lacks what builds it, or the cache can't be written.
        """
        builder = builder_of(target, self._folder / "toolchains")
        context = Context.of(target, builder.bases)
        identity = f"{_IDENTITY}{context.digest}"
        recipe = _Recipe(target, builder, context.files, self.folder_of(target, identity))
        try:
            _make_folder(self._builds)
            while not _use(recipe.folder, uses):
                _make(recipe, Steps(log))
            built = json.loads((recipe.folder / _COMPLETE).read_text(encoding="utf-8"))
            found = _probe(recipe) if target.probes else None
        except OSError as error:
            raise MachineError(
                "can't write a build",
                where=str(error.filename or recipe.folder),
                cause=error.strerror or str(error),
                remedy="Free some space, or name another folder with HARNESS_CACHE.",
            ) from error
        return Image(target, identity, built["size_bytes"], built["versions"], found)

    def folder_of(self, target: Target, identity: str) -> Path:
        """Return where the build of that identity is."""
        return self._builds / f"{target.name}-{identity.removeprefix(_IDENTITY)}"

    def remove(self) -> tuple[str, ...]:
        """Remove every build that no run uses, and return their names."""
        return tuple(_remove_unused(sorted(self._builds.glob("*.lock"))))


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What is built: a target's files, by a builder, into a folder."""

    target: Target
    builder: Builder
    files: tuple[str, ...]
    folder: Path


def _use(folder: Path, uses: ExitStack) -> bool:
    """Tell whether a build is complete; if so it stays until `uses` is closed."""
    descriptor = _open_lock(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # waits for whoever is building it
    except BaseException:
        os.close(descriptor)
        raise
    if (folder / _COMPLETE).exists():
        uses.callback(os.close, descriptor)
        return True
    os.close(descriptor)
    return False


def _make(recipe: _Recipe, steps: Steps) -> None:
    descriptor = _open_lock(recipe.folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not (recipe.folder / _COMPLETE).exists():  # somebody may have made it since
            _remove(recipe.folder)  # what was left half made
            _fill(recipe, steps)
    except BlockingIOError:
        return  # somebody is building it, or built it and uses it: `_use` waits for the one and joins the other
    except StepError as error:
        raise TargetError(
            "the target does not build",
            where=f"{recipe.target.name}, {recipe.target.folder}",
            cause="\n".join(["its build ended with", *error.lines]),
            remedy="\nCorrect what these lines name.",
        ) from error
    finally:
        os.close(descriptor)


def _fill(recipe: _Recipe, steps: Steps) -> None:
    folder = recipe.folder
    _copy_app(recipe, folder / APP)
    recipe.builder.build(folder, steps)
    built = {"versions": recipe.builder.versions(folder, steps), "size_bytes": _size_bytes(folder)}
    _seal(folder)
    marker = folder.with_name(f"{folder.name}.complete")  # renamed into the folder, it is there whole or not at all
    marker.write_text(json.dumps(built, indent=1, sort_keys=True), encoding="utf-8")
    marker.chmod(0o444)
    marker.rename(folder / _COMPLETE)
    folder.chmod(0o555)


def _probe(recipe: _Recipe) -> str:
    try:
        return recipe.builder.findings(recipe.target, recipe.folder, Steps(lambda _: None))
    except StepError as error:
        raise probes_failed(recipe.target, "\n".join(error.lines)) from error


def _copy_app(recipe: _Recipe, app: Path) -> None:
    app.mkdir(parents=True)
    for name in sorted(set(recipe.files) - _NO_PART):
        source, copy = recipe.target.folder / name, app / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir() and not source.is_symlink():
            copy.mkdir(exist_ok=True)
        else:
            shutil.copy(source, copy, follow_symlinks=False)


def _size_bytes(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())


def _seal(folder: Path) -> None:
    """Let everybody read what is in a build, and nobody write: whoever runs a target may be its owner."""
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
    # The lock's file stays when the build goes: a new one under the same name would be another lock.
    return os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _remove(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)  # nothing can be removed from a folder that can't be written
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _make_folder(folder: Path) -> None:
    """Make a folder and what leads to it, open for whoever targets run as, whatever the umask is."""
    for part in (*reversed(folder.parents), folder):
        if not part.exists():
            part.mkdir(exist_ok=True)
            part.chmod(0o755)
