"""Summary of a stored run: a result for each metric of each subject, and comparisons with the reference.

It is a pure function of the store: the same run always gives the same summary.

1. `series` collects the values of the trials, and `gates` the warnings about single trials.
2. Throughputs get their limits by the null target and by CPU time, peaks are picked, and the null target's share of
   starts is removed.
3. Latencies of open load get the null target's as their floor. CPU times of steps that were not kept up with go.
4. `verdicts` compares contestants with the reference, the headlines of the others with each other, and the control with
   its original. `ranking` orders the contestants by these headlines.
5. `memory_curves` joins the samples of memory of all trials of a contestant.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from harness.analysis.absent import no_interval, no_value
from harness.analysis.disturbance import kinds_in
from harness.analysis.floors import with_floors
from harness.analysis.gates import target_cpus
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import CONFIDENCE, log_t_interval
from harness.analysis.ladders import leave_out_overload, with_rates, with_slope_warnings
from harness.analysis.memory_curves import memory_curves
from harness.analysis.own_start import own_starts
from harness.analysis.ranking import rankings
from harness.analysis.series import Key, Series, collect, failed
from harness.analysis.trend import DRIFTS, drifts
from harness.analysis.undriven import undriven
from harness.analysis.verdicts import View, compare, controls
from harness.metrics.catalogue import CPU_PER_REQUEST, THROUGHPUT_PEAK, connections_of
from harness.model import Bound, Result, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.analysis.rulings import Control
    from harness.analysis.verdicts import Made, Pair
    from harness.model import Comparison, Plan, StoredRun

CEILING_TOO_NEAR = 0.8
_OTHER_CONTRACT = "no ceiling: the null target does not answer this contract"


def summarise(stored: StoredRun) -> Summary:
    """Return the results, the comparisons, the rankings and the noise floor of a run.

    The control's trials give only the noise floor.
    """
    [summary] = summarise_each(stored, [stored.run.plan.pairs])
    return summary


def summarise_each(stored: StoredRun, views: Iterable[Sequence[Pair]]) -> tuple[Summary, ...]:
    """Return a summary of the same run for each view of it: the pairs, subject and reference, that it compares.

    The headlines of all views are those of one family, that of all pairs of the run: no view claims what another takes
    back.
    """
    plan = stored.run.plan
    series = collect(stored)
    ceiling = _ceiling(plan, series)
    unknown = _why_no_ceiling(plan, series)
    for key, one in series.items():
        if (said := undriven(plan, key.metric, key.scenario)) is not None:
            one.warnings[said] = None
        if connections := connections_of(key.metric):
            if key.subject != plan.ceiling and plan.has_ceiling(key.subject, key.scenario):
                _apply_ceiling(ceiling.get(key.metric), connections, one)
                one.warnings |= dict.fromkeys(unknown.get(key.metric, ()))
            elif key.scenario in plan.contract_of(key.subject):
                one.warnings |= {_OTHER_CONTRACT: None}
            cost = series.get(replace(key, metric=CPU_PER_REQUEST.name(connections=connections)))
            one.most = _most_by_cpu_time(target_cpus(stored.run, key.subject), cost)
    leave_out_overload(series)
    series |= _peaks(series) | own_starts(plan, series)
    results = tuple(_result(key, one) for key, one in series.items() if key.subject != plan.control)
    known = controls(plan, series)
    floor = {metric: control.floor for metric, control in known.items()}
    results = with_slope_warnings(plan, with_floors(stored, with_rates(stored, results))) + tuple(_footprint(stored))
    over_null = _over_null(plan, series)
    whole = Summary(stored.run, results, (), floor, over_null, memory_curves=memory_curves(stored))
    made: Made = {}
    return tuple(_compared(whole, series, known, pairs, made) for pairs in views)


def _compared(
    whole: Summary,
    series: Mapping[Key, Series],
    known: Mapping[str, Control],
    pairs: Sequence[Pair],
    made: Made,
) -> Summary:
    """Return a summary with the comparisons of some pairs, and of the headlines of all other pairs."""
    plan = whole.run.plan
    shown = {frozenset(pair) for pair in pairs}
    every = (*plan.pairs, *((other, one) for one, other in combinations(plan.ranked, 2)))
    others = {frozenset(pair): pair for pair in every if frozenset(pair) not in shown}
    found = compare(plan, series, known, View(pairs, tuple(others.values()), made))
    compared = tuple(one for one in found if frozenset((one.subject, one.reference)) in shown)
    return replace(
        whole,
        comparisons=compared,
        among_others=found[len(compared) :],
        rankings=rankings(plan.ranked, headline_metrics(plan), found),
    )


def _over_null(plan: Plan, series: Mapping[Key, Series]) -> tuple[Comparison, ...]:
    """Return the reference's ratios to the null target. They are the yardstick of the reference between two runs.

    Whether the generator was the null target's limit does not matter: it is then the yardstick.
    """
    if plan.ceiling is None:
        return ()
    unbound = {key: replace(one, bounds=[]) if key.subject == plan.ceiling else one for key, one in series.items()}
    return compare(replace(plan, subjects=(plan.ceiling, plan.subjects[0]), against=None), unbound, {})


def _footprint(stored: StoredRun) -> Iterator[Result]:
    """Yield the footprint of every contestant's target: an exact number with one trial and an interval without width.

    A failed contestant has no number here either: the size of an app that answers wrongly is not comparable.
    """
    reasons = failed(stored)
    for subject in stored.run.plan.subjects:
        for found in stored.run.footprint:
            if found.target != subject.target:
                continue
            absent = Result(subject, None, found.metric, found.unit, trials=1, confidence=1.0, reason="not measured")
            reason = reasons.get(subject) or no_value(found.value)
            if reason is not None:
                yield replace(absent, trials=0, reason=reason)
            else:
                number = found.value
                yield replace(absent, estimate=number, low=number, high=number, reason=None, detail=found.evidence)


def _ceiling(plan: Plan, series: Mapping[Key, Series]) -> dict[str, float]:
    """Return the null target's throughput at each level, by metric."""
    return {
        key.metric: log_t_interval(one.in_blocks()).estimate
        for key, one in series.items()
        if key.subject == plan.ceiling and connections_of(key.metric) and one.is_sound()
    }


def _why_no_ceiling(plan: Plan, series: Mapping[Key, Series]) -> dict[str, tuple[str]]:
    """Return a warning for each level at which the null target has no throughput, by metric."""
    return {
        key.metric: (f"no ceiling: {reason}",)
        for key, one in series.items()
        if key.subject == plan.ceiling and connections_of(key.metric) and (reason := one.absence()) is not None
    }


def _apply_ceiling(ceiling: float | None, connections: int, series: Series) -> None:
    """Set a throughput's share of the ceiling; near the ceiling, set the bound *generator*.

    Over one connection the null target's number is a round trip too, so a number near it is not the generator's limit.
    """
    if ceiling is None or not series.is_sound():
        return
    series.ceiling_share = log_t_interval(series.in_blocks()).estimate / ceiling
    if series.ceiling_share > CEILING_TOO_NEAR and connections > 1:
        series.bounds = [Bound.GENERATOR] * len(series.bounds)


def _most_by_cpu_time(cpus: int | None, cost: Series | None) -> dict[int, float]:
    """Return the most answers per second by the utilisation law, by block: the CPUs over the CPU time per request."""
    return {block: cpus / cost_s for block, cost_s in cost.values().items()} if cpus and cost is not None else {}


def _result(key: Key, series: Series) -> Result:
    values = series.in_blocks()
    result = Result(key.subject, key.scenario, key.metric, series.unit, len(values), CONFIDENCE, reason="not measured")
    reason = series.absence()
    if reason is not None:
        return replace(result, reason=reason)
    interval = series.interval()
    found = replace(
        result,
        estimate=interval.estimate,
        low=interval.low,
        high=interval.high,
        bound=series.bound(),
        warnings=(*series.all_warnings(), *([DRIFTS] if drifts(values, interval) else [])),
        reason=None,
        detail=series.detail,
        ceiling_share=series.ceiling_share,
        steadiness=series.least_steady(),
        blocks=series.of_each_block(),
        at_most=_at_most(series) if series.is_open() else None,
    )
    return _with_clean(found, series) if series.flagged else found


def _at_most(series: Series) -> float | None:
    """Return the upper end of the interval of the most that the target can do; None if a block has no such number."""
    headroom = series.headroom()
    most = [value * headroom[block] for block, value in series.values().items()]
    return log_t_interval(most).high if no_interval(most) is None else None


def _with_clean(result: Result, series: Series) -> Result:
    """Return a result with its disturbances, and the estimate and the interval of its undisturbed trials, added."""
    blocks = series.clean_blocks()
    result = replace(result, disturbances=tuple(kinds_in(series.flagged)))
    if no_interval(list(series.values(blocks).values())) is not None:
        return replace(result, clean_trials=len(blocks))
    clean = series.interval(blocks)
    return replace(
        result, clean_trials=len(blocks), clean_estimate=clean.estimate, clean_low=clean.low, clean_high=clean.high
    )


def _peaks(series: Mapping[Key, Series]) -> dict[Key, Series]:
    """Return, for each subject, the series of the level with the largest throughput, under the name of the peak.

    The level is picked by its estimate, so the peak is slightly too high if levels are close: noise adds to the largest
    of several values.
    """
    levels: dict[Key, dict[int, Series]] = defaultdict(dict)
    for key, one in series.items():
        if connections := connections_of(key.metric):
            levels[replace(key, metric=THROUGHPUT_PEAK.name())][connections] = one
    return {key: _peak(of_level) for key, of_level in levels.items() if len(of_level) > 1}


def _peak(levels: Mapping[int, Series]) -> Series:
    sound = {level: one for level, one in levels.items() if one.is_sound()}
    if not sound:
        return next(iter(levels.values()))
    top = max(sound, key=lambda level: log_t_interval(sound[level].in_blocks()).estimate)
    missing = [str(level) for level in levels if level not in sound]
    at = f"there is no number at {', '.join(missing)} connections, so the peak may lie there"
    warnings = {at: None} if missing else {}
    return replace(sound[top], detail=f"at {top} connections", warnings=sound[top].warnings | warnings)
