"""The look-ups that all views of a report share."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Failure, Place, Ranking, Result, Revision, Stage
from harness.report.answer import short_answer
from harness.units import Unit
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL


def test_the_ceiling_is_not_a_contestant() -> None:
    report = material(ceiling=NULL)
    assert report.contestants == (FLASK, GIN)
    assert report.ceiling == NULL
    assert NULL not in {result.subject for result in report.contested_results()}


def test_a_null_target_among_the_chosen_subjects_is_the_ceiling() -> None:
    report = material(FLASK, NULL)
    assert report.contestants == (FLASK,)
    assert report.ceiling == NULL
    assert report.pairs == ()


def test_a_null_target_alone_is_the_contestant() -> None:
    report = material(NULL)
    assert report.contestants == (NULL,)
    assert report.ceiling is None


def test_a_name_contains_the_variant_only_if_the_run_has_several() -> None:
    assert material().name_of(FLASK) == "Flask"
    several = material(FLASK, FLASK_SYNC, GIN)
    assert [several.name_of(subject) for subject in several.contestants] == ["Flask gthread", "Flask sync", "Gin"]


def test_a_target_without_a_manifest_is_shown_by_its_name() -> None:
    report = replace(material(), targets={})
    assert report.name_of(GIN) == "gin_app"
    assert report.variant_of(GIN) is None
    assert report.contestants == (FLASK, GIN)


def test_pairs_come_in_the_order_of_the_comparisons() -> None:
    assert material(FLASK, FLASK_SYNC, GIN).pairs == ((FLASK_SYNC, FLASK), (GIN, FLASK))


def test_builds_of_another_revision_make_no_ranking_of_two_targets() -> None:
    report = material()
    revision = Revision("main", "0123abc" + "0" * 33, "the working tree")
    ranking = Ranking("throughput.closed.c32", "hello", (Place(GIN, 1), Place(FLASK, 2, behind=(GIN,))))
    plan = replace(report.plan, subjects=(FLASK, GIN, revision.of(FLASK), revision.of(GIN)), against=revision)
    summary = replace(report.summary, run=replace(report.summary.run, plan=plan), rankings=(ranking,))
    against = replace(report, summary=summary)
    assert len(against.contestants) == 4
    assert against.rankings == ()
    assert short_answer(against).sentences[0].before.endswith("Gin answered ")


def test_a_block_counts_if_a_contestant_completed_its_trial() -> None:
    report = material(ceiling=NULL)
    failure = Failure(GIN, Stage.LOAD, "died")
    trials = tuple(
        replace(trial, failure=failure) if trial.block == 4 and trial.subject != NULL else trial
        for trial in report.stored.trials
    )
    assert replace(report, stored=replace(report.stored, trials=trials)).blocks == 4


def test_exact_numbers_do_not_count_for_the_confidence_level() -> None:
    report = material()
    exact = Result(FLASK, None, "footprint.dependencies", Unit.ONE, 1, 1.0, estimate=8.0, low=8.0, high=8.0)
    assert report.confidence == 0.95
    assert replace(report, summary=replace(report.summary, results=(*report.summary.results, exact))).confidence == 0.95
    assert replace(report, summary=replace(report.summary, results=(exact,))).confidence is None
