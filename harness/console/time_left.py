"""Estimate of the time that a run still takes.

The plan knows the length of a block for fast targets. The slices that the first block makes after its warm-up correct
it. Later blocks are expected to exceed the plan by the same factor as the finished ones. Builds are not in the
estimate. It knows no clock: every call gets the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOAD = 0.5  # of a block, at least: as long as no load was driven, so much of it is to come
_MINUTES_FROM_S = 300


class TimeLeft:
    """Time left of a run's blocks, in seconds.

    Args:
        planned_s: The planned duration of each block that is still to be measured.
        least_blocks: After so many of them the run ends if it is precise; None for all of them.
    """

    def __init__(self, planned_s: Sequence[float], least_blocks: int | None = None) -> None:
        self._planned_s = tuple(planned_s)
        self._least_blocks = len(self._planned_s) if least_blocks is None else least_blocks
        self._block = -1
        self._began_s = 0.0
        self._took_s: list[float] = []
        self._rest_s: float | None = None

    @property
    def planned_s(self) -> float:
        """The planned duration of all blocks."""
        return sum(self._planned_s)

    def begin(self, now_s: float) -> None:
        """Begin the next block, and end the one before."""
        if self._block >= 0:
            self._took_s.append(now_s - self._began_s)
        self._block, self._began_s, self._rest_s = self._block + 1, now_s, None

    def expect(self, rest_s: float) -> None:
        """Learn how long the rest of the block takes from now on."""
        self._rest_s = rest_s

    def drove(self, lasts_s: float) -> None:
        """Count a slice of this expected duration as driven."""
        if self._rest_s is not None:
            self._rest_s -= lasts_s

    def block_s(self, now_s: float) -> float:
        """Return the expected duration of the current block."""
        return now_s - self._began_s + self._of_block_s(now_s)

    def left_s(self, now_s: float) -> float:
        """Return the time left, if all blocks are measured; before the first block that of all blocks."""
        return self._until_s(len(self._planned_s), now_s)

    def least_left_s(self, now_s: float) -> float:
        """Return the time left, if the run ends as soon as it may."""
        return self._until_s(self._least_blocks, now_s)

    def _until_s(self, end: int, now_s: float) -> float:
        """Return the time left of the current block and of those after it, before the one with this number."""
        if self._block < 0:
            return sum(self._planned_s[:end])
        return self._of_block_s(now_s) + self._stretch(now_s) * sum(self._planned_s[self._block + 1 : end])

    def _of_block_s(self, now_s: float) -> float:
        """Return the time left of the current block."""
        if self._rest_s is not None:
            return max(0.0, self._rest_s)
        stretch = self._stretch(now_s) if self._took_s else 1.0
        expected_s = stretch * sum(self._planned_s[self._block : self._block + 1])
        return max(expected_s - (now_s - self._began_s), _LOAD * expected_s)

    def _stretch(self, now_s: float) -> float:
        """Return how many times longer than planned blocks take: the finished ones, else the current one."""
        count = len(self._took_s)
        took_s = sum(self._took_s) if count else self.block_s(now_s)
        planned_s = sum(self._planned_s[: max(1, count)])
        return took_s / planned_s if planned_s else 1.0


def in_words(time_s: float, most_s: float | None = None) -> str:
    """Return a rough duration in words: `about 40 s`, `about 12 min`; up to `most_s` it is `about 12 to 40 min`."""
    longest_s = time_s if most_s is None else most_s
    divisor, unit = (1, "s") if longest_s < _MINUTES_FROM_S else (60, "min")
    durations = dict.fromkeys(max(1, round(one_s / divisor)) for one_s in (time_s, longest_s))
    return f"about {' to '.join(map(str, durations))} {unit}"
