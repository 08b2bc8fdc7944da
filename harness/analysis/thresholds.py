"""Thresholds: changes that must not be shown, such as `throughput<-5%`, and the reasons why one does not hold.

They apply to changes between two runs, and within a run to changes between two revisions of a target. A threshold on a
metric of containers is also for its counterpart of processes, and the other way round: a run has one of the two. A
threshold without a change to judge does not hold. Between two runs the words `reversed`, `gone` and `new` may stand
beside them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.analysis.marks import why_inconclusive
from harness.analysis.run_spread import key_of
from harness.analysis.threshold_words import Breach
from harness.errors import UsageError, refuse_doubles
from harness.metrics.catalogue import counterpart
from harness.metrics.names import is_within
from harness.model import BetweenRuns, Bound, Comparison, Difference
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from harness.model import Result, RunsCompared, Subject, Summary

REVERSED = "reversed"
"""The word beside thresholds: no conclusion of the first run may be reversed in the second."""

GONE, NEW = "gone", "new"
"""The words beside thresholds: no target may be in the first run only, and none in the second run only."""

ACCEPT_GONE = "--accept-gone"
"""The option with which thresholds apply to the targets of both runs, although others are in the first run only."""

Change = BetweenRuns | Comparison

_THRESHOLD = re.compile(r"(?P<metric>[^<>\s]+)\s*(?P<side>[<>])\s*(?P<percent>[+-]?\d+(\.\d+)?)\s*%")
_NO_NUMBERS = "no such metric has numbers in both"
_OPEN = "the load generator was the limit, so a change of the target could hide"


class Side(StrEnum):
    """The side of a threshold on which a change is a regression."""

    BELOW = "<"
    ABOVE = ">"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A change that must not be shown: `throughput<-5%`.

    Attributes:
        text: The threshold as written.
        metric: The beginning of the metrics' names, up to a point or the end; in the names of any runtime.
        side: The side on which a change is a regression.
        ratio: The change as a ratio.
    """

    text: str
    metric: str
    side: Side
    ratio: float

    def concerns(self, metric: str) -> bool:
        """Return whether the threshold applies to this metric, or to its counterpart in the other runtime."""
        other = counterpart(metric)
        return is_within(metric, self.metric) or (other is not None and is_within(other, self.metric))

    def is_crossed(self, change: Change) -> bool:
        """Return whether the whole interval lies beyond the threshold. An inconclusive comparison never crosses it.

        A user asks for each threshold separately, so there is no adjustment for the number of headlines.
        """
        if change.verdict is Difference.INCONCLUSIVE:
            return False
        low, high = _possible(change)
        return high < self.ratio if self.side is Side.BELOW else low > self.ratio

    def is_kept(self, low: float, high: float) -> bool:
        """Return whether a whole interval lies on the allowed side."""
        return low > self.ratio if self.side is Side.BELOW else high < self.ratio


@dataclass(frozen=True, slots=True)
class FailOn:
    """What must not be shown between two runs.

    Attributes:
        thresholds: Changes beyond these.
        reversed: Whether a reversed conclusion.
        gone: Whether a target of the first run only; yes with any threshold, which can't be judged for it, unless
            such a target is accepted.
        new: Whether a target of the second run only.
    """

    thresholds: tuple[Threshold, ...]
    reversed: bool
    gone: bool
    new: bool


def read_fail_on(text: str, *, accepts_gone: bool = False) -> FailOn:
    """Return what a list of thresholds and words asks for, such as `reversed,throughput<-5%`; empty for nothing.

    Args:
        text: The list.
        accepts_gone: Whether thresholds may hold although a target of the first run is gone.

    Raises:
        UsageError: A threshold is malformed or named twice, or a gone target is both accepted and asked for.
    """
    words = [word.strip() for word in text.split(",")] if text else []
    refuse_doubles("threshold", ((word, word) for word in words if word))
    if accepts_gone and GONE in words:
        cause = f"{ACCEPT_GONE} accepts targets for which {GONE} of --fail-on fails"
        raise UsageError("contradictory options", where=repr(text), cause=cause, remedy="Leave one of them out.")
    others = [word for word in words if word not in {REVERSED, GONE, NEW}]
    thresholds = read_thresholds(",".join(others)) if others else ()
    is_gone_wrong = GONE in words or (bool(thresholds) and not accepts_gone)
    return FailOn(thresholds, REVERSED in words, is_gone_wrong, NEW in words)


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


@dataclass(frozen=True, slots=True)
class Evidence:
    """What thresholds are judged by: between two runs, or within a run against a revision.

    Attributes:
        changes: The changes of numbers.
        lost: The results without a number, of which the base has one.
        between: What is compared, for the reason where nothing is there: runs or revisions.
        keeps: Returns whether an inconclusive change is shown to meet a threshold all the same.
    """

    changes: tuple[Change, ...]
    lost: tuple[Result, ...]
    between: str
    keeps: Callable[[Threshold, Change], bool] = lambda *_: False

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The subjects that have a change or lost a number, in the order of the changes."""
        return tuple(dict.fromkeys((*map(_subject, self.changes), *(one.subject for one in self.lost))))

    def of(self, subject: Subject) -> Evidence:
        """Return the evidence of one subject."""
        changes = tuple(one for one in self.changes if _subject(one) == subject)
        return replace(self, changes=changes, lost=tuple(one for one in self.lost if one.subject == subject))

    def judged(self, threshold: Threshold) -> tuple[Change, ...]:
        """Return the changes that a threshold is judged by."""
        concerned = (one for one in self.changes if threshold.concerns(one.metric))
        return tuple(
            one for one in concerned if one.verdict is not Difference.INCONCLUSIVE or self.keeps(threshold, one)
        )

    def failures(self, threshold: Threshold) -> tuple[Breach, ...]:
        """Return the reasons why a threshold does not hold; one without a change to judge does not."""
        reasons = [*_lost(threshold, self.lost), *_crossed(threshold, self.changes)]
        if not self.judged(threshold):
            concerned = [one for one in self.changes if threshold.concerns(one.metric)]
            reason = _nothing_shown(concerned) or f"{_NO_NUMBERS} {self.between}"
            reasons.insert(0, Breach(threshold.text, reason, is_judged=False))
        return tuple(reasons)


def evidence_between(before: Summary, after: Summary, compared: RunsCompared) -> Evidence:
    """Return what thresholds are judged by between two runs.

    An absolute change without a known spread between runs is not judged. A threshold then applies to the ratios.
    """
    had = {key_of(one) for one in before.results if one.estimate is not None}
    lost = tuple(one for one in after.results if one.estimate is None and key_of(one) in had)
    return Evidence(compared.comparisons, lost, "runs")


def failed(thresholds: Iterable[Threshold], evidence: Evidence) -> tuple[Breach, ...]:
    """Return the reasons why thresholds do not hold, in their order."""
    return tuple(reason for one in thresholds for reason in evidence.failures(one))


def held(thresholds: Iterable[Threshold], failures: Iterable[Breach], evidence: Evidence) -> Iterator[str]:
    """Yield for each threshold that holds how many changes it was judged by, and how many could not be judged."""
    broken = {one.threshold for one in failures}
    yield from (f"threshold {one.text} {holds(one, evidence)}" for one in thresholds if one.text not in broken)


def holds(threshold: Threshold, evidence: Evidence) -> str:
    """Return for how many changes a threshold holds: `holds for 3 of 5 changes; the other 2 are not judged`."""
    concerned = sum(threshold.concerns(one.metric) for one in evidence.changes)
    judged = len(evidence.judged(threshold))
    others = concerned - judged
    rest = f"; the other {'one is' if others == 1 else f'{others} are'} not judged" if others else ""
    return f"holds for {part_of(judged, concerned, 'change')}{rest}"


def of_one_run_only(wanted: FailOn, compared: RunsCompared) -> tuple[Breach, ...]:
    """Return a reason for each target of one run only, as far as that must not be."""
    a, b = compared.a, compared.b
    unjudged = f", so {', '.join(one.text for one in wanted.thresholds)} can't be judged for it"
    end = unjudged if wanted.thresholds else ""
    gone = (f"{one} was measured in {a} and not in {b}{end}" for one in compared.gone if wanted.gone)
    new = (f"{one} was measured in {b} and not in {a}" for one in compared.new if wanted.new)
    return tuple(Breach("", reason) for reason in (*gone, *new))


def _possible(change: Change) -> tuple[float, float]:
    """Return the limits of a change: those of its interval, or of the true ratio if the generator was a limit."""
    if isinstance(change, BetweenRuns) or (change.at_least is None and change.at_most is None):
        return change.low, change.high
    return change.at_least or 0.0, math.inf if change.at_most is None else change.at_most


def evidence_within(summary: Summary) -> Evidence:
    """Return what thresholds are judged by between a run's targets and their older builds.

    On a disturbed machine equal builds give only inconclusive changes. Such a change meets a threshold if its whole
    interval does, widened by the noise floor: by what two equal builds differ by in the same blocks.
    """
    older = summary.run.plan.older
    changes = tuple(one for one in summary.comparisons if older.get(one.subject) == one.reference)
    had = {key_of(one) for one in summary.results if one.estimate is not None}
    lost = tuple(
        one
        for one in summary.results
        if one.estimate is None and one.subject in older and (older[one.subject], one.scenario, one.metric) in had
    )
    return Evidence(changes, lost, "revisions", lambda threshold, change: _is_kept(threshold, change, summary))


def _is_kept(threshold: Threshold, change: Change, summary: Summary) -> bool:
    """Return whether a change is shown to meet a threshold, with the noise floor, if no side is a lower bound."""
    if not isinstance(change, Comparison):
        return False
    floor, sides = summary.noise_floor.get(change.metric), (change.subject, change.reference)
    is_open = any(
        one.bound is Bound.GENERATOR
        for one in summary.results
        if (one.metric, one.scenario) == (change.metric, change.scenario) and one.subject in sides
    )
    if floor is None or is_open or not threshold.concerns(change.metric):
        return False
    return threshold.is_kept(change.low / (1 + floor), change.high * (1 + floor))


def _lost(threshold: Threshold, lost: Iterable[Result]) -> Iterator[Breach]:
    for result in lost:
        if threshold.concerns(result.metric):
            reason = f"{_place(str(result.subject), result)} has no number: {result.reason}"
            yield Breach(threshold.text, reason, is_judged=False)


def _crossed(threshold: Threshold, changes: Iterable[Change]) -> Iterator[Breach]:
    for one in changes:
        if threshold.concerns(one.metric) and threshold.is_crossed(one):
            change = f"{one.ratio - 1:+.1%} [{one.low - 1:+.1%}, {one.high - 1:+.1%}]"
            yield Breach(threshold.text, f"{_place(_of(one), one)} changed by {change}", one.ratio)


def _nothing_shown(concerned: Sequence[Change]) -> str:
    """Return why none of the changes is judged; empty without changes."""
    called = [one for one in concerned if not isinstance(one, BetweenRuns) or one.is_called]
    if concerned and not called:
        return f"{concerned[0].warnings[-1]}, and there is no ratio to another target"
    counts = Counter(why_inconclusive(one.warnings) or _OPEN for one in called)
    return "; ".join(f"in {part_of(count, len(concerned), 'change')} {why}" for why, count in counts.items())


def _subject(change: Change) -> Subject:
    return change.subject if isinstance(change, Comparison) else change.of


def _of(change: Change) -> str:
    if isinstance(change, Comparison):
        return f"{change.subject} / {change.reference}"
    return f"{change.of}" if change.over is None else f"{change.of} / {change.over}"


def _place(of: str, one: Change | Result) -> str:
    return f"{of}, {one.metric}" + (f" of {one.scenario}" if one.scenario else "")
