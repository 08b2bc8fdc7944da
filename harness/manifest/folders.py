"""Completeness of target folders: the files that a build or a start needs, checked before anything is built.

Only what is certain is an error: a file that a Dockerfile copies by its plain name, or a script that a command names.
A pattern, a variable or an address is left to the build.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.manifest.targets import load_target
from harness.model import Toolchain
from harness.regular_files import content_of

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator
    from pathlib import Path

    from harness.model import Target, Variant

_MANIFEST, _DOCKERFILE, _IGNORE = "target.toml", "Dockerfile", ".dockerignore"
_ADD = "Add the file, or correct the name."
_SCRIPTS = frozenset({".js", ".mjs", ".php", ".py", ".rb", ".sh", ".ts"})
_RUNS_SCRIPTS = frozenset({Toolchain.PYTHON_VENV, Toolchain.NODE, Toolchain.RUBY})
_NEEDED: dict[Toolchain | None, dict[str, str]] = {
    Toolchain.GO: {"go.mod": "`go mod init` writes one."},
    Toolchain.NODE: {"package.json": "`npm init` writes one.", "package-lock.json": "`npm install` writes one."},
}
_NOT_PLAIN = re.compile(r"[*?\[$]|<<|://|@")
_INSTRUCTION = re.compile(r"\s*(COPY|ADD)\s+(.*)", re.IGNORECASE | re.DOTALL)


def require_manifests(words: Iterable[str], root: Path, readable: Container[str]) -> None:
    """Refuse named targets whose folder has no target.toml, or a wrong one.

    Args:
        words: Words such as `flask_app` or `gin_app:release,flask_app`.
        root: The project's folder.
        readable: The names of the targets whose target.toml was read before.

    Raises:
        UsageError: There is such a target.
    """
    for name in (part.strip().partition(":")[0] for word in words for part in word.split(",")):
        folder = root / "targets" / name
        if not name or name in readable or not folder.is_dir():
            continue
        if not (folder / _MANIFEST).is_file():
            cause = f"it has no {_MANIFEST}" if any(folder.iterdir()) else "it is empty"
            raise _incomplete(folder, cause, f"Write {_MANIFEST}: `harness init` makes one that runs as it is.")
        load_target(folder / _MANIFEST)


def require_complete(
    target: Target, variants: Iterable[Variant], context: Collection[str], *, in_containers: bool
) -> None:
    """Refuse a target whose folder lacks a file that its build or its start needs.

    Args:
        target: The target.
        variants: Those that are started.
        context: The files that the build gets: those that `.dockerignore` does not leave out.
        in_containers: Whether it is built from its Dockerfile.

    Raises:
        UsageError: A file is missing, or left out of the build.
    """
    folder = target.folder
    for name in (target.probes.program, target.probes.hello) if target.probes else ():
        if not (folder / name).exists():
            raise _incomplete(folder / _MANIFEST, f"its [probes] name {name}, which is not there", _ADD)
    if in_containers:
        _require_copied(folder, context, has_toolchain=target.toolchain is not None)
        return
    for name, remedy in _NEEDED.get(target.toolchain, {}).items():
        if not (folder / name).is_file():
            raise _incomplete(folder, f"it has no {name}", remedy)
        if name not in context:
            raise _left_out(folder, name, f"a build for {target.toolchain} needs {name}")
    if target.toolchain in _RUNS_SCRIPTS:
        for variant in variants:
            _require_scripts(folder, variant, context)


def _require_copied(folder: Path, context: Collection[str], *, has_toolchain: bool) -> None:
    path = folder / _DOCKERFILE
    if not path.is_file():
        other = ", or measure it with `--runtime process`" if has_toolchain else ""
        raise _incomplete(folder, f"it has no {_DOCKERFILE}", f"Write one{other}.")
    try:
        text = content_of(path).decode(errors="replace")
    except OSError as error:
        raise _incomplete(path, error.strerror or str(error), "Write another one.") from error
    for number, name in _copied(text):
        if not (folder / name.lstrip("/")).exists():
            raise _incomplete(f"{path}:{number}", f"it copies {name}, which is not in the folder", _ADD)
        copied = PurePosixPath(name.lstrip("/"))
        if not any(PurePosixPath(one).is_relative_to(copied) for one in context):
            raise _left_out(folder, str(copied), f"{_DOCKERFILE}:{number} copies {name}")


def _copied(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the plain name of each file of the build context that a Dockerfile copies."""
    for number, line in _logical_lines(text):
        found = _INSTRUCTION.match(line)
        words = _words(found[2]) if found else []
        if not any(word.startswith("--from") for word in words):
            *sources, _ = [word for word in words if not word.startswith("--")] or [""]
            yield from ((number, source) for source in sources if not _NOT_PLAIN.search(source))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the instructions of a Dockerfile, each with its first line; a backslash continues a line."""
    begun, number_begun = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        number_begun = number_begun or number
        begun += line.rstrip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            yield number_begun, begun
            begun, number_begun = "", 0


def _words(text: str) -> list[str]:
    try:
        return list(map(str, json.loads(text))) if text.lstrip().startswith("[") else shlex.split(text)
    except (ValueError, RecursionError):
        return []  # the engine says what is wrong with it


def _require_scripts(folder: Path, variant: Variant, context: Collection[str]) -> None:
    left = {PurePosixPath(one).name for one in context}
    for word in variant.command[1:]:
        path = PurePosixPath(word)
        is_script = path.suffix in _SCRIPTS and not path.is_absolute() and not _NOT_PLAIN.search(word)
        if not is_script or path.name in left:
            continue
        cause = f"the command of the variant {variant.name} names {word}"
        there = next(folder.rglob(path.name), None)
        if there is None:
            raise _incomplete(folder / _MANIFEST, f"{cause}, which is not in the folder", _ADD)
        raise _left_out(folder, str(there.relative_to(folder)), cause)


def _left_out(folder: Path, name: str, why: str) -> UsageError:
    cause = f"it leaves out {name}, and {why}"
    return UsageError(
        "a target's build lacks a file", where=str(folder / _IGNORE), cause=cause, remedy=f"Add the line `!{name}`."
    )


def _incomplete(where: Path | str, cause: str, remedy: str) -> UsageError:
    return UsageError("a target's folder is not complete", where=str(where), cause=cause, remedy=remedy)
