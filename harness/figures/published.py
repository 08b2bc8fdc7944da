"""The data types of published figures and of their judgements.

A figure has its text exactly as printed, and the metric of this harness that can decide it. These types must not know
any run. `reading` reads figures from figures/*.toml, `judge` compares them with a run, `consistency` with each other.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.figures.conditions import Conditions, understand

if TYPE_CHECKING:
    from pathlib import Path

    from harness.figures.lines import Position
    from harness.figures.online.facts import Answer, Fact
    from harness.figures.printed import PrintedUnit
    from harness.model import Subject, Verdict
    from harness.units import Unit

# Where the words before a number in a sentence begin to be about something else.
_EDGE = re.compile(r"[.,;:!?()\u2013\u2014]+\s")


def label_in_words(label: str, printed: str) -> str:
    """Return a label; of a number in a sentence, whose label is the words before it, these words with the number."""
    if not label.startswith("["):
        return label
    words, before = printed.split(), _EDGE.split(f"{label.strip('[]')} ")[-1].split()
    before = [] if label == "[text]" else before
    shared = next((count for count in range(len(words), 0, -1) if before[-count:] == words[:count]), 0)
    return f"'{' '.join((*before[: len(before) - shared], *words))}'"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number.

    Attributes:
        id: Unique in its file: `key_facts.flask.startup_time`.
        label: Its label in the source: `Startup Time (milliseconds)`.
        printed: The cell or phrase exactly as printed: `~2,500 req/sec`.
        section: The section of the page: `Key Facts & Figures`, `Pros & Cons`...
        target: The target that it describes.
        metric: The metric that can decide it, or a wildcard such as `memory.*`; None if the harness has no such metric.
        unit: The printed unit.
        low, high: The printed value, or the ends of the printed range, in base units. They are equal for a single
            value, and one is infinite for a bound (`12+`, `< 5,000`).
        rounding: The largest distance of the true value from `low` and `high` by rounding, in base units.
        tolerance: The printed tolerance (`~`) on each side, in base units; 0 without one.
        of: The denominator's target of a ratio; None for a figure that is not a ratio.
        quantity: The counted thing; figures of one target and one quantity must agree. None if no other figure has it.
        conditions: The conditions that the source states, in its words; empty if it states none.
        states: The claimed answer on an attribute: `by extension`. Such a figure has no number, so `low` and `high` are
            NaN, and its metric is `attribute.<name>`. None for a figure with a number.
        place: The line and the column of its file at which it stands, both from 1; None where they are not known.
        online: The online fact that decides it, in place of a metric; None for any other figure.
    """

    id: str
    label: str
    printed: str
    section: str
    target: str
    metric: str | None
    unit: PrintedUnit
    low: float
    high: float
    rounding: float
    of: str | None = None
    quantity: str | None = None
    conditions: tuple[str, ...] = ()
    states: str | None = None
    tolerance: float = 0.0
    place: Position | None = field(default=None, compare=False)
    online: Fact | None = None

    def __post_init__(self) -> None:
        if self.states is not None:
            return
        if not self.low <= self.high or self.rounding < 0 or not math.isfinite(self.nominal):
            raise ValueError(f"{self.id}: {self.low} to {self.high}, rounding {self.rounding}")

    @property
    def line(self) -> int | None:
        """The line of its file on which it stands, from 1; None where it is not known."""
        return self.place[0] if self.place else None

    @property
    def what(self) -> str:
        """What it counts, in the page's words: its quantity, else its label; of a sentence, the number in its words."""
        return self.quantity or label_in_words(self.label, self.printed)

    @property
    def stated(self) -> Conditions:
        """The conditions as fields."""
        return understand(self.conditions)

    @property
    def claim(self) -> tuple[float, float]:
        """The interval that the source claims: the printed number or range, widened by its rounding or tolerance."""
        margin = max(self.rounding, self.tolerance)
        return self.low - margin, self.high + margin

    @property
    def nominal(self) -> float:
        """The number that stands for the figure in a ratio: the value, the middle of a range, or the bound."""
        if math.isinf(self.low) or math.isinf(self.high):
            return self.high if math.isinf(self.low) else self.low
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class FigureSet:
    """All figures of one source.

    Attributes:
        title: The page's title.
        source: The publisher in words, or a link.
        date: The date that the page states: `Jun 2026`.
    """

    title: str
    source: str
    date: str
    path: Path
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A measured number that a figure is compared with: a result, or for a ratio a comparison.

    Attributes:
        reference: The denominator of a ratio; None for a result.
        at_least, at_most: The limits of the true value, if generator or round trip was the limit: the true value may
            lie beyond the interval, up to there. None for a side on which the interval ends the number.
        second: The interval that must not contradict the first one on a disturbed machine: that of the undisturbed
            trials, or one widened by the noise. None on a calm machine.
        is_doubtful: Whether the disturbance leaves the number undecided, so that it confirms nothing.
        is_calm: Whether `second` comes from undisturbed trials.
        who: Its subjects in words, with the titles of their targets; empty for their ids, if no titles are given.
    """

    subject: Subject
    reference: Subject | None
    scenario: str | None
    metric: str
    unit: Unit
    estimate: float
    low: float
    high: float
    at_least: float | None = None
    at_most: float | None = None
    second: tuple[float, float] | None = None
    is_doubtful: bool = False
    is_calm: bool = True
    who: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of a run on one figure, with its reason.

    Attributes:
        evidence: The measured numbers, nearest to the printed one first; empty if nothing was measured.
        decisive: The number of the evidence that meets the figure and that the reason names; None without one.
        answers: The answers of online services that decided it: one, or those of target and denominator.
        in_short: The reason in at most twelve words, without its numbers; empty if `reason` is as short.
    """

    figure: Figure
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()
    answers: tuple[Answer, ...] = ()
    in_short: str = field(default="", compare=False)
    decisive: Evidence | None = None

    @property
    def measured(self) -> Evidence | None:
        """The measured number that meets the figure and decides, else the nearest one; None without evidence."""
        return self.decisive or (self.evidence[0] if self.evidence else None)

    @property
    def ratio(self) -> float | None:
        """Published over measured: the figure's nominal number over the measured one; None without evidence."""
        return self.figure.nominal / self.measured.estimate if self.measured and self.measured.estimate else None


class Rule(StrEnum):
    """The reason why figures of one source can't all hold, by the rules of `harness.figures.consistency`."""

    ONE_QUANTITY = "one_quantity"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    IN_FLIGHT = "in_flight"
    PARTS = "parts"
    UNIT = "unit"

    @property
    def sentence(self) -> str:
        """The rule in words, as the documents print it."""
        return _SENTENCES[self]


_SENTENCES = {
    Rule.ONE_QUANTITY: "Two numbers of one target, quantity and set of conditions have no value in common.",
    Rule.DIFFERENCE: "A ratio or difference is not that of the two numbers in its own row.",
    Rule.RATIO: "A ratio is impossible for the numbers that the page prints elsewhere for the same two targets.",
    Rule.IN_FLIGHT: "Rate times latency of one row need more requests in flight than the row has connections.",
    Rule.PARTS: "Parts add up to more than their whole, or a share exceeds 100 %.",
    Rule.UNIT: "A number has a unit of another kind than its quantity.",
}


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Figures of one source that can't all hold.

    Attributes:
        in_short: The printed numbers of one quantity in a short sentence without its full stop; empty for other rules.
    """

    rule: Rule
    message: str
    figures: tuple[Figure, ...]
    in_short: str = ""


@dataclass(frozen=True, slots=True)
class JudgedFigures:
    """The figures of one source, with their judgements by a run and their contradictions.

    Attributes:
        judgements: One for each figure, in the order of the source.
        contradictions: The figures of the source that can't all hold.
    """

    source: FigureSet
    judgements: tuple[Judgement, ...]
    contradictions: tuple[Contradiction, ...]
