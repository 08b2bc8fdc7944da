"""The two Markdown documents of a report: a short one for pull requests, and a full one with all tables.

The short one has at most `MOST_BYTES`, whatever the run holds: its sections get fewer rows, and its texts fewer
letters, until it fits. No text of a run has a meaning in Markdown.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.foreign_text import printable
from harness.report.page import templates
from harness.report.short import short_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.report.contents import Contents
    from harness.report.material import Material

SHORT, FULL = "report.md", "report_full.md"
MOST_BYTES = 20_000
"""A longer text makes a bot's comment too long to read."""
_ROWS_AND_LETTERS = ((24, 600), (12, 300), (6, 150), (3, 75), (1, 25))
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


def markdown_documents(material: Material, report: Contents) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the Markdown documents of a report with these contents, the short one first."""
    yield SHORT, _short(material, report)
    yield FULL, _full(report)


def _full(report: Contents) -> str:
    return _filled("report_full.md.j2", _escaped, report=report)


def _short(material: Material, report: Contents) -> str:
    for most, letters in _ROWS_AND_LETTERS:
        short = short_report(material, report, most)
        text = _filled("report.md.j2", _shortening(letters), report=short, full=FULL)
        if len(text.encode()) < MOST_BYTES:
            break
    return text


def _filled(template: str, finalize: Callable[[object], object], **values: object) -> str:
    text = templates(finalize=finalize).get_template(template).render(**values)
    return re.sub(r"\n{3,}", "\n\n", text)  # an omitted section leaves its blank lines


@cache  # one for each number of letters, so that the templates are compiled once for it
def _shortening(letters: int) -> Callable[[object], object]:
    return partial(_shortened, letters)


def _shortened(letters: int, value: object) -> object:
    """Return a value as text of at most so many letters, escaped; a macro's result is finished already."""
    if isinstance(value, Markup):
        return value
    text = str(value)
    return _escaped(text if len(text) <= letters else f"{text[: letters - 1]}\N{HORIZONTAL ELLIPSIS}")


def _escaped(value: object) -> object:
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
