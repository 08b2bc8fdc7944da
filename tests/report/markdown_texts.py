"""The two Markdown documents of a report, as its files have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.contents import contents
from harness.report.markdown import FULL, SHORT, markdown_documents

if TYPE_CHECKING:
    from harness.report.material import Material


def full_markdown(material: Material) -> str:
    """Return the text of report_full.md."""
    return dict(markdown_documents(material, contents(material)))[FULL]


def short_markdown(material: Material) -> str:
    """Return the text of report.md."""
    return dict(markdown_documents(material, contents(material)))[SHORT]
