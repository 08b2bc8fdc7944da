"""The steps of the measurement in the method of a report."""

from __future__ import annotations

from dataclasses import replace

from harness.model import DrivenSlice, Load, LoadKind, Pace, ScenarioTraits, Slice
from harness.report.protocol import protocol
from tests.fakes import driven
from tests.report.ladder_run import with_ladder
from tests.report.material import PROFILE, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN
from tests.trials import a_trial


def test_the_ladder_is_a_step_of_the_method_of_a_run_that_has_one() -> None:
    (step,) = (one for one in protocol(with_ladder()) if one.term == "Ladder")
    assert step.text == (
        "Each target is also driven at 10 %, 60 % and 90 % of its own peak, once in each block for 1.7 s. The null "
        "target follows each of them, at the same rate and with the same arrivals."
    )
    assert "Ladder" not in {one.term for one in protocol(material())}


def test_the_method_says_that_the_cpu_time_at_rest_is_subtracted() -> None:
    (step,) = (one for one in protocol(with_ladder()) if one.term == "CPU time at rest")
    assert step.text == (
        "In each block all targets rest for 5 s after the warm-up, with their connections open. What a target uses at "
        "rest is subtracted from its CPU time, for the time in which only other targets have load."
    )


def test_the_method_of_a_run_without_a_rest_says_what_the_cpu_time_at_rest_can_amount_to() -> None:
    (step,) = (one for one in protocol(material(FLASK, FLASK_SYNC, GIN)) if one.term == "CPU time at rest")
    assert step.text == (
        "The CPU time of a target at rest was not measured, so none is subtracted: the CPU time per request includes "
        "what the target uses while only other targets have load. A target that uses 0.1 % of a CPU at rest, and all "
        "of one under load, reads about 0.2 % too much per request here."
    )
    assert "CPU time at rest" not in {one.term for one in protocol(material(FLASK))}, "no other target has load"


def test_the_method_states_the_number_of_slices_at_each_level() -> None:
    def slices(level: int, count: int) -> list[DrivenSlice]:
        orders = [Slice(number, FLASK, "hello", Load(LoadKind.CLOSED, level), 0.2, 0.04, 1) for number in range(count)]
        return [DrivenSlice(order, driven(order)) for order in orders]

    report = material()
    whole = [replace(a_trial(block, FLASK), slices=(*slices(1, 4), *slices(8, 4), *slices(32, 9))) for block in (0, 1)]
    broken_off = replace(a_trial(2, FLASK), slices=tuple(slices(1, 2)))
    stored = replace(report.stored, trials=(*whole, broken_off))
    text = " ".join(step.text for step in protocol(replace(report, stored=stored)))
    assert "In each block each target has 9 slices at 32 and 4 slices at 1 and 8 connections. The targets" in text


def test_the_protocol_states_the_numbers_of_the_plan() -> None:
    text = " ".join(step.text for step in protocol(material()))
    for stated in (
        "The run has 5 blocks.",
        "3 s of warm-up",
        "slices. Each begins with a head that is not counted, of 0.04 s at least, and has a counted part of 0.16 s at",
        "Scenario hello is driven over 1, 8, 32 and 64 connections; json_body at 32.",
        "Poisson arrivals at 1,000 req/s, in slices of 1.7 s; the first 0.2 s of each are not counted.",
        "Each target has 10 timed starts. The first block begins with 2 untimed starts of each target.",
    ):
        assert stated in text


def test_the_protocol_states_that_a_profile_has_no_open_load() -> None:
    report = material()
    plan = replace(report.summary.run.plan, profile=replace(PROFILE, open_rates_per_s=()), scenarios=("hello",))
    changed = replace(report, summary=replace(report.summary, run=replace(report.summary.run, plan=plan)))
    text = " ".join(step.text for step in protocol(changed))
    assert "over 1, 8, 32 and 64 connections. This profile has no open load." in text


def test_paced_users_are_a_step_of_their_own() -> None:
    shop = ScenarioTraits("shop", (), drives_open=False, pace=Pace.PACED, mean_pause_s=5.5)
    report = material()
    order = Slice(0, FLASK, "shop", Load(LoadKind.PACED, 32), 60.6, 5.5, 1)
    plan = replace(report.plan, scenarios=("shop", "hello"), traits=(shop,))
    stored = replace(report.stored, trials=(replace(a_trial(0, FLASK), slices=(DrivenSlice(order, driven(order)),)),))
    both = replace(report, stored=stored, summary=replace(report.summary, run=replace(report.summary.run, plan=plan)))
    texts = {step.term: step.text for step in protocol(both)}
    assert "Scenario hello is driven over 1, 8, 32 and 64 connections." in texts["Alternating slices"]
    assert texts["Paced users"].startswith(
        "The load of shop is decided by its users, who pause, not by the target. So it is driven apart, one target "
        "after the other, in slices of"
    )
    alone = replace(plan, scenarios=("shop",))
    paced = replace(both, summary=replace(both.summary, run=replace(both.summary.run, plan=alone)))
    assert "Alternating slices" not in {step.term for step in protocol(paced)}
