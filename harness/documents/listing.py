"""`harness.list/1`: targets, scenarios, profiles and stored runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import HarnessError
from harness.model import Profile, Project, Run, RunStatus, Scenario, Subject, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """Target and its variants.

    Attributes:
        name: The name of its folder.
        title: Its name for people.
        variants: Each with `name`, `class` and `summary`; the default variant is first.
        problem: Why its target.toml can't be used; empty if it can.
    """

    name: str
    title: str
    variants: list[dict[str, str]]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRow:
    """Scenario.

    Attributes:
        name: The name of its file.
        summary: The first line of its docstring.
        problem: Why its file can't be a scenario: it is no valid Python, or certainly has no user class; else empty.
    """

    name: str
    summary: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """Profile.

    Attributes:
        name: Its name.
        summary: What it is for.
    """

    name: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """Stored run.

    Attributes:
        name: The name of its folder.
        id: Its id.
        status: How it ended, as in `harness.run/1`.
        is_invalid: Whether too many requests failed under a load, so that the run ranks no target.
        targets: Its targets, in the order of its plan.
        failed_targets: Those of them that failed.
        profile: How thoroughly it measured.
        started_at: ISO 8601 in UTC.
    """

    name: str
    id: str
    status: RunStatus
    is_invalid: bool
    targets: list[str]
    failed_targets: list[str]
    profile: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """A published comparison.

    Attributes:
        name: Its name in project.toml.
        targets: Its targets.
        figures: The path of its figures file, relative to the project's folder.
    """

    name: str
    targets: list[str]
    figures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDocument:
    """`harness.list/1`: output of `list --json`.

    Attributes:
        title: The name of the project.
        reference: The target that all others are compared with by default.
        targets: The targets of the project.
        scenarios: The scenarios of the project.
        profiles: The profiles.
        comparisons: The published comparisons of the project.
        runs: The stored runs.
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
    targets: Mapping[str, Target | HarnessError],
    scenarios: Iterable[Scenario],
    profiles: Iterable[Profile],
    runs: Iterable[StoredRow],
) -> ListDocument:
    """Build the document that lists targets, scenarios, profiles, published comparisons, and stored runs.

    Args:
        project: The project.
        targets: Its targets by name; in place of a target whose target.toml can't be used, the error.
        scenarios: Its scenarios.
        profiles: The profiles.
        runs: The stored runs.
    """
    return ListDocument(
        title=project.title,
        reference=project.reference,
        targets=[_target_row(name, target) for name, target in targets.items()],
        scenarios=[ScenarioRow(name=s.name, summary=s.summary, problem=s.problem) for s in scenarios],
        profiles=[NamedRow(name=p.name, summary=p.summary) for p in profiles],
        comparisons=[
            PublishedRow(name=one.name, targets=list(one.targets), figures=str(one.figures))
            for one in project.comparisons
        ],
        runs=list(runs),
    )


def stored_row(name: str, run: Run, *, is_invalid: bool) -> StoredRow:
    """Return the row of a stored run."""
    return StoredRow(
        name=name,
        id=run.id,
        status=run.status,
        is_invalid=is_invalid,
        targets=_names(run.plan.subjects),
        failed_targets=_names(failure.subject for failure in run.failures),
        profile=run.plan.profile.name,
        started_at=run.started_at,
    )


def _target_row(name: str, target: Target | HarnessError) -> TargetRow:
    if isinstance(target, HarnessError):
        return TargetRow(name=name, title=name, variants=[], problem=str(target))
    return TargetRow(name=name, title=target.title, variants=_variants(target))


def _names(subjects: Iterable[Subject]) -> list[str]:
    return list(dict.fromkeys(subject.target for subject in subjects))


def _variants(target: Target) -> list[dict[str, str]]:
    ordered = sorted(target.variants, key=lambda variant: variant.name != target.default_variant)
    return [{"name": v.name, "class": v.variant_class.value, "summary": v.summary} for v in ordered]
