"""The numbers of a report for other programs."""

from __future__ import annotations

from dataclasses import replace

from harness.metrics.catalogue import Better
from harness.model import Revision
from harness.report.exchange.numbers import numbers
from tests.report.material import failed_material, material
from tests.report.measured import FLASK, GIN, NULL


def test_a_number_is_the_unrounded_result() -> None:
    run = material()
    number = next(one for one in numbers(run) if (one.subject, one.metric) == (GIN, "throughput.closed.c32"))
    result = run.result("throughput.closed.c32", number.scenario, GIN)
    assert result is not None
    assert (number.estimate, number.low, number.high) == (result.estimate, result.low, result.high)
    assert number.series == "Gin release, hello"
    assert number.better is Better.HIGHER


def test_absent_results_and_the_null_target_are_left_out() -> None:
    assert {one.subject for one in numbers(failed_material())} == {FLASK}
    assert NULL not in {one.subject for one in numbers(material(ceiling=NULL))}


def test_the_builds_of_another_revision_are_left_out() -> None:
    run = material()
    revision = Revision("main", "0123abc" + "0" * 33, "the working tree")
    older = revision.of(FLASK)
    plan = replace(run.plan, subjects=(FLASK, GIN, older), against=revision)
    results = tuple(replace(one, subject=older) for one in run.summary.results if one.subject == FLASK)
    summary = replace(run.summary, run=replace(run.summary.run, plan=plan), results=(*run.summary.results, *results))
    with_older = replace(run, summary=summary)
    assert older in with_older.contestants
    assert list(numbers(with_older)) == list(numbers(run))


def test_a_series_and_its_metric_are_unique() -> None:
    keys = [(one.series, one.metric) for one in numbers(material())]
    assert len(set(keys)) == len(keys) > 20
