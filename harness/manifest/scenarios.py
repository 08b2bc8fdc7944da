"""scenarios/<name>.py: locustfiles, found and not imported."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.model import Scenario

if TYPE_CHECKING:
    from pathlib import Path


def load_scenarios(root: Path) -> dict[str, Scenario]:
    """Find every scenarios/<name>.py, by name, with the first line of its docstring; nothing is imported.

    Raises:
        UsageError: One is not Python.
    """
    found = {}
    for path in sorted((root / "scenarios").glob("*.py")):
        try:
            docstring = ast.get_docstring(ast.parse(path.read_bytes())) or ""
        except SyntaxError as error:
            raise UsageError(
                "a scenario is not Python",
                where=f"{path}:{error.lineno or 1}",
                cause=error.msg,
                remedy="Mend that line.",
            ) from error
        found[path.stem] = Scenario(path.stem, docstring.partition("\n")[0], path.resolve())
    return found
