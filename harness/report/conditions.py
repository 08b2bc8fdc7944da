"""Throughput by condition: every measured way to serve a target, and the place of published figures among them.

A condition is a subject: a target, its variant and its number of CPUs. The section is there for a run that measured a
target under several conditions. This module must not know markup, and it computes no number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.figures.consistency import disjoint
from harness.metrics.catalogue import THROUGHPUT, Family, connections_of, family_of
from harness.metrics.words import enumeration
from harness.model import Bound
from harness.report.series import throughput_lines
from harness.report.tables import Cell, Footnotes, value_cell
from harness.report.wording import DASH, percentage
from harness.units import Unit, counted, human, part_of, significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.figures.published import Figure, FigureSet
    from harness.model import Result, Subject
    from harness.report.material import Material
    from harness.report.series import Level


@dataclass(frozen=True, slots=True)
class Condition:
    """A measured way to serve a target, with its throughput over each number of connections.

    Attributes:
        workers: The maximum of requests computed at the same time, in words.
        keep_alive: Whether connections are kept, in words.
        variant_class: `production`, `tuned` or `development`; empty if the manifest no longer has the variant.
        cells: One for each level of the section.
    """

    variant: str
    cpus: str
    workers: str
    keep_alive: str
    variant_class: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """A published throughput: where it is printed, and which conditions give it or are next to it."""

    target: str
    printed: str
    sections: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class TargetConditions:
    """The conditions of one target."""

    title: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class ConditionTable:
    """The throughput of all conditions of the headline scenario.

    Attributes:
        levels: The numbers of connections, one for each column.
        targets: The conditions by target.
        figures: The published throughputs.
        notes: The footnotes of the cells.
        noise: How far two copies of one condition differ at each level, or why that is not known.
    """

    scenario: str
    levels: tuple[str, ...]
    targets: tuple[TargetConditions, ...]
    figures: tuple[PlacedFigure, ...]
    notes: tuple[str, ...]
    noise: str


@dataclass(frozen=True, slots=True)
class BandRow:
    """A condition in the picture: its name, and its throughput at each level."""

    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A published throughput in the picture, from `low` to `high`; equal for a single number, both finite."""

    printed: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Band:
    """One target in the picture: its conditions and the published throughputs."""

    title: str
    rows: tuple[BandRow, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A measured throughput with its condition in words."""

    name: str
    estimate: float
    low: float
    high: float
    is_floor: bool

    def __str__(self) -> str:
        sign = "at least " if self.is_floor else ""
        return f"{self.name} ({sign}{human(self.estimate, Unit.PER_SECOND)})"


def condition_table(material: Material) -> ConditionTable | None:
    """Return the throughput by condition; None for a run with one condition of each target, or without throughput."""
    levels = _levels(material)
    if not levels or not _several(material):
        return None
    notes = Footnotes()
    return ConditionTable(
        scenario=material.headline or "",
        levels=tuple(map(str, levels)),
        targets=tuple(
            TargetConditions(
                material.title_of(target), tuple(_condition(material, one, levels, notes) for one in subjects)
            )
            for target, subjects in _by_target(material).items()
        ),
        figures=tuple(_placed_figures(material)),
        notes=notes.texts,
        noise=_noise(material, levels),
    )


def condition_bands(material: Material) -> tuple[Band, ...]:
    """Return the data of the picture, a band for each target with a number; empty where there is no table."""
    if not _several(material):
        return ()
    lines = {material.contestants[line.place]: line for line in throughput_lines(material) if line.place is not None}
    bands = []
    for target, subjects in _by_target(material).items():
        rows = tuple(BandRow(_setting(one), lines[one].levels) for one in subjects if one in lines)
        if rows:
            bands.append(Band(material.title_of(target), rows, _marks(material, target)))
    return tuple(bands)


def _several(material: Material) -> bool:
    return any(len(subjects) > 1 for subjects in _by_target(material).values())


def _by_target(material: Material) -> dict[str, list[Subject]]:
    found: dict[str, list[Subject]] = {}
    for subject in material.contestants:
        found.setdefault(subject.target, []).append(subject)
    return found


def _levels(material: Material) -> list[int]:
    """Return the levels at which the run has a result of a contestant in the headline scenario."""
    found = {connections_of(result.metric) for result in material.contested_results() if _is_headline(material, result)}
    return sorted(level for level in found if level is not None)


def _noise(material: Material, levels: Sequence[int]) -> str:
    """Return the noise floor at each level, from the second copy of the reference, or why it is not known."""
    if material.plan.control is None:
        return "This run drove no condition twice, so it does not say how far two copies of one condition differ."
    name = material.name_of(replace(material.plan.control, is_control=False))
    by_level = {level: material.summary.noise_floor.get(THROUGHPUT.name(connections=level)) for level in levels}
    floors = {level: floor for level, floor in by_level.items() if floor is not None and math.isfinite(floor)}
    if not floors:
        return f"How far two copies of {name} differ is not known: no block has a throughput of both."
    of_levels = [
        f"\N{PLUS-MINUS SIGN} {percentage(floor)} over {counted(level, 'connection')}"
        for level, floor in floors.items()
    ]
    others = [level for level in levels if level not in floors]
    unknown = f"; not known over {enumeration(list(map(str, others)))}" if others else ""
    return (
        f"Noise floor, from two copies of {name}: {', '.join(of_levels)}{unknown}. "
        "Conditions that differ by less can't be distinguished."
    )


def _is_headline(material: Material, result: Result) -> bool:
    return result.scenario == material.headline


def _condition(material: Material, subject: Subject, levels: Sequence[int], notes: Footnotes) -> Condition:
    variant, cpus = material.variant_of(subject), material.plan.cpus_of(subject)
    workers = variant.workers_on(cpus) if variant else None
    return Condition(
        variant=subject.variant,
        cpus=str(cpus),
        workers=DASH if workers is None else str(workers),
        keep_alive=DASH if variant is None else "closed" if variant.closes_connections else "kept",
        variant_class=variant.variant_class if variant else "",
        cells=tuple(_cell(material, subject, level, notes) for level in levels),
    )


def _cell(material: Material, subject: Subject, level: int, notes: Footnotes) -> Cell:
    """Return a number with its interval. Of its limits only the generator is named: the full comparison has all."""
    cell = value_cell(material, (THROUGHPUT.name(connections=level), material.headline), subject, notes)
    return replace(cell, unit="", details=(), bound=cell.bound if cell.bound is Bound.GENERATOR else None)


def _setting(subject: Subject) -> str:
    return f"{subject.variant}{subject.on_cpus}"


def _published(material: Material, target: str) -> Iterator[tuple[Figure, FigureSet]]:
    """Yield the published throughputs of a target that are numbers, and no ratios."""
    for judged in material.judged:
        for figure in judged.source.figures:
            is_throughput = figure.metric is not None and family_of(figure.metric) is Family.THROUGHPUT
            if is_throughput and figure.target == target and figure.of is None and figure.states is None:
                yield figure, judged.source


def _marks(material: Material, target: str) -> tuple[Mark, ...]:
    """Return the published throughputs of a target, the lowest first; equal numbers share a mark."""
    printed: dict[tuple[float, float], dict[str, None]] = {}
    for figure, _ in _published(material, target):
        ends = tuple(end if math.isfinite(end) and end > 0 else figure.nominal for end in (figure.low, figure.high))
        if min(ends) > 0:
            printed.setdefault((ends[0], ends[1]), {})[figure.printed] = None
    return tuple(Mark("; ".join(texts), low, high) for (low, high), texts in sorted(printed.items()))


def _placed_figures(material: Material) -> Iterator[PlacedFigure]:
    for target in _by_target(material):
        readings = sorted(_readings(material, target), key=lambda reading: reading.estimate)
        alike: dict[tuple[str, str], dict[str, None]] = {}
        for figure, source in _published(material, target):
            place = _place(figure, readings)
            alike.setdefault((figure.printed, place), {})[material.place_of(figure, source)] = None
        for (printed, place), sections in alike.items():
            yield PlacedFigure(material.title_of(target), printed, tuple(sections), place)


def _readings(material: Material, target: str) -> Iterator[_Reading]:
    for result in material.contested_results():
        connections = connections_of(result.metric)
        if connections is None or result.subject.target != target or not _is_headline(material, result):
            continue
        if result.estimate is not None and result.low is not None and result.high is not None:
            name = f"{_setting(result.subject)} over {counted(connections, 'connection')}"
            yield _Reading(name, result.estimate, result.low, result.high, result.bound is Bound.GENERATOR)


def _place(figure: Figure, readings: Sequence[_Reading]) -> str:
    """Return where a figure lies among the readings of its target, which are sorted, and whose intervals reach it."""
    if not readings:
        return "no throughput was measured"
    low, high = figure.claim
    inside = [one for one in readings if low <= one.estimate <= high]
    if inside:
        span = str(inside[0]) if len(inside) == 1 else f"from {inside[0]} to {inside[-1]}"
        return f"given by {part_of(len(inside), len(readings), 'measured throughput')}: {span}"
    reaching = sum(not disjoint(figure.claim, (one.low, one.high)) for one in readings)
    reached = f"; {part_of(reaching, len(readings), 'interval')} reach it" if reaching else ""
    return f"{_beside(figure, readings)}{reached}"


def _beside(figure: Figure, readings: Sequence[_Reading]) -> str:
    """Return the readings next to a figure; no reading gives the figure."""
    low, high = figure.claim
    below = [one for one in readings if one.estimate < low]
    above = [one for one in readings if one.estimate > high]
    if not below:
        return f"below everything measured; the lowest is {above[0]}"
    if not above:
        times = significant(low / below[-1].estimate)
        return f"above everything measured, {times} times the highest: {below[-1]}"
    return f"between {below[-1]} and {above[0]}"
