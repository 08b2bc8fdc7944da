"""The reader of published figures in figures/*.toml; every error names the file, the figure and a remedy.

This module owns the form of the file; `published` has the data types. It must not know any run.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from harness.errors import UsageError, nearest
from harness.figures.conditions import inherit
from harness.figures.directed import Direction, differs, direction_in, is_multiple
from harness.figures.lines import Position, figure_places
from harness.figures.online.facts import Fact
from harness.figures.printed import SPELLINGS, UNITS, PrintedUnit, tolerance_of, unit_named
from harness.figures.written import BOUNDS, reading_of, readings, rounding_in, spread_of
from harness.manifest import (
    Section,
    offered,
    parse_toml,
    read_text,
)
from harness.metrics import names
from harness.metrics.catalogue import THROUGHPUT_PEAK, unit_for_figures
from harness.model import AttributeName
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


from harness.figures.published import Figure, FigureSet
from harness.figures.stated import Stated, in_words

_WORDS = "words"
_UNKNOWN_AS = THROUGHPUT_PEAK.name()  # `0.35x slower` of an unknown metric is less, as of a rate


class QuantitySection(Section):
    """A quantity of figures; figures of one target and one quantity must agree."""

    metric: str | None = None
    """The metric that can decide its figures, or a wildcard such as `memory.*`; without it, no metric can."""
    online: Fact | None = None
    """The online fact that decides its figures: `harness check --online` asks for it."""


class FigureSection(Section):
    """One published figure, with one of `value`, `range`, `at_least` and `below`; or `attribute` with `states`."""

    id: str
    """Unique in its group."""
    label: str
    """Its label on the page; in [brackets] if the words are not the page's."""
    printed: str
    """The number or phrase exactly as printed."""
    unit: Annotated[str, offered((*UNITS, *SPELLINGS))] = _WORDS
    """The printed unit."""
    value: float | None = None
    """The number, in the printed unit; of a factor in words 2 for `twice`, 0.333 for `a third`, in `x`."""
    range: tuple[float, float] | None = None
    """Both ends of a printed range."""
    at_least: float | None = None
    """The bound of `12+`, `> 12` or `over 12`."""
    below: float | None = None
    """The bound of `< 100`, `under 100` or `up to 100`."""
    quantity: str | None = None
    """Its quantity: a key of `quantities`."""
    metric: str | None = None
    """The metric that can decide it, if it differs from its quantity's."""
    conditions: Stated = ()
    """The conditions that the page states for it: in its words, or a table of fields."""
    online: Fact | None = None
    """The online fact that decides it, if it differs from its quantity's."""
    reading: Literal["of", "by"] | None = None
    """The meaning of `0.35x slower`: 0.35 `of` the other number, or less `by` 0.35 of it."""
    place: tuple[int, int] | None = None
    """The line and the column of its text on the page, both from 1."""
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


class PageSection(Section):
    """One of several pages that a figures file has figures of."""

    title: str
    """Its title."""
    source: str
    """Its address, or its publisher."""
    date: str
    """The date that it states."""


class GroupSection(Section):
    """The figures of one target in one section of the page."""

    id: str
    """Unique in this file; a figure is called `<id of the group>.<id of the figure>`."""
    page: str | None = None
    """The page of the figures: a key of `pages`; without it, the page of this file."""
    section: str
    """The section of the page."""
    target: str
    """The target of the figures."""
    of: str | None = None
    """The target that it is compared with; the figures are then ratios."""
    conditions: Stated = ()
    """The conditions that the page states for all figures of the group."""
    figures: tuple[FigureSection, ...]
    """The figures, in the order of the page."""


class UnplacedSection(Section):
    """A number of the page that `harness import` could not place."""

    printed: str
    """The number or phrase exactly as printed."""
    place: tuple[int, int]
    """Its line and column on the page, both from 1."""
    reason: str
    """Why it is no figure."""
    context: str = ""
    """The label or sentence in which it stands."""


class FiguresFile(Section):
    """A figures file: all numbers of one published page, exactly as printed; or numbers of several pages."""

    schema_name: ClassVar = "figures"

    title: str
    """The title of the page."""
    source: str
    """The publisher."""
    date: str
    """The date that the page states."""
    conditions: Stated = ()
    """The conditions that the page states for all its figures."""
    quantities: Mapping[str, QuantitySection]
    """The quantities of the figures, by name."""
    pages: Mapping[str, PageSection] = {}
    """Other pages, by name, for a file that has figures of several. Figures of different pages never contradict."""
    groups: tuple[GroupSection, ...]
    """The figures, by target and section."""
    unplaced: tuple[UnplacedSection, ...] = ()
    """The numbers of the page that `harness import` could not place; nothing reads them."""


def read_figures(path: Path) -> FigureSet:
    """Return all figures of a figures file.

    Raises:
        UsageError: A key or value is wrong; it names the file, the figure and the key.
    """
    file, figures = _read(path)
    return FigureSet(file.title, file.source, file.date, path, figures)


def read_pages(path: Path) -> tuple[FigureSet, ...]:
    """Return the figures of a figures file, a set for each page; it raises the same errors as `read_figures`."""
    file, figures = _read(path)
    names = [group.page for group in file.groups for _ in group.figures]
    pages: dict[str | None, FiguresFile | PageSection] = {None: file}
    pages.update(file.pages.items())
    of = {name: tuple(one for one, at in zip(figures, names, strict=True) if at == name) for name in pages}
    used = [name for name in pages if of[name] or not file.pages]
    return tuple(FigureSet(pages[one].title, pages[one].source, pages[one].date, path, of[one]) for one in used)


def _read(path: Path) -> tuple[FiguresFile, tuple[Figure, ...]]:
    text = read_text(path)
    file = parse_toml(text, path, FiguresFile)
    groups = [(group.id, tuple(section.id for section in group.figures)) for group in file.groups]
    places = figure_places(text, groups)
    figures = tuple(
        figure_of(section, group, file, path, place=places.get((group.id, section.id)))
        for group in file.groups
        for section in group.figures
    )
    _check_unique(figures, path)
    for group in file.groups:
        if group.page is not None:
            _check_known("page", group.page, file.pages, f"{path}: {group.id}.page")
    return file, figures


def figure_of(
    section: FigureSection, group: GroupSection, file: FiguresFile, path: Path, *, place: Position | None = None
) -> Figure:
    """Return a figure of a figures file, which stands at a place of it.

    Raises:
        UsageError: Its keys don't fit each other, its printed text or its metric.
    """
    name = f"{group.id}.{section.id}"
    where = f"{path}: {name}"
    conditions = inherit(in_words(file.conditions), inherit(in_words(group.conditions), in_words(section.conditions)))
    if section.quantity is not None:
        _check_known("quantity", section.quantity, file.quantities, f"{where}.quantity")
    quantity = file.quantities[section.quantity] if section.quantity else QuantitySection()
    metric, online = section.metric or quantity.metric, section.online or quantity.online
    is_in_words = section.attribute is not None or online is Fact.LATEST_RELEASE
    if is_in_words and section.states is not None and not list(section.ends()):
        return replace(_claimin_words(section, group, name, conditions, online), place=place)
    unit = _unit(section, metric, f"{where}.unit", "a ratio" if group.of else f"the fact {online}" if online else None)
    low, high = _ends(section, where)
    shown = _shown(section, (low, high), unit, where)
    spread = max(spread_of(section.printed, float(digits), unit) for digits in shown)
    low, high = _of_or_by(section, metric, (unit.to_base(low), unit.to_base(high)), where)
    return Figure(
        id=name,
        label=section.label,
        printed=section.printed,
        section=group.section,
        target=group.target,
        metric=metric,
        unit=unit,
        low=low,
        high=high,
        rounding=rounding_in(section.printed, shown) * unit.factor,
        tolerance=max(tolerance_of(section.printed, shown), spread) * unit.factor,
        of=group.of,
        quantity=section.quantity,
        conditions=conditions,
        online=online,
        place=place,
    )


def _unit(section: FigureSection, metric: str | None, where: str, number: str | None) -> PrintedUnit:
    """Return the unit of a figure; it must fit the metric, if that is known, or a `number` without a base unit."""
    expected = Unit.ONE if number else unit_for_figures(metric) if metric else None
    unit = unit_named(section.unit, expected)
    if unit is None:
        remedy = nearest(section.unit, (*UNITS, *SPELLINGS))
        raise UsageError("unknown unit", where=where, cause=f"{section.unit!r}", remedy=remedy)
    is_the_pages = number is None and section.metric is None and _is_printed(unit, section.printed)
    if expected is Unit.PER_SECOND and unit.base is Unit.BYTE:
        is_the_pages = False  # bytes per second are a throughput too, of which the file names the wrong metric
    if expected is not None and unit.base is not expected and not is_the_pages:
        fitting = ", ".join(name for name, known in UNITS.items() if known.base is expected)
        raise UsageError(
            "a unit does not fit the metric",
            where=where,
            cause=f"{number or metric} is not in {unit}",
            remedy=f"Use one of: {fitting}.",
        )
    return unit


def _is_printed(unit: PrintedUnit, printed: str) -> bool:
    """Return whether the page prints a unit behind a number, so that a wrong one is the page's own."""
    words = re.findall(r"(?<=\d)\s?([^\W\d_]+(?:/[a-z]+)?|%)", printed)
    return any(one.name == unit.name for one in filter(None, map(unit_named, words)))


def _of_or_by(section: FigureSection, metric: str | None, ends: tuple[float, float], where: str) -> tuple[float, float]:
    """Return the ends of a ratio such as `0.35x slower`: 0.35 of the other number, or another number by 0.35 of it.

    By 0.35 a slower rate is less, and a slower time is more.
    """
    low, high = ends
    found = direction_in(section.printed, metric or _UNKNOWN_AS)
    is_difference = found is not None and differs(section.printed) and not is_multiple(section.printed)
    if found is None or not is_difference or section.unit not in {"x", "\u00d7"} or not 0 < high < 1:
        return low, high
    if section.reading is None:
        raise UsageError(
            "a number has two readings",
            where=where,
            cause=f"{section.printed!r} is {high:g} of the other number, or differs from it by {high:g} of it",
            remedy='Add reading = "of" or reading = "by".',
        )
    if section.reading == "of":
        return low, high
    return (1 - high, 1 - low) if found[0] is Direction.DOWN else (1 + low, 1 + high)


def _claimin_words(
    section: FigureSection, group: GroupSection, name: str, conditions: tuple[str, ...], online: Fact | None
) -> Figure:
    return Figure(
        id=name,
        label=section.label,
        printed=section.printed,
        section=group.section,
        target=group.target,
        metric=names.attribute(section.attribute) if section.attribute else None,
        unit=UNITS[_WORDS],
        low=math.nan,
        high=math.nan,
        rounding=0.0,
        conditions=conditions,
        states=section.states,
        online=None if section.attribute else online,
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
    _check_bound(section.printed, key, f"{where}.{key}")
    return low, high


def _check_bound(printed: str, key: str, where: str) -> None:
    """Check that a bound is printed as one, and that a number with the sign of a bound is given as one."""
    signed = [name for name, bound in BOUNDS.items() if bound.sign.search(printed)]
    if key in BOUNDS and not BOUNDS[key].is_printed(printed):
        cause = f"{key} needs a printed {BOUNDS[key].example}, and {printed!r} is printed"
    elif key not in BOUNDS and signed:
        cause = f"{printed!r} is printed as a bound, and {key} is given"
    else:
        return
    remedy = f"Use {signed[0]}." if signed else "Use value or range."
    raise UsageError("a bound does not fit the printed text", where=where, cause=cause, remedy=remedy)


def _shown(section: FigureSection, ends: tuple[float, float], unit: PrintedUnit, where: str) -> tuple[str, ...]:
    """Return the printed digits of the finite ends; one reading of the printed text must have the file's numbers."""
    shown = []
    for end in dict.fromkeys(abs(end) for end in ends if math.isfinite(end)):
        digits = reading_of(section.printed, end, unit)
        if digits is None:
            known = " or ".join(f"{float(one):g}" for one in readings(section.printed, unit))
            raise UsageError(
                "a number is missing in the printed text",
                where=where,
                cause=f"{section.printed!r} does not contain {end:g}",
                remedy=f"In {unit} it is {known}: give that, or another unit."
                if known
                else "Give the text exactly as printed; without digits only a factor such as 'twice as fast' can be "
                "checked, so leave out others.",
            )
        shown.append(digits)
    return tuple(shown)


def _check_known(kind: str, word: str, known: Collection[str], where: str) -> None:
    if word not in known:
        raise UsageError(f"unknown {kind}", where=where, cause=f"{word!r}", remedy=nearest(word, known))


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
