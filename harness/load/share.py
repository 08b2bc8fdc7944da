"""Load share of a worker: its part of a slice's connections and arrivals.

All workers get the same slice, and each computes its share from two numbers. All shares together are the slice: no
connection and no arrival is missing, and none is driven twice. This module does not know how messages are sent.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRAWN_AT_ONCE = 512
_STREAM = 1  # stream 0 of the seed is for the arrivals themselves


@dataclass(frozen=True, slots=True)
class LoadShare:
    """Load share number `index`, counted from 0, of `of` equal shares of a slice."""

    index: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.of:
            raise ValueError(f"share {self.index} of {self.of}")

    def connections(self, total: int) -> int:
        """Return the number of connections in this share; shares differ by at most 1."""
        return total // self.of + (self.index < total % self.of)

    def starts_ns(self, total: int, spread_s: float) -> list[int]:
        """Return the first sends of this share's connections, in ns after the beginning of the slice.

        The first sends of all `total` connections are spread evenly over `spread_s`. The shares interleave.
        """
        return [round(number * spread_s * 1e9 / total) for number in range(self.index, total, self.of)]

    def interleaved(self, due_ns: Iterator[int]) -> Iterator[int]:
        """Yield every `of`-th arrival: a share of a constant rate is a constant rate."""
        return itertools.islice(due_ns, self.index, None, self.of)

    def thinned(self, due_ns: Iterator[int], seed: int) -> Iterator[int]:
        """Yield randomly selected arrivals: a share of a Poisson process is one too, independent of other shares."""
        return due_ns if self.of == 1 else itertools.compress(due_ns, self._selection(seed))

    def _selection(self, seed: int) -> Iterator[bool]:
        random = np.random.default_rng((seed, _STREAM))
        while True:
            yield from (random.integers(self.of, size=_DRAWN_AT_ONCE) == self.index).tolist()


WHOLE_LOAD = LoadShare()
