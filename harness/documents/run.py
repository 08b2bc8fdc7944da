"""`harness.run/1`: the results of one run, its comparisons and failures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.documents.cost import CostRow, cost_rows
from harness.documents.memory import MemoryCurveRow, memory_rows
from harness.documents.thresholds import ThresholdRow
from harness.model import (
    AttributeName,
    Bound,
    ComparabilityRule,
    Comparison,
    CoreSpeed,
    Difference,
    Floor,
    Place,
    Plan,
    Ranking,
    Result,
    Run,
    RunStatus,
    Stage,
    Steadiness,
    StopReason,
    Summary,
)
from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """Identity, plan and end of a run.

    Attributes:
        id: Its id.
        status: `complete`; `interrupted`: it can be resumed; `failed`: a target failed, or the run could not go on;
            `running`: it is measured, or was killed.
        profile: How thoroughly it measured.
        seed: The seed of all random choices.
        runtime: `docker` or `process`.
        target_cpus: The number of CPUs of each target without a number of its own.
        started_at: ISO 8601 in UTC.
        wall_s: Its duration.
        measured_s: The part of it in counted slices.
        stopped: Why an adaptive run ended; null for other runs.
        imprecise: The headlines that missed the required precision.
        like: The id of the run whose plan it repeats; null for a plan of its own.
    """

    id: str
    status: RunStatus
    profile: str
    seed: int
    runtime: str
    target_cpus: int
    started_at: str
    wall_s: float
    measured_s: float
    stopped: StopReason | None
    imprecise: list[str]
    like: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorRow:
    """Floor of a latency: the null target's percentile under the same load, in seconds.

    Attributes:
        estimate, low, high: The estimate, and the ends of its interval.
    """

    estimate: float
    low: float
    high: float

    @classmethod
    def of(cls, floor: Floor) -> "FloorRow":
        """Return the row of a floor."""
        return cls(estimate=floor.estimate, low=floor.low, high=floor.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """Value of one block; blocks count from 0, as in trials.jsonl.

    Attributes:
        block: The number of the block.
        value: The value of its trial.
    """

    block: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """Result: an estimate with its interval over trials; without an estimate, all three are null.

    Attributes:
        target: Its name; `flask_app@0123abc` for the build of a revision.
        variant: The variant that serves the target.
        cpus: The number of CPUs that the subject may use.
        scenario: Null for a number that is of no scenario.
        metric: Its name; GLOSSARY.md has the definition.
        unit: The base unit of all numbers of the row.
        estimate, low, high: The estimate, and the ends of its interval.
        confidence: The confidence of the interval: 0.95.
        trials: The number of trials with a value.
        bound: What limited a throughput or a search; null for other metrics.
        warnings: What must be said beside the number.
        reason: Why there is no number; null if there is one.
        detail: What the metric's name does not say, such as the level of a peak.
        ceiling_share: A throughput over the null target's at the same level.
        at_most: The most that the target can do by its CPU time per request, if the generator was the limit.
        steadiness: Whether the rounds of its trials drift; only of a throughput.
        blocks: The value of each block.
        clean_trials, clean_estimate, clean_low, clean_high: The same for the trials without a disturbance of this
            metric; null if there was none. All but the number of trials are null if too few are clean.
        floor: The null target's percentile under the same load; only of a latency of open load.
    """

    target: str
    variant: str
    cpus: int
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
    at_most: float | None
    steadiness: Steadiness | None
    blocks: list[BlockRow]
    clean_trials: int | None
    clean_estimate: float | None
    clean_low: float | None
    clean_high: float | None
    floor: FloorRow | None

    @classmethod
    def of(cls, result: Result, plan: Plan) -> "ResultRow":
        """Return the row of a result; the plan has the number of CPUs."""
        return cls(
            target=result.subject.target,
            variant=result.subject.variant,
            cpus=plan.cpus_of(result.subject),
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
            at_most=result.at_most,
            steadiness=result.steadiness,
            blocks=[BlockRow(block=block, value=value) for block, value in result.blocks.items()],
            clean_trials=result.clean_trials,
            clean_estimate=result.clean_estimate,
            clean_low=result.clean_low,
            clean_high=result.clean_high,
            floor=FloorRow.of(result.floor) if result.floor else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """Comparison of a metric: subject over reference, paired by block.

    Attributes:
        metric: Its name; GLOSSARY.md has the definition.
        scenario: Null for a number that is of no scenario.
        subject, reference: `TARGET:VARIANT`, with its number of CPUs if that is its own.
        ratio, low, high: The ratio, and the ends of its interval.
        p: The exact sign-flip probability; null if there are too few blocks for a value below 0.05.
        p_holm: Student's p, adjusted for the number of headline comparisons; null if the metric is not a headline.
        verdict: What the run may say of the ratio.
        warnings: Why a claim was taken back, and what else must be said beside the ratio.
        at_least, at_most: The limits of the true ratio if the generator was the limit of a side, or if its own time
            differed between the sides; null otherwise.
    """

    metric: str
    scenario: str | None
    subject: str
    reference: str
    ratio: float
    low: float
    high: float
    p: float | None
    p_holm: float | None
    verdict: Difference
    warnings: list[str]
    at_least: float | None
    at_most: float | None

    @classmethod
    def of(cls, comparison: Comparison) -> "ComparisonRow":
        """Return the row of a comparison."""
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
            at_least=comparison.at_least,
            at_most=comparison.at_most,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRow:
    """Rank of a subject by a headline metric.

    Attributes:
        metric: Its name; GLOSSARY.md has the definition.
        scenario: Null for a number that is of no scenario.
        subject: `TARGET:VARIANT`, with its number of CPUs if that is its own.
        rank: 1, plus the number of subjects that are ahead of it.
        behind: The subjects that are ahead of it.
        tied: The subjects that it is not distinguished from; not all of them have its rank.
    """

    metric: str
    scenario: str | None
    subject: str
    rank: int
    behind: list[str]
    tied: list[str]

    @classmethod
    def of(cls, ranking: Ranking, place: Place) -> "RankRow":
        """Return the row of a place in a ranking."""
        return cls(
            metric=ranking.metric,
            scenario=ranking.scenario,
            subject=str(place.subject),
            rank=place.rank,
            behind=list(map(str, place.behind)),
            tied=list(map(str, place.tied)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRow:
    """Attribute of a framework: the answer of a test, and the evidence.

    Attributes:
        target: Its name.
        name: What was tried.
        answer: What was found: `yes`, `no`, `by extension`, a version.
        evidence: What the test saw.
    """

    target: str
    name: AttributeName
    answer: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupDifferenceRow:
    """Setup difference.

    Attributes:
        rule: The rule.
        subjects: The subjects that break it.
        message: What is different, in words that continue their names.
    """

    rule: ComparabilityRule
    subjects: list[str]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """Failure of a target: its stage and message.

    Attributes:
        target: Its name.
        variant: The variant that served it.
        cpus: The number of CPUs that the subject may use.
        stage: What the trial was at: build, start, verify, load or stop.
        message: What happened, in words.
    """

    target: str
    variant: str
    cpus: int
    stage: Stage
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """`harness.run/1`: output of `run --json` and `report --format json`.

    Attributes:
        run: Identity, plan and end of the run.
        environment: What the numbers depend on: machine, engine, CPUs, images, versions.
        core_speed: The speed of the target's core; null if the speed probe did not run.
        results: All numbers and absences, a row each.
        comparisons: All ratios of the plan's pairs.
        ranks: The ranks of the targets by each headline metric.
        costs: The CPU time, and the money, of a million requests of each subject.
        memory_curves: The memory of each subject through its trials.
        noise_floor: The half-width of the interval of control over reference by metric, as a share.
        failures: What failed of which target, a row each.
        thresholds: The thresholds of `--fail-on` with their outcomes, a row for each target; empty without any.
        attributes: The results of trying features of the frameworks.
        unfairness: The setup differences of the run.
    """

    schema: Literal["harness.run/1"] = "harness.run/1"
    run: RunHead
    environment: Mapping[str, Any]
    core_speed: CoreSpeed | None
    results: list[ResultRow]
    comparisons: list[ComparisonRow]
    ranks: list[RankRow]
    costs: list[CostRow]
    memory_curves: list[MemoryCurveRow]
    noise_floor: Mapping[str, float]
    failures: list[FailureRow]
    thresholds: list[ThresholdRow]
    attributes: list[AttributeRow]
    unfairness: list[SetupDifferenceRow]


def run_document(summary: Summary, core_hour: float | None = None, judged: Sequence[ThresholdRow] = ()) -> RunDocument:
    """Build the document of a run's summary, with the price of a CPU core for an hour and the thresholds' outcomes."""
    run = summary.run
    return RunDocument(
        run=_head(run),
        environment=run.environment,
        core_speed=run.core_speed,
        results=[ResultRow.of(result, run.plan) for result in summary.results],
        comparisons=[ComparisonRow.of(comparison) for comparison in summary.comparisons],
        ranks=[RankRow.of(ranking, place) for ranking in summary.rankings for place in ranking.places],
        costs=list(cost_rows(summary, core_hour)),
        memory_curves=list(memory_rows(summary)),
        noise_floor=summary.noise_floor,
        failures=[
            FailureRow(
                target=failure.subject.target,
                variant=failure.subject.variant,
                cpus=run.plan.cpus_of(failure.subject),
                stage=failure.stage,
                message=failure.message,
            )
            for failure in run.failures
        ],
        thresholds=list(judged),
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
        target_cpus=run.plan.target_cpus,
        started_at=run.started_at,
        wall_s=run.wall_s,
        measured_s=run.measured_s,
        stopped=run.stopped.reason if run.stopped else None,
        imprecise=list(run.stopped.missed) if run.stopped else [],
        like=run.like,
    )
