"""Where things are: the project that a command works in, its targets, figures and results.

Between the commands, which know words, and the rooms, which know nothing of a project. What only some commands need is
imported where it is needed, for the reason that `commands` gives.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from harness.figures.published import FigureSet
    from harness.model import Project, PublishedComparison, Run, Target
    from harness.store import Store


def find_project() -> Project:
    """Return the project that the current folder belongs to.

    Raises:
        UsageError: It belongs to none, or project.toml is wrong.
    """
    from harness.manifest import find_root, load_project

    root = find_root(Path.cwd())
    if root is None:
        raise UsageError(
            "no project here",
            where=str(Path.cwd()),
            cause="neither this folder nor one above it has a project.toml",
            remedy="Change to a project's folder, or make one: `harness init FOLDER`.",
        )
    return load_project(root)


def stock_folder() -> Path:
    """Return the folder with the stock targets/ and scenarios/: the package's own, or in a checkout the checkout."""
    package = Path(__file__).parent
    installed = package / "stock"
    return installed if (installed / "targets").is_dir() else package.parent


def read_targets(project: Project) -> dict[str, Target]:
    """Read a project's targets, by name.

    Raises:
        UsageError: A target.toml is wrong, or project.toml names a target that is not there.
    """
    from harness.manifest import default_subjects, load_targets

    targets = load_targets(project.root)
    default_subjects(project, targets)
    return targets


def results_folder(project: Project) -> Path:
    """Return where a project's results are, or what HARNESS_RESULTS names."""
    return Path(os.environ.get("HARNESS_RESULTS") or project.root / project.results)


def open_store(project: Project) -> Store:
    """Return the results of a project, or those that HARNESS_RESULTS names."""
    from harness import console
    from harness.store import Store

    return Store(results_folder(project), console.tell)


def comparisons_of(project: Project, run: Run) -> tuple[PublishedComparison, ...]:
    """Return the published comparisons that speak of a run's targets."""
    return project.comparisons_of({subject.target for subject in run.plan.subjects})


def missing_figures(project: Project, comparison: PublishedComparison) -> UsageError | None:
    """Return why the figures file of a comparison can't be read; None where it is there."""
    path = project.root / comparison.figures
    if path.is_file():
        return None
    key = f"comparisons.{project.comparisons.index(comparison)}.figures"
    there = [str(other.relative_to(project.root)) for other in sorted(project.root.glob("figures/*.toml"))]
    return UsageError(
        "no such figures file",
        where=f"{project.file}: {key}",
        cause=f"{str(comparison.figures)!r} is not there",
        remedy=nearest(str(comparison.figures), there),
    )


def read_figure_sets(paths: Iterable[Path], targets: Mapping[str, Target]) -> tuple[FigureSet, ...]:
    """Read figures files; warn of figures of targets that this project does not have.

    Raises:
        UsageError: A file is missing or wrong.
    """
    from harness import console
    from harness.figures.reading import read_figures

    sets = tuple(map(read_figures, paths))
    for figures in sets:
        for line in unknown_targets(figures, targets):
            console.tell(f"warning: {line}")
    return sets


def unknown_targets(figures: FigureSet, targets: Collection[str]) -> Iterator[str]:
    """Say, a line each, of which targets that are not there a file has figures."""
    named = (name for figure in figures.figures for name in (figure.target, figure.of) if name)
    for name in dict.fromkeys(named):
        if name not in targets:
            yield f"{figures.path} has figures of {name!r}, and there is no such target. {nearest(name, targets)}"
