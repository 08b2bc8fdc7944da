"""Histories of machines, and changes of level in them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.analysis.headlines import measured_headlines
from harness.analysis.history import history, level_changes
from harness.model import FEWEST_RUNS, STANDARD, Point, Result, Revision, Summary
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

C32 = "throughput.closed.c32"


def points(values: Iterable[float]) -> tuple[Point, ...]:
    return tuple(Point(f"run-{n}", "2026-01-01", None, value, value, value) for n, value in enumerate(values))


def a_summary(number: int, unlike: Mapping[str, object] | None = None, *, rate: float | None = 1000.0) -> Summary:
    plan = a_plan(FLASK, GIN)
    run = a_run(plan, f"run-{number}")
    machine = {"cpu": "AMD EPYC", "cpus": 2, "kernel": "6.1", "cgroup": "v1", **(unlike or {})}
    stated = {**run.environment, "machine": machine, "commit": f"{number:012}"}
    run = replace(run, started_at=f"2026-01-{number:02}T10:00:00+00:00", environment=stated)
    ends = {"estimate": rate, "low": rate * 0.9, "high": rate * 1.1} if rate else {"reason": "none"}
    return Summary(run, (Result(FLASK, "hello", C32, Unit.PER_SECOND, 3, 0.95, **ends),), ())


def test_runs_are_joined_in_the_order_of_their_time() -> None:
    (machine,) = history([a_summary(3), a_summary(1), a_summary(2)])
    assert machine.runs == ("run-1", "run-2", "run-3")
    (series,) = machine.series
    assert (series.subject, series.scenario, series.metric, series.unit) == (FLASK, "hello", C32, Unit.PER_SECOND)
    assert [point.run for point in series.points] == ["run-1", "run-2", "run-3"]
    first = series.points[0]
    assert (first.estimate, first.low, first.high) == (1000.0, 900.0, 1100.0)
    assert first.commit == "000000000001"


@pytest.mark.parametrize("unlike", [{"cpu": "Intel Xeon"}, {"cpus": 4}, {"kernel": "5.15"}, {"cgroup": "v2"}])
def test_unlike_machines_are_apart_and_the_newest_is_first(unlike: dict[str, object]) -> None:
    newer, older = history([a_summary(1), a_summary(3, unlike), a_summary(2)])
    assert (newer.runs, older.runs) == (("run-3",), ("run-1", "run-2"))


def test_runs_that_drove_other_loads_are_apart() -> None:
    """Loaded memory depends on all that was driven before it was read."""
    plan = a_summary(1).run.plan
    changes = [
        {"scenarios": (*plan.scenarios, "shop")},
        {"profile": replace(plan.profile, level_s=plan.profile.level_s * 2)},
        {"contracts": {"flask_app": {"hello": replace(STANDARD["hello"], path="/other")}}},
    ]
    alike = [a_summary(1), a_summary(2)]
    others = []
    for number, change in enumerate(changes, start=3):
        one = a_summary(number)
        others.append(replace(one, run=replace(one.run, plan=replace(plan, **change))))  # type: ignore[arg-type]
    assert [machine.runs for machine in history([*alike, *others])] == [
        ("run-5",),
        ("run-4",),
        ("run-3",),
        ("run-1", "run-2"),
    ]


def test_a_run_against_a_revision_is_joined_although_the_older_builds_have_contracts_of_their_own() -> None:
    one, other = a_summary(1), a_summary(2)
    own = {"hello": replace(STANDARD["hello"], path="/other")}
    plan = replace(one.run.plan, contracts={"flask_app": own})
    revision = Revision("old", "0123abc0123abc", "the working tree")
    older = replace(
        plan,
        subjects=(*plan.subjects, revision.of(FLASK)),
        contracts={"flask_app": own, revision.target("flask_app"): own},
        against=revision,
    )
    both = (replace(one, run=replace(one.run, plan=plan)), replace(other, run=replace(other.run, plan=older)))
    assert [machine.runs for machine in history(both)] == [("run-1", "run-2")]


def test_an_absent_number_is_no_point() -> None:
    (machine,) = history([a_summary(1), a_summary(2, rate=None), a_summary(3)])
    assert [point.run for point in machine.series[0].points] == ["run-1", "run-3"]


def test_the_latency_that_a_run_without_a_p99_shows_is_in_its_history_beside_the_median() -> None:
    summary = a_summary(1)
    rate = max(summary.run.plan.profile.open_rates_per_s)
    times_s = {f"latency.open.r{rate:g}.{quantile}": time_s for quantile, time_s in (("p50", 0.008), ("p90", 0.019))}
    found = [Result(FLASK, "hello", name, Unit.SECOND, 3, 0.95, s, s, s) for name, s in times_s.items()]
    absent = Result(FLASK, "hello", f"latency.open.r{rate:g}.p99", Unit.SECOND, 0, 0.95, reason="too few samples")
    summary = replace(summary, results=(*found, absent))
    (machine,) = history([summary])
    assert {one.metric for one in machine.series} == set(times_s)
    assert {metric for metric, _ in measured_headlines(summary)} <= {one.metric for one in machine.series}


def test_no_runs_have_no_history() -> None:
    assert history([]) == ()


def test_too_few_runs_are_not_searched() -> None:
    assert level_changes(points([1.0] * (FEWEST_RUNS - 1))) is None
    assert level_changes(points([1.0] * FEWEST_RUNS)) == ()


def test_a_change_has_its_first_run_and_its_size() -> None:
    values = [100.0, 101.0, 99.0, 100.0, 100.5, 80.0, 79.0, 81.0, 80.0, 80.5]
    (change,) = level_changes(points(values)) or ()
    assert change.run == "run-5"
    assert change.ratio == pytest.approx(0.8, rel=0.01)


def test_changes_are_rare_without_one_and_found_where_there_is_one() -> None:
    """The simulation that the module's docstring quotes, for ten runs with a noise of 2 %."""
    rng = np.random.default_rng(7)
    noise, series = 0.02, rng.normal(0.0, 0.02, (400, 10))
    false = sum(bool(level_changes(points(np.exp(one)))) for one in series)
    assert false <= 0.05 * len(series)
    shift = np.where(np.arange(10) < 5, 0.0, 4 * noise)
    found = [level_changes(points(np.exp(one + shift))) for one in series]
    assert sum(bool(one) for one in found) >= 0.9 * len(series)
    sizes = [one[0].ratio for one in found if one]
    assert np.median(sizes) == pytest.approx(math.exp(4 * noise), rel=0.02)
