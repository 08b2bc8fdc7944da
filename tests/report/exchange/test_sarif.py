"""SARIF, read back by the models of sarif-pydantic."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sarif_pydantic import Sarif

from harness.report.exchange.findings import Finding, Outcome, findings
from harness.report.exchange.sarif import fingerprint, sarif
from tests.report.material import failed_material, material

FINDING = Finding(Outcome.FAILED, "refuted", "a page", "flask_app, x: ~2", "It is 3.", "figures/page.toml", 7)


def read(*found: Finding) -> dict[str, Any]:
    log = Sarif.model_validate_json(sarif(found))
    run: dict[str, Any] = log.model_dump(by_alias=True, exclude_none=True)["runs"][0]
    return run


def test_a_figure_that_does_not_hold_is_a_result_at_its_line() -> None:
    run = read(FINDING)
    (result,) = run["results"]
    assert (result["ruleId"], result["message"]["text"]) == ("refuted", "flask_app, x: ~2: It is 3.")
    (location,) = result["locations"]
    place = location["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == ("figures/page.toml", {"startLine": 7})
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["refuted"]


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
    failed = [one for one in findings(material()) if one.failed]
    assert len({fingerprint(one) for one in failed}) == len({(one.name, one.rule) for one in failed})
