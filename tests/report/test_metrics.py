"""Names, orders and definitions of metrics."""

from __future__ import annotations

import pytest

from harness.figures.published import METRICS
from harness.report.metrics import (
    KINDS,
    Family,
    connections_of,
    family_of,
    kind_of,
    phrase_of,
    quantile_of,
    sort_key,
    title_of,
)


@pytest.mark.parametrize(
    ("metric", "title", "phrase"),
    [
        ("throughput.closed.c1", "1 connection", "throughput over 1 connection"),
        ("throughput.closed.c32", "32 connections", "throughput over 32 connections"),
        ("throughput.closed.c1024", "1,024 connections", "throughput over 1,024 connections"),
        ("throughput.peak", "peak", "peak throughput"),
        ("latency.open.r1000.p50", "median at 1,000 req/s", "median latency at 1,000 req/s"),
        ("latency.open.r0.5.p99", "p99 at 0.5 req/s", "p99 latency at 0.5 req/s"),
        ("latency.open.r200.p999", "p99.9 at 200 req/s", "p99.9 latency at 200 req/s"),
        ("latency.own60.p90", "p90 at 60 % of its own peak", "p90 latency at 60 % of its own peak"),
        ("cpu_per_request.closed.c8", "per request over 8 connections", "CPU time per request over 8 connections"),
        ("memory.idle", "idle", "idle memory"),
        ("memory_pss.loaded", "loaded, as processes", "loaded memory, as processes"),
        ("cold_start.ready", "ready", "time to the first right answer"),
        ("somebody.elses", "somebody.elses", "somebody.elses"),
    ],
)
def test_a_metric_is_named_in_words(metric: str, title: str, phrase: str) -> None:
    assert (title_of(metric), phrase_of(metric)) == (title, phrase)


@pytest.mark.parametrize(
    ("metric", "family"),
    [
        ("throughput.closed.*", Family.THROUGHPUT),
        ("latency.*", Family.LATENCY),
        ("memory.pss_idle", Family.MEMORY),
        ("process_start.ready", Family.COLD_START),
        ("footprint.image", Family.FOOTPRINT),
        ("rate.slo", Family.LIMITS),
        ("somebody.elses", Family.OTHER),
    ],
)
def test_a_metric_a_wildcard_and_an_unknown_member_find_their_family(metric: str, family: Family) -> None:
    assert family_of(metric) is family


def test_metrics_are_ordered_as_people_read_them() -> None:
    shuffled = [
        "other",
        "cpu_per_request.closed.c1",
        "cold_start.ready",
        "cold_start.create",
        "memory.peak",
        "memory.idle",
        "latency.open.r1000.p50",
        "latency.open.r200.p999",
        "latency.open.r200.p50",
        "throughput.peak",
        "throughput.closed.c32",
        "throughput.closed.c8",
    ]
    assert sorted(shuffled, key=sort_key) == [
        "throughput.closed.c8",
        "throughput.closed.c32",
        "throughput.peak",
        "latency.open.r200.p50",
        "latency.open.r200.p999",
        "latency.open.r1000.p50",
        "memory.idle",
        "memory.peak",
        "cold_start.create",
        "cold_start.ready",
        "cpu_per_request.closed.c1",
        "other",
    ]


def test_a_name_states_its_quantile_and_its_connections() -> None:
    assert [quantile_of(f"latency.open.r1000.p{q}") for q in (50, 90, 99, 999)] == [0.5, 0.9, 0.99, 0.999]
    assert quantile_of("throughput.closed.c50") is None
    assert connections_of("throughput.closed.c50") == 50
    assert connections_of("cpu_per_request.closed.c50") is None


def test_no_two_kinds_claim_the_same_metric() -> None:
    examples = [
        *METRICS,
        "throughput.closed.c8",
        "latency.open.r1.p50",
        "latency.own60.p99",
        "cpu_per_request.closed.c8",
    ]
    for example in examples:
        assert sum(kind.parameters(example) is not None for kind in KINDS) <= 1, example


def test_every_metric_that_a_figure_may_name_is_defined_or_is_of_the_footprint() -> None:
    members = {"throughput.closed.": "c1", "cpu_per_request.closed.": "c1"}
    members |= {"latency.open.": "r1.p50", "latency.own60.": "p50", "cold_start_uncached.": "ready"}
    names = [metric + members.get(metric, "") for metric in METRICS]
    assert [name for name in names if kind_of(name) is None and family_of(name) is not Family.FOOTPRINT] == []
