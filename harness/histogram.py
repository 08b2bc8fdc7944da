"""Latency histograms with log-linear bins of nanoseconds: constant memory, exact merges.

A bin's width is at most 1/1024 of its value, so every quantile is within 0.05 % of its sample, from 1 µs to beyond
60 s (the limit of the `histogram` self-test is 0.1 %). The layout follows HdrHistogram (G. Tene): each value below
2048 ns has its own bin; above, each power of two is divided into 1024 equal bins.

A histogram that counts has all bins. One that was read has only the bins with samples until something is added to it: a
stored run has thousands of them.

This module counts durations. It does not know what they are durations of.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_SUB_BITS = 10
_SUB_BINS = 1 << _SUB_BITS
_MAX_BITS = 37  # 2**37 ns is 137 s; longer samples count in the last bin, and the maximum stays exact
BIN_COUNT = (_MAX_BITS - _SUB_BITS) * _SUB_BINS + _SUB_BINS
_MOST_BYTES = BIN_COUNT * 16  # of the pairs of all bins
_MOST_NS = 1 << 63
_MOST_SAMPLES = 1 << 40  # in one bin
_SHOWN = 40  # characters of a damaged text
_NONE: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


class DamagedHistogramError(UsageError, ValueError):
    """A text is not a histogram, such as one of a stored run that was changed."""

    def __init__(self, text: str, cause: object) -> None:
        super().__init__("a histogram is damaged", where=text[:_SHOWN], cause=str(cause), remedy="Measure again.")


def _bin_of(samples_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    clipped = np.clip(samples_ns, 0, (1 << _MAX_BITS) - 1)
    # frexp gives the exponent exactly for integers below 2**53, where log2 may round up at a power of two
    exponent = np.frexp(clipped.astype(np.float64))[1].astype(np.int64)
    shift = np.maximum(exponent - (_SUB_BITS + 1), 0)
    return (shift << _SUB_BITS) + (clipped >> shift)


def _middle_of(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    shift = np.maximum((bins >> _SUB_BITS) - 1, 0)
    low = (bins - (shift << _SUB_BITS)) << shift
    middle: NDArray[np.float64] = low + ((1 << shift) - 1) / 2
    return middle


def seconds_of(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the middles of bins, in seconds."""
    return _middle_of(bins) / 1e9


class Histogram:
    """Counts of durations by bin, with their exact number, sum, minimum and maximum.

    Input is in integer nanoseconds, output in seconds.
    """

    __slots__ = ("_all", "_filled", "max_ns", "min_ns", "sum_ns")

    def __init__(self) -> None:
        self._all: NDArray[np.int64] | None = None
        self._filled = (_NONE, _NONE)
        self.sum_ns = 0
        self.min_ns: int | None = None
        self.max_ns: int | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        mine, theirs = (self.sum_ns, self.min_ns, self.max_ns), (other.sum_ns, other.min_ns, other.max_ns)
        return mine == theirs and all(map(np.array_equal, self.filled(), other.filled()))

    __hash__ = None  # type: ignore[assignment]  # a histogram is mutable

    @property
    def _counts(self) -> NDArray[np.int64]:
        """The counts of all bins, to be added to."""
        if self._all is None:
            self._all = np.zeros(BIN_COUNT, dtype=np.int64)
            bins, counts = self._filled
            self._all[bins] = counts
            self._filled = (_NONE, _NONE)
        return self._all

    @property
    def count(self) -> int:
        """The number of samples."""
        return int((self._filled[1] if self._all is None else self._all).sum())

    @property
    def mean_s(self) -> float:
        """The exact mean in seconds; nan without samples."""
        count = self.count
        return self.sum_ns / count / 1e9 if count else float("nan")

    def record(self, samples_ns: NDArray[np.int64]) -> None:
        """Count an array of durations in nanoseconds, all of them 0 or more.

        Raises:
            ValueError: A duration is negative.
        """
        if not len(samples_ns):
            return
        low, high = int(samples_ns.min()), int(samples_ns.max())
        if low < 0:
            raise ValueError(f"negative duration: {low} ns")
        np.add.at(self._counts, _bin_of(samples_ns), 1)  # np.bincount would touch every bin, also for a few samples
        self.sum_ns += int(samples_ns.sum())
        self.min_ns = low if self.min_ns is None else min(self.min_ns, low)
        self.max_ns = high if self.max_ns is None else max(self.max_ns, high)

    def filled(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the bins with samples, ascending, and their counts; `seconds_of` gives the values of bins."""
        if self._all is None:
            return self._filled
        bins = np.flatnonzero(self._all)
        return bins, self._all[bins]

    def add(self, other: Histogram) -> None:
        """Add the samples of another histogram to this one, exactly."""
        if other.min_ns is None or other.max_ns is None:
            return
        bins, counts = other.filled()
        self._counts[bins] += counts
        self.sum_ns += other.sum_ns
        self.min_ns = other.min_ns if self.min_ns is None else min(self.min_ns, other.min_ns)
        self.max_ns = other.max_ns if self.max_ns is None else max(self.max_ns, other.max_ns)

    def quantile_s(self, q: float) -> float:
        """Return the q-quantile in seconds, 0 <= q <= 1: the smallest sample with at least q of all at or below it.

        Raises:
            ValueError: There are no samples, or q is out of range.
        """
        return self._quantiles_s([q])[0]

    def curve(self, points: Iterable[float]) -> list[tuple[float, float]]:
        """Return (quantile, seconds) pairs for a plot."""
        quantiles = list(points)
        return list(zip(quantiles, self._quantiles_s(quantiles), strict=True))

    def _quantiles_s(self, quantiles: Sequence[float]) -> list[float]:
        for q in quantiles:
            if not 0 <= q <= 1:
                raise ValueError(f"quantile {q} is not in 0..1")
        if self.min_ns is None or self.max_ns is None:
            raise ValueError("no samples, so no quantile")
        bins, counts = self.filled()
        cumulated = counts.cumsum()
        ranks = np.maximum(1, np.ceil(np.multiply(quantiles, cumulated[-1]) - 1e-9))
        middles_ns = _middle_of(bins[np.searchsorted(cumulated, ranks)])
        found_ns = np.where(ranks == cumulated[-1], self.max_ns, np.clip(middles_ns, self.min_ns, self.max_ns))
        found_s: list[float] = (found_ns / 1e9).tolist()
        return found_s

    def to_text(self) -> str:
        """Return a compact text form: base64 of deflated (bin, count) pairs, with sum, minimum and maximum in front."""
        pairs = np.stack(self.filled()).astype("<i8").tobytes()
        low, high = ("" if end is None else end for end in (self.min_ns, self.max_ns))
        return f"{self.sum_ns}:{low}:{high}:{base64.b64encode(zlib.compress(pairs)).decode('ascii')}"

    def to_numbers(self) -> str:
        """Return a plain text form, which compresses well among others: steps from bin to bin, and counts.

        `to_text` is compressed by itself, so a compression of many such texts gains nothing.
        """
        bins, counts = self.filled()
        low, high = ("" if end is None else end for end in (self.min_ns, self.max_ns))
        steps = np.diff(bins, prepend=0)
        return f"{self.sum_ns}:{low}:{high}:{' '.join(map(str, steps))}:{' '.join(map(str, counts))}"

    @classmethod
    def total(cls, histograms: Iterable[Histogram]) -> Histogram:
        """Return the samples of several histograms in one, exactly."""
        total = cls()
        for histogram in histograms:
            total.add(histogram)
        return total

    @classmethod
    def from_texts(cls, texts: Iterable[str | None]) -> Histogram:
        """Return the samples of several histograms in their text form in one; None has no samples.

        Raises:
            DamagedHistogramError: A text is not in that form.
        """
        return cls.total(cls.from_text(text) for text in texts if text is not None)

    @classmethod
    def from_text(cls, text: str) -> Histogram:
        """Read the form that `to_text` writes.

        Raises:
            DamagedHistogramError: The text is not in that form.
        """
        try:
            total, low, high, packed = text.split(":")
            bins, counts = np.frombuffer(_unpacked(packed), dtype="<i8").reshape(2, -1)
            return cls._of(bins, counts, total, low, high)
        except (ValueError, zlib.error) as error:
            raise DamagedHistogramError(text, error) from error

    @classmethod
    def from_numbers(cls, text: str) -> Histogram:
        """Read the form that `to_numbers` writes.

        Raises:
            DamagedHistogramError: The text is not in that form.
        """
        try:
            total, low, high, steps, counts = text.split(":")
            bins = np.array(steps.split(), dtype=np.int64).cumsum()
            return cls._of(bins, np.array(counts.split(), dtype=np.int64), total, low, high)
        except (ValueError, OverflowError) as error:
            raise DamagedHistogramError(text, error) from error

    @classmethod
    def _of(cls, bins: NDArray[np.int64], counts: NDArray[np.int64], total: str, low: str, high: str) -> Histogram:
        fits = (bins >= 0) & (bins < BIN_COUNT) & (counts > 0) & (counts < _MOST_SAMPLES)
        ends_ns = [int(end) if end else None for end in (low, high)]
        sum_ns = int(total)
        fits_ends = all(end is None or 0 <= end < _MOST_NS for end in (sum_ns, *ends_ns))
        if not fits.all() or not fits_ends or bool(low and high) != bool(len(bins)):
            raise ValueError("a bin, a count or an end is out of range")
        histogram = cls()
        if (bins[1:] > bins[:-1]).all():
            histogram._filled = bins, counts
        else:
            histogram._counts[bins] = counts
        histogram.sum_ns = sum_ns
        histogram.min_ns, histogram.max_ns = ends_ns
        return histogram


def _unpacked(packed: str) -> bytes:
    unpacking = zlib.decompressobj()
    pairs = unpacking.decompress(base64.b64decode(packed, validate=True), _MOST_BYTES)
    if not unpacking.eof:
        raise ValueError("its bins are cut, or more than there can be")
    return pairs
