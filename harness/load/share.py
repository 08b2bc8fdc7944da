"""A worker's share of a slice: which of the connections and which of the arrivals are its own.

All workers are told the same slice, and each works its share out from two numbers. The shares together are the slice:
no connection and no arrival is missing, and none is driven twice. Nothing here knows how workers are told.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRAWN_AT_ONCE = 512
_STREAM = 1  # beside stream 0 of the seed, from which the arrivals themselves are drawn


@dataclass(frozen=True, slots=True)
class LoadShare:
    """Share number `index`, counted from 0, of `of` equal shares of a slice."""

    index: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.index < self.of:
            raise ValueError(f"share {self.index} of {self.of}")

    def connections(self, total: int) -> int:
        """Return how many of the connections are in this share: as even a share as there is."""
        return total // self.of + (self.index < total % self.of)

    def interleaved(self, due_ns: Iterator[int]) -> Iterator[int]:
        """Yield every `of`-th arrival: of a constant rate, that is a constant rate again."""
        return itertools.islice(due_ns, self.index, None, self.of)

    def thinned(self, due_ns: Iterator[int], seed: int) -> Iterator[int]:
        """Yield arrivals chosen at random: of a Poisson process that is one again, independent of the other shares."""
        return due_ns if self.of == 1 else itertools.compress(due_ns, self._lots(seed))

    def _lots(self, seed: int) -> Iterator[bool]:
        random = np.random.default_rng((seed, _STREAM))
        while True:
            yield from (random.integers(self.of, size=_DRAWN_AT_ONCE) == self.index).tolist()


WHOLE_LOAD = LoadShare()
