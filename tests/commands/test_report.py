"""`harness report`, its options."""

from __future__ import annotations

from harness.commands.report import _FORMATS
from harness.report import Format


def test_the_help_names_every_format() -> None:
    assert f"Separated by commas: {', '.join(Format)}." == _FORMATS
