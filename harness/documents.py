"""The documents that other programs read: their shapes, how they are filled, and their JSON Schemas.

Long format, one row a number, flat. A member once published keeps its meaning; others may join. Each shape is a data
class, so the type checker holds the writers to it and `schema_of` derives what `harness schema` prints.

The rooms above hand in values; nothing here measures, judges or prints.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from harness.evidence import Run, RunStatus, Stage
from harness.model import Bound, Profile, Scenario, Target
from harness.statements import Comparison, Difference, Result, Summary
from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """Which run it is and how it ended."""

    id: str
    status: RunStatus
    profile: str
    seed: int
    runtime: str
    started_at: str
    wall_s: float
    measured_s: float


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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One subject's metric over the reference's."""

    metric: str
    scenario: str | None
    subject: str
    reference: str
    ratio: float
    low: float
    high: float
    p: float
    verdict: Difference
    warnings: list[str]

    @classmethod
    def of(cls, comparison: Comparison) -> "ComparisonRow":
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
            verdict=comparison.verdict,
            warnings=list(comparison.warnings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """What stopped a target."""

    target: str
    variant: str
    stage: Stage
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDocument:
    """`harness.run/1`: what `run --json` and `report --format json` give."""

    schema: Literal["harness.run/1"] = "harness.run/1"
    run: RunHead
    environment: Mapping[str, Any]
    results: list[ResultRow]
    comparisons: list[ComparisonRow]
    noise_floor: Mapping[str, float]
    failures: list[FailureRow]


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
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredValue:
    """The measurement nearest to what a figure speaks of, in base units."""

    estimate: float
    low: float
    high: float
    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One published figure and what the run says of it."""

    id: str
    printed: str
    target: str
    metric: str | None
    verdict: str
    measured: MeasuredValue | None
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page says something; `line` is null for figures that were not read from a page."""

    line: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionRow:
    """Figures of one page that can't all hold."""

    rule: str
    message: str
    places: list[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDocument:
    """`harness.check/1`: what `check --json` gives."""

    schema: Literal["harness.check/1"] = "harness.check/1"
    run: str
    figures: list[FigureRow]
    contradictions: list[ContradictionRow]
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """A target and its variants, each with `name`, `class` and `summary`, the default one first."""

    name: str
    title: str
    variants: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A scenario or a profile."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A stored run."""

    name: str
    id: str
    status: RunStatus
    profile: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDocument:
    """`harness.list/1`: what `list --json` gives."""

    schema: Literal["harness.list/1"] = "harness.list/1"
    targets: list[TargetRow]
    scenarios: list[NamedRow]
    profiles: list[NamedRow]
    runs: list[StoredRow]


def list_document(
    targets: Iterable[Target], scenarios: Iterable[Scenario], profiles: Iterable[Profile], runs: Mapping[str, Run]
) -> ListDocument:
    """Say what there is: targets, scenarios, profiles, and stored runs by name."""
    return ListDocument(
        targets=[TargetRow(name=t.name, title=t.title, variants=_variants(t)) for t in targets],
        scenarios=[NamedRow(name=s.name, summary=s.summary) for s in scenarios],
        profiles=[NamedRow(name=p.name, summary=p.summary) for p in profiles],
        runs=[
            StoredRow(name=name, id=run.id, status=run.status, profile=run.plan.profile.name, started_at=run.started_at)
            for name, run in runs.items()
        ],
    )


def _variants(target: Target) -> list[dict[str, str]]:
    ordered = sorted(target.variants, key=lambda variant: variant.name != target.default_variant)
    return [{"name": v.name, "class": v.variant_class.value, "summary": v.summary} for v in ordered]


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanDocument:
    """`harness.clean/1`: what `clean --json` removed."""

    schema: Literal["harness.clean/1"] = "harness.clean/1"
    containers: list[str]
    processes: list[str]
    images: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestCheck:
    """One number held against the truth: `measured` lies within `limit` of `truth`, or is at least `limit`."""

    what: str
    truth: float | None
    measured: float | None
    limit: float
    rule: str
    unit: Unit
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestRow:
    """One row of the self-test. Its numbers are those of the check that came nearest to its limit.

    They are null where the row could not be run, which is not passed; `detail` then says why.
    """

    name: str
    what: str | None
    truth: float | None
    measured: float | None
    limit: float | None
    rule: str | None
    unit: Unit | None
    passed: bool
    detail: str
    checks: list[SelftestCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestDocument:
    """`harness.selftest/1`: what `selftest --json` gives; `passed` and `failed` count rows."""

    schema: Literal["harness.selftest/1"] = "harness.selftest/1"
    rows: list[SelftestRow]
    passed: int
    failed: int


DOCUMENTS: Mapping[str, type] = {
    "run": RunDocument,
    "check": CheckDocument,
    "list": ListDocument,
    "clean": CleanDocument,
    "selftest": SelftestDocument,
}


def as_json(document: object) -> dict[str, Any]:
    """Return a document as plain JSON values."""
    values: dict[str, Any] = TypeAdapter(type(document)).dump_python(document, mode="json")
    return values


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a document; KeyError if there is none of that name."""
    schema = TypeAdapter(DOCUMENTS[name]).json_schema(mode="serialization")
    return schema | {"required": list(schema["properties"])}  # also its name, which has a default only for the writer
