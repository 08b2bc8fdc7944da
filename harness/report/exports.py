"""The files of a report: page, Markdown, charts, tables for other programs, and the JSON document.

`render` is the entry point of this room. Files are written atomically. The same run gives the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from harness.foreign_text import cell, json_document, printable
from harness.report.contents import PAIRS, contents
from harness.report.exchange.files import EXCHANGES
from harness.report.material import Format
from harness.report.page import CLAIMS, charts, claims_chart, render_page, templates
from harness.report.records import tables
from harness.store import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.report.material import Material

_OF_PAGES = frozenset({Format.HTML, Format.MARKDOWN, Format.SVG})  # the other formats have the numbers of all pages
_MARKDOWN = str.maketrans(
    {
        **{char: f"\\{char}" for char in "\\|*`$"},
        "<": "&lt;",
        ">": "&gt;",
        "\n": " ",
    }
)
_ENTITY = re.compile(r"&(?=#?\w+;)")
# What would begin a link, an address that GitHub makes a link, or a mention
_LINK = re.compile(r"(?<=\])(?=[(\[:])|(?=://)|(?<=\bwww)(?=\.)|(?=@\w)|(?<=\bmailto)(?=:)")
# What would begin a heading, a list, a rule or a fence at the beginning of a line
_BLOCK = re.compile(r"\s*(?:(\d{1,9})(?=[.)](?:\s|$))|(?=[+-](?:\s|$)|#{1,6}(?:\s|$)|---|===|~~~|___)|(?:\t| {4})\s*)")


def render(material: Material, folder: Path, formats: frozenset[Format]) -> list[Path]:
    """Write a report and return its files, in the order of writing.

    Args:
        material: The inputs of the report.
        folder: Created if it is missing. Its files of other formats are left unchanged.
        formats: The formats to write.

    Raises:
        MachineError: The disk is full or not writable.
    """
    written = []
    for name, text in _every_file(material, formats):
        write_atomically(folder / name, text)
        written.append(folder / name)
    return written


def _every_file(material: Material, formats: frozenset[Format]) -> Iterator[tuple[str, str]]:
    """Yield the files of the report, then those of each page of a published comparison."""
    yield from _files(material, formats)
    for page in material.pages:
        for name, text in _files(page.material, formats & _OF_PAGES):
            yield f"{PAIRS}/{page.name}/{name}", text


def _files(material: Material, formats: frozenset[Format]) -> Iterator[tuple[str, str]]:
    if Format.HTML in formats:
        yield "index.html", render_page(material)
        picture = claims_chart(material)
        if picture:
            yield "claims.svg", picture.standalone()
    if Format.MARKDOWN in formats:
        yield "report.md", render_markdown(material)
    if Format.CSV in formats:
        for name, rows in tables(material).items():
            yield f"tables/{name}.csv", render_csv(rows)
    if Format.SVG in formats:
        for chart in (one for one in charts(material) if one.name != CLAIMS):
            yield f"charts/{chart.name}.svg", chart.standalone()
    if Format.JSON in formats:
        yield "report.json", json_document(material.document)
    for wanted in (one for one in EXCHANGES if one in formats):
        yield from EXCHANGES[wanted](material)


def render_markdown(material: Material) -> str:
    """Return the report as Markdown with GitHub's tables."""
    text = templates(finalize=_escape_markdown).get_template("report.md.j2").render(report=contents(material))
    return re.sub(r"\n{3,}", "\n\n", text)  # an omitted section leaves its blank lines


def _escape_markdown(value: object) -> object:
    """Return a value with Markdown's special characters escaped; a macro's result is escaped already."""
    if isinstance(value, Markup):
        return value
    # Markup keeps autoescape off: it would turn quotes into entities, which are hard to read in a text file
    return Markup(markdown_escaped(str(value)))  # noqa: S704


def markdown_escaped(text: str) -> str:
    """Return a text without meaning in Markdown."""
    return _without_block(_LINK.sub(r"\\", _ENTITY.sub("&amp;", printable(text)).translate(_MARKDOWN)))


def _without_block(text: str) -> str:
    """Return a text that begins no block, wherever a template writes it."""
    begins = _BLOCK.match(text)
    if begins is None:
        return text
    number, rest = begins[1] or "", text[begins.end() :]
    return f"{number}\\{rest}" if number or rest.startswith(tuple("#+-=~_")) else rest


def render_csv(rows: Sequence[Mapping[str, object]]) -> str:
    """Return flat records as CSV; all records have the same keys, and an absent value is empty."""
    cells = [{name: cell(value) for name, value in row.items()} for row in rows]
    frame = pd.DataFrame(cells, dtype=object)  # other types would turn a column of counts with a gap into floats
    return frame.to_csv(index=False, lineterminator="\n")
