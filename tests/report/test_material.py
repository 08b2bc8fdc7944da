"""Who is who in a report."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Failure, Result, Stage
from harness.units import Unit
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL


def test_the_ceiling_is_no_contestant() -> None:
    report = material(ceiling=NULL)
    assert report.contestants == (FLASK, GIN)
    assert report.ceiling == NULL
    assert NULL not in {result.subject for result in report.contested_results()}


def test_a_null_target_that_was_asked_for_beside_others_is_the_ceiling() -> None:
    report = material(FLASK, NULL)
    assert report.contestants == (FLASK,)
    assert report.ceiling == NULL
    assert report.pairs == ()


def test_a_null_target_alone_is_what_the_report_is_about() -> None:
    report = material(NULL)
    assert report.contestants == (NULL,)
    assert report.ceiling is None


def test_a_name_holds_the_variant_only_where_several_compete() -> None:
    assert material().name_of(FLASK) == "Flask"
    several = material(FLASK, FLASK_SYNC, GIN)
    assert [several.name_of(subject) for subject in several.contestants] == ["Flask gthread", "Flask sync", "Gin"]


def test_a_target_whose_manifest_is_gone_keeps_its_own_name() -> None:
    report = replace(material(), targets={})
    assert report.name_of(GIN) == "gin_app"
    assert report.variant_of(GIN) is None
    assert report.contestants == (FLASK, GIN)


def test_pairs_come_in_the_order_of_the_comparisons() -> None:
    assert material(FLASK, FLASK_SYNC, GIN).pairs == ((FLASK_SYNC, FLASK), (GIN, FLASK))


def test_a_block_counts_when_a_contestant_came_to_its_end_in_it() -> None:
    report = material(ceiling=NULL)
    failure = Failure(GIN, Stage.LOAD, "died")
    trials = tuple(
        replace(trial, failure=failure) if trial.block == 4 and trial.subject != NULL else trial
        for trial in report.stored.trials
    )
    assert replace(report, stored=replace(report.stored, trials=trials)).blocks == 4


def test_the_level_of_intervals_is_not_that_of_what_was_read_once() -> None:
    report = material()
    exact = Result(FLASK, None, "footprint.dependencies", Unit.ONE, 1, 1.0, estimate=8.0, low=8.0, high=8.0)
    assert report.confidence == 0.95
    assert replace(report, summary=replace(report.summary, results=(*report.summary.results, exact))).confidence == 0.95
    assert replace(report, summary=replace(report.summary, results=(exact,))).confidence is None
