"""What a slice keeps of its requests: every sample binned, every failure counted, in constant memory.

The lane stamps and stores; what a stamp means is decided here, once, with numpy:

- A slice has a *counted part*, which begins when the discarded head ends and ends when the load does.
- `counted`, the numerator of a throughput, is the verified answers that **arrived** in the counted part.
- The histograms hold the requests that **began** in it: were sent in it (closed load) or were due in it (open load).
  They are followed to their end, the drain included, so neither the slow ones at the end nor the ones under way
  at the beginning tilt a percentile.
- A request that never ended is in the histograms with the time after which it was given up, and is an error. A wrong
  or broken answer is an error and in no histogram: how fast a wrong answer came says nothing.
- Where a scenario has several endpoints, each also has an account of its own, which follows the same rules. Their
  indices are in the tags that the lane stores anyway, so it need not know. Windows are cut from the stamps.

Times are nanoseconds of one monotonic clock. This module knows nothing of sockets or Locust.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.load.process.accounts import Account, Extent, Windows, text_of
from harness.model import EndpointResult, SliceResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.model import ErrorKind

CAPACITY = 32768


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


class Recorder(Account):
    """Bins the samples of one slice after another: the account of the slice, with those of its endpoints.

    Attributes:
        samples: For a loop that cannot afford a call for each answer: it fills rows and passes their number to `flush`.
        counted: Verified answers that arrived in the counted part.
    """

    def __init__(self) -> None:
        self.samples = Samples()
        self._added = Samples()
        self.begin(Extent(0, 0), is_open=False)

    def begin(
        self, extent: Extent, *, is_open: bool, observer: Observer | None = None, endpoints: Sequence[str] = ()
    ) -> None:
        """Forget everything, and record a slice of this extent.

        `endpoints` are the names of the endpoints by their index; those of one name are one. Without them, or if all
        are one, none has an account of its own.
        """
        self.open(extent, is_open=is_open)
        self._observer = observer
        self._rows_added = 0
        self._endpoints = endpoints if len(set(endpoints)) > 1 else ()
        self._accounts: dict[str, Account] = {}
        self._windows = Windows(extent)
        self.counted = 0
        self.received_bytes = 0
        self.first_error: str | None = None

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

    def fail(self, kind: ErrorKind, endpoint: int, sent_ns: int, now_ns: int, message: str) -> None:
        """Count a failure, and keep its words if it is the first."""
        self.errors[kind] += 1
        self._windows.enter_error(now_ns)
        if self._endpoints:
            self._account_of(endpoint).errors[kind] += 1
        if self.first_error is None:
            self.first_error = f"{kind}: {message}"
        if self._observer is not None:
            self._observer.observe_failure(endpoint, now_ns - sent_ns, f"{kind}: {message}")

    def censor(self, endpoint: int, sent_ns: int, due_ns: int, now_ns: int) -> None:
        """Put a request that was given up into the histograms, with the time that had passed."""
        self.enter_given_up(sent_ns, due_ns, now_ns)
        if self._endpoints:
            self._account_of(endpoint).enter_given_up(sent_ns, due_ns, now_ns)

    def forgo(self, due_ns: int, now_ns: int) -> None:
        """Put a request that was due and could not even be sent into the slice's histograms; it had no endpoint yet."""
        self.enter_given_up(None, due_ns, now_ns)

    def _bin_verified(self, samples: Samples, rows: int) -> None:
        if not rows:
            return
        sent, done, due, tags = samples.first(rows)
        self.enter(sent, done, due)
        self._windows.enter(done)
        self.counted += int(np.count_nonzero((done >= self._extent.start_ns) & (done < self._extent.end_ns)))
        self.received_bytes += int((tags >> 8).sum())
        endpoints = tags & 0xFF
        if self._endpoints:
            for endpoint in np.unique(endpoints).tolist():
                chosen = endpoints == endpoint
                self._account_of(endpoint).enter(sent[chosen], done[chosen], due[chosen])
        if self._observer is not None:
            self._observer.observe(endpoints, tags >> 8, done, done - sent)

    def _account_of(self, endpoint: int) -> Account:
        # made at its first use: a slice that has just begun can't wait for the histograms of every endpoint
        name = self._endpoints[endpoint]
        if name not in self._accounts:
            self._accounts[name] = Account(self._extent, is_open=self._is_open)
        return self._accounts[name]

    def _endpoint_results(self) -> dict[str, EndpointResult]:
        nothing = EndpointResult(sent=0, verified=0, errors={})
        return {
            name: self._accounts[name].as_endpoint() if name in self._accounts else nothing
            for name in dict.fromkeys(self._endpoints)
        }

    def result(self, number: int, effort: Effort) -> SliceResult:
        """Return what the slice of that number measured, all of it ended and flushed."""
        return SliceResult(
            number=number,
            sent=self.sent,
            verified=self.verified,
            errors=dict(self.errors),
            counted=self.counted,
            counted_s=(self._extent.end_ns - self._extent.start_ns) / 1e9,
            wall_s=effort.wall_ns / 1e9,
            generator_cpu_s=effort.cpu_ns / 1e9,
            utilisation=effort.busy_ns / effort.wall_ns,
            planned=effort.planned,
            reconnects=effort.reconnects,
            received_bytes=self.received_bytes,
            service=text_of(self.service),
            response=text_of(self.response),
            lateness=text_of(self.lateness),
            first_error=self.first_error,
            endpoints=self._endpoint_results(),
            windows=self._windows.as_tuple(),
        )
