"""The order of results, and warnings about single trials."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.analysis.series import Key, collect
from harness.model import DrivenSlice, Load, LoadKind, Measurement, Slice, Steadiness, Trial
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

CONTROL = replace(FLASK, is_control=True)
RATE = "throughput.closed.c8"
STEADY, RISING = [100.0] * 12, [100.0 + 5 * step for step in range(12)]


def driven_at(block: int, rates_per_s: list[float]) -> Trial:
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 8), 1.0, 0.0, seed=1)
    slices = tuple(DrivenSlice(plan, replace(driven(plan), counted=int(one), counted_s=1.0)) for one in rates_per_s)
    measured = Measurement(RATE, Unit.PER_SECOND, sum(rates_per_s) / len(rates_per_s), "hello")
    return replace(a_trial(block, FLASK, measured), slices=slices)


def test_a_warning_about_trials_has_their_number() -> None:
    trials = (driven_at(0, STEADY), driven_at(1, RISING), driven_at(2, RISING))
    one = collect(a_stored_run(a_plan(FLASK, GIN), *trials))[Key(FLASK, "hello", RATE)]
    assert one.all_warnings() == ("not steady in 2 of 3 trials",)
    assert {block: of_block.tolist() for block, of_block in one.rounds.items()} == {0: STEADY, 1: RISING, 2: RISING}


def test_a_slice_without_a_counted_part_keeps_its_round_and_is_in_no_test_for_a_drift() -> None:
    whole = driven_at(0, STEADY)
    first, *others = whole.slices
    uncounted = replace(first, result=replace(first.result, counted=0, counted_s=0.0))
    trials = (replace(whole, slices=(uncounted, *others)), driven_at(1, RISING))
    one = collect(a_stored_run(a_plan(FLASK, GIN), *trials))[Key(FLASK, "hello", RATE)]
    assert one.rounds[0].tolist() == pytest.approx([math.nan, *STEADY[1:]], nan_ok=True)
    assert one.steadiness == {Steadiness.STEADY: 1, Steadiness.NOT_STEADY: 1}


def test_results_are_sorted_by_target_scenario_and_metric_with_those_without_a_scenario_first() -> None:
    plan = replace(a_plan(FLASK, GIN, scenarios=("hello", "json")), ceiling=NULL, control=CONTROL)
    found = [
        Measurement(name, Unit.ONE, 1.0, scenario)
        for name, scenario in (("a", "json"), ("a.c32", "hello"), ("a.c8", "hello"), ("z", None), ("b", None))
    ]
    trials = [a_trial(0, subject, *found) for subject in (CONTROL, NULL, GIN, FLASK)]
    keys = list(collect(a_stored_run(plan, *trials)))
    assert [(key.scenario, key.metric) for key in keys[:5]] == [
        (None, "b"),
        (None, "z"),
        ("hello", "a.c8"),
        ("hello", "a.c32"),
        ("json", "a"),
    ]
    assert [key.subject for key in keys[::5]] == [FLASK, GIN, NULL, CONTROL]
