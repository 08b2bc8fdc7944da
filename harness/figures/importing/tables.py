"""Tables: which of their rows and columns are frameworks, and what each cell is of."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.conditions import servers_in, understand
from harness.figures.importing.baselines import (
    are_bare,
    baseline_of,
    is_own_number,
    is_ratio_cell,
    pair_of_cell,
    why_unpaired,
)
from harness.figures.importing.cells import Setting
from harness.figures.importing.collapsed import read_collapsed
from harness.figures.importing.differences import Line, pair_in, sides_of
from harness.figures.importing.found import REFUSED
from harness.figures.importing.of_label import loads_in_label
from harness.figures.importing.offered_labels import OfferedRows, loads_in_columns, names_offered
from harness.figures.importing.ratio_rows import NAMES_TWO, is_ratio_row, read_ratio_row
from harness.figures.importing.subjects import distinct, is_summary, own_name, rest_of, version_behind
from harness.figures.importing.table_cells import read_in_table, refuse_numbers
from harness.figures.importing.table_columns import (
    LONGEST_NAME,
    Beside,
    amounts_of,
    column_of_names,
    columns_of,
    is_no_quantity,
    is_setup,
    mentioned,
    named_by,
    only_measure,
    unit_of_row,
    units_below,
)
from harness.figures.importing.table_loads import (
    load_of_row,
    loads_of_heads,
    stated_in_label,
    stated_in_row,
)
from harness.figures.importing.tool_output import numbered
from harness.figures.importing.vocabulary import (
    HEAD_OF_LOADS,
    in_brackets,
    unit_in_label,
    what_of_statistic,
    without_brackets,
)
from harness.figures.importing.words_of_comparison import names_multiple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.figures.importing.differences import OfRow
    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.page import Cell, Table
    from harness.figures.importing.table_columns import Column

_MOST_RUNS = 20  # of one test; a section for each of very many rows helps no reader


def read_table(finder: Finder, table: Table, place: Place) -> None:
    """Find the figures of a table."""
    body = table.rows[table.heads :]
    heads = [_head(table, number) for number in range(max(map(len, table.rows), default=0))]
    if not table.heads and body and not any(amounts_of(finder, cell) for cell in body[0]):
        heads, body = [cell.plain for cell in body[0]], body[1:]
    if units := units_below(body):
        heads, body = [" ".join(filter(None, of)) for of in zip(heads, units, strict=True)], body[1:]
    columns = columns_of(finder, heads, body, place)
    if any(column.target for column in columns):
        _by_columns(finder, columns, body, place)
        return
    names = column_of_names(finder, heads, body)
    if names is not None:
        _by_rows(finder, columns, body, names, place)
    else:
        _by_section(finder, columns, body, place)


def _head(table: Table, number: int) -> str:
    """Return the text of a column's head, of all its rows."""
    cells = [row[number].plain for row in table.rows[: table.heads] if number < len(row)]
    return " ".join(dict.fromkeys(filter(None, cells)))


def _by_columns(finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], place: Place) -> None:
    """Read a table whose columns are frameworks: each row is a quantity."""
    targets = [column for column in columns if column.target]
    first = min(column.number for column in targets)
    heads_of_labels = [column.head for column in columns[:first]]
    sides = {column.number: _sides_of_column(finder, column, targets, body) for column in columns if column.is_ratio}
    names = {str(column.target) for column in targets}
    of_set_ups = (*names, *names) if len(names) == 1 < len(targets) else None
    of_two = {column.number for column in columns if _names_two(finder, column.head)}
    of_units = Beside.of(columns).units
    labels = [_label_of(finder, columns, row[:first]) for row in body]
    offered = OfferedRows.of(labels, body, finder.convention)
    for at, (row, label) in enumerate(zip(body, labels, strict=True)):
        if at in offered.rows or read_collapsed(finder, row, [str(one.target) for one in targets], place):
            continue
        written, unit = unit_of_row(of_units, row)
        load = load_of_row(heads_of_labels, label, finder.convention)
        label = "" if load else label  # noqa: PLW2901 - the number is a load
        own = [(str(one.target), row[one.number]) for one in targets if one.number < len(row)]
        are_multiples = names_multiple(label) and are_bare(finder, [cell for _, cell in own])
        base = baseline_of(finder, own, are_bare=are_multiples)
        for column in (one for one in columns if one.number < len(row)):
            cell = row[column.number]
            of_row = sides[column.number][at] if column.number in sides else None
            doubt = finder.doubt_of(label, row[0].plain) or finder.doubt_of(column.head)
            if column.number in of_two and of_row is None and not column.target:
                refuse_numbers(finder, cell, "its column names two frameworks", label)
                continue
            if not (column.target or column.is_ratio):
                if doubt and column.number:
                    refuse_numbers(finder, cell, doubt, f"{label} {column.head}")
                continue
            if of_row is not None and of_row.doubt:
                refuse_numbers(finder, cell, of_row.doubt, label)
                continue
            if written and unit is None and column.target and amounts_of(finder, cell):
                finder.refuse(cell.plain, cell.text.offset(0), f"unknown unit {written!r}", label)
                continue
            of_ratio = of_row.pair if of_row else of_set_ups if column.is_ratio else None
            setting = Setting(
                label=" ".join(filter(None, (label, column.label if column.target else ""))),
                target=column.target or (of_ratio[0] if of_ratio else ""),
                of=of_ratio[1] if of_ratio else None,
                place=place,
                conditions=(
                    *column.conditions,
                    *load,
                    *stated_in_label(label),
                    *(loads_in_label(label, finder.convention) or offered.load(at, column.number)),
                ),
                hint=place.hint or None,
                unit=unit,
                is_ratio=column.is_ratio or are_multiples,
                of_unit=of_row.unit if of_row else None,
                is_difference=of_row is not None and of_row.is_difference,
                opposite=_opposite([str(one.target) for one in targets], column.target),
                doubt=doubt,
            )
            _read_over(finder, cell, setting, row[0], base)


def _label_of(finder: Finder, columns: Sequence[Column], cells: Sequence[Cell]) -> str:
    """Return the label of a row: the texts of its cells before the frameworks, each once."""
    return ", ".join(dict.fromkeys(filter(None, (cell.plain for cell in named_by(finder, columns, cells)))))


def _sides_of_column(
    finder: Finder, column: Column, targets: Sequence[Column], body: Sequence[Sequence[Cell]]
) -> list[OfRow | None]:
    """Return the two frameworks of a column of ratios, for each row of the table."""
    first = min(one.number for one in targets)
    rows = [(at, row) for at, row in enumerate(body) if column.number < len(row)]
    lines = [
        Line(
            " ".join(cell.plain for cell in row[:first]),
            [(str(one.target), row[one.number]) for one in targets if one.number < len(row)],
            row[column.number],
        )
        for _, row in rows
    ]
    sides: list[OfRow | None] = [None] * len(body)
    for (at, _), of_row in zip(rows, sides_of(finder, column.head, lines), strict=True):
        sides[at] = of_row
    return sides


def _names_two(finder: Finder, head: str) -> bool:
    return len(distinct(finder.subjects.mentions(head))) > 1 or bool(pair_in(finder.subjects, head))


def _opposite(targets: Sequence[str], target: str | None) -> str | None:
    """Return the other framework of a table of two; itself where they are two set-ups of one, None among several."""
    if len(set(targets)) < len(targets):
        return target
    return next((one for one in targets if one != target), None) if len(targets) == 2 else None  # noqa: PLR2004


class _Row(NamedTuple):
    """A row about a framework: its cells, what it states, and the quantity that it names."""

    cells: Sequence[Cell]
    target: str
    stated: tuple[str, ...]
    measured: str
    doubt: str | None
    unit: str | None

    @property
    def subject(self) -> tuple[str, ...]:
        """What two rows have in common that may be two runs of one test."""
        return self.target, self.measured, *self.stated


def _by_rows(
    finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], names: int, place: Place
) -> None:
    """Read a table whose rows are frameworks: each column is a quantity, or a condition of the row."""
    kinds = loads_of_heads(columns, finder)
    kept = Beside.of(columns)
    others = [one for one in columns if one.number != names and one.number not in (*kept.measures, *kept.units)]
    read = [column for column in others if not is_no_quantity(column, body)]
    of_ratios = only_measure(finder, columns, body, names)
    named = [(row[names].plain, row) for row in body if names < len(row)]
    ratios = [(name, row) for name, row in named if is_ratio_row(finder, name)]
    own = [row for name, row in named if not is_ratio_row(finder, name)]
    rows = list(_rows(finder, columns, own, names, (read, kept)))
    bases = _bases(finder, read, rows)
    context = " ".join([place.section, *(column.head for column in columns)])
    alike, seen = Counter(row.subject for row in rows), Counter[tuple[str, ...]]()
    for row in rows:
        seen[row.subject] += 1
        is_run = 1 < alike[row.subject] <= _MOST_RUNS
        here = replace(place, section=numbered(place.section, seen[row.subject])) if is_run else place
        written, unit = unit_of_row(kept.units, row.cells)
        for column in (one for one in read if one.number < len(row.cells)):
            cell = row.cells[column.number]
            if reason := kept.no_value(column, row.measured, written, unit):
                refuse_numbers(finder, cell, reason, f"{row.measured} {column.head}")
                continue
            load = kinds.get(column.number, ())
            label = column.head if not load else without_brackets(column.head) or column.head
            is_value = column.number in kept.values
            label = row.measured if row.measured and is_value else f"{row.measured} {label}".strip()
            of_head = () if load else (*stated_in_label(column.head), *loads_in_label(column.head, finder.convention))
            setting = Setting(
                label,
                row.target,
                here,
                conditions=(*load, *of_head, *row.stated, *(stated_in_label(row.measured) if is_value else ())),
                hint=place.hint or None,
                unit=unit if is_value else None if unit_in_label(column.head) else row.unit,
                words=what_of_statistic(column.head, context),
                doubt=row.doubt or finder.doubt_of(column.head, row.measured),
            )
            if column.is_ratio:
                mentions = finder.subjects.mentions(column.head)
                of = mentions[0].target if len(mentions) == 1 else None
                setting = replace(setting, is_ratio=True, of=of, words=of_ratios)
                if setting.of == row.target:
                    continue  # the row that the others are compared with: 1.0x
            _read_over(finder, cell, setting, row.cells[names], bases[column.number])
    for ratio in ratios:
        read_ratio_row(finder, ratio, read, [(row.target, row.cells) for row in rows], place)


def _bases(finder: Finder, read: Sequence[Column], rows: Sequence[_Row]) -> dict[int, str | None]:
    """Return the framework that the ratios of each column are over; None for a column that does not tell it."""
    return {
        one.number: baseline_of(
            finder,
            [(row.target, row.cells[one.number]) for row in rows if one.number < len(row.cells)],
            are_bare=one.is_ratio and names_multiple(one.head),
        )
        for one in read
    }


def _read_over(finder: Finder, cell: Cell, setting: Setting, near: Cell, base: str | None) -> None:
    """Read a cell of a framework; its ratio is over that of the baseline, which has none itself."""
    if base is not None and setting.of is None:
        if base == setting.target and not cell.is_repeat and not is_own_number(finder, cell):
            return
        if is_ratio_cell(finder, cell, is_bare=setting.is_ratio):
            setting = replace(setting, of=base, is_ratio=True)
    read_in_table(finder, cell, setting, near)


def _rows(
    finder: Finder,
    columns: Sequence[Column],
    body: Sequence[Sequence[Cell]],
    names: int,
    kinds: tuple[Sequence[Column], Beside],
) -> Iterator[_Row]:
    """Yield the rows that are about one framework; note the numbers of the others as no figures."""
    read, kept = kinds
    named = {target for row in body if (target := _named(finder, row[names].plain))}
    subject = named.pop() if len(named) == 1 else None  # of which other rows can be set-ups
    counts = Counter(_target_of(finder, row[names].plain, subject) for row in body)
    for row in body:
        name = row[names].plain
        if not name or name == columns[names].head:  # the head of the table once more
            continue
        if reason := _no_framework(finder, name):
            for column in (column for column in read if column.number < len(row)):
                refuse_numbers(finder, row[column.number], reason, column.head)
            continue
        target = _target_of(finder, name, subject)
        finder.own = target if target == own_name(finder.page.title) else finder.own
        stated = (*(stated_in_label(name) or _of_name(finder, name, counts)), *stated_in_row(columns, row, names))
        stated = (*stated, *loads_in_columns({one.number: one.head for one in columns}, row, finder.convention))
        words = [
            cell.plain for cell in row if len(cell.plain) <= LONGEST_NAME and not any(map(str.isdecimal, cell.plain))
        ]
        of_name = (unit_in_label(f"({part})") for part in in_brackets(name))  # `Flask (ms)`
        unit = next(filter(None, of_name), None)
        yield _Row(row, target, stated, kept.measured(row), finder.doubt_of(name, *words), unit)


def _no_framework(finder: Finder, name: str) -> str | None:
    """Return why the name of a row is not that of one framework; None if it is."""
    if is_summary(name):
        return "its row sums up others"
    is_of_two = len(name) <= LONGEST_NAME and len(distinct(finder.subjects.mentions(name))) > 1
    return NAMES_TWO if is_of_two else None


def _target_of(finder: Finder, name: str, subject: str | None) -> str:
    """Return the framework of a row: a server's name beside one framework is a set-up of it."""
    return _named(finder, name) or (subject if subject and is_setup(without_brackets(name)) else own_name(name))


def _named(finder: Finder, name: str) -> str | None:
    return finder.subjects.only(name) or mentioned(finder, name)


def _of_name(finder: Finder, name: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return what the name of a row states: its servers, else what tells it from another row of its framework."""
    if servers := servers_in(name):
        return tuple(sorted(servers))
    mentions = finder.subjects.mentions(name)
    if len(mentions) != 1 or counts[mentions[0].target] == 1:
        return ()
    return (*version_behind(name, mentions[0]), *filter(None, [rest_of(name, mentions[0])]))


def _by_section(finder: Finder, columns: Sequence[Column], body: Sequence[Sequence[Cell]], place: Place) -> None:
    """Read a table that names no framework: it is about that of its section, if it has one."""
    kept = Beside.of(columns)
    labels = [row[0].plain if row else "" for row in body]
    offered = OfferedRows.of(labels, body, finder.convention)
    for at, (row, label) in enumerate(zip(body, labels, strict=True)):
        if at in offered.rows:
            continue
        of_label = load_of_row([columns[0].head], label, finder.convention)  # the label is a number of it
        of_row = (*of_label, *loads_in_columns({one.number: one.head for one in columns[1:]}, row, finder.convention))
        counts = tuple(stated_in_row(columns[1:], row, 0))
        measured = kept.measured(row)
        written, unit = unit_of_row(kept.units, row)
        for column in (one for one in columns[1:] if one.number not in kept.units):
            if column.number >= len(row) or names_offered(column.head) or HEAD_OF_LOADS.match(column.head):
                continue
            cell = row[column.number]
            if place.subject is None:
                _read_pair(finder, column, cell, row[0], place)
                continue
            if reason := kept.no_value(column, measured, written, unit):
                refuse_numbers(finder, cell, reason, f"{label} {column.head}")
                continue
            is_value = column.number in kept.values
            is_alone = len(columns) == 2  # noqa: PLR2004 - a label and a value, of which the head may have the unit
            name = label if is_value or is_alone else f"{'' if of_label else label} {column.head}".strip()
            is_stated = label and (not understand((label,)).others or servers_in(label))
            load = (label,) if is_stated else loads_in_label(label, finder.convention)
            of_head = unit_in_label(column.head) if is_alone and not is_value and not unit_in_label(label) else None
            setting = Setting(
                name,
                place.subject,
                place,
                conditions=(*load, *(of_row or offered.load(at, column.number)), *counts),
                hint=place.hint or None,
                unit=unit if is_value else of_head,
                doubt=finder.doubt_of(label, column.head),
                words=column.head if of_head else "",
                is_ratio=column.is_ratio,
            )
            read_in_table(finder, cell, setting, row[0])


def _read_pair(finder: Finder, column: Column, cell: Cell, near: Cell, place: Place) -> None:
    """Read a cell where neither table nor section has a framework: head, label and cell must name both sides."""
    label = f"{near.plain} {column.head}"
    if pair := pair_of_cell(finder, column.head, near.plain, cell):
        read_in_table(finder, cell, Setting(label.strip(), pair[0], place, pair[1], is_ratio=True), near)
    elif not cell.is_repeat and finder.affords(REFUSED, cell.text):
        reason = why_unpaired(finder, column.head, near.plain, cell)
        for amount in amounts_of(finder, cell):
            finder.refuse(cell.plain, cell.text.offset(amount.start), reason, label, amount)
