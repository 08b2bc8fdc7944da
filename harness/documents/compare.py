"""`harness.compare/1`: comparison of two runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from harness.model import (
    BetweenRuns,
    ChangeKind,
    Conclusion,
    ConclusionKind,
    Difference,
    EnvironmentDifference,
    Outcome,
    RunsCompared,
    Said,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """Environment key with different values in two runs; null for a missing key."""

    key: str
    a: Any
    b: Any

    @classmethod
    def of(cls, difference: EnvironmentDifference) -> "DifferenceRow":
        """Return the row of a difference."""
        return cls(key=difference.key, a=difference.a, b=difference.b)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """Change of a metric from one run to another: of a target's number, or of its ratio to another target of the run.

    `over` is that other target; null for an absolute change. `called` is false for an absolute change of which the
    spread between runs is not known: its verdict is inconclusive. `between` is tau, the standard deviation between runs
    as a share; null if it is not known or not used. `p` is Welch's p or that of the spread, whichever is larger.
    `p_holm` is the same, adjusted for the number of headline comparisons; null if the metric is not a headline.
    """

    kind: ChangeKind
    metric: str
    scenario: str | None
    subject: str
    reference: str
    target: str
    over: str | None
    ratio: float
    low: float
    high: float
    p: float
    p_holm: float | None
    verdict: Difference
    called: bool
    between: float | None
    warnings: list[str]

    @classmethod
    def of(cls, change: BetweenRuns) -> "ChangeRow":
        """Return the row of a change."""
        return cls(
            kind=change.kind,
            metric=change.metric,
            scenario=change.scenario,
            subject=change.subject,
            reference=change.reference,
            target=str(change.of),
            over=None if change.over is None else str(change.over),
            ratio=change.ratio,
            low=change.low,
            high=change.high,
            p=change.p,
            p_holm=change.p_holm,
            verdict=change.verdict,
            called=change.is_called,
            between=change.between,
            warnings=list(change.warnings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRunRow:
    """Stored run that shows the spread between runs: its id and its start."""

    id: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRow:
    """Stored runs of this machine that show the spread between runs, and the number of them that is needed."""

    needed: int
    runs: list[SpreadRunRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRow:
    """Statement of one run: in words, and its numbers. A ranking has no verdict; only a comparison has a ratio."""

    text: str
    verdict: str | None
    ratio: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, said: Said) -> "SaidRow":
        """Return the row of a statement."""
        return cls(text=said.text, verdict=said.verdict, ratio=said.ratio, low=said.low, high=said.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConclusionRow:
    """Conclusion of a, and its outcome in b.

    `said` is the statement of a, `here` that of b; null if b did not measure it. A ranking has no subject. `figure` is
    the id of a figure for a verdict. `reason` explains an outcome that the two statements do not suggest.
    """

    kind: ConclusionKind
    subject: str | None
    reference: str | None
    metric: str | None
    scenario: str | None
    figure: str | None
    said: SaidRow
    here: SaidRow | None
    outcome: Outcome
    reason: str | None

    @classmethod
    def of(cls, conclusion: Conclusion) -> "ConclusionRow":
        """Return the row of a conclusion."""
        return cls(
            kind=conclusion.kind,
            subject=conclusion.subject,
            reference=conclusion.reference,
            metric=conclusion.metric,
            scenario=conclusion.scenario,
            figure=conclusion.figure,
            said=SaidRow.of(conclusion.said),
            here=None if conclusion.here is None else SaidRow.of(conclusion.here),
            outcome=conclusion.outcome,
            reason=conclusion.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareDocument:
    """`harness.compare/1`: output of `compare --json`.

    `a` and `b` are the runs' ids. Ratios are b over a. `gone` lists the targets that only a measured, `new` those that
    only b measured. `conclusions` says of each conclusion of a whether it holds in b. `unlike` lists the differences
    for which absolute numbers can't be compared. `failures` lists the thresholds that do not hold, and of the other
    findings those that `--fail-on` names; with any threshold, a target that is gone is one.
    """

    schema: Literal["harness.compare/1"] = "harness.compare/1"
    a: str
    b: str
    comparisons: list[ChangeRow]
    gone: list[str]
    new: list[str]
    spread: SpreadRow
    differences: list[DifferenceRow]
    conclusions: list[ConclusionRow]
    unlike: list[DifferenceRow]
    failures: list[str]


def compare_document(
    compared: RunsCompared,
    differences: Iterable[EnvironmentDifference],
    failures: Iterable[str],
    conclusions: Iterable[Conclusion] = (),
    unlike: Iterable[EnvironmentDifference] = (),
) -> CompareDocument:
    """Build the document that compares two runs."""
    return CompareDocument(
        a=compared.a,
        b=compared.b,
        comparisons=[ChangeRow.of(one) for one in compared.comparisons],
        gone=list(map(str, compared.gone)),
        new=list(map(str, compared.new)),
        spread=SpreadRow(
            needed=compared.needed_runs,
            runs=[SpreadRunRow(id=one.id, started_at=one.started_at) for one in compared.spread_runs],
        ),
        differences=[DifferenceRow.of(one) for one in differences],
        conclusions=[ConclusionRow.of(one) for one in conclusions],
        unlike=[DifferenceRow.of(one) for one in unlike],
        failures=list(failures),
    )
