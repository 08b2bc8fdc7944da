"""Check that `cpu_per_request` is the CPU time that a request takes.

The calibration target spins for 200, 500 and 1,000 µs of its thread's CPU time per request, in a child of its first
process. The truth is the CPU time of that process by its own clock, over the number of requests that it counted. The
spin alone is not the truth: the rest of a request costs more after a longer spin, because the caches are then colder.
The slope of the time read over the true time is the scale of the instrument. In the negative control the calibration
target sleeps for as long. Its slope must be 0: an instrument that reads elapsed time instead of CPU time finds a slope
of 1.
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
    from collections.abc import Mapping, Sequence

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
    f"The slope of `cpu_per_request` over the CPU time of a request by the server's own clock and count: {_ROUNDS} "
    f"slices of {_SLICE_S:g} s at each cost in turn, over one connection. The negative control sleeps for as long."
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbers of one slice, per request.

    Attributes:
        commanded_s: The CPU time or the sleep that each request was told to take.
        true_s: The CPU time by the server's own clock and count; of a slice that sleeps, the sleep.
        read_s: `cpu_per_request`.
    """

    commanded_s: float
    true_s: float
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
    costs_s = sorted({reading.commanded_s for reading in readings})
    if len(costs_s) < len(COSTS_US):
        return None
    of_costs = [[one for one in readings if one.commanded_s == cost_s] for cost_s in costs_s]
    true_s = [float(np.median([one.true_s for one in of_cost])) for of_cost in of_costs]
    read_s = [float(np.median([one.read_s for one in of_cost])) for of_cost in of_costs]
    return float(np.polyfit(true_s, read_s, 1)[0])


def run(lab: Lab) -> Findings:
    """Drive the calibration target at every cost, in each runtime of this machine."""
    with lab.generator(_SCENARIO) as generator:
        return on_every_runtime(lab, lambda bench: _measure(bench, generator), _DETAIL)


def _measure(bench: CalibrationBench, generator: Generator) -> tuple[Check, ...]:
    with bench.running() as running:
        calibrated = running.instance
        try:
            _drive(bench, calibrated, generator, 0)  # opens the connection and the counters
            spun: list[Reading] = []
            slept: list[Reading] = []
            for number in range(_ROUNDS):
                for cost_us in COSTS_US:
                    cost_s = cost_us / 1e6
                    send_command(calibrated, f"/spin/{cost_us * 1000}")
                    before = send_command(calibrated, "/clock"), send_command(calibrated, "/clock")
                    read_s = _drive(bench, calibrated, generator, number)
                    if (true_s := own_s(*before, send_command(calibrated, "/clock"))) and read_s is not None:
                        spun.append(Reading(cost_s, true_s, read_s))
                    send_command(calibrated, f"/wait/{cost_us * 1000}")
                    if (read_s := _drive(bench, calibrated, generator, number)) is not None:
                        slept.append(Reading(cost_s, cost_s, read_s))
        finally:
            generator.disconnect([calibrated.url])
    return judge(bench.name, spun, slept)


def own_s(first: Mapping[str, int], before: Mapping[str, int], after: Mapping[str, int]) -> float | None:
    """Return the server's CPU time per request of a slice, from its reports; None if it served no request.

    Args:
        first: A report directly before `before`. The time between the two is the cost of a report.
        before: The last report before the slice.
        after: The first report after the slice.
    """
    served = after["served"] - before["served"]
    report_ns = before["cpu_ns"] - first["cpu_ns"]
    return (after["cpu_ns"] - before["cpu_ns"] - report_ns) / 1e9 / served if served else None


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
