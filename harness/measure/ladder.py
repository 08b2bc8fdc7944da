"""Ladder of one trial: open load at shares of the target's own peak, with latency and CPU time at each step.

One common rate is trivial for one target and impossible for another. So there are also rates of each target's own,
shares of its peak. The peak is known only when the closed levels of the block have been driven.

The null target is driven beside each contestant, at the contestant's rate and with the same arrivals. Its response
times are the floor of the contestant's: machine, generator and network have them without any framework.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import linear_regression
from types import MappingProxyType
from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.measure.capacity import errors_in_words
from harness.measure.in_flight import carried
from harness.metrics.catalogue import (
    CPU_LOAD_IDLE,
    CPU_LOAD_OWN_RATE,
    CPU_PER_REQUEST_LADDER,
    LATENCY_OWN_RATE,
    connections_of,
)
from harness.metrics.names import PERCENTILES
from harness.model import Absence, Bound, Distribution, Load, LoadKind, Measurement, Slice, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.measure.responses import Cell, ResponseTime
    from harness.model import DrivenSlice, Subject

LEAST_STEPS = 3
LEAST_ANSWERED = 0.99  # of the requests that were due; the null target is no floor below it
NO_PEAK = "its peak has no number to take a share of"


@dataclass(frozen=True, slots=True)
class OwnRate:
    """The plan of a step of the ladder: open load at one share of each target's own peak.

    Attributes:
        scenario: The name of the scenario.
        share: The share of the peak, 0 to 1.
        draws: The subject and the seed of each slice, in the order in which they are driven.
        connections: The number of connections; more where slow answers take them.
        slice_s: The duration of a slice.
        discard_s: The discarded head of a slice.
        null: The null target, which is driven after each contestant at its rate; None for a run without it.
    """

    scenario: str
    share: float
    draws: tuple[tuple[Subject, int], ...]
    connections: int
    slice_s: float
    discard_s: float
    null: Subject | None = None

    @property
    def title(self) -> str:
        """The scenario and the share in per cent, as in the title of a batch: `hello, own60`."""
        return f"{self.scenario}, own{100 * self.share:g}"

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subject of each slice, if every target has a peak."""
        return tuple(one for subject, _ in self.draws for one in self._with_null(subject))

    def slices(
        self, peaks: Mapping[Subject, float], responses: Mapping[Cell, ResponseTime] = MappingProxyType({})
    ) -> tuple[Slice, ...]:
        """Return the slices of the subjects with a known peak.

        Args:
            peaks: In requests per second.
            responses: What the warm-up has shown: slow answers take more connections.
        """
        known = [
            (one, carried(self._load(peaks[subject]), subject, self.scenario, responses), seed)
            for subject, seed in self.draws
            if subject in peaks
            for one in self._with_null(subject)
        ]
        return tuple(
            Slice(number, subject, self.scenario, load, self.slice_s, self.discard_s, seed)
            for number, (subject, load, seed) in enumerate(known)
        )

    def _with_null(self, subject: Subject) -> Iterator[Subject]:
        yield subject
        if self.null is not None and not subject.is_control:
            yield self.null

    def _load(self, peak_per_s: float) -> Load:
        return Load(LoadKind.POISSON, self.connections, float(f"{self.share * peak_per_s:.4g}"), self.share)

    def absences(self, reason: str) -> tuple[Absence, ...]:
        """Return the absences of a target that is not driven at this step, with the reason."""
        latencies = (LATENCY_OWN_RATE.name(share=self.share, quantile=quantile) for quantile in PERCENTILES)
        cpu = Absence(CPU_LOAD_OWN_RATE.name(share=self.share), CPU_LOAD_OWN_RATE.unit, reason, self.scenario)
        return (*(Absence(name, LATENCY_OWN_RATE.unit, reason, self.scenario) for name in latencies), cpu)


def peak_of(found: Iterable[Measurement | Absence], scenario: str) -> Measurement | None:
    """Return the largest throughput over the closed levels of a scenario; None where none has a number."""
    rates = (one for one in found if isinstance(one, Measurement) and connections_of(one.metric))
    return max((rate for rate in rates if rate.scenario == scenario), key=lambda rate: rate.value, default=None)


def warnings_about(peak: Measurement | None, share: float) -> tuple[str, ...]:
    """Return the warnings of a number at a share of this peak."""
    if peak is None or peak.bound is not Bound.GENERATOR:
        return ()
    return (
        f"the generator was the limit of its peak, so this is less than {100 * share:g} % of what the target can do",
    )


def floor_of(slices: Sequence[DrivenSlice]) -> tuple[Distribution, ...]:
    """Return the response times of the null target's slices at one load as the floor.

    Empty if a request failed, or if the null target did not keep up: then they are no floor, but a backlog.
    """
    if not slices or errors_in_words(slices):
        return ()
    plan, histogram = slices[0].plan, Histogram.from_texts(driven.result.response for driven in slices)
    in_flight = len(slices) * plan.load.connections
    if sum(driven.result.counted for driven in slices) + in_flight < LEAST_ANSWERED * histogram.count:
        return ()
    return (Distribution(plan.scenario, plan.load, Span.FLOOR, histogram.to_text()),) if histogram.count else ()


class Ladder:
    """The CPU time of one target at rest and at each step of its ladder."""

    def __init__(self) -> None:
        self._at_rest = 0.0
        self._points: list[tuple[float, float]] = []

    def rest(self, cpu_s: float, lasted_s: float) -> Measurement | Absence:
        """Return the CPU seconds per second of a rest without load, `lasted_s` long."""
        name, unit = CPU_LOAD_IDLE.name(), CPU_LOAD_IDLE.unit
        self._at_rest = cpu_s / lasted_s
        self._points.append((0.0, self._at_rest))
        if cpu_s <= 0:
            return Absence(name, unit, f"it used no CPU time in a rest of {lasted_s:.2g} s")
        return Measurement(name, unit, self._at_rest)

    def without_rest(self, cpu_s: float, elsewhere_s: float) -> float:
        """Return the CPU time of a batch without what the target uses at rest while only other targets have load.

        Without a rest before load this is not known, and nothing is left out.
        """
        return cpu_s - self._at_rest * elsewhere_s

    def step(
        self, slices: Sequence[DrivenSlice], cpu_s: float, elsewhere_s: float, warnings: tuple[str, ...] = ()
    ) -> Measurement | Absence:
        """Return the CPU seconds per second at one step; `analysis` judges whether the target kept up with the rate.

        Args:
            slices: All slices of the target at this step, at least one.
            cpu_s: Its CPU time in the whole batch.
            elsewhere_s: The time of the batch in which only other targets had load.
            warnings: The warnings of numbers at this step.
        """
        plan = slices[0].plan
        name, unit = CPU_LOAD_OWN_RATE.name(share=plan.load.share), CPU_LOAD_OWN_RATE.unit
        loaded_s = sum(driven.result.wall_s for driven in slices)
        verified = sum(driven.result.verified for driven in slices)
        used_s = self.without_rest(cpu_s, elsewhere_s)
        reason = errors_in_words(slices) or _without_load(verified, loaded_s, used_s)
        if reason:
            return Absence(name, unit, reason, plan.scenario)
        self._points.append((verified / loaded_s, used_s / loaded_s))
        return Measurement(name, unit, used_s / loaded_s, plan.scenario, warnings=warnings)

    def slope(self, scenario: str) -> Measurement | Absence:
        """Return the CPU time per further request: the slope of the line through rest and steps."""
        name, unit = CPU_PER_REQUEST_LADDER.name(), CPU_PER_REQUEST_LADDER.unit
        rates_per_s, loads = zip(*self._points, strict=True) if self._points else ((), ())
        steps = len(set(rates_per_s))
        if steps < LEAST_STEPS:
            return Absence(
                name, unit, f"a slope needs {LEAST_STEPS} rates with a CPU time, and there are {steps}", scenario
            )
        slope_s = linear_regression(rates_per_s, loads).slope
        if slope_s <= 0:
            return Absence(name, unit, "its CPU time did not grow with the rate", scenario)
        return Measurement(name, unit, slope_s, scenario)


def _without_load(verified: int, loaded_s: float, used_s: float) -> str | None:
    """Return why there is no CPU time of a load; None if there is one."""
    if not verified or not loaded_s:
        return "no request was answered"
    return None if used_s > 0 else "the kernel counted no more CPU time than at rest"
