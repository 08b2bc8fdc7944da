"""The headlines of a run follow from its plan."""

from dataclasses import replace

from harness.analysis.headlines import headline_metrics
from tests.trials import FLASK, GIN, a_plan

PLAN = a_plan(FLASK, GIN)


def test_the_headlines_are_throughput_latency_memory_and_start() -> None:
    profile = replace(PLAN.profile, connections=(1, 32), other_connections=32, open_rates_per_s=(200, 1000))
    assert headline_metrics(replace(PLAN, profile=profile)) == {
        ("throughput.closed.c32", "hello"),
        ("latency.open.r1000.p50", "hello"),
        ("latency.open.r1000.p99", "hello"),
        ("memory.loaded", None),
        ("memory_pss.loaded", None),
        ("cold_start.ready", None),
        ("process_start.ready", None),
    }


def test_without_a_shared_level_the_headline_is_at_the_highest_level() -> None:
    profile = replace(PLAN.profile, connections=(1, 64), other_connections=32)
    assert ("throughput.closed.c64", "hello") in headline_metrics(replace(PLAN, profile=profile))
