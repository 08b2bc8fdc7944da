"""The weighing of a figure with a number against its evidence.

1. Each number gets a relation to the claim (`Relation`), by its interval and by what disturbed or limited it.
2. The relations of all numbers decide, by the first rule of `rules` that applies.
3. `MB` has two readings, and so has `50 % faster` of a time. The reading with the milder verdict counts.

A claim about a ceiling is about the best number, so that number alone is its evidence: `throughput.peak`, and an upper
bound of a metric that is better if higher.
"""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.figures.directed import ReadAs, readings_of_ratio
from harness.figures.printed import binary_factor
from harness.figures.reasons import (
    claimed,
    distance,
    here,
    named,
    needs,
    span,
    stated_in_words,
    stated_load,
    text,
    views,
)
from harness.figures.rules import RuleName, bound_rule_of, conclude
from harness.metrics.catalogue import THROUGHPUT_PEAK, depends_on_load, more_is_better, parse
from harness.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from harness.figures.published import Evidence, Figure, Judgement
    from harness.model import Summary

_CEILING = THROUGHPUT_PEAK.name()
_MILDEST_FIRST = (
    Verdict.CONFIRMED,
    Verdict.NOT_COMPARABLE,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_REPRODUCED,
    Verdict.REFUTED,
)


class Relation(StrEnum):
    """How a measured number lies to a claim."""

    BELOW = "below"
    ABOVE = "above"
    INSIDE = "inside"
    ROUNDED = "rounded"
    ACROSS = "across"
    DISTURBED = "disturbed"
    LIMITED_NEAR = "limited_near"  # its interval meets the claim, and its true value may not
    LIMITED_BELOW = "limited_below"  # its interval lies below the claim, and its true value may meet it
    LIMITED_ABOVE = "limited_above"  # its interval lies above the claim, and its true value may meet it


_MISSES = frozenset({Relation.BELOW, Relation.ABOVE})
_BELOW = frozenset({Relation.BELOW, Relation.LIMITED_BELOW})
_ABOVE = frozenset({Relation.ABOVE, Relation.LIMITED_ABOVE})
_LIMITED = frozenset({Relation.LIMITED_NEAR, Relation.LIMITED_BELOW, Relation.LIMITED_ABOVE})
_UNDECIDED = _LIMITED | {Relation.DISTURBED}
_GIVES = (Relation.ROUNDED, Relation.INSIDE, Relation.ACROSS, Relation.LIMITED_NEAR)  # the best one first


def weigh(figure: Figure, evidence: Sequence[Evidence], summary: Summary, *, states_load: bool) -> Judgement:
    """Return the judgement of a figure by its evidence, at least one number.

    Args:
        figure: A figure with a number.
        evidence: The numbers that fulfil its conditions.
        summary: The run, for the words about where "here" is.
        states_load: Whether the figure states the load under which it holds.
    """
    judgements = (_weigh_as(one, evidence, summary, states_load=states_load) for one in readings_of(figure))
    return min(judgements, key=lambda judgement: _MILDEST_FIRST.index(judgement.verdict))


def _weigh_as(reading: ReadAs, evidence: Sequence[Evidence], summary: Summary, *, states_load: bool) -> Judgement:
    """Return the judgement of a figure in one reading, with the words of that reading."""
    judgement = _Weighing(reading.figure, evidence, summary, states_load=states_load).judge()
    reason = f"{judgement.reason.removesuffix('.')}, {reading.words}." if reading.words else judgement.reason
    return replace(judgement, figure=reading.shown or reading.figure, reason=reason)


def readings_of(figure: Figure) -> tuple[ReadAs, ...]:
    """Return a figure as it is read: a ratio as target over reference, bytes also with the unit as a power of 2."""
    if figure.of is not None:
        return readings_of_ratio(figure)
    factor = binary_factor(figure.unit)
    if factor is None:
        return (ReadAs(figure),)
    larger = replace(
        figure,
        low=figure.low * factor,
        high=figure.high * factor,
        rounding=figure.rounding * factor,
        tolerance=figure.tolerance * factor,
    )
    return ReadAs(figure), ReadAs(larger, f"with {figure.unit} as a power of 2", shown=figure)


def relation(figure: Figure, piece: Evidence) -> Relation:
    """Return how a number lies to a figure's claim.

    On a disturbed machine the second interval must not contradict the first one: a number that one of them excludes and
    the other does not is DISTURBED.
    """
    first = _compared(figure, piece.estimate, (piece.low, piece.high))
    if piece.second is not None:
        second = _compared(figure, math.nan, piece.second)
        if (first in _MISSES or second in _MISSES) and first is not second:
            return Relation.DISTURBED
        if piece.is_doubtful and first not in _MISSES:
            return Relation.DISTURBED
    below, above = figure.claim
    if first is Relation.BELOW:
        return Relation.LIMITED_BELOW if piece.at_most is not None and piece.at_most >= below else first
    if first is Relation.ABOVE:
        return Relation.LIMITED_ABOVE if piece.at_least is not None and piece.at_least <= above else first
    return first if piece.at_least is piece.at_most is None else Relation.LIMITED_NEAR


def meets(figure: Figure, piece: Evidence) -> bool:
    """Return whether the interval of all trials alone does not exclude a figure's claim."""
    return _compared(figure, piece.estimate, (piece.low, piece.high)) not in _MISSES


def _compared(figure: Figure, estimate: float, interval: tuple[float, float]) -> Relation:
    (low, high), (below, above) = interval, figure.claim
    is_same = figure.low == figure.high and abs(estimate - figure.low) <= figure.rounding * (1 + 1e-9)
    if high < below and not is_same:
        return Relation.BELOW
    if low > above and not is_same:
        return Relation.ABOVE
    if below <= low and high <= above:
        return Relation.INSIDE
    return Relation.ROUNDED if is_same else Relation.ACROSS


class _Weighing:
    """One reading of a figure, and its evidence with the relations."""

    def __init__(self, figure: Figure, evidence: Sequence[Evidence], summary: Summary, *, states_load: bool) -> None:
        self.figure = figure
        self.is_ceiling = figure.of is None and (
            figure.metric == _CEILING or (more_is_better(evidence[0].metric) and math.isinf(figure.low))
        )
        self.evidence = _best(evidence) if self.is_ceiling else _nearest_first(figure, evidence)
        self.summary = summary
        self.states_load = (
            states_load or figure.of is not None or not any(depends_on_load(one.metric) for one in evidence)
        )
        self.relations = tuple(relation(figure, piece) for piece in self.evidence)

    def judge(self) -> Judgement:
        """Return the judgement by the first rule that applies."""
        kinds = set(self.relations)
        if not kinds.intersection(_GIVES):
            if kinds & _BELOW and kinds & _ABOVE:
                return self._between()
            return self._outside() if kinds <= _MISSES else self._undecided()
        if not self.states_load:
            return self._placed(RuleName.LOAD_NOT_STATED, load=stated_load(self.figure))
        if kinds & _MISSES:
            return self._placed(RuleName.VARIANT_NOT_STATED)
        return self._undecided() if kinds & _UNDECIDED else self._met()

    def _met(self) -> Judgement:
        """Conclude on a claim that all numbers meet."""
        if Relation.ACROSS in self.relations:
            across = self._first({Relation.ACROSS})
            parts = {"nearest": text(self.figure, across), "claim": claimed(self.figure)}
            return self._conclude(RuleName.OVER_THE_EDGE, across, **parts)
        measured = span(self.figure, self.evidence)
        if Relation.ROUNDED in self.relations:
            return self._conclude(RuleName.ROUNDED, span=measured)
        return self._conclude(RuleName.INSIDE, span=measured, claim=claimed(self.figure))

    def _first(self, wanted: Collection[Relation]) -> Evidence:
        return next(piece for piece, kind in zip(self.evidence, self.relations, strict=True) if kind in wanted)

    def _conclude(self, rule: RuleName, decisive: Evidence | None = None, /, **parts: str) -> Judgement:
        return conclude(rule, self.figure, self.evidence, decisive, **parts)

    def _outside(self) -> Judgement:
        """Conclude on a claim that all numbers miss on one side."""
        nearest, is_below = self.evidence[0], self.relations[0] is Relation.BELOW
        side = "less" if is_below is not self.figure.unit.falls else "more"
        known = parse(nearest.metric)
        if known is not None and not known.metric.depends_on_machine:
            return self._conclude(RuleName.MISSED, side=side, nearest=text(self.figure, nearest))
        if self._breaks_bound(nearest, is_below=is_below):
            place = here(self.summary, self.evidence)
            return self._conclude(RuleName.BOUND_BROKEN, nearest=text(self.figure, nearest), here=place)
        return self._conclude(
            RuleName.NOT_REPRODUCED,
            side=side,
            nearest=text(self.figure, nearest),
            distance=distance(self.figure, nearest),
            here=here(self.summary, self.evidence),
            needs=needs(self.figure, nearest, self.summary),
        )

    def _breaks_bound(self, nearest: Evidence, *, is_below: bool) -> bool:
        """Return whether the figure is a bound or a ceiling that the rules call refuted if everything misses it."""
        rule = bound_rule_of(nearest.metric, is_ratio=self.figure.of is not None)
        if is_below:
            return math.isinf(self.figure.high) and rule.undercut is Verdict.REFUTED
        is_ceiling = self.is_ceiling and self.figure.metric == _CEILING
        return (math.isinf(self.figure.low) or is_ceiling) and rule.exceeded is Verdict.REFUTED

    def _between(self) -> Judgement:
        sides = [self._first(side) for side in (_BELOW, _ABOVE)]
        below, above = (text(self.figure, side) for side in sides)
        return self._conclude(RuleName.BETWEEN, below=below, above=above, conditions=stated_in_words(self.figure))

    def _undecided(self) -> Judgement:
        if Relation.DISTURBED in self.relations:
            disturbed = self._first({Relation.DISTURBED})
            return self._conclude(RuleName.DISTURBED, views=views(self.figure, disturbed))
        limited = self._first(_LIMITED)
        return self._conclude(RuleName.LIMITED, limited=text(self.figure, limited))

    def _placed(self, rule: RuleName, **parts: str) -> Judgement:
        kind = next(kind for kind in _GIVES if kind in self.relations)
        giving = self._first({kind})
        words = named(self.figure, giving)
        return self._conclude(rule, giving, giving=words, span=span(self.figure, self.evidence), **parts)


def _best(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return (max(evidence, key=lambda piece: piece.estimate),)


def _nearest_first(figure: Figure, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda piece: distance_to(figure, piece)))


def distance_to(figure: Figure, piece: Evidence) -> tuple[float, float]:
    """Return how far a number lies from the printed one: the logarithm of their ratio, or infinity; the difference."""
    is_ratio = piece.estimate > 0 and figure.nominal > 0
    logarithm = abs(math.log(piece.estimate / figure.nominal)) if is_ratio else math.inf
    return logarithm, abs(piece.estimate - figure.nominal)
