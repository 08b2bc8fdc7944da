"""Paced users: the slices of scenarios whose load is given by their users' pauses, and their achieved rate.

N users who pause P seconds on average send about N / (P + response time) requests per second at any target that keeps
up. So the rate is a fact about the users. It must not depend on the slices either: a slice has a head of one cycle at
least, in which the random first pauses spread, and a counted part of ten cycles at least. A cycle is a pause and a
response. With a LoadTestShape the slice is as long as the shape, and all of it is counted.

The targets are driven one after the other, because they share a core.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.capacity import too_many_errors
from harness.measure.closed import TIMEOUT_S, TimedSlices
from harness.measure.preparation import unsent
from harness.measure.timing import PLANNED_RESPONSE_S
from harness.metrics.catalogue import PACED_RATE
from harness.model import Absence, Load, Measurement, Slice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from harness.measure.responses import Cell, ResponseTime
    from harness.model import DrivenSlice, Profile, ScenarioTraits, Subject

HEAD_CYCLES = 1
COUNTED_CYCLES = 10
LONGEST_SLICE_S = 600.0
UNKNOWN_PAUSE_S = 1.0
"""Mean pause for which slices are long enough if it can't be drawn without running users."""

_DECIMALS = 9  # nanoseconds


@dataclass(frozen=True, slots=True)
class PacedBatch:
    """The plan of one paced scenario on all targets of a block: one slice each.

    Attributes:
        traits: The pauses of its users and its shape.
        load: The number of users.
        subjects: The targets.
        profile: Has the least lengths of a slice.
        seed: Fixes the order of the targets and the random values in requests.
    """

    traits: ScenarioTraits
    load: Load
    subjects: tuple[Subject, ...]
    profile: Profile
    seed: str

    @property
    def scenario(self) -> str:
        """The name of the scenario."""
        return self.traits.name

    @property
    def title(self) -> str:
        """The scenario and the load, in words."""
        return f"{self.scenario}, {self.load}"

    @property
    def pause_s(self) -> float:
        """The mean pause of a user, in seconds."""
        return self.traits.mean_pause_s or UNKNOWN_PAUSE_S

    @property
    def warm_up_s(self) -> float:
        """The length of a warm-up slice: one cycle, in which each user sends a request."""
        return self._head_s(PLANNED_RESPONSE_S)

    def slice_s(self, response_s: float = PLANNED_RESPONSE_S) -> float:
        """Return the length of a slice for targets with this response time, in seconds."""
        if self.traits.shape_s is not None:
            return self.traits.shape_s
        counted_s = max(self.profile.level_s, COUNTED_CYCLES * self._cycle_s(response_s))
        return round(self._head_s(response_s) + counted_s, _DECIMALS)

    def _cycle_s(self, response_s: float) -> float:
        return self.pause_s + response_s

    def _head_s(self, response_s: float) -> float:
        return max(self.profile.least_discard_s, HEAD_CYCLES * self._cycle_s(response_s))

    def planned(self, response_s: float = PLANNED_RESPONSE_S) -> TimedSlices:
        """Return the slices if the slowest target has this response time, in seconds."""
        return TimedSlices(tuple(self._slices(self.subjects, response_s)), None, {})

    def timed(self, responses: Mapping[Cell, ResponseTime], subjects: Collection[Subject] | None = None) -> TimedSlices:
        """Return the slices for these response times; they have the same length for all targets.

        Args:
            responses: What the warm-up has shown. A target without a response time counts as fast.
            subjects: The targets that still run; by default all.
        """
        driven = [one for one in self.subjects if subjects is None or one in subjects]
        cells = [(one, self.scenario, self.load) for one in driven]
        known_s = [responses[cell].longest_s for cell in cells if cell in responses]
        return TimedSlices(tuple(self._slices(driven, max(known_s, default=PLANNED_RESPONSE_S))), None, {})

    def _slices(self, driven: Collection[Subject], response_s: float) -> Iterator[Slice]:
        rng = random.Random(self.seed)  # noqa: S311 - an order of slices, no secret
        order = list(self.subjects)
        rng.shuffle(order)
        seed, lasts_s = rng.getrandbits(32), min(self.slice_s(response_s), LONGEST_SLICE_S)
        head_s = 0.0 if self.traits.shape else min(self._head_s(response_s), lasts_s / 2)
        for number, subject in enumerate(one for one in order if one in driven):
            yield Slice(number, subject, self.scenario, self.load, lasts_s, head_s, seed, TIMEOUT_S)


def paced_rate(slices: Sequence[DrivenSlice]) -> Measurement | Absence:
    """Return the achieved rate of one target under paced users.

    Args:
        slices: All slices of one paced scenario in a block, at least one.
    """
    plan = slices[0].plan
    name = PACED_RATE.name(users=plan.load.connections)
    counted = sum(driven.result.counted for driven in slices)
    counted_s = sum(driven.result.counted_s for driven in slices)
    reason = too_many_errors(slices)
    if reason is None and not counted:
        reason = unsent(slices) or f"no request ended in the counted part, of {counted_s:g} s"
    if reason is not None:
        return Absence(name, PACED_RATE.unit, reason, plan.scenario)
    return Measurement(name, PACED_RATE.unit, counted / counted_s, plan.scenario)
