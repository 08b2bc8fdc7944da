"""Sabotages of the load generator. The rows of the self-test must find each."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from harness.load import arrivals
from harness.load.process import recorder, user_groups
from harness.load.process.accounts import Account, Extent
from harness.load.process.expectations import Expectation
from harness.load.process.poller import Events, Poller
from harness.load.process.recorder import Effort, Recorder, Samples
from harness.load.share import WHOLE_LOAD, LoadShare
from harness.model import ErrorKind, SliceResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from harness.model import Load

    Column = NDArray[np.int64]


def verify_nothing() -> None:
    """Accept every answer as correct."""
    Expectation.complaint = lambda _self, _response: None  # type: ignore[method-assign,assignment]


def forget_kinds() -> None:
    """Count every error as a wrong body."""
    fail = Recorder.fail

    def forgetful(  # noqa: PLR0913, PLR0917 - the parameters of the method that it replaces
        self: Recorder, kind: ErrorKind, endpoint: int, sent_ns: int, now_ns: int, message: str
    ) -> None:
        del kind
        fail(self, ErrorKind.BODY, endpoint, sent_ns, now_ns, message)

    Recorder.fail = forgetful  # type: ignore[method-assign]


def lose_a_sample() -> None:
    """Drop the last sample of every large batch."""
    bin_verified = Recorder._bin_verified

    def lossy(self: Recorder, samples: Samples, rows: int) -> None:
        bin_verified(self, samples, rows - (rows > 100))

    Recorder._bin_verified = lossy  # type: ignore[method-assign]


def boast() -> None:
    """Count a tenth more requests than were counted: a busy machine may take one or two per cent."""
    result = Recorder.result

    def boastful(self: Recorder, number: int, effort: Effort) -> SliceResult:
        self.counted += self.counted // 10
        return result(self, number, effort)

    Recorder.result = boastful  # type: ignore[method-assign]


def oversleep() -> None:
    """Miss every due time by some tenths of a millisecond."""
    wait_until = Poller.wait_until

    def late(self: Poller, until_ns: int) -> Events:
        events = wait_until(self, until_ns)
        if not events:
            time.sleep(0.0003)
        return events

    Poller.wait_until = late  # type: ignore[method-assign]


def send_evenly() -> None:
    """Send at constant intervals for every kind of load."""

    def evenly(load: Load, duration_s: float, seed: int, share: LoadShare = WHOLE_LOAD) -> Iterator[int]:
        del seed
        return share.interleaved(arrivals.constant(load.rate_per_s or 0, duration_s))

    user_groups.schedule = evenly  # type: ignore[attr-defined]


def _change(change: Callable[[Column, Column, Column], None]) -> None:
    bin_verified = Recorder._bin_verified

    def changed(self: Recorder, samples: Samples, rows: int) -> None:
        sent, done, due, _ = samples.first(rows)
        change(sent, done, due)
        bin_verified(self, samples, rows)

    Recorder._bin_verified = changed  # type: ignore[method-assign]


def stretch_time() -> None:
    """Make every time a tenth too long."""

    def stretch(sent: Column, done: Column, _due: Column) -> None:
        done += (done - sent) // 10

    _change(stretch)


def stamp_late() -> None:
    """Stamp every answer half a millisecond late."""

    def add(_sent: Column, done: Column, _due: Column) -> None:
        done += 500_000

    _change(add)


def forget_intended_times() -> None:
    """Count from the send, as a generator without due times does."""

    def forget(sent: Column, _done: Column, due: Column) -> None:
        due[:] = sent

    _change(forget)


def drop_time_outs() -> None:
    """Leave requests without an answer out of the histograms."""
    Account.enter_given_up = lambda _self, _sent_ns, _due_ns, _now_ns: None  # type: ignore[method-assign,assignment]


def count_by_arrival() -> None:
    """Begin all connections at once, and count the answers that arrive in the counted part."""

    def arrived(sent_ns: Column, done_ns: Column, extent: Extent) -> NDArray[np.float64]:
        del sent_ns
        return ((done_ns >= extent.start_ns) & (done_ns < extent.end_ns)).astype(float)

    def at_once(self: LoadShare, total: int, starts_s: Sequence[float], seed: int) -> list[int]:
        del starts_s, seed
        return [0] * self.connections(total)

    recorder.shares = arrived
    LoadShare.starts_ns = at_once  # type: ignore[method-assign]
