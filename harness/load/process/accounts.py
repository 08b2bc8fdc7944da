"""Accounts: counts and histograms of requests, of a slice or of one of its endpoints; and counts per second.

The size of an account does not depend on time; only windows grow, by two numbers per second. The recorder decides which
samples belong to which account. Times are in nanoseconds of one monotonic clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from harness.histogram import Histogram
from harness.model import EndpointResult, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import ErrorKind, Slice

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Extent:
    """Extent of a slice on the clock; its counted part is from `start_ns` up to, but not including, `end_ns`.

    Attributes:
        began_ns: Beginning of the load, and of the first window; None for no windows.
        stop_ns: End of the load, after the tail; None if the slice has no tail.
    """

    start_ns: int
    end_ns: int
    began_ns: int | None = None
    stop_ns: int | None = None

    @classmethod
    def of(cls, order: Slice, began_ns: int) -> Self:
        """Return the extent of a slice whose load begins at `began_ns`."""
        stop_ns = began_ns + round(order.duration_s * 1e9)
        return cls(began_ns + round(order.discard_s * 1e9), stop_ns - round(order.tail_s * 1e9), began_ns, stop_ns)

    @property
    def counted_s(self) -> float:
        """Length of the counted part, in seconds."""
        return (self.end_ns - self.start_ns) / 1e9

    @property
    def last_send_ns(self) -> int:
        """End of the load."""
        return self.end_ns if self.stop_ns is None else self.stop_ns


class Account:
    """Account of requests of one slice: verified answers, errors, and histograms of their times.

    Attributes:
        service, response, lateness: Histograms of requests that began in the counted part; the last two only in open
            load.
    """

    def __init__(self, extent: Extent, *, is_open: bool) -> None:
        self.open(extent, is_open=is_open)

    def open(self, extent: Extent, *, is_open: bool) -> None:
        """Reset, and begin a slice of this extent."""
        self._extent = extent
        self._is_open = is_open
        self.service, self.response, self.lateness = Histogram(), Histogram(), Histogram()
        self.verified = 0
        self.errors: Counter[ErrorKind] = Counter()

    @property
    def sent(self) -> int:
        """Number of requests that were sent and have ended, with an answer or with an error."""
        return self.verified + self.errors.total()

    def enter(self, sent_ns: NDArray[np.int64], done_ns: NDArray[np.int64], due_ns: NDArray[np.int64]) -> None:
        """Add verified answers."""
        began = due_ns if self._is_open else sent_ns
        inside = (began >= self._extent.start_ns) & (began < self._extent.end_ns)
        self.service.record((done_ns - sent_ns)[inside])
        if self._is_open:
            self.response.record((done_ns - due_ns)[inside])
            self.lateness.record((sent_ns - due_ns)[inside])
        self.verified += len(sent_ns)

    def enter_given_up(self, sent_ns: int | None, due_ns: int, now_ns: int) -> None:
        """Add the time until a request was given up to the histograms; its error is counted separately."""
        began = due_ns if self._is_open or sent_ns is None else sent_ns
        if not self._extent.start_ns <= began < self._extent.end_ns:
            return
        if sent_ns is not None:
            self.service.record(np.array([now_ns - sent_ns]))
        if self._is_open:
            self.response.record(np.array([now_ns - due_ns]))
            self.lateness.record(np.array([(sent_ns or now_ns) - due_ns]))

    def as_endpoint(self) -> EndpointResult:
        """Return the account as the result of an endpoint."""
        return EndpointResult(
            sent=self.sent,
            verified=self.verified,
            errors=dict(self.errors),
            service=text_of(self.service),
            response=text_of(self.response),
            lateness=text_of(self.lateness),
        )


class Windows:
    """Windows of a slice: counts of ended requests per second; none for a slice of up to 1 s."""

    def __init__(self, extent: Extent) -> None:
        self._began_ns = began_ns = extent.last_send_ns if extent.began_ns is None else extent.began_ns
        length_ns = extent.last_send_ns - began_ns
        # the whole seconds, and one more for the rest
        count = length_ns // _SECOND_NS + 1 if length_ns > _SECOND_NS else 0
        self._verified, self._errors = np.zeros((2, count), dtype=np.int64)

    def enter(self, done_ns: NDArray[np.int64]) -> None:
        """Add verified answers by their arrival."""
        count = len(self._verified)
        if count:
            seconds = np.clip((done_ns - self._began_ns) // _SECOND_NS, 0, count - 1)
            self._verified += np.bincount(seconds, minlength=count)

    def enter_error(self, now_ns: int) -> None:
        """Add one error by the time of its detection."""
        count = len(self._errors)
        if count:
            self._errors[min(max((now_ns - self._began_ns) // _SECOND_NS, 0), count - 1)] += 1

    def as_tuple(self) -> tuple[Window, ...]:
        """Return the windows in order."""
        return tuple(map(Window, self._verified.tolist(), self._errors.tolist()))


def text_of(histogram: Histogram) -> str | None:
    """Return the text form of a histogram, None without samples."""
    return histogram.to_text() if histogram.count else None
