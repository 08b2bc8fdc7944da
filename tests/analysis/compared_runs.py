"""Hand-made summaries of runs for tests that compare two of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.analysis.between import compare_runs
from harness.analysis.intervals import log_t_interval
from harness.analysis.run_spread import MachineSpread, RunSpread, key_of
from harness.analysis.thresholds import evidence_between, failed, read_thresholds
from harness.model import BetweenRuns, Bound, Comparison, Difference, Result, Subject, Summary
from harness.units import Unit
from tests.trials import FLASK, GIN, a_run

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE = "throughput.closed.c32"
STEADY = [100.0, 101.0, 99.0, 100.5, 99.5]


def scaled(by: float) -> list[float]:
    """Return the steady rates times a factor."""
    return [value * by for value in STEADY]


def a_result(
    of: Sequence[float], subject: Subject = GIN, metric: str = RATE, bound: Bound | None = None, *warnings: str
) -> Result:
    """Return the result of one value per trial."""
    made = log_t_interval(of)
    numbers = (made.estimate, made.low, made.high)
    return Result(subject, "hello", metric, Unit.PER_SECOND, len(of), 0.95, *numbers, bound, warnings)


def absent(metric: str = RATE) -> Result:
    """Return a result without a number."""
    return Result(GIN, "hello", metric, Unit.PER_SECOND, 0, 0.95, reason="the target failed (load)")


def a_ratio(of: Sequence[float], verdict: Difference = Difference.HIGHER, *warnings: str) -> Comparison:
    """Return the ratio of Gin's rate to Flask's, one value per block."""
    made = log_t_interval(of)
    numbers = (made.estimate, made.low, made.high)
    return Comparison(RATE, "hello", GIN, FLASK, *numbers, 0.03, verdict, warnings)


def a_summary(*results: Result, name: str = "a", ratios: Sequence[Comparison] = ()) -> Summary:
    """Return the summary of a run."""
    return Summary(a_run(name=name), results, tuple(ratios))


def with_clean(of: Sequence[float], clean: Sequence[float]) -> Result:
    """Return the result of trials, with the result of the undisturbed ones among them."""
    found = replace(a_result(of), clean_trials=len(clean))
    if len(clean) < 2:
        return found
    made = log_t_interval(clean)
    return replace(found, clean_estimate=made.estimate, clean_low=made.low, clean_high=made.high)


def a_spread(*summaries: Summary, deviation: float = 0.0, runs: int = 5) -> MachineSpread:
    """Return the same spread for all numbers of these runs; by default the machine's runs don't differ."""
    keys = {key_of(one) for summary in summaries for one in summary.results}
    return MachineSpread((), dict.fromkeys(keys, RunSpread(runs, deviation, deviation)))


def compared(before: Summary, after: Summary, **spread: Any) -> tuple[BetweenRuns, ...]:  # noqa: ANN401 - as a_spread
    """Compare two runs of a machine with a known spread."""
    return compare_runs(before, after, a_spread(before, after, **spread)).comparisons


def failures(text: str, before: Summary, after: Summary, **spread: Any) -> tuple[str, ...]:  # noqa: ANN401 - as a_spread
    """Return the reasons for thresholds that do not hold between two runs of a machine with a known spread."""
    found = compare_runs(before, after, a_spread(before, after, **spread))
    return tuple(one.text for one in failed(read_thresholds(text), evidence_between(before, after, found)))
