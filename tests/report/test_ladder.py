"""The data of the ladder's charts."""

from dataclasses import replace

import pytest

from harness.metrics.names import Quantile
from harness.report.ladder import LadderLine, Step, cpu_steps, latency_steps
from tests.report.ladder_run import AT_REST, SLOPES_S, with_ladder
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, GIN


def test_each_contestant_has_a_line_with_a_step_for_each_rate_that_it_kept_up_with() -> None:
    flask, gin, null = latency_steps(with_ladder(), Quantile.P99)
    assert [(line.name, line.place) for line in (flask, gin, null)] == [("Flask", 0), ("Gin", 1), ("null target", None)]
    assert flask.steps[0] == Step(pytest.approx(612.0), 0.001_1, 0.001_1 * 0.98, 0.001_1 * 1.02)  # type: ignore[arg-type]
    assert [step.rate_per_s for step in flask.steps] == pytest.approx([612.0, 3672.0, 5508.0])
    assert [step.rate_per_s for step in gin.steps] == pytest.approx([8690.0, 52_140.0])


def test_the_null_target_has_a_step_at_each_rate_at_which_it_was_driven_in_the_order_of_rates() -> None:
    null = latency_steps(with_ladder(), Quantile.P50)[-1]
    assert [step.rate_per_s for step in null.steps] == pytest.approx([612.0, 3672.0, 5508.0, 8690.0, 52_140.0])
    assert [step.estimate for step in null.steps] == [0.000_042, 0.000_043, 0.000_043, 0.000_046, 0.000_07]


def test_the_rate_of_a_step_is_the_mean_of_the_rates_of_the_trials() -> None:
    whole = with_ladder()
    first = tuple(trial for trial in whole.stored.trials if trial.block == 0)
    flask, *_ = latency_steps(replace(whole, stored=replace(whole.stored, trials=first)), Quantile.P50)
    assert [step.rate_per_s for step in flask.steps] == pytest.approx([0.98 * 612.0, 0.98 * 3672.0, 0.98 * 5508.0])


def test_cpu_time_begins_at_rest() -> None:
    flask, gin = cpu_steps(with_ladder())
    for line, subject in ((flask, FLASK), (gin, GIN)):
        at_rest, *steps = line.steps
        assert (at_rest.rate_per_s, at_rest.estimate) == (0.0, AT_REST[subject])
        for step in steps:
            assert step.estimate == pytest.approx(AT_REST[subject] + SLOPES_S[subject] * step.rate_per_s)
    assert [len(line.steps) for line in (flask, gin)] == [4, 3]


def test_a_run_without_a_ladder_has_no_lines() -> None:
    for report in (material(), failed_material(), empty_material()):
        assert (latency_steps(report, Quantile.P50), cpu_steps(report)) == ((), ())


def test_a_ladder_without_the_null_target_has_no_line_of_it() -> None:
    whole = with_ladder()
    results = tuple(replace(result, floor=None) for result in whole.summary.results)
    lines: tuple[LadderLine, ...] = latency_steps(
        replace(whole, summary=replace(whole.summary, results=results)), Quantile.P50
    )
    assert [line.name for line in lines] == ["Flask", "Gin"]
