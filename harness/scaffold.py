"""New projects and new targets, made of copies of the stock; no file is overwritten.

It decides which files there are. What is said of them belongs to the command.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MachineError, UsageError, nearest
from harness.project import stock_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PACKAGE_STOCK = Path(__file__).with_name("stock")
_OF_A_PROJECT = ("project.toml", "figures/flask.toml")
_TARGETS = ("flask_app", "null_app")  # the null target shows what the machine could serve at all
_CONTRACT = ("CONTRACT.md", "contract_cases.json")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TITLE = re.compile(r"^title = .*$", re.MULTILINE)


def new_project(folder: Path, schemas: Mapping[str, str]) -> tuple[Path, ...]:
    """Make a project that runs as it is: project.toml, a target, the null target, scenarios, figures and schemas.

    Args:
        folder: The project's folder; it is made where it is missing.
        schemas: The schemas of the files that people write, as JSON, by name.

    Returns:
        What was made: files and folders, relative to the project's folder.

    Raises:
        UsageError: A file is there already.
        MachineError: A file can't be written.
    """
    stock = stock_folder()
    files: dict[Path, Path | str] = {Path(name): _PACKAGE_STOCK / name for name in _OF_A_PROJECT}
    files |= {Path("targets", name): stock / "targets" / name for name in _CONTRACT}
    for copied in (*(Path("targets", name) for name in _TARGETS), Path("scenarios")):
        files |= {copied / path: stock / copied / path for path in _files(stock / copied)}
    files |= {Path("schemas", f"{name}.json"): text for name, text in schemas.items()}
    _write(folder, files)
    targets = (Path("targets", name) for name in _TARGETS)
    return (*map(Path, _OF_A_PROJECT), *targets, Path("scenarios"), Path("schemas"))


def new_target(root: Path, name: str, like: str) -> Path:
    """Add a target that is a copy of another one under a new name.

    Args:
        root: The project's folder.
        name: The name of the new target.
        like: The target that is copied: one of the project, else one of the stock.

    Returns:
        The folder of the new target.

    Raises:
        UsageError: The name is none for a target or is taken, or there is no target to copy.
        MachineError: A file can't be written.
    """
    if not _NAME.fullmatch(name):
        cause = "it takes small letters, digits and _, and begins with a letter"
        raise UsageError("bad name of a target", where=name, cause=cause, remedy=_better(name))
    folder = root / "targets" / name
    if folder.exists():
        raise UsageError(
            "can't add a target", where=str(folder), cause="it is there already", remedy="Take another name."
        )
    known = _target_folders(stock_folder()) | _target_folders(root)
    if like not in known:
        raise UsageError("unknown target", where=f"--like {like}", cause="no such target", remedy=nearest(like, known))
    source = known[like]
    _write(folder, {path: _renamed(source / path, like, name) for path in _files(source)})
    return folder


def _better(name: str) -> str:
    better = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"For example {better!r}." if _NAME.fullmatch(better) else "For example 'my_app'."


def _target_folders(root: Path) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(root.glob("targets/*/target.toml"))}


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, relative to it, without what tools leave behind."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        is_left = "__pycache__" in relative.parts or any(part.startswith(".") for part in relative.parts[:-1])
        if path.is_file() and not is_left:
            yield relative


def _renamed(path: Path, old: str, new: str) -> Path | str:
    """Return the text of a target's file under the new name; the file itself where it does not name the target."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return path
    changed = re.sub(rf"\b{re.escape(old)}\b", new, text)
    if path.name == "target.toml":
        changed = _TITLE.sub(f'title = "{new}"', changed, count=1)
    return path if changed == text else changed


def _write(folder: Path, files: Mapping[Path, Path | str]) -> None:
    """Write files, each a copy or a text; nothing is written where one is there already."""
    for name in files:
        if (folder / name).exists():
            raise UsageError(
                "would overwrite a file",
                where=str(folder / name),
                cause="it is there already",
                remedy="Name another folder, or move the file away.",
            )
    path = folder
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                path.write_text(content, encoding="utf-8")
            else:
                shutil.copy(content, path)
    except OSError as error:
        cause = error.strerror or str(error)
        raise MachineError("can't write a file", where=str(path), cause=cause, remedy="Name another folder.") from error
