"""The inputs of a report, with the look-ups that all views share.

The look-ups return the contestants, the names of targets and subjects, and the result or comparison of a cell. This
module must not know wording, markup or files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import permutations
from typing import TYPE_CHECKING, Any

from harness.model import LEAST_RANKED, title_of
from harness.report.doubts import doubts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.figures.published import Figure, FigureSet, JudgedFigures
    from harness.model import Comparison, Plan, Ranking, Result, StoredRun, Subject, Summary, Target, Trial, Variant
    from harness.report.doubts import Doubt

Pair = tuple["Subject", "Subject"]
_Cell = tuple[str, str | None, "Subject"]
_PairCell = tuple[str, str | None, "Subject", "Subject"]


class Format(StrEnum):
    """A file format of a report."""

    HTML = "html"
    MARKDOWN = "md"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    SVG = "svg"
    JUNIT = "junit"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    ACTION_BENCHMARK = "github-action-benchmark"
    BENCHER = "bencher"
    OPENMETRICS = "openmetrics"
    BADGE = "badge"


@dataclass(frozen=True, slots=True)
class PairPage:
    """A page of its own, of some targets of a run.

    Attributes:
        name: The name of the published comparison, and of the page's folder.
        material: The inputs of the page.
    """

    name: str
    material: Material


@dataclass(frozen=True, slots=True)
class Material:
    """The inputs of a report.

    Attributes:
        targets: By name; the name replaces the title of a target that is missing here.
        document: The JSON document of the run, written unchanged.
        judged: Published figures with their verdicts, one item for each source; empty for a report without figures.
        focus: The names of the only targets of the page, which are not all of the run; empty for all of them.
        pages: The pages of the published comparisons, of a run that has more targets than each of them.
        core_hour: The price of a CPU core for an hour, which the reader gave; None without one.
        doubts: The reasons why the run ranks no target, each with its sentence; empty for a sound run.
        contestants: The subjects of the plan, in its order, without the null target unless it is the only one.
        pairs: The pairs (subject, reference) of contestants that the run compares, in the order of the comparisons.
    """

    summary: Summary
    stored: StoredRun
    targets: Mapping[str, Target]
    document: Mapping[str, Any]
    judged: tuple[JudgedFigures, ...] = ()
    focus: tuple[str, ...] = ()
    pages: tuple[PairPage, ...] = ()
    core_hour: float | None = None
    doubts: Mapping[Doubt, str] = field(init=False)
    contestants: tuple[Subject, ...] = field(init=False)
    pairs: tuple[Pair, ...] = field(init=False)
    _results: Mapping[_Cell, Result] = field(init=False, repr=False, compare=False)
    _compared: Mapping[_PairCell, Comparison] = field(init=False, repr=False, compare=False)
    _compared_in_ranks: Mapping[_PairCell, Comparison] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # a page asks for thousands of cells, so what they are found by is made once
        object.__setattr__(self, "doubts", doubts_of(self.stored))
        object.__setattr__(self, "contestants", self._found_contestants())
        object.__setattr__(self, "pairs", self._found_pairs())
        object.__setattr__(self, "_results", {(r.metric, r.scenario, r.subject): r for r in self.summary.results})
        object.__setattr__(self, "_compared", _by_cell(self.summary.comparisons))
        object.__setattr__(self, "_compared_in_ranks", _by_cell(self.summary.among_others))

    @property
    def plan(self) -> Plan:
        """The plan of the run."""
        return self.summary.run.plan

    def _found_contestants(self) -> tuple[Subject, ...]:
        subjects = tuple(one for one in self.plan.subjects if not self.focus or one.target in self.focus)
        return tuple(subject for subject in subjects if not self.is_null(subject.target)) or subjects

    @property
    def ceiling(self) -> Subject | None:
        """The null target's subject, whose throughput is the machine's ceiling; None for a run without it."""
        spare = (one for one in self.plan.subjects if self.is_null(one.target) and one not in self.contestants)
        return self.plan.ceiling or next(spare, None)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios of the run, in the order of its plan."""
        return self.plan.scenarios

    @property
    def headline(self) -> str | None:
        """The headline scenario; None for a run without scenarios, or with paced ones only."""
        return self.plan.headline

    @property
    def confidence(self) -> float | None:
        """The confidence level of the intervals, 0 to 1; None without an interval: all numbers are exact or absent."""
        numbers = (result for result in self.summary.results if result.estimate is not None)
        return max((result.confidence for result in numbers if result.confidence < 1), default=None)

    def _found_pairs(self) -> tuple[Pair, ...]:
        pairs = {(c.subject, c.reference): None for c in self.summary.comparisons}
        return tuple(pair for pair in pairs if set(pair) <= set(self.contestants))

    @property
    def rankings(self) -> tuple[Ranking, ...]:
        """The rankings of a page of more than two targets; none on other pages, where the comparison says as much.

        A build of another revision is no target of its own.
        """
        targets = {subject.target for subject in self.contestants} - {one.target for one in self.plan.older.values()}
        is_ranked = len(targets) > LEAST_RANKED and not self.focus and not self.doubts
        return self.summary.rankings if is_ranked else ()

    @property
    def every_judged(self) -> tuple[JudgedFigures, ...]:
        """The published figures of this page, and of the pages of the published comparisons."""
        return (*self.judged, *(judged for page in self.pages for judged in page.material.judged))

    def is_shown(self, target: str) -> bool:
        """Return whether the page is about a target; pages without a focus are about all of the run."""
        return not self.focus or target in self.focus

    def is_null(self, target: str) -> bool:
        """Return whether a target is the null target."""
        return target in self.targets and self.targets[target].is_null

    @property
    def sound_trials(self) -> tuple[Trial, ...]:
        """The trials without a failure; only these give numbers."""
        return tuple(trial for trial in self.stored.trials if trial.failure is None)

    @property
    def blocks(self) -> int:
        """The number of blocks in which at least one contestant completed its trial."""
        return len({trial.block for trial in self.sound_trials if trial.subject in self.contestants})

    def place_of(self, figure: Figure, source: FigureSet) -> str:
        """Return the section that prints a figure, with the source's title if there are several sources."""
        return figure.section if len(self.judged) == 1 else f"{figure.section}, {source.title}"

    def title_of(self, target: str) -> str:
        """Return the title of a target; of one that is built from a revision `Flask at 0123abc`."""
        return title_of(target, self.targets)

    def name_of(self, subject: Subject) -> str:
        """Return the name of a subject: the target's title, with the variant if the run has several of the target.

        Its own number of CPUs follows if it has one.
        """
        title = self.title_of(subject.target)
        variants = {other.variant for other in self.contestants if other.target == subject.target}
        return f"{title} {subject.variant}{subject.on_cpus}" if len(variants) > 1 else f"{title}{subject.on_cpus}"

    def variant_of(self, subject: Subject) -> Variant | None:
        """Return the variant of a subject; None if its manifest no longer has it."""
        target = self.targets.get(subject.target)
        return next((v for v in target.variants if v.name == subject.variant), None) if target else None

    def result(self, metric: str, scenario: str | None, subject: Subject) -> Result | None:
        """Return the result of a cell; None if the run has no row for it."""
        return self._results.get((metric, scenario, subject))

    def comparison(self, metric: str, scenario: str | None, pair: Pair) -> Comparison | None:
        """Return the comparison of a cell; None if the run does not compare this pair."""
        return self._compared.get((metric, scenario, *pair))

    def comparison_of_any(self, metric: str, scenario: str | None, pair: tuple[Subject, ...]) -> Comparison | None:
        """Return the comparison of two contestants in either direction, also one that only the rankings use."""
        for one, other in permutations(pair, 2):
            found = self.comparison(metric, scenario, (one, other))
            found = found or self._compared_in_ranks.get((metric, scenario, one, other))
            if found is not None:
                return found
        return None

    def contested_results(self) -> Iterator[Result]:
        """Yield every result of a contestant."""
        return (result for result in self.summary.results if result.subject in self.contestants)


def _by_cell(comparisons: Iterable[Comparison]) -> dict[_PairCell, Comparison]:
    return {(one.metric, one.scenario, one.subject, one.reference): one for one in comparisons}
