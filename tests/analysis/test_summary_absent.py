"""Results without a number: extreme values, and slices without answers."""

from dataclasses import replace

from harness.analysis.summary import summarise
from harness.model import Absence, DrivenSlice, Flag, FlagKind, Load, LoadKind, Measurement, Result, Slice, Trial
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, a_plan, a_stored_run, a_trial

PRESSURE = Flag(FlagKind.PRESSURE, "memory was waited for")


def trials(*values: float) -> list[Trial]:
    """Return a trial for each value of Flask's idle memory."""
    return [a_trial(block, FLASK, Measurement("memory.idle", Unit.BYTE, value)) for block, value in enumerate(values)]


def result_of(found: list[Trial]) -> Result:
    [result] = summarise(a_stored_run(a_plan(FLASK), *found)).results
    return result


def test_blocks_that_lie_too_far_apart_give_no_number() -> None:
    result = result_of(trials(1e-15, 1e18))
    assert (result.estimate, result.trials) == (None, 2)
    assert result.reason == "the numbers of the blocks lie too far apart for an interval, from 1e-15 to 1e+18"


def test_a_value_that_no_machine_gives_is_no_number() -> None:
    reason = result_of(trials(1e308, 1e308)).reason
    assert reason is not None
    assert reason.startswith("measured 1e+308, which no real machine gives")


def test_a_reason_that_does_not_hold_in_all_blocks_names_its_blocks() -> None:
    late = Absence("memory.idle", Unit.BYTE, "the kernel keeps no such number")
    found = [*trials(1.0, 0.0, 2.0), a_trial(3, FLASK, late), a_trial(4, FLASK, late)]
    reason = result_of(found).reason
    wanted = "block 2: measured 0, and an estimate needs positive numbers; blocks 4, 5: the kernel keeps no such number"
    assert reason == wanted


def test_clean_blocks_that_lie_too_far_apart_give_no_clean_estimate() -> None:
    found = [replace(one, flags=(PRESSURE,) if one.block > 1 else ()) for one in trials(1e-15, 1e18, *[1.0] * 10)]
    result = result_of(found)
    assert (result.clean_trials, result.clean_estimate) == (2, None)
    assert result.estimate is not None


def test_a_throughput_of_rounds_without_answers_has_a_reason() -> None:
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 1), 0.2, 0.04, seed=1)
    silent = DrivenSlice(plan, replace(driven(plan), counted=0))
    rate = Measurement("throughput.closed.c1", Unit.PER_SECOND, 0.0, "hello")
    reason = result_of([replace(a_trial(block, FLASK, rate), slices=(silent,) * 6) for block in range(2)]).reason
    assert reason is not None
    assert reason.startswith("measured 0")
