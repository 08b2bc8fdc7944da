"""The list of scenarios/<name>.py: locustfiles, parsed but not imported."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path


def load_scenarios(root: Path) -> dict[str, Scenario]:
    """Return the scenarios of a project, by name, each with the first line of its docstring; none is imported.

    Raises:
        UsageError: A file is not valid Python.
    """
    scenarios = {}
    for path in sorted(path for path in (root / "scenarios").glob("*.py") if path.is_file()):
        try:
            docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
        except SyntaxError as error:
            raise UsageError(
                "a scenario is not valid Python",
                where=f"{path}:{error.lineno or 1}",
                cause=error.msg,
                remedy="Correct this line.",
            ) from error
        scenarios[path.stem] = Scenario(path.stem, docstring.partition("\n")[0], path.resolve())
    return scenarios
