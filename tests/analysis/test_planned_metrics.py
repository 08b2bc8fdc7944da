"""Metrics that a plan compares are those of its comparisons; thresholds on others are refused before the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.analysis.planned_metrics import about_thresholds, compared_metrics, require_compared, require_named
from harness.analysis.thresholds import read_thresholds
from harness.errors import UsageError
from harness.manifest import load_profiles
from harness.model import Pace, ScenarioTraits, Subject
from harness.model.plan import THOROUGHNESS
from tests import reference_run
from tests.trials import FLASK, GIN, a_plan

if TYPE_CHECKING:
    from harness.model import Plan

NULL = Subject("null_app", "raw")
IN_PROCESSES = replace(a_plan(FLASK, GIN), runtime="process")


def of_profile(name: str, runtime: str = "docker") -> Plan:
    """Return a plan of Flask and Gin with the null target."""
    return replace(a_plan(FLASK, GIN), profile=load_profiles()[name], runtime=runtime, ceiling=NULL)


def test_every_comparison_of_the_reference_run_is_by_a_metric_that_its_plan_compares() -> None:
    summary = reference_run.summary()
    assert {one.metric for one in summary.comparisons} <= set(compared_metrics(summary.run.plan))


def test_the_reference_run_has_a_comparison_by_each_metric_that_its_plan_compares_or_it_was_absent() -> None:
    summary = reference_run.summary()
    missing = set(compared_metrics(summary.run.plan)) - {one.metric for one in summary.comparisons}
    absent = {one.metric for one in summary.results if one.estimate is None}
    assert missing - absent == set()


@pytest.mark.parametrize("profile", THOROUGHNESS)
@pytest.mark.parametrize("runtime", ["docker", "process"])
def test_the_thresholds_of_the_documents_can_be_judged_in_every_profile_and_runtime(profile: str, runtime: str) -> None:
    text = "throughput<-5%,memory.loaded>5%,memory>10%,cold_start>20%,cold_start.ready>20%,latency>10%"
    require_compared(read_thresholds(text), of_profile(profile, runtime))


def test_a_threshold_on_a_metric_of_containers_is_for_its_counterpart_of_processes_and_the_other_way_round() -> None:
    here, there = read_thresholds("memory.loaded>5%, memory_pss.loaded>5%")
    assert list(about_thresholds([here], IN_PROCESSES)) == ["threshold memory.loaded>5% is for memory_pss.loaded"]
    assert list(about_thresholds([there], a_plan(FLASK, GIN))) == [
        "threshold memory_pss.loaded>5% is for memory.loaded"
    ]
    assert not here.concerns("memory_rss.loaded")


def test_a_threshold_on_a_family_names_the_first_of_its_metrics_and_the_number_of_the_others() -> None:
    [line] = about_thresholds(read_thresholds("latency>10%"), of_profile("full"))
    assert line.startswith("threshold latency>10% is for latency.open.r200.p50, latency.open.r200.p90, ")
    assert line.endswith(" more")


@pytest.mark.parametrize(
    ("text", "cause", "near"),
    [
        ("thruput<-5%", "there is no metric thruput", "throughput"),
        ("memory.loadd>5%", "there is no metric memory.loadd", "memory.loaded"),
        ("throughput.closed.c33<-5%", "does not compare this metric", "throughput.closed.c32"),
        ("latency.open.r999.p99>5%", "does not compare this metric", "latency.open.r1000.p99"),
        ("footprint.image>5%", "does not compare this metric", "Known: "),
        ("rate.slo<-5%", "a run of quick in the runtime docker does not compare this metric", ""),
        ("paced.rate<-5%", "does not compare this metric", ""),
        ("memory.peek>5%", "there is no metric memory.peek", "memory.peak"),
        ("x>5%", "there is no metric x", "Known: cold_start, "),
    ],
)
def test_a_threshold_on_no_metric_of_the_plan_is_refused_with_the_nearest_names(
    text: str, cause: str, near: str
) -> None:
    with pytest.raises(UsageError) as caught:
        require_compared(read_thresholds(f"throughput<-5%,{text}"), of_profile("quick"))
    assert cause in str(caught.value)
    assert near in str(caught.value)
    assert repr(text) in str(caught.value)


def test_processes_have_no_peak_and_no_time_of_the_engine() -> None:
    names = compared_metrics(IN_PROCESSES)
    assert {"memory_rss.loaded", "memory_pss.idle", "process_start.ready"} <= set(names)
    assert not {"memory.peak", "memory_pss.peak", "cold_start.create", "cold_start.ready"} & set(names)


def test_a_plan_of_paced_users_only_compares_nothing_under_load() -> None:
    traits = (ScenarioTraits("hello", (), drives_open=False, pace=Pace.PACED),)
    plan = replace(a_plan(FLASK, GIN), traits=traits)
    assert not [name for name in compared_metrics(plan) if name.startswith(("throughput", "latency", "paced"))]


def test_between_stored_runs_only_names_that_nothing_has_are_refused() -> None:
    require_named(read_thresholds("throughput<-5%,rate.slo<-5%,old.metric>3%"), {"old.metric.c1"})
    with pytest.raises(UsageError, match=r"Did you mean throughput, "):
        require_named(read_thresholds("thruput<-5%"), {"throughput.closed.c1"})
