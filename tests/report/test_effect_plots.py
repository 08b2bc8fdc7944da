"""The charts of ratios and of trials as drawings."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.report.effect_plots import forest_chart, trials_chart
from harness.report.effects import Dot, Dots, Effect
from harness.report.machine_noise import BlockNoise
from tests.report.markup import read

EFFECTS = (
    Effect("throughput", "throughput", "13.9 times higher", 13.9, 13.5, 14.4, is_shown=True, floor=0.02),
    Effect("p99 latency", "p99 latency", "no difference shown", 0.9, 0.5, 1.3, is_shown=True, floor=None),
)
DOTS = (
    Dots("Flask", 0, (Dot(1, 1, 6120.0, 1.01, is_disturbed=False), Dot(4, 2, 5940.0, 0.98, is_disturbed=True))),
    Dots("Gin", 1, (Dot(2, 1, 85_000.0, 1.0, is_disturbed=False), Dot(3, 2, 85_000.0, 1.0, is_disturbed=False))),
)


def test_each_ratio_has_its_name_and_its_words() -> None:
    drawn = forest_chart(EFFECTS, "Ratios.")
    for effect in EFFECTS:
        assert f">{effect.name}</text>" in drawn
        assert f">{effect.said}</text>" in drawn
    assert 'aria-label="Ratios."' in drawn


def test_a_long_name_of_a_ratio_has_several_lines_and_is_not_cut() -> None:
    names = ("A framework with a long name", "\N{DIVISION SIGN}", "another framework with a long name")
    name = " ".join(["throughput,", *names, *names])
    page = read(forest_chart((replace(EFFECTS[0], name=name), EFFECTS[1]), ""))
    lines = [one.text for one in page.all("text") if one.text in name]
    assert " ".join(lines) == name
    assert len(lines) > 1


def test_only_a_ratio_with_a_noise_floor_has_its_area() -> None:
    without = tuple(
        Effect(one.name, one.metric, one.said, one.ratio, one.low, one.high, one.is_shown, None) for one in EFFECTS
    )
    drawn = [forest_chart(effects, "").count("fill-opacity") for effects in (EFFECTS, without)]
    assert drawn == [1, 0]


def test_no_line_and_no_area_is_drawn_through_the_name_of_a_ratio() -> None:
    page = read(forest_chart(EFFECTS, ""))
    places = {one.text: float(one.attributes["y"]) for one in page.all("text")}
    names = [places[effect.name] for effect in EFFECTS]
    spans = [
        (min(ys), max(ys))
        for path in page.all("path")
        for piece in path.attributes["d"].split("M")[1:]
        if len(ys := [float(y) for y in re.findall(r"[\d.-]+ (-?[\d.]+)", piece)]) > 1
    ]
    upright = [span for span in spans if span[1] - span[0] > 5 and span[0] >= 0]
    assert len(upright) > 4
    assert [(span, name) for span in upright for name in names if span[0] < name - 4 < span[1]] == []


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.08, 16.0, [0.1, 0.2, 0.5, 1, 2, 5, 10]),
        (0.8, 1.25, [0.8, 0.9, 1, 1.1, 1.2]),
        (0.01, 2_000.0, [0.01, 0.1, 1, 10, 100, 1000]),
    ],
)
def test_the_axis_of_ratios_has_as_many_ticks_as_have_room(low: float, high: float, ticks: list[float]) -> None:
    between = Effect("a", "a", "3 times higher", 1.0, low * 1.25, high / 1.25, is_shown=True, floor=None)
    written = [one.text for one in read(forest_chart((between,), "")).all("text")]
    assert [float(text.replace(",", "")) for text in written if re.fullmatch(r"[\d.,]+", text)] == ticks


def test_a_difference_that_is_not_shown_and_a_disturbed_trial_are_hollow() -> None:
    unclear = Effect("p99 latency", "p99 latency", "no difference shown", 0.9, 0.5, 1.3, is_shown=False, floor=None)
    calm = tuple(Dots(one.name, one.place, one.dots[:1]) for one in DOTS)
    drawn = [
        forest_chart((unclear,), ""),
        forest_chart(EFFECTS, ""),
        trials_chart(DOTS, (), ""),
        trials_chart(calm, (), ""),
    ]
    assert [bool(re.search("<use [^>]*fill: var.--paper", one)) for one in drawn] == [True, False, True, False]


def test_the_chart_of_trials_names_each_target() -> None:
    drawn = trials_chart(DOTS, (), "Four trials.")
    for subject in DOTS:
        assert f">{subject.name}</text>" in drawn


def test_the_machine_of_each_block_is_drawn_below_the_trials_on_the_same_axis() -> None:
    noise = tuple(BlockNoise(block, 1.0, 0.95, 1.2, 0.0, 0.0, 2 * block - 1, 2 * block) for block in (1, 2))
    drawn = trials_chart(DOTS, noise, "")
    assert ">CPU time of the same work</text>" in drawn
    assert drawn.count(">trial, in the order of the run</text>") == 1
    assert drawn.count("fill-opacity") == 2
    assert "same work" not in trials_chart(DOTS, (), "")


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert forest_chart(EFFECTS, "") == forest_chart(EFFECTS, "")
    assert trials_chart(DOTS, (), "") == trials_chart(DOTS, (), "")
