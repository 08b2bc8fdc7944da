"""The files of a report: page, Markdown, charts, tables for other programs, and the JSON document.

`render` is the way into this room. Every file is written whole or not at all; the same run gives the same bytes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from harness.report.contents import contents
from harness.report.material import Format
from harness.report.page import charts, render_page, templates
from harness.report.records import tables
from harness.store import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.report.material import Material

_MARKDOWN = str.maketrans({"\\": "\\\\", "|": "\\|", "<": "&lt;", ">": "&gt;", "*": "\\*", "`": "\\`", "\n": " "})


def render(material: Material, folder: Path, formats: frozenset[Format]) -> list[Path]:
    """Write a report, and return the files in the order they were written.

    Args:
        material: What is reported.
        folder: Where to; made if it is missing. Files of other formats in it stay as they are.
        formats: Which forms to write.

    Raises:
        MachineError: The disk is full or not writable.
    """
    written = []
    for name, text in _files(material, formats):
        write_atomically(folder / name, text)
        written.append(folder / name)
    return written


def _files(material: Material, formats: frozenset[Format]) -> Iterator[tuple[str, str]]:
    if Format.HTML in formats:
        yield "index.html", render_page(material)
    if Format.MARKDOWN in formats:
        yield "report.md", render_markdown(material)
    if Format.CSV in formats:
        for name, rows in tables(material).items():
            yield f"tables/{name}.csv", render_csv(rows)
    if Format.SVG in formats:
        for chart in charts(material):
            yield f"charts/{chart.name}.svg", chart.standalone()
    if Format.JSON in formats:
        yield "report.json", json.dumps(material.document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def render_markdown(material: Material) -> str:
    """Return the report as Markdown with GitHub's tables."""
    text = templates(finalize=_escape_markdown).get_template("report.md.j2").render(report=contents(material))
    return re.sub(r"\n{3,}", "\n\n", text)  # sections that are left out leave their blank lines


def _escape_markdown(value: object) -> object:
    """Keep text from being read as markup; what a macro returns has been through here already."""
    if isinstance(value, Markup):
        return value
    # autoescape would turn quotes into entities, which nobody reads with pleasure in a text file
    return Markup(str(value).translate(_MARKDOWN).replace("](", "]\\("))  # noqa: S704


def render_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Return flat records as CSV; every record has the same keys, and what is absent is empty."""
    frame = pd.DataFrame(list(rows), dtype=object)  # as they are: no column of counts turns into floats for a gap in it
    return frame.to_csv(index=False, lineterminator="\n")
