"""The pages that the harness writes, which are no published pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_GENERATOR = re.compile(r'<meta name="generator" content="harness (report|history)">')


def is_own_page(text: str) -> bool:
    """Return whether a document is a page of `harness report`."""
    return _written_by(text) == "report"


def refuse_own_page(text: str, path: Path) -> None:
    """Check that a page is not one of the harness.

    Raises:
        UsageError: It is a page of `harness report` or of `harness history`.
    """
    command = _written_by(text)
    if command is not None:
        carries_run = f"`harness render --check {path}` checks them against the run that the page carries."
        raise UsageError(
            "no published page",
            where=str(path),
            cause=f"it is a page of `harness {command}`, so its numbers are measured ones",
            remedy=carries_run if command == "report" else "Name a page that was published.",
        )


def _written_by(text: str) -> str | None:
    found = _GENERATOR.search(text)
    return found[1] if found else None
