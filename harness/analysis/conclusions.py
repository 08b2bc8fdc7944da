"""Conclusions of a run, and whether each holds in another run.

A conclusion is a comparison with a verdict, or the ranking of the contestants by a headline metric. Sizes differ from
machine to machine, so the direction decides first:

| said | here | outcome |
|---|---|---|
| higher or lower | the same direction, ratios alike | holds |
| | the same direction, ratios apart | holds in another size |
| | the opposite direction, ratios apart | reversed |
| | no difference shown, equivalent, inconclusive | not shown |
| equivalent | equivalent | holds |
| no difference shown | no difference shown, equivalent | holds |
| equivalent, no difference shown | higher or lower, ratios apart | differs |
| | anything else | not shown |

The distance of two ratios is tested by Welch's t on their logarithms, with the intervals of both runs. All conclusions
that both runs measured are one family, by Holm's method. Ratios are apart if the distance is significant; within one
direction they must also differ by more than `SAME_SIZE`. A reversal is an accusation, so it needs all of this: a claim
of each run, in opposite directions, and a significant distance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.analysis.between import distance
from harness.analysis.comparison import holm
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import CONFIDENCE
from harness.analysis.run_spread import ratio_moments
from harness.metrics.names import natural
from harness.model import CLAIMS, Bound, Comparison, Conclusion, ConclusionKind, Difference, Outcome, Said, Subject
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.analysis.intervals import Moments
    from harness.model import Plan, Ranking, Summary

SAME_SIZE = 1.1
"""The largest factor between two ratios of the same size; runs of one machine differ by as much (docs/noise.md)."""

_WEAKER = {Difference.NO_DIFFERENCE_SHOWN: {Difference.EQUIVALENT}}  # what also fulfils a verdict without a claim
_WORST = (Outcome.REVERSED, Outcome.NOT_MEASURED, Outcome.NOT_SHOWN)

PairKey = tuple[Subject, Subject, str | None, str]
"""Subject, reference, scenario and metric of a comparison."""
LoadKey = tuple[str, str | None]
"""Metric and scenario."""


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A comparison of one run with its moments. It is open if the generator was the limit of a side."""

    comparison: Comparison
    moments: Moments
    is_open: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """A comparison of the first run, that of the other run, and the outcome; `reason` as in `Conclusion`."""

    said: Comparison
    here: Comparison | None
    outcome: Outcome
    reason: str | None = None


def conclusions(there: Summary, here: Summary) -> tuple[Conclusion, ...]:
    """Return the conclusions of a run, each with its outcome in another run: first comparisons, then rankings.

    Args:
        there: The run of the conclusions.
        here: The run in which they may hold.
    """
    judged = _judged(there, here)
    compared = (judged[_key(one)] for one in there.comparisons if _key(one) in judged)
    return (*map(_of_comparison, compared), *_rankings(there, here, judged.values()))


# Comparisons.


def _judged(there: Summary, here: Summary) -> dict[PairKey, _Judged]:
    """Return the comparisons of a run that say something, with their outcomes, by their keys."""
    mine = {_key(one.comparison): one for one in _ratios(here)}
    said = [one for one in _ratios(there) if one.comparison.verdict is not Difference.INCONCLUSIVE]
    pairs = [(one, _same(mine, one)) for one in said]
    tested = [(one, other) for one, other in pairs if other is not None]
    tests = [distance(other.moments, one.moments) for one, other in tested]
    adjusted = iter(zip(tests, holm([p for _, p in tests]), strict=True))
    found: dict[PairKey, _Judged] = {}
    for one, other in pairs:
        if other is None:
            found[_key(one.comparison)] = _Judged(one.comparison, None, Outcome.NOT_MEASURED)
        else:
            (apart, _), p = next(adjusted)
            found[_key(one.comparison)] = _judge(one, other, apart, p, len(tested))
    return found


def _judge(one: _Ratio, other: _Ratio, apart: float, p: float, count: int) -> _Judged:
    """Return the outcome of a comparison that both runs measured.

    Args:
        one: The ratio of the first run.
        other: The same ratio of the other run.
        apart: The logarithm of the other ratio over the first.
        p: The p of the distance, adjusted for the number of comparisons.
        count: That number.
    """
    said, here = one.comparison, other.comparison
    is_apart = p < 1 - CONFIDENCE
    if here.verdict is not said.verdict and here.verdict is said.verdict.opposite:
        if is_apart:
            return _Judged(said, here, Outcome.REVERSED)
        return _Judged(said, here, Outcome.NOT_SHOWN, f"the opposite, which may be chance: one of {count} comparisons")
    is_other_size = is_apart and abs(apart) > math.log(SAME_SIZE) and not (one.is_open or other.is_open)
    if here.verdict is said.verdict and said.verdict in CLAIMS:
        return _Judged(said, here, Outcome.HOLDS_OTHER_SIZE if is_other_size else Outcome.HOLDS)
    if here.verdict is said.verdict or here.verdict in _WEAKER.get(said.verdict, ()):
        return _Judged(said, here, Outcome.HOLDS)
    is_new = said.verdict not in CLAIMS and here.verdict in CLAIMS
    return _Judged(said, here, Outcome.DIFFERS if is_new and is_other_size else Outcome.NOT_SHOWN)


def _ratios(summary: Summary) -> Iterator[_Ratio]:
    bounds = {(one.subject, one.scenario, one.metric): one.bound for one in summary.results}
    for one, moments in ratio_moments(summary, (*summary.comparisons, *summary.among_others)):
        sides = (bounds.get((side, one.scenario, one.metric)) for side in (one.subject, one.reference))
        yield _Ratio(one, moments, Bound.GENERATOR in sides)


def _key(one: Comparison) -> PairKey:
    return one.subject, one.reference, one.scenario, one.metric


def _same(ratios: Mapping[PairKey, _Ratio], one: _Ratio) -> _Ratio | None:
    """Return the ratio of the same two subjects; inverted if the other run has it the other way round."""
    subject, reference, scenario, metric = _key(one.comparison)
    found = ratios.get((subject, reference, scenario, metric))
    inverse = ratios.get((reference, subject, scenario, metric))
    return _inverted(inverse) if found is None and inverse is not None else found


def _inverted(ratio: _Ratio) -> _Ratio:
    inverted = ratio.comparison.inverted()
    return replace(ratio, comparison=inverted, moments=replace(ratio.moments, mean=-ratio.moments.mean))


def _of_comparison(judged: _Judged) -> Conclusion:
    said = judged.said
    return Conclusion(
        kind=ConclusionKind.COMPARISON,
        subject=str(said.subject),
        reference=str(said.reference),
        metric=said.metric,
        scenario=said.scenario,
        said=_said(said),
        here=None if judged.here is None else _said(judged.here),
        outcome=judged.outcome,
        reason=judged.reason,
    )


def _said(one: Comparison) -> Said:
    ratio, low, high = (significant(number) for number in (one.ratio, one.low, one.high))
    interval = "" if one.low == one.high else f" [{low}, {high}]"
    words = one.verdict.replace("_", " ")
    return Said(f"{words}, {ratio}{interval}", one.verdict.value, one.ratio, one.low, one.high)


# Rankings.


def _rankings(there: Summary, here: Summary, judged: Iterable[_Judged]) -> Iterator[Conclusion]:
    """Yield the ranking of the contestants by each headline metric that tells at least two of them apart."""
    by_load: dict[LoadKey, list[Outcome]] = {}
    for one in judged:
        if one.said.verdict in CLAIMS and not _is_of_revision(there.run.plan, one.said):
            by_load.setdefault((one.said.metric, one.said.scenario), []).append(one.outcome)
    headlines = headline_metrics(there.run.plan)
    for metric, scenario in sorted(by_load.keys() & headlines, key=lambda load: (natural(load[0]), load[1] or "")):
        load = metric, scenario
        said, mine = _ranking(there, load), _ranking(here, load)
        if said is None:
            continue
        yield Conclusion(
            kind=ConclusionKind.RANK,
            subject=None,
            reference=None,
            metric=metric,
            scenario=scenario,
            said=Said(_in_order(said)),
            here=None if mine is None else Said(_in_order(mine)),
            outcome=_worst(by_load[load]),
        )


def _worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a ranking: the worst of the pairs that it tells apart."""
    found = set(outcomes)
    return next((one for one in _WORST if one in found), Outcome.HOLDS)


def _is_of_revision(plan: Plan, one: Comparison) -> bool:
    """Return whether a comparison is of a subject with its own build of a revision."""
    return one.reference in plan.older.values()


def _ranking(summary: Summary, load: LoadKey) -> Ranking | None:
    return next((one for one in summary.rankings if (one.metric, one.scenario) == load), None)


def _in_order(ranking: Ranking) -> str:
    return ", ".join(f"{place.rank} {place.subject}" for place in ranking.places)
