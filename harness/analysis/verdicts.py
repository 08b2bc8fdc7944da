"""Verdicts of comparisons: the evidence of each pair of series, the ruling on it, and the number of headlines.

`rulings` decides on a single comparison. The headline comparisons form one family, whose size can take a claim back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from harness.analysis.absent import no_interval
from harness.analysis.comparison import adjust_headlines, sign_flip_p
from harness.analysis.gaps import gap_effect
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import Interval, log_t_interval
from harness.analysis.latencies import Estimator
from harness.analysis.pairing import block_ratios
from harness.analysis.rulings import Control, Evidence, possible, probability, rule
from harness.analysis.trend import DRIFTS, drifts
from harness.metrics.catalogue import is_compared
from harness.model import Bound, Comparison, Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from harness.analysis.gaps import GapEffect
    from harness.analysis.series import Key, Series
    from harness.model import FlagKind, Plan

Pair = tuple[Subject, Subject]
"""Subject and reference of a comparison."""
WithP = tuple[Comparison, float]
"""A comparison before Holm's method, and its probability."""
Made = dict[tuple["Key", Subject], WithP | None]
"""Comparisons by metric, scenario, subject and reference; None without common numbers."""


@dataclass(frozen=True, slots=True)
class View:
    """What a view of a run compares.

    Attributes:
        pairs: Subjects with their references.
        in_headlines: Further pairs, which are compared in the headlines only.
        made: What other views of the same series have compared; new comparisons are added.
    """

    pairs: Sequence[Pair]
    in_headlines: Sequence[Pair] = ()
    made: Made = field(default_factory=dict)


def controls(plan: Plan, series: Mapping[Key, Series]) -> dict[str, Control]:
    """Return the controls by metric, for the headline scenario and for metrics without a scenario."""
    scenarios = (None, plan.headline)
    found = {}
    for key, copy in series.items():
        if key.subject != plan.control or key.scenario not in scenarios:
            continue
        original = series.get(replace(key, subject=plan.subjects[0]))
        if original is None or copy.reasons or original.reasons:
            continue
        ratios = _ratios(copy, original)
        if no_interval(list(ratios.values())) is None:
            found[key.metric] = Control(ratios)
    return found


def compare(
    plan: Plan,
    series: Mapping[Key, Series],
    known: Mapping[str, Control],
    view: View | None = None,
) -> tuple[Comparison, ...]:
    """Compare pairs of subjects, metric by metric, over the blocks in which both have numbers.

    Subjects with different contracts are not compared, and neither are numbers of paced users: see `is_compared`. The
    headlines of all these pairs are one family.

    Args:
        plan: Names the headlines.
        series: The series of all subjects.
        known: The controls by metric.
        view: The pairs to compare; by default those of the plan.
    """
    view = view or View(plan.pairs)
    headlines = headline_metrics(plan)
    found: list[Comparison] = []
    probabilities: dict[int, float] = {}
    of_headlines = {key: one for key, one in series.items() if (key.metric, key.scenario) in headlines}
    compared = chain(_pairs(plan, series, view.pairs), _pairs(plan, of_headlines, view.in_headlines))
    for key, reference, mine, theirs in compared:
        if (key, reference) not in view.made:
            view.made[key, reference] = _compared(key, reference, (mine, theirs), known.get(key.metric))
        made = view.made[key, reference]
        if made is None:
            continue
        comparison, p = made
        if (key.metric, key.scenario) in headlines:
            probabilities[len(found)] = p
        found.append(comparison)
    return adjust_headlines(found, probabilities)


def _pairs(
    plan: Plan, series: Mapping[Key, Series], pairs: Sequence[Pair]
) -> Iterator[tuple[Key, Subject, Series, Series]]:
    for subject, reference in pairs:
        for key, mine in series.items():
            if key.subject != subject or not is_compared(key.metric):
                continue
            if not plan.share_contract(subject, reference, key.scenario):
                continue
            theirs = series.get(replace(key, subject=reference))
            if theirs is not None and not (mine.reasons or theirs.reasons):
                yield key, reference, mine, theirs


def _ratios(mine: Series, theirs: Series) -> dict[int, float]:
    """Return the ratio of each common block: from the ratios of rounds if both were driven in the same rounds.

    If these have no finite ratio, because too many rounds have no answer, it is the ratio of the blocks' values.
    """
    common = mine.by_block.keys() & theirs.by_block.keys()
    ours, others = mine.values(common), theirs.values(common)
    blocks = sorted(ours.keys() & others.keys())
    is_alike = mine.batch == theirs.batch
    paired = {
        block: mine.rounds[block]
        for block in blocks
        if is_alike and block in mine.rounds and len(mine.rounds[block]) == len(theirs.rounds.get(block, ()))
    }
    of_rounds = block_ratios(paired, theirs.rounds)
    return {block: of_rounds.get(block) or ours[block] / others[block] for block in blocks}


def _compared(key: Key, reference: Subject, pair: tuple[Series, Series], control: Control | None) -> WithP | None:
    mine, theirs = pair
    ratios = _ratios(mine, theirs)
    if no_interval(list(ratios.values())) is not None:
        return None
    my_room, their_room = (one.headroom() if one.is_open() else None for one in pair)
    least = {block: one / their_room[block] for block, one in ratios.items()} if their_room else None
    most = {block: one * my_room[block] for block, one in ratios.items()} if my_room else None
    own_time = _own_time(ratios, mine, theirs)
    if own_time is not None:
        least = {block: one * min(1.0, own_time.factors[block]) for block, one in (least or ratios).items()}
        most = {block: one * max(1.0, own_time.factors[block]) for block, one in (most or ratios).items()}
    values = list(ratios.values())
    unlike = _of_unlike_blocks(mine, theirs, ratios)
    evidence = Evidence(key.metric, ratios, _disturbed(pair, ratios), control, unlike, least, most)
    ruling, ratio = rule(evidence), unlike or log_t_interval(values)
    at_least, at_most = possible(evidence)
    drift = DRIFTS if drifts(values, ratio) else None
    comparison = Comparison(
        metric=key.metric,
        scenario=key.scenario,
        subject=key.subject,
        reference=reference,
        ratio=ratio.estimate,
        low=ratio.low,
        high=ratio.high,
        p=sign_flip_p(values),
        verdict=ruling.verdict,
        warnings=(
            *_open_ends(mine, theirs),
            *filter(None, [own_time.warning if own_time else None, drift, ruling.reason]),
        ),
        at_least=at_least if evidence.is_open and at_least > 0 else None,
        at_most=at_most if evidence.is_open and at_most < math.inf else None,
    )
    return comparison, probability(evidence)


def _of_unlike_blocks(mine: Series, theirs: Series, ratios: Mapping[int, float]) -> Interval | None:
    """Return the ratio of two percentiles where whole blocks differ in speed; None where the blocks' ratios tell it.

    Its estimate is that of the blocks' ratios, and the interval contains it.
    """
    if not (isinstance(mine.estimator, Estimator) and isinstance(theirs.estimator, Estimator)):
        return None
    found = mine.estimator.ratio(theirs.estimator, ratios.keys())
    if found is None:
        return None
    estimate = log_t_interval(list(ratios.values())).estimate
    return Interval(estimate, min(found.low, estimate), max(found.high, estimate))


def _own_time(ratios: Mapping[int, float], mine: Series, theirs: Series) -> GapEffect | None:
    """Return the effect of the generator's own time; None if both targets were limited by their own CPU time."""
    if mine.bound() is theirs.bound() is Bound.TARGET:
        return None
    return gap_effect(ratios, mine.cycles, theirs.cycles)


def _disturbed(pair: tuple[Series, Series], blocks: Collection[int]) -> dict[int, tuple[FlagKind, ...]]:
    """Return the kinds of disturbances of either series, by block."""
    kinds = {block: dict.fromkeys(kind for one in pair for kind in one.flagged.get(block, ())) for block in blocks}
    return {block: tuple(of_block) for block, of_block in kinds.items() if of_block}


def _open_ends(mine: Series, theirs: Series) -> Iterator[str]:
    """Yield a warning for each side of the ratio that is open because the generator was the limit."""
    if mine.is_open():
        yield "the generator was the limit of the subject: the ratio is a lower bound"
    if theirs.is_open():
        yield "the generator was the limit of the reference: the ratio is an upper bound"
