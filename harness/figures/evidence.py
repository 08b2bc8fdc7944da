"""Evidence: the numbers of a run that a figure is compared with.

The results of the figure's target count if their metric is the figure's, or belongs to its wildcard. They may be of
any variant, scenario and load. For a ratio all comparisons of the two targets count, inverted if needed.

The process runtime's counterparts of a container's metrics count too, under their own names. A page that does not state
its method can mean either, and no run has both. If these numbers accuse a figure, its other definitions count too
(`other_definitions`): a page's "memory" can be resident sizes added up, and its "startup" any start.

Two kinds of numbers have more than their interval. A number that the generator or the round trip limited has limits
beyond it: the utilisation law's if it is known, else twice the best number of another level. A number of a disturbed
machine has a second interval, and both must agree. This module must not know verdicts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.disturbance import hits_one, lone_limit
from harness.analysis.gates import target_cpus
from harness.analysis.latencies import GENERATOR_LIMITED
from harness.analysis.laws import TOLERANCE
from harness.figures.published import Evidence
from harness.metrics.catalogue import (
    COLD_START_APP,
    CPU_PER_REQUEST,
    PROCESS_START_APP,
    PROCESS_START_READY,
    RESIDENT,
    Family,
    family_of,
    parse,
)
from harness.metrics.names import selects, stem_of
from harness.model import Bound, Difference
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from harness.figures.published import Figure
    from harness.metrics.catalogue import Metric
    from harness.model import Comparison, FlagKind, Result, Subject, Summary

    _Means = Callable[[Figure, str], bool]

LEEWAY = 2.0
"""A limited number lies within this factor of the best number that the target reached at another level."""


def evidence_of(figure: Figure, summary: Summary) -> tuple[Evidence, ...]:
    """Return all numbers of a run with the figure's metric."""
    if figure.of is not None:
        return tuple(_ratios(figure, summary, names_metric))
    return tuple(_results(figure, summary, names_metric))


def other_definitions(figure: Figure, summary: Summary) -> tuple[Evidence, ...]:
    """Return the numbers of a run that the page's word can mean besides the metric that its figures file names."""
    if figure.of is not None:
        return tuple(_ratios(figure, summary, _can_mean))
    return tuple(_results(figure, summary, _can_mean))


def lacks_resident(figure: Figure, summary: Summary) -> bool:
    """Return whether a page's "memory" can mean resident sizes added up, of which the run has no metric at all."""
    can_mean = any(selects(figure.metric or "", counterpart.name()) for counterpart in RESIDENT.values())
    return can_mean and not any(_counterpart(result.metric) for result in summary.results)


def lacks_own_start(figure: Figure, summary: Summary) -> bool:
    """Return whether a figure is a start, and the run has no start of the app without that of its container."""
    if figure.of is not None or figure.metric is None or not _is_of_starts(figure.metric):
        return False
    own = {metric.name() for metric in (COLD_START_APP, PROCESS_START_READY, PROCESS_START_APP)}
    return not any(
        one.metric in own and one.subject.target == figure.target and one.estimate is not None
        for one in summary.results
    )


def _is_of_starts(metric: str) -> bool:
    return _is_a_start(metric) or selects(metric, COLD_START_APP.name())


def _can_mean(figure: Figure, metric: str) -> bool:
    """Return whether a page's word can mean a metric besides the one that its figures file names."""
    if names_metric(figure, metric) or figure.metric is None:
        return False
    counterpart = _counterpart(metric)
    if counterpart is not None:
        return selects(figure.metric, counterpart.name())
    return _is_a_start(figure.metric) and _is_a_start(metric)


def _counterpart(metric: str) -> Metric | None:
    """Return what a metric of resident sizes would be with shared pages counted once; None for any other metric."""
    named = parse(metric)
    return RESIDENT.get(named.metric) if named else None


def names_metric(figure: Figure, metric: str) -> bool:
    """Return whether a figure names a metric, or the container's counterpart of a process metric."""
    if figure.metric is None:
        return False
    if stem_of(figure.metric) is not None and family_of(figure.metric) is family_of(metric) is Family.COLD_START:
        return _is_a_start(metric)
    named = parse(metric)
    in_containers = named.metric.in_containers if named else None
    names = (metric, in_containers.name()) if in_containers else (metric,)
    return any(selects(figure.metric, name) for name in names)


def _is_a_start(metric: str) -> bool:
    named = parse(metric)
    return named is not None and named.metric.is_a_start


def _results(figure: Figure, summary: Summary, means: _Means) -> Iterator[Evidence]:
    for result in summary.results:
        if result.subject.target == figure.target and means(figure, result.metric):
            piece = _piece(result, summary)
            if piece is not None:
                yield piece


def _piece(result: Result, summary: Summary) -> Evidence | None:
    """Return a result as evidence; None if it has no number."""
    if result.estimate is None or result.low is None or result.high is None:
        return None
    at_least, at_most = _limits(result, summary)
    second, is_calm = _second(result, summary)
    return Evidence(
        subject=result.subject,
        reference=None,
        scenario=result.scenario,
        metric=result.metric,
        unit=result.unit,
        estimate=result.estimate,
        low=result.low,
        high=result.high,
        at_least=at_least,
        at_most=at_most,
        second=second,
        is_doubtful=second is not None and second[1] == math.inf,
        is_calm=is_calm,
    )


def _second(result: Result, summary: Summary) -> tuple[tuple[float, float] | None, bool]:
    """Return the second interval of a result, and whether it comes from undisturbed trials.

    A disturbance makes a target slower, and its copy as well, so the control does not show by how much. The undisturbed
    target may be faster by the largest factor of a disturbance, and reach the rate that its CPU time allows. It is not
    slower by more than the two copies differ.
    """
    if result.clean_trials is None or result.low is None or result.high is None:
        return None, True
    if result.clean_low is not None and result.clean_high is not None:
        return (result.clean_low, result.clean_high), True
    faster = slower = _lone_factor(result.metric, result.disturbances)
    floor = summary.noise_floor.get(result.metric)
    if floor is not None and family_of(result.metric) is not Family.MEMORY and not hits_one(result.disturbances):
        slower = 1 + floor
    if result.unit is not Unit.PER_SECOND:
        return (result.low / faster, result.high * slower), False
    most = _most_by_cpu_time(result.subject, summary) or 0.0
    return (result.low / slower, max(result.high * faster, most)), False


def _lone_factor(metric: str, kinds: Collection[FlagKind]) -> float:
    """Return how far disturbances can move a number that no control shows: infinite if they may hit one target."""
    return math.exp(lone_limit(metric, kinds))


def is_limited(result: Result) -> bool:
    """Return whether generator or round trip was the limit of a result, so that the target may do better."""
    by_generator = result.bound is Bound.GENERATOR or GENERATOR_LIMITED in result.warnings  # of rates, of latencies
    return (by_generator or result.bound is Bound.ROUND_TRIP) and result.unit in {Unit.SECOND, Unit.PER_SECOND}


def _limits(result: Result, summary: Summary) -> tuple[float | None, float | None]:
    """Return how low or how high the true number of a limited result may be; None for a side without doubt."""
    if not is_limited(result):
        return None, None
    others = [
        (one.low, one.high)
        for one in summary.results
        if one.low is not None
        and one.high is not None
        and one.subject == result.subject
        and one.unit is result.unit
        and family_of(one.metric) is family_of(result.metric)
        and not is_limited(one)
    ]
    if result.unit is Unit.SECOND:
        return min((low for low, _ in others), default=0.0) / LEEWAY, None
    most = result.at_most or _most_by_cpu_time(result.subject, summary)
    if most is None:
        most = LEEWAY * max((high for _, high in others), default=math.inf)
    return None, max(most, result.high or 0.0)


def _most_by_cpu_time(subject: Subject, summary: Summary) -> float | None:
    """Return the most requests per second by the utilisation law, at the least CPU time per request of any level."""
    cpus = target_cpus(summary.run, subject)
    costs = [
        one.low
        for one in summary.results
        if one.subject == subject and one.low is not None and CPU_PER_REQUEST.parameters(one.metric)
    ]
    return cpus * (1 + TOLERANCE) / min(costs) if cpus and costs else None


def _ratios(figure: Figure, summary: Summary, means: _Means) -> Iterator[Evidence]:
    results = {(one.subject, one.scenario, one.metric): one for one in summary.results}
    for comparison in summary.comparisons:
        sides = comparison.subject.target, comparison.reference.target
        if not means(figure, comparison.metric) or set(sides) != {figure.target, figure.of}:
            continue
        of_sides = [
            results.get((side, comparison.scenario, comparison.metric))
            for side in (comparison.subject, comparison.reference)
        ]
        ends = _ends(comparison, *(_room(result, summary) for result in of_sides))
        kinds = {kind for result in of_sides if result is not None for kind in result.disturbances}
        yield _ratio(
            comparison,
            ends,
            _lone_factor(comparison.metric, kinds),
            is_inverted=sides != (figure.target, figure.of),
        )


def _room(result: Result | None, summary: Summary) -> tuple[float, float]:
    """Return the factors by which the true number of a limited result may be lower and higher; 1 for no doubt."""
    if result is None or not result.estimate:
        return 1.0, 1.0
    at_least, at_most = _limits(result, summary)
    return (
        1.0 if at_least is None else min(1.0, at_least / result.estimate),
        1.0 if at_most is None else max(1.0, at_most / result.estimate),
    )


def _ends(
    comparison: Comparison, mine: tuple[float, float], theirs: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Return how low or how high the true ratio may be if a side was limited; None for an end without doubt.

    Args:
        comparison: Its own limits count first.
        mine: The room of the subject's number, as factors down and up.
        theirs: The room of the reference's number.
    """
    down = mine[0] / theirs[1]
    up = mine[1] / theirs[0] if theirs[0] else math.inf
    at_least = comparison.low * down if comparison.at_least is None else comparison.at_least
    at_most = comparison.high * up if comparison.at_most is None else comparison.at_most
    return (
        at_least if min(down, at_least / comparison.low) < 1 else None,
        at_most if max(up, at_most / comparison.high) > 1 else None,
    )


def _ratio(
    comparison: Comparison, ends: tuple[float | None, float | None], factor: float, *, is_inverted: bool
) -> Evidence:
    """Return a comparison as evidence; an inconclusive one excludes only what lies beyond a factor of its interval."""
    subject, reference = comparison.subject, comparison.reference
    estimate, low, high = comparison.ratio, comparison.low, comparison.high
    at_least, at_most = ends
    if is_inverted:
        subject, reference = reference, subject
        estimate, low, high = 1 / estimate, 1 / high, 1 / low
        at_least, at_most = _inverse(at_most), _inverse(at_least)
    is_doubtful = comparison.verdict is Difference.INCONCLUSIVE
    return Evidence(
        subject=subject,
        reference=reference,
        scenario=comparison.scenario,
        metric=comparison.metric,
        unit=Unit.ONE,
        estimate=estimate,
        low=low,
        high=high,
        at_least=at_least,
        at_most=at_most,
        second=(low / factor, high * factor) if is_doubtful else None,
        is_doubtful=is_doubtful,
        is_calm=not is_doubtful,
    )


def _inverse(end: float | None) -> float | None:
    if end is None:
        return None
    return 1 / end if end else math.inf
