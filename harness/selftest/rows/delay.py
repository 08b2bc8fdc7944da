"""Check the generator's latencies against a known server time, from 0 to 100 ms.

A line is fitted through the latency read over the server's time. The slope is the generator's scale. The intercept is
the cost of the network path. The residuals are the errors that remain.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.histogram import Histogram
from harness.model import Load, LoadKind, Span
from harness.selftest.behaviours import Delayed
from harness.selftest.checks import Check, Findings, Row
from harness.selftest.yardstick import bare_loops
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import SliceResult
    from harness.selftest.rig import Lab
    from harness.selftest.truth import Truth

DELAYS_MS = (0, 1, 5, 20, 100)
SLOPE_LIMIT = 0.005
INTERCEPT_LIMIT_S = 0.3e-3
RESIDUAL_LIMIT_S = 50e-6
_LOAD = Load(LoadKind.POISSON, 64, 100.0)  # constant arrivals would coincide with the answers after 20 ms and 100 ms
_ROUNDS = 3
_SLICE_S = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The medians of one delay: the time that the server spent, and the latency that the generator read."""

    delay_ms: float
    true_s: float
    read_s: float


def judge(span: Span, readings: Sequence[Reading]) -> tuple[Check, ...]:
    """Fit a line through the readings, and check slope, intercept and every residual against their limits."""
    slope, intercept_s = map(float, np.polyfit([r.true_s for r in readings], [r.read_s for r in readings], 1))
    residuals = [
        Check(
            f"{span}: residual at {reading.delay_ms:g} ms",
            0.0,
            reading.read_s - (slope * reading.true_s + intercept_s),
            RESIDUAL_LIMIT_S,
            Unit.SECOND,
        )
        for reading in readings
    ]
    return (
        Check(f"{span}: slope", 1.0, slope, SLOPE_LIMIT),
        Check(f"{span}: intercept", 0.0, intercept_s, INTERCEPT_LIMIT_S, Unit.SECOND),
        *residuals,
    )


def readings_of(span: Span, driven: Sequence[tuple[float, SliceResult, Truth]]) -> list[Reading]:
    """Merge the slices of each delay, and return the medians.

    Args:
        span: The generator's histogram to read.
        driven: For each slice its delay in ms, the generator's result and the server's record.
    """
    readings = []
    for delay_ms in sorted({delay for delay, _, _ in driven}):
        of_delay = [(result, truth) for delay, result, truth in driven if delay == delay_ms]
        read = Histogram.from_texts(
            result.response if span is Span.RESPONSE else result.service for result, _ in of_delay
        )
        dwell_ns = np.concatenate([truth.dwell_ns for _, truth in of_delay])
        read_s = read.quantile_s(0.5) if read.count else float("nan")
        readings.append(Reading(delay_ms, float(np.median(dwell_ns)) / 1e9, read_s))
    return readings


def run(lab: Lab) -> Findings:
    """Drive every delay in turn, several times in random order."""
    order = list(DELAYS_MS) * _ROUNDS
    random.Random(lab.seed).shuffle(order)  # noqa: S311 - an order of slices, no secret
    with bare_loops(lab) as bare, lab.rig() as rig:
        driven = [
            (delay_ms, *rig.drive(Delayed(delay_ms * 1_000_000), rig.order(_LOAD, _SLICE_S, number=number)))
            for number, delay_ms in enumerate(order)
        ]
        neighbours = rig.neighbours.in_words()
    spans = (Span.RESPONSE, Span.SERVICE)
    return Findings(
        tuple(check for span in spans for check in judge(span, readings_of(span, driven))),
        f"The generator's medians over the medians of the server's own stamps; open load of {_LOAD.rate_per_s:g}/s."
        f"{neighbours}",
        bare.checks({"p50": RESIDUAL_LIMIT_S}),
    )


ROW = Row("delay", run)
