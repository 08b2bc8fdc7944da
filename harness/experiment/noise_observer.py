"""Observers of a run: the protocol, and one that runs the speed probe at every event and flags a disturbed block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from harness.measure.block import Observer

if TYPE_CHECKING:
    from harness.experiment.noise import Noise
    from harness.model import Slice, SliceResult, Trial


class RunObserver(Observer, Protocol):
    """What a run tells while it goes on."""

    def building(self, line: str) -> None:
        """A line of a build."""
        ...

    def block_begins(self, number: int, total: int) -> None:
        """A block begins; numbers count from 1."""
        ...


@dataclass(frozen=True, slots=True)
class NoiseObserver:
    """A `RunObserver` that passes every event on, and reads the speed probe first."""

    observer: RunObserver
    noise: Noise | None

    def event(self, text: str, slices: int = 0) -> None:
        """Something begins: until this returns, nothing is driven."""
        if self.noise is not None:
            self.noise.listen()
        self.observer.event(text, slices)

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """A slice has ended."""
        self.observer.sliced(plan, result)

    def building(self, line: str) -> None:
        """A line of a build."""
        self.observer.building(line)

    def block_begins(self, number: int, total: int) -> None:
        """A block begins; numbers count from 1."""
        self.observer.block_begins(number, total)

    def judge(self, block: int, trials: tuple[Trial, ...]) -> tuple[tuple[Trial, ...], list[dict[str, Any]]]:
        """Return the trials of a block with its flags, and its signals: what disturbs one target, disturbs all."""
        if self.noise is None:
            return trials, []
        flags, signals = self.noise.end_block(block)
        return tuple(replace(trial, flags=(*trial.flags, *flags)) for trial in trials), signals

    def broken_off(self, block: int) -> list[dict[str, Any]]:
        """Return the signals of a block that did not come to its end, marked as such."""
        return [line | {"unfinished": True} for line in self.judge(block, ())[1]]
