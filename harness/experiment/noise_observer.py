"""Observers of a run: the protocol, and an observer that runs the speed probe at every event and flags blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from harness.measure.observer import Observer, PassingObserver

if TYPE_CHECKING:
    from harness.experiment.noise import Noise
    from harness.model import Trial


class RunObserver(Observer, Protocol):
    """Observer of the builds and blocks of a run."""

    def building(self, line: str) -> None:
        """Receive a line of a build's output."""
        ...

    def block_begins(self, number: int, total: int) -> None:
        """Receive the start of a block; numbers count from 1."""
        ...


@dataclass(frozen=True, slots=True)
class NoiseObserver(PassingObserver):
    """Observer that runs the speed probe at every event, then passes the event on."""

    observer: RunObserver
    noise: Noise | None

    def event(self, text: str, slices: int = 0) -> None:
        """Run the speed probe, then pass the event on. No load is driven until this returns."""
        if self.noise is not None:
            self.noise.read_probe()
        self.observer.event(text, slices)

    def building(self, line: str) -> None:
        """Pass on a line of a build's output."""
        self.observer.building(line)

    def block_begins(self, number: int, total: int) -> None:
        """Pass on the start of a block; numbers count from 1."""
        self.observer.block_begins(number, total)

    def judge(self, block: int, trials: tuple[Trial, ...]) -> tuple[tuple[Trial, ...], list[dict[str, Any]]]:
        """Return the trials with the provisional flags of their block, and the block's signals.

        Every trial gets every flag: targets take turns, so a disturbance of one target disturbs all of them.
        """
        if self.noise is None:
            return trials, []
        flags, signals = self.noise.end_block(block)
        return tuple(replace(trial, flags=(*trial.flags, *flags)) for trial in trials), signals

    def signals_of_unfinished(self, block: int) -> list[dict[str, Any]]:
        """Return the signals of a block that ended early, marked as unfinished."""
        return [line | {"unfinished": True} for line in self.judge(block, ())[1]]
