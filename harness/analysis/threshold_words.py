"""Reasons why thresholds do not hold, in words. Every command imports this module, so it must not need scipy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Breach:
    """The reason why a threshold does not hold.

    Attributes:
        threshold: The threshold as written; empty for a target of one run only.
        reason: The reason in words.
        ratio: The change beyond the threshold; None for another reason.
        is_judged: Whether a change was judged; False where none could be, or where a number is lost.
    """

    threshold: str
    reason: str
    ratio: float | None = None
    is_judged: bool = True

    @property
    def text(self) -> str:
        """Threshold and reason in words."""
        return f"{self.threshold}: {self.reason}" if self.threshold else self.reason


def what_failed(failures: Collection[Breach]) -> str:
    """Return what is wrong: a threshold does not hold, none could be judged, or only a target is not in both runs."""
    if not any(one.threshold for one in failures):
        return "a target is in one run only"
    is_judged = any(one.is_judged for one in failures if one.threshold)
    return "a threshold does not hold" if is_judged else "a threshold could not be judged"


def by_threshold(failures: Iterable[Breach]) -> Collection[Sequence[Breach]]:
    """Return the reasons of each threshold that does not hold, in the order of the thresholds."""
    groups: dict[str, list[Breach]] = {}
    for one in failures:
        if one.threshold:
            groups.setdefault(one.threshold, []).append(one)
    return groups.values()


def in_short(of_threshold: Sequence[Breach]) -> str:
    """Return one sentence for the reasons of a threshold: its largest change, and the number of others."""
    largest = max(of_threshold, key=lambda one: 0.0 if one.ratio is None else abs(math.log(one.ratio)))
    return largest.text + (f"; and {len(of_threshold) - 1} more" if len(of_threshold) > 1 else "")


def in_words(failures: Iterable[Breach]) -> Iterator[str]:
    """Return one sentence for each threshold that does not hold."""
    return map(in_short, by_threshold(failures))
