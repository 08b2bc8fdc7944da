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
    """Environment key with different values in two runs.

    Attributes:
        key: The key, with dots: `machine.kernel`.
        a, b: The value of each run; null for a missing key.
    """

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

    Attributes:
        kind: Whether it is an absolute change or that of a ratio.
        metric: Its name; GLOSSARY.md has the definition.
        scenario: Null for a number that is of no scenario.
        subject, reference: Run and target of the numerator, which is of b, and of the denominator.
        target: The target with its variant.
        over: The other target of a ratio; null for an absolute change.
        ratio, low, high: b over a, and the ends of its interval.
        p: Welch's p or that of the spread between runs, whichever is larger.
        p_holm: The same, adjusted for the number of headline comparisons; null if the metric is not a headline.
        verdict: What may be said of the ratio.
        called: False for an absolute change of which the spread between runs is not known: its verdict is inconclusive.
        between: Tau, the standard deviation between runs as a share; null if it is not known or not used.
        warnings: What must be said beside the ratio.
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
    """Stored run that shows the spread between runs: its id and its start.

    Attributes:
        id: Its id.
        started_at: Its start, ISO 8601 in UTC.
    """

    id: str
    started_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadRow:
    """Stored runs of this machine that show the spread between runs.

    Attributes:
        needed: The number of them that is needed.
        runs: Those that there are.
    """

    needed: int
    runs: list[SpreadRunRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidRow:
    """Statement of one run.

    Attributes:
        text: The statement in words.
        verdict: The verdict of a comparison or on a figure; null for a ranking.
        ratio, low, high: The ratio of a comparison, and the ends of its interval; null for any other statement.
    """

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

    Attributes:
        kind: Whether it is a comparison, a ranking or a verdict.
        subject, reference: The two sides of a comparison; null for any other conclusion.
        metric: The metric of a comparison or a ranking; null for a verdict.
        scenario: Null for a number that is of no scenario.
        figure: The id of the figure of a verdict; null for any other conclusion.
        said: The statement of a.
        here: The statement of b; null if b did not measure it.
        outcome: Whether it holds in b.
        reason: What explains an outcome that the two statements do not suggest; null otherwise.
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
    """`harness.compare/1`: output of `compare --json`. Ratios are b over a.

    Attributes:
        a, b: The ids of the runs.
        comparisons: All changes, a row each.
        gone: The targets that only a measured.
        new: The targets that only b measured.
        spread: The runs that show how much runs of this machine differ.
        differences: The differences of the environments.
        conclusions: Each conclusion of a, and whether it holds in b.
        unlike: The differences for which absolute numbers can't be compared.
        failures: The thresholds that do not hold, and with thresholds also the targets that are gone.
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
