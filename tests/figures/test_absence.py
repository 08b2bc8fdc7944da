"""Why a run has no number for a figure."""

from dataclasses import replace

from harness.model import Verdict
from tests.figures.cases import GTHREAD, IDLE, figure, judge_one, result
from tests.figures.test_driven import RATES, rate, verdict_on


def test_a_figure_of_an_unknown_target_is_not_measured() -> None:
    judgement = verdict_on(rate(121_616, "c64", target="fiber_app"), *RATES)
    assert (judgement.verdict, judgement.reason) == (Verdict.NOT_MEASURED, "There is no target 'fiber_app' here.")


def test_the_reason_for_a_misspelt_target_names_the_nearest_one() -> None:
    judgement = verdict_on(rate(4_000, target="flask_ap"), *RATES)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "There is no target 'flask_ap' here. Did you mean 'flask_app'?",
    )
    of = figure("throughput.closed.*", "x", 20, target="gin_app", of="flask_ap")
    assert verdict_on(of, *RATES).reason == "There is no target 'flask_ap' here. Did you mean 'flask_app'?"


def test_a_target_of_the_run_is_known_even_if_the_project_no_longer_has_it() -> None:
    assert judge_one(figure("memory.loaded", "MB", 46), IDLE).reason == "The run did not measure loaded memory."


def test_a_figure_of_an_unknown_metric_is_not_measured() -> None:
    judgement = verdict_on(rate(4_000, metric="throughput.open.c64"), *RATES)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "There is no metric 'throughput.open.c64'. Did you mean 'throughput.peak'?",
    )
    assert verdict_on(rate(4_000, metric="energy"), *RATES).reason == "There is no metric 'energy'."


def test_a_percentile_with_too_few_samples_is_not_measured_and_keeps_the_reason_of_the_run() -> None:
    few = result(GTHREAD, "latency.closed.c64.p999", (1.0, 1.0, 1.0))
    few = replace(few, estimate=None, low=None, high=None, reason="too few samples: 300 of 4,000")
    judgement = verdict_on(figure("latency.closed.c64.p999", "ms", 5), few, *RATES)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "The run has no p99.9 latency over 64 connections of Flask gthread: too few samples: 300 of 4,000.",
    )


def test_a_wildcard_with_conditions_gets_the_reason_of_the_result_that_fulfils_them() -> None:
    p50 = result(GTHREAD, "latency.closed.c64.p50", (0.0099, 0.01, 0.0101))
    few = replace(p50, metric="latency.closed.c64.p999", estimate=None, low=None, high=None, reason="too few samples")
    other = replace(few, metric="latency.closed.c8.p999", reason="it died")
    one = figure("latency.*", "ms", 5, conditions=("p99.9", "64 connections"))
    assert verdict_on(one, p50, other, few).reason == (
        "The run has no p99.9 latency over 64 connections of Flask gthread: too few samples."
    )


def test_a_metric_that_a_stored_run_did_not_have_yet_is_not_measured() -> None:
    judgement = verdict_on(figure("connections.practical", "connections", 500), *RATES)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "The run did not measure practical connections.",
    )
