"""The list of scenarios/<name>.py: locustfiles, parsed but not imported."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.locustfiles import may_have_user_class, why_no_user_class
from harness.manifest.lookup import find_all, require
from harness.model import Scenario
from harness.regular_files import content_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER, _SUFFIX = "scenarios", ".py"


def load_scenarios(root: Path) -> dict[str, Scenario]:
    """Return the scenarios of a project, by name, each with the first line of its docstring; none is imported.

    A file that is no valid Python has its problem instead, because a run of other scenarios does not need it. So has
    one that certainly has no user class, of which its run says more.
    """
    paths = sorted(path for path in (root / _FOLDER).glob(f"*{_SUFFIX}") if path.is_file())
    return {path.stem: _listed(path) for path in paths}


def find_scenarios(text: str, known: Mapping[str, Scenario]) -> list[str]:
    """Return the names of chosen scenarios, in order.

    Args:
        text: Names, or the paths of their files, separated by commas.
        known: The scenarios of the project.

    Raises:
        UsageError: A scenario is unknown or named twice, or its file is no valid Python; or there is none.
    """
    words = [_name(word.strip(), known) for word in text.split(",")]
    for word in filter(None, words):
        require("scenario", word, known, f" For one of your own, put {Path(word).stem}{_SUFFIX} into {_FOLDER}/.")
    names = find_all("scenario", ",".join(words), known)
    for name in names:
        if (error := known[name].unread) is not None:
            raise error
    return names


def _name(word: str, known: Mapping[str, Scenario]) -> str:
    """Return the name of the scenario whose file a word is the path of; else return the word."""
    path = Path(word)
    if path.suffix != _SUFFIX:
        return word
    scenario = known.get(path.stem)
    if scenario is not None and (path.resolve() == scenario.path or scenario.path.match(word)):
        return path.stem
    if path.is_file():
        raise UsageError(
            "a scenario is not in the project",
            where=word,
            cause=f"scenarios are the files in {_FOLDER}/",
            remedy=f"Copy the file there, and name it: --scenario {path.stem}.",
        )
    return word


def _listed(path: Path) -> Scenario:
    try:
        tree = _parsed(path)
    except UsageError as error:
        return Scenario(path.stem, "", path.resolve(), f"{error.what} ({error.where}): {error.cause}", error)
    problem = "" if may_have_user_class(tree) else f"no scenario ({path}): {why_no_user_class(tree)}"
    summary = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Scenario(path.stem, summary, path.resolve(), problem)


def _parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file.

    Raises:
        UsageError: The file is no valid Python, or can't be read.
    """
    try:
        return ast.parse(content_of(path))
    except SyntaxError as error:
        raise UsageError(
            "a scenario is not valid Python",
            where=f"{path}:{error.lineno or 1}",
            cause=error.msg,
            remedy="Correct this line.",
        ) from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(
            "a scenario can't be read",
            where=str(path),
            cause=getattr(error, "strerror", None) or str(error),
            remedy="Correct the file.",
        ) from error
