"""CPU time that a request is known to cost is what the kernel's counters are read to say that it costs.

The calibration target spins for 200, 500 and 1,000 µs of its thread's CPU time a request, in a child of its first
process. What a request costs beyond the spin is the same at each, so the slope of what was read over what was spent is
the counters' scale. In the negative control the calibration target sleeps as long: whoever reads the time that passes,
and not the time that is used, finds a slope of 1 there as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.measure.capacity import capacity
from harness.model import DrivenSlice, Load, LoadKind, Measurement, Slice
from harness.selftest.calibration import CalibrationBench, on_every_runtime, tell
from harness.selftest.checks import Check, Findings, Row, exactly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.load.generator import Generator
    from harness.runtime.base import Instance
    from harness.selftest.rig import Lab

COSTS_US = (200, 500, 1000)
SLOPE_LIMIT = 0.01
NEGATIVE_CONTROL_LIMIT = 0.05  # far from 1, which is all that it must show: a core that slept longer wakes slower
_SCENARIO = "hello"
_LOAD = Load(LoadKind.CLOSED, 1)
_ROUNDS = 5
_SLICE_S = 0.3
_COST = "cpu_per_request."
_DETAIL = (
    f"The slope of `cpu_per_request` over the CPU time that each request was made to cost, {_ROUNDS} slices of "
    f"{_SLICE_S:g} s at each cost in turn over one connection; the negative control sleeps for as long."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one slice's requests were made to spend each, and what they were read to have cost."""

    spent_s: float
    read_s: float


def judge(runtime: str, spun: Sequence[Reading], slept: Sequence[Reading]) -> tuple[Check, ...]:
    """Hold the slope of each against 1 and 0, and that every slice had a number."""
    every = len(COSTS_US) * _ROUNDS
    return (
        exactly(f"{runtime}: slices with a number", 2 * every, len(spun) + len(slept)),
        Check(f"{runtime}: slope over CPU time", 1.0, _slope(spun), SLOPE_LIMIT),
        Check(f"{runtime}: negative control: slope over sleep", 0.0, _slope(slept), NEGATIVE_CONTROL_LIMIT),
    )


def _slope(readings: Sequence[Reading]) -> float | None:
    """Fit a line through the medians, which one slice that a neighbour disturbed does not move."""
    costs = sorted({reading.spent_s for reading in readings})
    if len(costs) < len(COSTS_US):
        return None
    medians = [float(np.median([reading.read_s for reading in readings if reading.spent_s == cost])) for cost in costs]
    return float(np.polyfit(costs, medians, 1)[0])


def run(lab: Lab) -> Findings:
    """Drive the calibration target at every cost, in each runtime."""
    with lab.generator(_SCENARIO) as generator:
        return on_every_runtime(lab, lambda bench: _measure(bench, generator), _DETAIL)


def _measure(bench: CalibrationBench, generator: Generator) -> tuple[Check, ...]:
    with bench.start()[0] as calibrated:
        try:
            _drive(bench, calibrated, generator, 0)  # opens the connection and the counters
            readings: dict[str, list[Reading]] = {"spin": [], "wait": []}
            for number in range(_ROUNDS):
                for cost_us in COSTS_US:
                    for verb, found in readings.items():
                        tell(calibrated, f"/{verb}/{cost_us * 1000}")
                        if (read_s := _drive(bench, calibrated, generator, number)) is not None:
                            found.append(Reading(cost_us / 1e6, read_s))
        finally:
            generator.disconnect([calibrated.url])
    return judge(bench.name, readings["spin"], readings["wait"])


def _drive(bench: CalibrationBench, calibrated: Instance, generator: Generator, number: int) -> float | None:
    """Drive one slice and return what a request of it was read to cost."""
    order = Slice(number, calibrated.subject, _SCENARIO, _LOAD, _SLICE_S, 0.0, bench.lab.seed)
    before_s = calibrated.counters().cpu_s
    (result,) = generator.run([order], {calibrated.subject: calibrated.url})
    found = capacity([DrivenSlice(order, result)], calibrated.counters().cpu_s - before_s, len(bench.lab.cpus.target))
    return next((one.value for one in found if isinstance(one, Measurement) and one.metric.startswith(_COST)), None)


ROW = Row("cpu_per_request", run)
