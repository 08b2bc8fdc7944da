"""Precision of a run: the widths of its headlines compared with the profile's precision."""

from dataclasses import replace

import pytest

from harness.analysis.precision import imprecise
from harness.model import Absence, Measurement, Plan, Precision, StoredRun, Subject
from harness.units import Unit
from tests.fakes import PROFILE
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

WANTED = Precision(throughput=0.02, p50=0.03, p99=0.10, memory=0.01, cold_start=0.05)
# The half-width of the interval of (1, 1 + d) is about 6.35 d: half of Student's quantile for one degree of freedom.
NARROW, WIDE = 1.0001, 1.1


def adaptive() -> Plan:
    plan = a_plan(FLASK, GIN, blocks=2)
    return replace(plan, profile=replace(PROFILE, precision=WANTED, least_blocks=2), ceiling=NULL)


def measured(metric: str, unit: Unit, spread: float, *, scenario: str | None = None) -> StoredRun:
    """Return a run of two blocks; Flask's metric differs between them by this share."""
    trials = [a_trial(n, FLASK, Measurement(metric, unit, 10 * spread**n, scenario)) for n in range(2)]
    return a_stored_run(adaptive(), *trials)


HEADLINES = [
    ("throughput.closed.c32", Unit.PER_SECOND, "hello", "2.00"),
    ("latency.open.r500.p50", Unit.SECOND, "hello", "3.00"),
    ("latency.open.r500.p99", Unit.SECOND, "hello", "10.0"),
    ("memory.loaded", Unit.BYTE, None, "1.00"),
    ("memory_pss.loaded", Unit.BYTE, None, "1.00"),
    ("cold_start.ready", Unit.SECOND, None, "5.00"),
    ("process_start.ready", Unit.SECOND, None, "5.00"),
]


@pytest.mark.parametrize(("metric", "unit", "scenario", "percent"), HEADLINES)
def test_a_headline_with_a_too_wide_interval_is_named_with_its_target(
    metric: str, unit: Unit, scenario: str | None, percent: str
) -> None:
    (missed,) = imprecise(measured(metric, unit, WIDE, scenario=scenario))
    assert missed.startswith(f"{metric} of flask_app:gthread, \N{PLUS-MINUS SIGN} ")
    assert missed.endswith(f" % instead of {percent} %")


@pytest.mark.parametrize(("metric", "unit", "scenario", "percent"), HEADLINES)
def test_a_headline_with_a_narrow_interval_is_not_named(
    metric: str, unit: Unit, scenario: str | None, percent: str
) -> None:
    assert percent
    assert imprecise(measured(metric, unit, NARROW, scenario=scenario)) == ()


class TestIgnored:
    NARROW = Measurement("memory.loaded", Unit.BYTE, 10.0)

    def beside(self, other: Subject, first: Measurement | Absence, second: Measurement | Absence) -> StoredRun:
        """Return a run in which Flask is precise, and the other subject has these measurements."""
        found = [a_trial(n, FLASK, self.NARROW) for n in range(2)]
        return a_stored_run(adaptive(), *found, a_trial(0, other, first), a_trial(1, other, second))

    def test_a_metric_that_is_not_a_headline(self) -> None:
        first, second = (Measurement("memory.idle", Unit.BYTE, value) for value in (1.0, 2.0))
        assert imprecise(self.beside(GIN, first, second)) == ()

    def test_the_ceiling(self) -> None:
        first, second = (Measurement("memory.loaded", Unit.BYTE, value) for value in (1.0, 2.0))
        assert imprecise(self.beside(NULL, first, second)) == ()
        assert len(imprecise(self.beside(GIN, first, second))) == 1

    def test_a_headline_without_a_number(self) -> None:
        none = Absence("memory.loaded", Unit.BYTE, "it could not be read")
        assert imprecise(self.beside(GIN, none, none)) == ()

    def test_a_run_with_a_fixed_number_of_blocks(self) -> None:
        wide = measured("memory.loaded", Unit.BYTE, WIDE)
        fixed = replace(wide.run.plan, profile=PROFILE)
        assert imprecise(replace(wide, run=replace(wide.run, plan=fixed))) == ()


def test_a_run_without_any_number_is_not_precise() -> None:
    assert imprecise(a_stored_run(adaptive())) == ("no headline has a number",)
