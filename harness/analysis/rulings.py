"""Rulings: the verdict on the ratio of two subjects, from its ratios by block and those of the control.

A claim must pass several gates, one after the other: its own interval, the control, and the control's reach in the
disturbed blocks. A gate can only take a claim back, and then gives the reason. This module knows neither series nor
runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from harness.analysis.absent import no_interval
from harness.analysis.comparison import difference, p_of
from harness.analysis.disturbance import LONE_FACTOR, hits_one, in_words, kinds_in, lone_limit, reach
from harness.analysis.intervals import Interval, enough_clean, log_t_interval
from harness.analysis.marks import INCONCLUSIVE, TOO_CLOSE
from harness.model import CLAIMS, Difference
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from harness.model import FlagKind

_FLOOR = f"{TOO_CLOSE}: two copies of one target differ by as much"
_UNLIKE_COPIES = f"{INCONCLUSIVE}two copies of one target differed by as much (the A/A interval excludes 1)"
_ONE_SIDED = "a quota or a stop may have hit one target and not the other"
_CONTAINS_ONE = "the interval contains 1"
_TELLS_NOTHING = math.log(100)  # a larger reach comes from one block or two: it may be a billion


@dataclass(frozen=True, slots=True)
class Control:
    """The ratios of the reference's second copy over the reference, of one metric, by block."""

    by_block: Mapping[int, float]

    @property
    def ratio(self) -> Interval:
        """The ratio of the two copies, with its interval."""
        return log_t_interval(list(self.by_block.values()))

    @property
    def floor(self) -> float:
        """The half-width of the interval, as a share: smaller differences can't be distinguished from noise."""
        return self.ratio.half_width

    @property
    def contains_one(self) -> bool:
        """Whether the interval contains 1, the true ratio of two copies."""
        return self.ratio.low <= 1 <= self.ratio.high

    @property
    def far_end(self) -> float:
        """The largest distance of the interval's ends from 1, as a logarithm."""
        return max(abs(math.log(self.ratio.low)), abs(math.log(self.ratio.high)))


class Ruling(NamedTuple):
    """A verdict, and the reason if a gate has taken the claim back."""

    verdict: Difference
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The numbers that a verdict rests on.

    Attributes:
        metric: The metric of the ratios.
        ratios: The ratios subject/reference, by block.
        disturbed: The kinds of the disturbances that can change the metric, by disturbed block.
        control: The control of the metric; None without one.
        interval: The ratio and its interval, where the ratios of the blocks do not tell them.
        least, most: The smallest and the largest possible ratios, by block, if the generator was the limit of a side
            (0 or infinite without a known bound), or if its own time differed between the sides. None if both sides
            are targets' own numbers.
    """

    metric: str
    ratios: Mapping[int, float]
    disturbed: Mapping[int, Collection[FlagKind]] = field(default_factory=dict)
    control: Control | None = None
    interval: Interval | None = None
    least: Mapping[int, float] | None = None
    most: Mapping[int, float] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the generator is a part of the ratio."""
        return self.least is not None or self.most is not None

    @property
    def kinds(self) -> list[FlagKind]:
        """The kinds of all its disturbances."""
        return kinds_in(self.disturbed)

    def without_disturbed(self) -> Evidence:
        """Return the evidence of the undisturbed blocks alone. The control keeps all its blocks.

        An interval is one of all blocks. A claim must pass it, too, so here the ratios of the blocks are enough.
        """
        clean = {block: ratio for block, ratio in self.ratios.items() if block not in self.disturbed}
        return replace(self, ratios=clean, disturbed={}, interval=None)


def rule(evidence: Evidence) -> Ruling:
    """Return the verdict on a ratio.

    On a disturbed machine a claim stands if the undisturbed blocks, at least two and at least half of all, make the
    same claim. It also stands if it lies beyond what the disturbance can cause: beyond the control's reach in the
    disturbed blocks, or without a control, if the whole interval lies beyond a factor of 2.

    Args:
        evidence: Ratios of at least two blocks.
    """
    ruling = _undisturbed(evidence)
    if not evidence.disturbed:
        return ruling
    clean = evidence.without_disturbed()
    values = list(clean.ratios.values())
    if enough_clean(len(values), len(evidence.ratios)) and no_interval(values) is None:
        of_clean = _undisturbed(clean).verdict
        if of_clean is ruling.verdict:
            return ruling
        if of_clean in CLAIMS and ruling.verdict in CLAIMS:
            return Ruling(Difference.INCONCLUSIVE, _disturbed(evidence, "the other blocks claim the opposite"))
    why = _within(evidence, ruling.verdict) or ruling.reason
    if ruling.verdict in CLAIMS and why is None:
        return ruling
    return Ruling(Difference.INCONCLUSIVE, _disturbed(evidence, why or _CONTAINS_ONE))


class _Sides(NamedTuple):
    """The intervals of the smallest and the largest possible ratio. They are equal if no side is a bound."""

    lowest: Interval
    highest: Interval

    def effect(self, claim: Difference) -> float:
        """Return the distance from 1 that a claim is about, as a logarithm: on its own side."""
        up, down = _log(self.lowest.estimate), -_log(self.highest.estimate)
        return {Difference.HIGHER: up, Difference.LOWER: down}.get(claim, max(up, down))

    @property
    def nearest(self) -> float:
        """The distance of both intervals from 1, as a logarithm; 0 if 1 is a possible ratio."""
        return max(0.0, _log(self.lowest.low), -_log(self.highest.high))


def possible(evidence: Evidence) -> tuple[float, float]:
    """Return the limits of the ratio: of its interval, and beyond it where the generator was the limit of a side."""
    sides = _sides(evidence)
    return sides.lowest.low, sides.highest.high


def probability(evidence: Evidence) -> float:
    """Return the p of the ratio by Student's t; where it is a bound, that of the possible ratio that is nearest to 1.

    It is 1 where 1 lies between the estimates of the possible ratios: then no claim can be made.
    """
    sides = _sides(evidence)
    if sides.lowest.estimate < 1 < sides.highest.estimate:
        return 1.0
    nearest = sides.lowest if sides.lowest.estimate >= 1 else sides.highest
    return p_of(nearest, len(evidence.ratios))


def _sides(evidence: Evidence) -> _Sides:
    if evidence.interval is not None:
        return _Sides(evidence.interval, evidence.interval)
    blocks = evidence.ratios.keys()
    ends = (evidence.ratios if end is None else end for end in (evidence.least, evidence.most))
    return _Sides(*(_interval([end[block] for block in blocks]) for end in ends))


def _interval(ratios: Sequence[float]) -> Interval:
    """Return the interval of ratios; if one is 0 or infinite, so is the interval."""
    unknown = [ratio for ratio in ratios if not 0 < ratio < math.inf]
    return Interval(unknown[0], unknown[0], unknown[0]) if unknown else log_t_interval(ratios)


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf


def _undisturbed(evidence: Evidence) -> Ruling:
    """Return the verdict on a ratio, without regard to disturbances."""
    sides, control = _sides(evidence), evidence.control
    verdict = difference(Interval(sides.lowest.estimate, sides.lowest.low, sides.highest.high))
    if verdict is Difference.NO_DIFFERENCE_SHOWN and evidence.is_open:
        verdict = Difference.INCONCLUSIVE
    if control is None:
        return Ruling(verdict)
    if not control.contains_one and sides.nearest < control.far_end:
        return Ruling(Difference.INCONCLUSIVE, _UNLIKE_COPIES)
    if verdict in CLAIMS and sides.effect(verdict) < math.log1p(control.floor):
        return Ruling(Difference.NO_DIFFERENCE_SHOWN, _FLOOR)
    return Ruling(verdict)


def _within(evidence: Evidence, claim: Difference) -> str | None:
    """Return the reason if the disturbance may have caused the effect; None if the effect lies beyond it."""
    sides, kinds = _sides(evidence), evidence.kinds
    limit = lone_limit(evidence.metric, kinds)
    if limit == math.inf:
        return _ONE_SIDED
    control = None if hits_one(kinds) or evidence.control is None else evidence.control.by_block
    farthest = reach(control, evidence.disturbed) if control is not None else None
    if farthest is None:
        if sides.nearest >= limit:
            return None
        return (
            f"no second copy shows how much that changes, so only an interval beyond a factor of {LONE_FACTOR:g} counts"
        )
    effect = abs(sides.effect(claim))
    if effect > farthest:
        return None
    copies = f"two copies of one target may differ by {_factor(farthest)} in such blocks"
    if farthest > _TELLS_NOTHING:
        copies = "too few such blocks tell how far two copies of one target differ"
    return f"the effect is a factor of {_factor(effect)}, and {copies}"


def _factor(log_ratio: float) -> str:
    return significant(math.exp(log_ratio), 3)


def _disturbed(evidence: Evidence, why: str) -> str:
    return f"{INCONCLUSIVE}{in_words(evidence.disturbed, len(evidence.ratios))}; {why}"
