"""What a report is made of, and who is who in it.

It owns the look-ups that every view shares: which subjects compete, what they are called, which result or comparison
belongs to a cell. It knows nothing of wording, markup or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.figures.published import Figure, FigureSet, JudgedFigures
    from harness.model import Comparison, Result, StoredRun, Subject, Summary, Target, Trial, Variant

Pair = tuple["Subject", "Subject"]


class Format(StrEnum):
    """A form in which a report is written."""

    HTML = "html"
    MARKDOWN = "md"
    JSON = "json"
    CSV = "csv"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a report is rendered from.

    Attributes:
        targets: By name; a target that is missing here is called by its name.
        document: The JSON document of the run, written as it is.
        judged: Published figures with their verdicts, a source each; empty for a report without figures.
    """

    summary: Summary
    stored: StoredRun
    targets: Mapping[str, Target]
    document: Mapping[str, Any]
    judged: tuple[JudgedFigures, ...] = ()

    @property
    def contestants(self) -> tuple[Subject, ...]:
        """The subjects that compete, in the order of the plan: not the null target, unless nobody else does."""
        subjects = self.summary.run.plan.subjects
        return tuple(subject for subject in subjects if not self._is_null(subject)) or subjects

    @property
    def ceiling(self) -> Subject | None:
        """The null target's subject, which shows what the machine itself can do; None where none was driven."""
        plan = self.summary.run.plan
        spare = (subject for subject in plan.subjects if subject not in self.contestants)
        return plan.ceiling or next(spare, None)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios of the run, the headline scenario first."""
        return self.summary.run.plan.scenarios

    @property
    def headline(self) -> str | None:
        """The headline scenario; None for a run without scenarios."""
        return self.scenarios[0] if self.scenarios else None

    @property
    def confidence(self) -> float | None:
        """The level of the intervals, 0 to 1; None where nothing has one. What was read once and exactly has none."""
        return max((result.confidence for result in self.summary.results if result.confidence < 1), default=None)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every (subject, reference) of contestants that the run compares, in the order of the comparisons."""
        found = {(c.subject, c.reference): None for c in self.summary.comparisons}
        return tuple(pair for pair in found if set(pair) <= set(self.contestants))

    @property
    def sound_trials(self) -> tuple[Trial, ...]:
        """The trials that give numbers: those that nothing stopped."""
        return tuple(trial for trial in self.stored.trials if trial.failure is None)

    @property
    def blocks(self) -> int:
        """In how many blocks a contestant's turn came to its end."""
        return len({trial.block for trial in self.sound_trials if trial.subject in self.contestants})

    def place_of(self, figure: Figure, source: FigureSet) -> str:
        """Return where a figure was published: the section, with the source's title where there are several sources."""
        return figure.section if len(self.judged) == 1 else f"{figure.section}, {source.title}"

    def title_of(self, target: str) -> str:
        """Return what people call a target."""
        return self.targets[target].title if target in self.targets else target

    def name_of(self, subject: Subject) -> str:
        """Return what people call a subject: the target's title, with the variant where several of it compete."""
        title = self.title_of(subject.target)
        rivals = {other.variant for other in self.contestants if other.target == subject.target}
        return f"{title} {subject.variant}" if len(rivals) > 1 else title

    def variant_of(self, subject: Subject) -> Variant | None:
        """Return how a subject is served; None where its manifest no longer says."""
        target = self.targets.get(subject.target)
        return next((v for v in target.variants if v.name == subject.variant), None) if target else None

    def result(self, metric: str, scenario: str | None, subject: Subject) -> Result | None:
        """Return the result of a cell; None where the run has no row for it."""
        wanted = (metric, scenario, subject)
        return next((r for r in self.summary.results if (r.metric, r.scenario, r.subject) == wanted), None)

    def comparison(self, metric: str, scenario: str | None, pair: Pair) -> Comparison | None:
        """Return the comparison of a cell; None where the run does not compare these."""
        for found in self.summary.comparisons:
            if (found.metric, found.scenario, (found.subject, found.reference)) == (metric, scenario, pair):
                return found
        return None

    def contested_results(self) -> Iterator[Result]:
        """Yield every result of a contestant."""
        return (result for result in self.summary.results if result.subject in self.contestants)

    def _is_null(self, subject: Subject) -> bool:
        return subject.target in self.targets and self.targets[subject.target].is_null
