"""The charts as SVG."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import pytest

from harness.metrics.names import Quantile
from harness.model import MemoryPoint
from harness.report.ladder import LadderLine, Step, cpu_steps, latency_steps
from harness.report.memory_time import MemoryTrack, memory_tracks
from harness.report.plots import (
    cpu_chart,
    ladder_chart,
    latency_chart,
    memory_chart,
    memory_time_chart,
    throughput_chart,
)
from harness.report.series import latency_panels, throughput_lines
from harness.report.stages import memory_lines
from tests.report.ladder_run import with_ladder
from tests.report.markup import Element, read
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.memory_run import with_memory


def texts(svg: str) -> list[str]:
    return [element.text for element in read(svg).all("text")]


@pytest.fixture(params=["throughput", "latency", "ladder", "cpu", "memory", "memory_time"])
def chart(request: pytest.FixtureRequest) -> str:
    report = material(ceiling=NULL)
    drawings = {
        "throughput": lambda: throughput_chart(throughput_lines(report), "A description."),
        "latency": lambda: latency_chart(latency_panels(report)[0], "A description."),
        "ladder": lambda: ladder_chart({Quantile.P99: latency_steps(with_ladder(), Quantile.P99)}, "A description."),
        "cpu": lambda: cpu_chart(cpu_steps(with_ladder()), "A description."),
        "memory": lambda: memory_chart(memory_lines(report), "A description."),
        "memory_time": lambda: memory_time_chart(memory_tracks(with_memory()), "A description."),
    }
    return str(drawings[request.param]())


def test_a_chart_is_an_image_with_a_description_and_scales_with_the_page(chart: str) -> None:
    svg = read(chart).one("svg")
    assert (svg.attributes["role"], svg.attributes["aria-label"]) == ("img", "A description.")
    assert "viewbox" in svg.attributes
    assert "width" not in svg.attributes


def test_a_chart_takes_every_colour_from_the_page(chart: str) -> None:
    assert not re.findall(r"#[0-9a-f]{6}", chart.replace("%23", ""))
    assert "var(--series-1)" in chart
    assert "var(--series-2)" in chart


def test_a_chart_contains_no_style_metadata_or_comment(chart: str) -> None:
    assert not re.search(r"<style|<metadata|<!--|<\?xml|<!DOCTYPE", chart)


def test_the_ids_of_a_chart_have_its_name_and_every_reference_has_a_target(chart: str) -> None:
    ids = re.findall(r'\bid="([^"]*)"', chart)
    assert len(ids) == len(set(ids))
    assert len({name.partition("-")[0] for name in ids}) == 1
    assert set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', chart)) <= {(name, "") for name in ids} | {
        ("", name) for name in ids
    }


def test_the_text_of_a_chart_is_text_instead_of_paths(chart: str) -> None:
    assert {"Flask", "Gin"} <= {text.removesuffix(" p99") for text in texts(chart)}


def test_throughput_is_drawn_at_its_levels_with_lower_bounds_hollow() -> None:
    report = material(ceiling=NULL)
    drawn = throughput_chart(throughput_lines(report), "")
    assert {"1", "8", "32", "64", "connections", "requests per second", "the machine's ceiling"} <= set(texts(drawn))
    hollow = "fill: var(--paper)"
    floors = tuple(
        replace(line, levels=tuple(replace(level, is_floor=False) for level in line.levels))
        for line in throughput_lines(report)
    )
    assert hollow in drawn
    assert hollow not in throughput_chart(floors, "")


def test_latency_is_drawn_by_percentile() -> None:
    assert {"p50", "p90", "p99", "p99.9", "100 µs", "1 ms"} <= set(
        texts(latency_chart(latency_panels(material())[0], ""))
    )


def test_memory_is_drawn_from_zero_by_moment_of_a_trial() -> None:
    drawn = texts(memory_chart(memory_lines(material()), ""))
    assert {"0", "idle", "peak under", "end of", "load", "memory, MiB", "Flask", "Gin"} <= set(drawn)


def test_memory_by_time_is_drawn_from_zero_with_an_area_marks_and_a_hollow_largest_sample() -> None:
    tracks = memory_tracks(with_memory())
    drawn = memory_time_chart(tracks, "")
    labels = {"0", "ready", "20", "40", "seconds since the first load", "memory, MiB", "Flask", "Gin"}
    assert labels <= set(texts(drawn))
    for place in (1, 2):
        assert len(re.findall(rf"fill: var\(--series-{place}\)[^\"]*opacity: 0.14", drawn)) == 1
    # the area, six marks from ready to the end, and the largest sample with two caps
    assert [len(marks) for marks in marks_of(drawn)] == [10, 10]
    for marks in marks_of(drawn):
        assert sum("fill: var(--paper)" in mark.attributes["style"] for mark in marks) == 1


def marks_of(svg: str) -> list[list[Element]]:
    """Return what is drawn of each series besides its line, by colour."""
    uses = [one for one in read(svg).all("use") if "var(--series-" in one.attributes.get("style", "")]
    shapes = [re.findall(r"var\(--series-(\d)\)", one.attributes["style"])[0] for one in uses]
    return [[one for one, shape in zip(uses, shapes, strict=True) if shape == place] for place in sorted(set(shapes))]


@pytest.mark.parametrize("size", [0.0, 1.0, 2.0**60])
def test_memory_of_any_size_and_of_a_trial_without_length_is_drawn(size: float) -> None:
    point = MemoryPoint(0.0, size, size, size)
    track = MemoryTrack("Flask", 0, replace(point, at_s=-3.0), (point,) * 5, replace(point, at_s=-3.0))
    assert {"ready", "0", "Flask"} <= set(texts(memory_time_chart((track,), "")))


def test_the_chart_of_memory_by_time_has_the_same_bytes_twice() -> None:
    assert len({memory_time_chart(memory_tracks(with_memory()), "A.") for _ in range(2)}) == 1


def test_names_at_the_ends_of_close_lines_do_not_overlap() -> None:
    lines = throughput_lines(material(FLASK, GIN))
    close = (lines[0], replace(lines[0], name="Twin", place=1), replace(lines[0], name="Third", place=2))
    drawn = read(throughput_chart(close, ""))
    heights = [_height(element) for element in drawn.all("text") if element.text in {"Flask", "Twin", "Third"}]
    gaps = [b - a for a, b in pairwise(sorted(heights))]
    assert len(gaps) == 2
    assert min(gaps) > 9


def _height(text: Element) -> float:
    found = re.search(r"translate\([\d.-]+[ ,]+([\d.-]+)\)", text.attributes.get("transform", ""))
    return float(found[1]) if found else float(text.attributes["y"])


def test_markup_and_mathematics_in_a_name_are_shown_as_text() -> None:
    line = replace(throughput_lines(material())[0], name='<b>$x^2$</b> & "co"')
    drawn = throughput_chart((line,), '<i>"seen"</i>')
    assert "<b>" not in drawn
    assert read(drawn).one("svg").attributes["aria-label"] == '<i>"seen"</i>'
    assert "$x^2$" in " ".join(texts(drawn))


def test_eight_subjects_are_all_drawn_with_the_six_colours() -> None:
    line = throughput_lines(material())[0]
    drawn = throughput_chart(tuple(replace(line, name=f"N{place}", place=place) for place in range(8)), "")
    assert all(f"var(--series-{number})" in drawn for number in range(1, 7))
    assert {f"N{place}" for place in range(8)} <= set(texts(drawn))


def test_a_single_level_is_drawn() -> None:
    assert "Flask sync" in " ".join(texts(throughput_chart(throughput_lines(material(FLASK, FLASK_SYNC)), "")))


def test_numbers_that_are_all_equal_are_drawn_without_a_warning() -> None:
    line = throughput_lines(material())[0]
    flat = tuple(replace(level, estimate=100.0, low=100.0, high=100.0) for level in line.levels)
    assert texts(throughput_chart((replace(line, levels=flat),), ""))


def test_a_request_of_zero_seconds_is_drawn_without_an_error() -> None:
    panel = latency_panels(material())[0]
    instant = replace(panel.lines[0], curve=((0.0, 0.0), *panel.lines[0].curve[1:]))
    assert "Flask" in texts(latency_chart(replace(panel, lines=(instant,)), ""))


def test_the_users_matplotlib_settings_have_no_effect() -> None:
    lines = throughput_lines(material())
    plain = throughput_chart(lines, "")
    with mpl.rc_context({"lines.linewidth": 9.0, "font.size": 30.0, "axes.grid": True, "figure.dpi": 40}):
        assert throughput_chart(lines, "") == plain


def test_the_chart_by_rate_names_each_line_with_its_percentile_and_has_decades_of_rates() -> None:
    lines = {quantile: latency_steps(with_ladder(), quantile) for quantile in (Quantile.P50, Quantile.P99)}
    written = texts(ladder_chart(lines, "A description."))
    for name in (
        "Flask p50",
        "Gin p99",
        "target p50",
        "1,000",
        "10,000",
        "offered requests per second",
        "response time",
    ):
        assert name in written


def test_the_chart_of_cpu_time_has_a_place_for_the_rest() -> None:
    written = texts(cpu_chart(cpu_steps(with_ladder()), "A description."))
    assert {"at rest", "1,000", "10,000", "Flask", "Gin", "CPU seconds per second"} <= set(written)
    loaded = [LadderLine("Flask", 0, (Step(100.0, 0.1, 0.09, 0.11), Step(900.0, 0.9, 0.89, 0.91)))]
    assert "at rest" not in texts(cpu_chart(loaded, "A description."))


@pytest.mark.parametrize("rate_per_s", [0.0, 3.0, 500.0])
def test_a_single_step_can_be_drawn(rate_per_s: float) -> None:
    lines = [LadderLine("Flask", 0, (Step(rate_per_s, 0.1, 0.1, 0.1),))]
    assert "Flask" in texts(cpu_chart(lines, "A description."))


def test_the_charts_by_rate_have_the_same_bytes_twice() -> None:
    drawings = [
        (ladder_chart({Quantile.P50: latency_steps(report, Quantile.P50)}, "A."), cpu_chart(cpu_steps(report), "A."))
        for report in (with_ladder(), with_ladder())
    ]
    assert drawings[0] == drawings[1]


def test_the_latency_chart_has_the_null_targets_line_if_it_was_driven() -> None:
    for report, is_drawn in ((material(ceiling=NULL), True), (material(), False)):
        written = texts(latency_chart(latency_panels(report)[0], "A description."))
        assert ({"null", "target"} <= set(written)) is is_drawn
