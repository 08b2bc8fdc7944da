"""The nouns: frozen values that every room speaks in.

Read from top to bottom they tell what is measured (target, variant, scenario) and how (load, slice, profile, plan).
`evidence` tells what came of it, and `statements` what is said of it. GLOSSARY.md defines each word.
Numbers are in base units: seconds, bytes, 1/s, 1. Nothing here reads, writes or prints.

The store resolves these annotations at run time, so they are imported for real and not only for the type checker.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class VariantClass(StrEnum):
    """What a way of serving is meant for."""

    PRODUCTION = "production"
    TUNED = "tuned"
    DEVELOPMENT = "development"


class Toolchain(StrEnum):
    """What builds a target that runs as a process.

    `PYTHON_VENV`: a virtual environment of its own, with what its requirements.txt names. `GO`: its module, compiled
    into one binary that bears the module's name.
    """

    PYTHON_VENV = "python-venv"
    GO = "go"


class Bound(StrEnum):
    """What limited a throughput. A generator-bound number is a lower bound of the target's."""

    TARGET = "target"
    GENERATOR = "generator"
    NEITHER = "neither"


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


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One target served one way: what a trial is a trial of.

    Attributes:
        is_control: It is the second copy of a contestant, run beside it to show how far two equals differ (A/A).
    """

    target: str
    variant: str
    is_control: bool = False

    def __str__(self) -> str:
        return f"{self.target}:{self.variant}{' (control)' if self.is_control else ''}"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to serve a target.

    Attributes:
        command: The argument vector that serves it, run in the target's folder; empty means the image's own.
        environment: Variables added to HOST and PORT.
        docs_url: The framework's own deployment page that the settings follow.
        workers, workers_per_cpu: How many requests it computes at the same time, at most: so many, and so many more for
            each CPU that it is given. Both 0 where nobody says.
        logs_requests: Whether it prints a line for every request.
        closes_connections: Whether it closes the connection after every answer.
        is_debug: Whether the framework's debug mode is on.
    """

    name: str
    variant_class: VariantClass
    summary: str
    docs_url: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0
    workers_per_cpu: int = 0
    logs_requests: bool = False
    closes_connections: bool = False
    is_debug: bool = False

    def workers_on(self, cpus: int) -> int | None:
        """Return how many requests it computes at the same time on so many CPUs; None where nobody says."""
        return self.workers + self.workers_per_cpu * cpus or None


@dataclass(frozen=True, slots=True)
class BaseImage:
    """A base image as a build argument: the registry's name, and the one that `tools/local-bases` makes."""

    argument: str
    registry: str
    local: str


@dataclass(frozen=True, slots=True)
class Probes:
    """What asks a built target what it is and what it can do, as paths in its folder.

    Attributes:
        program: It prints its findings as JSON: a script for its Python, or a package of its Go module.
        hello: The smallest app of its framework that works, whose lines are counted.
    """

    program: str
    hello: str


@dataclass(frozen=True, slots=True)
class Target:
    """A framework app to measure, as its target.toml describes it.

    Attributes:
        is_null: It is no framework but the cheapest correct responder, which shows the machine's own ceiling.
        answers: The parts of targets/CONTRACT.md that it answers.
        packages: Distributions or modules whose versions are read inside its image.
        toolchain: What builds it where it runs as a process; None where it can't.
        probes: What asks it for its footprint and attributes; None where nobody does.
    """

    name: str
    title: str
    language: str
    summary: str
    folder: Path
    variants: tuple[Variant, ...]
    default_variant: str
    is_null: bool = False
    answers: tuple[str, ...] = ("plain", "json", "path", "post")
    bases: tuple[BaseImage, ...] = ()
    packages: tuple[str, ...] = ()
    toolchain: Toolchain | None = None
    probes: Probes | None = None

    def variant(self, name: str) -> Variant:
        """Return the variant of that name; KeyError if there is none."""
        return {v.name: v for v in self.variants}[name]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A locustfile: what its users request."""

    name: str
    summary: str
    path: Path


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


@dataclass(frozen=True, slots=True)
class Precision:
    """How narrow the intervals of a run's headlines should be: half-widths as shares of the estimate."""

    throughput: float
    p50: float
    p99: float
    memory: float
    cold_start: float


@dataclass(frozen=True, slots=True)
class Profile:
    """How thoroughly a run measures.

    Attributes:
        blocks: How many there are; with a precision, at most.
        connections: Levels of closed load for the headline scenario, the first of `scenarios`.
        other_connections: The one level at which the other scenarios are driven.
        rounds: Slices of every target at each level of each block.
        headline_rounds: The same at the level that the headline stands for; None for no more than elsewhere.
        open_rates_per_s: Rates of open load, for latency.
        cold_starts: Timed starts of each target in each block, the one that is then loaded included.
        discarded_starts: Starts of each target before the first block that nobody counts.
        has_control: Whether the reference is driven twice, the second time as its own control.
        controls_latency: Whether the control is driven in open load, too.
        drives_own_rate: Whether latency is also measured at 60 % of each target's own peak, with as many open slices.
        objective_p99_s: The p99 that the rate of `rate.slo` keeps; without it no limits are searched.
        attempt_slice_s: No attempt of a search is shorter; `attempt_discard_s` of it is not counted.
        after_load_s: How long all targets idle once load has ended before their memory is read again; 0 for not at all.
        precision: What a run goes on for, block by block; without it the number of blocks is fixed.
        least_blocks: After how many blocks its precision is looked at first; None where there is none.
    """

    name: str
    summary: str
    blocks: int
    scenarios: tuple[str, ...]
    connections: tuple[int, ...]
    other_connections: int
    rounds: int
    slice_s: float
    discard_s: float
    warmup_s: float
    open_rates_per_s: tuple[float, ...]
    open_rounds: int
    open_slice_s: float
    open_discard_s: float
    cold_starts: int
    discarded_starts: int
    headline_rounds: int | None = None
    has_control: bool = False
    controls_latency: bool = True
    drives_own_rate: bool = False
    objective_p99_s: float | None = None
    attempt_slice_s: float = 1.2
    attempt_discard_s: float = 0.2
    after_load_s: float = 0.0
    precision: Precision | None = None
    least_blocks: int | None = None

    @property
    def headline_connections(self) -> int:
        """The level of closed load that stands for a run: the one that all scenarios share, else the highest."""
        return self.other_connections if self.other_connections in self.connections else max(self.connections)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was decided before the first request.

    Attributes:
        subjects: The contestants, the reference of comparisons first.
        ceiling: The null target, driven beside them with the headline scenario to show what this machine can do.
        control: The reference's second copy, driven beside them to show how far two equals differ.
        drops_page_cache: Whether starts are also timed after the machine's page cache was dropped.
        orders: For each block, the order in which its targets start, the ceiling and the control among them.
        runtime: The name of the runtime that starts them.
    """

    profile: Profile
    subjects: tuple[Subject, ...]
    scenarios: tuple[str, ...]
    seed: int
    runtime: str
    orders: tuple[tuple[Subject, ...], ...]
    ceiling: Subject | None = None
    control: Subject | None = None
    drops_page_cache: bool = False
