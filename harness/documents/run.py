"""`harness.run/1`: the results of one run, its comparisons and failures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.model import (
    AttributeName,
    BetweenRuns,
    Bound,
    ComparabilityRule,
    Comparison,
    Difference,
    Result,
    Run,
    RunStatus,
    Stage,
    StopReason,
    Summary,
)
from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """Which run it is and how it ended.

    `stopped` says why an adaptive run ended, null for any other; `imprecise` names the headlines that it gave up on.
    """

    id: str
    status: RunStatus
    profile: str
    seed: int
    runtime: str
    started_at: str
    wall_s: float
    measured_s: float
    stopped: StopReason | None
    imprecise: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One number with its interval; without an estimate all three are null and `reason` says why."""

    target: str
    variant: str
    scenario: str | None
    metric: str
    unit: Unit
    estimate: float | None
    low: float | None
    high: float | None
    confidence: float
    trials: int
    bound: Bound | None
    warnings: list[str]
    reason: str | None
    detail: str | None
    ceiling_share: float | None
    clean_trials: int | None
    clean_estimate: float | None
    clean_low: float | None
    clean_high: float | None

    @classmethod
    def of(cls, result: Result) -> "ResultRow":
        """Flatten a result."""
        return cls(
            target=result.subject.target,
            variant=result.subject.variant,
            scenario=result.scenario,
            metric=result.metric,
            unit=result.unit,
            estimate=result.estimate,
            low=result.low,
            high=result.high,
            confidence=result.confidence,
            trials=result.trials,
            bound=result.bound,
            warnings=list(result.warnings),
            reason=result.reason,
            detail=result.detail,
            ceiling_share=result.ceiling_share,
            clean_trials=result.clean_trials,
            clean_estimate=result.clean_estimate,
            clean_low=result.clean_low,
            clean_high=result.clean_high,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One subject's metric over the reference's, or one run's over another's.

    `p_holm` is Student's or Welch's p, adjusted for the number of headline comparisons; null where it is no headline.
    """

    metric: str
    scenario: str | None
    subject: str
    reference: str
    ratio: float
    low: float
    high: float
    p: float
    p_holm: float | None
    verdict: Difference
    warnings: list[str]

    @classmethod
    def of(cls, comparison: Comparison | BetweenRuns) -> "ComparisonRow":
        """Flatten a comparison."""
        return cls(
            metric=comparison.metric,
            scenario=comparison.scenario,
            subject=str(comparison.subject),
            reference=str(comparison.reference),
            ratio=comparison.ratio,
            low=comparison.low,
            high=comparison.high,
            p=comparison.p,
            p_holm=comparison.p_holm,
            verdict=comparison.verdict,
            warnings=list(comparison.warnings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRow:
    """What came of trying one thing of a framework."""

    target: str
    name: AttributeName
    answer: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupDifferenceRow:
    """A rule of fair comparison that subjects break, in words that follow their names."""

    rule: ComparabilityRule
    subjects: list[str]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """What stopped a target."""

    target: str
    variant: str
    stage: Stage
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """`harness.run/1`: what `run --json` and `report --format json` give. `unfairness` holds the setup differences."""

    schema: Literal["harness.run/1"] = "harness.run/1"
    run: RunHead
    environment: Mapping[str, Any]
    results: list[ResultRow]
    comparisons: list[ComparisonRow]
    noise_floor: Mapping[str, float]
    failures: list[FailureRow]
    attributes: list[AttributeRow]
    unfairness: list[SetupDifferenceRow]


def run_document(summary: Summary) -> RunDocument:
    """Flatten what a run says."""
    run = summary.run
    return RunDocument(
        run=_head(run),
        environment=run.environment,
        results=[ResultRow.of(result) for result in summary.results],
        comparisons=[ComparisonRow.of(comparison) for comparison in summary.comparisons],
        noise_floor=summary.noise_floor,
        failures=[
            FailureRow(
                target=failure.subject.target,
                variant=failure.subject.variant,
                stage=failure.stage,
                message=failure.message,
            )
            for failure in run.failures
        ],
        attributes=[
            AttributeRow(target=one.target, name=one.name, answer=one.answer, evidence=one.evidence)
            for one in run.attributes
        ],
        unfairness=[
            SetupDifferenceRow(rule=one.rule, subjects=list(map(str, one.subjects)), message=one.message)
            for one in run.setup_differences
        ],
    )


def _head(run: Run) -> RunHead:
    return RunHead(
        id=run.id,
        status=run.status,
        profile=run.plan.profile.name,
        seed=run.plan.seed,
        runtime=run.plan.runtime,
        started_at=run.started_at,
        wall_s=run.wall_s,
        measured_s=run.measured_s,
        stopped=run.stopped.reason if run.stopped else None,
        imprecise=list(run.stopped.missed) if run.stopped else [],
    )
