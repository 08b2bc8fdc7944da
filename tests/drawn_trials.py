"""Trials of drawn runs: measurements, slices, distributions and attempts, some of them not as they should be.

All numbers come from one seeded generator. Each series of values has a habit, such as equal or extreme values.
"""

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import TypeAlias

import numpy as np

from harness.analysis.absent import LARGEST, SMALLEST
from harness.histogram import Histogram
from harness.metrics.catalogue import CATALOGUE, CONNECTIONS_PRACTICAL, RATE_SLO, Family
from harness.metrics.names import Parameters, Pattern, Quantile
from harness.model import (
    MOST_SAMPLES,
    Absence,
    Attempt,
    Bound,
    Distribution,
    DrivenSlice,
    ErrorKind,
    Failure,
    Flag,
    FlagKind,
    Load,
    LoadKind,
    Measurement,
    MemorySamples,
    Plan,
    Slice,
    SliceResult,
    Span,
    Stage,
    Subject,
    Trial,
)
from harness.units import Unit

EXTREMES = (5e-324, 2.3e-308, SMALLEST, 1e-9, 1.0, 1e9, LARGEST, 1e308, sys.float_info.max)
TYPICAL = dict.fromkeys(Unit, 1.0) | {Unit.PER_SECOND: 6_000.0, Unit.SECOND: 1e-3, Unit.BYTE: 40e6}


Habit: TypeAlias = Callable[[random.Random, float], float]
HABITS: tuple[tuple[int, Habit], ...] = (
    (10, lambda rng, typical: typical * rng.lognormvariate(0, 0.02)),
    (2, lambda rng, typical: typical * rng.lognormvariate(0, 1.5)),
    (3, lambda _, typical: typical),
    (1, lambda _, _typical: 5e-324),
    (1, lambda _, _typical: sys.float_info.max),
    (1, lambda rng, _: rng.choice(EXTREMES)),
    (3, lambda rng, _: rng.choice((SMALLEST, LARGEST))),
    (1, lambda _rng, _: SMALLEST),
    (1, lambda _rng, _: LARGEST),
    (1, lambda rng, typical: rng.choice((0.0, typical, typical, -typical))),
)


@cache
def histograms() -> tuple[str, ...]:
    """Return distributions of every kind, as texts: none, one sample, equal samples, the ends of the range, many."""
    rng = np.random.default_rng(0)
    samples_ns: list[list[int]] = [
        [],
        [0],
        [1],
        [137_000_000_000],
        [10**12],
        [5_000_000] * 20,
        [1_000_000] * 500,
        [0] * 30 + [1],
        [1, 137_000_000_000] * 300,
        *(
            (center_ns * rng.lognormal(0, spread, count)).astype(int).tolist()
            for count in (25, 450, 5_000)
            for center_ns, spread in ((300_000, 0.3), (30_000_000, 1.0))
        ),
    ]
    texts = []
    for samples in samples_ns:
        histogram = Histogram()
        histogram.record(np.array(samples, dtype=np.int64))
        texts.append(histogram.to_text())
    return tuple(texts)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the trials of a run have in common.

    Attributes:
        rng: The generator of all numbers.
        calm: The probability that a number, a slice or a trial is as it should be.
        habits: The habit of each series of values.
        metrics: Scenario, name and unit of the metrics that the run measures.
    """

    plan: Plan
    rng: random.Random
    calm: float
    habits: dict[tuple[Subject, str | None, str], Habit]
    metrics: tuple[tuple[str | None, str, Unit], ...]

    @property
    def is_calm(self) -> bool:
        """Whether the next thing is as it should be."""
        return self.rng.random() < self.calm

    def value(self, subject: Subject, scenario: str | None, metric: str, unit: Unit) -> float:
        """Return the next value of a series."""
        weights, habits = zip(*HABITS, strict=True)
        key = (subject, scenario, metric)
        if key not in self.habits:
            self.habits[key] = habits[0] if self.is_calm else self.rng.choices(habits, weights)[0]
        return self.habits[key](self.rng, TYPICAL[unit])


def metrics_of(plan: Plan) -> Iterator[tuple[str | None, str, Unit]]:
    """Yield scenario, name and unit of every metric that a run of this plan can measure."""
    profile = plan.profile
    own = ("process", "memory_pss") if plan.runtime == "process" else ("cold", "memory.")
    starts = (*own, "memory_rss")
    for metric in CATALOGUE:
        is_other_runtime = metric.family in (Family.MEMORY, Family.COLD_START) and not metric.pattern.startswith(starts)
        if metric.family is Family.FOOTPRINT or metric.pattern == "throughput.peak" or is_other_runtime:
            continue
        forms = {
            Pattern(metric.pattern).build(Parameters(connections, rate_per_s, quantile, share, users))
            for connections in profile.connections
            for rate_per_s in profile.open_rates_per_s or (None,)
            for quantile in Quantile
            for share in profile.own_shares[:2] or (None,)
            for users in (profile.other_connections,)
        }
        of_scenario = metric.depends_on_load or metric.family is Family.LIMITS
        for name in sorted(filter(None, forms)):
            scenarios = plan.paced if metric.family is Family.PACED else tuple(set(plan.scenarios) - set(plan.paced))
            yield from ((scenario, name, metric.unit) for scenario in (sorted(scenarios) if of_scenario else (None,)))


def found_in(scene: Scene, subject: Subject) -> Iterator[Measurement | Absence]:
    """Yield the numbers and the absences of one trial."""
    rng = scene.rng
    for scenario, metric, unit in scene.metrics:
        if not scene.is_calm and rng.random() < 0.2:
            if rng.random() < 0.7:
                reason = rng.choice(("no request was answered", "3 of 20 requests failed (3 timeout)"))
                yield Absence(metric, unit, reason, scenario)
            continue
        is_rate = metric.startswith("throughput.")
        for _ in range(scene.plan.profile.cold_starts if "start" in metric else 1):
            yield Measurement(
                metric,
                unit,
                scene.value(subject, scenario, metric, unit),
                scenario,
                rng.choice((None, *Bound)) if is_rate else None,
                () if scene.is_calm else ("the generator was late",),
            )


class Fate(Enum):
    """What happens in a slice."""

    NOTHING_COUNTED = auto()
    NOTHING_SENT = auto()
    HARDLY_ANYTHING_SENT = auto()
    ALL_ERRORS = auto()
    AN_ERROR = auto()
    SHORT = auto()
    EXTREME = auto()


def driven(  # noqa: PLR0913 - a slice has this many conditions
    scene: Scene,
    subject: Subject,
    scenario: str,
    load: Load,
    *,
    number: int,
    fate: Fate | None,
    busy: float | None = None,
) -> DrivenSlice:
    """Return a slice: as it should be, without answers, with errors only, or with an extreme length.

    `busy` is the share of the connections with a request in flight; None as in runs that did not store it.
    """
    rng, lasts_s = scene.rng, 0.2
    is_open = load.is_open
    rate_per_s = 30_000 if is_open else 6_000  # more answers than a distribution has samples: the target keeps up
    sent, errors, counted_s = max(1, round(lasts_s * rate_per_s * rng.lognormvariate(0, 0.05))), 0, 0.16
    counted = round(0.8 * sent)
    utilisation, wall_s, cpu_s = rng.random(), 0.21, 0.1
    if fate in (Fate.NOTHING_COUNTED, Fate.NOTHING_SENT, Fate.ALL_ERRORS):
        counted = 0
    if fate is Fate.NOTHING_SENT:
        sent = 0
    if fate is Fate.HARDLY_ANYTHING_SENT:  # and nothing in the counted part, as at a low rate
        sent, counted = 1, 0
    if fate in (Fate.ALL_ERRORS, Fate.AN_ERROR):
        errors = sent if fate is Fate.ALL_ERRORS else 1
    if fate is Fate.SHORT:
        counted_s, wall_s = rng.choice((0.0, 5e-324, 1e-9)), rng.choice((0.0, 5e-324, 1e-9))
    if fate is Fate.EXTREME:
        sent, counted, wall_s, utilisation, cpu_s = 10**15, 10**15, 1e308, 1.0, 1e308
    result = SliceResult(
        number=number,
        sent=sent,
        verified=sent - errors,
        errors={rng.choice(list(ErrorKind)): errors} if errors else {},
        counted=counted,
        counted_s=counted_s,
        wall_s=wall_s,
        generator_cpu_s=cpu_s,
        utilisation=utilisation,
        planned=sent if is_open else None,
        first_error="timeout: no answer" if errors and scene.is_calm else None,
        reconnects=rng.choice((0, 0, 0, 7)),
        resent=rng.choice((0, 0, 0, 2)),
        gap_s=0.0 if busy is None else 1e-6,
        in_flight_s=None if busy is None or is_open else busy * load.connections * counted_s,
        complaints={} if scene.is_calm else {"no ticket": 3},
        users_ended=int(not scene.is_calm),
    )
    return DrivenSlice(Slice(number, subject, scenario, load, lasts_s, 0.04, number), result)


def loads_of(plan: Plan, scenario: str) -> tuple[Load, ...]:
    """Return the loads of a scenario."""
    profile = plan.profile
    if plan.is_paced(scenario):
        return (Load(LoadKind.PACED, profile.other_connections),)
    levels = profile.connections if scenario == plan.headline else (profile.other_connections,)
    closed = tuple(Load(LoadKind.CLOSED, level) for level in levels)
    at_rates = tuple(Load(LoadKind.POISSON, 64, rate) for rate in profile.open_rates_per_s)
    return closed + at_rates + tuple(Load(LoadKind.POISSON, 64, 123.4, share) for share in profile.own_shares[:2])


def slices_of(scene: Scene, subject: Subject) -> Iterator[DrivenSlice]:
    """Yield the slices of one trial; their number differs between trials if a disturbance ended a batch."""
    for scenario in scene.plan.scenarios:
        for load in loads_of(scene.plan, scenario):
            rounds = scene.plan.profile.least_rounds if scene.is_calm else scene.rng.randrange(4)
            of_all = None if scene.is_calm else scene.rng.choice(list(Fate))
            busy = scene.rng.choice((None, None, 1.0, 1.0, 0.5))
            for number in range(rounds):
                fate = of_all or (None if scene.is_calm else scene.rng.choice(list(Fate)))
                yield driven(scene, subject, scenario, load, number=number, fate=fate, busy=busy)


def distributions_of(scene: Scene) -> Iterator[Distribution]:
    """Yield the distributions of one trial."""
    whole = histograms()[-4:]
    for scenario in scene.plan.scenarios:
        for load in loads_of(scene.plan, scenario):
            spans = tuple(Span) if load.is_open else (Span.SERVICE,)
            for span in spans:
                if scene.is_calm or scene.rng.random() < 0.8:
                    yield Distribution(scenario, load, span, scene.rng.choice(whole if scene.is_calm else histograms()))


def attempts_of(scene: Scene, subject: Subject) -> Iterator[Attempt]:
    """Yield the attempts of a search."""
    for number in range(0 if scene.is_calm else 3):
        load = scene.rng.choice((Load(LoadKind.CLOSED, 2), Load(LoadKind.POISSON, 64, 500.0)))
        metric = CONNECTIONS_PRACTICAL if load.kind is LoadKind.CLOSED else RATE_SLO
        p99_s = scene.rng.choice((None, 0.0, 0.02, 1e308))
        slice_ = driven(
            scene, subject, scene.plan.scenarios[0], load, number=number, fate=scene.rng.choice((None, *Fate))
        )
        yield Attempt(metric.name(), slice_, p99_s, holds=scene.rng.random() < 0.5)


def memory_of(rng: random.Random) -> MemorySamples | None:
    """Return the samples of one trial: none, a single one, all equal, or of any size and at any distance."""
    number = rng.choice((0, 1, 2, 9, MOST_SAMPLES))
    if not number:
        return None
    most_bytes = rng.choice((0, 1, 40_000_000, 2**60))
    longest_s = rng.choice((0.0, 60.0, 1e7))
    times = sorted(round(rng.uniform(-longest_s / 4, longest_s), 3) for _ in range(number))
    times[-1] = abs(times[-1])  # load has begun
    return MemorySamples(tuple(times), tuple(rng.randint(0, most_bytes) for _ in times))


def trial_of(scene: Scene, block: int, position: int, subject: Subject) -> Trial:
    """Return one trial; a failed one may have measurements from before its failure."""
    rng = scene.rng
    failure = None if scene.is_calm or rng.random() < 0.8 else Failure(subject, rng.choice(list(Stage)), "it ended\nx")
    is_early = failure is not None and failure.stage in (Stage.BUILD, Stage.START, Stage.VERIFY)
    found = () if is_early else tuple(found_in(scene, subject))
    flags = () if scene.is_calm else tuple(Flag(kind, f"{kind}: 12 %") for kind in FlagKind if rng.random() < 0.4)
    return Trial(
        block=block,
        position=position,
        subject=subject,
        started_at=f"2026-01-31T14:{block:02}:{position:02}+00:00",
        measurements=tuple(one for one in found if isinstance(one, Measurement)),
        absences=tuple(one for one in found if isinstance(one, Absence)),
        slices=() if is_early else tuple(slices_of(scene, subject)),
        distributions=() if is_early else tuple(distributions_of(scene)),
        failure=failure,
        flags=flags,
        attempts=() if is_early else tuple(attempts_of(scene, subject)),
        memory=None if is_early else memory_of(rng),
    )
