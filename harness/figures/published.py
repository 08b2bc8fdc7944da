"""Published figures, exactly as printed: the nouns, and reading them from figures/*.toml.

It knows what a page says and in which metric of ours that would be settled. It must not know any run: `judge` holds
figures against one, `consistency` against each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import UsageError, nearest
from harness.evidence import AttributeName
from harness.figures.printed import UNITS, PrintedUnit, numbers_in, rounding_of
from harness.manifest import Section, read_toml
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from harness.model import Subject

_WORDS = "words"
METRICS = {
    "throughput.closed.": Unit.PER_SECOND,
    "throughput.peak": Unit.PER_SECOND,
    "latency.open.": Unit.SECOND,
    "latency.own60.": Unit.SECOND,
    "cpu_per_request.closed.": Unit.SECOND,
    "memory.idle": Unit.BYTE,
    "memory.loaded": Unit.BYTE,
    "memory.peak": Unit.BYTE,
    "memory.after": Unit.BYTE,
    "cold_start.create": Unit.SECOND,
    "cold_start.start": Unit.SECOND,
    "cold_start.ready": Unit.SECOND,
    "cold_start.app": Unit.SECOND,
    "process_start.ready": Unit.SECOND,
    "connections.practical": Unit.ONE,
    "rate.slo": Unit.PER_SECOND,
    "footprint.image": Unit.BYTE,
    "footprint.build": Unit.BYTE,
    "footprint.framework": Unit.BYTE,
    "footprint.binary": Unit.BYTE,
    "footprint.dependencies": Unit.ONE,
    "footprint.app_lines": Unit.ONE,
}
"""The unit of every metric that a figure may name; a name that ends in a point stands for all that begin with it."""


class Verdict(StrEnum):
    """What a run says of a published figure; the rules are those of `harness.figures.judge`.

    A figure whose metric depends on conditions (load, variant) and that states none can't be confirmed, only placed:
    it is `refuted` where it lies outside everything measured, and `not_comparable` where some condition gives it.
    """

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number.

    Attributes:
        id: Unique in its file: `key_facts.flask.startup_time`.
        label: What the source calls it: `Startup Time (milliseconds)`.
        printed: The cell or phrase exactly as printed: `~2,500 req/sec`.
        section: Where on the page: `Key Facts & Figures`, `Pros & Cons`...
        target: The target that it speaks of.
        metric: The metric that would settle it, or a family of them ending in `.*`; None where no metric of ours can.
        unit: The printed unit.
        low, high: The printed value, or the ends of the printed range, in base units; equal for a single value,
            infinite at the side that a bound (`12+`, `< 5,000`) leaves open.
        rounding: How far rounding lets the truth lie outside them, in base units.
        of: The target that a ratio is taken against; None for a figure that is not a ratio.
        quantity: What is counted; figures of one target and one quantity speak of the same thing. None if it is unique.
        conditions: The conditions that the source states, in its words; empty where it states none.
        states: What it says of an attribute, in the words of an answer: `by extension`. Such a figure has no number:
            its ends are NaN. Its metric is `attribute.<name>`. None for a figure with a number.
    """

    id: str
    label: str
    printed: str
    section: str
    target: str
    metric: str | None
    unit: PrintedUnit
    low: float
    high: float
    rounding: float
    of: str | None = None
    quantity: str | None = None
    conditions: tuple[str, ...] = ()
    states: str | None = None

    def __post_init__(self) -> None:
        if self.states is not None:
            return
        if not self.low <= self.high or self.rounding < 0 or not math.isfinite(self.nominal):
            raise ValueError(f"{self.id}: {self.low} to {self.high}, give or take {self.rounding}")

    @property
    def claim(self) -> tuple[float, float]:
        """The interval that the source claims: what is printed, widened by its rounding."""
        return self.low - self.rounding, self.high + self.rounding

    @property
    def nominal(self) -> float:
        """The number to set in proportion: a value, the middle of a range, or the bound where one side is open."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.low) else self.low
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class FigureSet:
    """All figures of one source.

    Attributes:
        title: The page's title.
        source: Who published it, in words; a link where there is one.
        date: As the page states it: `Jun 2026`.
    """

    title: str
    source: str
    date: str
    path: Path
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured number that a figure is held against: a result, or for a ratio a comparison.

    Attributes:
        reference: What a ratio is taken against; None for a result.
        may_be_lower, may_be_higher: The generator was the limit: the truth may lie beyond the interval at that side.
    """

    subject: Subject
    reference: Subject | None
    scenario: str | None
    metric: str
    unit: Unit
    estimate: float
    low: float
    high: float
    may_be_lower: bool = False
    may_be_higher: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run says of one figure, and why.

    Attributes:
        evidence: What it was held against, nearest to the printed number first; empty where nothing measured it.
    """

    figure: Figure
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def measured(self) -> Evidence | None:
        """The measured number nearest to the printed one; None without evidence."""
        return self.evidence[0] if self.evidence else None

    @property
    def ratio(self) -> float | None:
        """Published over measured, the figure's nominal number over the nearest estimate; None without evidence."""
        return self.figure.nominal / self.evidence[0].estimate if self.evidence and self.evidence[0].estimate else None


class Rule(StrEnum):
    """Why figures of one source can't all hold."""

    ONE_QUANTITY = "one_quantity"
    DIFFERENCE = "difference"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Figures of one source that can't all hold."""

    rule: Rule
    message: str
    figures: tuple[Figure, ...]


class QuantitySection(Section):
    """`[quantities.<name>]` of a figures file."""

    metric: str | None = None


class FigureSection(Section):
    """One line of `figures`; exactly one of value, range, at_least, below, and `states` with its attribute."""

    id: str
    label: str
    printed: str
    unit: str = _WORDS
    value: float | None = None
    range: tuple[float, float] | None = None
    at_least: float | None = None
    below: float | None = None
    quantity: str | None = None
    metric: str | None = None
    conditions: tuple[str, ...] = ()
    attribute: AttributeName | None = None
    states: str | None = None

    def ends(self) -> Iterator[tuple[str, float, float]]:
        """Yield key, lower and upper end of each of the four keys that is given."""
        if self.value is not None:
            yield "value", self.value, self.value
        if self.range is not None:
            yield "range", *self.range
        if self.at_least is not None:
            yield "at_least", self.at_least, math.inf
        if self.below is not None:
            yield "below", -math.inf, self.below


class GroupSection(Section):
    """`[[groups]]` of a figures file: the figures of one target in one section of the page."""

    id: str
    section: str
    target: str
    of: str | None = None
    figures: tuple[FigureSection, ...]


class FiguresFile(Section):
    """A figures file."""

    title: str
    source: str
    date: str
    quantities: Mapping[str, QuantitySection]
    groups: tuple[GroupSection, ...]


def read_figures(path: Path, targets: Collection[str]) -> FigureSet:
    """Read a figures file whose figures speak of these targets.

    Raises:
        UsageError: A key or value is wrong; names the file, the figure and the key.
    """
    file = read_toml(path, FiguresFile)
    for name, quantity in file.quantities.items():
        _check_metric(quantity.metric, f"{path}: quantities.{name}.metric")
    for group in file.groups:
        for key, target in (("target", group.target), ("of", group.of)):
            if target is not None:
                _check_known("target", target, targets, f"{path}: {group.id}.{key}")
    figures = tuple(_figure(section, group, file, path) for group in file.groups for section in group.figures)
    _check_unique(figures, path)
    return FigureSet(file.title, file.source, file.date, path, figures)


def _figure(section: FigureSection, group: GroupSection, file: FiguresFile, path: Path) -> Figure:
    name = f"{group.id}.{section.id}"
    where = f"{path}: {name}"
    if section.attribute is not None and section.states is not None and not list(section.ends()):
        return _claim_in_words(section, section.attribute, group, name)
    _check_known("unit", section.unit, UNITS, f"{where}.unit")
    _check_metric(section.metric, f"{where}.metric")
    if section.quantity is not None:
        _check_known("quantity", section.quantity, file.quantities, f"{where}.quantity")
    metric = section.metric or (file.quantities[section.quantity].metric if section.quantity else None)
    unit = UNITS[section.unit]
    if metric is not None:
        _check_unit(unit, metric, is_ratio=group.of is not None, where=f"{where}.unit")
    low, high = _ends(section, where)
    shown = _shown(section, (low, high), where)
    return Figure(
        id=name,
        label=section.label,
        printed=section.printed,
        section=group.section,
        target=group.target,
        metric=metric,
        unit=unit,
        low=unit.to_base(low),
        high=unit.to_base(high),
        rounding=rounding_of(section.printed, shown) * unit.factor,
        of=group.of,
        quantity=section.quantity,
        conditions=section.conditions,
    )


def _claim_in_words(section: FigureSection, attribute: AttributeName, group: GroupSection, name: str) -> Figure:
    return Figure(
        id=name,
        label=section.label,
        printed=section.printed,
        section=group.section,
        target=group.target,
        metric=f"attribute.{attribute}",
        unit=UNITS[_WORDS],
        low=math.nan,
        high=math.nan,
        rounding=0.0,
        conditions=section.conditions,
        states=section.states,
    )


def _ends(section: FigureSection, where: str) -> tuple[float, float]:
    given = list(section.ends())
    if len(given) != 1:
        raise UsageError(
            "a figure needs one number",
            where=where,
            cause=f"it has {', '.join(key for key, *_ in given) or 'no number'}",
            remedy="Give exactly one of value, range, at_least and below; or attribute and states.",
        )
    key, low, high = given[0]
    if low > high:
        raise UsageError(
            "a range runs backwards", where=f"{where}.{key}", cause=f"{low:g} > {high:g}", remedy="Swap its ends."
        )
    for mark, marked in (("+", "at_least"), ("<", "below")):
        if (marked == key) != (mark in section.printed.lstrip("+")):
            raise UsageError(
                "a bound and its mark disagree",
                where=f"{where}.{key}",
                cause=f"{marked} goes with a printed {mark!r}, and {section.printed!r} is printed",
                remedy=f"Use {marked} where {mark!r} is printed, and only there.",
            )
    return low, high


def _shown(section: FigureSection, ends: tuple[float, float], where: str) -> tuple[str, ...]:
    """Return the ends as they are printed; what the file says and what the page prints must be one number."""
    printed = {float(digits): digits for digits in numbers_in(section.printed)}
    wanted = [abs(end) for end in ends if math.isfinite(end)]
    missing = [end for end in wanted if end not in printed]
    if missing:
        raise UsageError(
            "a number that is not printed",
            where=where,
            cause=f"{section.printed!r} does not show {missing[0]:g}",
            remedy="Give the number in the printed unit, and the text exactly as printed.",
        )
    return tuple(printed[end] for end in wanted)


def _check_known(kind: str, word: str, known: Collection[str], where: str) -> None:
    if word not in known:
        raise UsageError(f"unknown {kind}", where=where, cause=f"{word!r}", remedy=nearest(word, known))


def _unit_of(metric: str) -> Unit | None:
    """Return the unit of a metric or family; None if there is no such metric."""
    stem = metric.removesuffix("*")
    is_family = stem != metric
    units = {
        unit
        for known, unit in METRICS.items()
        if known == metric or (known.endswith(".") and stem.startswith(known)) or (is_family and known.startswith(stem))
    }
    return units.pop() if len(units) == 1 else None


def _check_metric(metric: str | None, where: str) -> None:
    if metric is not None and _unit_of(metric) is None:
        raise UsageError("unknown metric", where=where, cause=f"{metric!r}", remedy=nearest(metric, METRICS))


def _check_unit(unit: PrintedUnit, metric: str, *, is_ratio: bool, where: str) -> None:
    expected = Unit.ONE if is_ratio else _unit_of(metric)
    if unit.base is not expected:
        fitting = ", ".join(name for name, known in UNITS.items() if known.base is expected)
        raise UsageError(
            "a unit that does not fit",
            where=where,
            cause=f"{metric} is not in {unit}" if not is_ratio else f"a ratio is not in {unit}",
            remedy=f"Use one of: {fitting}.",
        )


def _check_unique(figures: Iterable[Figure], path: Path) -> None:
    seen: set[str] = set()
    for figure in figures:
        if figure.id in seen:
            raise UsageError(
                "two figures of one name", where=f"{path}: {figure.id}", cause="ids are unique", remedy="Rename one."
            )
        seen.add(figure.id)
