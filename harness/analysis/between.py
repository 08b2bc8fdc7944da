"""Two runs beside each other: what the second measured over what the first did, and whether a threshold is crossed.

Trials of two runs share no block, so nothing is paired: Welch's t on the logarithms of per-trial values. A result's
interval holds all that this needs, and with it every rule by which a result came about: its standard error is the
interval's half-width over Student's quantile.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scipy import special

from harness.analysis.comparison import difference, hold_headlines
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import CONFIDENCE, Interval, Moments, enough_clean, moments
from harness.errors import UsageError
from harness.metrics.names import is_within
from harness.model import BetweenRuns, Bound, Difference, environment_differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import EnvironmentDifference, Result, Run, Subject, Summary

_THRESHOLD = re.compile(r"(?P<metric>[^<>\s]+)\s*(?P<side>[<>])\s*(?P<percent>[+-]?\d+(\.\d+)?)\s*%")
_NOTHING_SHOWN = "only lower bounds, or numbers of a disturbed machine"


class Side(StrEnum):
    """On which side of a threshold a change is a regression."""

    BELOW = "<"
    ABOVE = ">"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A change that must not be shown: `throughput<-5%`.

    Attributes:
        metric: The beginning of the metrics' names, up to a point or the end.
        ratio: The ratio that the change of so many percent comes to.
    """

    text: str
    metric: str
    side: Side
    ratio: float

    def concerns(self, metric: str) -> bool:
        """Tell whether it is about this metric."""
        return is_within(metric, self.metric)

    def is_crossed(self, comparison: BetweenRuns) -> bool:
        """Tell whether the whole interval lies beyond it; a part of it, or what is inconclusive, shows nothing.

        Each threshold was asked for by itself, so how many headlines there are does not matter to it.
        """
        if comparison.verdict is Difference.INCONCLUSIVE:
            return False
        if self.side is Side.BELOW:
            return comparison.high < self.ratio
        return comparison.low > self.ratio


def read_thresholds(text: str) -> tuple[Threshold, ...]:
    """Read thresholds as in `throughput<-5%,memory.idle>10%`.

    Raises:
        UsageError: One is none, or asks for a fall by all there is, or more.
    """
    return tuple(_threshold(word.strip()) for word in text.split(","))


def _threshold(word: str) -> Threshold:
    read = _THRESHOLD.fullmatch(word)
    ratio = 1 + float(read["percent"]) / 100 if read else 0.0
    if read is None or ratio <= 0:
        cause = "not a metric, < or >, and a percentage above -100" if word else "it is empty"
        raise UsageError(
            "bad threshold", where=repr(word), cause=cause, remedy="Write it as 'throughput<-5%', several with commas."
        )
    return Threshold(word, read["metric"].rstrip("."), Side(read["side"]), ratio)


def failed_thresholds(thresholds: Sequence[Threshold], reference: Summary, subject: Summary) -> tuple[str, ...]:
    """Say of each threshold that does not hold why; where there is nothing to judge it by, it does not hold either."""
    comparisons, lost = compare_runs(reference, subject), _lost(reference, subject)
    return tuple(reason for threshold in thresholds for reason in _failures(threshold, comparisons, lost))


def _lost(reference: Summary, subject: Summary) -> tuple[Result, ...]:
    """Return what the subject owes: results without a number where the reference has one."""
    had = {_key(one) for one in reference.results if one.estimate is not None}
    return tuple(one for one in subject.results if one.estimate is None and _key(one) in had)


def _failures(threshold: Threshold, comparisons: Sequence[BetweenRuns], lost: Sequence[Result]) -> Iterator[str]:
    concerned = [one for one in comparisons if threshold.concerns(one.metric)]
    if not any(one.verdict is not Difference.INCONCLUSIVE for one in concerned):
        yield f"{threshold.text}: {_NOTHING_SHOWN if concerned else 'no such metric has numbers in both runs'}"
    for owed in lost:
        if threshold.concerns(owed.metric):
            yield f"{threshold.text}: {_place(owed.subject, owed)} has no number: {owed.reason}"
    for one in concerned:
        if threshold.is_crossed(one):
            change = f"{one.ratio - 1:+.1%} [{one.low - 1:+.1%}, {one.high - 1:+.1%}]"
            yield f"{threshold.text}: {_place(one.of, one)} changed by {change}"


def _place(subject: Subject, one: BetweenRuns | Result) -> str:
    return f"{subject}, {one.metric}" + (f" of {one.scenario}" if one.scenario else "")


def _key(result: Result) -> tuple[Subject, str | None, str]:
    return result.subject, result.scenario, result.metric


def compare_runs(reference: Summary, subject: Summary) -> tuple[BetweenRuns, ...]:
    """Set each number of a run over the same of another: of the same target and variant, scenario and metric."""
    before = {_key(one): one for one in reference.results}
    found = [
        _compare(reference.run, theirs, subject.run, mine)
        for mine in subject.results
        if (theirs := before.get(_key(mine))) is not None and mine.estimate is not None and theirs.estimate is not None
    ]
    headlines = headline_metrics(subject.run.plan)
    return hold_headlines(
        found, {place: one.p for place, one in enumerate(found) if (one.metric, one.scenario) in headlines}
    )


def _compare(run_a: Run, theirs: Result, run_b: Run, mine: Result) -> BetweenRuns:
    ratio, p = welch(mine, theirs)
    verdict, reason = _judge(mine, theirs)
    warnings = [f"{run_a.id}: {warning}" for warning in theirs.warnings]
    warnings += [f"{run_b.id}: {warning}" for warning in mine.warnings if mine is not theirs]
    warnings += filter(None, [reason])
    return BetweenRuns(
        of=mine.subject,
        metric=mine.metric,
        scenario=mine.scenario,
        subject=f"{run_b.id} {mine.subject}",
        reference=f"{run_a.id} {mine.subject}",
        ratio=ratio.estimate,
        low=ratio.low,
        high=ratio.high,
        p=p,
        verdict=verdict,
        warnings=tuple(warnings),
    )


def _judge(mine: Result, theirs: Result) -> tuple[Difference, str | None]:
    """Say what all trials allow to claim, and why it is nothing where the undisturbed ones allow something else."""
    verdict, clean = _claim(mine, theirs), (_undisturbed(mine), _undisturbed(theirs))
    if clean[0] is None or clean[1] is None:
        return Difference.INCONCLUSIVE, "inconclusive: the machine was disturbed in most trials of a run"
    if _claim(clean[0], clean[1]) is not verdict:
        return Difference.INCONCLUSIVE, "inconclusive: the undisturbed trials alone would say something else"
    return verdict, None


def _claim(mine: Result, theirs: Result) -> Difference:
    at_least, at_most = mine.bound is Bound.GENERATOR, theirs.bound is Bound.GENERATOR
    return difference(welch(mine, theirs)[0], at_least=at_least, at_most=at_most)


def _undisturbed(result: Result) -> Result | None:
    """Return the result of the undisturbed trials alone; None where they are not enough."""
    clean = result.clean_trials
    if clean is None:
        return result
    if not enough_clean(clean, result.trials):
        return None
    return replace(result, trials=clean, estimate=result.clean_estimate, low=result.clean_low, high=result.clean_high)


def welch(mine: Result, theirs: Result) -> tuple[Interval, float]:
    """Return the ratio of two results with its interval, and the probability of one so far from 1, by Welch's t.

    Raises:
        ValueError: One of them has no estimate.
    """
    one, other = _moments(mine), _moments(theirs)
    distance = one.mean - other.mean
    both = math.hypot(one.error, other.error)
    if both == 0:
        ratio = math.exp(distance)
        return Interval(ratio, ratio, ratio), 0.0 if distance else 1.0
    # Welch-Satterthwaite, by shares of the variance: squares of squares of small errors would underflow
    share, other_share = (one.error / both) ** 2, (other.error / both) ** 2
    freedom = 1 / (share**2 / one.freedom + other_share**2 / other.freedom)
    half = float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2)) * both
    p = float(2 * special.stdtr(freedom, -abs(distance) / both))
    return Interval(math.exp(distance), math.exp(distance - half), math.exp(distance + half)), p


def _moments(result: Result) -> Moments:
    if result.estimate is None or result.low is None or result.high is None:
        raise ValueError(f"{result.metric} of {result.subject} has no estimate")
    return moments(Interval(result.estimate, result.low, result.high), result.trials, result.confidence)


def unlike(a: Run, b: Run) -> tuple[EnvironmentDifference, ...]:
    """Return what makes two runs incomparable: other machines, another kernel, runtime, cgroup version or profile."""
    return environment_differences(_conditions(a), _conditions(b))


def _conditions(run: Run) -> dict[str, Any]:
    machine = run.environment.get("machine", {})
    return {
        "cpu": machine.get("cpu"),
        "cpus": machine.get("cpus"),
        "kernel": str(machine.get("kernel")).partition(".")[0],
        "cgroup": machine.get("cgroup"),
        "runtime": run.plan.runtime,
        "profile": run.plan.profile.name,
    }
