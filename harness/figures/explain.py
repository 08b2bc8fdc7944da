"""The explanation of a published figure: the measured conditions under which it would hold, and the nearest others.

Pure: a figure and summaries in, an explanation out. `explain_words` says it in sentences.

**Candidates.** All numbers of the figure's target, unit and family of metrics: a page's "memory" can be idle or peak
memory, and its "cold start" the app's own share. Those of the figure's own metric that fulfil its stated conditions
come first. For a ratio: all pairs of conditions that differ in the target alone; where none of them gives it, pairs
that differ in more.
**Cores.** A published rate times the measured CPU time per request is the number of cores like the measured one that it
takes. Times, sizes and ratios have no such translation.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.figures.driven import select, setting_of
from harness.figures.evidence import evidence_of, other_definitions
from harness.figures.published import Evidence, Figure
from harness.figures.weigh import Relation, distance_to, meets, readings_of, relation
from harness.metrics.catalogue import CPU_PER_REQUEST, THROUGHPUT, THROUGHPUT_PEAK, Family, family_of, parse
from harness.metrics.names import segments
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.metrics.catalogue import Metric
    from harness.model import Run, Summary, Target

_WIDENED = frozenset({Family.THROUGHPUT, Family.LATENCY, Family.MEMORY, Family.COLD_START, Family.FOOTPRINT})
_PEAK = THROUGHPUT_PEAK.name()

_BUSY = 0.9
"""The share of its CPUs that a target uses if they are its limit."""


class Fit(StrEnum):
    """How a measured number meets a claim, the best way first."""

    INSIDE = "inside"
    OVERLAPS = "overlaps"
    WIDENED = "widened"  # not by its own interval, but by the second one of a disturbed machine
    OUTSIDE = "outside"


_FITS = {
    Relation.INSIDE: Fit.INSIDE,
    Relation.ROUNDED: Fit.INSIDE,
    Relation.ACROSS: Fit.OVERLAPS,
    Relation.LIMITED_NEAR: Fit.OVERLAPS,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A measured number under its conditions.

    Attributes:
        run: The run that measured it.
        evidence: The number, its subject, scenario and metric; for a ratio both subjects.
        cpus: Number of CPUs of the subject; None for a number that does not depend on the machine, such as a size.
        fit: How it meets the figure's claim.
        is_own: Whether its metric is the figure's, and it fulfils the conditions that the page states.
        other_metric, other_scenario: The metric and scenario of a ratio's denominator, if they differ.
    """

    run: Run
    evidence: Evidence
    cpus: int | None
    fit: Fit
    is_own: bool
    other_metric: str | None = None
    other_scenario: str | None = None


@dataclass(frozen=True, slots=True)
class CpusNeeded:
    """The number of cores, like the one that measured it, that a published rate takes.

    Attributes:
        estimate: Of a range of rates that of its middle.
        low, high: The lower and the upper printed rate times the ends of the interval of `cost`.
        cost: The CPU time per request.
        idle_rate: The throughput at the load of `cost`, if it left CPUs idle; else None.
    """

    estimate: float
    low: float
    high: float
    cost: Condition
    idle_rate: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one figure.

    Attributes:
        holds_under: The conditions that give the figure by their number, then those that may: by their interval, or by
            their interval widened by disturbance; each the nearest first.
        near: The conditions that don't give it, the nearest first.
        unmet: Why no number fulfils the stated conditions; None if some does.
        cpus_needed: None for a figure that is no rate, and without a measured CPU time per request.
        costs: The CPU time per request of the figure's target, and of a ratio's other target.
        rate: The throughput of the target under closed load; None for a figure that is no latency.
    """

    figure: Figure
    runs: tuple[Run, ...]
    holds_under: tuple[Condition, ...] = ()
    near: tuple[Condition, ...] = ()
    unmet: str | None = None
    cpus_needed: CpusNeeded | None = None
    costs: tuple[Condition, ...] = ()
    rate: Condition | None = None

    @property
    def nearest(self) -> Condition | None:
        """The nearest condition that does not give it, if none gives it."""
        return None if self.holds_under or not self.near else self.near[0]


def explain(figure: Figure, summaries: Sequence[Summary], targets: Mapping[str, Target]) -> Explanation:
    """Return the explanation of a figure by the numbers of some runs."""
    runs = tuple(summary.run for summary in summaries)
    if figure.metric is None or figure.states is not None:
        return Explanation(figure, runs)
    metric, figure = figure.metric, readings_of(figure)[0].figure
    found = [one for summary in summaries for one in _conditions(figure, summary, targets)]
    found.sort(key=lambda one: (list(Fit).index(one.fit), distance_to(figure, one.evidence), not one.is_own))
    costs = _costs(figure, summaries) if _is_rate(metric) else ()
    return Explanation(
        figure,
        runs,
        holds_under=tuple(one for one in found if one.fit is not Fit.OUTSIDE),
        near=tuple(one for one in found if one.fit is Fit.OUTSIDE),
        unmet=None if any(one.is_own for one in found) else _unmet(figure, summaries, targets),
        cpus_needed=_cpus_needed(figure, costs[0], found) if costs and figure.of is None else None,
        costs=costs,
        rate=_first(figure.target, THROUGHPUT, figure, summaries) if _is_latency(figure) else None,
    )


def _is_latency(figure: Figure) -> bool:
    return figure.of is None and figure.metric is not None and family_of(figure.metric) is Family.LATENCY


def _is_rate(metric: str) -> bool:
    return family_of(metric) is Family.THROUGHPUT


def _conditions(figure: Figure, summary: Summary, targets: Mapping[str, Target]) -> Iterator[Condition]:
    if figure.of is not None:
        yield from _pairs(figure, summary, targets)
        return
    of_words = (*evidence_of(figure, summary), *other_definitions(figure, summary))
    own = select(figure, of_words, setting_of(summary.run, targets)).evidence if of_words else ()
    wide = _widened(figure)
    for piece in dict.fromkeys((*of_words, *evidence_of(wide, summary), *other_definitions(wide, summary))):
        if piece.unit is figure.unit.base and _is_its_own_number(figure, piece):
            yield _condition(figure, summary.run, piece, is_own=piece in own)


def _widened(figure: Figure) -> Figure:
    """Return the figure with all metrics of its family, where a page's word can mean each of them."""
    metric = figure.metric or ""
    if family_of(metric) not in _WIDENED or figure.unit.base is Unit.ONE:
        return figure
    return replace(figure, metric=f"{segments(metric)[0]}.*")


def _is_its_own_number(figure: Figure, piece: Evidence) -> bool:
    """Return whether a piece is not the control's, and not the peak of throughputs that are pieces themselves."""
    return not piece.subject.is_control and (piece.metric != _PEAK or figure.metric == _PEAK)


def _condition(figure: Figure, run: Run, piece: Evidence, *, is_own: bool) -> Condition:
    named = parse(piece.metric)
    cpus = run.plan.cpus_of(piece.subject) if named and named.metric.depends_on_machine else None
    return Condition(run, piece, cpus, _fit(figure, piece), is_own)


def _fit(figure: Figure, piece: Evidence) -> Fit:
    """Return the best fit of all readings of the printed unit."""
    return min((_fit_of_reading(one.figure, piece) for one in readings_of(figure)), key=list(Fit).index)


def _fit_of_reading(figure: Figure, piece: Evidence) -> Fit:
    found = relation(figure, piece)
    if found is Relation.DISTURBED:
        return Fit.OVERLAPS if meets(figure, piece) else Fit.WIDENED
    return _FITS.get(found, Fit.OUTSIDE)


def _unmet(figure: Figure, summaries: Iterable[Summary], targets: Mapping[str, Target]) -> str | None:
    """Return why no number fulfils the conditions that the figure states."""
    selections = (
        select(figure, pieces, setting_of(summary.run, targets))
        for summary in summaries
        if (pieces := evidence_of(figure, summary))
    )
    return next((one.reason for one in selections if one.reason), None)


# Ratios.


def _pairs(figure: Figure, summary: Summary, targets: Mapping[str, Target]) -> Iterator[Condition]:
    """Yield all pairs of like conditions; if none of them gives the ratio, also the pairs of unlike ones that do."""
    paired = {(one.subject, one.reference, one.metric, one.scenario): one for one in evidence_of(figure, summary)}
    tops, bottoms = (_of_target(figure, side, summary) for side in (figure.target, figure.of or ""))
    pairs = [(top, bottom, _ratio(top, bottom)) for top, bottom in itertools.product(tops, bottoms)]
    alike = [
        paired.get((ratio.subject, ratio.reference, ratio.metric, ratio.scenario), ratio)
        for top, bottom, ratio in pairs
        if _are_alike(top, bottom)
    ]
    own = select(figure, alike, setting_of(summary.run, targets)).evidence if alike else ()
    found = [_condition(figure, summary.run, piece, is_own=piece in own) for piece in alike]
    yield from found
    if all(one.fit is Fit.OUTSIDE for one in found):
        for top, bottom, ratio in pairs:
            unlike = _condition(figure, summary.run, ratio, is_own=False)
            if not _are_alike(top, bottom) and unlike.fit is Fit.INSIDE:
                yield replace(unlike, other_metric=bottom.metric, other_scenario=bottom.scenario)


def _are_alike(top: Evidence, bottom: Evidence) -> bool:
    return (top.metric, top.scenario, top.subject.cpus) == (bottom.metric, bottom.scenario, bottom.subject.cpus)


def _of_target(figure: Figure, target: str, summary: Summary) -> tuple[Evidence, ...]:
    """Return all numbers of one side of a ratio."""
    side = replace(figure, target=target, of=None)
    return tuple(piece for piece in evidence_of(side, summary) if _is_its_own_number(side, piece) and piece.low > 0)


def _ratio(top: Evidence, bottom: Evidence) -> Evidence:
    """Return the ratio of two numbers that were not paired, with the widest interval that theirs allow."""
    return Evidence(
        subject=top.subject,
        reference=bottom.subject,
        scenario=top.scenario,
        metric=top.metric,
        unit=Unit.ONE,
        estimate=top.estimate / bottom.estimate,
        low=top.low / bottom.high,
        high=top.high / bottom.low,
    )


# Cores.


def _costs(figure: Figure, summaries: Sequence[Summary]) -> tuple[Condition, ...]:
    """Return the CPU time per request of the target, and of a ratio's other target; empty if one is missing."""
    sides = (figure.target, *([figure.of] if figure.of else []))
    found = [_first(side, CPU_PER_REQUEST, figure, summaries) for side in sides]
    return tuple(one for one in found if one) if all(found) else ()


def _first(target: str, metric: Metric, figure: Figure, summaries: Iterable[Summary]) -> Condition | None:
    """Return a metric of closed load of the first subject of a target that a run planned, at the headline."""
    of_target = replace(figure, target=target, of=None, metric=f"{segments(metric.pattern)[0]}.*")
    for summary in summaries:
        plan = summary.run.plan
        pieces = [
            piece
            for piece in evidence_of(of_target, summary)
            if metric.parameters(piece.metric) and piece.subject in plan.subjects
        ]
        headline = metric.name(connections=plan.profile.headline_connections)
        scenarios = (*plan.scenarios, None)
        best = min(
            pieces,
            key=lambda one: (plan.subjects.index(one.subject), scenarios.index(one.scenario), one.metric != headline),
            default=None,
        )
        if best is not None:
            return Condition(summary.run, best, plan.cpus_of(best.subject), Fit.OUTSIDE, is_own=False)
    return None


def _cpus_needed(figure: Figure, cost: Condition, found: Iterable[Condition]) -> CpusNeeded:
    number, rate = cost.evidence, _rate_at(cost, found)
    is_idle = rate is not None and cost.cpus and rate.estimate * number.estimate < _BUSY * cost.cpus
    low, high = (end if math.isfinite(end) else figure.nominal for end in (figure.low, figure.high))
    return CpusNeeded(
        figure.nominal * number.estimate, low * number.low, high * number.high, cost, rate if is_idle else None
    )


def _rate_at(cost: Condition, found: Iterable[Condition]) -> Evidence | None:
    """Return the throughput of the subject, scenario, load and run of a CPU time per request; None without one."""
    number = cost.evidence
    load = CPU_PER_REQUEST.parameters(number.metric)
    rates = (
        one.evidence for one in found if one.run is cost.run and THROUGHPUT.parameters(one.evidence.metric) == load
    )
    return next((one for one in rates if (one.subject, one.scenario) == (number.subject, number.scenario)), None)
