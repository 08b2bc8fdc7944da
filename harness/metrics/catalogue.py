"""The catalogue: one row for each metric, in reading order.

A row has all properties of a metric that code needs. Its words are in `words`. This module must not know how a metric
is measured; `measure` and `analysis` do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from harness.metrics.names import Parameters, Pattern, Quantile, segments, stem_of
from harness.units import Unit


class Family(StrEnum):
    """A group of metrics that are shown together, in this order."""

    THROUGHPUT = "Throughput"
    LATENCY = "Latency"
    MEMORY = "Memory"
    COLD_START = "Cold start"
    CPU = "CPU time"
    LIMITS = "Limits"
    PACED = "Paced users"
    FOOTPRINT = "Footprint"
    OTHER = "Other"


class Better(StrEnum):
    """Whether a higher or a lower number of a metric is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Headline:
    """The role of a metric among the headlines of a run.

    Attributes:
        precision: The field of `Precision` with the required precision of its interval.
        quantile: The percentile with this role; None if the metric has no percentiles.
    """

    precision: str
    quantile: Quantile | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A row of the catalogue.

    Attributes:
        pattern: The form of its names, with parameters in angle brackets.
        better: Whether a higher or a lower number is better.
        depends_on_load: Whether its names state a load; it can't confirm a figure that states none.
        depends_on_machine: Whether its number differs between machines or configurations. A run then can't
            refute a published number, only fail to reproduce it.
        is_a_start: Whether a page's "startup time" or "cold start" can mean it.
        in_containers: The counterpart of a process metric for containers; None for all other metrics.
        headlines: Its roles among the headlines of a run.
        is_for_figures: Whether published figures can name it.
        is_given: Whether the load gives its number, and not the target: then no run is better than another in it.
    """

    pattern: str
    unit: Unit
    family: Family
    better: Better = Better.LOWER
    depends_on_load: bool = False
    depends_on_machine: bool = True
    is_a_start: bool = False
    in_containers: Metric | None = None
    headlines: tuple[Headline, ...] = ()
    is_for_figures: bool = True
    is_given: bool = False

    def name(
        self,
        *,
        connections: int | None = None,
        users: int | None = None,
        rate_per_s: float | None = None,
        quantile: Quantile | None = None,
        share: float | None = None,
    ) -> str:
        """Return the metric's name with these parameters; parameters not in its pattern are ignored.

        Raises:
            ValueError: A parameter of the pattern is missing, or is not a valid number.
        """
        parameters = Parameters(connections, rate_per_s, quantile, share, users)
        name = Pattern(self.pattern).build(parameters)
        if name is None or self.parameters(name) is None:
            raise ValueError(f"{self.pattern} with {parameters}")
        return name

    def parameters(self, name: str) -> Parameters | None:
        """Return the parameters of a name; None if it is not a name of this metric."""
        return Pattern(self.pattern).parse(name)


CATALOGUE: tuple[Metric, ...] = (
    THROUGHPUT := Metric(
        "throughput.closed.c<N>",
        Unit.PER_SECOND,
        Family.THROUGHPUT,
        Better.HIGHER,
        depends_on_load=True,
        headlines=(Headline("throughput"),),
    ),
    THROUGHPUT_PEAK := Metric("throughput.peak", Unit.PER_SECOND, Family.THROUGHPUT, Better.HIGHER),
    LATENCY_OPEN := Metric(
        "latency.open.r<R>.p<Q>",
        Unit.SECOND,
        Family.LATENCY,
        depends_on_load=True,
        headlines=(Headline("p50", Quantile.P50), Headline("p99", Quantile.P99)),
    ),
    LATENCY_OWN_RATE := Metric("latency.own<S>.p<Q>", Unit.SECOND, Family.LATENCY, depends_on_load=True),
    LATENCY_CLOSED := Metric("latency.closed.c<N>.p<Q>", Unit.SECOND, Family.LATENCY, depends_on_load=True),
    LATENCY_CLOSED_MEAN := Metric("latency.closed.c<N>.mean", Unit.SECOND, Family.LATENCY, depends_on_load=True),
    MEMORY_IDLE := Metric("memory.idle", Unit.BYTE, Family.MEMORY),
    MEMORY_LOADED := Metric("memory.loaded", Unit.BYTE, Family.MEMORY, headlines=(Headline("memory"),)),
    MEMORY_PEAK := Metric("memory.peak", Unit.BYTE, Family.MEMORY),
    MEMORY_AFTER := Metric("memory.after", Unit.BYTE, Family.MEMORY),
    MEMORY_PSS_IDLE := Metric("memory_pss.idle", Unit.BYTE, Family.MEMORY, in_containers=MEMORY_IDLE),
    MEMORY_PSS_LOADED := Metric(
        "memory_pss.loaded",
        Unit.BYTE,
        Family.MEMORY,
        in_containers=MEMORY_LOADED,
        headlines=MEMORY_LOADED.headlines,
    ),
    MEMORY_PSS_PEAK := Metric(
        "memory_pss.peak", Unit.BYTE, Family.MEMORY, in_containers=MEMORY_PEAK, is_for_figures=False
    ),
    MEMORY_PSS_AFTER := Metric("memory_pss.after", Unit.BYTE, Family.MEMORY, in_containers=MEMORY_AFTER),
    MEMORY_RSS_IDLE := Metric("memory_rss.idle", Unit.BYTE, Family.MEMORY),
    MEMORY_RSS_LOADED := Metric("memory_rss.loaded", Unit.BYTE, Family.MEMORY),
    MEMORY_RSS_PEAK := Metric("memory_rss.peak", Unit.BYTE, Family.MEMORY),
    MEMORY_RSS_AFTER := Metric("memory_rss.after", Unit.BYTE, Family.MEMORY),
    COLD_START_CREATE := Metric("cold_start.create", Unit.SECOND, Family.COLD_START),
    COLD_START_START := Metric("cold_start.start", Unit.SECOND, Family.COLD_START, is_a_start=True),
    COLD_START_READY := Metric(
        "cold_start.ready", Unit.SECOND, Family.COLD_START, is_a_start=True, headlines=(Headline("cold_start"),)
    ),
    COLD_START_APP := Metric("cold_start.app", Unit.SECOND, Family.COLD_START, is_a_start=True),
    COLD_START_FIRST_REQUEST := Metric(
        "cold_start.first_request", Unit.SECOND, Family.COLD_START, is_for_figures=False
    ),
    COLD_START_NEXT_REQUESTS := Metric(
        "cold_start.next_requests", Unit.SECOND, Family.COLD_START, is_for_figures=False
    ),
    PROCESS_START_READY := Metric(
        "process_start.ready",
        Unit.SECOND,
        Family.COLD_START,
        is_a_start=True,
        in_containers=COLD_START_READY,
        headlines=COLD_START_READY.headlines,
    ),
    PROCESS_START_APP := Metric(
        "process_start.app", Unit.SECOND, Family.COLD_START, is_a_start=True, in_containers=COLD_START_APP
    ),
    PROCESS_START_FIRST_REQUEST := Metric(
        "process_start.first_request",
        Unit.SECOND,
        Family.COLD_START,
        in_containers=COLD_START_FIRST_REQUEST,
        is_for_figures=False,
    ),
    PROCESS_START_NEXT_REQUESTS := Metric(
        "process_start.next_requests",
        Unit.SECOND,
        Family.COLD_START,
        in_containers=COLD_START_NEXT_REQUESTS,
        is_for_figures=False,
    ),
    COLD_START_UNCACHED_READY := Metric("cold_start_uncached.ready", Unit.SECOND, Family.COLD_START, is_a_start=True),
    COLD_START_UNCACHED_APP := Metric("cold_start_uncached.app", Unit.SECOND, Family.COLD_START, is_a_start=True),
    PROCESS_START_UNCACHED_READY := Metric(
        "process_start_uncached.ready",
        Unit.SECOND,
        Family.COLD_START,
        is_a_start=True,
        in_containers=COLD_START_UNCACHED_READY,
    ),
    PROCESS_START_UNCACHED_APP := Metric(
        "process_start_uncached.app",
        Unit.SECOND,
        Family.COLD_START,
        is_a_start=True,
        in_containers=COLD_START_UNCACHED_APP,
    ),
    CPU_PER_REQUEST := Metric("cpu_per_request.closed.c<N>", Unit.SECOND, Family.CPU, depends_on_load=True),
    CPU_PER_REQUEST_LADDER := Metric("cpu_per_request.ladder", Unit.SECOND, Family.CPU, is_for_figures=False),
    CPU_LOAD_IDLE := Metric("cpu_load.idle", Unit.SECOND_PER_SECOND, Family.CPU, is_for_figures=False),
    CPU_LOAD_OWN_RATE := Metric(
        "cpu_load.own<S>", Unit.SECOND_PER_SECOND, Family.CPU, depends_on_load=True, is_for_figures=False
    ),
    CONNECTIONS_PRACTICAL := Metric("connections.practical", Unit.ONE, Family.LIMITS, Better.HIGHER),
    RATE_SLO := Metric("rate.slo", Unit.PER_SECOND, Family.LIMITS, Better.HIGHER),
    PACED_RATE := Metric(
        "paced.rate.u<N>",
        Unit.PER_SECOND,
        Family.PACED,
        Better.HIGHER,
        depends_on_load=True,
        is_for_figures=False,
        is_given=True,
    ),
    PACED_LATENCY := Metric(
        "paced.latency.u<N>.p<Q>", Unit.SECOND, Family.PACED, depends_on_load=True, is_for_figures=False
    ),
    PACED_LATENCY_MEAN := Metric(
        "paced.latency.u<N>.mean", Unit.SECOND, Family.PACED, depends_on_load=True, is_for_figures=False
    ),
    FOOTPRINT_IMAGE := Metric("footprint.image", Unit.BYTE, Family.FOOTPRINT, depends_on_machine=False),
    FOOTPRINT_BUILD := Metric("footprint.build", Unit.BYTE, Family.FOOTPRINT, depends_on_machine=False),
    FOOTPRINT_FRAMEWORK := Metric("footprint.framework", Unit.BYTE, Family.FOOTPRINT, depends_on_machine=False),
    FOOTPRINT_BINARY := Metric("footprint.binary", Unit.BYTE, Family.FOOTPRINT, depends_on_machine=False),
    FOOTPRINT_DEPENDENCIES := Metric("footprint.dependencies", Unit.ONE, Family.FOOTPRINT, depends_on_machine=False),
    FOOTPRINT_APP_LINES := Metric("footprint.app_lines", Unit.ONE, Family.FOOTPRINT, depends_on_machine=False),
)
RESIDENT = {
    MEMORY_RSS_IDLE: MEMORY_IDLE,
    MEMORY_RSS_LOADED: MEMORY_LOADED,
    MEMORY_RSS_PEAK: MEMORY_PEAK,
    MEMORY_RSS_AFTER: MEMORY_AFTER,
}
"""Resident set sizes added up, in both runtimes; each with the metric that counts shared pages once."""
FOR_FIGURES = tuple(metric.pattern for metric in CATALOGUE if metric.is_for_figures)

_FAMILIES = {segments(metric.pattern)[0]: metric.family for metric in CATALOGUE}
_IN_PROCESSES = {metric.in_containers: metric for metric in CATALOGUE if metric.in_containers}


class Named(NamedTuple):
    """A metric and the parameters of one of its names."""

    metric: Metric
    parameters: Parameters


@cache
def parse(name: str) -> Named | None:
    """Return the metric and the parameters of a name; None if the catalogue does not have it."""
    candidates = ((metric, metric.parameters(name)) for metric in CATALOGUE)
    return next((Named(metric, parameters) for metric, parameters in candidates if parameters), None)


def family_of(name: str) -> Family:
    """Return the family of a metric, or of a wildcard such as `throughput.*`."""
    return _FAMILIES.get(segments(name)[0], Family.OTHER)


def connections_of(name: str) -> int | None:
    """Return the number of connections of a closed-load throughput; None for any other metric."""
    parameters = THROUGHPUT.parameters(name)
    return parameters.connections if parameters else None


def quantile_of(name: str) -> float | None:
    """Return the quantile of a latency, 0 to 1; None for any other metric."""
    named = parse(name)
    return named.parameters.quantile.share if named and named.parameters.quantile else None


def more_is_better(name: str) -> bool:
    """Return whether a higher number of a metric is the better one; of an unknown metric it is not."""
    named = parse(name)
    return named is not None and named.metric.better is Better.HIGHER


def is_given(name: str) -> bool:
    """Return whether the load gives a metric's number, and not the target; between two runs it is then not judged."""
    named = parse(name)
    return named is not None and named.metric.is_given


def is_memory_of_loads(name: str) -> bool:
    """Return whether a metric is memory that was read after load or during it, and so depends on all loads before."""
    named = parse(name)
    before = (MEMORY_IDLE, MEMORY_PSS_IDLE, MEMORY_RSS_IDLE)
    return named is not None and named.metric.family is Family.MEMORY and named.metric not in before


def is_compared(name: str) -> bool:
    """Return whether the targets of a run are compared by a metric: not by one of paced users.

    Their load is the same at any target that keeps up, so nothing in it tells two targets apart.
    """
    return family_of(name) is not Family.PACED


def depends_on_load(name: str) -> bool:
    """Return whether a name states a load."""
    named = parse(name)
    return named is not None and named.metric.depends_on_load


def load_named(wanted: str) -> Parameters | None:
    """Return the load that a metric or wildcard names, such as `latency.closed.c64.*`; None if it names none."""
    begun = (Pattern(metric.pattern).begin(stem_of(wanted) or wanted) for metric in CATALOGUE)
    loads = ((p, (p.connections, p.rate_per_s, p.share, p.users)) for p in begun if p)
    return next((p for p, load in loads if any(part is not None for part in load)), None)


def headline_of(name: str) -> Headline | None:
    """Return the role of a name among the headlines; None if it has none."""
    named = parse(name)
    roles = named.metric.headlines if named else ()
    return next((role for role in roles if named and role.quantile == named.parameters.quantile), None)


def in_processes(metric: Metric) -> Metric | None:
    """Return the counterpart of a container metric for processes; None if there is none."""
    return _IN_PROCESSES.get(metric)


@cache
def counterpart(name: str) -> str | None:
    """Return the name of the same quantity in the other runtime: of containers in processes, and the other way round.

    A run has one of the two. None for a metric that both runtimes have, or only one of them.
    """
    named = parse(name)
    other = named and (named.metric.in_containers or in_processes(named.metric))
    return Pattern(other.pattern).build(named.parameters) if named and other else None


@cache
def unit_for_figures(wanted: str) -> Unit | None:
    """Return the unit of a metric or wildcard for figures; None if it is unknown or has several units."""
    stem = stem_of(wanted)
    units = {
        metric.unit
        for metric in CATALOGUE
        if metric.is_for_figures
        and (metric.parameters(wanted) if stem is None else Pattern(metric.pattern).may_continue(stem))
    }
    return units.pop() if len(units) == 1 else None
