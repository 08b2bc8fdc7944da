"""Failures of targets, said as soon as they are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.measure.observer import PassingObserver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.measure.trial_runner import TrialRunner
    from harness.model import Failure, Subject

_MOST = 300


def in_short(failure: Failure) -> str:
    """Return a failure as one line: the target, and the first line of its message, without its log."""
    why = failure.message.partition("\n")[0]
    why = why if len(why) <= _MOST else f"{why[: _MOST - 3].rstrip()}..."
    return f"{failure.subject} failed and is left out from here on: {why}"


@dataclass(frozen=True, slots=True)
class LossObserver(PassingObserver):
    """Observer that first tells which targets have failed, each once, then passes the event on."""

    runners: Sequence[TrialRunner]
    told: set[Subject] = field(default_factory=set)

    def tell(self) -> None:
        """Tell the new failures."""
        for runner in self.runners:
            if runner.failure is not None and runner.subject not in self.told:
                self.told.add(runner.subject)
                self.observer.notice(in_short(runner.failure))

    def event(self, text: str, slices: int = 0) -> None:
        """Tell the new failures, then pass the event on."""
        self.tell()
        self.observer.event(text, slices)
