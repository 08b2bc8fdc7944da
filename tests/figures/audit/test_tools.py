"""The summaries of k6, autocannon and bombardier."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from harness.figures.audit import AuditRule, audit_file
from tests.figures.audit.files import INPUTS, audit, broken

K6: dict[str, Any] = json.loads((INPUTS / "k6.json").read_text(encoding="utf-8"))
AUTOCANNON: dict[str, Any] = json.loads((INPUTS / "autocannon.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["k6", "autocannon", "oha"])
def test_a_published_summary_is_not_accused(name: str) -> None:
    audited = audit_file(INPUTS / f"{name}.json")
    assert (audited.format, audited.contradictions) == (name, ())


def test_both_forms_of_k6s_summary_are_read(tmp_path: Path) -> None:
    nested: dict[str, Any] = {
        "metrics": {name: {"type": "trend", "values": values} for name, values in K6["metrics"].items()}
    }
    nested["state"] = {"testRunDurationMs": 180 / 4.36938 * 1000}
    assert broken(audit(nested, tmp_path)) == {}
    nested["state"]["testRunDurationMs"] /= 2
    assert broken(audit(nested, tmp_path)) == {AuditRule.ANSWERS_OVER_TIME: ["metrics.iterations", "metrics.http_reqs"]}


def test_requests_of_one_iteration_may_be_sent_at_once(tmp_path: Path) -> None:
    document = copy.deepcopy(K6)
    for name in ("http_req_duration", "http_req_waiting"):
        document["metrics"][name] = {"avg": 12_000.0}  # four at once: 52 in flight, of 20 users
    assert broken(audit(document, tmp_path)) == {}


def test_users_have_one_iteration_at_a_time(tmp_path: Path) -> None:
    document = copy.deepcopy(K6)
    document["metrics"]["vus_max"] = {"value": 10, "min": 10, "max": 10}  # 1.09 /s * 12.9 s = 14.1
    assert broken(audit(document, tmp_path)) == {AuditRule.LITTLES_LAW: ["metrics.iterations"]}


def test_an_iteration_duration_may_have_the_setup_in_it(tmp_path: Path) -> None:
    document = copy.deepcopy(K6)
    longest = 45 * 13_000.0
    document["metrics"]["iteration_duration"] = {"avg": (45 * 12_910 + longest) / 46, "max": longest}
    assert broken(audit(document, tmp_path)) == {}


def test_autocannon_counts_whole_milliseconds(tmp_path: Path) -> None:
    document = copy.deepcopy(AUTOCANNON)
    document |= {"connections": 1, "2xx": 100_000}
    document["requests"] = {"average": 100_000 / 160.12, "total": 100_000}
    document["latency"] = {"average": 0.9, "min": 0, "max": 2, "p50": 1}  # 1.6 ms each: 0.56 of 1 connection
    assert broken(audit(document, tmp_path)) == {}


def test_a_list_of_autocannons_results_has_a_row_each(tmp_path: Path) -> None:
    late = copy.deepcopy(AUTOCANNON)
    late["latency"]["average"] = 400
    audited = audit([AUTOCANNON, late], tmp_path)
    assert audited.rows == 2
    assert broken(audited)[AuditRule.LITTLES_LAW] == ["[1]"]


def test_a_given_rate_is_no_closed_load(tmp_path: Path) -> None:
    late = copy.deepcopy(AUTOCANNON) | {"overallRate": 90}
    late["latency"]["average"] = 290
    assert AuditRule.LITTLES_LAW not in broken(audit(late, tmp_path))
