"""Observers of a block: the protocol, and the part of an observer that passes events on to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from harness.measure.closed import SlowAnswers
    from harness.model import Slice, SliceResult


class Observer(Protocol):
    """Observer of the progress of a block."""

    def event(self, text: str, slices: int = 0) -> None:
        """Receive the beginning of a start or a batch, with its number of slices; 0 where the number is not known."""
        ...

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Receive the end of a slice."""
        ...

    def expects(self, rest_s: float, slow: SlowAnswers | None) -> None:
        """Receive the expected duration of the block's rest after warm-up, and the slow answers that lengthen it."""
        ...

    def notice(self, text: str) -> None:
        """Receive a deviation from the plan, as a sentence."""
        ...


@dataclass(frozen=True, slots=True)
class PassingObserver:
    """Base of an observer that does something at some events, and passes all of them on."""

    observer: Observer

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Pass on the end of a slice."""
        self.observer.sliced(plan, result)

    def expects(self, rest_s: float, slow: SlowAnswers | None) -> None:
        """Pass on the expected duration of the block's rest."""
        self.observer.expects(rest_s, slow)

    def notice(self, text: str) -> None:
        """Pass on a deviation from the plan."""
        self.observer.notice(text)
