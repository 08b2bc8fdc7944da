"""The columns of a table: which are frameworks, which has their names, and which have no quantity."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.consistency.vocabulary import NAMES, words_in
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.differences import pair_in
from harness.figures.importing.offered_labels import names_offered
from harness.figures.importing.subjects import distinct, is_own, is_summary, own_name, rest_of, version_behind
from harness.figures.importing.units import only_unit
from harness.figures.importing.vocabulary import HEAD_OF_LOADS, in_brackets, unit_in_label
from harness.figures.importing.words_of_comparison import COMPARED_TO, RATIO, VERSUS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.page import Cell

_RATIO = re.compile(
    rf"^(?:over|{VERSUS}|{COMPARED_TO}|than|x faster than|faster than)(?!\w)|\b{RATIO}(?!\w)|\u0394|\u00d7|\u00f7"
    r"|\b(?:relative|multiplier|gain|uplift|(?:faster|slower|better|schneller|besser) (?:by|um)|abweichung"
    r"|ver\u00e4nderung|avantage|mejora|ventaja|rela\u00e7\u00e3o|melhoria|vantagem)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^(?:#|\W*|no\.?|rank|place|pos(?:ition)?|language|lang|version|notes?|winner|unit|source|date|link|comments?|"
    r"attribute|metric|feature|measure|stars|type|license|runs?|n|samples?|iterations?|trials?|repetitions?|seed"
    r"|weight(?:ing)?|importance|priority|score|points|threshold|limit|margin|p-?value|error|gewicht(?:ung)?|poids|peso"
    r"|rang|platz|sprache|einheit|datum|quelle|anmerkung|bemerkung|sieger)$",
    re.IGNORECASE,
)
_NO_QUANTITY = re.compile(
    r"(?:rank|rnk|place|pos|language|lang|version|released?|license|link|date|source|notes?|test|endpoint|route|payload"
    r"|server|mode|configuration|setup|rang|platz|sprache|datum|quelle)s?",
    re.IGNORECASE,
)
_FRAMEWORK = re.compile(r"(?:web[ -]?)?frameworks?", re.IGNORECASE)
_MEASURED = re.compile(
    r"(?:benchmark|metric|measure(?:ment|d)?|quantity|metrik|kennzahl|messgr(?:\u00f6|oe)(?:\u00df|ss)e"
    r"|m[\u00e9e]trica|m[\u00e9e]trique)",
    re.IGNORECASE,
)
_UNITS = re.compile(r"(?:units?|einheit(?:en)?|unit[\u00e9e]s?|unidad(?:es)?|unidades?)", re.IGNORECASE)
_VALUE = re.compile(
    r"(?:values?|results?|wert|ergebnis|messwert|valeur|valor|r[\u00e9e]sultat|resultado)", re.IGNORECASE
)
MOST_CELL = 400
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        target: The framework that it is about; None where the rows are the frameworks.
        label: What its head says beside that.
        conditions: What its head states.
    """

    number: int
    head: str
    target: str | None = None
    label: str = ""
    conditions: tuple[str, ...] = ()
    is_ratio: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """The columns of a table that has the quantity of a number, or its unit, in the cells beside it.

    Attributes:
        measures, units, values: The numbers of the columns of quantities, of units, and of what these are of.
    """

    measures: tuple[int, ...]
    units: tuple[int, ...]
    values: tuple[int, ...]

    @classmethod
    def of(cls, columns: Sequence[Column]) -> Beside:
        """Return these columns of a table, by their heads."""
        found = (
            tuple(one.number for one in columns if pattern.fullmatch(one.head))
            for pattern in (_MEASURED, _UNITS, _VALUE)
        )
        return cls(*found)

    def measured(self, row: Sequence[Cell]) -> str:
        """Return the quantity that a row names."""
        return " ".join(row[number].plain for number in self.measures if number < len(row))

    def no_value(self, column: Column, measured: str, written: str, unit: str | None) -> str | None:
        """Return why a column has no number of the quantity of a row, `measured`, in its unit; None if it has."""
        if column.number in self.values:
            return f"unknown unit {written!r}" if written and unit is None else None
        if not measured or not self.values or column.is_ratio or unit_in_label(column.head):
            return None
        return "another column has the value of its row"


def columns_of(finder: Finder, heads: Sequence[str], body: Sequence[Sequence[Cell]], place: Place) -> list[Column]:
    """Return the columns of a table by their heads; where some are frameworks, a head with another name is one, too."""
    return _told_apart(finder, list(_columns(finder, heads, body, place)))


def _columns(finder: Finder, heads: Sequence[str], body: Sequence[Sequence[Cell]], place: Place) -> Iterator[Column]:
    columns = [_column(finder, number, head, place) for number, head in enumerate(heads)]
    known = [column for column in columns if column.target]
    for column in columns:
        if known and not column.target and column.number > 0 and _has_ratios(finder, body, column.number):
            yield replace(column, label=column.head, is_ratio=True)
            continue
        is_known = column.target or column.is_ratio or not known or column.number == 0
        if is_known or not has_amounts(finder, body, column.number):
            yield column
        elif not column.head and len(known) == 1 and len(finder.pair) == 2 and known[0].target in finder.pair:  # noqa: PLR2004
            other = next(one for one in finder.pair if one != known[0].target)
            yield replace(column, target=other, label="")
        elif (
            not column.head
            or _NO_NAME.match(column.head)
            or unit_in_label(column.head)
            or is_summary(column.head)
            or len(distinct(finder.subjects.mentions(column.head))) > 1
            or finder.doubt_of(column.head)
        ):
            yield column
        else:
            name = own_name(column.head)
            finder.own = name if is_own(column.head) or name == own_name(finder.page.title) else finder.own
            yield replace(column, target=name, label="")


def _has_ratios(finder: Finder, body: Sequence[Sequence[Cell]], number: int) -> bool:
    """Return whether all numbers of a column are ratios: `12.2x`, `2.2x faster`."""
    cells = [amounts_of(finder, row[number]) for row in body if number < len(row)]
    return any(cells) and all(amounts[0].unit == "x" for amounts in cells if amounts)


def _told_apart(finder: Finder, columns: list[Column]) -> list[Column]:
    """Return columns in which two of one framework state what their heads say beside it: `Flask 2.3`, `Flask 3.0`."""
    counts = Counter(column.target for column in columns)
    apart = []
    for column in columns:
        mentions = finder.subjects.mentions(column.head)
        rest = rest_of(column.head, mentions[0]) if len(mentions) == 1 else ""
        version = version_behind(column.head, mentions[0]) if len(mentions) == 1 else ()
        if column.target and counts[column.target] > 1:
            told = column.conditions or ((rest,) if rest and not _is_quantity(rest) else ())
            column = replace(column, conditions=(*version, *told))  # noqa: PLW2901 - the same with what it states
        apart.append(column)
    return apart


def _is_quantity(text: str) -> bool:
    """Return whether a text names a quantity or a unit, and states nothing: `req/s`, `p99 (ms)`."""
    return unit_in_label(text) is not None or {word.casefold() for word in words_in(text)} <= NAMES


def _column(finder: Finder, number: int, head: str, place: Place) -> Column:
    if target := finder.subjects.only(head):
        unit = next((part for part in in_brackets(head) if unit_in_label(f"({part})")), "")
        stated = tuple(part for part in in_brackets(head) if part != unit and not understand((part,)).others)
        return Column(number, head, target, f"({unit})" if unit else "", stated)
    if _RATIO.search(head) or pair_in(finder.subjects, head):
        return Column(number, head, label=head, is_ratio=True)
    mentions = finder.subjects.mentions(head)
    if len(mentions) == 1:
        rest = rest_of(head, mentions[0])
        is_stated = rest and not understand((rest,)).others
        return Column(number, head, mentions[0].target, "" if is_stated else rest, (rest,) if is_stated else ())
    is_served = number > 0 and place.subject is not None and head and is_setup(head)
    return Column(
        number, head, place.subject if is_served else None, "" if is_served else head, (head,) if is_served else ()
    )


def is_setup(head: str) -> bool:
    """Return whether a head is a way to serve, such as `gunicorn`, and no load."""
    stated = understand((head,))
    return not stated.others and (bool(stated.servers) or stated.mode is not None)


def units_below(body: Sequence[Sequence[Cell]]) -> list[str]:
    """Return the units in brackets that the first row of a body has for its columns; empty if it has anything else."""
    first, *texts = [cell.plain.strip("()[] ") for cell in body[0]] if body else [""]
    units = [f"({text})" if text.strip("-\u2013\u2014") else "" for text in texts]
    is_row = not first or _UNITS.fullmatch(first)
    has_number = any(character.isdecimal() for unit in units for character in unit)
    return ["", *units] if is_row and not has_number and any(map(unit_in_label, units)) else []


def unit_of_row(of_units: Sequence[int], row: Sequence[Cell]) -> tuple[str, str | None]:
    """Return what the row has in a column of units, and the unit that this is; None for an unknown one."""
    for number in of_units:
        if number < len(row):
            written = row[number].plain
            return ("", None) if len(written) < 2 and not only_unit(written) else (written, only_unit(written))  # noqa: PLR2004
    return "", None


def named_by(finder: Finder, columns: Sequence[Column], cells: Sequence[Cell]) -> Iterator[Cell]:
    """Yield the cells before the frameworks that name the quantity of their row: not those below `Goal`."""
    for cell, column in zip(cells, columns, strict=False):
        if column.number == 0 or finder.doubt_of(column.head) is None:
            yield cell


def column_of_names(finder: Finder, heads: Sequence[str], body: Sequence[Sequence[Cell]]) -> int | None:
    """Return the column with the most names of frameworks, else the one with the head `Framework`; None without one."""
    counts = [
        (sum(finder.subjects.only(row[number].plain) is not None for row in body if number < len(row)), -number)
        for number in range(len(heads))
    ]
    most, number = max(counts, default=(0, 0))
    if most:
        return -number
    by_mention = [
        (sum(mentioned(finder, row[number].plain) is not None for row in body if number < len(row)), -number)
        for number in range(min(3, len(heads)))
    ]
    most, number = max(by_mention, default=(0, 0))
    return -number if most else next((at for at, head in enumerate(heads) if _FRAMEWORK.fullmatch(head)), None)


def mentioned(finder: Finder, text: str) -> str | None:
    """Return the only framework that a short text names: `Flask on gunicorn`."""
    mentions = {one.target for one in finder.subjects.mentions(text)}
    return mentions.pop() if len(mentions) == 1 and len(text) <= LONGEST_NAME else None


def only_measure(finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], names: int) -> str:
    """Return the head of the only column of numbers beside the ratios, which these are then of; empty if none."""
    heads = [
        column.head
        for column in columns
        if column.number != names and not column.is_ratio and not is_no_quantity(column, body)
        if has_amounts(finder, body, column.number)
    ]
    return heads[0] if len(heads) == 1 else ""


def is_no_quantity(column: Column, body: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a column has ranks, versions, languages or conditions of its row."""
    if HEAD_OF_LOADS.match(column.head) or names_offered(column.head):
        return True
    if column.head and not column.head.strip("# "):
        return True
    if column.head:
        return _NO_QUANTITY.fullmatch(column.head) is not None
    cells = [row[column.number].plain.strip(".# ") for row in body if column.number < len(row)]
    return cells == [str(number) for number in range(1, len(cells) + 1)]


def has_amounts(finder: Finder, body: Sequence[Sequence[Cell]], number: int) -> bool:
    """Return whether a column has a number or a picture."""
    return any(number < len(row) and (amounts_of(finder, row[number]) or row[number].is_picture) for row in body)


def amounts_of(finder: Finder, cell: Cell) -> list[Amount]:
    """Return the amounts of a cell; empty if it only repeats another."""
    return list(amounts_in(cell.plain[:MOST_CELL], finder.convention)) if not cell.is_repeat else []
