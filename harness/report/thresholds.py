"""The thresholds of `--fail-on` in words, with the targets that they judge. This module must not know markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.threshold_cases import CaseOutcome, cases_within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.analysis.threshold_cases import ThresholdCase
    from harness.report.material import Material

_OUTCOMES = {CaseOutcome.FAILED: "does not hold: ", CaseOutcome.NOT_JUDGED: "not judged: "}


@dataclass(frozen=True, slots=True)
class ThresholdSaid:
    """A threshold for a target.

    Attributes:
        name: The threshold as written, and the target: `throughput<-5%, Flask`.
        outcome: Whether it holds, and why.
        fails: Whether it makes the exit code 1.
    """

    name: str
    outcome: str
    fails: bool


def thresholds_said(material: Material) -> tuple[ThresholdSaid, ...]:
    """Return the thresholds that a run was judged by, for each target of the page, those that fail first."""
    cases = sorted(cases_within(material.summary), key=lambda one: not one.fails)
    return tuple(_said(material, one) for one in cases if one.subject is None or material.is_shown(one.subject.target))


def thresholds_sentence(said: Sequence[ThresholdSaid]) -> str:
    """Return how many thresholds fail, and what a failing one does."""
    failing = sum(one.fails for one in said)
    return (
        f"{failing or 'None'} of {len(said)} {'fail' if failing > 1 else 'fails'}. "
        "A threshold that fails makes the exit code of the run 1."
    )


def _said(material: Material, case: ThresholdCase) -> ThresholdSaid:
    name = f"{case.threshold}, {material.name_of(case.subject)}" if case.subject else case.threshold
    outcome = f"{_OUTCOMES.get(case.outcome, '')}{case.reason.removeprefix(f'{case.threshold}: ')}"
    return ThresholdSaid(name, outcome, case.fails)
