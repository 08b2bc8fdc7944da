"""Footnotes: what each states, and to which numbers of a sentence a reference to one belongs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.figures.importing.doubted_labels import doubt_in_label
from harness.figures.importing.page import Block, Kind
from harness.figures.importing.stated import stated_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Sentence
    from harness.figures.importing.page import Cell, Table
    from harness.figures.importing.source import Text

_SIGNS = r"[*\u2020\u2021\u00a7]+"
_DIGITS = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", "0123456789")
_RAISED = f"[{''.join(map(chr, _DIGITS))}]+"  # of a text without markup
_BEGINS = re.compile(
    rf"\s*(?:\[\^(?P<raised>\w{{1,20}})\]:?\s|\[?\^?(?P<number>\d{{1,2}})\]?[:.)]\s|(?P<star>{_SIGNS}\s|{_RAISED}\s?))\s*"
)
_STAR = re.compile(rf"\s?(?P<star>{_SIGNS}(?![\w*])|{_RAISED})")
_IN_CELL = re.compile(rf"\[\^([^\]]*)\]|({_SIGNS})\s*$")
_ENDS = " .,;:!?)\u201d\"'*\u2020\u2021\u00a7"
_LONGEST_DOUBT = 60
_EDGE = re.compile(r"[,;:]\s")


def is_note(text: str) -> bool:
    """Return whether a text is a footnote."""
    return _BEGINS.match(text) is not None


def notes_in(blocks: Iterable[Block | Table]) -> dict[str, tuple[str, ...]]:
    """Return what footnotes state, by their marks; of a mark that stands for several, nothing."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for block in blocks:
        if isinstance(block, Block) and block.kind is not Kind.CODE:
            for mark, words in _notes_of(block.text):
                found.setdefault(mark, set()).add((*stated_in(words), *_doubt_of(words)))
    return {mark: next(iter(stated)) for mark, stated in found.items() if len(stated) == 1}


def _doubt_of(words: str) -> tuple[str, ...]:
    """Return a short footnote that calls its numbers estimates or older ones, as a condition that no run has."""
    note = words.strip(" .")
    return (note,) if len(note) <= _LONGEST_DOUBT and doubt_in_label(note, note) else ()


def _notes_of(text: Text) -> Iterator[tuple[str, str]]:
    """Yield the footnotes of a text that begins with the mark of one; the marks within it begin others."""
    begins = _BEGINS.match(text.plain)
    if begins is None:
        return
    mark, start = begins["raised"] or begins["number"] or _mark(begins["star"]), begins.end()
    for index, following in (*text.notes, (len(text.plain), "")):
        yield mark, text.plain[start:index]
        mark, start = following, index


def _mark(signs: str) -> str:
    return signs.strip().translate(_DIGITS)


def with_marks(table: Table) -> Table:
    """Return a table in which a cell has the marks of its row's first cell and of its column's heads, too."""
    heads: dict[int, str] = {}
    for row in table.rows[: table.heads]:
        for number, cell in enumerate(row[1:], 1):
            heads[number] = heads.get(number, "") + _marks_of(cell)
    labels = [_marks_of(row[0]) if row else "" for row in table.rows]
    if not any(heads.values()) and not any(labels[table.heads :]):
        return table
    body = (
        (*row[:1], *(_with(cell, label + heads.get(number, "")) for number, cell in enumerate(row[1:], 1)))
        for row, label in zip(table.rows[table.heads :], labels[table.heads :], strict=True)
    )
    return replace(table, rows=(*table.rows[: table.heads], *body))


def _marks_of(cell: Cell) -> str:
    """Return the marks of a cell, as they stand behind a text."""
    return "".join(f" [^{raised or sign}]" for raised, sign in _IN_CELL.findall(cell.text.plain))


def _with(cell: Cell, marks: str) -> Cell:
    has_number = marks and any(map(str.isdecimal, cell.text.plain))
    return replace(cell, text=replace(cell.text, plain=cell.text.plain + marks)) if has_number else cell


def noted(sentence: Sentence, amount: Amount, notes: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what the footnotes of a number state."""
    if not notes:
        return ()
    star = _STAR.match(sentence.text.plain, amount.end)
    marks = [_mark(star["star"])] if star else []
    for index, names in sentence.text.notes:
        if amount in _numbers_at(sentence, index):
            marks += re.split(r"\s*,\s*", names)
    return tuple(condition for mark in marks for condition in notes.get(mark, ()))


def _numbers_at(sentence: Sentence, index: int) -> list[Amount]:
    """Return the numbers to which a mark belongs: the one before it, all at the end, else those behind a name."""
    plain, amounts = sentence.text.plain, sentence.amounts
    before = [one for one in amounts if one.end <= index]
    if before and not plain[before[-1].end : index].strip():
        return before[-1:]
    if not plain[index:].strip(_ENDS):
        return before
    if before and not _EDGE.search(plain, before[-1].end, index):
        return before[-1:]
    return [one for one in amounts if one.start >= index]
