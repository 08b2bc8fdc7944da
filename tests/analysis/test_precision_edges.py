"""The exact width of an interval in words, and intervals exactly as wide as the precision."""

import math
from dataclasses import replace

import pytest

from harness.analysis.precision import imprecise
from harness.analysis.summary import summarise
from harness.model import Absence, Measurement, Precision, StoredRun
from harness.units import Unit
from tests.fakes import PROFILE
from tests.trials import FLASK, a_plan, a_stored_run, a_trial

HALF = math.exp(12.7062 * math.log(1.1) / 2) - 1  # of (10, 11): Student's quantile of one degree of freedom


def of_memory(wanted: float) -> StoredRun:
    precision = Precision(throughput=9.0, p50=9.0, p99=9.0, memory=wanted, cold_start=9.0)
    plan = a_plan(FLASK, blocks=2)
    trials = [a_trial(n, FLASK, Measurement("memory.loaded", Unit.BYTE, 10.0 + n)) for n in range(2)]
    return a_stored_run(replace(plan, profile=replace(PROFILE, precision=precision, least_blocks=2)), *trials)


def test_the_half_width_is_given_in_percent() -> None:
    assert imprecise(of_memory(0.5)) == (
        "memory.loaded of flask_app:gthread, \N{PLUS-MINUS SIGN} 83.2 % instead of 50.0 %",
    )


@pytest.mark.parametrize(("factor", "count"), [(1.0001, 0), (0.9999, 1)])
def test_an_interval_may_be_exactly_as_wide_as_the_profiles_precision(factor: float, count: int) -> None:
    assert len(imprecise(of_memory(HALF * factor))) == count


def test_an_interval_exactly_as_wide_as_wanted_is_precise() -> None:
    (result,) = summarise(of_memory(0.5)).results
    assert result.low is not None
    assert result.high is not None
    half = math.sqrt(result.high / result.low) - 1
    assert imprecise(of_memory(half)) == ()
    assert len(imprecise(of_memory(math.nextafter(half, 0)))) == 1


def test_what_is_not_asked_does_not_hide_the_headlines_after_it() -> None:
    """The start, which has no number, and idle memory, which is no headline, stand before loaded memory."""
    wide = of_memory(0.5)
    absent = Absence("cold_start.ready", Unit.SECOND, "it failed")
    idle = Measurement("memory.idle", Unit.BYTE, 10.0)
    trials = tuple(replace(one, measurements=(*one.measurements, idle), absences=(absent,)) for one in wide.trials)
    assert [one.metric for one in summarise(replace(wide, trials=trials)).results] == [
        "cold_start.ready",
        "memory.idle",
        "memory.loaded",
    ]
    assert imprecise(replace(wide, trials=trials)) == imprecise(wide)
