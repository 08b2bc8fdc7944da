"""The data of the charts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.histogram import Histogram
from harness.model import Failure, Stage
from harness.report.series import (
    Level,
    latency_panels,
    nines,
    throughput_lines,
)
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, NULL


def test_throughput_has_a_line_for_each_contestant_and_one_for_the_ceiling() -> None:
    lines = throughput_lines(material(ceiling=NULL))
    assert [(line.name, line.place) for line in lines] == [("Flask", 0), ("Gin", 1), ("the machine's ceiling", None)]
    assert [level.connections for level in lines[0].levels] == [1, 8, 32, 64]


def test_a_generator_bound_level_is_a_lower_bound() -> None:
    gin = throughput_lines(material())[1]
    assert [level.is_floor for level in gin.levels] == [False, True, True, True]
    assert gin.levels[2] == Level(32, 85_300.0, 85_300.0 * 0.98, 85_300.0 * 1.02, is_floor=True)


def test_a_target_without_numbers_has_no_line() -> None:
    assert [line.name for line in throughput_lines(failed_material())] == ["Flask"]


def test_the_latency_curve_covers_all_requests_of_all_trials() -> None:
    (panel,) = latency_panels(material())
    assert panel.rate_per_s == 1000.0
    flask = panel.lines[0]
    merged = Histogram()
    for trial in material().stored.trials:
        if trial.subject == FLASK:
            merged.add(Histogram.from_text(trial.distributions[0].histogram))
    assert merged.count == 10_000
    assert flask.curve[0] == (0.0, merged.quantile_s(0.0))
    assert flask.curve[-1][0] == pytest.approx(0.999)
    assert all(value == merged.quantile_s(quantile) for quantile, value in flask.curve)


def test_the_null_targets_curve_is_the_floor_of_a_panel_of_a_run_that_drove_it() -> None:
    (panel,) = latency_panels(material(ceiling=NULL))
    merged = Histogram()
    for trial in material(ceiling=NULL).stored.trials:
        if trial.subject == NULL:
            merged.add(Histogram.from_text(trial.distributions[0].histogram))
    assert panel.floor
    assert all(value == merged.quantile_s(quantile) for quantile, value in panel.floor)
    assert [line.name for line in panel.lines] == ["Flask", "Gin"]
    assert latency_panels(material())[0].floor == ()


def test_load_at_a_share_of_the_peak_is_not_part_of_a_panel_at_the_same_rate() -> None:
    whole = material()
    trials = []
    for trial in whole.stored.trials:
        first, *others = trial.distributions
        at_share = replace(first, load=replace(first.load, share=0.6))
        trials.append(replace(trial, distributions=(first, at_share, at_share, *others)))
    mixed = replace(whole, stored=replace(whole.stored, trials=tuple(trials)))
    assert latency_panels(mixed) == latency_panels(whole)


def test_the_curve_ends_at_the_last_quantile_with_enough_samples_beyond_it() -> None:
    report = material()
    first = tuple(trial for trial in report.stored.trials if trial.block == 0)
    (panel,) = latency_panels(replace(report, stored=replace(report.stored, trials=first)))
    # 2,000 samples: four lie beyond 99.8 %
    assert panel.lines[0].curve[-1][0] == pytest.approx(1 - 4 / 2_000)


def test_a_failed_trial_gives_no_latency_curve() -> None:
    report = material()
    failed = tuple(replace(trial, failure=Failure(trial.subject, Stage.LOAD, "died")) for trial in report.stored.trials)
    (panel,) = latency_panels(replace(report, stored=replace(report.stored, trials=failed)))
    assert [line.curve for line in panel.lines] == [(), ()]
    assert len(panel.lines[0].percentiles) == 3  # the results still have their percentiles


def test_percentiles_carry_their_intervals() -> None:
    mark = latency_panels(material())[0].lines[1].percentiles[2]
    assert (mark.quantile, mark.estimate, mark.low, mark.high) == (0.99, 0.000_142, 0.000_142 * 0.98, 0.000_142 * 1.02)


def test_every_further_nine_takes_the_same_width() -> None:
    assert [nines(q) for q in (0.0, 0.9, 0.99, 0.999)] == pytest.approx([0, 1, 2, 3])


def test_a_run_without_results_has_nothing_to_draw() -> None:
    report = empty_material()
    assert [*throughput_lines(report), *latency_panels(report)] == []
