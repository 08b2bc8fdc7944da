"""The limits of a target, searched in the block: the rate that keeps an objective, the connections that are practical.

A search tries level after level, each for a moment (`harness.measure.search`); all targets under search take runners,
attempt by attempt, so what the machine does to one it does to the others. Everything starts from the target's own peak.
The attempts are last in a block: what they do to a target must not show in its memory or in any other number.

Errors of an attempt are an answer, not a failure: a level at which requests fail does not hold.
"""

from __future__ import annotations

import random
import resource
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from harness.histogram import Histogram
from harness.measure.capacity import GENERATOR_BUSY
from harness.measure.latency import OWN_RATE_SHARE
from harness.measure.search import Ending, Found, Terms, steps
from harness.metrics.catalogue import CONNECTIONS_PRACTICAL, RATE_SLO
from harness.metrics.names import Quantile
from harness.model import Absence, Attempt, Bound, DrivenSlice, Load, LoadKind, Measurement, Slice, Subject
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.load.generator import LoadGenerator
    from harness.model import SliceResult

PRACTICAL_P99_S = 0.1
MOST_CONNECTIONS = 1024
MOST_ERRORS = 0.001
LEAST_ACHIEVED = 0.99
SAMPLES = Quantile.P99.least_samples
AT_LEAST = "at least: the search ended at the largest level that is tried, which held"
RATE_GRAIN, CONNECTIONS_GRAIN = 1.03, 1.05

_SPARE_SAMPLES = 1.25  # arrivals are random: so many times the samples that it takes are planned for
_RATE_CONNECTIONS = 64
_FIRST_CONNECTIONS = 64
_RATE_SPAN = 16.0  # down to this part of the first rate
_TIMEOUT_S = 1.0  # far beyond any objective
_FILES_KEPT = 64  # for everything else that a worker has open


class Limit(StrEnum):
    """What is searched."""

    RATE = RATE_SLO.name()
    CONNECTIONS = CONNECTIONS_PRACTICAL.name()


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """One search in one block.

    Attributes:
        subjects: Whose limit is searched.
        objective_p99_s: The p99 that a level has to keep.
        most_connections: No more are opened to one target.
        slice_s: No attempt is shorter (see `least_s`); `discard_s` of it is not counted.
        seed: Fixes the order of targets and the arrivals.
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
        return Unit.PER_SECOND if self.limit is Limit.RATE else Unit.ONE

    @property
    def least_s(self) -> float:
        """How long an attempt lasts, at least.

        Above what a target can do its backlog grows, and every answer is later than the one before. An attempt at a
        rate goes on until 1 % too much has become later than the objective: a shorter one would end before it shows.
        """
        shows_s = self.objective_p99_s / (1 - LEAST_ACHIEVED) if self.limit is Limit.RATE else 0.0
        return self.discard_s + max(self.slice_s - self.discard_s, shows_s)

    def terms(self, peak_per_s: float) -> Terms:
        """Return what is searched at a target with this peak, in requests per second."""
        if self.limit is Limit.RATE:
            start = OWN_RATE_SHARE * peak_per_s
            return Terms(least=start / _RATE_SPAN, most=2 * peak_per_s, start=start, grain=RATE_GRAIN)
        most = self.most_connections
        start = min(_FIRST_CONNECTIONS, most)
        return Terms(least=1, most=most, start=start, grain=CONNECTIONS_GRAIN, is_whole=True)

    def attempt(self, number: int, subject: Subject, level: float, peak_per_s: float, seed: int) -> Slice:
        """Return the slice that tries a level, long enough for a p99 and for a backlog to show."""
        if self.limit is Limit.RATE:
            load, rate_per_s = Load(LoadKind.POISSON, min(_RATE_CONNECTIONS, self.most_connections), level), level
        else:
            load, rate_per_s = Load(LoadKind.CLOSED, round(level)), peak_per_s
        lasts_s = max(self.least_s, self.discard_s + SAMPLES * _SPARE_SAMPLES / rate_per_s)
        return Slice(number, subject, self.scenario, load, lasts_s, self.discard_s, seed, _TIMEOUT_S)

    def holds(self, driven: DrivenSlice) -> bool:
        """Tell whether an attempt kept the objective."""
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


def keeps_up(  # noqa: PLR0913 - the objective has so many parts
    objective_p99_s: float, *, p99_s: float | None, planned: int, verified: int, lasted_s: float, drained_s: float
) -> bool:
    """Tell whether an open load was kept up with: p99 within the objective, errors up to 0.1 %, 99 % of the rate.

    An answer that comes within the objective after the last arrival is in time: only what it takes longer than that
    to drain counts against the rate achieved.

    Args:
        objective_p99_s: The p99 that has to be kept.
        p99_s: The one measured; None with too few samples, which show nothing.
        planned: Requests that were due.
        verified: Of these, answered rightly.
        lasted_s: From the first arrival to the last.
        drained_s: From there to the last answer.
    """
    if p99_s is None or p99_s > objective_p99_s or planned - verified > MOST_ERRORS * planned:
        return False
    late_s = max(0.0, drained_s - objective_p99_s)
    return verified * lasted_s >= LEAST_ACHIEVED * planned * (lasted_s + late_s)


def p99_of(result: SliceResult) -> float | None:
    """Return the p99 of an attempt, from the intended send in open load; None with too few samples."""
    text = result.service if result.planned is None else result.response
    histogram = Histogram.from_text(text) if text else Histogram()
    return histogram.quantile_s(Quantile.P99.share) if histogram.count >= SAMPLES else None


def most_connections(slices: Iterable[Slice], searched: Sequence[Subject]) -> int:
    """Return how many connections to each searched target a worker's open files leave, up to 1,024.

    Args:
        slices: All other slices of the block: their connections stay open, those of every scenario to every target.
        searched: Whose connections will be added to.
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


class Searched(Protocol):
    """A turn, as a search sees it."""

    @property
    def subject(self) -> Subject:
        """Whose turn it is."""
        ...

    @property
    def url(self) -> str:
        """Where the target answers."""
        ...

    def peak(self, scenario: str) -> Measurement | None:
        """Return its largest throughput in this block."""
        ...

    def end_search(self, found: Measurement | Absence, attempts: Sequence[Attempt]) -> None:
        """Take what came of it."""
        ...


class Watcher(Protocol):
    """Whoever wants to see the attempts."""

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """An attempt has ended."""
        ...


def run_search(plan: SearchPlan, runners: Iterable[Searched], generator: LoadGenerator, watcher: Watcher) -> None:
    """Search the limit of every target, in runners, and hand each what was found."""
    hunts: list[_Hunt] = []
    for runner in runners:
        peak = runner.peak(plan.scenario)
        if peak is None:
            runner.end_search(_absence(plan, "its peak has no number to begin from"), ())
        else:
            hunts.append(_Hunt(plan, runner, peak.value))
    rng = random.Random(plan.seed)  # noqa: S311 - an order of slices, no secret
    while under_way := [hunt for hunt in hunts if hunt.found is None]:
        rng.shuffle(under_way)
        seed = rng.getrandbits(32)
        attempts = [hunt.attempt(number, seed) for number, hunt in enumerate(under_way)]
        urls = {hunt.runner.subject: hunt.runner.url for hunt in under_way}
        for hunt, driven in zip(under_way, _driven(attempts, urls, generator), strict=True):
            watcher.sliced(driven.plan, driven.result)
            hunt.take(driven)
    for hunt in hunts:
        hunt.runner.end_search(hunt.outcome(), hunt.attempts)


def _driven(attempts: Sequence[Slice], urls: Mapping[Subject, str], generator: LoadGenerator) -> Iterator[DrivenSlice]:
    for attempt, result in zip(attempts, generator.run(attempts, urls), strict=True):
        yield DrivenSlice(attempt, result)


def _absence(plan: SearchPlan, reason: str) -> Absence:
    return Absence(plan.limit.value, plan.unit, reason, plan.scenario)


class _Hunt:
    """One target's search under way."""

    def __init__(self, plan: SearchPlan, runner: Searched, peak_per_s: float) -> None:
        self.runner = runner
        self.found: Found | None = None
        self.attempts: list[Attempt] = []
        self._plan = plan
        self._peak_per_s = peak_per_s
        self._terms = plan.terms(peak_per_s)
        self._steps = steps(self._terms)
        self._level = next(self._steps)
        self._out_of_generator: list[float] = []

    def attempt(self, number: int, seed: int) -> Slice:
        return self._plan.attempt(number, self.runner.subject, self._level, self._peak_per_s, seed)

    def take(self, driven: DrivenSlice) -> None:
        holds = self._plan.holds(driven)
        if not holds and driven.result.utilisation >= GENERATOR_BUSY:
            self._out_of_generator.append(self._level)
        bare = replace(driven.result, service=None, response=None, lateness=None)
        self.attempts.append(
            Attempt(self._plan.limit.value, DrivenSlice(driven.plan, bare), p99_of(driven.result), holds)
        )
        try:
            self._level = self._steps.send(holds)
        except StopIteration as ended:
            self.found = ended.value

    def outcome(self) -> Measurement | Absence:
        plan, found = self._plan, self.found
        if found is None or found.ending is Ending.OUT_OF_ATTEMPTS:
            return _absence(plan, f"{self._terms.most_attempts} attempts contradicted each other")
        if found.level is None:
            return _absence(plan, f"even the least level that is tried, {self._terms.least:,.4g}, does not hold")
        is_at_limit = found.ending is Ending.AT_LIMIT
        is_floor = is_at_limit or found.beyond in self._out_of_generator
        return Measurement(
            metric=plan.limit.value,
            unit=plan.unit,
            value=found.level,
            scenario=plan.scenario,
            bound=Bound.GENERATOR if is_floor else None,
            warnings=(AT_LEAST,) if is_at_limit else (),
        )
