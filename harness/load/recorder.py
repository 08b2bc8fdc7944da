"""What a slice keeps of its requests: every sample binned, every failure counted, in constant memory.

The lane stamps and stores; what a stamp means is decided here, once, with numpy:

- A slice counts in its *window*, which begins when the discarded head ends and ends when the load does.
- `counted`, the numerator of a throughput, is the verified answers that **arrived** in the window.
- The histograms hold the requests that **began** in the window: were sent in it (closed load) or were due in it (open
  load). They are followed to their end, the drain included, so neither the slow ones at the end nor the ones under way
  at the beginning tilt a percentile.
- A request that never ended is in the histograms with the time after which it was given up, and is an error. A wrong
  or broken answer is an error and in no histogram: how fast a wrong answer came says nothing.

Times are nanoseconds of one monotonic clock. This module knows nothing of sockets or Locust.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.histogram import Histogram
from harness.model import SliceResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import ErrorKind

CAPACITY = 32768


@dataclass(frozen=True, slots=True)
class Window:
    """The counted part of a slice, from `start_ns` up to but not including `end_ns`."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Effort:
    """What a slice cost the generator.

    Attributes:
        wall_ns: From the first send until nothing was in flight.
        cpu_ns: CPU time of the process in `wall_ns`.
        busy_ns: The part of `wall_ns` that was spent on events.
        planned: Requests that the arrivals called for; None in closed load.
        reconnects: Connections that had to be opened again.
    """

    wall_ns: int
    cpu_ns: int
    busy_ns: int
    planned: int | None = None
    reconnects: int = 0


class Observer(Protocol):
    """Somebody else who wants every sample, in bulk, as Locust's statistics do."""

    def observe(
        self,
        endpoints: NDArray[np.int64],
        sizes: NDArray[np.int64],
        done_ns: NDArray[np.int64],
        elapsed_ns: NDArray[np.int64],
    ) -> None:
        """Take verified answers: endpoint's index, size in bytes, arrival, time since the request was sent."""
        ...

    def observe_failure(self, endpoint: int, elapsed_ns: int, message: str) -> None:
        """Take one failure."""
        ...


class Samples:
    """Preallocated columns, one row a verified answer.

    Attributes:
        tag: `exchanges.tag` of each answer.
    """

    __slots__ = ("_columns", "done", "due", "sent", "tag")

    def __init__(self) -> None:
        # array, not numpy: setting one item is several times as fast
        self.sent, self.done, self.due, self.tag = (array("q", bytes(8 * CAPACITY)) for _ in range(4))
        self._columns = [np.frombuffer(column, np.int64) for column in (self.sent, self.done, self.due, self.tag)]

    def first(self, rows: int) -> list[NDArray[np.int64]]:
        """Return the first rows of `sent`, `done`, `due` and `tag`, not copied."""
        return [column[:rows] for column in self._columns]


class Recorder:
    """Bins the samples of one slice after another.

    Attributes:
        samples: For a loop that cannot afford a call for each answer: it fills rows and passes their number to `flush`.
    """

    def __init__(self) -> None:
        self.samples = Samples()
        self._added = Samples()
        self.begin(Window(0, 0), is_open=False)

    def begin(self, window: Window, *, is_open: bool, observer: Observer | None = None) -> None:
        """Forget everything, and record a slice with this window."""
        self._window = window
        self._is_open = is_open
        self._observer = observer
        self._rows_added = 0
        self.service, self.response, self.lateness = Histogram(), Histogram(), Histogram()
        self.verified = 0
        self.counted = 0
        self.received_bytes = 0
        self.errors: Counter[ErrorKind] = Counter()
        self.first_error: str | None = None

    @property
    def sent(self) -> int:
        """The number of requests that were sent and have ended, one way or another."""
        return self.verified + self.errors.total()

    def flush(self, rows: int) -> None:
        """Bin the first `rows` rows of `samples`, which are then free again."""
        self._bin_verified(self.samples, rows)

    def add(self, sent_ns: int, done_ns: int, due_ns: int, tag: int) -> None:
        """Record one verified answer."""
        row, added = self._rows_added, self._added
        added.sent[row], added.done[row], added.due[row], added.tag[row] = sent_ns, done_ns, due_ns, tag
        self._rows_added = row + 1
        if row + 1 == CAPACITY:
            self.settle()

    def settle(self) -> None:
        """Bin what `add` has kept."""
        rows, self._rows_added = self._rows_added, 0
        self._bin_verified(self._added, rows)

    def fail(self, kind: ErrorKind, endpoint: int, elapsed_ns: int, message: str) -> None:
        """Count a failure, and keep its words if it is the first."""
        self.errors[kind] += 1
        if self.first_error is None:
            self.first_error = f"{kind}: {message}"
        if self._observer is not None:
            self._observer.observe_failure(endpoint, elapsed_ns, f"{kind}: {message}")

    def censor(self, sent_ns: int | None, due_ns: int, now_ns: int) -> None:
        """Put a request that was given up into the histograms, with the time that had passed.

        Without `sent_ns` it was due and could not even be sent.
        """
        began = due_ns if self._is_open or sent_ns is None else sent_ns
        if not self._window.start_ns <= began < self._window.end_ns:
            return
        if sent_ns is not None:
            self.service.record(np.array([now_ns - sent_ns]))
        if self._is_open:
            self.response.record(np.array([now_ns - due_ns]))
            self.lateness.record(np.array([(sent_ns or now_ns) - due_ns]))

    def _bin_verified(self, samples: Samples, rows: int) -> None:
        if not rows:
            return
        window = self._window
        sent, done, due, tags = samples.first(rows)
        began = due if self._is_open else sent
        inside = (began >= window.start_ns) & (began < window.end_ns)
        self.service.record((done - sent)[inside])
        if self._is_open:
            self.response.record((done - due)[inside])
            self.lateness.record((sent - due)[inside])
        self.verified += rows
        self.counted += int(np.count_nonzero((done >= window.start_ns) & (done < window.end_ns)))
        self.received_bytes += int((tags >> 8).sum())
        if self._observer is not None:
            self._observer.observe(tags & 0xFF, tags >> 8, done, done - sent)

    def result(self, number: int, effort: Effort) -> SliceResult:
        """Return what the slice of that number measured, all of it ended and flushed."""
        return SliceResult(
            number=number,
            sent=self.sent,
            verified=self.verified,
            errors=dict(self.errors),
            counted=self.counted,
            counted_s=(self._window.end_ns - self._window.start_ns) / 1e9,
            wall_s=effort.wall_ns / 1e9,
            generator_cpu_s=effort.cpu_ns / 1e9,
            utilisation=effort.busy_ns / effort.wall_ns,
            planned=effort.planned,
            reconnects=effort.reconnects,
            received_bytes=self.received_bytes,
            service=_text(self.service),
            response=_text(self.response),
            lateness=_text(self.lateness),
            first_error=self.first_error,
        )


def _text(histogram: Histogram) -> str | None:
    return histogram.to_text() if histogram.count else None
