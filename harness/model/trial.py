"""Nouns of what a run leaves: measurements, trials and the run itself, as the store keeps them.

Numbers are in base units: seconds, bytes, 1/s, 1.

The store resolves these annotations at run time, so they are imported for real and not only for the type checker.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.plan import Plan
from harness.model.slice import Load, Slice, SliceResult
from harness.model.target import Subject
from harness.units import Unit


class Bound(StrEnum):
    """What limited a throughput. A generator-bound number is a lower bound of the target's."""

    TARGET = "target"
    GENERATOR = "generator"
    NEITHER = "neither"


class Stage(StrEnum):
    """Where in its turn a target failed."""

    BUILD = "build"
    START = "start"
    VERIFY = "verify"
    LOAD = "load"
    STOP = "stop"


class RunStatus(StrEnum):
    """How far a run came."""

    RUNNING = "running"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number for one metric of one trial, in base units; a number that isn't finite is no measurement."""

    metric: str
    unit: Unit
    value: float
    scenario: str | None = None
    bound: Bound | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.metric} of {self.value}")


@dataclass(frozen=True, slots=True)
class Absence:
    """A number that a trial owes and does not have, with the reason."""

    metric: str
    unit: Unit
    reason: str
    scenario: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What stopped a target's turn."""

    subject: Subject
    stage: Stage
    message: str


@dataclass(frozen=True, slots=True)
class DrivenSlice:
    """A slice as planned beside what it measured: the raw material of every throughput.

    Its histograms are None: they are kept merged over the slices of a load, as distributions.
    """

    plan: Slice
    result: SliceResult


class Span(StrEnum):
    """Which stretch of a request's life a distribution is of."""

    SERVICE = "service"
    RESPONSE = "response"
    LATENESS = "lateness"


@dataclass(frozen=True, slots=True)
class Distribution:
    """The durations of all requests of one load in one trial; `histogram` is a `Histogram.to_text`."""

    scenario: str
    load: Load
    span: Span
    histogram: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One level, tried once in the search for a limit.

    Attributes:
        metric: What is searched.
        p99_s: The p99 of its counted requests; None with too few of them.
        holds: Whether it kept the objective.
    """

    metric: str
    driven: DrivenSlice
    p99_s: float | None
    holds: bool


class FlagKind(StrEnum):
    """What disturbed the machine while a trial was measured."""

    STEAL = "steal"
    PRESSURE = "pressure"
    OTHER_LOAD = "other_load"
    THROTTLED = "throttled"
    PAUSED = "paused"
    SLOW_CORE = "slow_core"
    GENERATOR_LATE = "generator_late"


@dataclass(frozen=True, slots=True)
class Flag:
    """A disturbance of the machine during a trial, seen in its signals and never in the trial's own result."""

    kind: FlagKind
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One start-to-stop of one target, the unit of replication.

    A trial with a failure keeps what it measured before, and gives no number to any result. One with flags counts, and
    is left out of the clean trials.
    """

    block: int
    position: int
    subject: Subject
    started_at: str
    measurements: tuple[Measurement, ...]
    absences: tuple[Absence, ...] = ()
    slices: tuple[DrivenSlice, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    failure: Failure | None = None
    flags: tuple[Flag, ...] = ()
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Footprint:
    """A number that a built target has, whoever serves it: it is read once a run, and nothing varies.

    `evidence` says what was counted.
    """

    target: str
    metric: str
    unit: Unit
    value: float
    evidence: str

    def __post_init__(self) -> None:
        if not 0 < self.value < math.inf:
            raise ValueError(f"{self.metric} of {self.value}")


class AttributeName(StrEnum):
    """What is asked of a framework by trying it. All but the first are answered with yes, no or by extension."""

    LANGUAGE_VERSION = "language_version"
    ASYNC_VIEWS = "async_views"
    VALIDATION = "validation"
    WEBSOCKET = "websocket"
    ADMIN = "admin"
    ORM = "orm"
    AUTHENTICATION = "authentication"
    DOCUMENTATION = "documentation"
    SINGLE_BINARY = "single_binary"


class Support(StrEnum):
    """Whether a framework has something itself. By extension: it hands over to another package, and names it."""

    YES = "yes"
    NO = "no"
    EXTENSION = "by extension"


@dataclass(frozen=True, slots=True)
class Attribute:
    """What came of trying one thing of a framework: the answer in words, and what was seen."""

    target: str
    name: AttributeName
    answer: str
    evidence: str

    def __post_init__(self) -> None:
        if self.name is not AttributeName.LANGUAGE_VERSION:
            Support(self.answer)


class StopReason(StrEnum):
    """Why an adaptive run measured no more blocks."""

    PRECISE = "precise"
    NOT_PRECISE = "precision not reached"


@dataclass(frozen=True, slots=True)
class Stopped:
    """How an adaptive run found its end: why, after how many blocks, and which headlines were still too wide."""

    reason: StopReason
    blocks: int
    missed: tuple[str, ...] = ()


class ComparabilityRule(StrEnum):
    """What makes a comparison of two ways of serving one of their settings."""

    DEVELOPMENT = "development"
    DEBUG = "debug"
    ONE_WORKER = "one_worker"
    OVERCOMMITTED = "overcommitted"
    LOGGING = "logging"
    CONNECTIONS = "connections"


@dataclass(frozen=True, slots=True)
class SetupDifference:
    """A rule that subjects of a run break, in words that follow their names."""

    rule: ComparabilityRule
    subjects: tuple[Subject, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """All blocks of one command, in one environment.

    Attributes:
        environment: What the numbers depend on: machine, engine, images, versions; JSON values only.
        started_at: ISO 8601 in UTC.
        setup_differences: Where its subjects were not served alike, as their manifests say.
        footprint, attributes: Of every target that was built: what it is, and what it can do.
        stopped: How an adaptive run found its end; None where it did not come to it, or its blocks were fixed.
        wall_s: From the first event to the last; `measured_s` is the part of it in counted slices.
    """

    id: str
    status: RunStatus
    plan: Plan
    started_at: str
    environment: Mapping[str, Any] = field(default_factory=dict)
    wall_s: float = 0.0
    measured_s: float = 0.0
    failures: tuple[Failure, ...] = ()
    footprint: tuple[Footprint, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    stopped: Stopped | None = None
    setup_differences: tuple[SetupDifference, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run and its trials, as read from the store."""

    run: Run
    trials: tuple[Trial, ...]
