"""Tables: which of their rows and columns are frameworks, and what each cell is of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.conditions import servers_in, understand
from harness.figures.importing.amounts import amounts_in
from harness.figures.importing.cells import Setting, read_cell
from harness.figures.importing.collapsed import read_collapsed
from harness.figures.importing.differences import numerator_of
from harness.figures.importing.found import CELL, REFUSED, WORDS
from harness.figures.importing.subjects import distinct, is_own, is_summary, own_name, rest_of
from harness.figures.importing.table_loads import (
    NUMBER_OF_LOAD,
    load_of_row,
    loads_of_heads,
    stated_in_label,
    stated_in_row,
)
from harness.figures.importing.units import only_unit
from harness.figures.importing.vocabulary import in_brackets, unit_in_label, without_brackets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.figures.importing.amounts import Amount
    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.page import Cell, Table

_RATIO = re.compile(
    r"^(?:over|vs\.?|versus|compared (?:to|with)|relative to|than|x faster than|faster than)\b"
    r"|\b(?:diff|difference|change|ratio|speed-?up|delta|factor|improvement|relative)\b|\u0394|\u00d7",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"^(?:#|\W*|no\.?|rank|place|pos(?:ition)?|language|lang|version|notes?|winner|unit|source|date|link|comments?|"
    r"attribute|metric|feature|measure|stars|type|license)$",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"^(?:benchmark|metric|measure(?:ment|d)?|quantity)$", re.IGNORECASE)
MOST_CELL = 400
_LONGEST_NAME = 60


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


def read_table(finder: Finder, table: Table, place: Place) -> None:
    """Find the figures of a table."""
    body = table.rows[table.heads :]
    heads = [_head(table, number) for number in range(max(map(len, table.rows), default=0))]
    if not table.heads and body and not any(_amounts(finder, cell) for cell in body[0]):
        heads, body = [cell.plain for cell in body[0]], body[1:]
    columns = _told_apart(finder, list(_columns(finder, heads, body, place)))
    if any(column.target for column in columns):
        _by_columns(finder, columns, body, place)
        return
    names = _names(finder, heads, body)
    if names is not None:
        _by_rows(finder, columns, body, names, place)
    else:
        _by_section(finder, columns, body, place)


def _head(table: Table, number: int) -> str:
    """Return the text of a column's head, of all its rows."""
    cells = [row[number].plain for row in table.rows[: table.heads] if number < len(row)]
    return " ".join(dict.fromkeys(filter(None, cells)))


def _columns(finder: Finder, heads: Sequence[str], body: Sequence[Sequence[Cell]], place: Place) -> Iterator[Column]:
    """Yield the columns; where some are frameworks, a head with another name is one, too."""
    columns = [_column(finder, number, head, place) for number, head in enumerate(heads)]
    known = [column for column in columns if column.target]
    for column in columns:
        is_known = column.target or column.is_ratio or not known or column.number == 0
        if is_known or not _has_amounts(finder, body, column.number):
            yield column
        elif not column.head and len(known) == 1 and len(finder.pair) == 2 and known[0].target in finder.pair:  # noqa: PLR2004
            other = next(one for one in finder.pair if one != known[0].target)
            yield replace(column, target=other, label="")
        elif (
            not column.head
            or _NO_NAME.match(column.head)
            or unit_in_label(column.head)
            or len(distinct(finder.subjects.mentions(column.head))) > 1
        ):
            yield column
        else:
            name = own_name(column.head)
            finder.own = name if is_own(column.head) or name == own_name(finder.page.title) else finder.own
            yield replace(column, target=name, label="")


def _told_apart(finder: Finder, columns: list[Column]) -> list[Column]:
    """Return columns in which two of one framework state what their heads say beside it: `Flask 2.3`, `Flask 3.0`."""
    counts = Counter(column.target for column in columns)
    apart = []
    for column in columns:
        mentions = finder.subjects.mentions(column.head)
        rest = rest_of(column.head, mentions[0]) if len(mentions) == 1 else ""
        is_apart = bool(column.target) and (counts[column.target] == 1 or bool(column.conditions))
        apart.append(column if is_apart or not column.target or not rest else replace(column, conditions=(rest,)))
    return apart


def _column(finder: Finder, number: int, head: str, place: Place) -> Column:
    if target := finder.subjects.only(head):
        unit = next((part for part in in_brackets(head) if unit_in_label(f"({part})")), "")
        stated = tuple(part for part in in_brackets(head) if part != unit and not understand((part,)).others)
        return Column(number, head, target, f"({unit})" if unit else "", stated)
    if _RATIO.search(head):
        return Column(number, head, label=head, is_ratio=True)
    mentions = finder.subjects.mentions(head)
    if len(mentions) == 1:
        rest = rest_of(head, mentions[0])
        is_stated = rest and not understand((rest,)).others
        return Column(number, head, mentions[0].target, "" if is_stated else rest, (rest,) if is_stated else ())
    is_setup = number > 0 and place.subject is not None and head and _is_setup(head)
    return Column(
        number, head, place.subject if is_setup else None, "" if is_setup else head, (head,) if is_setup else ()
    )


def _is_setup(head: str) -> bool:
    """Return whether a head is a way to serve, such as `gunicorn`, and no load."""
    stated = understand((head,))
    return not stated.others and (bool(stated.servers) or stated.mode is not None)


def _by_columns(finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], place: Place) -> None:
    """Read a table whose columns are frameworks: each row is a quantity."""
    targets = [column for column in columns if column.target]
    first = min(column.number for column in targets)
    heads_of_labels = [column.head for column in columns[:first]]
    sides = {
        column.number: numerator_of(finder, column.head, targets, body, column.number)
        for column in columns
        if column.is_ratio
    }
    names = {str(column.target) for column in targets}
    of_set_ups = (*names, *names) if len(names) == 1 < len(targets) else None
    of_two = {column.number for column in columns if len(distinct(finder.subjects.mentions(column.head))) > 1}
    of_units = [column.number for column in columns if re.fullmatch(r"units?", column.head, re.IGNORECASE)]
    for row in body:
        if read_collapsed(finder, row, [str(one.target) for one in targets], place):
            continue
        label = ", ".join(dict.fromkeys(filter(None, (cell.plain for cell in row[:first]))))
        written, unit = _unit_of_row(of_units, row)
        load = load_of_row(heads_of_labels, label)
        label = "" if load else label
        for column in columns:
            if column.number >= len(row) or not (column.target or column.is_ratio):
                if column.number < len(row) and column.number in of_two:
                    _refuse(finder, row[column.number], "its column names two frameworks", label)
                continue
            if written and unit is None and column.target and _amounts(finder, row[column.number]):
                offset = row[column.number].text.offset(0)
                finder.refuse(row[column.number].plain, offset, f"unknown unit {written!r}", label)
                continue
            of_ratio = sides.get(column.number) or (of_set_ups if column.is_ratio else None)
            setting = Setting(
                label=" ".join(filter(None, (label, column.label if column.target else ""))),
                target=column.target or (of_ratio[0] if of_ratio else ""),
                of=of_ratio[1] if of_ratio else None,
                place=place,
                conditions=(*column.conditions, *load, *stated_in_label(label)),
                hint=place.hint or None,
                unit=unit,
                is_ratio=column.is_ratio,
                opposite=_opposite([str(one.target) for one in targets], column.target),
            )
            _read(finder, row[column.number], setting, row[0])


def _opposite(targets: Sequence[str], target: str | None) -> str | None:
    """Return the other framework of a table of two; itself where they are two set-ups of one, None among several."""
    if len(set(targets)) < len(targets):
        return target
    return next((one for one in targets if one != target), None) if len(targets) == 2 else None  # noqa: PLR2004


def _unit_of_row(of_units: Sequence[int], row: Sequence[Cell]) -> tuple[str, str | None]:
    """Return what the row has in a column of units, and the unit that this is; None for an unknown one."""
    for number in of_units:
        if number < len(row):
            written = row[number].plain
            return ("", None) if len(written) < 2 and not only_unit(written) else (written, only_unit(written))  # noqa: PLR2004
    return "", None


def _by_rows(
    finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], names: int, place: Place
) -> None:
    """Read a table whose rows are frameworks: each column is a quantity, or a condition of the row."""
    kinds = loads_of_heads(columns, finder)
    read = [
        column
        for column in columns
        if column.number != names and not _MEASURED.match(column.head) and not _is_no_quantity(column, body)
    ]
    only_measure = _only_measure(finder, columns, body, names)
    counts = Counter(_target_of(finder, row[names].plain) for row in body if names < len(row))
    for row in body:
        if names >= len(row) or not row[names].plain:
            continue
        name = row[names].plain
        target = _target_of(finder, name)
        if name == columns[names].head:  # the head of the table once more
            continue
        if reason := _no_framework(finder, name):
            for column in (column for column in read if column.number < len(row)):
                _refuse(finder, row[column.number], reason, column.head)
            continue
        finder.own = target if target == own_name(finder.page.title) else finder.own
        stated = (*(stated_in_label(name) or _of_name(finder, name, counts)), *stated_in_row(columns, row, names))
        measured = " ".join(
            row[one.number].plain for one in columns if one.number < len(row) and _MEASURED.match(one.head)
        )
        for column in read:
            if column.number >= len(row):
                continue
            load = kinds.get(column.number, ())
            label = column.head if not load else without_brackets(column.head) or column.head
            label = f"{measured} {label}".strip()
            of_head = () if load else stated_in_label(column.head)
            setting = Setting(label, target, place, conditions=(*load, *of_head, *stated), hint=place.hint or None)
            if column.is_ratio:
                mentions = finder.subjects.mentions(column.head)
                of = mentions[0].target if len(mentions) == 1 else None
                setting = replace(setting, is_ratio=True, of=of, words=only_measure)
                if setting.of == target:
                    continue  # the row that the others are compared with: 1.0x
            _read(finder, row[column.number], setting, row[names])


def _no_framework(finder: Finder, name: str) -> str | None:
    """Return why the name of a row is not that of one framework; None if it is."""
    if is_summary(name):
        return "its row sums up others"
    is_of_two = len(name) <= _LONGEST_NAME and len(distinct(finder.subjects.mentions(name))) > 1
    return "its row names two frameworks" if is_of_two else None


def _target_of(finder: Finder, name: str) -> str:
    return finder.subjects.only(name) or _mentioned(finder, name) or own_name(name)


def _of_name(finder: Finder, name: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return what the name of a row states: its servers, else what tells it from another row of its framework."""
    if servers := servers_in(name):
        return tuple(sorted(servers))
    mentions = finder.subjects.mentions(name)
    if len(mentions) != 1 or counts[mentions[0].target] == 1:
        return ()
    return tuple(filter(None, [rest_of(name, mentions[0])]))


def _refuse(finder: Finder, cell: Cell, reason: str, label: str) -> None:
    """Note all numbers of a cell as no figures."""
    if cell.is_repeat or not finder.affords(REFUSED, cell.text):
        return
    for amount in _amounts(finder, cell):
        printed = cell.plain[amount.start : amount.end]
        finder.refuse(printed, cell.text.offset(amount.start), reason, label, amount)


def _only_measure(finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], names: int) -> str:
    """Return the head of the only column of numbers beside the ratios, which these are then of; empty if none."""
    heads = [
        column.head
        for column in columns
        if column.number != names and not column.is_ratio and not _is_no_quantity(column, body)
        if _has_amounts(finder, body, column.number)
    ]
    return heads[0] if len(heads) == 1 else ""


def _by_section(finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], place: Place) -> None:
    """Read a table that names no framework: it is about that of its section, if it has one."""
    for row in body:
        label = row[0].plain if row else ""
        for column in columns[1:]:
            if column.number >= len(row):
                continue
            cell = row[column.number]
            if place.subject is not None:
                several = len(columns) > 2  # noqa: PLR2004 - a label and a value need no head
                name = f"{label} {column.head}".strip() if several else label
                load = tuple(filter(None, [label])) if label and not understand((label,)).others else ()
                _read(
                    finder, cell, Setting(name, place.subject, place, conditions=load, hint=place.hint or None), row[0]
                )
                continue
            if cell.is_repeat or not finder.affords(REFUSED, cell.text):
                continue
            for amount in _amounts(finder, cell):
                finder.refuse(
                    cell.plain,
                    cell.text.offset(amount.start),
                    "its table names no framework",
                    f"{label} {column.head}",
                    amount,
                )


def _read(finder: Finder, cell: Cell, setting: Setting, near: Cell) -> None:
    """Read a cell; a picture has no text of its own, so its place is that of a cell near it."""
    if cell.is_repeat or not _affords(finder, cell):
        return
    if cell.is_picture:
        finder.refuse("", near.text.offset(0), "the cell is a picture", setting.label)
    elif len(cell.plain) > MOST_CELL:
        finder.refuse(cell.plain[:40], cell.text.offset(0), "the cell is a text of several sentences", setting.label)
    elif (cell.columns > 1 or cell.rows > 1) and _amounts(finder, cell):
        finder.refuse(
            cell.plain,
            cell.text.offset(0),
            f"the cell is merged over {max(cell.columns, cell.rows)} cells",
            setting.label,
        )
    else:
        read_cell(finder, cell.text, setting)


def _affords(finder: Finder, cell: Cell) -> bool:
    has_number = any(map(str.isdecimal, cell.text.plain[:MOST_CELL]))
    return finder.affords(CELL if has_number else WORDS, cell.text)


def _names(finder: Finder, heads: Sequence[str], body: Sequence[Sequence[Cell]]) -> int | None:
    """Return the column with the most names of frameworks; None without one."""
    counts = [
        (sum(finder.subjects.only(row[number].plain) is not None for row in body if number < len(row)), -number)
        for number in range(len(heads))
    ]
    most, number = max(counts, default=(0, 0))
    if most:
        return -number
    by_mention = [
        (sum(_mentioned(finder, row[number].plain) is not None for row in body if number < len(row)), -number)
        for number in range(min(3, len(heads)))
    ]
    most, number = max(by_mention, default=(0, 0))
    return -number if most else None


def _mentioned(finder: Finder, text: str) -> str | None:
    """Return the only framework that a short text names: `Flask on gunicorn`."""
    mentions = {one.target for one in finder.subjects.mentions(text)}
    return mentions.pop() if len(mentions) == 1 and len(text) <= _LONGEST_NAME else None


def _is_no_quantity(column: Column, body: Sequence[Sequence[Cell]]) -> bool:
    """Return whether a column has ranks, versions, languages or conditions of its row."""
    if NUMBER_OF_LOAD.match(column.head):
        return True
    if column.head and not column.head.strip("# "):
        return True
    if re.match(
        r"(?:rank|rnk|place|pos|language|lang|version|released?|license|link|date|source|notes?|test|endpoint|route|payload|server|mode|configuration|setup)s?$",
        column.head,
        re.IGNORECASE,
    ):
        return True
    if column.head:
        return False
    cells = [row[column.number].plain.strip(".# ") for row in body if column.number < len(row)]
    return cells == [str(number) for number in range(1, len(cells) + 1)]


def _has_amounts(finder: Finder, body: Sequence[Sequence[Cell]], number: int) -> bool:
    return any(number < len(row) and (_amounts(finder, row[number]) or row[number].is_picture) for row in body)


def _amounts(finder: Finder, cell: Cell) -> list[Amount]:
    return list(amounts_in(cell.plain[:MOST_CELL], finder.convention)) if not cell.is_repeat else []
