"""Nouns of what a run says: results, comparisons, and the summary that holds them. Numbers are in base units."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.target import Subject
from harness.model.trial import Bound, Run
from harness.units import Unit


@dataclass(frozen=True, slots=True)
class Result:
    """A metric of a subject over all trials of a run: an estimate and its interval, or the reason why there is none.

    `detail` says what the metric's name leaves open, such as the level at which a peak was reached; `ceiling_share` is
    a throughput over the null target's at the same level, 0 to about 1. The `clean_` members say the same of the trials
    that nothing disturbed; None where nothing disturbed any, and all but `clean_trials` where those are too few.
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
    clean_trials: int | None = None
    clean_estimate: float | None = None
    clean_low: float | None = None
    clean_high: float | None = None

    def __post_init__(self) -> None:
        numbers = (self.estimate, self.low, self.high)
        if self.estimate is None:
            if numbers != (None, None, None) or not self.reason:
                raise ValueError(f"{self.metric}: an absent number needs a reason, and no interval")
        elif self.low is None or self.high is None or not self.low <= self.estimate <= self.high:
            raise ValueError(f"{self.metric}: {self.low} <= {self.estimate} <= {self.high} does not hold")


class Difference(StrEnum):
    """What a comparison may claim."""

    HIGHER = "higher"
    LOWER = "lower"
    EQUIVALENT = "equivalent"
    NO_DIFFERENCE_SHOWN = "no_difference_shown"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A subject's metric over a reference's, paired by block.

    `p` is the exact sign-flip probability. `p_holm` is that of Student's t, adjusted for the number of headline
    comparisons; None where it is no headline.
    """

    metric: str
    scenario: str | None
    subject: Subject
    reference: Subject
    ratio: float
    low: float
    high: float
    p: float
    verdict: Difference
    warnings: tuple[str, ...] = ()
    p_holm: float | None = None


@dataclass(frozen=True, slots=True)
class BetweenRuns:
    """A metric of one run over the same of another; `subject` and `reference` name run and target, unpaired.

    `p` is that of Welch's t, and `p_holm` the same, adjusted for the number of headline comparisons; None where it is
    no headline.
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


@dataclass(frozen=True, slots=True)
class EnvironmentDifference:
    """Where the environments of two runs differ: values of JSON, None where one has no such key."""

    key: str
    a: Any
    b: Any


def environment_differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[EnvironmentDifference, ...]:
    """Tell two environments apart, key by key, those of inner mappings joined by points."""
    a, b = dict(_flat(first)), dict(_flat(second))
    keys = dict.fromkeys([*a, *b])
    return tuple(EnvironmentDifference(key, a.get(key), b.get(key)) for key in keys if a.get(key) != b.get(key))


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run says: every result, every comparison, and the noise floor of each metric.

    The noise floor is the half-width of the interval of the control's ratio over its original, as a share of it.
    """

    run: Run
    results: tuple[Result, ...]
    comparisons: tuple[Comparison, ...]
    noise_floor: Mapping[str, float] = field(default_factory=dict)
