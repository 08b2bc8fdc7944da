"""Spread between the stored runs of one machine: how far two runs of the same code differ in one number.

The interval of a run has only the variation between its blocks. An absolute number, such as a rate, also changes from
run to run: the same code gave 1.35 times the rate some minutes later. Other stored runs of the same machine show this.
They have the same conditions (machine, kernel, runtime, profile) and the same build of the target.

The two compared runs do not count. In a group of five runs, a difference of two of them can't exceed its own spread by
enough to be significant.

- S is the standard deviation of the runs' logarithms, pooled over the builds. The difference of two new runs of one
  code has the standard deviation √2 · S, so Student's t with the degrees of freedom of S is exact. In a simulation of
  runs of one code it claims a difference in at most 5 % of cases, with any spread. With five runs, tau² added to the
  variance of Welch's t claims one in 8 %.
- tau, the standard deviation of the true logarithms, is S without the runs' own errors, as in `heterogeneity`. It says
  how much of S comes from the machine.

A ratio of two targets of one run has a spread between runs of its own. It is mostly the smaller one, because a slow
hour of the machine changes both targets. The same rules apply, with the builds of both targets.
"""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from harness.analysis.heterogeneity import variance_between
from harness.analysis.intervals import Interval, moments
from harness.model import Result, Run, SpreadRun, Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from harness.analysis.intervals import Moments
    from harness.model import Comparison, Summary

    _ByBuild = dict[tuple[str, ...], list[Moments]]

_Key = TypeVar("_Key", "ResultKey", "RatioKey")

NEEDED_RUNS = 5
MOST_RUNS = 20

ResultKey = tuple[Subject, str | None, str]
"""Subject, scenario and metric of a result."""
RatioKey = tuple[Subject, Subject, str | None, str]
"""Subject, reference, scenario and metric of a ratio of two targets of one run."""


@dataclass(frozen=True, slots=True)
class RunSpread:
    """Spread of one number between runs.

    Attributes:
        runs: The number of runs, minus the number of builds above one.
        deviation: S, the standard deviation of the runs' logarithms; 0 for a single run.
        between: tau, the same without the runs' own errors.
    """

    runs: int
    deviation: float
    between: float

    @property
    def is_known(self) -> bool:
        """Whether there are enough runs."""
        return self.runs >= NEEDED_RUNS

    @property
    def freedom(self) -> int:
        """The degrees of freedom of the deviation."""
        return self.runs - 1


@dataclass(frozen=True, slots=True)
class MachineSpread:
    """Spread between the runs of one machine, by number and by ratio.

    Attributes:
        runs: The runs that it comes from, the oldest first.
    """

    runs: tuple[SpreadRun, ...] = ()
    numbers: Mapping[ResultKey, RunSpread] = field(default_factory=dict)
    ratios: Mapping[RatioKey, RunSpread] = field(default_factory=dict)

    def of(self, key: ResultKey) -> RunSpread:
        """Return the spread of a number; without runs it is not known."""
        return self.numbers.get(key, RunSpread(0, 0.0, 0.0))

    def of_ratio(self, key: RatioKey) -> RunSpread:
        """Return the spread of a ratio; without runs it is not known."""
        return self.ratios.get(key, RunSpread(0, 0.0, 0.0))


def key_of(result: Result) -> ResultKey:
    """Return what a result is of."""
    return result.subject, result.scenario, result.metric


def moments_of(result: Result) -> Moments:
    """Return the moments of a result's interval.

    Raises:
        ValueError: The result has no estimate.
    """
    if result.estimate is None or result.low is None or result.high is None:
        raise ValueError(f"{result.metric} of {result.subject} has no estimate")
    return moments(Interval(result.estimate, result.low, result.high), result.trials, result.confidence)


def key_of_ratio(ratio: Comparison) -> RatioKey:
    """Return what a ratio is of."""
    return ratio.subject, ratio.reference, ratio.scenario, ratio.metric


def ratio_moments(summary: Summary, ratios: Iterable[Comparison]) -> Iterator[tuple[Comparison, Moments]]:
    """Yield ratios of a run with their moments. A compared metric has a number in every block of its run."""
    blocks: Mapping[ResultKey, int] = {key_of(one): one.trials for one in summary.results}
    for one in ratios:
        trials = blocks[one.subject, one.scenario, one.metric]
        yield one, moments(Interval(one.ratio, one.low, one.high), trials)


def machine_spread(compared: Sequence[Run], others: Iterable[Summary]) -> MachineSpread:
    """Return the spread between other runs of the compared runs' machine.

    Args:
        compared: The two compared runs; their builds count.
        others: Other runs with the same conditions.
    """
    numbers: dict[ResultKey, _ByBuild] = defaultdict(lambda: defaultdict(list))
    ratios: dict[RatioKey, _ByBuild] = defaultdict(lambda: defaultdict(list))
    used: dict[str, SpreadRun] = {}
    for summary in others:
        run = summary.run
        for key, found, subjects in _numbers_of(summary):
            builds = _builds_of(run, subjects)
            if builds in {_builds_of(one, subjects) for one in compared}:
                numbers[key][builds].append(found)
                used[run.id] = SpreadRun(run.id, run.started_at)
        for ratio, found in ratio_moments(summary, (*summary.comparisons, *summary.over_null)):
            builds = _builds_of(run, (ratio.subject, ratio.reference))
            if builds in {_builds_of(one, (ratio.subject, ratio.reference)) for one in compared}:
                ratios[key_of_ratio(ratio)][builds].append(found)
    runs = tuple(sorted(used.values(), key=lambda run: run.started_at))
    return MachineSpread(runs, _spreads(numbers), _spreads(ratios))


def _numbers_of(summary: Summary) -> Iterator[tuple[ResultKey, Moments, tuple[Subject]]]:
    for result in summary.results:
        if result.estimate is not None:
            yield key_of(result), moments_of(result), (result.subject,)


def _builds_of(run: Run, subjects: Iterable[Subject]) -> tuple[str, ...]:
    return tuple(build_of(run, one) for one in subjects)


def _spreads(values: Mapping[_Key, _ByBuild]) -> dict[_Key, RunSpread]:
    return {key: _spread(list(of_builds.values())) for key, of_builds in values.items()}


def build_of(run: Run, subject: Subject) -> str:
    """Return the id of the build of a subject's target in a run; empty if the run does not say it."""
    image = run.environment.get("images", {}).get(subject.target, {})
    return str(image.get("id", ""))


def _spread(builds: Sequence[Sequence[Moments]]) -> RunSpread:
    freedom = sum(len(runs) - 1 for runs in builds)
    if not freedom:
        return RunSpread(1, 0.0, 0.0)
    squares = sum(statistics.variance([run.mean for run in runs]) * (len(runs) - 1) for runs in builds if len(runs) > 1)
    every = [run for runs in builds for run in runs]
    variance = squares / freedom
    return RunSpread(freedom + 1, math.sqrt(variance), math.sqrt(variance_between(variance, every)))
