"""The data of each chart, as plain numbers in base units.

It comes from the results, and for the latency curves from the stored distributions, merged over all trials without a
failure. This module must not know how `plots` draws it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.metrics.catalogue import LATENCY_OPEN, connections_of
from harness.metrics.names import SAMPLES_BEYOND
from harness.model import Bound, LoadKind, Span
from harness.report.wording import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Result, Subject
    from harness.report.material import Material

_CURVE_POINTS = 121
_ROUNDING = 1e-9  # of a quantile
_LAST_NINES = 3.0  # the curve ends at p99.9


@dataclass(frozen=True, slots=True)
class Level:
    """A throughput at one level; with `is_floor` it is a lower bound, because the generator was the limit."""

    connections: int
    estimate: float
    low: float
    high: float
    is_floor: bool


@dataclass(frozen=True, slots=True)
class ThroughputLine:
    """A subject's throughput by connections; `place` is its index among the contestants, None for the ceiling."""

    name: str
    place: int | None
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile with its interval, in seconds."""

    quantile: float
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LatencyLine:
    """A subject's latency: a curve of (quantile, seconds) over all its requests, and its percentile results."""

    name: str
    place: int
    curve: tuple[tuple[float, float], ...]
    percentiles: tuple[Percentile, ...]


@dataclass(frozen=True, slots=True)
class LatencyPanel:
    """All contestants' latency at one arrival rate, and the null target's curve; empty if it was not driven."""

    rate_per_s: float
    lines: tuple[LatencyLine, ...]
    floor: tuple[tuple[float, float], ...] = ()


def nines(quantile: float) -> float:
    """Return a quantile's number of nines, its place on the axis: 1 for 0.9, 2 for 0.99."""
    return -math.log10(1 - quantile)


def throughput_lines(material: Material) -> tuple[ThroughputLine, ...]:
    """Return the headline scenario's throughput at each level, of all contestants and of the machine's ceiling."""
    contestants = enumerate(material.contestants)
    lines = [ThroughputLine(material.name_of(s), place, _levels(material, s)) for place, s in contestants]
    if material.ceiling is not None:
        lines.append(ThroughputLine("the machine's ceiling", None, _levels(material, material.ceiling)))
    return tuple(line for line in lines if line.levels)


def latency_panels(material: Material) -> tuple[LatencyPanel, ...]:
    """Return the headline scenario's latency, one panel for each rate of the profile with a measurement."""
    panels = []
    for rate_per_s in material.summary.run.plan.profile.open_rates_per_s:
        found = (
            LatencyLine(
                material.name_of(subject),
                place,
                _curve(_merged(material, subject, rate_per_s)),
                _percentiles(material, subject, rate_per_s),
            )
            for place, subject in enumerate(material.contestants)
        )
        lines = tuple(line for line in found if line.curve or line.percentiles)
        floor = _curve(_merged(material, material.ceiling, rate_per_s)) if material.ceiling else ()
        if lines:
            panels.append(LatencyPanel(rate_per_s, lines, floor))
    return tuple(panels)


def floor_at(panel: LatencyPanel, quantile: float) -> float | None:
    """Return the null target's latency at a quantile, in seconds; None beyond the end of its curve."""
    beyond = (value for at, value in panel.floor if at >= quantile - _ROUNDING)
    return next(beyond, None)


def _levels(material: Material, subject: Subject) -> tuple[Level, ...]:
    found = [
        Level(connections, *numbers, is_floor=result.bound is Bound.GENERATOR)
        for result in _of(material, subject)
        if (connections := connections_of(result.metric)) and (numbers := numbers_of(result))
    ]
    return tuple(sorted(found, key=lambda level: level.connections))


def _percentiles(material: Material, subject: Subject, rate_per_s: float) -> tuple[Percentile, ...]:
    found = [
        Percentile(at.quantile.share, *numbers)
        for result in _of(material, subject)
        if (at := LATENCY_OPEN.parameters(result.metric)) and at.quantile and at.rate_per_s == rate_per_s
        if (numbers := numbers_of(result))
    ]
    return tuple(sorted(found, key=lambda percentile: percentile.quantile))


def _of(material: Material, subject: Subject) -> Iterator[Result]:
    for result in material.summary.results:
        if result.subject == subject and result.scenario == material.headline:
            yield result


def numbers_of(result: Result) -> tuple[float, float, float] | None:
    """Return estimate and interval of a result; None if one of them is absent or not finite."""
    if scaled(result) is None or result.estimate is None or result.low is None or result.high is None:
        return None
    return result.estimate, result.low, result.high


def _merged(material: Material, subject: Subject, rate_per_s: float) -> Histogram:
    parts = (part for trial in material.sound_trials if trial.subject == subject for part in trial.distributions)
    return Histogram.from_texts(
        part.histogram
        for part in parts
        if part.load.kind is not LoadKind.CLOSED
        and part.load.share is None
        and part.load.rate_per_s == rate_per_s
        and part.span is Span.RESPONSE
        and part.scenario == material.headline
    )


def _curve(histogram: Histogram) -> tuple[tuple[float, float], ...]:
    """Return the quantile curve at equal steps of nines, up to the last quantile with enough samples beyond it."""
    if histogram.count <= SAMPLES_BEYOND:
        return ()
    end = min(_LAST_NINES, math.log10(histogram.count / SAMPLES_BEYOND))
    steps = (end * step / (_CURVE_POINTS - 1) for step in range(_CURVE_POINTS))
    return tuple(histogram.curve(1 - 10**-step for step in steps))
