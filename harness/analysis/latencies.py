"""Latencies of a stored run: the loads of each subject, pooled over its blocks, with the reasons against a number.

A trial stores one distribution of each load, and the counts of its slices. A load has its percentiles from the response
times (open load) or from the times from send to answer (closed and paced load); these two have a mean too. This module
knows neither comparisons nor results.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.few_samples import dependence, lone_request
from harness.analysis.keeping_up import NEAR_PEAK, NOTHING_DUE, Achieved, Alone, Offer, achieved, late_blocks, overload
from harness.analysis.percentile_ratios import ratio, ratio_at_gap
from harness.analysis.percentiles import Pool, Pooled, mean, mixture_of, own_values, percentile, pool
from harness.histogram import Histogram
from harness.measure.capacity import MOST_ERRORS, too_many_errors, troubles
from harness.measure.ladder import peak_of, warnings_about
from harness.measure.soundness import flags_of_lateness, flags_of_tail
from harness.metrics.catalogue import (
    LATENCY_CLOSED,
    LATENCY_CLOSED_MEAN,
    LATENCY_OPEN,
    LATENCY_OWN_RATE,
    PACED_LATENCY,
    PACED_LATENCY_MEAN,
    THROUGHPUT,
    parse,
)
from harness.metrics.names import PERCENTILES, Pattern, Quantile
from harness.model import Bound, LoadKind, Span, by_load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from harness.analysis.intervals import Interval
    from harness.analysis.unlike_blocks import Mixture
    from harness.model import Distribution, DrivenSlice, Load, StoredRun, Subject, Trial
    from harness.units import Unit

GENERATOR_LIMITED = "the generator was the limit at this level: its own delay is part of the times"
DEPENDS_ON_LENGTH = f"above {NEAR_PEAK:.0%} of its largest throughput, response times depend on the length of slices"
_ALONE = LATENCY_CLOSED.name(connections=1, quantile=Quantile.P50)


@dataclass(frozen=True, slots=True)
class Estimator:
    """The estimator of one metric of a load: a percentile of its pool, or the mean. It computes an estimate once.

    Attributes:
        of_each_block: The own number of each block; few blocks have enough samples for a high percentile.
    """

    pool: Pool
    quantile: Quantile | None
    of_each_block: Mapping[int, float]
    _known: dict[frozenset[int], Pooled | str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, pool: Pool, quantile: Quantile | None) -> Estimator:
        """Return the estimator of a percentile, or of the mean for None; it has the estimate over all blocks."""
        estimator = cls(pool, quantile, own_values(pool, quantile))
        estimator.over()
        return estimator

    def over(self, blocks: Collection[int] | None = None) -> Pooled | str:
        """Return the estimate over some blocks, or over all; if there is none, return the reason."""
        everything = frozenset(self.pool.blocks)
        kept = everything if blocks is None else everything.intersection(blocks)
        if kept not in self._known:
            of = _part(self.pool, kept)
            self._known[kept] = mean(of) if self.quantile is None else percentile(of, self.quantile)
        return self._known[kept]

    def ratio(self, other: Estimator, blocks: Collection[int]) -> Interval | None:
        """Return the ratio to another target's estimate over common blocks, if one rests on little or lies at a gap.

        Elsewhere it is None: the values of the blocks tell the ratio and its interval.
        """
        mine, theirs = self.over(blocks), other.over(blocks)
        if isinstance(mine, str) or isinstance(theirs, str):
            return None
        if not (mine.is_nearly_open or theirs.is_nearly_open):
            return ratio_at_gap(mine, theirs)
        return ratio((mine, theirs), (self._mixture(mine), other._mixture(theirs)))

    def _mixture(self, of: Pooled) -> Mixture | None:
        if self.quantile is None or of.is_nearly_open:
            return of.mixture
        return mixture_of(_part(self.pool, frozenset(of.by_block)), self.quantile)

    def warning(self, pooled: Pooled) -> str | None:
        """Return the warning about the estimate over all blocks if few samples decide; None if enough do."""
        return lone_request(self.pool, pooled) if self.quantile is None else dependence(pooled, self.quantile)


@lru_cache(maxsize=1)
def _part(pool: Pool, blocks: frozenset[int]) -> Pool:
    """Return the pool of some blocks; the percentiles of a load, one after the other, share it."""
    return pool.over(blocks)


@dataclass(frozen=True, slots=True)
class Latency:
    """One latency metric of one subject in a run.

    Attributes:
        reasons: The reasons against a number, apart from those of its estimator.
    """

    subject: Subject
    scenario: str
    metric: str
    unit: Unit
    estimator: Estimator
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]


class _Of(NamedTuple):
    """A scenario under a load, with the latency metric of this load as the name of its median."""

    scenario: str
    load: Load
    name: str


@dataclass(slots=True)
class _Driven:
    """What the trials of one subject say of one load, by block."""

    histograms: dict[int, Histogram] = field(default_factory=dict)
    slices: dict[int, list[DrivenSlice]] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)
    lateness: Histogram = field(default_factory=Histogram)
    is_open: bool = True
    near_peak: list[bool] = field(default_factory=list)


def latencies(stored: StoredRun, decode: Callable[[str], Histogram] = Histogram.from_text) -> Iterator[Latency]:
    """Yield all latencies of a run by its stored distributions; a trial that failed does not count.

    Args:
        stored: The run.
        decode: Reads a stored histogram.
    """
    driven: dict[tuple[Subject, str, str], list[tuple[Trial, _Of, list[DrivenSlice]]]] = {}
    timed = {(of.scenario, _name_of(of.load)) for trial in stored.trials for of in trial.distributions}
    for trial in stored.trials:
        for of, slices in _loads(trial).items() if trial.failure is None else ():
            if trial.distributions or (of.scenario, of.name) in timed:
                driven.setdefault((trial.subject, of.scenario, of.name), []).append((trial, of, slices))
    for (subject, scenario, name), parts in driven.items():
        alone = driven.get((subject, scenario, _ALONE), []) if parts[0][1].load.is_open else []
        yield from _of_load(subject, scenario, name, _together(parts, decode), _alone(alone, decode))


def pooled_metrics(trial: Trial) -> frozenset[tuple[str, str]]:
    """Return scenario and metric of all latencies of which a trial stores a distribution."""
    names = {(of.scenario, _name_of(of.load)) for of in trial.distributions}
    return frozenset((scenario, metric) for scenario, name in names for metric, _, _ in _metrics(name))


def _name_of(load: Load) -> str:
    if load.kind is LoadKind.CLOSED:
        return LATENCY_CLOSED.name(connections=load.connections, quantile=Quantile.P50)
    if load.kind is LoadKind.PACED:
        return PACED_LATENCY.name(users=load.connections, quantile=Quantile.P50)
    metric = LATENCY_OPEN if load.share is None else LATENCY_OWN_RATE
    return metric.name(rate_per_s=load.rate_per_s, share=load.share, quantile=Quantile.P50)


def _loads(trial: Trial) -> dict[_Of, list[DrivenSlice]]:
    """Return the loads of a trial with their slices; one of which no request gave a time has no distribution."""
    loads = by_load(trial.slices)
    for of in trial.distributions:
        loads.setdefault((of.scenario, of.load), [])
    return {_Of(scenario, load, _name_of(load)): slices for (scenario, load), slices in loads.items()}


def _together(parts: list[tuple[Trial, _Of, list[DrivenSlice]]], decode: Callable[[str], Histogram]) -> _Driven:
    driven = _Driven()
    for trial, of, slices in parts:
        _add(driven, trial, of, decode)
        driven.slices[trial.block] = slices
        driven.near_peak.append(_is_near_peak(trial, of))
    return driven


def _is_near_peak(trial: Trial, of: _Of) -> bool:
    peak = peak_of(trial.measurements, of.scenario)
    if peak is None or peak.bound is not Bound.TARGET or of.load.rate_per_s is None:
        return False
    return of.load.rate_per_s > NEAR_PEAK * peak.value


def _alone(alone: list[tuple[Trial, _Of, list[DrivenSlice]]], decode: Callable[[str], Histogram]) -> Histogram:
    """Return the times of all answers over one connection."""
    return Histogram.total(
        decode(one.histogram)
        for trial, of, _ in alone
        for one in trial.distributions
        if (one.scenario, one.load, one.span) == (of.scenario, of.load, Span.SERVICE)
    )


def _add(driven: _Driven, trial: Trial, of: _Of, decode: Callable[[str], Histogram]) -> None:
    driven.is_open = of.load.is_open
    counted = Span.RESPONSE if driven.is_open else Span.SERVICE
    driven.histograms[trial.block] = Histogram()
    for found in trial.distributions:
        if (found.scenario, found.load) != (of.scenario, of.load):
            continue
        if found.span is counted:
            driven.histograms[trial.block] = decode(found.histogram)
            driven.warnings |= dict.fromkeys(_warnings(trial, found))
        elif found.span is Span.LATENESS:
            lateness = decode(found.histogram)
            driven.lateness.add(lateness)
            driven.warnings |= dict.fromkeys(flags_of_lateness(lateness))


def _warnings(trial: Trial, of: Distribution) -> Iterator[str]:
    if of.load.share is not None:
        yield from warnings_about(peak_of(trial.measurements, of.scenario), of.load.share)
    if of.load.kind is LoadKind.CLOSED:
        rate = of.scenario, THROUGHPUT.name(connections=of.load.connections)
        bounds = {(one.scenario, one.metric): one.bound for one in trial.measurements}
        if bounds.get(rate) is Bound.GENERATOR:
            yield GENERATOR_LIMITED


def _of_load(subject: Subject, scenario: str, name: str, driven: _Driven, alone: Histogram) -> Iterator[Latency]:
    pooled, slices = pool(driven.histograms), [one for of_block in driven.slices.values() for one in of_block]
    reasons, warnings = [too_many_errors(slices)], [*driven.warnings, *troubles(slices)]
    if driven.is_open and slices:
        offer = _offer(slices, alone)
        of_blocks = list(_achieved(driven, offer.alone))
        reasons.insert(0, overload(of_blocks, offer) if of_blocks else NOTHING_DUE)
        warnings += filter(None, [late_blocks(of_blocks, offer.alone)])
        warnings += [DEPENDS_ON_LENGTH] if 2 * sum(driven.near_peak) > len(driven.near_peak) else []
    known = tuple(reason for reason in reasons if reason)
    for metric, unit, quantile in _metrics(name):
        of_tail = _of_tail(driven) if quantile is Quantile.P999 else ()
        against = known or tuple(filter(None, [too_many_errors(slices, _allowed(quantile))]))
        estimator = Estimator.of(pooled, quantile)
        yield Latency(subject, scenario, metric, unit, estimator, against, (*warnings, *of_tail))
    pooled.forget()


def _allowed(quantile: Quantile | None) -> float:
    """Return the share of failed requests that leaves a percentile, or the mean, as it is: a tenth of what is above."""
    above = MOST_ERRORS if quantile is None else 1 - quantile.share
    return min(MOST_ERRORS, above / 10)


def _of_tail(driven: _Driven) -> tuple[str, ...]:
    return flags_of_tail(Histogram.total(driven.histograms.values()), driven.lateness)


def _achieved(driven: _Driven, alone: Alone | None) -> Iterator[Achieved]:
    for block, slices in driven.slices.items():
        if slices and (of_block := achieved(slices, driven.histograms[block], alone)) is not None:
            yield of_block


def _offer(slices: Sequence[DrivenSlice], alone: Histogram) -> Offer:
    loads = [one.plan.load for one in slices]
    rate_per_s = statistics.fmean(one.rate_per_s for one in loads if one.rate_per_s)
    shortest_s = None if alone.min_ns is None else alone.min_ns / 1e9
    return Offer(rate_per_s, max(one.connections for one in loads), shortest_s, Alone.of(alone))


def _metrics(name: str) -> Iterator[tuple[str, Unit, Quantile | None]]:
    """Yield the metrics of a load, from the name of its median: metric, unit and percentile, None for the mean."""
    named = parse(name)
    if named is None:
        return
    pattern, unit = Pattern(named.metric.pattern), named.metric.unit
    for quantile in PERCENTILES:
        metric = pattern.build(replace(named.parameters, quantile=quantile))
        if metric is not None:
            yield metric, unit, quantile
    if named.metric is LATENCY_CLOSED:
        yield LATENCY_CLOSED_MEAN.name(connections=named.parameters.connections), LATENCY_CLOSED_MEAN.unit, None
    if named.metric is PACED_LATENCY:
        yield PACED_LATENCY_MEAN.name(users=named.parameters.users), PACED_LATENCY_MEAN.unit, None
