"""Data classes of load: a load, a slice, and a slice's result. Numbers are in base units: s, B, 1/s, 1.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.target import Subject


class LoadKind(StrEnum):
    """How requests arrive: by N connections, by users who pause, or at constant or random times."""

    CLOSED = "closed"
    PACED = "paced"
    CONSTANT = "constant"
    POISSON = "poisson"


class ErrorKind(StrEnum):
    """Kind of error of a request under load."""

    CONNECT = "connect"
    RESET = "reset"
    TIMEOUT = "timeout"
    STATUS = "status"
    HEADER = "header"
    BODY = "body"
    FRAMING = "framing"
    REDIRECT = "redirect"  # of the target, to another service, or to another machine: there it was not followed
    OUTSIDE = "outside"  # the scenario's own wish to reach another machine, or a service that is not the target
    REJECTED = "rejected"  # by a status such as 404: the scenario asked for what the target does not have


WRONG_ANSWERS = frozenset({ErrorKind.STATUS, ErrorKind.HEADER, ErrorKind.BODY, ErrorKind.FRAMING})
SCENARIO_ERRORS = frozenset({ErrorKind.OUTSIDE, ErrorKind.REJECTED})
"""Errors that are the scenario's own doing, and say nothing of the target."""

_MOST_CONNECTIONS = 999_999_999  # more than a metric's name can say
MOST_COMPLAINTS = 16
"""Number of keys under which a scenario's complaints are counted; the last one is for all further texts."""

OTHER_COMPLAINTS = "others"
"""Key of all further texts."""


@dataclass(frozen=True, slots=True)
class Load:
    """Load: how requests arrive. Closed: over N connections. Open: at a rate, over at most N connections.

    Paced: by users who pause between their requests; `connections` is their number. `share` says that the rate is this
    share of the target's own peak; None for a rate of the profile.
    """

    kind: LoadKind
    connections: int
    rate_per_s: float | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.connections <= _MOST_CONNECTIONS:
            raise ValueError(f"{self.connections} connections")
        if (self.kind in {LoadKind.CLOSED, LoadKind.PACED}) != (self.rate_per_s is None):
            raise ValueError(f"{self.kind} load with a rate of {self.rate_per_s}")
        if self.rate_per_s is not None and not 0 < self.rate_per_s < math.inf:
            raise ValueError(f"{self.kind} load with a rate of {self.rate_per_s}")
        if self.share is not None and (self.rate_per_s is None or not 0 < self.share < 1):
            raise ValueError(f"{self.kind} load at a share of {self.share}")

    @property
    def is_open(self) -> bool:
        """Whether requests are due at planned times, which do not depend on answers."""
        return self.rate_per_s is not None

    def __str__(self) -> str:
        if self.kind is LoadKind.PACED:
            return f"{self.kind}.u{self.connections}"
        return f"closed.c{self.connections}" if self.rate_per_s is None else f"open.r{self.rate_per_s:g}"


@dataclass(frozen=True, slots=True)
class Slice:
    """Slice: a short stretch of load on one target.

    Attributes:
        number: Index in its batch; the result has the same number.
        duration_s: From the beginning to the last send, without the drain of the requests in flight.
        discard_s: Length of the head, which is driven but not counted.
        timeout_s: A request without a complete answer after this time is an error.
        seed: Seed of the arrivals and of the random values in requests.
        starts_s: Quantiles of the connections' first sends after the beginning, at equal steps of probability from 0
            to 1, ascending; empty if all begin at once. Only for closed load.
        tail_s: Length of the tail, the last part of `duration_s`, which is driven but not counted.
    """

    number: int
    subject: Subject
    scenario: str
    load: Load
    duration_s: float
    discard_s: float
    seed: int
    timeout_s: float = 5.0
    starts_s: tuple[float, ...] = ()
    tail_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EndpointResult:
    """Result of one endpoint in a slice; fields as in `SliceResult`."""

    sent: int
    verified: int
    errors: Mapping[ErrorKind, int]
    service: str | None = None
    response: str | None = None
    lateness: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Window: counts for one second of a slice; answers by their arrival, errors by their detection."""

    verified: int
    errors: int


@dataclass(frozen=True, slots=True)
class SliceResult:
    """Result of one slice.

    Computed numbers are rounded, so that a stored run has no digits without a meaning: counts and shares to a
    millionth, times to a nanosecond.

    Attributes:
        planned: Requests that were due by the arrivals; None in closed and in paced load.
        sent: Requests sent, including those in the head of the slice.
        verified: Requests whose answer was verified.
        errors: All other requests, by kind; `sent` is `verified` plus their sum.
        counted: Verified answers in the counted part of the slice, which is `counted_s` seconds long: the part from
            the end of the head to the beginning of the tail.
        reconnects: Connections that were opened again.
        resent: Requests that were sent a second time on a new connection, because the target had closed a kept one
            instead of answering.
        wall_s: From the first send until no request is in flight.
        generator_cpu_s: CPU time of the generator in `wall_s`.
        utilisation: Share of `wall_s` that the generator spent on events, 0 to 1.
        service, response, lateness: `Histogram.to_text` of send to answer, intended send to answer, and
            intended send to send; None without samples.
        first_error: Message of the first error in the slice.
        failed: The errors of users with their own client, counted by text: name of the request and what went wrong.
            Empty for lane users.
        endpoints: Results by endpoint, named by method and path. Counts and histograms add up to the slice's, except
            for requests that were never sent: these have no endpoint yet. Empty for scenarios with one endpoint, and
            for users with their own client.
        windows: Counts per second of the slice; the last window has all that ended after the last whole second, the
            drain included. They add up to the slice's counts. Empty for slices of up to 1 s.
        gap_s: Mean time from a whole answer to the next send on the same connection, in closed load: the generator's
            own part of a cycle. 0 in open load, and without requests.
        in_flight_s: Times of all requests in the counted part, added up: over `counted_s`, the mean number of requests
            in flight. None in open and in paced load.
        complaints: What the scenario itself called a failure or raised, counted by text. It says nothing of the
            target: an answer with a complaint is verified. Empty for lane users, whose answers are verified in full.
        first_complaint: The first of them in the slice.
        prepared: Requests in `on_start` and `on_stop` of users and task sets since the last slice, in a trial since the
            last counted slice. They are in no other count.
        users_ended: Users that ended since the last slice and were not stopped by the harness, as with StopUser.
    """

    number: int
    sent: int
    verified: int
    errors: Mapping[ErrorKind, int]
    counted: float
    counted_s: float
    wall_s: float
    generator_cpu_s: float
    utilisation: float
    planned: int | None = None
    reconnects: int = 0
    resent: int = 0
    received_bytes: int = 0
    service: str | None = None
    response: str | None = None
    lateness: str | None = None
    first_error: str | None = None
    endpoints: Mapping[str, EndpointResult] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    gap_s: float = 0.0
    in_flight_s: float | None = None
    complaints: Mapping[str, int] = field(default_factory=dict)
    first_complaint: str | None = None
    prepared: int = 0
    users_ended: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)
