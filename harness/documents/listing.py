"""`harness.list/1`: targets, scenarios, profiles and stored runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.model import Profile, Project, Run, RunStatus, Scenario, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """Target and its variants, each with `name`, `class` and `summary`; the default variant is first."""

    name: str
    title: str
    variants: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """Scenario; `problem` says why its file can't be read as Python, and is empty if it can."""

    name: str
    summary: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """Profile."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """Stored run; `name` is its folder's name."""

    name: str
    id: str
    status: RunStatus
    profile: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """A published comparison: its targets, and the path of its figures file, relative to the project's folder."""

    name: str
    targets: list[str]
    figures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDocument:
    """`harness.list/1`: output of `list --json`.

    `title` is the project's name, and `reference` the target that all others are compared with by default.
    """

    schema: Literal["harness.list/1"] = "harness.list/1"
    title: str
    reference: str
    targets: list[TargetRow]
    scenarios: list[ScenarioRow]
    profiles: list[NamedRow]
    comparisons: list[PublishedRow]
    runs: list[StoredRow]


def list_document(
    project: Project,
    targets: Iterable[Target],
    scenarios: Iterable[Scenario],
    profiles: Iterable[Profile],
    runs: Mapping[str, Run],
) -> ListDocument:
    """Build the document that lists targets, scenarios, profiles, published comparisons, and stored runs by name."""
    return ListDocument(
        title=project.title,
        reference=project.reference,
        targets=[TargetRow(name=t.name, title=t.title, variants=_variants(t)) for t in targets],
        scenarios=[ScenarioRow(name=s.name, summary=s.summary, problem=s.problem) for s in scenarios],
        profiles=[NamedRow(name=p.name, summary=p.summary) for p in profiles],
        comparisons=[
            PublishedRow(name=one.name, targets=list(one.targets), figures=str(one.figures))
            for one in project.comparisons
        ],
        runs=[
            StoredRow(name=name, id=run.id, status=run.status, profile=run.plan.profile.name, started_at=run.started_at)
            for name, run in runs.items()
        ],
    )


def _variants(target: Target) -> list[dict[str, str]]:
    ordered = sorted(target.variants, key=lambda variant: variant.name != target.default_variant)
    return [{"name": v.name, "class": v.variant_class.value, "summary": v.summary} for v in ordered]
