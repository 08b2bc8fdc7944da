"""The order of events of one block: every target gets one fresh instance, and all of them alternate under load.

0. where the plan asks for it, each target in turn: timed starts after the page cache was dropped, all stopped again
1. each target in turn: timed starts, all but the last stopped again; first requests; verification; memory idle
2. warm-up: short slices of every target and every scenario, nobody counts them
3. the Date of each target has moved; the kernel's high-water marks are reset
4. closed load, level by level: slices of the targets alternate in random order
5. open load, rate by rate: the same; then at each target's own rate, a share of its peak in 4
6. memory loaded and peak; after a rest of all targets, what they still occupy
7. the search for limits, the targets' attempts alternating; every instance is stopped

What fails, fails for its own target: its turn ends there, and the others go on.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Protocol

from harness.errors import MeasurementError
from harness.measure.limits import run_search
from harness.measure.trial_runner import TrialRunner
from harness.metrics.catalogue import LATENCY_OPEN, LATENCY_OWN_RATE
from harness.model import DrivenSlice, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.measure.equipment import Equipment
    from harness.measure.latency import OwnRate
    from harness.measure.limits import SearchPlan
    from harness.metrics.catalogue import Metric
    from harness.model import Slice, SliceResult, Subject


@dataclass(frozen=True, slots=True)
class Batch:
    """Slices that belong together: one scenario under one load, on every target, in the order they are driven.

    Attributes:
        counted: Whether anything is measured in it; warm-up is not.
        latency: The metric of its latencies, where its load is open.
    """

    title: str
    slices: tuple[Slice, ...]
    counted: bool = True
    latency: Metric = LATENCY_OPEN


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """What one block does: the order in which targets start, and its batches, warm-up first.

    Attributes:
        uncached_starts: Starts of each target that are timed after the page cache was dropped.
        discarded_starts: Starts of each target ahead of the timed ones; the first block warms the page cache with them.
        own_rate: What is driven when the peaks are known, if anything.
        searches: What is searched when everything else is measured.
        after_load_s: How long all targets rest between load and the last reading of memory; 0 for no such reading.
    """

    number: int
    order: tuple[Subject, ...]
    batches: tuple[Batch, ...]
    cold_starts: int
    discarded_starts: int
    seed: int
    own_rate: OwnRate | None = None
    searches: tuple[SearchPlan, ...] = ()
    after_load_s: float = 0.0
    uncached_starts: int = 0


class Observer(Protocol):
    """Whoever wants to see how a block goes on."""

    def event(self, text: str, slices: int = 0) -> None:
        """Something begins: a start, or a batch of so many slices; 0 where nobody knows how many there will be."""
        ...

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """A slice has ended."""
        ...


def run_block(plan: BlockPlan, equipment: Equipment, observer: Observer) -> tuple[Trial, ...]:
    """Run one block and return its trials in the order of their starts; a trial that failed says so.

    Raises:
        MeasurementError: The generator failed.
        MachineError: The engine or the kernel's counters failed.
    """
    runners = [TrialRunner(plan.number, position, subject, equipment) for position, subject in enumerate(plan.order)]
    with ExitStack() as ending:  # whatever fails here, every turn is stopped, after its connections are closed
        for runner in runners:
            ending.callback(runner.stop)
        with _disconnecting(runners, equipment):
            _run_trials(plan, runners, equipment, observer)
    return tuple(runner.trial() for runner in runners)


def _run_trials(plan: BlockPlan, runners: Sequence[TrialRunner], equipment: Equipment, observer: Observer) -> None:
    for runner in runners if plan.uncached_starts else ():
        observer.event(f"starting {runner.subject} from the disk")
        runner.start_uncached(plan.uncached_starts)
    for runner in runners:
        observer.event(f"starting {runner.subject}")
        runner.start(plan.cold_starts, plan.discarded_starts, plan.seed)
    for batch in plan.batches:
        if batch.counted and not _all_loading(runners):
            for runner in runners:
                runner.begin_load()
        _drive(batch, runners, equipment, observer)
    if plan.own_rate is not None:
        _drive(_at_own_rate(plan.own_rate, runners), runners, equipment, observer)
    for runner in runners:
        runner.end_load()
    _rest(plan.after_load_s, runners, observer)
    for search in plan.searches:
        taking_part = [runner for runner in runners if runner.alive and runner.subject in search.subjects]
        observer.event(f"searching {search.limit}")
        run_search(search, taking_part, equipment.generator, observer)


def _rest(after_load_s: float, runners: Sequence[TrialRunner], observer: Observer) -> None:
    """Leave all targets in peace for so long, and read what they still occupy; an idle target costs nobody anything."""
    if not after_load_s or not any(runner.alive for runner in runners):
        return
    observer.event(f"resting for {after_load_s:g} s")
    sleep(after_load_s)
    for runner in runners:
        runner.end_rest()


def _at_own_rate(own: OwnRate, runners: Iterable[TrialRunner]) -> Batch:
    """Return the batch for those that have a peak; the others owe its numbers."""
    driven = {subject for subject, _ in own.draws}
    peaks = {}
    for runner in runners:
        if runner.subject in driven:
            peak = runner.peak(own.scenario)
            if peak is None:
                runner.owe(own.absences("its peak has no number to take a share of"))
            else:
                peaks[runner.subject] = peak.value
    return Batch(own.title, own.slices(peaks), latency=LATENCY_OWN_RATE)


@contextmanager
def _disconnecting(runners: Iterable[TrialRunner], equipment: Equipment) -> Iterator[None]:
    """Close the connections at the end; whatever ended it early is the error to tell, and not that this fails too."""
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


def _drive(batch: Batch, runners: Sequence[TrialRunner], equipment: Equipment, observer: Observer) -> None:
    driven: dict[Subject, list[DrivenSlice]] = {part.subject: [] for part in batch.slices}
    taking_part = [runner for runner in runners if runner.subject in driven]
    for runner in taking_part:
        runner.begin_batch()
    urls = {runner.subject: runner.url for runner in taking_part if runner.alive}
    planned = [part for part in batch.slices if part.subject in urls]
    if not planned:
        return
    observer.event(batch.title, len(planned))
    for part, result in zip(planned, equipment.generator.run(planned, urls), strict=True):
        observer.sliced(part, result)
        driven[part.subject].append(DrivenSlice(part, result))
    for runner in taking_part:
        runner.end_batch(driven[runner.subject], counted=batch.counted, latency=batch.latency)
