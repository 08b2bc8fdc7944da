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
    from collections.abc import Iterator, Sequence

_DRAWN_AT_ONCE = 512
# Streams of the seed; stream 0 is for the arrivals themselves.
_STREAM = 1
_STARTS = 2


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

    def place(self, number: int) -> int:
        """Return the place of this share's connection `number` among the connections of all shares, from 0."""
        return self.index + number * self.of

    def starts_ns(self, total: int, starts_s: Sequence[float], seed: int) -> list[int]:
        """Return the first sends of this share's connections, in ns after the beginning of the slice, ascending.

        Connection k of `total` starts at the quantile (k + u) / `total`, interpolated. All connections of a slice have
        the same u, drawn from its seed in 0 to 1. So also the start of a single connection has this distribution. The
        shares interleave.

        Args:
            total: The number of connections of all shares.
            starts_s: The quantiles, as in `Slice`; empty: all start at once.
            seed: The slice's seed.
        """
        if not starts_s:
            return [0] * self.connections(total)
        drawn = np.random.default_rng((seed, _STARTS)).random()
        probabilities = (np.arange(self.index, total, self.of) + drawn) / total
        found_s = np.interp(probabilities, np.linspace(0, 1, len(starts_s)), starts_s)
        starts_ns: list[int] = np.rint(found_s * 1e9).astype(np.int64).tolist()
        return starts_ns

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
