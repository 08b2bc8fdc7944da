"""The suites' files, on excerpts of the public ones: each accusation is one that holds by hand."""

from pathlib import Path
from typing import Any

import pytest

from harness.figures.audit import AuditRule, audit_file
from harness.figures.audit.suites import techempower
from tests.figures.audit.files import INPUTS, audit, broken


@pytest.mark.parametrize("program", ["django", "bottle"])
def test_consistent_rows_of_techempower_are_not_accused(program: str) -> None:
    audited = audit_file(INPUTS / f"techempower-{program}.json")
    assert audited.format == "TechEmpower"
    assert audited.contradictions == ()


def test_a_mean_that_wrk_may_have_raised_is_a_note() -> None:
    # json at 16 connections: 136,454 / 15 s * 2.06 ms = 18.7 in flight; the standard deviation is 1.6 times the mean
    (note,) = audit_file(INPUTS / "techempower-django.json").notes
    assert note.startswith("In 1 of 28 rows rate times mean latency exceeds the connections, which proves nothing here")


def levels_of(document: Any) -> list[tuple[str, int | None, int]]:  # noqa: ANN401 - any JSON value
    return [(row.test, row.connections, row.depth) for row in techempower(document, Path())]


def test_the_levels_of_techempower_depend_on_the_test() -> None:
    row = {"latencyAvg": "1.00ms", "totalRequests": 1}
    document: dict[str, Any] = {
        "duration": 15,
        "concurrencyLevels": [16, 64, 512],
        "pipelineConcurrencyLevels": [256, 16384],
        "queryIntervals": [1, 20],
        "cachedQueryIntervals": [1, 100],
        "rawData": {
            "json": {"a": [row, row, row, row]},
            "plaintext": {"a": [row, row]},
            "query": {"a": [row, row]},
            "cached_query": {"a": [row, {}, row]},
            "slocCounts": {"a": 12},
        },
    }
    assert levels_of(document) == [
        ("json", 16, 1), ("json", 64, 1), ("json", 512, 1), ("json", None, 1),
        ("plaintext", 256, 16), ("plaintext", 16384, 16),
        ("query 1", 512, 1), ("query 20", 512, 1),
        ("cached_query 1", 512, 1), ("cached_query", None, 1),
    ]  # fmt: skip


def test_plaintext_may_have_sixteen_requests_in_flight_on_each_connection(tmp_path: Path) -> None:
    def of(requests: int) -> dict[str, Any]:
        row = {"latencyAvg": "8.00ms", "latencyStdev": "1.00ms", "latencyMax": "12.00ms", "totalRequests": requests}
        return {"duration": 15, "pipelineConcurrencyLevels": [256], "rawData": {"plaintext": {"a": [row]}}}

    assert broken(audit(of(int(15 * 256 * 16 / 0.008)), tmp_path)) == {}
    assert list(broken(audit(of(int(15 * 256 * 16 / 0.008 * 1.3)), tmp_path))) == [AuditRule.LITTLES_LAW]


def test_connections_that_wrk_may_not_have_opened_are_not_missing(tmp_path: Path) -> None:
    def of(mean_ms: float) -> dict[str, Any]:
        row = {"latencyAvg": f"{mean_ms:.2f}ms", "latencyStdev": "1.00ms", "totalRequests": 15000 * 16}
        return {"duration": 15, "concurrencyLevels": [16], "rawData": {"json": {"a": [row]}}}

    assert broken(audit(of(0.6), tmp_path)) == {}  # 9 threads open 9 of 16 connections
    assert list(broken(audit(of(0.4), tmp_path))) == [AuditRule.TIME_MISSING]


def test_of_httparena_one_row_at_512_connections_misses_time() -> None:
    # genhttp: 33,073 /s * 10.70 ms = 354 of 512; all others have 472 to 514, or reconnect after each answer
    audited = audit_file(INPUTS / "httparena/baseline-512.json")
    assert broken(audited) == {AuditRule.TIME_MISSING: ["[22]"]}
    assert "33,073 times avg_latency 10.70ms are 354 requests in flight, over 512 connections: 31 %" in (
        audited.contradictions[0].message
    )


def test_multiplexed_connections_are_not_judged_by_their_number(tmp_path: Path) -> None:
    file = INPUTS / "httparena/baseline-h2-256.json"
    assert audit_file(file).contradictions == ()
    assert broken(audit(file.read_text(encoding="utf-8"), tmp_path, "renamed.json")) == {}


def test_wrks_mean_may_exceed_the_connections_also_in_httparena() -> None:
    # vanilla-epoll: 1,500,479 /s * 20.32 ms = 30,490 over 4,096, with a p99 of 1.03 s; roadrunner and sark miss time
    audited = audit_file(INPUTS / "httparena/json-tls-4096.json")
    assert broken(audited) == {AuditRule.TIME_MISSING: ["[3]", "[4]"]}
    assert audited.notes[0].startswith("In 3 of 8 rows")


def test_of_one_program_of_httparena_a_wrong_duration_and_missing_time_are_found() -> None:
    # api-4-256: 94,932 answers at 6,328 /s take 15 s, not 5 s. The fixed rate and the pipelined rows are consistent
    assert broken(audit_file(INPUTS / "httparena/flask.json")) == {
        AuditRule.TIME_MISSING: ["results.json-tls-4096"],
        AuditRule.ANSWERS_OVER_TIME: ["results.api-4-256", "results.api-16-1024", "results.async-db-1024"],
    }


def test_of_the_benchmarker_an_overflown_latency_is_found_and_averages_do_not_multiply() -> None:
    audited = audit_file(INPUTS / "the-benchmarker.json")
    assert broken(audited) == {AuditRule.IMPOSSIBLE_NUMBER: ["metrics of framework_id 1, level 64"]}
    assert "minimum_latency -6.14891469123652e+18 is negative" in audited.contradictions[0].message
    assert audited.notes[0].startswith("In 6 of 7 rows")


def test_a_failed_route_of_the_benchmarker_is_found_in_its_rate(tmp_path: Path) -> None:
    def metrics(program: int, share: float) -> list[dict[str, Any]]:
        values = {
            "duration_ms": 15e6 * share, "total_requests": 150_000 * share, "total_requests_per_s": 10_000 * share,
            "average_latency": 6400 * share, "http_errors": 0,
        }  # fmt: skip
        return [{"framework_id": program, "level": 64, "label": key, "value": value} for key, value in values.items()]

    audited = audit({"metrics": metrics(1, 1.0) + metrics(2, 2 / 3)}, tmp_path)
    assert broken(audited) == {AuditRule.ANSWERS_OVER_TIME: ["metrics of framework_id 2, level 64"]}
