"""The chart of cold start by phase as a drawing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from harness.report.drawing import CHARACTER_IN
from harness.report.stage_plots import start_chart
from harness.report.stages import start_bars
from tests.report.markup import read
from tests.report.material import material


def texts(svg: str) -> list[str]:
    return [element.text for element in read(svg).all("text")]


def test_each_target_has_its_name_and_the_time_to_its_first_right_answer() -> None:
    drawn = start_chart(start_bars(material()), "A description.")
    assert {"Flask", "231 ms", "Gin", "76.1 ms"} <= set(texts(drawn))
    assert 'aria-label="A description."' in drawn


def test_the_names_stand_left_of_the_bars() -> None:
    page = read(start_chart(start_bars(material()), ""))
    names = [float(one.attributes["x"]) for one in page.all("text") if one.text in {"Flask", "Gin"}]
    bars = [one.attributes["d"] for one in page.all("path") if {"clip-path"} <= one.attributes.keys()]
    created = [float(d.split()[0][1:]) for d in bars if d.endswith("z")]
    assert len(names) == 2
    assert max(names) < min(created)


def test_an_interval_ends_before_the_edge_of_the_axis_and_away_from_its_label() -> None:
    page = read(start_chart(start_bars(material()), ""))
    label_x, label_y = next(
        (float(one.attributes["x"]), float(one.attributes["y"])) for one in page.all("text") if one.text == "231 ms"
    )
    ends = [(float(one.attributes["x"]), float(one.attributes["y"])) for one in page.all("use")]
    end = max(x for x, y in ends if abs(y - label_y) < 5)
    styles = [(path.attributes.get("style", ""), path.attributes["d"]) for path in page.all("path")]
    (axis,) = (d for style, d in styles if "fill: none" in style and "miter" in style)
    assert end + 5 < float(axis.split("L")[1].split()[0])
    assert end + 7 < label_x


@pytest.mark.parametrize("letters", [5, 20, 30, 34])
def test_the_times_of_the_axis_do_not_overlap_however_long_the_names_are(letters: int) -> None:
    bars = [replace(bar, name="m" * letters) for bar in start_bars(material())]
    of_page = [
        (float(one.attributes["y"]), float(one.attributes["x"]), one.text)
        for one in read(start_chart(bars, "")).all("text")
        if "y" in one.attributes  # a name of two lines has none
    ]
    below = max(y for y, _, _ in of_page)
    times = sorted((x, len(text) * 72 * CHARACTER_IN) for y, x, text in of_page if y == below)
    assert len(times) > 1
    assert all(x + width / 2 < next_x - next_width / 2 for (x, width), (next_x, next_width) in pairwise(times))


def test_the_legend_has_the_phases_of_the_bars_alone() -> None:
    bars = start_bars(material())
    named = {"create", "start", "until ready"}
    assert named <= set(texts(start_chart(bars, "")))
    alone = tuple(replace(bar, phases=bar.phases[-1:]) for bar in bars)
    assert named & set(texts(start_chart(alone, ""))) == {"until ready"}


def test_phases_differ_by_colour_and_by_hatch() -> None:
    drawn = start_chart(start_bars(material()), "")
    assert all(f"var(--series-{number})" in drawn for number in (1, 2, 3))
    assert len(read(drawn).all("pattern")) == 2


def test_the_same_numbers_give_the_same_bytes() -> None:
    bars = start_bars(material())
    assert start_chart(bars, "") == start_chart(bars, "")
