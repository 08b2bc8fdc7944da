"""OpenMetrics text, read back by Prometheus' own parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from harness.report.exchange.numbers import numbers
from harness.report.exchange.openmetrics import openmetrics
from tests.report.material import empty_material, material

if TYPE_CHECKING:
    from prometheus_client import Metric

    from harness.report.material import Material


def families_of(run: Material) -> dict[str, Metric]:
    text = openmetrics(run, tuple(numbers(run)))
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_every_number_and_ratio_has_its_estimate_and_interval() -> None:
    run = material()
    families = {family.name: family for family in text_string_to_metric_families(openmetrics(run, tuple(numbers(run))))}
    results = [sample for name, family in families.items() if "result" in name for sample in family.samples]
    assert sorted(sample.value for sample in results) == sorted(
        value for number in numbers(run) for value in (number.estimate, number.low, number.high)
    )
    ratios = families["harness_comparison_ratio"].samples
    assert len(ratios) == 3 * len(run.summary.comparisons) > 0
    peak = {"target": "gin_app", "variant": "release", "metric": "throughput.closed.c32", "scenario": "hello"}
    (sample,) = (one for one in results if peak.items() <= one.labels.items() and one.labels["end"] == "estimate")
    assert (sample.name, sample.labels["cpus"]) == ("harness_result_per_second", "1")


def test_the_verdicts_are_counted() -> None:
    run = material()
    family = families_of(run)["harness_figures"]
    assert sum(sample.value for sample in family.samples) == len(run.judged[0].judgements)


def test_a_run_without_numbers_is_its_info_alone() -> None:
    (family,) = families_of(empty_material()).values()
    assert family.samples[0].labels["status"] == "interrupted"
