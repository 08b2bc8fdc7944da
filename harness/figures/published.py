"""Published figures, exactly as printed, read from figures/*.toml."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.model import Result


class Verdict(StrEnum):
    """What a run says of a published figure.

    A figure whose metric depends on conditions (load, variant) and that states none can't be confirmed, only placed:
    it is `refuted` where it lies outside everything measured, and `not_comparable` where some condition gives it.
    """

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    CONTRADICTED = "contradicted"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number.

    Attributes:
        id: Unique in its file: `flask.throughput.key_facts`.
        label: What the source calls it: `Requests Per Second (Throughput)`.
        printed: The cell or phrase exactly as printed: `~2,500 req/sec`.
        section: Where on the page: `key facts`, `full comparison`, `pros and cons`...
        target: The target that it speaks of.
        metric: The metric that would settle it, or a family of them ending in `.*`; None where no metric of ours can.
        unit: The printed unit, in words.
        low, high: The printed value, or the ends of the printed range, in base units; equal for a single value.
        rounding: Half the unit of the last printed digit, in base units; wider where the source says `~`.
        of: The target that a ratio is taken against; None for a figure that is not a ratio.
        conditions: The conditions that the source states; None where it states none.
    """

    id: str
    label: str
    printed: str
    section: str
    target: str
    metric: str | None
    unit: str
    low: float
    high: float
    rounding: float
    of: str | None = None
    conditions: str | None = None


@dataclass(frozen=True, slots=True)
class FigureSet:
    """All figures of one source.

    Attributes:
        title: The page's title.
        source: Who published it, in words; a link where there is one.
        date: As the page states it: `Jun 2026`.
    """

    title: str
    source: str
    date: str
    path: Path
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run says of one figure, and why.

    Attributes:
        evidence: The results that it was held against; empty where nothing measured it.
        ratio: Published over measured, at the middles; None without evidence.
    """

    figure: Figure
    verdict: Verdict
    reason: str
    evidence: tuple[Result, ...] = ()
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Figures of one source that can't all hold."""

    rule: str
    message: str
    figures: tuple[Figure, ...]
