"""The stored runs that feed documents, each with the published figures of its targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.analysis.summary import summarise
from harness.documents import as_json, run_document
from harness.figures.judge import judge
from harness.project import existing_figures, open_store, read_figure_sets, read_targets
from harness.report import Material
from harness.store import REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.figures.published import FigureSet
    from harness.model import Project, StoredRun, Target
    from harness.store import RunFolder


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
            targets = read_targets(self.project)
            folder, stored = open_store(self.project).load(word)
            published = read_figure_sets(existing_figures(self.project, stored.run), targets)
            self._read[word] = Source(folder, material_of(stored, targets, published))
        return self._read[word]


def material_of(
    stored: StoredRun, targets: Mapping[str, Target], published: Sequence[FigureSet], carried: str | None = None
) -> Material:
    """Return the inputs of a report; `carried` is the data block of its page."""
    summary = summarise(stored)
    judged = tuple(judge(one, summary, targets) for one in published)
    return Material(summary, stored, targets, as_json(run_document(summary)), judged, carried)
