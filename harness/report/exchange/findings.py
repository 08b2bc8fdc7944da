"""Published figures as the findings of a check: what passes, what fails, and where each one stands.

A figure fails if it is refuted, not reproduced or contradicted; it is skipped if the run can't decide it. A run that is
not complete fails as well: its numbers are not a measurement of all that was planned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from harness.analysis.threshold_cases import CaseOutcome, cases_within
from harness.foreign_text import one_line, printable
from harness.model import RunStatus, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.analysis.threshold_cases import ThresholdCase
    from harness.figures.published import Contradiction, FigureSet, JudgedFigures, Judgement
    from harness.model import Target
    from harness.report.material import Material


_MANIFEST = "target.toml"


class Outcome(StrEnum):
    """What a finding means for a job of CI."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


_OUTCOMES = {
    Verdict.CONFIRMED: Outcome.PASSED,
    Verdict.REFUTED: Outcome.FAILED,
    Verdict.NOT_REPRODUCED: Outcome.FAILED,
    Verdict.CONTRADICTED: Outcome.FAILED,
    Verdict.INCONCLUSIVE: Outcome.SKIPPED,
    Verdict.NOT_COMPARABLE: Outcome.SKIPPED,
    Verdict.NOT_MEASURED: Outcome.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One published figure, contradiction, threshold of a target or failure of a target.

    Attributes:
        rule: The verdict, the rule of a contradiction, the outcome of a threshold, or `failed`: what a program groups
            by.
        group: The page, or the run.
        name: The figure's label with its printed text, the threshold and its target, or the target.
        text: The reason in words.
        file: Its figures file, or the manifest of a threshold's target; relative to the working directory if it is
            below it. None for a failure of a target.
        line, column: Its place in the file, both from 1; None where it is not known.
        key: The id of the figure, or of the first one of a contradiction; two figures may have the same name.
        is_gate: Whether it is a threshold, which fails the command that judges it.
    """

    outcome: Outcome
    rule: str
    group: str
    name: str
    text: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str = ""
    is_gate: bool = False

    @property
    def failed(self) -> bool:
        """Whether a job of CI should report it."""
        return self.outcome is Outcome.FAILED


def findings(material: Material) -> tuple[Finding, ...]:
    """Return the failures of the run, its thresholds, then the figures and contradictions of each page, in their order.

    Their texts are printable: no format has to escape control characters.
    """
    return _printable(
        (
            *_of_run(material),
            *_of_thresholds(material),
            *(one for judged in material.every_judged for one in _of_page(material, judged.source, judged)),
        )
    )


def of_cases(cases: Iterable[ThresholdCase], group: str, targets: Mapping[str, Target]) -> tuple[Finding, ...]:
    """Return the cases of thresholds as findings.

    Args:
        cases: The cases.
        group: What they judge: the run, or both runs.
        targets: The project's targets by name; a finding of another target has no file.
    """
    return _printable(_of_case(one, group, targets) for one in cases)


def _of_case(case: ThresholdCase, group: str, targets: Mapping[str, Target]) -> Finding:
    target = targets.get(case.subject.target) if case.subject else None
    outcome = Outcome.FAILED if case.fails else Outcome.PASSED
    return Finding(
        outcome if case.fails or case.outcome is CaseOutcome.HOLDS else Outcome.SKIPPED,
        f"threshold_{case.outcome}",
        group,
        f"{case.threshold}, {case.subject}" if case.subject else case.threshold,
        case.reason,
        _relative(target.folder / _MANIFEST) if target else None,
        is_gate=True,
    )


def _of_thresholds(material: Material) -> tuple[Finding, ...]:
    cases = cases_within(material.summary)
    return of_cases(cases, f"{material.summary.run.id}, thresholds", material.targets)


def _printable(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        replace(one, group=one_line(one.group), name=one_line(one.name), text=printable(one.text)) for one in found
    )


def _of_run(material: Material) -> Iterator[Finding]:
    run = material.summary.run
    if run.status is not RunStatus.COMPLETE:
        yield Finding(Outcome.FAILED, "incomplete", run.id, "the run", f"The run is {run.status.value}.")
    for failure in run.failures:
        yield Finding(
            Outcome.FAILED, "failed", run.id, str(failure.subject), f"{failure.stage.value}: {failure.message}"
        )


def _of_page(material: Material, source: FigureSet, judged: JudgedFigures) -> Iterator[Finding]:
    file = _relative(source.path)
    for one in judged.judgements:
        yield _of_figure(one, material.title_of(one.figure.target), source, file)
    for contradiction in judged.contradictions:
        yield _of_contradiction(contradiction, source, file)


def _of_figure(judgement: Judgement, target: str, source: FigureSet, file: str) -> Finding:
    figure = judgement.figure
    line, column = figure.place or (None, None)
    return Finding(
        _OUTCOMES[judgement.verdict],
        judgement.verdict.value,
        source.title,
        f"{target}, {figure.label}: {figure.printed}",
        judgement.reason,
        file,
        line,
        column,
        figure.id,
    )


def _of_contradiction(contradiction: Contradiction, source: FigureSet, file: str) -> Finding:
    printed = " / ".join(figure.printed for figure in contradiction.figures)
    first, *_ = contradiction.figures
    line, column = first.place or (None, None)
    rule = f"contradiction.{contradiction.rule.value}"
    message = contradiction.message
    return Finding(Outcome.FAILED, rule, source.title, printed, message, file, line, column, first.id)


def _relative(path: Path) -> str:
    here = Path.cwd()
    return (path.resolve().relative_to(here) if path.resolve().is_relative_to(here) else path).as_posix()
