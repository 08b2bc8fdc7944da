"""The headlines of a run follow from its plan."""

from dataclasses import replace

import pytest

from harness.analysis.headlines import headline_metrics, shown_headlines
from harness.model import Result
from harness.units import Unit
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


def results(*measured: str, absent: tuple[str, ...] = ()) -> list[Result]:
    """Return a result for each name, of the scenario hello where the metric has a load."""
    found = []
    for name in (*measured, *absent):
        scenario = "hello" if name.startswith(("throughput", "latency")) else None
        number = None if name in absent else 1.0
        reason = "it failed" if name in absent else None
        found.append(Result(FLASK, scenario, name, Unit.ONE, 3, 0.95, number, number, number, reason=reason))
    return found


@pytest.mark.parametrize(
    ("measured", "absent", "shown"),
    [
        (("latency.open.r500.p50", "latency.open.r500.p99", "latency.open.r500.p999"), (), "latency.open.r500.p99"),
        (("latency.open.r500.p50", "latency.open.r500.p90"), ("latency.open.r500.p99",), "latency.open.r500.p90"),
        (("latency.open.r200.p99", "latency.open.r1000.p99"), (), "latency.open.r1000.p99"),
        (("latency.closed.c32.p99", "latency.open.r500.p50"), (), "latency.open.r500.p50"),
        (("latency.closed.c32.p99",), ("latency.open.r500.p99",), "latency.closed.c32.p99"),
        ((), ("latency.open.r500.p50", "latency.open.r500.p99"), "latency.open.r500.p99"),
        (("throughput.closed.c1", "throughput.closed.c32", "throughput.closed.c64"), (), "throughput.closed.c32"),
        (("throughput.closed.c1", "throughput.closed.c64"), ("throughput.closed.c32",), "throughput.closed.c64"),
        (("memory.idle",), ("memory.loaded",), "memory.idle"),
        (("process_start.ready",), (), "process_start.ready"),
    ],
)
def test_of_each_kind_the_first_metric_with_a_number_is_shown(
    measured: tuple[str, ...], absent: tuple[str, ...], shown: str
) -> None:
    assert [metric for metric, _ in shown_headlines(PLAN, results(*measured, absent=absent))] == [shown]


def test_throughput_latency_memory_and_start_are_shown_in_this_order() -> None:
    names = ("cold_start.ready", "memory.loaded", "latency.open.r500.p99", "throughput.closed.c32")
    assert [metric for metric, _ in shown_headlines(PLAN, results(*names))] == list(reversed(names))
