"""The import of a saved page: its format, its convention of numbers, and its figures in the order of the page.

1. `source` reads the file; `html`, `markdown`, `delimited` and `lines` give the parts of a page.
2. `numerals` finds the page's convention from all its numbers.
3. `blocks` goes through the sections; `tables`, `cells`, `prose`, `tool_output` and `tool_tables` find amounts and
   their frameworks.
4. Sentences with a number without a unit wait until it is known what the page says of its digits elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from harness.errors import FindingError
from harness.figures.importing.blocks import read_blocks
from harness.figures.importing.dates import date_of
from harness.figures.importing.delimited import is_delimited, read_delimited
from harness.figures.importing.found import Finder, Found, Unplaced
from harness.figures.importing.html import read_html
from harness.figures.importing.lines import read_lines, read_transcript, with_tables
from harness.figures.importing.markdown import read_markdown
from harness.figures.importing.numerals import DIGITS, convention_of
from harness.figures.importing.own import refuse_own_page
from harness.figures.importing.page import Block, Kind, Page, Table
from harness.figures.importing.prose import LEAST_DIGITS, read_later
from harness.figures.importing.results import is_results, read_results
from harness.figures.importing.set_ups import set_ups_of
from harness.figures.importing.source import Source, read_source
from harness.figures.importing.subjects import Subjects, distinct
from harness.figures.importing.tool_output import is_tool_output
from harness.figures.written import narrow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|table|div|article|main|section|h\d|p)\b",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE_VERSION = re.compile(r"(?:[^\W\d_]|[A-Z][\w.]* ?|\bv|[@/(]|[Vv]ersion )$")
_LONGEST_LABEL = 80
MOST_CELLS, MOST_TEXTS = 400_000, 200_000
_LONGEST_VERSION = 5


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import found on a page, in the order of the page; `conditions` are stated for all of its numbers."""

    page: Page
    figures: tuple[Found, ...]
    unplaced: tuple[Unplaced, ...]
    date: str
    conditions: tuple[str, ...] = ()


def import_page(path: Path, titles: Mapping[str, str], language: str = "") -> Imported:
    """Return the figures of a saved page, and what could not be placed.

    Args:
        path: The page.
        titles: The title of each target of the project, by its name.
        language: The code of the page's language, in place of the one that it declares; empty for that one.

    Raises:
        UsageError: The file can't be read, or is a page of the harness.
        FindingError: The page has no numbers at all.
    """
    source = read_source(path)
    refuse_own_page(source.text, path)
    imported = import_source(source, titles, language)
    if not imported.figures and not imported.unplaced:
        raise FindingError(
            "no figures on this page",
            where=str(path),
            cause="it has no number with a unit, and no table of numbers",
            remedy="Save the page with its tables: pictures and scripts can't be read.",
        )
    return imported


def import_source(source: Source, titles: Mapping[str, str], language: str = "") -> Imported:
    """Return the figures of a page. See `import_page`."""
    if is_results(source.path, source.text):
        page, figures, unplaced = read_results(source, Subjects.of(titles))
        return _imported(page, figures, unplaced)
    subjects = Subjects.of(titles)
    page, left_out = limited(with_tables(read_page(source), subjects))
    page = replace(page, language=language or page.language)
    finder = _finder(page, subjects, is_told=bool(language))
    finder.left_out += left_out if page.read_to is None else [*left_out, page.read_to]
    read_blocks(finder)
    read_later(finder)
    finder.refuse_left_out()
    figures, unplaced = _settled(finder)
    return replace(_imported(page, figures, unplaced), conditions=finder.conditions)


def _imported(page: Page, figures: list[Found], unplaced: list[Unplaced]) -> Imported:
    return Imported(page, tuple(sorted(figures, key=_offset)), tuple(sorted(unplaced, key=_offset)), date_of(page))


def read_page(source: Source) -> Page:
    """Return the parts of a page, by its name and by how it begins."""
    suffix = source.path.suffix.lower()
    if is_delimited(source):
        return read_delimited(source)
    if suffix in {".html", ".htm", ".xhtml"} or (
        suffix not in {".md", ".markdown"} and _HTML.match(source.text[:2000])
    ):
        return read_html(source)
    if suffix in {".md", ".markdown"}:
        return read_markdown(source)
    if is_tool_output(source.text[:20_000]) and "|" not in source.text[:2000]:
        return read_transcript(source)
    return read_lines(source)


def limited(page: Page) -> tuple[Page, list[int]]:
    """Return a page without the rows and paragraphs that are too many, and the offsets of these."""
    cells, texts = MOST_CELLS, MOST_TEXTS
    blocks: list[Block | Table] = []
    left_out: list[int] = []
    for block in page.blocks:
        if isinstance(block, Table):
            sizes = accumulate(map(len, block.rows))
            kept = sum(size <= cells for size in sizes)
            left_out += [row[0].text.offset(0) for row in block.rows[kept:] if row]
            cells -= sum(map(len, block.rows[:kept]))
            if kept:
                blocks.append(block if kept == len(block.rows) else replace(block, rows=block.rows[:kept]))
        elif texts:
            texts -= 1
            blocks.append(block)
        else:
            left_out.append(block.text.offset(0))
    return (replace(page, blocks=tuple(blocks)) if left_out else page), left_out


def _offset(one: Found | Unplaced) -> int:
    return one.offset


def _finder(page: Page, subjects: Subjects, *, is_told: bool) -> Finder:
    title = page.title or page.source.path.stem.replace("_", " ").replace("-", " ")
    convention = convention_of(_numbers(page), page.language, " ".join(_texts(page)), is_told=is_told)
    named = distinct(subjects.mentions(title)) or _named_by(page.source.path.stem, title, subjects)
    finder = Finder(page, subjects, convention, pair=tuple(named), dated=f"{title} {date_of(page)}")
    finder.set_ups = set_ups_of(page, subjects)
    tables = (block for block in page.blocks if isinstance(block, Table))
    labels = (row[0].text.plain.strip() for table in tables for row in table.rows[table.heads :] if row)
    finder.labels = frozenset(label for label in labels if len(label) <= _LONGEST_LABEL)
    return finder


def _named_by(stem: str, title: str, subjects: Subjects) -> list[str]:
    """Return the target that the name of a file names (`flask_stats.csv`); none for a page with a title."""
    words = re.split(r"[\W_]+", stem)
    if words != re.split(r"[\W_]+", title):
        return []
    named = dict.fromkeys(filter(None, map(subjects.only, filter(None, words))))
    return [target for target in named if target in subjects.titles]


def _texts(page: Page) -> Iterator[str]:
    for block in page.blocks:
        if isinstance(block, Table):
            yield from (cell.text.plain for row in block.rows for cell in row if not cell.is_repeat)
        elif block.kind is not Kind.CODE:
            yield block.text.plain


def _numbers(page: Page) -> Iterator[str]:
    """Yield the numbers of a page that can tell its convention: no versions, and those with spaces only from cells."""
    for block in page.blocks:
        if isinstance(block, Table):
            for cell in (cell for row in block.rows for cell in row if not cell.is_repeat):
                yield from (
                    found[0]
                    for plain in [narrow(cell.text.plain)]
                    for found in DIGITS.finditer(plain)
                    if not _is_version(plain, found)
                )
        elif block.kind is not Kind.CODE:
            plain = narrow(block.text.plain)
            yield from (
                one
                for found in DIGITS.finditer(plain)
                if not _is_version(plain, found)
                for one in [found[0]]
                if " " not in one
            )


def _is_version(plain: str, found: re.Match[str]) -> bool:
    if "." not in found[0] or len(found[0]) > _LONGEST_VERSION:
        return False
    return _BEFORE_VERSION.search(plain[max(0, found.start() - 24) : found.start()]) is not None


def _settled(finder: Finder) -> tuple[list[Found], list[Unplaced]]:
    """Return figures with their units; one without is refused, unless the page has its digits elsewhere with a unit."""
    figures, unplaced = [], list(finder.unplaced)
    for one in finder.found:
        is_told = len(one.digits) >= LEAST_DIGITS  # the same digits elsewhere tell its unit
        known = {unit for unit, _ in finder.known.get(one.digits, ()) if unit} if is_told else set()
        if one.unit is not None or one.attribute is not None:
            figures.append(_with_quantity(finder, one))
        elif len(known) == 1:
            unit, quantity = next(pair for pair in finder.known[one.digits] if pair[0])
            figures.append(replace(one, unit=unit, quantity=quantity))
        else:
            reason = "no unit is printed with it, in its label or in its head"
            unplaced.append(Unplaced(one.printed, one.offset, reason, one.label, one.amount, one.section, one.target))
    return figures, unplaced


def _with_quantity(finder: Finder, one: Found) -> Found:
    """Return a figure whose words do not name a quantity with that of the same digits elsewhere on the page."""
    is_told = len(one.digits) >= LEAST_DIGITS
    if not is_told or one.quantity is None or one.quantity.name or one.of is not None or not one.label.startswith("["):
        return one
    elsewhere = Counter(
        quantity for unit, quantity in finder.known.get(one.digits, ()) if unit == one.unit and quantity
    )
    named = [quantity for quantity in elsewhere if quantity.name]
    return replace(one, quantity=named[0]) if len(named) == 1 else one
