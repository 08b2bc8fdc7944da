"""Our own result files: the reference contradicts itself nowhere, and planted faults are found."""

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.figures.audit import Audit, AuditRule, audit_file
from tests.checkout import ROOT
from tests.figures.audit.files import audit, broken

REFERENCE = ROOT / "results" / "reference"
REPORT: dict[str, Any] = json.loads((REFERENCE / "report" / "report.json").read_text(encoding="utf-8"))


def results_of(document: dict[str, Any], metric: str) -> Iterator[dict[str, Any]]:
    """Yield the results of a metric of Flask's `hello`."""
    for result in document["results"]:
        if (result["target"], result["metric"]) == ("flask_app", metric) and result["scenario"] in {"hello", None}:
            yield result


@pytest.mark.parametrize("file", ["run.json", "report/report.json"])
def test_the_reference_contradicts_itself_nowhere(file: str) -> None:
    audited = audit_file(REFERENCE / file)
    assert audited.contradictions == ()
    assert audited.rows > 50


def scaled(metric: str, factor: float, *keys: str) -> dict[str, Any]:
    document = copy.deepcopy(REPORT)
    for result in results_of(document, metric):
        for key in keys:
            result[key] *= factor
    return document


INTERVAL = ("estimate", "low", "high")


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (scaled("throughput.closed.c32", 1.3, *INTERVAL), AuditRule.LITTLES_LAW),
        (scaled("throughput.closed.c32", 1.3, *INTERVAL), AuditRule.ARITHMETIC),
        (scaled("latency.closed.c32.mean", 0.7, *INTERVAL), AuditRule.TIME_MISSING),
        (scaled("latency.closed.c32.p50", 1000.0, *INTERVAL), AuditRule.PERCENTILE_ORDER),
        (scaled("memory.idle", 2.0, "estimate"), AuditRule.ARITHMETIC),
        (scaled("memory.idle", -1.0, *INTERVAL), AuditRule.IMPOSSIBLE_NUMBER),
        (scaled("throughput.peak", 0.7, *INTERVAL), AuditRule.ARITHMETIC),
    ],
)
def test_a_fault_in_a_report_is_found(document: dict[str, Any], rule: AuditRule, tmp_path: Path) -> None:
    assert rule in broken(audit(document, tmp_path))


def test_a_ratio_that_its_results_exclude_is_found(tmp_path: Path) -> None:
    document = copy.deepcopy(REPORT)
    for key in ("ratio", "low", "high"):
        document["comparisons"][0][key] *= 3
    assert list(broken(audit(document, tmp_path))) == [AuditRule.ARITHMETIC]


def test_a_subject_on_its_own_cpus_is_another_one(tmp_path: Path) -> None:
    document = copy.deepcopy(REPORT)
    more = copy.deepcopy(list(results_of(document, "throughput.closed.c32")))
    for result in more:
        result["cpus"] = 2
        for key in INTERVAL:
            result[key] *= 1.9
        for block in result["blocks"]:
            block["value"] *= 1.9
    document["results"] += more
    assert broken(audit(document, tmp_path)) == {}


def with_changed(factor: float, tmp_path: Path, change: Callable[[dict[str, Any], float], None]) -> Audit:
    """Audit a copy of the stored run in which each of Gin's trials is changed by a factor."""
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(REFERENCE / "run.json", folder)
    lines = []
    for line in (REFERENCE / "trials.jsonl").read_text(encoding="utf-8").splitlines():
        trial = json.loads(line)
        if trial["subject"]["target"] == "gin_app":
            change(trial, factor)
        lines.append(json.dumps(trial))
    (folder / "trials.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return audit_file(folder / "run.json")


def change_rates(trial: dict[str, Any], factor: float) -> None:
    for measurement in trial["measurements"]:
        if measurement["metric"] == "throughput.closed.c32":
            measurement["value"] *= factor


def change_times_in_flight(trial: dict[str, Any], factor: float) -> None:
    for driven in trial["slices"]:
        if driven["result"]["in_flight_s"] is not None:
            driven["result"]["in_flight_s"] *= factor


@pytest.mark.parametrize("factor", [1.3, 0.94])
def test_a_stored_rate_that_its_slices_did_not_count_is_found(factor: float, tmp_path: Path) -> None:
    audited = with_changed(factor, tmp_path, change_rates)
    assert list(broken(audited)) == [AuditRule.ARITHMETIC]
    assert "gin_app:release" in audited.contradictions[0].message


@pytest.mark.parametrize(("factor", "rule"), [(1.3, AuditRule.LITTLES_LAW), (0.7, AuditRule.TIME_MISSING)])
def test_stored_trials_that_break_littles_law_are_found(factor: float, rule: AuditRule, tmp_path: Path) -> None:
    audited = with_changed(factor, tmp_path, change_times_in_flight)
    assert list(broken(audited)) == [rule]
    assert "gin_app:release" in audited.contradictions[0].message


def test_a_few_per_cent_of_time_in_no_cycle_accuse_nobody(tmp_path: Path) -> None:
    """Their numbers are absent from the summary all the same."""
    assert with_changed(0.94, tmp_path, change_times_in_flight).contradictions == ()
