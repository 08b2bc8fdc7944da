"""The project of a command: its folder, targets, figures and results.

The commands use this module, so that the other rooms need not know a project. Imports that only some commands need are
inside the functions, for the reason in `harness.commands`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import UsageError, near, nearest, refuse_doubles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from harness.figures.published import Figure, FigureSet
    from harness.model import Plan, Project, PublishedComparison, Run, StoredRun, Subject, Target
    from harness.store import RunFolder, Store

EVERY_TARGET = "all"
_PAIR = 2
_NEAR_A_TARGET = 0.8  # `flask_ap` is near `flask_app`, `fiber_app` is another framework
_PAGES = {".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text", ".log", ".csv", ".tsv", ".tab"}


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


def project_here() -> Project | None:
    """Return the project of the current folder; None outside of any."""
    from harness.manifest import find_root

    return find_project() if find_root(Path.cwd()) else None


def stock_folder() -> Path:
    """Return the folder with the stock targets/ and scenarios/: the package's `stock`, or in a checkout its root."""
    package = Path(__file__).parent
    installed = package / "stock"
    return installed if (installed / "targets").is_dir() else package.parent


def read_targets(project: Project, needed: Iterable[str] = ()) -> dict[str, Target]:
    """Return a project's targets, by name. A wrong target.toml gives a warning, and its target is unknown.

    Args:
        project: The project.
        needed: The names of targets that the command can't do without.

    Raises:
        UsageError: The target.toml of a needed target is wrong, or project.toml names an unknown target.
    """
    from harness.manifest import default_subjects, manifest_names

    targets = known_targets(project, needed)
    default_subjects(project, targets, manifest_names(project.root) - targets.keys())
    return targets


def targets_of_run(project: Project, run: Run) -> dict[str, Target]:
    """Return a project's targets, by name, for a command about a run: it needs those that the run measured.

    Raises:
        UsageError: As for `read_targets`.
    """
    return read_targets(project, measured_in(run))


def measured_in(run: Run) -> list[str]:
    """Return the names of the targets that a run measured."""
    return [subject.target for subject in run.plan.all_subjects]


def known_targets(project: Project, needed: Iterable[str]) -> dict[str, Target]:
    """Return a project's targets as `read_targets` does, also those that project.toml does not name."""
    from harness import console
    from harness.manifest import readable_targets

    targets, broken = readable_targets(project.root)
    if error := next((broken[name] for name in needed if name in broken), None):
        raise error
    for name, error in broken.items():
        console.tell(f"warning: {name} is left out: {error}")
    return targets


def chosen_subjects(
    words: Sequence[str], pair: str | None, project: Project, targets: Mapping[str, Target]
) -> tuple[Subject, ...]:
    """Return the subjects that a user chose, the reference first; without a choice, the project's.

    Args:
        words: The words of --target: `flask_app`, `gin_app:release,flask_app`, `all`.
        pair: The word of --pair: two targets, or the name of a comparison; None without one.
        project: The project.
        targets: Its targets, by name.

    Raises:
        UsageError: A name is unknown or given twice, there are not two targets in a pair, or both options are given.
    """
    from harness.manifest import default_subjects, find_subjects, manifest_names, require_manifests

    if words and pair is not None:
        cause = "both choose the targets"
        raise UsageError("--pair can't be combined with --target", where="run", cause=cause, remedy="Drop one.")
    if pair is not None:
        return _pair(pair, project, targets)
    if not words:
        return default_subjects(project, targets)
    parts = [part.strip() for word in words for part in word.split(",")]
    if not any(parts):
        raise UsageError("no target", where=repr(words[0]), cause="the list is empty", remedy=nearest("", targets))
    require_manifests(manifest_names(project.root) if EVERY_TARGET in parts else parts, project.root, targets)
    _refuse_doubles(parts, targets)
    every = tuple(map(str, every_subject(project, targets)))
    return find_subjects((one for part in parts for one in (every if part == EVERY_TARGET else (part,))), targets)


def every_subject(project: Project, targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Return a subject of every readable framework of a project: its default subjects, then the others by name."""
    from harness.manifest import default_subjects, manifest_names
    from harness.model import Subject

    own = default_subjects(project, targets, manifest_names(project.root) - targets.keys())
    named = {subject.target for subject in own}
    others = (Subject(name, targets[name].default_variant) for name in sorted(targets.keys() - named))
    return tuple(subject for subject in (*own, *others) if not targets[subject.target].is_null)


def _pair(word: str, project: Project, targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Return the subjects of two named targets, or of the targets of a named comparison."""
    from harness.manifest import find_subjects, require_manifests

    if "," not in word:
        return _of_comparison(word, project, targets)
    require_manifests([word], project.root, targets)
    _refuse_doubles(word.split(","), targets)
    subjects = find_subjects([word], targets)
    if len(subjects) != _PAIR:
        raise UsageError(
            "not a pair",
            where=word,
            cause=f"a pair has two targets, and these are {len(subjects)}",
            remedy="Name two, or use --target for more.",
        )
    return subjects


def _refuse_doubles(parts: Iterable[str], targets: Mapping[str, Target]) -> None:
    """Refuse a target that is named twice, also by its default variant; `all` may stand beside names."""
    from harness.manifest import find_subjects

    words = [part.strip() for part in parts if part.strip()]
    named = ((word, word if word == EVERY_TARGET else find_subjects([word], targets)) for word in words)
    refuse_doubles("target", named)


def _of_comparison(word: str, project: Project, targets: Mapping[str, Target]) -> tuple[Subject, ...]:
    """Return the subjects of a comparison's targets, the project's own before other variants, its reference first."""
    from harness.manifest import find_one, find_subjects, require_manifests

    known = {one.name: one for one in project.comparisons}
    if word not in known:
        _refuse_one_target(word, targets)
    comparison = find_one("comparison", word, known)
    require_manifests(comparison.targets, project.root, targets)
    every = every_subject(project, targets)
    named = find_subjects(comparison.targets, targets)
    own = {subject.target: subject for subject in reversed(every)}
    chosen = [own.get(subject.target, subject) for subject in named]
    return tuple(sorted(chosen, key=lambda subject: subject != every[0]))


def _refuse_one_target(word: str, targets: Mapping[str, Target]) -> None:
    """Check that a pair without a comma is no target, whose name is near to that of a comparison."""
    chosen = word.partition(":")[0]
    if chosen in targets:
        other = next((name for name, one in targets.items() if name != chosen and not one.is_null), "NAME")
        raise UsageError(
            "not a pair", where=word, cause="this is one target", remedy=f"Name two: --pair {word},{other}."
        )


def results_folder(project: Project) -> Path:
    """Return the results folder of a project, or the one in HARNESS_RESULTS."""
    return Path(os.environ.get("HARNESS_RESULTS") or project.root / project.results)


def open_store(project: Project) -> Store:
    """Return the store of a project's results folder, which also finds the committed runs of the project."""
    from harness import console
    from harness.store import Store

    return Store(results_folder(project), console.tell, project.root / project.results)


def load_run(project: Project, word: str | None, *, option: str = "--run ") -> tuple[RunFolder, StoredRun]:
    """Return a run's folder and content; without a word the newest complete one, with a note on a more thorough one.

    An invalid run is left out for a valid one of its targets, with a note.

    Args:
        project: The project whose results are searched.
        word: The run's id or name.
        option: What stands before the name of a run in the command.
    """
    store = open_store(project)
    if word is not None:
        return store.load(word)
    from harness.newest import newest_run

    runs = store.runs()
    folder, stored = newest_run(store, runs, option)
    tell_of_thorough(runs, folder.path.name, option)
    return folder, stored


def tell_of_thorough(runs: Mapping[str, Run], name: str, option: str = "--run ") -> None:
    """Print a note if an older complete run of the same targets was measured with a more thorough profile.

    Args:
        runs: All readable runs, by name.
        name: The newest one.
        option: What stands before the name of a run in the command.
    """
    from harness import console
    from harness.model import THOROUGHNESS, RunStatus
    from harness.store import COMMITTED

    newest = runs[name]
    profile, ranks = newest.plan.profile.name, {profile: rank for rank, profile in enumerate(THOROUGHNESS)}
    if profile not in ranks or name in COMMITTED:
        return
    wanted = {subject.target for subject in newest.plan.subjects}
    better = [
        (rank, run.started_at, other)
        for other, run in runs.items()
        if (rank := ranks.get(run.plan.profile.name, -1)) > ranks[profile]
        and run.status is RunStatus.COMPLETE
        and other not in COMMITTED
        and wanted <= {subject.target for subject in run.plan.subjects}
    ]
    if better:
        console.tell(f"the newest run is a {profile} run; {option}{max(better)[2]} is more thorough")


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
    return (path for _, path in existing_comparisons(project, run))


def existing_comparisons(project: Project, run: Run) -> Iterator[tuple[PublishedComparison, Path]]:
    """Yield the comparisons of a run's targets with their figures files; a missing file gives a warning."""
    from harness import console

    for comparison in comparisons_of(project, run):
        error = missing_figures(project, comparison)
        if error is None:
            yield comparison, project.root / comparison.figures
        else:
            console.tell(f"warning: {error}")


def has_own_page(comparison: PublishedComparison, run: Run, targets: Mapping[str, Target]) -> bool:
    """Return whether a comparison has a page of its own in a run's report: the run has its targets, and others."""
    measured = {subject.target for subject in run.plan.subjects}
    frameworks = {name for name in measured if name not in targets or not targets[name].is_null}
    return set(comparison.targets) < frameworks


def pairs_for(plan: Plan, published: Iterable[FigureSet]) -> tuple[tuple[Subject, Subject], ...]:
    """Return the pairs of a plan, and those that figures of ratios need besides."""
    pairs = dict.fromkeys(plan.pairs)
    for figure in (figure for one in published for figure in one.figures if figure.of is not None):
        sides = {figure.target, figure.of or ""}
        if not any({subject.target, reference.target} == sides for subject, reference in pairs):
            pairs |= dict.fromkeys(plan.pairs_of(sides))
    return tuple(pairs)


def read_figure_sets(
    paths: Iterable[Path], targets: Mapping[str, Target], language: str | None = None
) -> tuple[FigureSet, ...]:
    """Return the figures of figures files and of saved pages, and print a warning for the unknown targets of a file.

    Args:
        paths: The files.
        targets: The targets of the project, by name.
        language: The code of the language of the saved pages; None for the one that each declares.

    Raises:
        UsageError: A file is missing or wrong.
        FindingError: A page has no figures; why is printed.
    """
    from harness import console
    from harness.figures.addresses import refuse_address
    from harness.figures.naming import with_targets
    from harness.figures.reading import read_pages

    titles = {name: target.title for name, target in targets.items()}
    sets: list[FigureSet] = []
    for path in paths:
        refuse_address(path)
        if path.suffix.lower() in _PAGES:
            sets.append(_figures_of_page(path, targets, language))
            continue
        pages = [with_targets(figures, titles) for figures in read_pages(path)]
        sets += pages
        for line in unknown_targets(path, [figure for one in pages for figure in one.figures], targets):
            console.tell(f"warning: {line}")
    return tuple(sets)


def _figures_of_page(path: Path, targets: Mapping[str, Target], language: str | None) -> FigureSet:
    """Return the figures of a saved page, and say how many of its numbers could not be placed."""
    from harness import console
    from harness.figures.importing import figures_file, import_page, no_figure, reason_lines, what_helps
    from harness.figures.importing.numerals import require_language
    from harness.units import counted

    titles = {name: target.title for name, target in targets.items()}
    imported = figures_file(import_page(path, titles, require_language(language)))
    if not imported.figures.figures:
        console.tell("\n".join([f"{path}: no figure could be placed:", *reason_lines(imported)]))
        raise no_figure(imported)
    if imported.unplaced:
        number = len(imported.unplaced)
        more = f"`harness import {path}` lists {'them' if number > 1 else 'it'}"
        console.tell(
            f"{path}: {counted(number, 'number')} could not be placed: {more}. {what_helps(imported)}".rstrip()
        )
    return imported.figures


def unknown_targets(path: Path, figures: Iterable[Figure], targets: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each misspelt target of a figures file, and one for all other unknown ones."""
    from harness.metrics.words import enumeration

    names = (name for figure in figures for name in (figure.target, figure.of) if name)
    unknown = {name: near(name, targets, _NEAR_A_TARGET) for name in dict.fromkeys(names) if name not in targets}
    for name, meant in unknown.items():
        if meant:
            yield f"{path} has figures of {name!r}, but there is no such target. Did you mean {meant!r}?"
    others = [name for name, meant in unknown.items() if not meant]
    if others:
        from harness.figures.importing.subjects import slug

        new = f"{slug(others[0]).removesuffix('_app') or 'my'}_app"
        yield (
            f"{path} has figures of {enumeration([repr(name) for name in others])}, but there is no such target, so "
            f"no run measures them. Add it (`harness init target {new}`), or write in `target` which of these it is: "
            f"{', '.join(targets)}."
        )
