"""Accounts: what is kept of requests, those of a whole slice or of one of its endpoints, and by the second.

An account is as large after an hour as after a second; only windows grow, by two numbers a second. Whoever bins
samples decides which of them go where. Times are nanoseconds of one monotonic clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.histogram import Histogram
from harness.model import EndpointResult, Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import ErrorKind

_SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Extent:
    """A slice on the clock: it counts from `start_ns` up to but not including `end_ns`.

    Attributes:
        began_ns: When its load began, from which windows are told; None where nobody wants any.
    """

    start_ns: int
    end_ns: int
    began_ns: int | None = None


class Account:
    """Requests of one slice that belong together: how many came to what end, and how long they took.

    Attributes:
        service, response, lateness: Those that began in the counted part; the last two in open load only.
    """

    def __init__(self, extent: Extent, *, is_open: bool) -> None:
        self.open(extent, is_open=is_open)

    def open(self, extent: Extent, *, is_open: bool) -> None:
        """Forget everything, and begin with a slice of this extent."""
        self._extent = extent
        self._is_open = is_open
        self.service, self.response, self.lateness = Histogram(), Histogram(), Histogram()
        self.verified = 0
        self.errors: Counter[ErrorKind] = Counter()

    @property
    def sent(self) -> int:
        """The number of requests that were sent and have ended, one way or another."""
        return self.verified + self.errors.total()

    def enter(self, sent_ns: NDArray[np.int64], done_ns: NDArray[np.int64], due_ns: NDArray[np.int64]) -> None:
        """Enter verified answers."""
        began = due_ns if self._is_open else sent_ns
        inside = (began >= self._extent.start_ns) & (began < self._extent.end_ns)
        self.service.record((done_ns - sent_ns)[inside])
        if self._is_open:
            self.response.record((done_ns - due_ns)[inside])
            self.lateness.record((sent_ns - due_ns)[inside])
        self.verified += len(sent_ns)

    def enter_given_up(self, sent_ns: int | None, due_ns: int, now_ns: int) -> None:
        """Enter the time that had passed when a request was given up; its error is counted apart."""
        began = due_ns if self._is_open or sent_ns is None else sent_ns
        if not self._extent.start_ns <= began < self._extent.end_ns:
            return
        if sent_ns is not None:
            self.service.record(np.array([now_ns - sent_ns]))
        if self._is_open:
            self.response.record(np.array([now_ns - due_ns]))
            self.lateness.record(np.array([(sent_ns or now_ns) - due_ns]))

    def as_endpoint(self) -> EndpointResult:
        """Return what an endpoint's account says."""
        return EndpointResult(
            sent=self.sent,
            verified=self.verified,
            errors=dict(self.errors),
            service=text_of(self.service),
            response=text_of(self.response),
            lateness=text_of(self.lateness),
        )


class Windows:
    """Ends of requests by the second since the slice began; none for a slice of a second or less."""

    def __init__(self, extent: Extent) -> None:
        self._began_ns = began_ns = extent.end_ns if extent.began_ns is None else extent.began_ns
        length_ns = extent.end_ns - began_ns
        # the whole seconds, and what comes after them
        count = length_ns // _SECOND_NS + 1 if length_ns > _SECOND_NS else 0
        self._verified, self._errors = np.zeros((2, count), dtype=np.int64)

    def enter(self, done_ns: NDArray[np.int64]) -> None:
        """Enter verified answers by their arrival."""
        count = len(self._verified)
        if count:
            seconds = np.clip((done_ns - self._began_ns) // _SECOND_NS, 0, count - 1)
            self._verified += np.bincount(seconds, minlength=count)

    def enter_error(self, now_ns: int) -> None:
        """Enter one error by when it was found."""
        count = len(self._errors)
        if count:
            self._errors[min(max((now_ns - self._began_ns) // _SECOND_NS, 0), count - 1)] += 1

    def as_tuple(self) -> tuple[Window, ...]:
        """Return them in order."""
        return tuple(map(Window, self._verified.tolist(), self._errors.tolist()))


def text_of(histogram: Histogram) -> str | None:
    """Return a histogram as a result carries it: None without samples."""
    return histogram.to_text() if histogram.count else None
