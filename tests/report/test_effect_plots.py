"""The charts of ratios and of trials as drawings."""

from __future__ import annotations

import re

from harness.report.effect_plots import forest_chart, trials_chart
from harness.report.effects import Dot, Dots, Effect
from harness.report.machine_noise import BlockNoise

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


def test_only_a_ratio_with_a_noise_floor_has_its_area() -> None:
    without = tuple(
        Effect(one.name, one.metric, one.said, one.ratio, one.low, one.high, one.is_shown, None) for one in EFFECTS
    )
    drawn = [forest_chart(effects, "").count("fill-opacity") for effects in (EFFECTS, without)]
    assert drawn == [1, 0]


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
