"""Data classes of the conclusions of a run, and of whether each holds in another run.

The store resolves the annotations of this room at run time, so no import may stand under `TYPE_CHECKING`.
"""

from dataclasses import dataclass
from enum import StrEnum


class ConclusionKind(StrEnum):
    """Kind of a conclusion: a comparison of two subjects, a ranking of all by one metric, or a verdict on a figure."""

    COMPARISON = "comparison"
    RANK = "rank"
    VERDICT = "verdict"


class Outcome(StrEnum):
    """Outcome of a conclusion of one run in another run.

    `HOLDS_OTHER_SIZE`: the same direction, and the sizes differ. `DIFFERS`: the other run says something else that is
    not the opposite. `NOT_SHOWN`: the other run shows neither the conclusion nor its opposite.
    """

    HOLDS = "holds"
    HOLDS_OTHER_SIZE = "holds_other_size"
    REVERSED = "reversed"
    DIFFERS = "differs"
    NOT_SHOWN = "not_shown"
    NOT_MEASURED = "not_measured"

    @property
    def holds(self) -> bool:
        """Whether the conclusion holds, in any size."""
        return self in {Outcome.HOLDS, Outcome.HOLDS_OTHER_SIZE}


@dataclass(frozen=True, slots=True)
class Said:
    """Statement of one run.

    Attributes:
        text: The statement in words, with its numbers.
        verdict: The verdict of a comparison or on a figure; None for a ranking.
        ratio, low, high: The ratio of a comparison and its interval; None for other kinds.
    """

    text: str
    verdict: str | None = None
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Conclusion of one run, and what another run says.

    Attributes:
        subject: The subject of a comparison, or the target of a figure; None for a ranking.
        reference: What the subject is compared with; None without one.
        figure: The id of the figure of a verdict; None for other kinds.
        said: The statement of the first run.
        here: The statement of the other run; None if it did not measure this.
        reason: Why the outcome is not what the two statements suggest; None otherwise.
    """

    kind: ConclusionKind
    subject: str | None
    reference: str | None
    metric: str | None
    scenario: str | None
    said: Said
    here: Said | None
    outcome: Outcome
    figure: str | None = None
    reason: str | None = None
