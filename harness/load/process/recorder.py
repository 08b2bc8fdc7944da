"""Recorder of a slice's requests: bins all samples and counts all errors, in constant memory.

The lane stores time stamps. This module interprets them, with numpy and by these rules:

- The *counted part* of a slice begins at the end of the head, and ends at the beginning of the tail.
- `counted`, the numerator of a throughput, is a sum over the verified answers. In closed load each counts by the
  **share** of its own time, from send to arrival, that lies in the counted part: see `shares`. In open load each that
  **arrived** in the counted part counts 1, because arrivals do not depend on answers. Paced users count like open load.
- In closed load, the times of all requests that lie in the counted part are added up, whatever became of them: the
  number of requests in flight.
- The histograms have the requests that **began** in it: those sent in it (closed load) or due in it (open load). Each
  is followed to its end, the drain included. So neither slow requests at the end nor requests in flight at the
  beginning bias a percentile.
- A request that never ended is an error, and is in the histograms with the time until it was given up. A wrong or
  broken answer is an error and in no histogram, because its latency has no meaning.
- If a scenario has several endpoints, each also has its own account, with the same rules. The tags that the lane stores
  have the endpoints' indices, so the lane needs no extra work. Windows are computed from the time stamps.
- Samples are binned a thousand at a time, during the load. This takes a tenth of a millisecond at most. So no request
  waits long for it, also at the highest rates.

Times are in nanoseconds of one monotonic clock. This module knows nothing of sockets or Locust.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.load.process.accounts import Account, Extent, Windows, text_of
from harness.model import SCENARIO_ERRORS, EndpointResult, SliceResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from harness.model import ErrorKind

CAPACITY = 1088  # 1,024 answers, and the up to 64 that the lane adds before it looks at their number


@dataclass(frozen=True, slots=True)
class Effort:
    """Effort of the generator for a slice.

    Attributes:
        wall_ns: From the first send until no request is in flight.
        cpu_ns: CPU time of the process in `wall_ns`.
        busy_ns: Part of `wall_ns` that was spent on events.
        planned: Requests that were due by the arrivals; None in closed load.
        reconnects: Number of connections that were opened again.
        resent: Number of requests that were sent a second time on a new connection.
        gap_s: Mean time from a whole answer to the next send on the same connection, in closed load.
    """

    wall_ns: int
    cpu_ns: int
    busy_ns: int
    planned: int | None = None
    reconnects: int = 0
    resent: int = 0
    gap_s: float = 0.0


class Observer(Protocol):
    """Observer of all samples, in bulk, such as Locust's statistics."""

    def observe(
        self,
        endpoints: NDArray[np.int64],
        sizes: NDArray[np.int64],
        done_ns: NDArray[np.int64],
        elapsed_ns: NDArray[np.int64],
    ) -> None:
        """Observe verified answers: index of the endpoint, size in bytes, arrival, time since the send."""
        ...

    def observe_failure(self, endpoint: int, elapsed_ns: int, message: str) -> None:
        """Observe one failure."""
        ...


def shares(sent_ns: NDArray[np.int64], done_ns: NDArray[np.int64], extent: Extent) -> NDArray[np.float64]:
    """Return the share of each request's own time that lies in the counted part, 0 to 1.

    The sum of the shares is an unbiased number of requests, for any handler, as soon as the loop is stationary. Each
    request spreads its 1 evenly over its own time. So at each moment the requests in flight add up to a density, whose
    mean is the rate: every request adds 1 to its integral over all time. Where the loop is stationary, that mean is the
    same at each moment, and the integral over the counted part has the mean rate times length. This does not need a
    request that lies inside: the handler may take longer than the counted part. In a loop of equal requests without
    gaps the density is constant, and the sum is exact.

    Counting by arrival is unbiased in a stationary loop too, but a short part then has a whole number of waves of
    answers. A request without any length counts as one that lasted 1 ns.
    """
    began_ns = np.minimum(sent_ns, done_ns - 1)
    inside_ns = np.minimum(done_ns, extent.end_ns) - np.maximum(began_ns, extent.start_ns)
    share: NDArray[np.float64] = np.maximum(inside_ns, 0) / (done_ns - began_ns)
    return share


class Samples:
    """Preallocated columns of samples, one row per verified answer.

    Attributes:
        tag: `exchanges.tag` of each answer.
    """

    __slots__ = ("_columns", "done", "due", "sent", "tag")

    def __init__(self) -> None:
        # array, not numpy: setting one item is several times faster
        self.sent, self.done, self.due, self.tag = (array("q", bytes(8 * CAPACITY)) for _ in range(4))
        self._columns = [np.frombuffer(column, np.int64) for column in (self.sent, self.done, self.due, self.tag)]

    def first(self, rows: int) -> list[NDArray[np.int64]]:
        """Return views of the first rows of `sent`, `done`, `due` and `tag`."""
        return [column[:rows] for column in self._columns]


class Recorder(Account):
    """Recorder of one slice after another: the account of the slice, and the accounts of its endpoints.

    Attributes:
        samples: Rows for a loop that can't afford a call per answer: it fills rows, and passes their number to `flush`.
        counted: Verified answers in the counted part.
    """

    def __init__(self, take_refused: Callable[[], Iterable[tuple[ErrorKind, int, str]]] = tuple) -> None:
        """Record nothing yet.

        Args:
            take_refused: Returns kind, number and first message of the connects that were refused since its last call.
        """
        self._take_refused = take_refused
        self.samples = Samples()
        self._added = Samples()
        self.begin(Extent(0, 0), is_open=False)

    def begin(
        self,
        extent: Extent,
        *,
        is_open: bool,
        by_arrival: bool | None = None,
        observer: Observer | None = None,
        endpoints: Sequence[str] = (),
    ) -> None:
        """Reset, and begin to record a slice of this extent.

        `by_arrival`: an answer that arrived in the counted part counts 1; by default only in open load.

        `endpoints` are the names of the endpoints by index; equal names are one endpoint. Endpoints get their own
        accounts only if there are at least two.
        """
        self.open(extent, is_open=is_open)
        self._by_arrival = is_open if by_arrival is None else by_arrival
        self._observer = observer
        self._rows_added = 0
        self._endpoints = endpoints if len(set(endpoints)) > 1 else ()
        self._accounts: dict[str, Account] = {}
        self._windows = Windows(extent)
        self.counted = 0.0
        self._in_flight_ns = 0.0
        self.received_bytes = 0
        self.first_error: str | None = None
        self._first_is_scenarios = False

    def flush(self, rows: int) -> None:
        """Bin the first `rows` rows of `samples`, which can then be used again."""
        self._bin_verified(self.samples, rows)

    def add(self, sent_ns: int, done_ns: int, due_ns: int, tag: int) -> None:
        """Record one verified answer."""
        row, added = self._rows_added, self._added
        added.sent[row], added.done[row], added.due[row], added.tag[row] = sent_ns, done_ns, due_ns, tag
        self._rows_added = row + 1
        if row + 1 == CAPACITY:
            self.settle()

    def settle(self) -> None:
        """Bin the answers that `add` has stored."""
        rows, self._rows_added = self._rows_added, 0
        self._bin_verified(self._added, rows)

    def fail(self, kind: ErrorKind, endpoint: int, sent_ns: int, now_ns: int, message: str) -> None:
        """Count a failure; keep its message if it is the first, or the first that is not the scenario's own doing."""
        self.errors[kind] += 1
        self._windows.enter_error(now_ns)
        # integers: arrays of one element would cost more than all else here
        self._in_flight_ns += max(0, min(now_ns, self._extent.end_ns) - max(sent_ns, self._extent.start_ns))
        if self._endpoints:
            self._account_of(endpoint).errors[kind] += 1
        if self.first_error is None or (self._first_is_scenarios and kind not in SCENARIO_ERRORS):
            self.first_error = f"{kind}: {message}"
            self._first_is_scenarios = kind in SCENARIO_ERRORS
        if self._observer is not None:
            self._observer.observe_failure(endpoint, now_ns - sent_ns, f"{kind}: {message}")

    def censor(self, endpoint: int, sent_ns: int, due_ns: int, now_ns: int) -> None:
        """Add a request without an end to the histograms, with its time until it was given up."""
        self.enter_given_up(sent_ns, due_ns, now_ns)
        if self._endpoints:
            self._account_of(endpoint).enter_given_up(sent_ns, due_ns, now_ns)

    def drop_unsent(self, due_ns: int, now_ns: int) -> None:
        """Add a request that was due but never sent to the slice's histograms; it has no endpoint yet."""
        self.enter_given_up(None, due_ns, now_ns)

    def _bin_verified(self, samples: Samples, rows: int) -> None:
        if not rows:
            return
        sent, done, due, tags = samples.first(rows)
        self.enter(sent, done, due)
        self._windows.enter(done)
        if self._by_arrival:
            self.counted += int(np.count_nonzero((done >= self._extent.start_ns) & (done < self._extent.end_ns)))
        else:
            share = shares(sent, done, self._extent)
            self.counted += float(share.sum())
            self._in_flight_ns += float(share @ (done - sent))
        self.received_bytes += int((tags >> 8).sum())
        endpoints = tags & 0xFF
        if self._endpoints:
            for endpoint in np.unique(endpoints).tolist():
                rows_of = endpoints == endpoint
                self._account_of(endpoint).enter(sent[rows_of], done[rows_of], due[rows_of])
        if self._observer is not None:
            self._observer.observe(endpoints, tags >> 8, done, done - sent)

    def _account_of(self, endpoint: int) -> Account:
        # created at its first use: creating all histograms at once would delay the beginning of a slice
        name = self._endpoints[endpoint]
        if name not in self._accounts:
            self._accounts[name] = Account(self._extent, is_open=self._is_open)
        return self._accounts[name]

    def _endpoint_results(self) -> dict[str, EndpointResult]:
        empty = EndpointResult(sent=0, verified=0, errors={})
        return {
            name: self._accounts[name].as_endpoint() if name in self._accounts else empty
            for name in dict.fromkeys(self._endpoints)
        }

    def result(self, number: int, effort: Effort) -> SliceResult:
        """Return the result of the slice; call it after all requests have ended and all samples are binned.

        A connect that the guard refused is an error, even if the scenario did not report it as a failed request.
        """
        for kind, count, message in self._take_refused():
            for _ in range(0 if self.errors[kind] else count):
                self.fail(kind, 0, self._extent.last_send_ns, self._extent.last_send_ns, message)
        return SliceResult(
            number=number,
            sent=self.sent,
            verified=self.verified,
            errors=dict(self.errors),
            counted=round(self.counted, 6),
            counted_s=self._extent.counted_s,
            wall_s=effort.wall_ns / 1e9,
            generator_cpu_s=effort.cpu_ns / 1e9,
            utilisation=round(effort.busy_ns / effort.wall_ns, 6),
            planned=effort.planned,
            reconnects=effort.reconnects,
            resent=effort.resent,
            received_bytes=self.received_bytes,
            service=text_of(self.service),
            response=text_of(self.response),
            lateness=text_of(self.lateness),
            first_error=self.first_error,
            endpoints=self._endpoint_results(),
            windows=self._windows.as_tuple(),
            gap_s=round(effort.gap_s, 9),
            in_flight_s=None if self._by_arrival else round(self._in_flight_ns / 1e9, 9),
        )
