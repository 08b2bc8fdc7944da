"""New projects and new targets, copied from the stock; no file is overwritten.

The stock of a checkout is that of its commit: a user's own scenario or change does not belong in a new project.
The tests of a target in Python are not copied: they import what only a checkout of the harness has.

This module owns the files of a new project. It must not print; `harness.commands.init` does.
"""

from __future__ import annotations

import re
import shutil
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MachineError, UsageError, nearest, remedy_of_write
from harness.experiment.revision import extract
from harness.project import stock_folder
from harness.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGE_STOCK = Path(__file__).with_name("stock")
_STOCK_FOLDERS = ("targets", "scenarios")
_PROJECT_FILES = ("project.toml", "figures/flask.toml")
_TARGETS = ("flask_app", "null_app")  # the null target shows the machine's ceiling
_KEEPS_OUT = Path("results/.gitignore")  # not in the folder above, which may have one of the user's
_NO_RESULTS = "# Runs stay out of the repository. To commit one: git add --force results/NAME\n*\n!.gitignore\n"
_CONTRACT = ("CONTRACT.md", "contract_cases.json")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MINIMAL = "new_target"  # the folder in the package's stock, and the name in its files: a small app, one variant
_TITLE = re.compile(r"^title = .*$", re.MULTILINE)
_SUMMARY = re.compile(r"^summary = .*$", re.MULTILINE)  # the first is that of the target
_ONLINE = re.compile(r"^\[online\][^\n]*\n(?:(?!\[)[^\n]*\n?)*", re.MULTILINE)


def new_project(folder: Path, schemas: Mapping[str, str]) -> tuple[Path, ...]:
    """Create a project that can be measured: project.toml, a target, the null target, scenarios, figures and schemas.

    Its runs stay out of a git repository.

    Args:
        folder: The project's folder; it is created if it is missing.
        schemas: The schemas of the hand-written files, as JSON, by name.

    Returns:
        The created files and folders, relative to the project's folder.

    Raises:
        UsageError: A file already exists.
        MachineError: The stock can't be read, or a file can't be written.
    """
    files: dict[Path, Path | str] = {Path(name): _PACKAGE_STOCK / name for name in _PROJECT_FILES}
    files[_KEEPS_OUT] = _NO_RESULTS
    files |= {Path("schemas", f"{name}.json"): text for name, text in schemas.items()}
    with _stock() as stock:
        files |= {Path("targets", name): stock / "targets" / name for name in _CONTRACT}
        for copied in (*(Path("targets", name) for name in _TARGETS), Path("scenarios")):
            files |= {copied / path: stock / copied / path for path in _files(stock / copied)}
        _write(folder, files)
    targets = (Path("targets", name) for name in _TARGETS)
    return (*map(Path, _PROJECT_FILES), *targets, Path("scenarios"), Path("schemas"), _KEEPS_OUT)


def new_target(root: Path, name: str, like: str | None) -> Path:
    """Add a small target, or a copy of one under a new name, and return its folder.

    Args:
        root: The project's folder.
        name: The name of the new target.
        like: The target that is copied: one of the project, else one of the stock; None adds a small one.

    Raises:
        UsageError: The name is not valid for a target or already exists, or there is no target to copy.
        MachineError: The stock can't be read, or a file can't be written.
    """
    if not _NAME.fullmatch(name):
        cause = "a name has lower-case letters, digits and _, and begins with a letter"
        raise UsageError("invalid name of a target", where=name, cause=cause, remedy=_suggestion(name))
    folder = root / "targets" / name
    if folder.exists():
        raise UsageError(
            "can't add a target", where=str(folder), cause="the folder already exists", remedy="Choose another name."
        )
    with _stock() as stock:
        source = _PACKAGE_STOCK / _MINIMAL if like is None else _source(root, stock, like)
        _write(folder, {path: _renamed(source / path, like or _MINIMAL, name) for path in _files(source)})
    return folder


@contextmanager
def _stock() -> Iterator[Path]:
    """Return a folder with the stock targets/ and scenarios/, in a checkout those of its commit."""
    stock = stock_folder()
    if not (stock / ".git").exists():  # an installed package, or an archive of the source
        yield stock
        return
    with temporary_folder() as temporary:
        extract(stock, "HEAD", _STOCK_FOLDERS, temporary, f"{stock}, HEAD")
        yield temporary


def _source(root: Path, stock: Path, like: str) -> Path:
    known = _target_folders(stock) | _target_folders(root)
    if like not in known:
        raise UsageError(
            "unknown target", where=f"--like {like}", cause="there is no such target", remedy=nearest(like, known)
        )
    return known[like]


def _suggestion(name: str) -> str:
    valid = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"Use {valid!r}, for example." if _NAME.fullmatch(valid) else "Use 'my_app', for example."


def _target_folders(root: Path) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(root.glob("targets/*/target.toml"))}


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, relative to it, without the caches of tools and tests in Python."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        is_cache = "__pycache__" in relative.parts or any(part.startswith(".") for part in relative.parts[:-1])
        if path.is_file() and not is_cache and not path.match("test_*.py"):
            yield relative


def _renamed(path: Path, old: str, new: str) -> Path | str:
    """Return the text of a target's file with the new name; the path itself if the file does not name the target.

    Its target.toml loses what says who the other one is: title, summary and the names at public services.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return path
    changed = re.sub(rf"\b{re.escape(old)}\b", new, text)
    if path.name == "target.toml":
        changed = _TITLE.sub(f'title = "{new}"', changed, count=1)
        changed = _SUMMARY.sub(f'summary = "{new}: say in one line what it is"', changed, count=1)
        changed = _ONLINE.sub("", changed)
    return path if changed == text else changed


def _write(folder: Path, files: Mapping[Path, Path | str]) -> None:
    """Write files, each a copy or a text; nothing is written if one exists, and nothing stays after an error."""
    for name in files:
        if (folder / name).exists():
            raise UsageError(
                "a file would be overwritten",
                where=str(folder / name),
                cause="it already exists",
                remedy="Choose another folder, or move the file away.",
            )
    path = folder
    try:
        with ExitStack() as undone:
            for name, content in files.items():
                path = folder / name
                for parent in [one for one in reversed(path.parents) if not one.exists()]:
                    undone.callback(_remove, parent)
                path.parent.mkdir(parents=True, exist_ok=True)
                undone.callback(_remove, path)
                if isinstance(content, str):
                    path.write_text(content, encoding="utf-8")
                else:
                    shutil.copy(content, path)
            undone.pop_all()
    except OSError as error:
        remedy = remedy_of_write(error, "choose another folder")
        raise MachineError(
            "can't write a file", where=str(path), cause=error.strerror or str(error), remedy=remedy
        ) from error


def _remove(path: Path) -> None:
    """Remove a file or an empty folder that was made here, if it was: half of a project would refuse the next try."""
    with suppress(OSError):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink()
