"""The invented run of the report's tests with a ladder: exact numbers at rest and at three shares of each peak."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model import DrivenSlice, Floor, Load, LoadKind, Result, Slice, SliceResult, Subject, Trial
from tests.report.material import material
from tests.report.measured import BLOCKS, FLASK, GIN, NULL, absent, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.report.material import Material

SHARES = (0.1, 0.6, 0.9)
PEAKS = {FLASK: 6_120.0, GIN: 86_900.0}
SLOPES_S = {FLASK: 0.000_158, GIN: 0.000_011_2}
AT_REST = {FLASK: 0.000_8, GIN: 0.000_04}
# the median and the p99 at each share, and those of the null target at the same rate
TIMES_S = {
    FLASK: {0.1: (0.000_41, 0.001_1), 0.6: (0.000_55, 0.003_2), 0.9: (0.001_9, 0.014)},
    GIN: {0.1: (0.000_06, 0.000_15), 0.6: (0.000_11, 0.000_42)},
}
FLOORS_S = {
    FLASK: {0.1: (0.000_042, 0.000_09), 0.6: (0.000_043, 0.000_1), 0.9: (0.000_043, 0.000_1)},
    GIN: {0.1: (0.000_046, 0.000_11), 0.6: (0.000_07, 0.000_46)},
}
OVERLOAD = "does not keep up with 78,200/s: 71,300/s answered"
SHARED = "shared with the machine: not distinguished from the null target's"


def with_ladder() -> Material:
    """Return the run with a ladder: Gin does not keep up with its last step, and shares a p99 with the machine."""
    whole = material(ceiling=NULL)
    results = tuple(result for subject in PEAKS for result in ladder_of(subject))
    profile = replace(whole.summary.run.plan.profile, own_shares=SHARES, idle_s=5.0)
    run = replace(whole.summary.run, plan=replace(whole.summary.run.plan, profile=profile))
    summary = replace(whole.summary, run=run, results=(*whole.summary.results, *results))
    trials = tuple(replace(trial, slices=tuple(slices_of(trial))) for trial in whole.stored.trials)
    return replace(whole, summary=summary, stored=replace(whole.stored, run=run, trials=trials))


def slices_of(trial: Trial) -> Iterator[DrivenSlice]:
    """Yield the slices of the ladder; the peak of each block is a little higher than that of the block before."""
    for share in SHARES if trial.subject in PEAKS else ():
        rate_per_s = share * PEAKS[trial.subject] * (0.98 + 0.01 * trial.block)
        plan = Slice(0, trial.subject, "hello", Load(LoadKind.POISSON, 64, rate_per_s, share), 2.0, 0.2, seed=1)
        yield DrivenSlice(plan, SliceResult(0, 10, 10, {}, 10, 1.8, 2.0, 0.1, 0.1))


def ladder_of(subject: Subject) -> Iterator[Result]:
    yield a_result(subject, "cpu_load.idle", None, AT_REST[subject])
    yield a_result(subject, "cpu_per_request.ladder", "hello", SLOPES_S[subject])
    for share in SHARES:
        of_step = f"own{100 * share:g}"
        times_s = TIMES_S[subject].get(share)
        if times_s is None:
            names = (f"latency.{of_step}.p50", f"latency.{of_step}.p99", f"cpu_load.{of_step}")
            yield from (absent(subject, name, "hello", OVERLOAD) for name in names)
            continue
        load = AT_REST[subject] + SLOPES_S[subject] * share * PEAKS[subject]
        yield a_result(subject, f"cpu_load.{of_step}", "hello", load)
        for quantile, time_s, floor_s in zip(("p50", "p99"), times_s, FLOORS_S[subject][share], strict=True):
            found = a_result(subject, f"latency.{of_step}.{quantile}", "hello", time_s)
            floor = Floor(floor_s, floor_s * 0.9, floor_s * 1.1)
            is_shared = time_s * 0.98 <= floor.high
            yield replace(found, floor=floor, detail=SHARED if is_shared else None)


def a_result(subject: Subject, metric: str, scenario: str | None, value: float) -> Result:
    return Result(subject, scenario, metric, unit_of(metric), BLOCKS, 0.95, value, value * 0.98, value * 1.02)
