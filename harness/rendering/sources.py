"""The stored runs that feed documents, each with the published figures of its targets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.analysis.summary import summarise_each
from harness.analysis.threshold_cases import threshold_rows
from harness.documents import as_json, run_document
from harness.errors import UsageError
from harness.figures.judge import judge
from harness.project import existing_comparisons, has_own_page, open_store, pairs_for, read_figure_sets, targets_of_run
from harness.report import Material, PairPage
from harness.store import REFERENCE, ignore_warning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from harness.figures.published import FigureSet
    from harness.model import Project, Run, StoredRun, Target
    from harness.store import RunFolder


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """A published comparison with a page of its own: its name, its targets and its figures."""

    name: str
    targets: tuple[str, ...]
    figures: tuple[FigureSet, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The published figures of a report: those of the page of all targets, and the comparisons with their own pages."""

    whole: tuple[FigureSet, ...] = ()
    pages: tuple[PublishedPage, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A stored run; its name is that of its folder."""

    folder: RunFolder
    material: Material

    @property
    def name(self) -> str:
        """The name of the run's folder, by which commands find the run."""
        return self.folder.path.name


@dataclass(frozen=True, slots=True)
class Sources:
    """The stored runs of a project; each is read once.

    Attributes:
        default: The run of a document that names none.
    """

    project: Project
    default: str = REFERENCE
    _read: dict[str, Source] = field(default_factory=dict)

    def named(self, name: str | None) -> Source:
        """Return a run by name or id, or the default one.

        Raises:
            UsageError: There is no such run, or one of its files is wrong.
        """
        word = name or self.default
        if word not in self._read:
            store = open_store(self.project)
            folder, stored = store.load(word)
            targets = targets_of_run(self.project, stored.run)
            stored = with_signals(folder, stored, store.warn)
            published = published_of(self.project, stored.run, targets)
            self._read[word] = Source(folder, material_of(stored, targets, published))
        return self._read[word]


def published_of(
    project: Project, run: Run, targets: Mapping[str, Target], named: Iterable[Path] | None = None
) -> Published:
    """Return the published figures of a run's report.

    Args:
        project: The project of the run.
        run: The run.
        targets: The targets of the project, by name.
        named: Figures files in place of the project's; all of them are for the page of all targets.
    """
    if named:
        return Published(read_figure_sets(named, targets))
    comparisons = list(existing_comparisons(project, run))
    own = [(one, path) for one, path in comparisons if has_own_page(one, run, targets)]
    whole = [path for one, path in comparisons if (one, path) not in own]
    pages = (PublishedPage(one.name, one.targets, read_figure_sets([path], targets)) for one, path in own)
    return Published(read_figure_sets(whole, targets), tuple(pages))


def published_in(material: Material) -> Published:
    """Return the published figures of a report by its inputs."""
    pages = (
        PublishedPage(page.name, page.material.focus, tuple(judged.source for judged in page.material.judged))
        for page in material.pages
    )
    return Published(tuple(judged.source for judged in material.judged), tuple(pages))


def targets_of(run: Run, targets: Mapping[str, Target], published: Published) -> dict[str, Target]:
    """Return the targets that a report is about: those of the run, and those that its figures name.

    A page carries only these, so that it does not change with the manifest of another target.
    """
    figures = (one for of_page in (published.whole, *(page.figures for page in published.pages)) for one in of_page)
    named = {name for one in figures for figure in one.figures for name in (figure.target, figure.of)}
    named |= {subject.target.partition("@")[0] for subject in run.plan.all_subjects}
    return {name: target for name, target in targets.items() if name in named}


def with_signals(folder: RunFolder, stored: StoredRun, say: Callable[[str], None] = ignore_warning) -> StoredRun:
    """Return a run of a folder with the machine's signals, which a report reads; `say` as for `signals_of`."""
    return replace(stored, signals=signals_of(folder, say))


def signals_of(folder: RunFolder, say: Callable[[str], None] = ignore_warning) -> tuple[Mapping[str, Any], ...]:
    """Return the stored signals of the machine; empty if they can't be read, because no result depends on them.

    Args:
        folder: The folder of the run.
        say: Gets a message if signals are damaged or can't be read.
    """
    try:
        return folder.signals(say)
    except UsageError as error:
        say(f"{error.what} ({error.where}): {error.cause}; it is reported without the machine's signals")
        return ()


def material_of(
    stored: StoredRun,
    targets: Mapping[str, Target],
    published: Published,
    core_hour: float | None = None,
) -> Material:
    """Return the inputs of a report.

    Args:
        stored: The run.
        targets: The targets of the project, by name.
        published: The published figures of the report.
        core_hour: The price of a CPU core for an hour; None without one.
    """
    plan = stored.run.plan
    targets = targets_of(stored.run, targets, published)
    views = [pairs_for(plan, published.whole), *(plan.pairs_of(page.targets) for page in published.pages)]
    summary, *of_pages = summarise_each(stored, views)
    document = as_json(run_document(summary, core_hour, threshold_rows(summary)))
    pages = []
    for page, of_page in zip(published.pages, of_pages, strict=True):
        judged = tuple(judge(one, of_page, targets) for one in page.figures)
        of_pair = Material(of_page, stored, targets, document, judged, focus=page.targets, core_hour=core_hour)
        pages.append(PairPage(page.name, of_pair))
    judged = tuple(judge(one, summary, targets) for one in published.whole)
    return Material(summary, stored, targets, document, judged, pages=tuple(pages), core_hour=core_hour)
