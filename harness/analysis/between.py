"""Comparison of two runs: the ratio of each number of the second run to the first.

Trials of two runs share no block, so they can't be paired: the comparison uses Welch's t on the logarithms of per-trial
values. It needs only the intervals of the results: the standard error is the half-width over Student's quantile. So all
rules for results apply to the comparison as well.

An absolute number also changes from run to run, which Welch's t does not contain. So it is called only if the spread
between runs of this machine is known, and its interval is widened by it (`run_spread`). If the spread is not known, the
comparison calls the ratio of the number to that of the reference of the same run. Most of the change between runs is
common to both, and cancels. The reference's own numbers are compared with those of the null target. A ratio has a
spread between runs of its own. If that is known, it widens the ratio's interval, and the ratio is compared beside the
number, too. If not, a warning says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from scipy import special

from harness.analysis.comparison import adjust_headlines, difference
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import CONFIDENCE, Interval, Moments, enough_clean
from harness.analysis.marks import DISTURBED, INCONCLUSIVE
from harness.analysis.run_spread import (
    NEEDED_RUNS,
    MachineSpread,
    RunSpread,
    key_of,
    key_of_ratio,
    moments_of,
    ratio_moments,
)
from harness.metrics.catalogue import is_given, is_memory_of_loads
from harness.model import BetweenRuns, Bound, Difference, RunsCompared, environment_differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.analysis.run_spread import ResultKey
    from harness.model import Comparison, EnvironmentDifference, Plan, Result, Run, Summary

_QUANTILE = (1 + CONFIDENCE) / 2


@dataclass(frozen=True, slots=True)
class _Pair:
    """The same number in two runs, and its spread between runs; None where no spread applies."""

    theirs: Result
    mine: Result
    spread: RunSpread | None

    @property
    def is_called(self) -> bool:
        return self.spread is None or self.spread.is_known


def compare_runs(
    reference: Summary, subject: Summary, spread: MachineSpread, *, has_absolutes: bool = True
) -> RunsCompared:
    """Compare each number of a run with that of another run, for the same subject, scenario and metric.

    Args:
        reference: The first run.
        subject: The second run; ratios are this run over the first.
        spread: The spread between the runs of this machine.
        has_absolutes: Whether to show absolute changes that are not judged; no for runs of unlike machines.
    """
    pairs = list(_pairs(reference, subject, spread))
    found = [_absolute(reference.run, subject.run, pair) for pair in pairs if has_absolutes or pair.is_called]
    ratios = {key_of(pair.mine): pair.is_called for pair in pairs if pair.spread is not None}
    found += _ratios(reference, subject, spread, ratios)
    before, after = (dict.fromkeys(one.run.plan.subjects) for one in (reference, subject))
    return RunsCompared(
        reference.run.id,
        subject.run.id,
        _adjusted(found, subject.run),
        gone=tuple(one for one in before if one not in after),
        new=tuple(one for one in after if one not in before),
        spread_runs=spread.runs,
        needed_runs=NEEDED_RUNS,
    )


def _adjusted(found: Sequence[BetweenRuns], run: Run) -> tuple[BetweenRuns, ...]:
    headlines = headline_metrics(run.plan)
    called = {
        place: one.p for place, one in enumerate(found) if one.is_called and (one.metric, one.scenario) in headlines
    }
    return adjust_headlines(found, called)


def _pairs(reference: Summary, subject: Summary, spread: MachineSpread) -> Iterator[_Pair]:
    """Yield the numbers that both runs have, with the same contract of the target; rates that the load gives are none.

    A spread applies neither to exact numbers nor to one and the same run.
    """
    is_same = reference.run.id == subject.run.id
    before = {key_of(one): one for one in reference.results}
    for mine in subject.results:
        theirs = None if is_given(mine.metric) else before.get(key_of(mine))
        if theirs is None or not _same_contract(reference.run.plan, subject.run.plan, mine):
            continue
        if mine.estimate is not None and theirs.estimate is not None:
            is_exact = mine.trials == theirs.trials == 1
            yield _Pair(theirs, mine, None if is_same or is_exact else spread.of(key_of(mine)))


def _same_contract(before: Plan, after: Plan, result: Result) -> bool:
    theirs, mine = (plan.contract_of(result.subject) for plan in (before, after))
    return mine == theirs if result.scenario is None else mine.get(result.scenario) == theirs.get(result.scenario)


def _absolute(a: Run, b: Run, pair: _Pair) -> BetweenRuns:
    theirs, mine = pair.theirs, pair.mine
    ratio, p = welch(mine, theirs, pair.spread)
    verdict, reason = _judge(mine, theirs, pair.spread)
    if pair.spread is not None and not pair.is_called:
        verdict, reason = Difference.INCONCLUSIVE, _unknown(pair.spread)
    elif (unlike := _other_loads(a.plan, b.plan, mine.metric)) is not None:
        verdict, reason = Difference.INCONCLUSIVE, unlike
    warnings = [f"{a.id}: {warning}" for warning in theirs.warnings]
    warnings += [f"{b.id}: {warning}" for warning in mine.warnings if mine is not theirs]
    warnings += filter(None, [reason])
    return BetweenRuns(
        of=mine.subject,
        metric=mine.metric,
        scenario=mine.scenario,
        subject=f"{b.id} {mine.subject}",
        reference=f"{a.id} {mine.subject}",
        ratio=ratio.estimate,
        low=ratio.low,
        high=ratio.high,
        p=p,
        verdict=verdict,
        warnings=tuple(warnings),
        is_called=pair.is_called,
        between=pair.spread.between if pair.spread is not None and pair.spread.is_known else None,
    )


def _other_loads(a: Plan, b: Plan, metric: str) -> str | None:
    """Return why a number of two runs says nothing: memory under load depends on all that was driven before."""
    scenarios = [sorted(plan.scenarios) for plan in (a, b)]
    if scenarios[0] == scenarios[1] or not is_memory_of_loads(metric):
        return None
    there, here = map(", ".join, scenarios)
    return f"{INCONCLUSIVE}it was read after other loads, {there} in the first run and {here} in the second"


def _unknown(spread: RunSpread) -> str:
    return f"fewer than {NEEDED_RUNS} other runs of this machine ({spread.runs} of {NEEDED_RUNS})"


def _ratios(
    reference: Summary, subject: Summary, spread: MachineSpread, numbers: Mapping[ResultKey, bool]
) -> Iterator[BetweenRuns]:
    """Yield the change of each ratio that both runs have.

    A ratio takes the place of a number that is not called. Beside one that is called it stands if its own spread
    between runs is known.

    Args:
        reference: The first run.
        subject: The second run.
        spread: The spread between the runs of this machine.
        numbers: The numbers that have a spread between runs, and whether they are called.
    """
    before = {key_of_ratio(one): (one, of_ratio) for one, of_ratio in _ratio_moments(reference)}
    for mine, of_mine in _ratio_moments(subject):
        key, of_runs = key_of_ratio(mine), spread.of_ratio(key_of_ratio(mine))
        is_called = numbers.get((mine.subject, mine.scenario, mine.metric))
        if key in before and is_called is not None and (of_runs.is_known or not is_called):
            yield _ratio_change((reference.run, *before[key]), (subject.run, mine, of_mine), of_runs)


def _ratio_moments(summary: Summary) -> Iterator[tuple[Comparison, Moments]]:
    yield from ratio_moments(summary, (*summary.comparisons, *summary.over_null))


def _ratio_change(
    a: tuple[Run, Comparison, Moments], b: tuple[Run, Comparison, Moments], spread: RunSpread
) -> BetweenRuns:
    (run_a, theirs, before), (run_b, mine, after) = a, b
    ratio, p = _ratio_of(after, before, spread)
    unlike = _other_loads(run_a.plan, run_b.plan, mine.metric)
    is_open = unlike is not None or Difference.INCONCLUSIVE in {theirs.verdict, mine.verdict}
    named = f"{mine.subject} / {mine.reference}"
    return BetweenRuns(
        of=mine.subject,
        over=mine.reference,
        metric=mine.metric,
        scenario=mine.scenario,
        subject=f"{run_b.id} {named}",
        reference=f"{run_a.id} {named}",
        ratio=ratio.estimate,
        low=ratio.low,
        high=ratio.high,
        p=p,
        verdict=Difference.INCONCLUSIVE if is_open else difference(ratio),
        warnings=(
            *(f"{run.id}: {why}" for run, one in ((run_a, theirs), (run_b, mine)) for why in one.warnings),
            *(() if spread.is_known else (no_ratio_spread(spread),)),
            *filter(None, [unlike]),
        ),
        between=spread.between if spread.is_known else None,
    )


def no_ratio_spread(spread: RunSpread) -> str:
    """Return the warning of a ratio whose spread between runs is not known."""
    return (
        f"the spread of this ratio between runs is not known ({spread.runs} of {NEEDED_RUNS} runs), so its interval "
        "has that within the two runs only"
    )


def _judge(mine: Result, theirs: Result, spread: RunSpread | None) -> tuple[Difference, str | None]:
    """Return the verdict of all trials; inconclusive with a reason if the undisturbed trials give another verdict."""
    verdict, clean = _claim(mine, theirs, spread), (_undisturbed(mine), _undisturbed(theirs))
    if clean[0] is None or clean[1] is None:
        return Difference.INCONCLUSIVE, f"{INCONCLUSIVE}{DISTURBED} in most trials of a run"
    if _claim(clean[0], clean[1], spread) is not verdict:
        return Difference.INCONCLUSIVE, f"{INCONCLUSIVE}the undisturbed trials alone would say something else"
    return verdict, None


def _claim(mine: Result, theirs: Result, spread: RunSpread | None) -> Difference:
    at_least, at_most = mine.bound is Bound.GENERATOR, theirs.bound is Bound.GENERATOR
    return difference(welch(mine, theirs, spread)[0], at_least=at_least, at_most=at_most)


def _undisturbed(result: Result) -> Result | None:
    """Return the result of the undisturbed trials only; None if they are too few or give no number."""
    clean = result.clean_trials
    if clean is None:
        return result
    if not enough_clean(clean, result.trials) or result.clean_estimate is None:
        return None
    return replace(result, trials=clean, estimate=result.clean_estimate, low=result.clean_low, high=result.clean_high)


def welch(mine: Result, theirs: Result, spread: RunSpread | None = None) -> tuple[Interval, float]:
    """Return the ratio of two results with its interval, and Welch's p of a ratio as far from 1.

    Args:
        mine: The result above the line.
        theirs: The result below it.
        spread: The spread between runs; where it is known and wider, interval and p are those of the spread.

    Raises:
        ValueError: A result has no estimate.
    """
    return _ratio_of(moments_of(mine), moments_of(theirs), spread)


def distance(mine: Moments, theirs: Moments) -> tuple[float, float]:
    """Return the distance of two means of logarithms, and Welch's p of a distance as far from 0."""
    apart = mine.mean - theirs.mean
    return apart, _half_width(Moments(apart, *_errors(mine, theirs)))[1]


def _ratio_of(mine: Moments, theirs: Moments, spread: RunSpread | None) -> tuple[Interval, float]:
    """Return the ratio of two means with the interval and p of Welch's t; those of the spread where it is wider."""
    apart = mine.mean - theirs.mean
    half, p = _half_width(Moments(apart, *_errors(mine, theirs)))
    if spread is not None and spread.is_known:
        # two new runs of one code differ by √2 times the spread of a run
        wider, its_p = _half_width(Moments(apart, math.sqrt(2) * spread.deviation, spread.freedom))
        half, p = max(half, wider), max(p, its_p)
    return Interval(math.exp(apart), math.exp(apart - half), math.exp(apart + half)), p


def _errors(mine: Moments, theirs: Moments) -> tuple[float, float]:
    """Return the standard error of a difference of means, and its degrees of freedom by Welch and Satterthwaite."""
    both = math.hypot(mine.error, theirs.error)
    if both == 0:
        return 0.0, mine.freedom + theirs.freedom
    # shares of the variance: fourth powers of small errors would underflow
    share, other_share = (mine.error / both) ** 2, (theirs.error / both) ** 2
    return both, 1 / (share**2 / mine.freedom + other_share**2 / theirs.freedom)


def _half_width(of: Moments) -> tuple[float, float]:
    """Return the half-width of Student's t interval of a difference, and the p of a difference as far from 0."""
    if of.error == 0:
        return 0.0, 0.0 if of.mean else 1.0
    half = float(special.stdtrit(of.freedom, _QUANTILE)) * of.error
    return half, float(2 * special.stdtr(of.freedom, -abs(of.mean) / of.error))


def is_repetition(a: Run, b: Run) -> bool:
    """Return whether two runs are repetitions of one plan, perhaps on two machines: `harness run --like`."""
    return a.id in {b.like, b.id} or (a.like is not None and a.like in {b.id, b.like})


OF_THE_MACHINE = frozenset({"cpu", "cpus", "kernel", "cgroup", "generator_cpus"})
"""The conditions of a run that its machine gives; the others belong to its plan."""


def is_same_machine(a: Run, b: Run) -> bool:
    """Return whether two runs have the same CPU model, number of CPUs and version of cgroups."""
    return not {"cpu", "cpus", "cgroup"} & {one.key for one in condition_differences(a, b)}


def condition_differences(a: Run, b: Run) -> tuple[EnvironmentDifference, ...]:
    """Return the differences that make two runs incomparable: machine, kernel, cgroup, runtime, profile or CPUs."""
    return environment_differences(conditions_of(a), conditions_of(b))


def conditions_of(run: Run) -> dict[str, Any]:
    """Return what two runs must have in common for their absolute numbers to be compared."""
    machine = run.environment.get("machine", {})
    return {
        "cpu": machine.get("cpu"),
        "cpus": machine.get("cpus"),
        "kernel": str(machine.get("kernel")).partition(".")[0],
        "cgroup": machine.get("cgroup"),
        "runtime": run.plan.runtime,
        "profile": run.plan.profile.name,
        "target_cpus": run.plan.target_cpus,
        "generator_cpus": len(run.environment.get("cpus", {}).get("generator", ())),
    }
