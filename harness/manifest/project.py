"""The reader of project.toml: title, reference, default targets, published comparisons and results folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from harness.errors import UsageError
from harness.manifest.folders import require_manifests
from harness.manifest.lookup import find_subjects
from harness.manifest.toml import Section, read_toml
from harness.model import Project, PublishedComparison

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from harness.model import Subject, Target

TargetName = Annotated[str, Field(pattern=r"^[^,:\s]+$")]
SubjectName = Annotated[str, Field(pattern=r"^[^,:\s]+(:[^,:\s]+)?$")]


class ComparisonSection(Section):
    """A published comparison: a pair or group of targets, with its figures file."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")]
    """Unique in this project; also the name of its folder in reports."""
    targets: Annotated[tuple[TargetName, ...], Field(min_length=1)]
    """The compared targets, by the names of their folders."""
    figures: Annotated[str, Field(min_length=1)]
    """The path of the figures file, relative to the project's folder."""


class ProjectFile(Section):
    """A project.toml."""

    schema_name: ClassVar = "project"

    title: str
    """The name of the project in reports."""
    reference: SubjectName
    """The target that all others are compared with: TARGET or TARGET:VARIANT."""
    targets: Annotated[tuple[SubjectName, ...], Field(min_length=1)]
    """The targets of a run without --target: TARGET or TARGET:VARIANT each. The reference is always measured."""
    results: Annotated[str, Field(min_length=1)] = "results"
    """The folder of stored runs, relative to the project's folder; HARNESS_RESULTS overrides it."""
    comparisons: tuple[ComparisonSection, ...] = ()
    """The published comparisons, one for each pair or group of targets."""


def find_root(start: Path) -> Path | None:
    """Return the nearest folder at or above `start` with a project.toml; None if there is none."""
    return next((folder for folder in (start, *start.parents) if (folder / "project.toml").is_file()), None)


def load_project(root: Path) -> Project:
    """Return the project of a folder with a project.toml.

    Raises:
        UsageError: It is missing or wrong, or two comparisons have the same name or the same targets.
    """
    file = read_toml(root / "project.toml", ProjectFile)
    project = Project(
        root=root,
        title=file.title,
        reference=file.reference,
        targets=file.targets,
        results=Path(file.results),
        comparisons=tuple(PublishedComparison(one.name, one.targets, Path(one.figures)) for one in file.comparisons),
    )
    _require_distinct(project)
    return project


def _require_distinct(project: Project) -> None:
    names: dict[str, int] = {}
    groups: dict[frozenset[str], PublishedComparison] = {}
    for number, one in enumerate(project.comparisons):
        key = f"{project.file}: comparisons.{number}"
        if one.name in names:
            cause = f"{one.name!r} is also the name of comparisons.{names[one.name]}"
            raise UsageError(
                "two comparisons have the same name", where=f"{key}.name", cause=cause, remedy="Rename one."
            )
        first = groups.setdefault(frozenset(one.targets), one)
        if first is not one:
            cause = f"comparison {first.name!r} already has {first.figures} for {_listed(one.targets)}"
            remedy = "Keep one of the two, and use `--figures` to check the other file."
            raise UsageError(
                "two comparisons have the same targets", where=f"{key}.targets", cause=cause, remedy=remedy
            )
        names[one.name] = number


def default_subjects(
    project: Project, targets: Mapping[str, Target], left_out: Collection[str] = ()
) -> tuple[Subject, ...]:
    """Return the subjects of a run without --target, the reference first.

    Args:
        project: The project.
        targets: Its targets, by name.
        left_out: The names of targets that the caller does not need.

    Raises:
        UsageError: project.toml names an unknown target or variant; the error names the key and the nearest name. Or
            the target.toml of one of them is wrong.
    """
    words = {"reference": project.reference} | {f"targets.{n}": word for n, word in enumerate(project.targets)}
    words = {key: word for key, word in words.items() if word.partition(":")[0] not in left_out}
    for key, word in words.items():
        require_manifests([word], project.root, targets)
        try:
            find_subjects([word], targets)
        except UsageError as error:
            where = f"{project.file}: {key}"
            raise UsageError(error.what, where=where, cause=f"{word!r}: {error.cause}", remedy=error.remedy) from error
    return find_subjects(words.values(), targets)


def _listed(words: Iterable[str]) -> str:
    return " and ".join(words)
