"""The audit on simulated loads: silent on consistent files, and it finds each planted fault, in every format."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.figures.audit import AuditRule, audit_file
from harness.figures.audit.findings import MOST_PLACES
from tests.figures.audit.simulated import SUITES, TOOLS, Shape, httparena

SIMULATIONS = SUITES | TOOLS
DRAWS = {name: 15 if name in SUITES else 60 for name in SIMULATIONS}
STEADY = Shape(connections=256, mean_s=0.2, spread=0.3)
Document = Any


def rules_of(document: Document, folder: Path) -> set[AuditRule]:
    file = folder / "results.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return {one.rule for one in audit_file(file).contradictions}


@pytest.mark.parametrize("name", SIMULATIONS)
def test_a_consistent_file_is_not_accused(name: str, tmp_path: Path) -> None:
    accused = [
        (seed, rules)
        for seed in range(DRAWS[name])
        if (rules := rules_of(SIMULATIONS[name](np.random.default_rng([1, seed])), tmp_path))
    ]
    assert accused == []


# Faults: each changes a document in place.


def scale(factor: float, *path: str | int) -> Callable[[Document], None]:
    """Multiply the number, or the time with its unit, at a path of keys."""

    def plant(document: Document) -> None:
        *parents, last = path
        for key in parents:
            document = document[key]
        value = document[last]
        if isinstance(value, str):
            unit = value.lstrip("0123456789.")
            document[last] = f"{float(value.removesuffix(unit)) * factor:.2f}{unit}"
        else:
            document[last] = type(value)(value * factor)

    return plant


def swap(first: str, second: str, *path: str | int) -> Callable[[Document], None]:
    """Swap two members of the object at a path of keys."""

    def plant(document: Document) -> None:
        for key in path:
            document = document[key]
        document[first], document[second] = document[second], document[first]

    return plant


def of_metric(label: str, factor: float) -> Callable[[Document], None]:
    """Multiply a metric of the-benchmarker's first program at its highest level."""

    def plant(document: Document) -> None:
        for metric in document["metrics"]:
            if (metric["framework_id"], metric["level"], metric["label"]) == (0, 256, label):
                metric["value"] *= factor

    return plant


def both(*plants: Callable[[Document], None]) -> Callable[[Document], None]:
    def plant(document: Document) -> None:
        for one in plants:
            one(document)

    return plant


LEVEL = ("rawData", "json", "program0", 0)
FAULTS: dict[str, tuple[str, Callable[[Document], None], AuditRule]] = {
    "techempower, rate": ("techempower", scale(1.3, *LEVEL, "totalRequests"), AuditRule.LITTLES_LAW),
    "techempower, mean": ("techempower", scale(0.7, *LEVEL, "latencyAvg"), AuditRule.TIME_MISSING),
    "techempower, mean above the largest": (
        "techempower", swap("latencyAvg", "latencyMax", *LEVEL), AuditRule.MEAN_OUTSIDE,
    ),
    "httparena, rate and answers": (
        "httparena", both(scale(1.3, 0, "rps"), scale(1.3, 0, "status_2xx")), AuditRule.LITTLES_LAW,
    ),
    "httparena, rate": ("httparena", scale(1.3, 0, "rps"), AuditRule.ANSWERS_OVER_TIME),
    "httparena, answers": ("httparena", scale(0.7, 0, "status_2xx"), AuditRule.ANSWERS_OVER_TIME),
    "httparena, mean": ("httparena", scale(0.7, 0, "avg_latency"), AuditRule.TIME_MISSING),
    "httparena, p99 far above": ("httparena", scale(200.0, 0, "p99_latency"), AuditRule.MEAN_OUTSIDE),
    "the_benchmarker, rate": ("the_benchmarker", of_metric("total_requests_per_s", 1.3), AuditRule.ANSWERS_OVER_TIME),
    "the_benchmarker, answers": ("the_benchmarker", of_metric("total_requests", 0.7), AuditRule.ANSWERS_OVER_TIME),
    "the_benchmarker, mean": ("the_benchmarker", of_metric("average_latency", 0.6), AuditRule.TIME_MISSING),
    "the_benchmarker, percentile": ("the_benchmarker", of_metric("percentile_99", 0.3), AuditRule.PERCENTILE_ORDER),
    "the_benchmarker, negative": ("the_benchmarker", of_metric("minimum_latency", -1), AuditRule.IMPOSSIBLE_NUMBER),
    "k6, rate": ("k6", scale(1.3, "metrics", "http_reqs", "rate"), AuditRule.ANSWERS_OVER_TIME),
    "k6, answers": ("k6", scale(0.7, "metrics", "http_reqs", "count"), AuditRule.ANSWERS_OVER_TIME),
    "k6, mean": ("k6", scale(0.7, "metrics", "http_req_duration", "avg"), AuditRule.ARITHMETIC),
    "k6, iterations": (
        "k6", scale(1.5, "metrics", "iteration_duration", "avg"), AuditRule.LITTLES_LAW,
    ),
    "k6, percentiles": ("k6", swap("med", "p(95)", "metrics", "http_req_duration"), AuditRule.PERCENTILE_ORDER),
    "oha, rate": ("oha", scale(1.3, "summary", "requestsPerSec"), AuditRule.ANSWERS_OVER_TIME),
    "oha, answers": ("oha", scale(0.7, "statusCodeDistribution", "200"), AuditRule.ANSWERS_OVER_TIME),
    "oha, mean": ("oha", scale(0.7, "summary", "average"), AuditRule.MEAN_OUTSIDE),
    "oha, percentiles": ("oha", swap("p50", "p99", "latencyPercentiles"), AuditRule.PERCENTILE_ORDER),
    "autocannon, rate": (
        "autocannon", both(scale(1.3, "requests", "average"), scale(1.3, "requests", "total")), AuditRule.LITTLES_LAW,
    ),
    "autocannon, answers": ("autocannon", scale(0.7, "requests", "total"), AuditRule.ANSWERS_OVER_TIME),
    "autocannon, mean": ("autocannon", scale(0.7, "latency", "average"), AuditRule.TIME_MISSING),
    "autocannon, percentiles": ("autocannon", swap("p50", "p99", "latency"), AuditRule.PERCENTILE_ORDER),
    "bombardier, rate": ("bombardier", scale(1.3, "result", "rps", "mean"), AuditRule.ANSWERS_OVER_TIME),
    "bombardier, rate and answers": (
        "bombardier", both(scale(1.3, "result", "rps", "mean"), scale(1.3, "result", "req2xx")), AuditRule.LITTLES_LAW,
    ),
    "bombardier, mean": ("bombardier", scale(0.7, "result", "latency", "mean"), AuditRule.TIME_MISSING),
    "bombardier, percentiles": (
        "bombardier", swap("50", "99", "result", "latency", "percentiles"), AuditRule.PERCENTILE_ORDER,
    ),
    "vegeta, rate": ("vegeta", scale(1.3, "rate"), AuditRule.ANSWERS_OVER_TIME),
    "vegeta, answers": ("vegeta", scale(0.7, "requests"), AuditRule.ANSWERS_OVER_TIME),
    "vegeta, mean": ("vegeta", scale(0.7, "latencies", "mean"), AuditRule.ARITHMETIC),
    "vegeta, percentiles": ("vegeta", swap("50th", "99th", "latencies"), AuditRule.PERCENTILE_ORDER),
    "locust, mean": ("locust", scale(0.7, 0, "total_response_time"), AuditRule.ARITHMETIC),
    "locust, answers": ("locust", scale(1.3, 0, "num_requests"), AuditRule.ARITHMETIC),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_planted_fault_is_found(fault: str, seed: int, tmp_path: Path) -> None:
    name, plant, rule = FAULTS[fault]
    document = SIMULATIONS[name](np.random.default_rng([2, seed]), STEADY)
    assert rules_of(document, tmp_path) == set()
    plant(document)
    assert rule in rules_of(document, tmp_path)


def errors_in_techempower(document: Document) -> None:
    level = document["rawData"]["json"]["program0"][0]
    level["5xx"] = int(0.3 * level["totalRequests"])


def errors_in_httparena(document: Document) -> None:
    row = document[0]
    lost = int(0.3 * row["status_2xx"])
    row["status_2xx"] -= lost
    row["status_5xx"] += lost


def errors_in_the_benchmarker(document: Document) -> None:
    for metric in document["metrics"]:
        if metric["label"] == "http_errors":
            metric["value"] = 900


def errors_in_statuses(good: str, bad: str, *path: str) -> Callable[[Document], None]:
    def plant(document: Document) -> None:
        for key in path:
            document = document[key]
        lost = int(0.3 * document[good])
        document[good] -= lost
        document[bad] += lost

    return plant


def errors_in_k6(document: Document) -> None:
    document["metrics"]["http_req_failed"]["value"] = 0.3


def errors_in_vegeta(document: Document) -> None:
    document["success"] = 0.7  # and the throughput has them all


def errors_in_locust(document: Document) -> None:
    document[0]["num_failures"] = int(0.3 * document[0]["num_requests"])


ERRORS: dict[str, Callable[[Document], None]] = {
    "techempower": errors_in_techempower, "httparena": errors_in_httparena,
    "the_benchmarker": errors_in_the_benchmarker, "k6": errors_in_k6, "vegeta": errors_in_vegeta,
    "oha": errors_in_statuses("200", "500", "statusCodeDistribution"),
    "autocannon": errors_in_statuses("2xx", "non2xx"), "bombardier": errors_in_statuses("req2xx", "req5xx", "result"),
    "locust": errors_in_locust,
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors_that_a_rate_counts_are_found(name: str, tmp_path: Path) -> None:
    document = SIMULATIONS[name](np.random.default_rng(3), STEADY)
    ERRORS[name](document)
    assert AuditRule.ERRORS_COUNTED in rules_of(document, tmp_path)


def test_errors_that_a_rate_leaves_out_are_no_fault(tmp_path: Path) -> None:
    document = httparena(np.random.default_rng(4), Shape(64, 0.2, 0.3, errors=0.4))
    assert max(row["status_5xx"] / row["status_2xx"] for row in document) > 0.1
    assert rules_of(document, tmp_path) == set()


# The shared ceiling.


def arena_of(rates: list[float]) -> Document:
    """Return consistent rows of one test with these rates."""
    rows = []
    for number, rate in enumerate(rates):
        mean_us = 512 / rate * 1e6
        rows.append(
            {
                "framework": f"program{number}", "rps": int(rate), "avg_latency": f"{mean_us:.0f}us",
                "p99_latency": f"{1.4 * mean_us:.0f}us", "connections": 512, "duration": "5s", "pipeline": 1,
                "bandwidth": "1MB/s", "reconnects": 0, "status_2xx": int(rate * 5),
            }
        )  # fmt: skip
    return rows


def rates_of_their_own(seed: int, programs: int, spread: float) -> list[float]:
    return list(np.random.default_rng([5, seed]).lognormal(np.log(2e5), spread, programs))


@pytest.mark.parametrize("spread", [0.02, 0.3, 1.0])
def test_programs_with_rates_of_their_own_share_no_ceiling(spread: float, tmp_path: Path) -> None:
    accused = [
        (seed, programs)
        for programs in (9, 30)
        for seed in range(100)
        if rules_of(arena_of(rates_of_their_own(seed, programs, spread)), tmp_path)
    ]
    assert accused == []


@pytest.mark.parametrize("seed", range(20))
def test_a_ceiling_that_a_third_of_the_programs_share_is_found(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng([6, seed])
    rates = sorted(rates_of_their_own(seed, 30, 1.0))
    ceiling = rates[18]
    limited = [rate if rate < ceiling else ceiling * rng.uniform(0.99, 1.0) for rate in rates]
    assert rules_of(arena_of(limited), tmp_path) == {AuditRule.SHARED_CEILING}


def test_the_places_are_the_worst_rows_and_at_most_ten(tmp_path: Path) -> None:
    document = httparena(np.random.default_rng(8), Shape(512, 0.2, 0.3), programs=15)
    for number, row in enumerate(document):
        scale(0.7 - 0.02 * number, "avg_latency")(row)
    file = tmp_path / "test.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    (found,) = (one for one in audit_file(file).contradictions if one.rule is AuditRule.TIME_MISSING)
    assert found.rows == 15
    assert "15 of 15 rows" in found.message
    assert len(found.places) == MOST_PLACES
    assert found.places[0].startswith("[14] (program14")
