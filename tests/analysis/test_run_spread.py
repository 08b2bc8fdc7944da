"""The spread between stored runs: which runs count, its numbers, and how often it lets a change be claimed."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.between import compare_runs
from harness.analysis.intervals import Moments, t_interval
from harness.analysis.run_spread import MachineSpread, RunSpread, machine_spread
from harness.model import Difference, Result, Run, SpreadRun, Summary
from harness.units import Unit
from tests.analysis.compared_runs import RATE, a_ratio, a_result, a_summary
from tests.trials import FLASK, GIN, a_run

KEY = (GIN, "hello", RATE)


def built(name: str, image: str = "one", started_at: str = "2026-01-31T14:25:01+00:00") -> Run:
    environment = {"images": {"gin_app": {"id": image}}}
    return replace(a_run(name=name), environment=environment, started_at=started_at)


def stored(name: str, log: float, image: str = "one", error: float = 0.0) -> Summary:
    """Return a run of three blocks whose rate has this logarithm, with this distance between its blocks."""
    result = a_result([math.exp(log - error), math.exp(log), math.exp(log + error)])
    return replace(a_summary(result), run=built(name, image))


A, B = built("a"), built("b")


def test_without_other_runs_nothing_is_known() -> None:
    spread = machine_spread((A, B), [])
    assert (spread.runs, spread.of(KEY)) == ((), RunSpread(0, 0.0, 0.0))
    assert not spread.of(KEY).is_known


def test_the_deviation_is_that_of_the_logarithms_of_runs() -> None:
    logs = [1.0, 1.1, 1.2, 0.9, 0.95]
    found = machine_spread((A, B), [stored(f"r{place}", log) for place, log in enumerate(logs)]).of(KEY)
    assert (found.runs, found.freedom, found.is_known) == (5, 4, True)
    assert found.deviation == pytest.approx(float(np.std(logs, ddof=1)))
    assert found.between == pytest.approx(found.deviation), "the runs have no errors of their own"


def test_tau_has_no_part_of_the_runs_own_errors() -> None:
    logs = [1.0, 1.1, 1.2, 0.9, 0.95]
    found = machine_spread((A, B), [stored(f"r{place}", log, error=0.1) for place, log in enumerate(logs)]).of(KEY)
    assert found.between == pytest.approx(math.sqrt(float(np.var(logs, ddof=1)) - 0.01 / 3))


def test_four_runs_are_too_few() -> None:
    assert not machine_spread((A, B), [stored(f"r{place}", place / 10) for place in range(4)]).of(KEY).is_known


def test_the_change_from_one_build_to_another_is_no_spread() -> None:
    runs = [stored(f"r{log}", log) for log in (1.0, 1.1, 1.2)]
    runs += [stored(f"s{log}", log, "two") for log in (5.0, 5.1, 5.2)]
    found = machine_spread((A, built("b", "two")), runs).of(KEY)
    assert found.deviation == pytest.approx(0.1)
    assert found.runs == 5, "six runs of two builds have four differences"


def test_runs_of_other_builds_do_not_count() -> None:
    spread = machine_spread((A, B), [stored(f"r{place}", place, "two") for place in range(6)])
    assert (spread.runs, spread.of(KEY).runs) == ((), 0)


def test_the_runs_are_named_with_their_dates_the_oldest_first() -> None:
    runs = [
        replace(stored(name, 1.0), run=built(name, started_at=f"2026-02-0{day}T00:00:00+00:00"))
        for name, day in (("new", 3), ("old", 1))
    ]
    assert machine_spread((A, B), runs).runs == (
        SpreadRun("old", "2026-02-01T00:00:00+00:00"),
        SpreadRun("new", "2026-02-03T00:00:00+00:00"),
    )


def test_a_result_without_a_number_does_not_count() -> None:
    lost = Result(GIN, "hello", RATE, Unit.PER_SECOND, 0, 0.95, reason="it failed")
    spread = machine_spread((A, B), [replace(stored("r", 1.0), results=(lost,))])
    assert (spread.runs, spread.of(KEY).runs) == ((), 0)


def with_ratio(run: Summary, log: float) -> Summary:
    """Return a run that has also Gin's rate over Flask's, with this logarithm."""
    return replace(run, comparisons=(a_ratio([math.exp(log) * by for by in (0.99, 1.0, 1.01)]),))


class TestRatios:
    LOGS = (2.0, 2.1, 2.2, 1.9, 1.95)
    KEY = (GIN, FLASK, "hello", RATE)

    def test_a_ratio_has_a_spread_of_its_own(self) -> None:
        machine = (1.0, 3.0, 2.0, 1.5, 2.5)
        runs = [
            with_ratio(stored(f"r{at}", log), ratio)
            for at, (log, ratio) in enumerate(zip(machine, self.LOGS, strict=True))
        ]
        found = machine_spread((A, B), runs)
        assert found.of_ratio(self.KEY).deviation == pytest.approx(float(np.std(self.LOGS, ddof=1)))
        assert found.of(KEY).deviation == pytest.approx(float(np.std(machine, ddof=1)))
        assert not found.of_ratio((FLASK, GIN, "hello", RATE)).is_known

    def test_both_builds_of_a_ratio_must_be_those_of_a_compared_run(self) -> None:
        runs = [with_ratio(stored(f"r{log}", 1.0), log) for log in self.LOGS]
        images = {"gin_app": {"id": "one"}, "flask_app": {"id": "other"}}
        elsewhere = [replace(one, run=replace(one.run, environment={"images": images})) for one in runs]
        assert machine_spread((A, B), runs).of_ratio(self.KEY).is_known
        assert machine_spread((A, B), elsewhere).of_ratio(self.KEY).runs == 0

    def test_the_null_targets_ratios_count_too(self) -> None:
        runs = [with_ratio(stored(f"r{log}", 1.0), log) for log in self.LOGS]
        over_null = [replace(one, comparisons=(), over_null=one.comparisons) for one in runs]
        assert machine_spread((A, B), over_null).of_ratio(self.KEY) == machine_spread((A, B), runs).of_ratio(self.KEY)

    def test_four_runs_are_too_few(self) -> None:
        runs = [with_ratio(stored(f"r{log}", 1.0), log) for log in self.LOGS[:4]]
        assert not machine_spread((A, B), runs).of_ratio(self.KEY).is_known


@pytest.mark.parametrize("tau", [0.0, 0.01, 0.1])
def test_runs_of_one_code_are_claimed_to_differ_in_at_most_one_of_twenty_cases(tau: float) -> None:
    """Simulate runs of six blocks with errors of their own, and a spread between runs."""
    rng, blocks, error, cases = np.random.default_rng(7), 6, 0.01, 500
    stored_runs, claims = 5, 0
    for _ in range(cases):
        means = rng.normal(0.0, math.hypot(tau, error), stored_runs + 2)
        errors = error * np.sqrt(rng.chisquare(blocks - 1, stored_runs + 2) / (blocks - 1))
        runs = [_simulated(f"r{n}", *of, blocks) for n, of in enumerate(zip(means, errors, strict=True))]
        compared = compare_runs(runs[0], runs[1], machine_spread((runs[0].run, runs[1].run), runs[2:]))
        claims += compared.comparisons[0].verdict in {Difference.HIGHER, Difference.LOWER}
    assert claims / cases <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / cases)


def test_without_the_spread_runs_of_one_code_would_be_claimed_to_differ() -> None:
    rng, blocks, error, tau = np.random.default_rng(7), 6, 0.01, 0.1
    claims = 0
    for _ in range(300):
        runs = [_simulated(name, rng.normal(0.0, tau), error, blocks) for name in ("a", "b")]
        zero = MachineSpread((), {KEY: RunSpread(5, 0.0, 0.0)})
        claims += compare_runs(runs[0], runs[1], zero).comparisons[0].verdict in {Difference.HIGHER, Difference.LOWER}
    assert claims / 300 > 0.5


def _simulated(name: str, mean: float, error: float, blocks: int) -> Summary:
    made = t_interval(Moments(float(mean), float(error), blocks - 1))
    numbers = (made.estimate, made.low, made.high)
    return Summary(built(name), (Result(GIN, "hello", RATE, Unit.PER_SECOND, blocks, 0.95, *numbers),), ())
