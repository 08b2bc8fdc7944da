"""Check that the kernel's counters report the known CPU time of a request.

The calibration target spins for 200, 500 and 1,000 µs of its thread's CPU time per request, in a child of its first
process. The rest of a request's cost is the same at each spin. So the slope of the time read over the time spent is the
scale of the counters. In the negative control the calibration target sleeps for as long. Its slope must be 0: an
instrument that reads elapsed time instead of CPU time finds a slope of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.measure.capacity import capacity
from harness.metrics.catalogue import CPU_PER_REQUEST
from harness.model import DrivenSlice, Load, LoadKind, Measurement, Slice
from harness.selftest.calibration import CalibrationBench, on_every_runtime, send_command
from harness.selftest.checks import Check, Findings, Row, exactly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.load.generator import Generator
    from harness.runtime.base import Instance
    from harness.selftest.rig import Lab

COSTS_US = (200, 500, 1000)
SLOPE_LIMIT = 0.01
NEGATIVE_CONTROL_LIMIT = 0.05  # far from 1 is enough; not 0, because a core that slept longer wakes up more slowly
_SCENARIO = "hello"
_LOAD = Load(LoadKind.CLOSED, 1)
_ROUNDS = 5
_SLICE_S = 0.3
_DETAIL = (
    f"The slope of `cpu_per_request` over the CPU time that each request spends by command: {_ROUNDS} slices of "
    f"{_SLICE_S:g} s at each cost in turn, over one connection. The negative control sleeps for as long."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The time that each request of a slice spent, and the CPU time that was read for it."""

    spent_s: float
    read_s: float


def judge(runtime: str, spun: Sequence[Reading], slept: Sequence[Reading]) -> tuple[Check, ...]:
    """Check the slope over CPU time against 1, the slope over sleep against 0, and that every slice gave a number."""
    every = len(COSTS_US) * _ROUNDS
    return (
        exactly(f"{runtime}: slices with a number", 2 * every, len(spun) + len(slept)),
        Check(f"{runtime}: slope over CPU time", 1.0, _slope(spun), SLOPE_LIMIT),
        Check(f"{runtime}: negative control: slope over sleep", 0.0, _slope(slept), NEGATIVE_CONTROL_LIMIT),
    )


def _slope(readings: Sequence[Reading]) -> float | None:
    """Return the slope of a line through the medians. One disturbed slice does not move a median."""
    costs = sorted({reading.spent_s for reading in readings})
    if len(costs) < len(COSTS_US):
        return None
    medians = [float(np.median([reading.read_s for reading in readings if reading.spent_s == cost])) for cost in costs]
    return float(np.polyfit(costs, medians, 1)[0])


def run(lab: Lab) -> Findings:
    """Drive the calibration target at every cost, in each runtime of this machine."""
    with lab.generator(_SCENARIO) as generator:
        return on_every_runtime(lab, lambda bench: _measure(bench, generator), _DETAIL)


def _measure(bench: CalibrationBench, generator: Generator) -> tuple[Check, ...]:
    with bench.running() as running:
        calibrated = running.instance
        try:
            _drive(bench, calibrated, generator, 0)  # opens the connection and the counters
            readings: dict[str, list[Reading]] = {"spin": [], "wait": []}
            for number in range(_ROUNDS):
                for cost_us in COSTS_US:
                    for verb, found in readings.items():
                        send_command(calibrated, f"/{verb}/{cost_us * 1000}")
                        if (read_s := _drive(bench, calibrated, generator, number)) is not None:
                            found.append(Reading(cost_us / 1e6, read_s))
        finally:
            generator.disconnect([calibrated.url])
    return judge(bench.name, readings["spin"], readings["wait"])


def _drive(bench: CalibrationBench, calibrated: Instance, generator: Generator, number: int) -> float | None:
    """Drive one slice and return its CPU time per request as read, in seconds; None where there is no number."""
    order = Slice(number, calibrated.subject, _SCENARIO, _LOAD, _SLICE_S, 0.0, bench.lab.seed)
    before_s = calibrated.counters().cpu_s
    (result,) = generator.run([order], {calibrated.subject: calibrated.url})
    found = capacity([DrivenSlice(order, result)], calibrated.counters().cpu_s - before_s, len(bench.lab.cpus.target))
    return next(
        (one.value for one in found if isinstance(one, Measurement) and CPU_PER_REQUEST.parameters(one.metric)), None
    )


ROW = Row("cpu_per_request", run)
