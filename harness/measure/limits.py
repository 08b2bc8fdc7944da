"""Limits of a target, each searched in several blocks: the largest rate within an objective, the practical connections.

A search tries level after level, each for a short time (`harness.measure.search`). The targets take turns, attempt by
attempt, so that all targets see the same conditions of the machine. Every search starts from the target's own peak. The
attempts come last in a block, so that they do not affect memory or any other number of the target.

Errors in an attempt are not a failure of the target: they mean that the level does not hold.
"""

from __future__ import annotations

import random
import resource
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from harness.histogram import Histogram
from harness.measure.capacity import GENERATOR_BUSY
from harness.measure.in_flight import carried
from harness.measure.search import Ending, Found, Terms, steps
from harness.metrics.catalogue import CONNECTIONS_PRACTICAL, RATE_SLO
from harness.metrics.names import Quantile
from harness.model import Absence, Attempt, Bound, DrivenSlice, Load, LoadKind, Measurement, Slice, Subject
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.load.generator import LoadGenerator
    from harness.measure.responses import Cell, ResponseTime
    from harness.model import SliceResult

PRACTICAL_P99_S = 0.1
MOST_CONNECTIONS = 1024
MOST_ERRORS = 0.001
LEAST_ACHIEVED = 0.99
SAMPLES = Quantile.P99.least_samples
AT_LEAST = "at least: even the largest level that is tried holds"
RATE_GRAIN, CONNECTIONS_GRAIN = 1.03, 1.05

LONGEST_SEARCH_S = 300.0
_FEWEST_ATTEMPTS = 9  # a step, a bisection or two, and a majority at each of two final levels

_SPARE_SAMPLES = 1.25  # arrivals are random, so an attempt is planned for this many times the necessary samples
_RATE_CONNECTIONS = 64
_FIRST_SHARE = 0.6  # the first rate over the target's peak
_FIRST_CONNECTIONS = 64
_RATE_SPAN = 16.0  # the first rate over the lowest rate
_TIMEOUT_S = 1.0  # much longer than any objective
_FILES_KEPT = 64  # open files of a worker besides its connections


class Limit(StrEnum):
    """The limits that are searched, by metric."""

    RATE = RATE_SLO.name()
    CONNECTIONS = CONNECTIONS_PRACTICAL.name()


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """The plan of one search in one block.

    Attributes:
        limit: The limit to search.
        scenario: The name of the scenario.
        subjects: The targets whose limit is searched.
        objective_p99_s: The p99 that a level must keep.
        most_connections: The largest number of connections to one target.
        slice_s: The shortest duration of an attempt; see also `least_s`.
        discard_s: The head of an attempt that is not counted.
        seed: Fixes the order of the targets and the arrivals.
    """

    limit: Limit
    scenario: str
    subjects: tuple[Subject, ...]
    objective_p99_s: float
    most_connections: int
    slice_s: float
    discard_s: float
    seed: str

    @property
    def unit(self) -> Unit:
        """The unit of its levels."""
        return RATE_SLO.unit if self.limit is Limit.RATE else CONNECTIONS_PRACTICAL.unit

    def absence(self, reason: str) -> Absence:
        """Return the absence of the limit, with the reason."""
        return Absence(self.limit.value, self.unit, reason, self.scenario)

    @property
    def least_s(self) -> float:
        """The shortest duration of an attempt, in seconds.

        Above a target's capacity its backlog grows, and each answer is later than the one before. An attempt at a rate
        lasts until a rate 1 % too high makes answers later than the objective. A shorter attempt would not show this.
        """
        backlog_s = self.objective_p99_s / (1 - LEAST_ACHIEVED) if self.limit is Limit.RATE else 0.0
        return self.discard_s + max(self.slice_s - self.discard_s, backlog_s)

    def terms(self, peak_per_s: float) -> Terms:
        """Return the terms of the search for a target with this peak, in requests per second."""
        if self.limit is Limit.RATE:
            start = _FIRST_SHARE * peak_per_s
            return Terms(least=start / _RATE_SPAN, most=2 * peak_per_s, start=start, grain=RATE_GRAIN)
        most = self.most_connections
        start = min(_FIRST_CONNECTIONS, most)
        return Terms(least=1, most=most, start=start, grain=CONNECTIONS_GRAIN, is_whole=True)

    def attempt(self, number: int, subject: Subject, level: float, peak_per_s: float, seed: int) -> Slice:
        """Return the slice of an attempt at a level, long enough for a p99 and for a backlog to show."""
        if self.limit is Limit.RATE:
            load, rate_per_s = Load(LoadKind.POISSON, min(_RATE_CONNECTIONS, self.most_connections), level), level
        else:
            load, rate_per_s = Load(LoadKind.CLOSED, round(level)), peak_per_s
        lasts_s = max(self.least_s, self.discard_s + SAMPLES * _SPARE_SAMPLES / rate_per_s)
        return Slice(number, subject, self.scenario, load, lasts_s, self.discard_s, seed, _TIMEOUT_S)

    def holds(self, driven: DrivenSlice) -> bool:
        """Return whether an attempt kept the objective."""
        p99_s, result = p99_of(driven.result), driven.result
        if self.limit is Limit.CONNECTIONS:
            return p99_s is not None and p99_s < self.objective_p99_s and not sum(result.errors.values())
        return keeps_up(
            self.objective_p99_s,
            p99_s=p99_s,
            planned=result.planned or 0,
            verified=result.verified,
            lasted_s=driven.plan.duration_s,
            drained_s=result.wall_s - driven.plan.duration_s,
        )


def keeps_up(  # noqa: PLR0913 - the objective has this many parts
    objective_p99_s: float, *, p99_s: float | None, planned: int, verified: int, lasted_s: float, drained_s: float
) -> bool:
    """Return whether a target kept up with an open load: p99 within the objective, errors <= 0.1 %, rate >= 99 %.

    Answers may still arrive within the objective after the last arrival. Only a longer drain counts against the
    achieved rate.

    Args:
        objective_p99_s: The p99 that must be kept.
        p99_s: The measured p99; None with too few samples, which is not enough to pass.
        planned: The number of requests that were due.
        verified: The number of these with a verified answer.
        lasted_s: The time from the first arrival to the last.
        drained_s: The time from the last arrival to the last answer.
    """
    if p99_s is None or p99_s > objective_p99_s or planned - verified > MOST_ERRORS * planned:
        return False
    late_s = max(0.0, drained_s - objective_p99_s)
    return verified * lasted_s >= LEAST_ACHIEVED * planned * (lasted_s + late_s)


def p99_of(result: SliceResult) -> float | None:
    """Return the p99 of an attempt, in open load from the intended send, in seconds; None with too few samples."""
    text = result.service if result.planned is None else result.response
    histogram = Histogram.from_texts([text])
    return histogram.quantile_s(Quantile.P99.share) if histogram.count >= SAMPLES else None


def most_connections(slices: Iterable[Slice], searched: Sequence[Subject]) -> int:
    """Return how many connections to each searched target a worker's limit of open files allows, at most 1,024.

    Args:
        slices: All other slices of the block. Their connections stay open, for every scenario and every target.
        searched: The targets under search.
    """
    held: dict[tuple[Subject, str], int] = {}
    for part in slices:
        group = part.subject, part.scenario
        held[group] = max(held.get(group, 0), part.load.connections)
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    left = (files - _FILES_KEPT - sum(held.values())) // max(1, len(searched))
    return max(1, min(MOST_CONNECTIONS, left))


class SearchedTrial(Protocol):
    """The part of a trial runner that a search needs."""

    @property
    def subject(self) -> Subject:
        """The subject of the trial."""
        ...

    @property
    def url(self) -> str:
        """The base URL of the target."""
        ...

    def peak(self, scenario: str) -> Measurement | None:
        """Return its largest throughput in this block; None where there is none."""
        ...

    def end_search(self, found: Measurement | Absence, attempts: Sequence[Attempt]) -> None:
        """Receive the result of the search and its attempts."""
        ...


class AttemptObserver(Protocol):
    """Observer of the attempts of a search."""

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Receive the end of an attempt."""
        ...


def run_search(
    plan: SearchPlan,
    runners: Iterable[SearchedTrial],
    generator: LoadGenerator,
    observer: AttemptObserver,
    responses: Mapping[Cell, ResponseTime] = MappingProxyType({}),
) -> None:
    """Search the limit of every target, with alternating attempts, and give each trial its result.

    `responses` is what the warm-up has shown: attempts at a rate have more connections where slow answers take them.
    """
    searches: list[_TargetSearch] = []
    for runner in runners:
        peak = runner.peak(plan.scenario)
        if peak is None:
            runner.end_search(plan.absence("its peak has no number to begin from"), ())
        else:
            searches.append(_TargetSearch(plan, runner, peak.value, responses))
    _drive_all(plan, searches, generator, observer)
    for search in searches:
        search.runner.end_search(search.outcome(), search.attempts)


def _drive_all(
    plan: SearchPlan, searches: Sequence[_TargetSearch], generator: LoadGenerator, observer: AttemptObserver
) -> None:
    """Drive the attempts of all searches, in rounds of random order."""
    rng = random.Random(plan.seed)  # noqa: S311 - an order of slices, no secret
    while unfinished := [search for search in searches if not search.is_over]:
        rng.shuffle(unfinished)
        seed = rng.getrandbits(32)
        attempts = [search.attempt(number, seed) for number, search in enumerate(unfinished)]
        urls = {search.runner.subject: search.runner.url for search in unfinished}
        for search, driven in zip(unfinished, _driven(attempts, urls, generator), strict=True):
            observer.sliced(driven.plan, driven.result)
            search.record(driven)


def _driven(attempts: Sequence[Slice], urls: Mapping[Subject, str], generator: LoadGenerator) -> Iterator[DrivenSlice]:
    for attempt, result in zip(attempts, generator.run(attempts, urls), strict=True):
        yield DrivenSlice(attempt, result)


class _TargetSearch:
    """The search for the limit of one target."""

    def __init__(
        self, plan: SearchPlan, runner: SearchedTrial, peak_per_s: float, responses: Mapping[Cell, ResponseTime]
    ) -> None:
        self.runner = runner
        self._responses = responses
        self.found: Found | None = None
        self.attempts: list[Attempt] = []
        self._plan = plan
        self._peak_per_s = peak_per_s
        self._terms = plan.terms(peak_per_s)
        self._steps = steps(self._terms)
        self._level = next(self._steps)
        self._generator_bound: list[float] = []  # levels that did not hold while the generator was busy
        self._left_s = LONGEST_SEARCH_S
        self._too_long = self._exceeds(_FEWEST_ATTEMPTS)

    @property
    def is_over(self) -> bool:
        return self.found is not None or self._too_long is not None

    def _exceeds(self, attempts: int) -> str | None:
        """Return the sentence of a search whose next attempts take longer than what is left; None if they don't."""
        lasts_s = self.attempt(0, 0).duration_s
        if attempts * lasts_s <= self._left_s:
            return None
        level = (
            human(self._level, Unit.PER_SECOND) if self._plan.limit is Limit.RATE else f"{self._level:g} connections"
        )
        return (
            f"the search would last longer than {LONGEST_SEARCH_S:g} s: an attempt at {level} lasts "
            f"{human(lasts_s, Unit.SECOND)}"
        )

    def attempt(self, number: int, seed: int) -> Slice:
        part = self._plan.attempt(number, self.runner.subject, self._level, self._peak_per_s, seed)
        return replace(part, load=carried(part.load, part.subject, part.scenario, self._responses))

    def record(self, driven: DrivenSlice) -> None:
        holds = self._plan.holds(driven)
        if not holds and driven.result.utilisation >= GENERATOR_BUSY:
            self._generator_bound.append(self._level)
        bare = replace(driven.result, service=None, response=None, lateness=None)
        self.attempts.append(
            Attempt(self._plan.limit.value, DrivenSlice(driven.plan, bare), p99_of(driven.result), holds)
        )
        try:
            self._level = self._steps.send(holds)
        except StopIteration as ended:
            self.found = ended.value
        else:
            self._left_s -= driven.plan.duration_s
            self._too_long = self._exceeds(1)

    def outcome(self) -> Measurement | Absence:
        plan, found = self._plan, self.found
        if self._too_long is not None:
            return plan.absence(self._too_long)
        if found is None or found.ending is Ending.OUT_OF_ATTEMPTS:
            return plan.absence(f"{self._terms.most_attempts} attempts contradicted each other")
        if found.level is None:
            return plan.absence(f"even the least level that is tried, {self._terms.least:,.4g}, does not hold")
        is_at_limit = found.ending is Ending.AT_LIMIT
        is_lower_bound = is_at_limit or found.beyond in self._generator_bound
        return Measurement(
            metric=plan.limit.value,
            unit=plan.unit,
            value=found.level,
            scenario=plan.scenario,
            bound=Bound.GENERATOR if is_lower_bound else None,
            warnings=(AT_LEAST,) if is_at_limit else (),
        )
