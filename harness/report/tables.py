"""The result tables: a column for each subject, a column for each ratio, and a footnote for each absent number.

The tables are plain values and words, the same for the page and the Markdown. An absent number is a dash with a reason,
never 0. This module must not know markup, and it computes no number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from harness.alike_texts import joined, without_numbers
from harness.metrics.catalogue import (
    LATENCY_CLOSED,
    LATENCY_CLOSED_MEAN,
    PACED_LATENCY,
    PACED_LATENCY_MEAN,
    Family,
    family_of,
    is_compared,
)
from harness.metrics.names import Quantile
from harness.metrics.words import sort_key, title_of
from harness.model import AttributeName
from harness.report.wording import (
    ATTRIBUTE_TITLES,
    DASH,
    difference_spelled,
    percentage,
    probability,
    ratio_spelled,
    reason_of,
    scaled,
)
from harness.units import human, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import Bound, Comparison, Difference, Result, Subject
    from harness.report.material import Material, Pair

Key = tuple[str, str | None]
NULL_TITLE = "null target, same load"

_GIVEN = "paced: its users decide its load, and not the target, so targets are not compared"
_MOST_COLUMNS = 8  # as many have room on paper
_SHOWN = (Quantile.P50, Quantile.P99)


@dataclass(slots=True)
class Footnotes:
    """The footnotes of one table, numbered in order of first use.

    Texts that differ by their numbers alone share a footnote: a dash has its own reason as a title, and the list of
    warnings has each warning.
    """

    _notes: dict[str, list[str]] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of all footnotes, in their order."""
        return tuple(map(joined, self._notes.values()))

    def number(self, text: str) -> int:
        """Return the number of the footnote of a reason or a warning; a new one is added."""
        if text not in self._numbers:
            key = without_numbers(text)
            self._notes.setdefault(key, []).append(text)
            self._numbers[text] = list(self._notes).index(key) + 1
        return self._numbers[text]

    def numbers(self, warnings: Sequence[str]) -> tuple[int, ...]:
        """Return the numbers of the footnotes of several warnings in ascending order, each once."""
        return tuple(sorted(set(map(self.number, warnings))))


@dataclass(frozen=True, slots=True)
class Cell:
    """A formatted number; if it is absent, `number` is a dash and `absent` is the reason.

    Attributes:
        base: The number in its base unit, by which rows are sorted; None if it is absent.
        difference: The verdict of a ratio; None for any other number.
        details: Further text below the number: its share of the ceiling, or a ratio's verdict.
        notes: Numbers of footnotes.
    """

    number: str
    unit: str = ""
    interval: str = ""
    base: float | None = None
    difference: Difference | None = None
    bound: Bound | None = None
    details: tuple[str, ...] = ()
    notes: tuple[int, ...] = ()
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one scenario: a cell for each subject, then one for each pair; a floor is the null target's."""

    metric: str
    title: str
    scenario: str | None
    cells: tuple[Cell, ...]
    ratios: tuple[Cell, ...]
    is_floor: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one family."""

    family: Family
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A subject's column; `setting` is its variant with the variant's class: `gthread, production`."""

    name: str
    setting: str


@dataclass(frozen=True, slots=True)
class ResultTable:
    """The results of all contestants; `pairs` are the titles of the ratio columns.

    Attributes:
        has_ratios_apart: Whether the page prints the ratios as a table of their own, because the columns are too many.
    """

    columns: tuple[Column, ...]
    pairs: tuple[str, ...]
    groups: tuple[Group, ...]
    notes: tuple[str, ...]
    has_ratios_apart: bool = False


def result_table(material: Material) -> ResultTable:
    """Return the table of all contestants' results, with the ratios of the run's comparisons."""
    notes = Footnotes()
    groups = tuple(
        Group(family, tuple(row for key in keys for row in _rows(material, key, notes)))
        for family, keys in groupby(_keys(material), key=lambda key: family_of(key[0]))
    )
    return ResultTable(
        columns=tuple(column(material, subject) for subject in material.contestants),
        pairs=tuple(pair_name(material, pair) for pair in material.pairs),
        groups=groups,
        notes=notes.texts,
        has_ratios_apart=bool(material.rankings) and len(material.contestants) + len(material.pairs) > _MOST_COLUMNS,
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """The answer of one target on one attribute, with the evidence."""

    title: str
    target: str
    answer: str
    evidence: str


def attribute_table(material: Material) -> tuple[Tried, ...]:
    """Return the answers of all targets, in the order of `AttributeName`."""
    shown = (one for one in material.summary.run.attributes if material.is_shown(one.target))
    attributes = sorted(shown, key=lambda one: list(AttributeName).index(one.name))
    return tuple(
        Tried(ATTRIBUTE_TITLES[one.name], material.title_of(one.target), one.answer, one.evidence) for one in attributes
    )


def column(material: Material, subject: Subject) -> Column:
    """Return the head of a subject's column."""
    variant = material.variant_of(subject)
    setting = f"{subject.variant}, {variant.variant_class}" if variant else subject.variant
    return Column(material.name_of(subject), setting)


def pair_name(material: Material, pair: Pair) -> str:
    """Return the title of a ratio: `Gin ÷ Flask`."""
    return " \N{DIVISION SIGN} ".join(material.name_of(subject) for subject in pair)


def value_cell(material: Material, key: Key, subject: Subject, notes: Footnotes) -> Cell:
    """Return the cell of a result, or a dash with a footnote."""
    result = material.result(*key, subject)
    if result is None:
        return _absence("not measured for this target in this run", notes)
    parts = scaled(result)
    if parts is None:
        return _absence(reason_of(result), notes)
    number, interval, unit = parts
    details = (result.detail, _share(result), _most(result))
    return Cell(
        number,
        unit,
        interval,
        base=result.estimate,
        bound=result.bound,
        details=tuple(detail for detail in details if detail),
        notes=notes.numbers(result.warnings),
    )


def ratio_cell(comparison: Comparison | None, notes: Footnotes) -> Cell:
    """Return the cell of a ratio with its verdict, or a dash with a footnote."""
    if comparison is None:
        return _absence("not compared: a ratio needs both numbers in the same blocks", notes)
    number, interval = ratio_spelled(comparison)
    return Cell(
        number,
        interval=interval,
        base=comparison.ratio,
        difference=comparison.verdict,
        details=(", ".join((difference_spelled(comparison), *_details(comparison))),),
        notes=notes.numbers(comparison.warnings),
    )


def _details(comparison: Comparison) -> Iterator[str]:
    if comparison.at_least is not None and comparison.at_most is not None:
        yield f"between {significant(comparison.at_least)} and {significant(comparison.at_most)}"
    if comparison.p is not None:
        yield f"p {probability(comparison.p)}"
    if comparison.p_holm is not None:
        yield f"Holm's p {probability(comparison.p_holm)}"


def _absence(reason: str, notes: Footnotes) -> Cell:
    return Cell(DASH, notes=(notes.number(reason),), absent=reason)


def _keys(material: Material) -> list[Key]:
    """Return metric and scenario of every row, sorted by family, then by scenario as planned, then by metric."""
    scenarios = {name: place for place, name in enumerate(material.scenarios)}

    def order(key: Key) -> tuple[int, int, str, tuple[int, int, tuple[float, ...], str]]:
        metric, scenario = key
        family, *_ = place = sort_key(metric)
        return family, scenarios.get(scenario or "", len(scenarios)), scenario or "", place

    found = {(one.metric, one.scenario) for one in material.contested_results() if not _is_detail(one.metric)}
    return sorted(found, key=order)


def _is_detail(metric: str) -> bool:
    """Return whether a metric is only in the files of the report: tables have p50 and p99 of closed and paced load."""
    percentile = LATENCY_CLOSED.parameters(metric) or PACED_LATENCY.parameters(metric)
    is_mean = any(mean.parameters(metric) is not None for mean in (LATENCY_CLOSED_MEAN, PACED_LATENCY_MEAN))
    return is_mean or (percentile is not None and percentile.quantile not in _SHOWN)


def _rows(material: Material, key: Key, notes: Footnotes) -> Iterator[Row]:
    """Yield the row of a metric; below a latency with a floor also that of the null target."""
    metric, scenario = key
    yield Row(
        metric=metric,
        title=title_of(metric),
        scenario=scenario,
        cells=tuple(value_cell(material, key, subject, notes) for subject in material.contestants),
        ratios=_ratios(material, key, notes),
    )

    results = [material.result(*key, subject) for subject in material.contestants]
    if any(result and result.floor for result in results):
        floors = tuple(_floor_cell(result, notes) for result in results)
        yield Row(metric, NULL_TITLE, scenario, floors, tuple(Cell("") for _ in material.pairs), is_floor=True)


def _floor_cell(result: Result | None, notes: Footnotes) -> Cell:
    floor = result.floor if result else None
    parts = (
        scaled(replace(result, estimate=floor.estimate, low=floor.low, high=floor.high)) if result and floor else None
    )
    if parts is None:
        return _absence("the null target has no number under this load", notes)
    number, interval, unit = parts
    return Cell(number, unit, interval, floor.estimate if floor else None)


def _ratios(material: Material, key: Key, notes: Footnotes) -> tuple[Cell, ...]:
    if family_of(key[0]) is Family.FOOTPRINT:
        return tuple(_absence("not compared: the numbers count different things", notes) for _ in material.pairs)
    if not is_compared(key[0]):
        return tuple(_absence(_GIVEN, notes) for _ in material.pairs)
    return tuple(
        ratio_cell(material.comparison(*key, pair), notes)
        if material.plan.share_contract(*pair, key[1])
        else _absence("not compared: the two answer different contracts", notes)
        for pair in material.pairs
    )


def _share(result: Result) -> str | None:
    """Return the throughput's share of the machine's ceiling in words; None without a ceiling."""
    return f"{percentage(result.ceiling_share)} of the ceiling" if result.ceiling_share else None


def _most(result: Result) -> str | None:
    """Return the most that the target can do in words, `at most 15,300 req/s by its CPU time`."""
    return f"at most {human(result.at_most, result.unit)} by its CPU time" if result.at_most is not None else None
