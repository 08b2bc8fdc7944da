"""Series: the values of all trials of a run for one metric of one subject, by block.

This module decides which values count and which results have no number; it does not know comparisons.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.absent import no_interval, no_value
from harness.analysis.disturbance import in_words, touching
from harness.analysis.gates import Notices, cycles_of
from harness.analysis.intervals import log_t_interval
from harness.analysis.latencies import latencies, pooled_metrics
from harness.analysis.laws import lawless, left_waiting
from harness.analysis.outlasting import outlasted
from harness.analysis.paced import CountedRate, complaints_in_words, count_of, detail_of, remarks
from harness.analysis.pairing import batch_of, round_rates
from harness.analysis.percentiles import Pooled
from harness.analysis.steady import steadiness
from harness.histogram import Histogram
from harness.measure.capacity import troubles
from harness.metrics.catalogue import (
    LATENCY_CLOSED,
    LATENCY_CLOSED_MEAN,
    PACED_RATE,
    THROUGHPUT,
    connections_of,
    parse,
)
from harness.metrics.names import natural
from harness.model import Absence, Bound, LoadKind, Measurement, Steadiness, StoredRun, Subject, by_load
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from harness.analysis.intervals import Interval
    from harness.analysis.latencies import Estimator, Latency
    from harness.analysis.laws import Cycles
    from harness.analysis.pairing import Batch
    from harness.model import DrivenSlice, Flag, FlagKind, Load, Plan, Trial
    from harness.units import Unit

NOT_STEADY = "not steady"
GENERATOR_LIMITED = "the generator was the limit"


@dataclass(frozen=True, slots=True)
class Key:
    """The subject, the scenario and the metric of one result."""

    subject: Subject
    scenario: str | None
    metric: str


@dataclass(slots=True)
class Series:
    """The values of all trials of a run for one key, by block, and the reasons for missing numbers.

    Attributes:
        unit: The unit of the values.
        by_block: The values of each block.
        bounds: The bounds of the values.
        warnings: The warnings of the values, without repetitions.
        reasons: The reasons why the result has no number.
        absences: The reasons of single trials, each with their blocks.
        detail: A detail of the result, such as the level of a peak.
        ceiling_share: The throughput over the null target's at the same level.
        batch: The batch of its slices; only for a throughput.
        rounds: The rates of its rounds, by block, NaN for a round without one; only for a throughput.
        flagged: The kinds of the disturbances that can change this metric, by disturbed block.
        most: The most that the target can do by its CPU time per request, by block.
        notices: The warnings about single trials, each with its number of trials.
        estimator: The estimator of a latency from the durations pooled over blocks, or of a paced rate from the counts
            of blocks; None for all other metrics.
        steadiness: How many trials are steady, not steady, or not testable; only for a throughput.
        cycles: The cycles of its connections, by block; only for a throughput.
    """

    unit: Unit
    by_block: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    bounds: list[Bound] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    absences: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    detail: str | None = None
    ceiling_share: float | None = None
    batch: Batch | None = None
    rounds: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    flagged: dict[int, tuple[FlagKind, ...]] = field(default_factory=dict)
    most: dict[int, float] = field(default_factory=dict)
    notices: Counter[str] = field(default_factory=Counter)
    estimator: Estimator | CountedRate | None = None
    steadiness: Counter[Steadiness] = field(default_factory=Counter)
    cycles: dict[int, Cycles] = field(default_factory=dict)

    def is_sound(self) -> bool:
        """Return whether the series gives a number."""
        return self.absence() is None

    def absence(self) -> str | None:
        """Return why the series gives no number; None if it gives one."""
        reasons = "; ".join(dict.fromkeys(self.reasons))
        if reasons or isinstance(self.estimator, CountedRate):  # one block is enough for a count
            return reasons or None
        return no_interval(self.in_blocks())

    def in_blocks(self) -> list[float]:
        """Return one value per block, in the order of blocks."""
        return list(self.values().values())

    def values(self, blocks: Collection[int] | None = None) -> dict[int, float]:
        """Return one value for each of these blocks, or for all: the mean if a trial has several, as for cold starts.

        A value of a pooled latency depends on the other blocks of the pool; see `percentiles`.
        """
        if self.estimator is not None:
            pooled = self.estimator.over(blocks)
            return dict(pooled.by_block) if isinstance(pooled, Pooled) else {}
        return {
            block: sum(values) / len(values)
            for block, values in sorted(self.by_block.items())
            if blocks is None or block in blocks
        }

    def of_each_block(self) -> Mapping[int, float]:
        """Return the own value of each block: of a pooled latency, the block's own percentile where it has one."""
        return self.values() if self.estimator is None else self.estimator.of_each_block

    def interval(self, blocks: Collection[int] | None = None) -> Interval:
        """Return the estimate over these blocks, or over all, and its interval; there must be one."""
        pooled = self.estimator.over(blocks) if self.estimator is not None else None
        return pooled.interval if isinstance(pooled, Pooled) else log_t_interval(list(self.values(blocks).values()))

    def clean_blocks(self) -> list[int]:
        """Return the blocks without a disturbed trial."""
        return [block for block in self.by_block if block not in self.flagged]

    def bound(self) -> Bound | None:
        """Return the bound of the number: the generator if it is the bound of any trial, else the most frequent bound.

        A mean is a lower bound if one of its values is. If others are equally frequent, the bound is the one that
        claims less.
        """
        counts = Counter(self.bounds)
        if counts[Bound.GENERATOR]:
            return Bound.GENERATOR
        others = (Bound.NEITHER, Bound.ROUND_TRIP, Bound.TARGET)
        return max(others, key=counts.__getitem__) if counts else None

    def least_steady(self) -> Steadiness | None:
        """Return the worst steadiness of all trials: not steady, not testable, steady. None without rounds."""
        order = (Steadiness.NOT_STEADY, Steadiness.NOT_TESTABLE, Steadiness.STEADY)
        return next((one for one in order if self.steadiness[one]), None)

    def is_open(self) -> bool:
        """Return whether the number is a lower bound of what the target can do."""
        return self.bound() is Bound.GENERATOR

    def headroom(self) -> dict[int, float]:
        """Return the most that the target can do over its value, by block, at least 1; infinite if it is unknown."""
        return {block: max(1.0, self.most.get(block, math.inf) / value) for block, value in self.values().items()}

    def all_warnings(self) -> tuple[str, ...]:
        """Return the warnings of the values, then the warnings with their numbers of trials."""
        trials = len(self.by_block)
        notices = [(NOT_STEADY, self.steadiness[Steadiness.NOT_STEADY]), *sorted(self.notices.items())]
        said = [f"{notice} in {part_of(count, trials, 'trial')}" for notice, count in notices if count]
        limited = self.bounds.count(Bound.GENERATOR)
        if 0 < limited < trials:
            said.append(f"{GENERATOR_LIMITED} in {part_of(limited, trials, 'trial')}")
        if self.flagged:
            said.append(in_words(self.flagged, trials))
        return (*self.warnings, *said)


def collect(stored: StoredRun) -> dict[Key, Series]:
    """Return the series of all numbers and absences of a run, in the order of its plan, the control last."""
    series: dict[Key, Series] = {}
    decode = cache(Histogram.from_text)  # cycles and latencies need the same histograms, and only here
    notices = Notices(stored.run)
    for trial in stored.trials:
        rates = round_rates(trial.slices) if trial.failure is None else {}
        noticed = notices.of(trial) if rates else {}
        all_found: tuple[Measurement | Absence, ...] = (*trial.measurements, *trial.absences)
        pooled = pooled_metrics(trial)
        for found in all_found:
            if (found.scenario, found.metric) in pooled:
                continue
            one = series.setdefault(Key(trial.subject, found.scenario, found.metric), Series(found.unit))
            if trial.failure is None:
                _add(one, found, trial)
        for batch, of_batch in rates.items():
            _add_rounds(series.get(Key(trial.subject, *batch)), trial.block, batch, of_batch, noticed.get(batch, ()))
        for batch, of_load in (cycles_of(trial, decode) if trial.failure is None else {}).items():
            series[Key(trial.subject, *batch)].cycles[trial.block] = of_load
    _add_troubles(stored, series)
    _add_paced(stored, series)
    for one in series.values():
        one.reasons += _reasons_of(one)
    flags = {(one.subject, one.block): one.flags for one in stored.trials}
    for latency in latencies(stored, decode):
        key = Key(latency.subject, latency.scenario, latency.metric)
        _add_pooled(series.setdefault(key, Series(latency.unit)), latency, flags)
    _remove_lawless(series)
    _add_waiting(series)
    _remove_failed(stored, series)
    place = _place(stored.run.plan)
    return {key: series[key] for key in sorted(series, key=place)}


def _add(series: Series, found: Measurement | Absence, trial: Trial) -> None:
    if isinstance(found, Absence):
        series.absences[found.reason].append(trial.block)
    elif (reason := no_value(found.value)) is not None:
        series.absences[reason].append(trial.block)
    else:
        series.by_block[trial.block].append(found.value)
        series.warnings |= dict.fromkeys(found.warnings)
        if found.bound:
            series.bounds.append(_bound(found.metric, found.bound))
        if kinds := touching(found.metric, trial.flags):
            series.flagged[trial.block] = kinds
        if connections_of(found.metric):
            series.notices.update(trial.notes)


def _reasons_of(series: Series) -> Iterator[str]:
    """Yield the reasons of single trials; one that does not hold in all of them names its blocks."""
    everywhere = {*series.by_block, *chain.from_iterable(series.absences.values())}
    for reason, blocks in series.absences.items():
        numbers = [str(block + 1) for block in dict.fromkeys(blocks)]
        where = f"{'block' if len(numbers) == 1 else 'blocks'} {', '.join(numbers)}: "
        yield reason if len(numbers) == len(everywhere) else where + reason


def _bound(metric: str, stored: Bound) -> Bound:
    """Return the bound of a throughput; over one connection only the target can be busy without a pause."""
    return Bound.ROUND_TRIP if connections_of(metric) == 1 and stored is not Bound.TARGET else stored


def _add_pooled(series: Series, latency: Latency, flags: Mapping[tuple[Subject, int], tuple[Flag, ...]]) -> None:
    """Add a latency that is estimated from all blocks together."""
    series.estimator = latency.estimator
    series.reasons += latency.reasons
    series.warnings |= dict.fromkeys(latency.warnings)
    pooled = latency.estimator.over()
    if isinstance(pooled, str):
        series.reasons += () if latency.reasons else (pooled,)
        return
    series.warnings |= dict.fromkeys(filter(None, [latency.estimator.warning(pooled)]))
    for block, value in pooled.by_block.items():
        series.by_block[block] = [value]
        if kinds := touching(latency.metric, flags[latency.subject, block]):
            series.flagged[block] = kinds


def _add_rounds(
    series: Series | None, block: int, batch: Batch, rates: NDArray[np.float64], noticed: tuple[str, ...]
) -> None:
    if series is None or block not in series.by_block:
        return  # the throughput has no number, so its rates do not count either
    series.batch = batch
    series.rounds[block] = rates
    series.notices.update(noticed)
    series.steadiness[steadiness(rates[~np.isnan(rates)])] += 1


def _add_troubles(stored: StoredRun, series: Mapping[Key, Series]) -> None:
    """Add what happened to requests, over all trials, to the throughputs."""
    slices: dict[tuple[Subject, str, Load], list[DrivenSlice]] = defaultdict(list)
    for trial in stored.trials:
        for (scenario, load), of_load in by_load(trial.slices).items():
            if load.kind is LoadKind.CLOSED:
                slices[trial.subject, scenario, load] += of_load
    for (subject, scenario, load), of_key in slices.items():
        key = Key(subject, *batch_of(scenario, load))
        if key in series:
            said = (*troubles(of_key), *complaints_in_words(of_key), *filter(None, [outlasted(of_key)]))
            series[key].warnings |= dict.fromkeys(said)


def _add_paced(stored: StoredRun, series: Mapping[Key, Series]) -> None:
    """Add the counts of paced users to their rates, and what happened to their requests."""
    driven: dict[Key, dict[int, list[DrivenSlice]]] = defaultdict(lambda: defaultdict(list))
    for trial in stored.trials:
        for one in trial.slices if trial.failure is None else ():
            if one.plan.load.kind is LoadKind.PACED:
                metric = PACED_RATE.name(users=one.plan.load.connections)
                driven[Key(trial.subject, one.plan.scenario, metric)][trial.block].append(one)
    for key, by_block in driven.items():
        of_key = series.get(key)
        if of_key is None:  # neither a number nor an absence
            continue
        counted = {block: count_of(slices) for block, slices in by_block.items() if block in of_key.by_block}
        of_key.estimator, of_key.detail = CountedRate(counted), detail_of(by_block)
        of_key.warnings |= dict.fromkeys(remarks([one for slices in by_block.values() for one in slices]))
        pooled = of_key.estimator.over()
        if isinstance(pooled, str) and not of_key.absences:
            of_key.reasons.append(pooled)


def _place(plan: Plan) -> Callable[[Key], tuple[int, int, tuple[str | int, ...]]]:
    order = {subject: place for place, subject in enumerate(plan.all_subjects)}
    scenarios = {name: place for place, name in enumerate(plan.scenarios)}
    return lambda key: (order[key.subject], scenarios.get(key.scenario or "", -1), natural(key.metric))


def failed(stored: StoredRun) -> dict[Subject, str]:
    """Return the failed subjects of a run, each with the block and the stage of its failure in words."""
    where = {failure.subject: f"the target failed ({failure.stage})" for failure in stored.run.failures}
    for trial in stored.trials:
        if trial.failure:
            where[trial.subject] = f"block {trial.block + 1}: the target failed ({trial.failure.stage})"
    return where


def _remove_lawless(series: Mapping[Key, Series]) -> None:
    """Remove the throughputs and closed-load latencies of the loads that break Little's law: each gets the reason."""
    cycles = {
        (key.subject, key.scenario, connections): list(one.cycles.values())
        for key, one in series.items()
        if one.cycles and (connections := connections_of(key.metric))
    }
    rates, times = lawless(cycles)
    reasons = {THROUGHPUT: rates, LATENCY_CLOSED: times, LATENCY_CLOSED_MEAN: times}
    for key, one in series.items():
        named = parse(key.metric)
        if named and named.metric in reasons:
            load = key.subject, key.scenario, named.parameters.connections or 0
            one.reasons += filter(None, [reasons[named.metric].get(load)])


def _add_waiting(series: Mapping[Key, Series]) -> None:
    """Add to the throughputs how many connections were served, where others waited for whole slices."""
    for one in series.values():
        if one.cycles and not one.reasons and (said := left_waiting(list(one.cycles.values()))):
            one.warnings[said] = None


def _remove_failed(stored: StoredRun, series: dict[Key, Series]) -> None:
    """Remove all results of a failed target: each metric that it or the other contestants have gets the reason."""
    units: Mapping[str, Unit] = {key.metric: one.unit for key, one in series.items()}
    contestants = stored.run.plan.subjects
    for subject, reason in failed(stored).items():
        peers = contestants if subject in contestants else (subject,)
        for key in [replace(key, subject=subject) for key in series if key.subject in peers]:
            series.setdefault(key, Series(units[key.metric])).reasons.append(reason)
