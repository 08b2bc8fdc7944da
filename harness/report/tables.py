"""The tables of results: subject beside subject, the ratios beside them, and footnotes that explain every gap.

Everything here is plain values and words, the same for the page and the Markdown. An absent number is a dash with a
reason, never 0. Nothing here knows markup, and nothing is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from harness.metrics.catalogue import Family, family_of
from harness.metrics.words import sort_key, title_of
from harness.model import AttributeName
from harness.report.wording import (
    ATTRIBUTE_TITLES,
    DASH,
    difference_spelled,
    percentage,
    ratio_spelled,
    reason_of,
    scaled,
)
from harness.units import significant

if TYPE_CHECKING:
    from harness.model import Bound, Comparison, Result, Subject
    from harness.report.material import Material, Pair

Key = tuple[str, str | None]


@dataclass(slots=True)
class Footnotes:
    """The notes under one table, numbered as they come; the same words get the same number."""

    texts: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        """Return the number of a note, giving it one if it is new."""
        return self.texts.setdefault(text, len(self.texts) + 1)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number as people read it; where there is none, `number` is a dash and `absent` says why.

    Attributes:
        details: What stands below the number besides its bound: its share of the ceiling, what a ratio may claim.
        notes: Numbers of footnotes.
    """

    number: str
    unit: str = ""
    interval: str = ""
    bound: Bound | None = None
    details: tuple[str, ...] = ()
    notes: tuple[int, ...] = ()
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one scenario: a cell for each subject, then one for each pair."""

    metric: str
    title: str
    scenario: str | None
    cells: tuple[Cell, ...]
    ratios: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one family."""

    family: Family
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A subject's column; `setting` is its variant and what that is meant for: `gthread, production`."""

    name: str
    setting: str


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Every result of every contestant; `pairs` name the columns of ratios."""

    columns: tuple[Column, ...]
    pairs: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]


def result_table(material: Material) -> ResultTable:
    """Lay out every result of every contestant, with the ratios that the run compared."""
    notes = Footnotes()
    groups = tuple(
        Group(family, tuple(_row(material, key, notes) for key in keys))
        for family, keys in groupby(_keys(material), key=lambda key: family_of(key[0]))
    )
    return ResultTable(
        columns=tuple(column(material, subject) for subject in material.contestants),
        pairs=tuple(pair_name(material, pair) for pair in material.pairs),
        groups=groups,
        notes=tuple(notes.texts),
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """One attribute of one target: what came of trying it, and what was seen."""

    title: str
    target: str
    answer: str
    evidence: str


def attribute_table(material: Material) -> tuple[Tried, ...]:
    """Return what was tried, attribute by attribute."""
    found = sorted(material.summary.run.attributes, key=lambda one: list(AttributeName).index(one.name))
    return tuple(
        Tried(ATTRIBUTE_TITLES[one.name], material.title_of(one.target), one.answer, one.evidence) for one in found
    )


def column(material: Material, subject: Subject) -> Column:
    """Describe a subject at the head of its column."""
    variant = material.variant_of(subject)
    setting = f"{subject.variant}, {variant.variant_class}" if variant else subject.variant
    return Column(material.name_of(subject), setting)


def pair_name(material: Material, pair: Pair) -> str:
    """Name a ratio: `Gin ÷ Flask`."""
    return " \N{DIVISION SIGN} ".join(material.name_of(subject) for subject in pair)


def value_cell(material: Material, key: Key, subject: Subject, notes: Footnotes) -> Cell:
    """Write one result, or a dash with a footnote."""
    result = material.result(*key, subject)
    if result is None:
        return _absence("this run did not measure it here", notes)
    parts = scaled(result)
    if parts is None:
        return _absence(reason_of(result), notes)
    number, interval, unit = parts
    details = (result.detail, _share(result))
    return Cell(
        number,
        unit,
        interval,
        bound=result.bound,
        details=tuple(detail for detail in details if detail),
        notes=tuple(notes.number(warning) for warning in result.warnings),
    )


def ratio_cell(comparison: Comparison | None, notes: Footnotes) -> Cell:
    """Write one ratio with what it may claim, or a dash with a footnote."""
    if comparison is None:
        return _absence("not compared: that takes both numbers in the same blocks", notes)
    number, interval = ratio_spelled(comparison)
    return Cell(
        number,
        interval=interval,
        details=(f"{difference_spelled(comparison)}, p = {significant(comparison.p, 2)}",),
        notes=tuple(notes.number(warning) for warning in comparison.warnings),
    )


def _absence(reason: str, notes: Footnotes) -> Cell:
    return Cell(DASH, notes=(notes.number(reason),), absent=reason)


def _keys(material: Material) -> list[Key]:
    """Return metric and scenario of every row: by family, then scenario as planned, then metric."""
    scenarios = {name: place for place, name in enumerate(material.scenarios)}

    def order(key: Key) -> tuple[int, int, str, tuple[int, int, tuple[float, ...], str]]:
        metric, scenario = key
        family, *_ = place = sort_key(metric)
        return family, scenarios.get(scenario or "", len(scenarios)), scenario or "", place

    return sorted({(result.metric, result.scenario) for result in material.contested_results()}, key=order)


def _row(material: Material, key: Key, notes: Footnotes) -> Row:
    metric, scenario = key
    return Row(
        metric=metric,
        title=title_of(metric),
        scenario=scenario,
        cells=tuple(value_cell(material, key, subject, notes) for subject in material.contestants),
        ratios=_ratios(material, key, notes),
    )


def _ratios(material: Material, key: Key, notes: Footnotes) -> tuple[Cell, ...]:
    if family_of(key[0]) is Family.FOOTPRINT:
        return tuple(_absence("not compared: unlike things are counted", notes) for _ in material.pairs)
    return tuple(ratio_cell(material.comparison(*key, pair), notes) for pair in material.pairs)


def _share(result: Result) -> str | None:
    """Say what share of the machine's own ceiling a throughput is."""
    return f"{percentage(result.ceiling_share)} of the ceiling" if result.ceiling_share else None
