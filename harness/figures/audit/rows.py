"""The uniform row of a result file: what one program answered under one load, in base units.

A row states nothing that its file does not state, or that the tool behind the file does not define. It must not know
the rules that judge it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Loop(StrEnum):
    """How the requests of a row are sent, which decides the laws that hold for it."""

    CLOSED = "closed"  # each connection sends its next request after an answer, without think time
    THINKING = "thinking"  # each connection or user has one request at a time, and may wait between them
    UNKNOWN = "unknown"  # at a given rate, over multiplexed connections, or not stated


class Reading(NamedTuple):
    """A number of a file, in base units.

    Attributes:
        low, high: The limits of the true number that the printing leaves.
        text: The number as the file has it, with its key: `latencyAvg 4.52ms`.
    """

    value: float
    low: float
    high: float
    text: str

    @classmethod
    def exact(cls, value: float, text: str) -> Reading:
        """Return a number that the file has in full."""
        return cls(value, value, value, text)


@dataclass(frozen=True, slots=True)
class Relation:
    """Two numbers of a row of which one follows from the other: `left` is `right`, or at least `right`.

    Attributes:
        says: The relation in words: `http_req_duration is the sum of its parts`.
        tolerance: The relative difference that the relation allows.
        is_equality: Whether the two must be equal; else `left` may be larger.
    """

    says: str
    left: Reading
    right: Reading
    tolerance: float
    is_equality: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a result file. A number that the file does not have is None.

    Attributes:
        subject: The program that was measured: `flask`; the tool's word for itself if the file names none.
        test: What was asked of it: `json`, `baseline-512`.
        place: The row's place in the file: `rawData.json.flask[2]`.
        connections: How many connections, or users, sent requests.
        depth: How many requests a connection has in flight at most (pipelining).
        unopened: How many of the connections the tool may not have opened.
        client_threads: How many threads the tool has; each handles one connection at a time.
        rate_per_s: The rate that the file states.
        seconds: The measured time.
        answers: All answers that the tool counted, with any status.
        errors: The answers among them with an error status.
        counts_errors: Whether the file's number of answers or rate has the errors in it, by the definition of the tool.
        unanswered: The requests and connections that failed without an answer.
        reconnects: How often a connection was opened again.
        adds_samples: Whether the tool adds latencies that no request had (correction for coordinated omission).
        is_average: Whether the numbers are averages over several measurements.
        percentiles: Share (0 to 1) and latency, in ascending order of shares.
        impossible: Texts of the numbers that can't be: negative times, text in place of a number.
        relations: Numbers that follow from each other by the definition of the format.
        rates: The lowest and the highest rate of answers: good answers alone, and all; None if there is no rate.
    """

    subject: str
    test: str
    place: str
    loop: Loop = Loop.UNKNOWN
    connections: int | None = None
    depth: int = 1
    unopened: int = 0
    client_threads: int = 1
    rate_per_s: Reading | None = None
    seconds: Reading | None = None
    answers: Reading | None = None
    errors: Reading | None = None
    counts_errors: bool = False
    unanswered: float = 0.0
    reconnects: float = 0.0
    adds_samples: bool = False
    is_average: bool = False
    mean_s: Reading | None = None
    spread_s: Reading | None = None
    least_s: Reading | None = None
    most_s: Reading | None = None
    percentiles: tuple[tuple[float, Reading], ...] = ()
    impossible: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = field(default=())
    rates: tuple[Reading, Reading] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", _rates_of(self))  # every law asks for them, in files of 100,000 rows

    @property
    def name(self) -> str:
        """Subject and test in words: `flask, json at 64 connections`."""
        load = "" if self.connections is None else f" at {self.connections:,} connections"
        return f"{self.subject}, {self.test}{load}" if self.test else f"{self.subject}{load}"

    @property
    def good_answers(self) -> Reading | None:
        """The answers without an error status; all answers if the file counts no errors."""
        if self.answers is None or self.errors is None:
            return self.answers
        low = max(0.0, self.answers.low - self.errors.high)
        high = max(0.0, self.answers.high - self.errors.low)
        return Reading(max(0.0, self.answers.value - self.errors.value), low, high, self.answers.text)


def _rates_of(row: Row) -> tuple[Reading, Reading] | None:
    if row.rate_per_s is not None:
        share = 0.0
        if row.errors is not None and row.answers is not None and row.answers.value > 0:
            share = min(1.0, row.errors.value / row.answers.value)
        least, most = (_scaled(row.rate_per_s, factor) for factor in (1 - share, 1 / max(1 - share, 0.01)))
        return least, most
    good = row.good_answers
    if row.answers is None or good is None or row.seconds is None or row.seconds.low <= 0:
        return None
    return _per(good, row.seconds), _per(row.answers, row.seconds)


def _scaled(reading: Reading, factor: float) -> Reading:
    return Reading(reading.value * factor, reading.low * factor, reading.high * factor, reading.text)


def _per(count: Reading, seconds: Reading) -> Reading:
    text = f"{count.text} in {seconds.text}"
    return Reading(count.value / seconds.value, count.low / seconds.high, count.high / seconds.low, text)
