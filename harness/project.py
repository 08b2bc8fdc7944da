"""The project of a command: its folder, targets, figures and results.

The commands use this module, so that the other rooms need not know a project. Imports that only some commands need are
inside the functions, for the reason in `harness.commands`.
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
    """Return the project of the current folder.

    Raises:
        UsageError: The folder is in no project, or project.toml is wrong.
    """
    from harness.manifest import find_root, load_project

    root = find_root(Path.cwd())
    if root is None:
        raise UsageError(
            "no project here",
            where=str(Path.cwd()),
            cause="neither this folder nor a folder above it has a project.toml",
            remedy="Change to the folder of a project, or make a project: `harness init FOLDER`.",
        )
    return load_project(root)


def stock_folder() -> Path:
    """Return the folder with the stock targets/ and scenarios/: the package's `stock`, or in a checkout its root."""
    package = Path(__file__).parent
    installed = package / "stock"
    return installed if (installed / "targets").is_dir() else package.parent


def read_targets(project: Project) -> dict[str, Target]:
    """Return a project's targets, by name.

    Raises:
        UsageError: A target.toml is wrong, or project.toml names an unknown target.
    """
    from harness.manifest import default_subjects, load_targets

    targets = load_targets(project.root)
    default_subjects(project, targets)
    return targets


def results_folder(project: Project) -> Path:
    """Return the results folder of a project, or the one in HARNESS_RESULTS."""
    return Path(os.environ.get("HARNESS_RESULTS") or project.root / project.results)


def open_store(project: Project) -> Store:
    """Return the store of a project's results folder."""
    from harness import console
    from harness.store import Store

    return Store(results_folder(project), console.tell)


def comparisons_of(project: Project, run: Run) -> tuple[PublishedComparison, ...]:
    """Return the published comparisons of a run's targets."""
    return project.comparisons_of({subject.target for subject in run.plan.subjects})


def missing_figures(project: Project, comparison: PublishedComparison) -> UsageError | None:
    """Return the error for a comparison's missing figures file; None if the file exists."""
    path = project.root / comparison.figures
    if path.is_file():
        return None
    key = f"comparisons.{project.comparisons.index(comparison)}.figures"
    known = [str(other.relative_to(project.root)) for other in sorted(project.root.glob("figures/*.toml"))]
    return UsageError(
        "a figures file is missing",
        where=f"{project.file}: {key}",
        cause=f"there is no file {str(comparison.figures)!r}",
        remedy=nearest(str(comparison.figures), known),
    )


def existing_figures(project: Project, run: Run) -> Iterator[Path]:
    """Yield the figures files of a run's targets; a missing file gives a warning."""
    from harness import console

    for comparison in comparisons_of(project, run):
        error = missing_figures(project, comparison)
        if error is None:
            yield project.root / comparison.figures
        else:
            console.tell(f"warning: {error}")


def read_figure_sets(paths: Iterable[Path], targets: Mapping[str, Target]) -> tuple[FigureSet, ...]:
    """Return the figures of figures files, and print a warning for each unknown target in them.

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
    """Yield a sentence for each unknown target of a figures file."""
    names = (name for figure in figures.figures for name in (figure.target, figure.of) if name)
    for name in dict.fromkeys(names):
        if name not in targets:
            yield f"{figures.path} has figures of {name!r}, but there is no such target. {nearest(name, targets)}"
