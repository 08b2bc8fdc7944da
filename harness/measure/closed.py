"""Batches of closed load: planned before a block, with slices that are made after its warm-up.

The plan has all that is random, and the load time of each target. The lengths of the slices, and so their number,
follow from the response times of the warm-up. The same plan and the same response times give the same slices.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.responses import ResponseTime
from harness.measure.timing import LONGEST_SLICE_S, PLANNED_RESPONSE_S, SliceTiming, rounds, slice_timing
from harness.model import Load, Profile, Slice, Subject
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from harness.measure.responses import Cell

TIMEOUT_S = 5.0
LONGER = 1.1  # slices that are a tenth longer than planned are worth a notice
NO_ANSWER = f"no answer came in the warm-up, within the time-out of {TIMEOUT_S:g} s"


def draws(rng: random.Random, subjects: Sequence[Subject], count: int) -> Iterator[tuple[Subject, int]]:
    """Yield the subject and the seed of each slice of `count` rounds; a round has every subject once.

    All subjects of a round have the same seed, so they get the same requests.
    """
    for _ in range(count):
        order = list(subjects)
        rng.shuffle(order)
        seed = rng.getrandbits(32)
        yield from ((subject, seed) for subject in order)


@dataclass(frozen=True, slots=True)
class TimedSlices:
    """The slices of a closed batch.

    Attributes:
        slices: The slices, in the order in which they are driven.
        slowest: The target that needs the longest slices, and its response time in seconds; None without slices.
        too_slow: The reason for each target that is not driven because its slices would be too long, or unknown.
    """

    slices: tuple[Slice, ...]
    slowest: tuple[Subject, float] | None
    too_slow: Mapping[Subject, str]


@dataclass(frozen=True, slots=True)
class SlowAnswers:
    """The target whose slow answers make the slices of a block longest: its load, and its response time in seconds."""

    subject: Subject
    load: Load
    response_s: float

    def __str__(self) -> str:
        """Say it in words: `flask_app:gthread answers slowly (35.0 ms at 32 connections)`."""
        connections = self.load.connections
        level = "one connection" if connections == 1 else f"{connections} connections"
        return f"{self.subject} answers slowly ({human(self.response_s, Unit.SECOND)} at {level})"


@dataclass(frozen=True, slots=True)
class ClosedBatch:
    """The plan of one scenario under one closed load on all targets.

    Attributes:
        scenario: The name of the scenario.
        load: The load.
        subjects: The targets.
        load_s: The planned load time of each target; more where its answers are slow.
        profile: Has the least lengths of slices and the least rounds.
        seed: Fixes the order and the random values of the rounds.
    """

    scenario: str
    load: Load
    subjects: tuple[Subject, ...]
    load_s: float
    profile: Profile
    seed: str

    @property
    def title(self) -> str:
        """The scenario and the load, in words."""
        return f"{self.scenario}, {self.load}"

    def planned(self, response_s: float = PLANNED_RESPONSE_S) -> TimedSlices:
        """Return the slices if every target has this response time, in seconds."""
        return self.timed({self._cell(subject): ResponseTime.equal(response_s) for subject in self.subjects})

    def timed(self, responses: Mapping[Cell, ResponseTime], subjects: Collection[Subject] | None = None) -> TimedSlices:
        """Return the slices for these response times. All targets of the batch have slices of the same length.

        Args:
            responses: What the warm-up has shown. A target without a response time gave no answer in it.
            subjects: The targets that still run; by default all.
        """
        running = [subject for subject in self.subjects if subjects is None or subject in subjects]
        known = {one: responses[cell] for one in running if (cell := self._cell(one)) in responses}
        driven = {one: time for one, time in known.items() if self._slice_s(time) <= LONGEST_SLICE_S}
        too_slow = {
            one: self._reason(known[one]) if one in known else NO_ANSWER for one in running if one not in driven
        }
        if not driven:
            return TimedSlices((), None, too_slow)
        slowest = max(driven, key=lambda one: self._slice_s(driven[one]))
        slices = self._slices(driven)
        return TimedSlices(tuple(slices), (slowest, driven[slowest].longest_s), too_slow)

    def _cell(self, subject: Subject) -> Cell:
        return subject, self.scenario, self.load

    def _slice_s(self, *times: ResponseTime) -> float:
        return self._timing(times).duration_s

    def _timing(self, times: Collection[ResponseTime]) -> SliceTiming:
        own_s, longest_s = max(time.own_s for time in times), max(time.longest_s for time in times)
        return slice_timing(self.profile, own_s, longest_s)

    def _reason(self, time: ResponseTime) -> str:
        answers, lasts = human(time.longest_s, Unit.SECOND), human(self._slice_s(time), Unit.SECOND)
        return (
            f"its answers take {answers} or more at this level; slices would have to last {lasts}, and the longest "
            f"that are driven last {LONGEST_SLICE_S:g} s"
        )

    def _slices(self, driven: Mapping[Subject, ResponseTime]) -> Iterator[Slice]:
        timing = self._timing(driven.values())
        count = rounds(self.profile, timing.duration_s, self.load_s)
        # all planned targets are shuffled, so that one that has failed changes no order and no seed
        drawn = draws(random.Random(self.seed), self.subjects, count)  # noqa: S311 - an order of slices, no secret
        remaining = [(subject, seed) for subject, seed in drawn if subject in driven]
        for number, (subject, seed) in enumerate(remaining):
            yield Slice(
                number,
                subject,
                self.scenario,
                self.load,
                timing.duration_s,
                timing.discard_s,
                seed,
                timeout_s=TIMEOUT_S,
                starts_s=timing.starts_s(driven[subject].residual_s),
                tail_s=timing.tail_s,
            )


def slow_answers(
    batches: Sequence[ClosedBatch], responses: Mapping[Cell, ResponseTime], subjects: Collection[Subject]
) -> SlowAnswers | None:
    """Return the target that makes slices clearly longer than planned; None if they have about the planned length."""
    longer = []
    for batch in batches:
        planned_s = slice_timing(batch.profile, PLANNED_RESPONSE_S).duration_s
        timed = batch.timed(responses, subjects)
        if timed.slowest is not None and timed.slices[0].duration_s > LONGER * planned_s:
            longer.append((timed.slices[0].duration_s, SlowAnswers(timed.slowest[0], batch.load, timed.slowest[1])))
    return max(longer, key=lambda one: one[0])[1] if longer else None
