"""The data of memory by time of a trial, and the words of its chart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.model import MemoryCurve, MemoryPoint
from harness.report.charts import Chart, charts
from harness.report.memory_time import description_of, memory_tracks, why_without
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.memory_run import LASTS_S, MIB, with_memory

if TYPE_CHECKING:
    from harness.report.material import Material


def memory_of(report: Material) -> Chart:
    [chart] = [one for one in charts(report) if one.name == "memory"]
    return chart


def test_each_contestant_has_its_curve_from_ready_to_the_end() -> None:
    flask, gin = memory_tracks(with_memory(material(ceiling=NULL)))
    assert (flask.name, flask.place, gin.name, gin.place) == ("Flask", 0, "Gin", 1)
    assert flask.ready == MemoryPoint(-5.0, 42.0 * MIB, 40.0 * MIB, 44.0 * MIB)
    assert flask.points[0] == MemoryPoint(0.0, 46.0 * MIB, 44.0 * MIB, 48.0 * MIB)
    assert flask.points[-1] == MemoryPoint(LASTS_S, 52.0 * MIB, 50.0 * MIB, 54.0 * MIB)
    assert flask.highest == MemoryPoint(0.7 * LASTS_S, 66.0 * MIB, 64.0 * MIB, 68.0 * MIB)
    assert flask.growth == pytest.approx(10 / 42)
    assert gin.growth == 0.0


def test_a_contestant_without_samples_has_no_curve_and_keeps_the_places_of_the_others() -> None:
    whole = with_memory()
    curves = (MemoryCurve(FLASK, reason="it had no load"), *whole.summary.memory_curves[1:])
    [gin] = memory_tracks(replace(whole, summary=replace(whole.summary, memory_curves=curves)))
    assert (gin.name, gin.place) == ("Gin", 1)


def test_the_description_has_the_finding() -> None:
    assert description_of(memory_tracks(with_memory())) == (
        "Memory over a trial: Flask 42.0 MiB when ready, at most 66.0 MiB, 52.0 MiB at the end; Gin 12.0 MiB when "
        "ready, at most 12.0 MiB, 12.0 MiB at the end. Flask grows most, by 23.8 %."
    )
    assert description_of(memory_tracks(with_memory())[1:]).endswith("None uses more at the end than when it is ready.")


def test_nothing_grows_from_a_memory_of_0() -> None:
    track = memory_tracks(with_memory())[0]
    assert replace(track, ready=MemoryPoint(-1.0, 0.0, 0.0, 0.0)).growth == 0.0


def test_a_run_with_samples_has_the_chart_by_time_with_its_numbers() -> None:
    chart = memory_of(with_memory())
    assert chart.title == "Memory over a trial"
    assert chart.numbers is not None
    assert chart.numbers.heads == ("Target", "ready", "first load", "25 %", "50 %", "75 %", "end", "largest sample")
    assert chart.numbers.rows[0] == (
        "Flask",
        "42.0 MiB [40.0, 44.0]",
        "46.0 MiB [44.0, 48.0]",
        "48.0 MiB [46.0, 50.0]",
        "50.0 MiB [48.0, 52.0]",
        "63.7 MiB [61.7, 65.7]",
        "52.0 MiB [50.0, 54.0]",
        "66.0 MiB [64.0, 68.0]",
    )
    assert chart.numbers.brackets == "the smallest and the largest trial"
    assert "seconds since the first load" in chart.svg
    assert "Flask grows most, by 23.8 %. The numbers are below the chart." in chart.svg


def test_a_run_without_samples_has_the_chart_of_moments_and_says_why() -> None:
    plain = memory_of(material())
    assert "moment of a trial" in plain.svg
    absent = tuple(MemoryCurve(subject, reason="this run took no samples of memory") for subject in (FLASK, GIN))
    report = material()
    said = memory_of(replace(report, summary=replace(report.summary, memory_curves=absent)))
    assert said.caption == f"{plain.caption} There is no curve between them: this run took no samples of memory."
    assert (said.svg, said.numbers) == (plain.svg, plain.numbers)


def test_different_reasons_are_all_said_and_none_if_none_is_known() -> None:
    report = material()
    reasons = (MemoryCurve(FLASK, reason="it had no load"), MemoryCurve(GIN, reason="the target failed (load)"))
    both = replace(report, summary=replace(report.summary, memory_curves=reasons))
    assert why_without(both) == " There is no curve between them: it had no load and the target failed (load)."
    assert why_without(report) == ""


def test_a_target_of_which_the_page_is_not_is_left_out() -> None:
    report = with_memory(material(FLASK, FLASK_SYNC, GIN))
    assert [track.name for track in memory_tracks(replace(report, focus=("gin_app",)))] == ["Gin"]
