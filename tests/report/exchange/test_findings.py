"""Published figures as findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.model import RunStatus, Verdict
from harness.report.exchange.findings import Outcome, findings
from tests.report.material import failed_material, material
from tests.report.published import JUDGED

if TYPE_CHECKING:
    from harness.figures.lines import Position
    from harness.report.exchange.findings import Finding
    from harness.report.material import Material


def with_one(verdict: Verdict, *, path: Path = Path("figures/page.toml"), place: Position | None = (7, 5)) -> Material:
    judgement = JUDGED.judgements[0]
    figure = replace(judgement.figure, place=place)
    judged = replace(
        JUDGED,
        source=replace(JUDGED.source, path=path),
        judgements=(replace(judgement, figure=figure, verdict=verdict),),
        contradictions=(),
    )
    return replace(material(), judged=(judged,))


def only(run: Material) -> Finding:
    (finding,) = findings(run)
    return finding


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_an_outcome(verdict: Verdict) -> None:
    failing = {Verdict.REFUTED, Verdict.NOT_REPRODUCED, Verdict.CONTRADICTED}
    expected = Outcome.FAILED if verdict in failing else Outcome.SKIPPED
    assert only(with_one(verdict)).outcome is (Outcome.PASSED if verdict is Verdict.CONFIRMED else expected)


def test_a_finding_has_its_file_place_and_printed_text() -> None:
    finding = only(with_one(Verdict.REFUTED))
    assert (finding.file, finding.line, finding.column, finding.rule) == ("figures/page.toml", 7, 5, "refuted")
    assert finding.key == JUDGED.judgements[0].figure.id
    unplaced = only(with_one(Verdict.REFUTED, place=None))
    assert (unplaced.line, unplaced.column) == (None, None)
    assert finding.name == "Flask, Requests Per Second: ~2,500 req/sec"


def test_a_file_below_the_working_directory_has_a_relative_path() -> None:
    assert only(with_one(Verdict.REFUTED, path=Path.cwd() / "figures/page.toml")).file == "figures/page.toml"
    assert only(with_one(Verdict.REFUTED, path=Path("/elsewhere/page.toml"))).file == "/elsewhere/page.toml"


def test_every_contradiction_of_a_page_is_a_failure() -> None:
    found = [one for one in findings(material()) if one.rule.startswith("contradiction.")]
    assert [one.text for one in found] == [one.message for one in JUDGED.contradictions]
    assert found
    assert all(one.failed for one in found)


def test_a_run_that_is_not_complete_fails_with_each_failed_target() -> None:
    failed = [one for one in findings(failed_material()) if one.file is None]
    assert [(one.rule, one.name) for one in failed] == [("incomplete", "the run"), ("failed", "gin_app:release")]
    interrupted = findings(material(status=RunStatus.INTERRUPTED))
    assert [one.text for one in interrupted if one.file is None] == ["The run is interrupted."]
