"""Comparison of two runs: the ratio of each number of the second run to the first, and the check of thresholds.

Trials of two runs share no block, so they can't be paired: the comparison uses Welch's t on the logarithms of per-trial
values. It needs only the intervals of the results: the standard error is the half-width over Student's quantile. So all
rules for results apply to the comparison as well.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from scipy import special

from harness.analysis.comparison import adjust_headlines, difference
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
    """The side of a threshold on which a change is a regression."""

    BELOW = "<"
    ABOVE = ">"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A change that must not be shown: `throughput<-5%`.

    Attributes:
        text: The threshold as written.
        metric: The beginning of the metrics' names, up to a point or the end.
        side: The side on which a change is a regression.
        ratio: The change as a ratio.
    """

    text: str
    metric: str
    side: Side
    ratio: float

    def concerns(self, metric: str) -> bool:
        """Return whether the threshold applies to this metric."""
        return is_within(metric, self.metric)

    def is_crossed(self, comparison: BetweenRuns) -> bool:
        """Return whether the whole interval lies beyond the threshold. An inconclusive comparison never crosses it.

        A user asks for each threshold separately, so there is no adjustment for the number of headlines.
        """
        if comparison.verdict is Difference.INCONCLUSIVE:
            return False
        if self.side is Side.BELOW:
            return comparison.high < self.ratio
        return comparison.low > self.ratio


def read_thresholds(text: str) -> tuple[Threshold, ...]:
    """Return the thresholds in a list such as `throughput<-5%,memory.idle>10%`.

    Raises:
        UsageError: A threshold is malformed, or its percentage is -100 or less.
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
    """Return the reason for each threshold that does not hold. A threshold without numbers to compare does not hold."""
    comparisons, lost = compare_runs(reference, subject), _lost(reference, subject)
    return tuple(reason for threshold in thresholds for reason in _failures(threshold, comparisons, lost))


def _lost(reference: Summary, subject: Summary) -> tuple[Result, ...]:
    """Return the subject's results without a number, where the reference has a number."""
    had = {_key(one) for one in reference.results if one.estimate is not None}
    return tuple(one for one in subject.results if one.estimate is None and _key(one) in had)


def _failures(threshold: Threshold, comparisons: Sequence[BetweenRuns], lost: Sequence[Result]) -> Iterator[str]:
    concerned = [one for one in comparisons if threshold.concerns(one.metric)]
    if not any(one.verdict is not Difference.INCONCLUSIVE for one in concerned):
        yield f"{threshold.text}: {_NOTHING_SHOWN if concerned else 'no such metric has numbers in both runs'}"
    for result in lost:
        if threshold.concerns(result.metric):
            yield f"{threshold.text}: {_place(result.subject, result)} has no number: {result.reason}"
    for one in concerned:
        if threshold.is_crossed(one):
            change = f"{one.ratio - 1:+.1%} [{one.low - 1:+.1%}, {one.high - 1:+.1%}]"
            yield f"{threshold.text}: {_place(one.of, one)} changed by {change}"


def _place(subject: Subject, one: BetweenRuns | Result) -> str:
    return f"{subject}, {one.metric}" + (f" of {one.scenario}" if one.scenario else "")


def _key(result: Result) -> tuple[Subject, str | None, str]:
    return result.subject, result.scenario, result.metric


def compare_runs(reference: Summary, subject: Summary) -> tuple[BetweenRuns, ...]:
    """Compare each number of a run with that of another run, for the same subject, scenario and metric."""
    before = {_key(one): one for one in reference.results}
    found = [
        _compare(reference.run, theirs, subject.run, mine)
        for mine in subject.results
        if (theirs := before.get(_key(mine))) is not None and mine.estimate is not None and theirs.estimate is not None
    ]
    headlines = headline_metrics(subject.run.plan)
    return adjust_headlines(
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
    """Return the verdict of all trials; inconclusive with a reason if the undisturbed trials give another verdict."""
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
    """Return the result of the undisturbed trials only; None if there are too few."""
    clean = result.clean_trials
    if clean is None:
        return result
    if not enough_clean(clean, result.trials):
        return None
    return replace(result, trials=clean, estimate=result.clean_estimate, low=result.clean_low, high=result.clean_high)


def welch(mine: Result, theirs: Result) -> tuple[Interval, float]:
    """Return the ratio of two results with its interval, and Welch's p of a ratio as far from 1.

    Raises:
        ValueError: A result has no estimate.
    """
    one, other = _moments(mine), _moments(theirs)
    distance = one.mean - other.mean
    both = math.hypot(one.error, other.error)
    if both == 0:
        ratio = math.exp(distance)
        return Interval(ratio, ratio, ratio), 0.0 if distance else 1.0
    # Welch-Satterthwaite, with shares of the variance: fourth powers of small errors would underflow
    share, other_share = (one.error / both) ** 2, (other.error / both) ** 2
    freedom = 1 / (share**2 / one.freedom + other_share**2 / other.freedom)
    half = float(special.stdtrit(freedom, (1 + CONFIDENCE) / 2)) * both
    p = float(2 * special.stdtr(freedom, -abs(distance) / both))
    return Interval(math.exp(distance), math.exp(distance - half), math.exp(distance + half)), p


def _moments(result: Result) -> Moments:
    if result.estimate is None or result.low is None or result.high is None:
        raise ValueError(f"{result.metric} of {result.subject} has no estimate")
    return moments(Interval(result.estimate, result.low, result.high), result.trials, result.confidence)


def condition_differences(a: Run, b: Run) -> tuple[EnvironmentDifference, ...]:
    """Return the differences that make two runs incomparable: machine, kernel, runtime, cgroup version or profile."""
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
