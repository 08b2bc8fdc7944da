"""Thresholds as test cases for the reports of CI systems: one for each threshold and each target that it judges.

A case that could not be judged fails only where the threshold itself does: a job is red for the same reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.analysis.threshold_words import in_short
from harness.analysis.thresholds import GONE, NEW, REVERSED, evidence_within, holds, read_thresholds
from harness.documents.thresholds import ThresholdRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.analysis.thresholds import Evidence, FailOn, Threshold
    from harness.model import RunsCompared, Subject, Summary


class CaseOutcome(StrEnum):
    """What became of a threshold for one target."""

    HOLDS = "holds"
    FAILED = "failed"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class ThresholdCase:
    """A threshold and a target that it judges.

    Attributes:
        threshold: The threshold as written, or a word that stands beside thresholds.
        subject: The target; None for a threshold that had no target to judge.
        reason: The outcome in words.
        fails: Whether it makes the exit code 1.
    """

    threshold: str
    subject: Subject | None
    outcome: CaseOutcome
    reason: str
    fails: bool


def threshold_cases(
    thresholds: Sequence[Threshold], evidence: Evidence, subjects: Collection[Subject]
) -> Iterator[ThresholdCase]:
    """Yield a case for each threshold and each of these targets; for a threshold without any target, one for itself."""
    for one in thresholds:
        is_judged = bool(evidence.judged(one))
        for subject in subjects:
            yield _case(one, evidence.of(subject), subject, is_judged=is_judged)
        if not subjects:
            yield _case(one, evidence, None, is_judged=is_judged)


def cases_within(summary: Summary) -> tuple[ThresholdCase, ...]:
    """Return the cases of the thresholds that a run against a revision was judged by; empty without any."""
    run = summary.run
    if not run.thresholds or run.plan.against is None:
        return ()
    thresholds = read_thresholds(",".join(run.thresholds))
    return tuple(threshold_cases(thresholds, evidence_within(summary), run.plan.older))


def threshold_rows(summary: Summary) -> list[ThresholdRow]:
    """Return the same cases as rows of the run's document."""
    return [
        ThresholdRow(
            threshold=one.threshold,
            subject=str(one.subject) if one.subject else None,
            outcome=one.outcome.value,
            reason=one.reason,
            fails=one.fails,
        )
        for one in cases_within(summary)
    ]


def cases_between(
    wanted: FailOn, compared: RunsCompared, evidence: Evidence, reversed_ones: Sequence[str]
) -> Iterator[ThresholdCase]:
    """Yield the cases of two runs: of the thresholds, of targets of one run only, and one of reversed conclusions."""
    gone = set(compared.gone)
    yield from threshold_cases(wanted.thresholds, evidence, [one for one in evidence.subjects if one not in gone])
    for word, is_wanted, subjects in ((GONE, wanted.gone, compared.gone), (NEW, wanted.new, compared.new)):
        where = compared.a if word == GONE else compared.b
        for subject in subjects if is_wanted else ():
            yield ThresholdCase(word, subject, CaseOutcome.FAILED, f"it was measured in {where} only", fails=True)
    if wanted.reversed:
        outcome = CaseOutcome.FAILED if reversed_ones else CaseOutcome.HOLDS
        reason = "; ".join(reversed_ones) or "no conclusion is reversed"
        yield ThresholdCase(REVERSED, None, outcome, reason, fails=bool(reversed_ones))


def _case(threshold: Threshold, evidence: Evidence, subject: Subject | None, *, is_judged: bool) -> ThresholdCase:
    failures = evidence.failures(threshold)
    if not failures:
        return ThresholdCase(threshold.text, subject, CaseOutcome.HOLDS, holds(threshold, evidence), fails=False)
    crossed = [one for one in failures if one.is_judged]
    has_lost = any(threshold.concerns(one.metric) for one in evidence.lost)
    return ThresholdCase(
        threshold.text,
        subject,
        CaseOutcome.FAILED if crossed else CaseOutcome.NOT_JUDGED,
        in_short(crossed or failures),
        fails=bool(crossed) or has_lost or not is_judged,
    )
