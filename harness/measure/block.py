"""Execution of one block: every target gets one new instance, and all targets alternate under load.

0. If the plan says so, each target in turn: timed starts after dropping the page cache; each instance is stopped.
1. Each target in turn: timed starts (each instance but the last is stopped), first requests, verification, idle memory.
2. Warm-up: short slices of every target in every scenario at every level; they are not counted. They show the response
   times, from which the slices of 4 are made. Where slow answers may be time in a queue, and too few answers over one
   connection show it, a longer slice over one connection follows.
3. Check that the Date of each target has moved; reset the kernel's peak counters. Let all targets rest, and read their
   CPU time without load.
4. Closed load, level by level: slices of the targets alternate in random order.
5. Open load, rate by rate, in the same way; paced users, one target after the other; then the ladder: open load at
   shares of each target's own peak in 4.
6. Loaded memory and peak memory; after a rest of all targets, memory again.
7. The searches for limits, with alternating attempts of the targets; then every instance is stopped.

Each reading of the counters also gives a sample of memory. A long batch has further readings: of a target whose slice
has ended, while the next slice is another target's.

A failure of a target ends only the trial of that target.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING

from harness.errors import MeasurementError
from harness.measure.alone import further_slices
from harness.measure.block_plan import Batch
from harness.measure.capacity import undriven
from harness.measure.closed import ClosedBatch, slow_answers
from harness.measure.in_flight import carried
from harness.measure.ladder import NO_PEAK
from harness.measure.lasting import rest_s
from harness.measure.limits import run_search
from harness.measure.losses import LossObserver
from harness.measure.responses import learn
from harness.measure.timing import SETTLING_S
from harness.measure.trial_runner import TrialRunner
from harness.model import DrivenSlice, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.measure.block_plan import BlockPlan
    from harness.measure.equipment import Equipment
    from harness.measure.ladder import OwnRate
    from harness.measure.observer import Observer
    from harness.measure.paced import PacedBatch
    from harness.measure.responses import Cell, ResponseTime
    from harness.model import Subject


def run_block(plan: BlockPlan, equipment: Equipment, observer: Observer) -> tuple[Trial, ...]:
    """Run one block and return its trials in the order of their starts. A failed trial contains its failure.

    Raises:
        MeasurementError: The generator failed.
        MachineError: The engine or the kernel's counters failed.
    """
    runners = [
        TrialRunner(plan.number, position, subject, equipment, is_ceiling=subject == plan.ceiling)
        for position, subject in enumerate(plan.order)
    ]
    telling = LossObserver(observer, runners)
    with ExitStack() as ending:  # on any error, close the connections, then stop every target
        for runner in runners:
            ending.callback(runner.stop)
        with _disconnecting(runners, equipment):
            _run_trials(plan, runners, equipment, telling)
    telling.tell()
    return tuple(runner.trial() for runner in runners)


def _run_trials(plan: BlockPlan, runners: Sequence[TrialRunner], equipment: Equipment, observer: Observer) -> None:
    _start(plan, runners, observer)
    if any(runner.alive for runner in runners if runner.subject != plan.ceiling):  # the ceiling alone shows nothing
        _load(plan, runners, equipment, observer)


def _start(plan: BlockPlan, runners: Sequence[TrialRunner], observer: Observer) -> None:
    for runner in runners if plan.uncached_starts else ():
        observer.event(f"starting {runner.subject} from the disk")
        runner.start_uncached(plan.uncached_starts)
    for runner in runners:
        observer.event(f"starting {runner.subject}")
        runner.start(plan.cold_starts, plan.discarded_starts, plan.seed)
        runner.add_absences(plan.absences.get(runner.subject, ()))


def _load(plan: BlockPlan, runners: Sequence[TrialRunner], equipment: Equipment, observer: Observer) -> None:
    responses: dict[Cell, ResponseTime] = {}
    for planned in plan.batches:
        batch = planned if isinstance(planned, Batch) else _timed(planned, responses, runners)
        if batch.counted and not _all_loading(runners):
            for runner in runners:
                runner.begin_load()
            _idle(plan.idle_s, runners, observer)
        driven = _drive(_carried(batch, responses), runners, equipment, observer)
        if not batch.counted:
            further = Batch("warming up over one connection", further_slices(driven), counted=False)
            responses |= learn((*driven, *_drive(further, runners, equipment, observer)))
            _announce_duration(plan, responses, runners, observer)
    for own in plan.own_rates:
        _drive(_at_own_rate(own, runners, responses), runners, equipment, observer)
    _end_ladder(plan.own_rates, runners)
    loaded = [runner for runner in runners if runner.subject in _loaded(plan)]
    for runner in loaded:
        runner.end_load()
    _rest(plan.after_load_s, loaded, observer)
    for search in plan.searches:
        searched = [runner for runner in runners if runner.alive and runner.subject in search.subjects]
        observer.event(f"searching {search.limit}")
        run_search(search, searched, equipment.generator, observer, responses)


def _announce_duration(
    plan: BlockPlan, responses: Mapping[Cell, ResponseTime], runners: Sequence[TrialRunner], observer: Observer
) -> None:
    closed = [batch for batch in plan.batches if isinstance(batch, ClosedBatch)]
    running = {runner.subject for runner in runners if runner.alive}
    observer.expects(rest_s(plan, responses, running), slow_answers(closed, responses, running))


def _loaded(plan: BlockPlan) -> frozenset[Subject]:
    """Return the subjects with counted load; empty in a block without a paced slice of a run of paced users alone."""
    counted = (batch for batch in plan.batches if not isinstance(batch, Batch) or batch.counted)
    subjects = (
        [part.subject for part in batch.slices] if isinstance(batch, Batch) else batch.subjects for batch in counted
    )
    return frozenset(subject for of_batch in subjects for subject in of_batch)


def _timed(
    planned: ClosedBatch | PacedBatch, responses: Mapping[Cell, ResponseTime], runners: Sequence[TrialRunner]
) -> Batch:
    """Return a batch with slices for the targets that run; one that is too slow or set aside has absences."""
    running = {runner.subject for runner in runners if runner.alive}
    timed = planned.timed(responses, running)
    for runner in runners:
        reason = runner.set_aside or timed.too_slow.get(runner.subject)
        if reason and not runner.set_aside:
            reason = runner.preparation.silence(planned.scenario, planned.load) or reason
        if reason and runner.subject in planned.subjects:
            runner.add_absences(undriven(planned.scenario, planned.load, reason))
    return Batch(planned.title, timed.slices)


def _carried(batch: Batch, responses: Mapping[Cell, ResponseTime]) -> Batch:
    """Return a batch whose open loads have as many connections as slow answers take."""
    slices = (replace(one, load=carried(one.load, one.subject, one.scenario, responses)) for one in batch.slices)
    return replace(batch, slices=tuple(slices))


def _rest(after_load_s: float, runners: Sequence[TrialRunner], observer: Observer) -> None:
    """Let all targets rest at the same time, then read the memory of each."""
    if not after_load_s or not any(runner.alive for runner in runners):
        return
    observer.event(f"resting for {after_load_s:g} s")
    sleep(after_load_s)
    for runner in runners:
        runner.end_rest()


def _idle(idle_s: float, runners: Sequence[TrialRunner], observer: Observer) -> None:
    """Let all targets rest at the same time, and read the CPU time of each.

    The rest begins a moment after load: what a target still does then, such as a collection of garbage, is not rest.
    """
    if not idle_s or not any(runner.alive for runner in runners):
        return
    observer.event(f"idle for {idle_s:g} s")
    sleep(SETTLING_S)
    for runner in runners:
        runner.begin_idle()
    sleep(idle_s)
    for runner in runners:
        runner.end_idle()


def _end_ladder(steps: Sequence[OwnRate], runners: Iterable[TrialRunner]) -> None:
    climbed = {subject: step.scenario for step in steps for subject, _ in step.draws}
    for runner in runners:
        if runner.subject in climbed:
            runner.end_ladder(climbed[runner.subject])


def _at_own_rate(own: OwnRate, runners: Iterable[TrialRunner], responses: Mapping[Cell, ResponseTime]) -> Batch:
    """Return the batch for the targets with a peak; give the other targets absences instead."""
    driven = {subject for subject, _ in own.draws}
    peaks = {}
    for runner in runners:
        if runner.subject in driven:
            peak = runner.peak(own.scenario)
            if peak is None:
                runner.add_absences(own.absences(NO_PEAK))
            else:
                peaks[runner.subject] = peak.value
    return Batch(own.title, own.slices(peaks, responses), null=own.null)


@contextmanager
def _disconnecting(runners: Iterable[TrialRunner], equipment: Equipment) -> Iterator[None]:
    """Close the connections at the end. After an error, a second error from closing does not replace it."""
    try:
        yield
    except BaseException:
        with suppress(MeasurementError):
            _disconnect(runners, equipment)
        raise
    _disconnect(runners, equipment)


def _disconnect(runners: Iterable[TrialRunner], equipment: Equipment) -> None:
    equipment.generator.disconnect([runner.url for runner in runners if runner.running])


def _all_loading(runners: Iterable[TrialRunner]) -> bool:
    return all(runner.loading for runner in runners if runner.alive)


def _drive(
    batch: Batch, runners: Sequence[TrialRunner], equipment: Equipment, observer: Observer
) -> tuple[DrivenSlice, ...]:
    """Drive the slices of the targets that run, and return them with their results."""
    driven: dict[Subject, list[DrivenSlice]] = {part.subject: [] for part in batch.slices}
    involved = [runner for runner in runners if runner.subject in driven]
    for runner in involved:
        runner.begin_batch()
    urls = {runner.subject: runner.url for runner in involved if runner.alive}
    planned = [part for part in batch.slices if part.subject in urls]
    if not planned:
        return ()
    observer.event(batch.title, len(planned))
    driven_s, runner_of, following = 0.0, {runner.subject: runner for runner in involved}, (*planned[1:], None)
    for part, result, after in zip(planned, equipment.generator.run(planned, urls), following, strict=True):
        observer.sliced(part, result)
        driven[part.subject].append(DrivenSlice(part, result))
        driven_s += result.wall_s
        if after is not None and after.subject != part.subject:
            runner_of[part.subject].between_slices(driven_s)
    _end(batch, involved, driven)
    return tuple(one for of_subject in driven.values() for one in of_subject)


def _end(batch: Batch, runners: Iterable[TrialRunner], driven: Mapping[Subject, Sequence[DrivenSlice]]) -> None:
    lasted_s = {subject: sum(one.result.wall_s for one in slices) for subject, slices in driven.items()}
    beside = driven.get(batch.null, ()) if batch.null else ()
    for runner in runners:
        own = driven[runner.subject]
        runner.end_batch(
            own,
            counted=batch.counted and runner.subject != batch.null,
            elsewhere_s=sum(lasted_s.values()) - lasted_s[runner.subject],
            floor=[one for one in beside if one.plan.load == own[0].plan.load] if own else (),
        )
