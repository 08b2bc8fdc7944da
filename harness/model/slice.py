"""Nouns of driving: a load, a slice of it, and what one slice measured. Numbers are in base units: s, B, 1/s, 1.

The store resolves these annotations at run time, so they are imported for real and not only for the type checker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.target import Subject


class LoadKind(StrEnum):
    """How requests arrive."""

    CLOSED = "closed"
    CONSTANT = "constant"
    POISSON = "poisson"


class ErrorKind(StrEnum):
    """Why a request under load is not a success."""

    CONNECT = "connect"
    RESET = "reset"
    TIMEOUT = "timeout"
    STATUS = "status"
    HEADER = "header"
    BODY = "body"
    FRAMING = "framing"


WRONG_ANSWERS = frozenset({ErrorKind.STATUS, ErrorKind.HEADER, ErrorKind.BODY, ErrorKind.FRAMING})


@dataclass(frozen=True, slots=True)
class Load:
    """How requests arrive: closed over N connections, or open at a rate over at most N."""

    kind: LoadKind
    connections: int
    rate_per_s: float | None = None

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise ValueError(f"{self.connections} connections")
        if (self.kind is LoadKind.CLOSED) != (self.rate_per_s is None):
            raise ValueError(f"{self.kind} load with rate {self.rate_per_s}")

    def __str__(self) -> str:
        return f"closed.c{self.connections}" if self.rate_per_s is None else f"open.r{self.rate_per_s:g}"


@dataclass(frozen=True, slots=True)
class Slice:
    """A short stretch of load on one target.

    Attributes:
        number: Its place in its batch; the results carry it.
        duration_s: From the first send to the last, before what is in flight drains.
        discard_s: The head of it that is driven but not counted.
        timeout_s: After so long without a complete answer a request is an error.
        seed: Fixes arrivals and the random values of requests.
    """

    number: int
    subject: Subject
    scenario: str
    load: Load
    duration_s: float
    discard_s: float
    seed: int
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class EndpointResult:
    """What one endpoint had of a slice; each field as in `SliceResult`."""

    sent: int
    verified: int
    errors: Mapping[ErrorKind, int]
    service: str | None = None
    response: str | None = None
    lateness: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What ended in one second of a slice: verified answers by their arrival, errors by when they were found."""

    verified: int
    errors: int


@dataclass(frozen=True, slots=True)
class SliceResult:
    """What one slice measured.

    Attributes:
        planned: Requests that the arrivals called for; None in closed load.
        sent: Requests sent, the head of the slice included.
        verified: Of these, answered and found right.
        errors: The others, by kind; `sent` is `verified` plus all of them.
        counted: Verified answers in the counted part of the slice, `counted_s` seconds long.
        wall_s: From the first send until nothing was in flight.
        generator_cpu_s: CPU time that the generator used in `wall_s`.
        utilisation: The share of `wall_s` that the generator spent on events, 0 to 1.
        service, response, lateness: `Histogram.to_text` of send to answer, intended send to answer, and
            intended send to send; None where there are no samples.
        first_error: The first failure of the slice in words.
        endpoints: The same by request, named as the generator describes them. The counts add up to the slice's, and so
            do the histograms, but for requests that could never be sent: these had no endpoint yet. Empty where a
            scenario has one endpoint, which is the slice itself, or users with a client of their own.
        windows: The seconds of the slice since its load began, one after the other; the last holds what came after the
            last whole second, the drain included. They add up to the slice's counts. Empty up to a second.
    """

    number: int
    sent: int
    verified: int
    errors: Mapping[ErrorKind, int]
    counted: int
    counted_s: float
    wall_s: float
    generator_cpu_s: float
    utilisation: float
    planned: int | None = None
    reconnects: int = 0
    received_bytes: int = 0
    service: str | None = None
    response: str | None = None
    lateness: str | None = None
    first_error: str | None = None
    endpoints: Mapping[str, EndpointResult] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
