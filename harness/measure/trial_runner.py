"""Trial runner: one target in one block, from its first start to its stop. It collects the parts of the trial.

Every step does nothing after the target has failed, so a block calls all steps without checks.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.errors import TargetError
from harness.measure import memory, pagecache
from harness.measure.capacity import capacity, undriven
from harness.measure.coldstart import first_requests, of_first_requests, of_start, of_uncached_start, start_timed
from harness.measure.contract import first_question
from harness.measure.ladder import Ladder, floor_of, peak_of, warnings_about
from harness.measure.latency import distributions
from harness.measure.memory_samples import MemorySampler
from harness.measure.paced import paced_rate
from harness.measure.preparation import Preparation
from harness.measure.verify import Verifier
from harness.metrics.catalogue import (
    MEMORY_AFTER,
    MEMORY_IDLE,
    MEMORY_LOADED,
    MEMORY_PEAK,
    MEMORY_RSS_AFTER,
    MEMORY_RSS_IDLE,
    MEMORY_RSS_LOADED,
    MEMORY_RSS_PEAK,
)
from harness.model import (
    WRONG_ANSWERS,
    Absence,
    Attempt,
    Distribution,
    DrivenSlice,
    ErrorKind,
    Failure,
    LoadKind,
    Measurement,
    Stage,
    Subject,
    Trial,
)
from harness.runtime.ending import ending_of, explained_by_ending
from harness.runtime.failures import broken_down, with_log
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.measure.coldstart import StartTimes
    from harness.measure.equipment import Equipment
    from harness.metrics.catalogue import Metric
    from harness.runtime.base import Counters, Instance, Metering


class TrialRunner:
    """Runner of one trial.

    Attributes:
        subject: What it starts and stops.
        loading: Whether its load has begun: its warm-up is over.
        preparation: What its scenarios did in the warm-up.
        set_aside: Why the ceiling gets no more load: it does not answer the scenario. None for all other targets.
        failure: Its failure; None as long as it has none.
    """

    def __init__(
        self, block: int, position: int, subject: Subject, equipment: Equipment, *, is_ceiling: bool = False
    ) -> None:
        self.subject = subject
        self.loading = False
        self.set_aside: str | None = None
        self._is_ceiling = is_ceiling
        self._block = block
        self._position = position
        self._equipment = equipment
        self._metering = equipment.runtime.metering
        self._launch = equipment.launch_of(subject)
        self._started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._instance: Instance | None = None
        self._watched: int | None = None
        self._verifier: Verifier | None = None
        self.failure: Failure | None = None
        self._before: Counters | None = None
        self._memory = MemorySampler()
        self._peak_is_of_load = False
        self._ladder = Ladder()
        self.preparation = Preparation()
        self._found: list[Measurement | Absence] = []
        self._slices: list[DrivenSlice] = []
        self._distributions: list[Distribution] = []
        self._attempts: list[Attempt] = []
        self._notes: dict[str, None] = {}

    @property
    def running(self) -> bool:
        """Whether the target was started and not stopped yet."""
        return self._instance is not None

    @property
    def alive(self) -> bool:
        """Whether the target runs, nothing of its turn has failed, and it is not set aside."""
        return self.running and self.failure is None and self.set_aside is None

    @property
    def url(self) -> str:
        """The base URL of the running target."""
        return self._running().url

    def _running(self) -> Instance:
        if self._instance is None:
            raise RuntimeError(f"{self.subject} does not run")
        return self._instance

    @contextmanager
    def _step(self, stage: Stage) -> Iterator[None]:
        """Turn a failure of the target into the failure of its trial, and say how the target ended if it has."""
        try:
            with explained_by_ending(self._instance):
                yield
        except TargetError as error:
            self.failure = Failure(self.subject, stage, str(error))

    def start(self, timed: int, discarded: int, seed: int) -> None:
        """Start the target `discarded` + `timed` times, and keep the last instance running.

        Its first requests are timed, then its answers are verified and its idle memory is read.
        """
        with self._step(Stage.START):
            for number in range(discarded + timed):
                if self.failure:
                    return
                times = self._start_once(last=number == discarded + timed - 1)
                if number >= discarded:
                    self._found += of_start(times, self._metering)
        if self.alive:
            with self._step(Stage.START):
                self._time_first_requests()
        if self.alive:
            self._verify(seed)
        if self.alive:
            with self._step(Stage.START):
                self._found += _levels(MEMORY_IDLE, self._memory.read(self._running()), self._metering)
                self._found += memory.resident(MEMORY_RSS_IDLE, self._running())
                self._watched = self._running().pid()
                if self._watched is not None:
                    self._equipment.restraints.begin(self._watched)

    def start_uncached(self, timed: int) -> None:
        """Start and stop the target `timed` times without the page cache; no other instance may run."""
        with self._step(Stage.START):
            for _ in range(timed):
                if self.failure:
                    return
                pagecache.drop()
                times = self._start_once(last=False)
                self._found += of_uncached_start(times, self._metering)

    def _start_once(self, *, last: bool) -> StartTimes:
        equipment = self._equipment
        image = equipment.images[self.subject.target]
        instance, times = start_timed(equipment.runtime, image, self.subject, self._launch, equipment.generator_cpus)
        if last:
            self._instance = instance
        else:
            with self._step(Stage.STOP):
                self._note(instance.stop())
        return times

    def _time_first_requests(self) -> None:
        instance = self._running()
        target = self._equipment.images[self.subject.target].target
        question = first_question(target.answers, target.contract)
        found = first_requests(self.url, self._equipment.generator_cpus, question)
        if found is None and (how := ending_of(instance, connection_broke=True)) is not None:
            raise broken_down(f"{self.subject}, its first requests", how, instance.logs())
        self._found += of_first_requests(found, self._metering)

    def _verify(self, seed: int) -> None:
        target = self._equipment.images[self.subject.target].target
        rng = random.Random(f"{seed}:{self.subject}")  # noqa: S311 - it draws test names, no secrets
        with self._step(Stage.VERIFY):
            self._verifier = Verifier.of(self.subject, self.url, target, rng)
            self._verifier.verify()
            self._note(*self._verifier.notes)

    def begin_load(self) -> None:
        """End the warm-up: check that the answers' Date has moved, and reset the peak counter."""
        self.loading = True
        if not self.alive or self._verifier is None:
            return
        with self._step(Stage.VERIFY):
            self._verifier.verify_date_moved()
            self._peak_is_of_load = self._running().reset_peak()

    def begin_batch(self) -> None:
        """Read the counters before a batch."""
        if not self.alive:
            return
        with self._step(Stage.LOAD):
            self._before = self._memory.begin_batch(self._running())

    def between_slices(self, driven_s: float) -> None:
        """Read the memory if that is due after `driven_s` seconds of the batch; no slice of the target may be next."""
        if self.alive:
            self._memory.read_between(self._running(), driven_s)

    def end_batch(
        self,
        slices: Sequence[DrivenSlice],
        *,
        counted: bool,
        elsewhere_s: float = 0.0,
        floor: Sequence[DrivenSlice] = (),
    ) -> None:
        """Check the answers of a batch; where it is counted, turn its slices into measurements.

        Args:
            slices: The slices of this target, at least one while it has not failed.
            counted: Whether the batch is measured.
            elsewhere_s: The time of the batch in which only other targets had load.
            floor: The null target's slices at the target's own rate.
        """
        if not self.alive:
            return
        with self._step(Stage.LOAD):
            self._reject_wrong_answers(slices)
            if not counted:
                self.preparation.keep(slices)
            elif self._before is not None and not self.set_aside:
                self._measure(
                    self.preparation.added_to(slices),
                    self._memory.read(self._running()).cpu_s - self._before.cpu_s,
                    elsewhere_s,
                )
                self._distributions += floor_of(floor)

    def _measure(self, slices: Sequence[DrivenSlice], cpu_s: float, elsewhere_s: float) -> None:
        plan, lack = slices[0].plan, self.preparation.lack(slices)
        if lack is not None:
            self._found += undriven(plan.scenario, plan.load, lack)
        elif plan.load.kind is LoadKind.CLOSED:
            self._found += capacity(slices, self._ladder.without_rest(cpu_s, elsewhere_s), len(self._launch.cpus))
        elif plan.load.kind is LoadKind.PACED:
            self._found.append(paced_rate(slices))
        elif plan.load.share is not None:
            warnings = warnings_about(self.peak(plan.scenario), plan.load.share)
            self._found.append(self._ladder.step(slices, cpu_s, elsewhere_s, warnings))
        self._distributions += distributions(slices) if lack is None else ()
        self._slices += [_without_histograms(driven) for driven in slices]

    def peak(self, scenario: str) -> Measurement | None:
        """Return the largest throughput of a scenario so far; None where none has a number."""
        return peak_of(self._found, scenario)

    def add_absences(self, absences: Iterable[Absence]) -> None:
        """Add absences to the trial, unless the target has failed."""
        if self.alive or self.set_aside:
            self._found += absences

    def begin_idle(self) -> None:
        """Read the counters before the rest without load."""
        self.begin_batch()

    def end_idle(self) -> None:
        """Read the CPU time of the rest without load, which began with the last reading."""
        if not self.alive or self._before is None:
            return
        with self._step(Stage.LOAD):
            cpu_s = self._memory.read(self._running()).cpu_s - self._before.cpu_s
            self._found.append(self._ladder.rest(cpu_s, self._memory.apart_s))

    def end_ladder(self, scenario: str) -> None:
        """Add the CPU time per further request, from the rest and all steps of the ladder."""
        if self.alive:
            self._found.append(self._ladder.slope(scenario))

    def end_search(self, found: Measurement | Absence, attempts: Sequence[Attempt]) -> None:
        """Add the result of a search and its attempts; a target that ended during the search has failed under load."""
        self._attempts += attempts
        with self._step(Stage.LOAD):
            if attempts:
                self._reject_ended(attempts[-1].driven)
            self._found.append(found)

    def _reject_wrong_answers(self, slices: Sequence[DrivenSlice]) -> None:
        self._reject_ended(next((driven for driven in slices if driven.result.first_error), slices[-1]))
        for driven in slices:
            result = driven.result
            wrong = sum(result.errors.get(kind, 0) for kind in WRONG_ANSWERS)
            if wrong and self._is_ceiling:
                self.set_aside = f"{self.subject} does not answer {driven.plan.scenario}: {result.first_error}"
                return
            if wrong:
                said = f"{part_of(wrong, result.sent, 'answer')} {'was' if wrong == 1 else 'were'} wrong"
                raise TargetError(
                    "a target failed under load",
                    where=self._load_of(driven),
                    cause=with_log(f"{said}; first: {result.first_error}", self._running().logs()),
                    remedy="A target that fails or answers wrongly has no numbers: correct it, and measure it again.",
                )

    def _reject_ended(self, driven: DrivenSlice) -> None:
        instance, first_error = self._running(), driven.result.first_error
        broke = any(driven.result.errors.get(kind) for kind in (ErrorKind.CONNECT, ErrorKind.RESET))
        how = ending_of(instance, connection_broke=broke) if first_error else instance.ending()
        if how is not None:
            raise broken_down(self._load_of(driven), how, instance.logs(), first_error or "")

    def _load_of(self, driven: DrivenSlice) -> str:
        return f"{self.subject}, {driven.plan.scenario} at {driven.plan.load}"

    def end_load(self) -> None:
        """Read the memory at the end of load, and its peak."""
        if not self.alive:
            return
        with self._step(Stage.LOAD):
            counters = self._memory.read(self._running())
            self._found += _levels(MEMORY_LOADED, counters, self._metering)
            for metric in self._metering.of(MEMORY_PEAK):
                self._found.append(memory.peak(metric, counters, is_of_load=self._peak_is_of_load))
            self._found += memory.resident(MEMORY_RSS_LOADED, self._running(), MEMORY_RSS_PEAK)

    def end_rest(self) -> None:
        """Read the memory after the rest that follows load."""
        if not self.alive:
            return
        with self._step(Stage.LOAD):
            self._found += _levels(MEMORY_AFTER, self._memory.read(self._running()), self._metering)
            self._found += memory.resident(MEMORY_RSS_AFTER, self._running())

    def stop(self) -> None:
        """Stop the target if it runs; a target that has failed is killed without a grace period."""
        if self._watched is not None:
            self._equipment.restraints.end(self._watched)
            self._watched = None
        instance, failed = self._instance, self.failure is not None
        if instance is None:
            return
        self._instance = None
        if failed:
            instance.discard()
            return
        with self._step(Stage.STOP):
            self._note(instance.stop())

    def _note(self, *notes: str | None) -> None:
        self._notes |= dict.fromkeys(filter(None, notes))

    def trial(self) -> Trial:
        """Return the trial."""
        return Trial(
            block=self._block,
            position=self._position,
            subject=self.subject,
            started_at=self._started_at,
            measurements=tuple(f for f in self._found if isinstance(f, Measurement)),
            absences=tuple(f for f in self._found if isinstance(f, Absence)),
            slices=tuple(self._slices),
            distributions=tuple(self._distributions),
            failure=self.failure,
            attempts=tuple(self._attempts),
            notes=tuple(self._notes),
            memory=self._memory.samples(),
        )


def _levels(metric: Metric, counters: Counters, metering: Metering) -> tuple[Measurement, ...]:
    return tuple(memory.level(own, counters) for own in metering.of(metric))


def _without_histograms(driven: DrivenSlice) -> DrivenSlice:
    """Return a slice without histograms, as it is stored; the trial keeps them merged as distributions."""
    result = driven.result
    endpoints = {
        name: replace(endpoint, service=None, response=None, lateness=None)
        for name, endpoint in result.endpoints.items()
    }
    return replace(driven, result=replace(result, service=None, response=None, lateness=None, endpoints=endpoints))
