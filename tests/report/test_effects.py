"""The data of the charts of ratios and of trials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Flag, FlagKind
from harness.report.effects import effects, trial_dots
from tests.report.material import empty_material, material
from tests.report.measured import BLOCKS
from tests.report.seven_run import seven_material


def test_the_ratios_are_those_of_the_headlines_with_the_noise_floor_of_their_metric() -> None:
    report = material()
    summary = replace(report.summary, noise_floor={"throughput.closed.c32": 0.02})
    found = effects(replace(report, summary=summary))
    assert [(one.name, one.said, one.floor) for one in found][:2] == [
        ("throughput over 32 connections", "13.9 times higher", 0.02),
        ("median latency at 1,000 req/s", "7.08 times lower", None),
    ]
    assert len(found) == 5
    assert all(one.low < one.ratio < one.high for one in found)


def test_of_many_pairs_the_chart_has_the_headline_throughput_alone() -> None:
    found = effects(seven_material())
    assert {one.metric for one in found} == {"throughput over 32 connections"}
    assert found[0].name == "Gin ÷ Flask"


def test_every_trial_is_a_dot_at_its_share_of_the_mean_of_its_target() -> None:
    report = material()
    steal = (Flag(FlagKind.STEAL, "stolen"),)
    first, *others = report.stored.trials
    flagged = replace(report, stored=replace(report.stored, trials=(replace(first, flags=steal), *others)))
    flask, gin = trial_dots(flagged)
    assert (flask.name, gin.name) == ("Flask", "Gin")
    assert len(flask.dots) == len(gin.dots) == BLOCKS
    assert sorted(dot.place for dot in (*flask.dots, *gin.dots)) == list(range(1, 2 * BLOCKS + 1))
    assert flask.dots[2].share == pytest.approx(1, abs=1e-5)
    assert [dot.is_disturbed for dot in (*flask.dots, *gin.dots)].count(True) == 1


def test_a_run_without_results_has_no_ratios_and_no_dots() -> None:
    assert effects(empty_material()) == ()
    assert trial_dots(empty_material()) == ()
