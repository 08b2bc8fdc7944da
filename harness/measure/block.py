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
from harness.measure.latency import OWN_RATE
from harness.measure.limits import run_search
from harness.measure.turn import Turn
from harness.model import DrivenSlice, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.measure.bench import Bench
    from harness.measure.latency import OwnRate
    from harness.measure.limits import SearchPlan
    from harness.model import Slice, SliceResult, Subject


@dataclass(frozen=True, slots=True)
class Batch:
    """Slices that belong together: one scenario under one load, on every target, in the order they are driven.

    Attributes:
        counted: Whether anything is measured in it; warm-up is not.
        called: What its latencies name in place of the rate.
    """

    title: str
    slices: tuple[Slice, ...]
    counted: bool = True
    called: str | None = None


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


def run_block(plan: BlockPlan, bench: Bench, observer: Observer) -> tuple[Trial, ...]:
    """Run one block and return its trials in the order of their starts; a trial that failed says so.

    Raises:
        MeasurementError: The generator failed.
        MachineError: The engine or the kernel's counters failed.
    """
    turns = [Turn(plan.number, position, subject, bench) for position, subject in enumerate(plan.order)]
    with ExitStack() as ending:  # whatever fails here, every turn is stopped, after its connections are closed
        for turn in turns:
            ending.callback(turn.stop)
        with _disconnecting(turns, bench):
            _run_turns(plan, turns, bench, observer)
    return tuple(turn.trial() for turn in turns)


def _run_turns(plan: BlockPlan, turns: Sequence[Turn], bench: Bench, observer: Observer) -> None:
    for turn in turns if plan.uncached_starts else ():
        observer.event(f"starting {turn.subject} from the disk")
        turn.start_uncached(plan.uncached_starts)
    for turn in turns:
        observer.event(f"starting {turn.subject}")
        turn.start(plan.cold_starts, plan.discarded_starts, plan.seed)
    for batch in plan.batches:
        if batch.counted and not _all_loading(turns):
            for turn in turns:
                turn.begin_load()
        _drive(batch, turns, bench, observer)
    if plan.own_rate is not None:
        _drive(_at_own_rate(plan.own_rate, turns), turns, bench, observer)
    for turn in turns:
        turn.end_load()
    _rest(plan.after_load_s, turns, observer)
    for search in plan.searches:
        taking_part = [turn for turn in turns if turn.alive and turn.subject in search.subjects]
        observer.event(f"searching {search.limit}")
        run_search(search, taking_part, bench.generator, observer)


def _rest(after_load_s: float, turns: Sequence[Turn], observer: Observer) -> None:
    """Leave all targets in peace for so long, and read what they still occupy; an idle target costs nobody anything."""
    if not after_load_s or not any(turn.alive for turn in turns):
        return
    observer.event(f"resting for {after_load_s:g} s")
    sleep(after_load_s)
    for turn in turns:
        turn.end_rest()


def _at_own_rate(own: OwnRate, turns: Iterable[Turn]) -> Batch:
    """Return the batch for those that have a peak; the others owe its numbers."""
    driven = {subject for subject, _ in own.draws}
    peaks = {}
    for turn in turns:
        if turn.subject in driven:
            peak = turn.peak(own.scenario)
            if peak is None:
                turn.owe(own.absences("its peak has no number to take a share of"))
            else:
                peaks[turn.subject] = peak.value
    return Batch(own.title, own.slices(peaks), called=OWN_RATE)


@contextmanager
def _disconnecting(turns: Iterable[Turn], bench: Bench) -> Iterator[None]:
    """Close the connections at the end; whatever ended it early is the error to tell, and not that this fails too."""
    try:
        yield
    except BaseException:
        with suppress(MeasurementError):
            _disconnect(turns, bench)
        raise
    _disconnect(turns, bench)


def _disconnect(turns: Iterable[Turn], bench: Bench) -> None:
    bench.generator.disconnect([turn.url for turn in turns if turn.running])


def _all_loading(turns: Iterable[Turn]) -> bool:
    return all(turn.loading for turn in turns if turn.alive)


def _drive(batch: Batch, turns: Sequence[Turn], bench: Bench, observer: Observer) -> None:
    driven: dict[Subject, list[DrivenSlice]] = {part.subject: [] for part in batch.slices}
    taking_part = [turn for turn in turns if turn.subject in driven]
    for turn in taking_part:
        turn.begin_batch()
    urls = {turn.subject: turn.url for turn in taking_part if turn.alive}
    planned = [part for part in batch.slices if part.subject in urls]
    if not planned:
        return
    observer.event(batch.title, len(planned))
    for part, result in zip(planned, bench.generator.run(planned, urls), strict=True):
        observer.sliced(part, result)
        driven[part.subject].append(DrivenSlice(part, result))
    for turn in taking_part:
        turn.end_batch(driven[turn.subject], counted=batch.counted, called=batch.called)
