"""Verdicts of comparisons: the claim about the ratio of two series.

A claim must pass several gates, one after the other: its own interval, the control, the undisturbed trials, and for
headlines the number of comparisons. A gate can only take a claim back, and then gives the reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.analysis.absent import no_interval
from harness.analysis.comparison import CLAIMS, adjust_headlines, difference, paired_t_p, sign_flip_p
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import Interval, enough_clean, log_t_interval
from harness.analysis.pairing import round_ratio
from harness.model import Bound, Comparison, Difference, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.analysis.series import Key, Series
    from harness.model import Plan

_FLOOR = "closer to 1 than the noise floor: two copies of one target differ by as much"
_UNLIKE_COPIES = "inconclusive: two copies of one target differed by as much (the A/A interval excludes 1)"


@dataclass(frozen=True, slots=True)
class Control:
    """The ratio of the reference's second copy over the reference, of one metric."""

    ratio: Interval

    @property
    def floor(self) -> float:
        """The half-width of its interval, as a share: smaller differences can't be distinguished from noise."""
        return self.ratio.half_width

    @property
    def contains_one(self) -> bool:
        """Whether the interval contains 1, the true ratio of two copies."""
        return self.ratio.low <= 1 <= self.ratio.high

    @property
    def reach(self) -> float:
        """The largest distance of the interval's ends from 1, as a logarithm."""
        return max(abs(math.log(self.ratio.low)), abs(math.log(self.ratio.high)))


def controls(plan: Plan, series: Mapping[Key, Series]) -> dict[str, Control]:
    """Return the controls by metric, for the headline scenario and for metrics without a scenario."""
    scenarios = (None, *plan.scenarios[:1])
    found = {}
    for key, copy in series.items():
        original = series.get(replace(key, subject=plan.subjects[0]))
        if key.subject == plan.control and key.scenario in scenarios and original is not None:
            ratios = list(_ratios(copy, original).values())
            if not (copy.reasons or original.reasons) and no_interval(ratios) is None:
                found[key.metric] = Control(log_t_interval(ratios))
    return found


def compare(plan: Plan, series: Mapping[Key, Series], known: Mapping[str, Control]) -> tuple[Comparison, ...]:
    """Compare every contestant with the reference, metric by metric, over the blocks in which both have numbers.

    Args:
        plan: Names contestants and headlines.
        series: The series of all subjects.
        known: The controls by metric.
    """
    reference, *others = plan.subjects
    headlines = headline_metrics(plan)
    found: list[Comparison] = []
    probabilities: dict[int, float] = {}
    for key, mine, theirs in _pairs(others, reference, series):
        ratios = _ratios(mine, theirs)
        if no_interval(list(ratios.values())) is not None:
            continue
        if (key.metric, key.scenario) in headlines:
            probabilities[len(found)] = paired_t_p(list(ratios.values()))
        found.append(_comparison(key, reference, ratios, (mine, theirs), known.get(key.metric)))
    return adjust_headlines(found, probabilities)


def _pairs(
    others: Sequence[Subject], reference: Subject, series: Mapping[Key, Series]
) -> Iterator[tuple[Key, Series, Series]]:
    for subject in others:
        for key, mine in series.items():
            theirs = series.get(replace(key, subject=reference))
            if key.subject == subject and theirs is not None and not (mine.reasons or theirs.reasons):
                yield key, mine, theirs


def _ratios(mine: Series, theirs: Series) -> dict[int, float]:
    """Return the ratio of each common block: from the ratios of rounds if both were driven in the same rounds."""
    ours, others = mine.values(), theirs.values()
    ratios = {}
    for block in sorted(ours.keys() & others.keys()):
        own, other = mine.rounds.get(block), theirs.rounds.get(block)
        is_paired = own is not None and other is not None and mine.batch == theirs.batch and len(own) == len(other)
        if is_paired and own is not None and other is not None and own.all() and other.all():
            ratios[block] = float(round_ratio(own, other))
        else:
            ratios[block] = ours[block] / others[block]
    return ratios


def _comparison(
    key: Key, reference: Subject, ratios: Mapping[int, float], pair: tuple[Series, Series], control: Control | None
) -> Comparison:
    bounds = (pair[0].bound(), pair[1].bound())
    values = list(ratios.values())
    ratio = log_t_interval(values)
    verdict, reason = _judge(ratio, bounds, control)
    disturbed = {block: kinds for one in pair for block, kinds in one.flagged.items() if block in ratios}
    if disturbed:
        clean = [value for block, value in ratios.items() if block not in disturbed]
        enough = enough_clean(len(clean), len(values)) and no_interval(clean) is None
        if not enough or _judge(log_t_interval(clean), bounds, control)[0] is not verdict:
            kinds = sorted({kind for one in pair for block in disturbed for kind in one.flagged.get(block, ())})
            verdict, reason = Difference.INCONCLUSIVE, _disturbed(len(disturbed), len(values), kinds)
    return Comparison(
        metric=key.metric,
        scenario=key.scenario,
        subject=key.subject,
        reference=reference,
        ratio=ratio.estimate,
        low=ratio.low,
        high=ratio.high,
        p=sign_flip_p(values),
        verdict=verdict,
        warnings=(*_open_ends(*bounds), *filter(None, [reason])),
    )


def _judge(
    ratio: Interval, bounds: tuple[Bound | None, Bound | None], control: Control | None
) -> tuple[Difference, str | None]:
    """Return the verdict of an interval and a control, with the reason if the control takes the claim back."""
    at_least, at_most = (bound is Bound.GENERATOR for bound in bounds)
    verdict = difference(ratio, at_least=at_least, at_most=at_most)
    if control is None:
        return verdict, None
    nearest = max(0.0, math.log(ratio.low), -math.log(ratio.high))
    if not control.contains_one and nearest < control.reach:
        return Difference.INCONCLUSIVE, _UNLIKE_COPIES
    if verdict in CLAIMS and abs(math.log(ratio.estimate)) < math.log1p(control.floor):
        return Difference.NO_DIFFERENCE_SHOWN, _FLOOR
    return verdict, None


def _open_ends(mine: Bound | None, theirs: Bound | None) -> Iterator[str]:
    """Yield a warning for each side of the ratio that is open because the generator was the limit."""
    if mine is Bound.GENERATOR:
        yield "the generator was the limit of the subject: the ratio is a lower bound"
    if theirs is Bound.GENERATOR:
        yield "the generator was the limit of the reference: the ratio is an upper bound"


def _disturbed(count: int, total: int, kinds: Sequence[str]) -> str:
    return f"inconclusive: the machine was disturbed in {count} of {total} blocks ({', '.join(kinds)})"
