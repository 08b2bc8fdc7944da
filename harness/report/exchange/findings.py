"""Published figures as the findings of a check: what passes, what fails, and where each one stands.

A figure fails if it is refuted, not reproduced or contradicted; it is skipped if the run can't decide it. A run that is
not complete fails as well: its numbers are not a measurement of all that was planned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from harness.foreign_text import one_line, printable
from harness.model import RunStatus, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.figures.published import Contradiction, FigureSet, JudgedFigures, Judgement
    from harness.report.material import Material


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
    """One published figure, contradiction or failure of a target.

    Attributes:
        rule: The verdict, the rule of a contradiction, or `failed`: what a program groups by.
        group: The page, or the run.
        name: The figure's label with its printed text, or the target.
        text: The reason in words.
        file: Its figures file, relative to the working directory if it is below it; None for a failure of a target.
        line, column: Its place in the file, both from 1; None where it is not known.
        key: The id of the figure, or of the first one of a contradiction; two figures may have the same name.
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

    @property
    def failed(self) -> bool:
        """Whether a job of CI should report it."""
        return self.outcome is Outcome.FAILED


def findings(material: Material) -> tuple[Finding, ...]:
    """Return the failures of the run, then the figures and contradictions of each page, in their order.

    Their texts are printable: no format has to escape control characters.
    """
    found = (
        *_of_run(material),
        *(one for judged in material.every_judged for one in _of_page(material, judged.source, judged)),
    )
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
