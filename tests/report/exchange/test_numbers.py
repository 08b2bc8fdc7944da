"""The numbers of a report for other programs."""

from __future__ import annotations

from harness.metrics.catalogue import Better
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


def test_a_series_and_its_metric_are_unique() -> None:
    keys = [(one.series, one.metric) for one in numbers(material())]
    assert len(set(keys)) == len(keys) > 20
