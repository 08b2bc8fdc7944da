"""Data classes of analysis: results, comparisons, and their summary. Numbers are in base units: s, B, 1/s, 1."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from harness.model.memory import MemoryCurve
from harness.model.target import Subject
from harness.model.trial import Bound, FlagKind, Run
from harness.units import Unit, human


@dataclass(frozen=True, slots=True)
class Floor:
    """Floor of a latency: the null target's percentile under the same load, with its interval."""

    estimate: float
    low: float
    high: float


class Steadiness(StrEnum):
    """Steadiness of the rounds of a throughput: whether they drift within a trial."""

    STEADY = "steady"
    NOT_STEADY = "not_steady"
    NOT_TESTABLE = "not_testable"


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one metric of one subject over all trials of a run: an estimate and its interval, or a reason.

    Attributes:
        detail: What the metric's name does not hold, such as the level of a peak.
        ceiling_share: A throughput over the null target's at the same level, 0 to about 1.
        floor: The null target's number at the same rate; only a latency of open load has one.
        at_most: The most that the target can do by its CPU time per request, if the generator was the limit; None if it
            is unknown, and for any other bound.
        steadiness: Whether the rates of its rounds drift in any trial; None for other metrics than throughput.
        blocks: The value of each block, by the block's number, which counts from 0.
        clean_trials, clean_estimate, clean_low, clean_high: The same numbers for the trials without a disturbance of
            this metric. None if there is no such disturbance; all except `clean_trials` are None if too few trials are
            clean.
        disturbances: The kinds of the disturbances of its trials that can change this metric.
    """

    subject: Subject
    scenario: str | None
    metric: str
    unit: Unit
    trials: int
    confidence: float
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    bound: Bound | None = None
    warnings: tuple[str, ...] = ()
    reason: str | None = None
    detail: str | None = None
    ceiling_share: float | None = None
    at_most: float | None = None
    steadiness: Steadiness | None = None
    blocks: Mapping[int, float] = field(default_factory=dict)
    clean_trials: int | None = None
    clean_estimate: float | None = None
    clean_low: float | None = None
    clean_high: float | None = None
    disturbances: tuple[FlagKind, ...] = ()
    floor: Floor | None = None

    def __post_init__(self) -> None:
        numbers = (self.estimate, self.low, self.high)
        if self.estimate is None:
            if numbers != (None, None, None) or not self.reason:
                raise ValueError(f"{self.metric}: an absent number needs a reason, and no interval")
        elif self.low is None or self.high is None or not self.low <= self.estimate <= self.high:
            raise ValueError(f"{self.metric}: not {self.low} <= {self.estimate} <= {self.high}")


class Difference(StrEnum):
    """Verdict of a comparison."""

    HIGHER = "higher"
    LOWER = "lower"
    EQUIVALENT = "equivalent"
    NO_DIFFERENCE_SHOWN = "no_difference_shown"
    INCONCLUSIVE = "inconclusive"

    @property
    def opposite(self) -> "Difference":
        """The verdict with the two sides exchanged."""
        sides = {Difference.HIGHER: Difference.LOWER, Difference.LOWER: Difference.HIGHER}
        return sides.get(self, self)


CLAIMS = (Difference.HIGHER, Difference.LOWER)
"""The verdicts that say which of two is more."""


class Verdict(StrEnum):
    """Verdict of a run on a published figure, by the rules of `harness.figures.rules`."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_REPRODUCED = "not_reproduced"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Comparison of a subject's metric with the reference's, paired by block; `ratio` is subject over reference.

    Attributes:
        p: The exact sign-flip probability; None if there are too few blocks for a value below 0.05.
        p_holm: The p of Student's t, adjusted for the number of headline comparisons; None if the metric is not a
            headline.
        at_least, at_most: The limits of the true ratio, if the generator was the limit of a side, or if its own time
            differed between the sides; None for a side without a known limit, and for both in all other cases.
    """

    metric: str
    scenario: str | None
    subject: Subject
    reference: Subject
    ratio: float
    low: float
    high: float
    p: float | None
    verdict: Difference
    warnings: tuple[str, ...] = ()
    p_holm: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    def inverted(self) -> "Comparison":
        """Return the comparison of the reference with the subject."""
        return replace(
            self,
            subject=self.reference,
            reference=self.subject,
            ratio=1 / self.ratio,
            low=1 / self.high,
            high=1 / self.low if self.low > 0 else math.inf,
            verdict=self.verdict.opposite,
            at_least=1 / self.at_most if self.at_most else None,
            at_most=1 / self.at_least if self.at_least else None,
        )


class ChangeKind(StrEnum):
    """Kind of a change between runs: of a number itself, or of its ratio to another subject of the same run."""

    ABSOLUTE = "absolute"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class BetweenRuns:
    """Comparison of a metric between two runs, unpaired; `subject` and `reference` name run and target.

    `p` is the p of Welch's t, or that of the spread between runs, whichever is larger. `p_holm` is the same, adjusted
    for the number of headline comparisons; None if the metric is not a headline.

    Attributes:
        of: The subject that changed.
        over: The subject of the same run that the ratio is over; None for an absolute change.
        is_called: Whether the verdict says something; False for an absolute change without a known spread.
        between: tau of the number, the standard deviation between runs as a share; None if it is not known or not used.
    """

    of: Subject
    metric: str
    scenario: str | None
    subject: str
    reference: str
    ratio: float
    low: float
    high: float
    p: float
    verdict: Difference
    warnings: tuple[str, ...] = ()
    p_holm: float | None = None
    over: Subject | None = None
    is_called: bool = True
    between: float | None = None

    @property
    def kind(self) -> ChangeKind:
        """Kind of the change."""
        return ChangeKind.ABSOLUTE if self.over is None else ChangeKind.RATIO


@dataclass(frozen=True, slots=True)
class SpreadRun:
    """A stored run that shows the spread between runs: its id, and its start as ISO 8601 in UTC."""

    id: str
    started_at: str


@dataclass(frozen=True, slots=True)
class RunsCompared:
    """Comparison of two runs, named by their ids.

    Attributes:
        comparisons: The changes of all numbers that both runs have.
        gone: Subjects of the first run that the second run did not measure.
        new: Subjects of the second run that the first run did not measure.
        spread_runs: The stored runs that show the spread between runs, the oldest first.
        needed_runs: The number of such runs that is needed.
    """

    a: str
    b: str
    comparisons: tuple[BetweenRuns, ...]
    gone: tuple[Subject, ...] = ()
    new: tuple[Subject, ...] = ()
    spread_runs: tuple[SpreadRun, ...] = ()
    needed_runs: int = 0


_MEMORY, _SAME_MEMORY = "memory_bytes", 0.01


@dataclass(frozen=True, slots=True)
class EnvironmentDifference:
    """Difference between the environments of two runs: a key and both JSON values; None for a missing key."""

    key: str
    a: Any
    b: Any

    def in_words(self) -> tuple[str, str]:
        """Return both values in words: bytes in a unit that fits, `not known` for a missing key."""
        return self._said(self.a), self._said(self.b)

    def _said(self, value: object) -> str:
        if self.key.endswith("_bytes") and isinstance(value, int):
            return human(value, Unit.BYTE)
        return "not known" if value is None else str(value)


def environment_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[EnvironmentDifference, ...]:
    """Return all differences of two environments, key by key; keys of nested mappings are joined by dots.

    Memory of the machine within 1 % is equal: it changes by some KiB when a machine starts again.
    """
    a, b = dict(_flat(first)), dict(_flat(second))
    keys = dict.fromkeys([*a, *b])
    found = (EnvironmentDifference(key, a.get(key), b.get(key)) for key in keys if a.get(key) != b.get(key))
    return tuple(one for one in found if not _is_same_memory(one))


def _is_same_memory(one: EnvironmentDifference) -> bool:
    if one.key.rpartition(".")[2] != _MEMORY or not isinstance(one.a, int) or not isinstance(one.b, int):
        return False
    return abs(one.a - one.b) <= _SAME_MEMORY * max(one.a, one.b)


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


LEAST_RANKED = 2
"""The least number of contestants in a ranking. It says more than their comparison only for more of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a contestant in a ranking.

    Attributes:
        rank: 1, plus the number of contestants that are ahead of it.
        behind: The contestants that are ahead of it.
        tied: The contestants that it is not distinguished from. Not all of them have its rank.
    """

    subject: Subject
    rank: int
    behind: tuple[Subject, ...] = ()
    tied: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranking of the contestants by a headline metric; the places are in the order of their ranks."""

    metric: str
    scenario: str | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Summary of a run: all results, all comparisons, and the noise floor of each metric.

    The noise floor is the half-width of the interval of control over reference, as a share of that ratio. `over_null`
    has the reference's ratios to the null target, for the comparison of two runs. `among_others` compares the headlines
    of the other contestants with each other, for the rankings. `memory_curves` has a curve of each contestant, or its
    reason.
    """

    run: Run
    results: tuple[Result, ...]
    comparisons: tuple[Comparison, ...]
    noise_floor: Mapping[str, float] = field(default_factory=dict)
    over_null: tuple[Comparison, ...] = ()
    among_others: tuple[Comparison, ...] = ()
    rankings: tuple[Ranking, ...] = ()
    memory_curves: tuple[MemoryCurve, ...] = ()
