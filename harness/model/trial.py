"""Data classes of the stored data: measurements, trials and runs. Numbers are in base units: s, B, 1/s, 1.

The store resolves the annotations at run time, so no import may stand under `TYPE_CHECKING`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.memory import MemorySamples
from harness.model.plan import Plan
from harness.model.slice import Load, Slice, SliceResult
from harness.model.target import Subject
from harness.units import Unit


class Bound(StrEnum):
    """Bound: what limited a throughput. A generator-bound number is a lower bound of the target's throughput.

    Over one connection the limit is the round trip: the target waits for the generator, and the generator for the
    target. The number is neither the target's limit nor a lower bound of it.
    """

    TARGET = "target"
    GENERATOR = "generator"
    ROUND_TRIP = "round_trip"
    NEITHER = "neither"


class Stage(StrEnum):
    """Stage of a trial in which a target failed."""

    BUILD = "build"
    START = "start"
    VERIFY = "verify"
    LOAD = "load"
    STOP = "stop"


class RunStatus(StrEnum):
    """Status of a run."""

    RUNNING = "running"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """Measurement: one finite number for one metric of one trial, in base units."""

    metric: str
    unit: Unit
    value: float
    scenario: str | None = None
    bound: Bound | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"{self.metric}: {self.value} is not finite")


@dataclass(frozen=True, slots=True)
class Absence:
    """Absence: a number that a trial should have and does not have, with the reason."""

    metric: str
    unit: Unit
    reason: str
    scenario: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Failure of a target in a trial: subject, stage and message."""

    subject: Subject
    stage: Stage
    message: str


@dataclass(frozen=True, slots=True)
class DrivenSlice:
    """A planned slice and its result, from which throughput is computed.

    The result's histograms are None: they are stored as distributions, merged over all slices of a load.
    """

    plan: Slice
    result: SliceResult


def by_load(slices: Iterable[DrivenSlice]) -> dict[tuple[str, Load], list[DrivenSlice]]:
    """Return slices by scenario and load, in the order of the first of each."""
    found: dict[tuple[str, Load], list[DrivenSlice]] = {}
    for one in slices:
        found.setdefault((one.plan.scenario, one.plan.load), []).append(one)
    return found


class Span(StrEnum):
    """Time span of a request that a distribution is of. The floor is the null target's response under the same load."""

    SERVICE = "service"
    RESPONSE = "response"
    LATENESS = "lateness"
    FLOOR = "floor"


@dataclass(frozen=True, slots=True)
class Distribution:
    """Durations of all requests of one load in one trial; `histogram` is a `Histogram.to_text`."""

    scenario: str
    load: Load
    span: Span
    histogram: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """Attempt: one try of one level in a search.

    Attributes:
        metric: The metric that is searched.
        driven: The slice at the level.
        p99_s: The p99 of the counted requests; None if there are too few.
        holds: Whether the level kept the objective.
    """

    metric: str
    driven: DrivenSlice
    p99_s: float | None
    holds: bool


class FlagKind(StrEnum):
    """Kind of disturbance of the machine during a trial."""

    STEAL = "steal"
    PRESSURE = "pressure"
    OTHER_LOAD = "other_load"
    THROTTLED = "throttled"
    PAUSED = "paused"
    SLOW_CORE = "slow_core"
    GENERATOR_LATE = "generator_late"

    @property
    def words(self) -> str:
        """What happened, as a clause: `other programs ran`."""
        return _WORDS_OF_FLAGS[self]


_WORDS_OF_FLAGS = {
    FlagKind.STEAL: "the hypervisor took the core",
    FlagKind.PRESSURE: "memory was short",
    FlagKind.OTHER_LOAD: "other programs ran",
    FlagKind.THROTTLED: "a CPU quota held a target back",
    FlagKind.PAUSED: "a target or the harness was stopped from outside",
    FlagKind.SLOW_CORE: "the core was slow",
    FlagKind.GENERATOR_LATE: "the generator waited for its core",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """Flag: a disturbance of the machine during a trial, detected in its signals and never in the trial's result."""

    kind: FlagKind
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Trial: one start-to-stop of one target, the unit of replication.

    A trial with a failure stores its earlier measurements, but no result uses them. A trial with flags counts in
    results, but is not one of the clean trials.

    Attributes:
        block, position: The numbers of its block and of its start in the block, from 0.
        started_at: ISO 8601 in UTC.
        notes: What the target does otherwise than targets/CONTRACT.md asks, and what does not make it wrong.
        memory: Samples of its memory; None if it had no load, and for a run that took no samples.
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
    notes: tuple[str, ...] = ()
    memory: MemorySamples | None = None


@dataclass(frozen=True, slots=True)
class Footprint:
    """Footprint: a constant number of a built target, the same for all variants, read once per run.

    `evidence` says what was counted.
    """

    target: str
    metric: str
    unit: Unit
    value: float
    evidence: str

    def __post_init__(self) -> None:
        if not 0 < self.value < math.inf:
            raise ValueError(f"{self.metric}: {self.value} is not positive and finite")


class AttributeName(StrEnum):
    """Attribute that a framework is tested for. All except the first have the answer yes, no or by extension."""

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
    """Support of a feature by a framework. By extension: the framework itself uses another package for it."""

    YES = "yes"
    NO = "no"
    EXTENSION = "by extension"


@dataclass(frozen=True, slots=True)
class Attribute:
    """Attribute of a framework, found by a test: the answer, and the evidence that was seen."""

    target: str
    name: AttributeName
    answer: str
    evidence: str

    def __post_init__(self) -> None:
        if self.name is not AttributeName.LANGUAGE_VERSION:
            Support(self.answer)


class StopReason(StrEnum):
    """Reason why an adaptive run ended."""

    PRECISE = "precise"
    NOT_PRECISE = "precision not reached"


@dataclass(frozen=True, slots=True)
class Stopped:
    """End of an adaptive run: the reason, the number of blocks, and the headlines that missed the precision."""

    reason: StopReason
    blocks: int
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeedMode:
    """One speed of the target's core: the median CPU time of the speed probe's work, and the share of the readings.

    Attributes:
        cpu_s: The median CPU time.
        share: The share of the readings.
    """

    cpu_s: float
    share: float


@dataclass(frozen=True, slots=True)
class CoreSpeed:
    """Speed of the target's core in a run, by the speed probe's CPU times for the same work.

    Attributes:
        readings: The number of readings.
        median_s: The median CPU time.
        low_s, high_s: The 5 % and 95 % quantiles of the CPU times.
        modes: One mode or two, the faster first; None with too few readings to tell.
    """

    readings: int
    median_s: float
    low_s: float
    high_s: float
    modes: tuple[SpeedMode, ...] | None = None


class ComparabilityRule(StrEnum):
    """Kind of setup difference: a comparison then compares settings, not only frameworks."""

    DEVELOPMENT = "development"
    DEBUG = "debug"
    ONE_WORKER = "one_worker"
    OVERCOMMITTED = "overcommitted"
    IDLE_CPUS = "idle_cpus"
    LOGGING = "logging"
    CONNECTIONS = "connections"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class SetupDifference:
    """Setup difference of a run: a rule, the subjects that break it, and a message that continues their names."""

    rule: ComparabilityRule
    subjects: tuple[Subject, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Run:
    """Run: all blocks of one command, in one environment.

    Attributes:
        environment: What the numbers depend on: machine, engine, images, versions; JSON values only.
        started_at: ISO 8601 in UTC.
        setup_differences: Differences in setup between its subjects, read from their manifests.
        footprint, attributes: Footprint and attributes of every built target.
        stopped: End of an adaptive run; None before its end, and for a fixed number of blocks.
        core_speed: Speed of the target's core; None before the end, and without readings of the speed probe.
        like: Id of the run whose plan it repeats; None for a plan of its own.
        is_invalid: Whether too many requests failed under a load, and no target failed. None where only the trials say
            so: before the end, of a run that ended early, and of one that an older version stored.
        thresholds: Thresholds that the command which ended it judged its changes by, as written.
        wall_s: From the first event to the last.
        measured_s: Part of `wall_s` in counted slices.
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
    core_speed: CoreSpeed | None = None
    like: str | None = None
    is_invalid: bool | None = None
    thresholds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredRun:
    """Stored run: a run and its trials.

    Attributes:
        signals: The machine's signals, where a report reads them; no result depends on them.
    """

    run: Run
    trials: tuple[Trial, ...]
    signals: tuple[Mapping[str, Any], ...] = ()

    @property
    def in_order(self) -> tuple[Trial, ...]:
        """The trials in the order in which their targets were started."""
        return tuple(sorted(self.trials, key=lambda trial: (trial.block, trial.position)))

    def contradiction(self) -> str | None:
        """Return which trial the plan does not have, or has only once; None if the trials are those of the plan."""
        plan, found = self.run.plan, set[tuple[int, Subject]]()
        for trial in self.trials:
            place, words = (trial.block, trial.subject), f"of {trial.subject} in block {trial.block + 1}"
            if trial.subject not in plan.all_subjects or not 0 <= trial.block < len(plan.orders):
                return f"a trial {words}, which the plan does not have"
            if place in found:
                return f"two trials {words}"
            found.add(place)
        return None
