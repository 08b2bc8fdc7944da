"""The reader of published figures in figures/*.toml; every error names the file, the figure and a remedy.

This module owns the form of the file; `published` has the data types. It must not know any run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar

from harness.errors import UsageError, nearest
from harness.figures.printed import UNITS, PrintedUnit, numbers_in, rounding_of
from harness.manifest import Section, offered, read_toml
from harness.metrics import names
from harness.metrics.catalogue import FOR_FIGURES, unit_for_figures
from harness.model import AttributeName
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


from harness.figures.published import Figure, FigureSet

_WORDS = "words"


class QuantitySection(Section):
    """A quantity of figures; figures of one target and one quantity must agree."""

    metric: str | None = None
    """The metric that can decide its figures, or a wildcard such as `memory.*`; without it, no metric can."""


class FigureSection(Section):
    """One published figure, with one of `value`, `range`, `at_least` and `below`; or `attribute` with `states`."""

    id: str
    """Unique in its group."""
    label: str
    """Its label on the page; in [brackets] if the words are not the page's."""
    printed: str
    """The number or phrase exactly as printed."""
    unit: Annotated[str, offered(UNITS)] = _WORDS
    """The printed unit."""
    value: float | None = None
    """The number, in the printed unit."""
    range: tuple[float, float] | None = None
    """Both ends of a printed range."""
    at_least: float | None = None
    """The bound of `12+`."""
    below: float | None = None
    """The bound of `< 100`."""
    quantity: str | None = None
    """Its quantity: a key of `quantities`."""
    metric: str | None = None
    """The metric that can decide it, if it differs from its quantity's."""
    conditions: tuple[str, ...] = ()
    """The conditions that the page states for it, in its words."""
    attribute: AttributeName | None = None
    """The attribute of a framework, for a claim in words."""
    states: str | None = None
    """The answer on the attribute that the page states: `yes`, `no`, `by extension`, or a version."""

    def ends(self) -> Iterator[tuple[str, float, float]]:
        """Yield key, lower and upper end of each of value, range, at_least and below that is given."""
        if self.value is not None:
            yield "value", self.value, self.value
        if self.range is not None:
            yield "range", *self.range
        if self.at_least is not None:
            yield "at_least", self.at_least, math.inf
        if self.below is not None:
            yield "below", -math.inf, self.below


class GroupSection(Section):
    """The figures of one target in one section of the page."""

    id: str
    """Unique in this file; a figure is called `<id of the group>.<id of the figure>`."""
    section: str
    """The section of the page."""
    target: str
    """The target of the figures."""
    of: str | None = None
    """The target that it is compared with; the figures are then ratios."""
    figures: tuple[FigureSection, ...]
    """The figures, in the order of the page."""


class FiguresFile(Section):
    """A figures file: all numbers of one published page, exactly as printed."""

    schema_name: ClassVar = "figures"

    title: str
    """The title of the page."""
    source: str
    """The publisher."""
    date: str
    """The date that the page states."""
    quantities: Mapping[str, QuantitySection]
    """The quantities of the figures, by name."""
    groups: tuple[GroupSection, ...]
    """The figures, by target and section."""


def read_figures(path: Path) -> FigureSet:
    """Return the figures of a figures file.

    Raises:
        UsageError: A key or value is wrong; it names the file, the figure and the key.
    """
    file = read_toml(path, FiguresFile)
    for name, quantity in file.quantities.items():
        _check_metric(quantity.metric, f"{path}: quantities.{name}.metric")
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
        metric=names.attribute(attribute),
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
            "a range ends before it begins",
            where=f"{where}.{key}",
            cause=f"{low:g} > {high:g}",
            remedy="Swap its ends.",
        )
    for mark, marked in (("+", "at_least"), ("<", "below")):
        if (marked == key) != (mark in section.printed.lstrip("+")):
            raise UsageError(
                "a bound does not fit the printed text",
                where=f"{where}.{key}",
                cause=f"{marked} needs a printed {mark!r}, and {section.printed!r} is printed",
                remedy=f"Use {marked} if {mark!r} is printed, and only then.",
            )
    return low, high


def _shown(section: FigureSection, ends: tuple[float, float], where: str) -> tuple[str, ...]:
    """Return the printed digits of the finite ends; the printed text must contain the file's numbers."""
    printed = {float(digits): digits for digits in numbers_in(section.printed)}
    wanted = [abs(end) for end in ends if math.isfinite(end)]
    missing = [end for end in wanted if end not in printed]
    if missing:
        raise UsageError(
            "a number is missing in the printed text",
            where=where,
            cause=f"{section.printed!r} does not contain {missing[0]:g}",
            remedy="Give the number in the printed unit, and the text exactly as printed.",
        )
    return tuple(printed[end] for end in wanted)


def _check_known(kind: str, word: str, known: Collection[str], where: str) -> None:
    if word not in known:
        raise UsageError(f"unknown {kind}", where=where, cause=f"{word!r}", remedy=nearest(word, known))


def _check_metric(metric: str | None, where: str) -> None:
    if metric is not None and unit_for_figures(metric) is None:
        raise UsageError("unknown metric", where=where, cause=f"{metric!r}", remedy=nearest(metric, FOR_FIGURES))


def _check_unit(unit: PrintedUnit, metric: str, *, is_ratio: bool, where: str) -> None:
    expected = Unit.ONE if is_ratio else unit_for_figures(metric)
    if unit.base is not expected:
        fitting = ", ".join(name for name, known in UNITS.items() if known.base is expected)
        raise UsageError(
            "a unit does not fit the metric",
            where=where,
            cause=f"{metric} is not in {unit}" if not is_ratio else f"a ratio is not in {unit}",
            remedy=f"Use one of: {fitting}.",
        )


def _check_unique(figures: Iterable[Figure], path: Path) -> None:
    seen: set[str] = set()
    for figure in figures:
        if figure.id in seen:
            raise UsageError(
                "two figures have the same id",
                where=f"{path}: {figure.id}",
                cause="ids are unique",
                remedy="Rename one.",
            )
        seen.add(figure.id)
