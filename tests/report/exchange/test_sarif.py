"""SARIF, read back by the models of sarif-pydantic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sarif_pydantic import Sarif

from harness.model import Verdict
from harness.report.exchange.findings import Finding, Outcome, findings
from harness.report.exchange.sarif import fingerprint, sarif
from tests.report.material import failed_material, material
from tests.report.published import JUDGED, JUDGEMENTS

FINDING = Finding(Outcome.FAILED, "refuted", "a page", "flask_app, x: ~2", "It is 3.", "figures/page.toml", 7, 5)


def read(*found: Finding) -> dict[str, Any]:
    log = Sarif.model_validate_json(sarif(found))
    run: dict[str, Any] = log.model_dump(by_alias=True, exclude_none=True)["runs"][0]
    return run


def test_a_figure_that_does_not_hold_is_a_result_at_its_line_and_column() -> None:
    run = read(FINDING)
    (result,) = run["results"]
    assert (result["ruleId"], result["message"]["text"]) == ("refuted", "flask_app, x: ~2: It is 3.")
    (location,) = result["locations"]
    place = location["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "figures/page.toml"
    assert place["region"] == {"startLine": 7, "startColumn": 5}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["refuted"]


def test_a_run_that_is_not_complete_says_so_and_no_other() -> None:
    (whole,) = read(FINDING)["invocations"]
    assert (whole["executionSuccessful"], whole.get("toolExecutionNotifications", [])) == (True, [])
    stopped = Finding(Outcome.FAILED, "incomplete", "a run", "the run", "The run is interrupted.")
    (partial,) = read(stopped, FINDING)["invocations"]
    assert partial["executionSuccessful"] is False
    assert [one["message"]["text"] for one in partial["toolExecutionNotifications"]] == [
        "the run: The run is interrupted."
    ]


def test_an_unknown_line_has_no_region() -> None:
    (result,) = read(replace(FINDING, line=None))["results"]
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_only_failed_figures_of_files_are_results() -> None:
    every = findings(failed_material())
    results = read(*every)["results"]
    assert len(results) == sum(one.failed and one.file is not None for one in every) > 0
    assert not read(replace(FINDING, outcome=Outcome.SKIPPED), replace(FINDING, file=None))["results"]


def test_a_fingerprint_does_not_depend_on_the_line_or_the_measured_number() -> None:
    assert fingerprint(FINDING) == fingerprint(replace(FINDING, line=9, text="It is 4."))
    assert fingerprint(FINDING) != fingerprint(replace(FINDING, name="gin_app, x: ~2"))


def test_figures_of_one_page_have_different_fingerprints() -> None:
    report = material()
    judged = tuple(replace(one, verdict=Verdict.REFUTED) for one in JUDGEMENTS)
    failed = findings(replace(report, judged=(replace(JUDGED, judgements=judged),)))
    assert len({(one.name, one.rule) for one in failed}) < len(failed)  # a page prints some twice, in the same words
    assert len({fingerprint(one) for one in failed}) == len(failed) == len(JUDGEMENTS) + len(JUDGED.contradictions)
