"""The limits of a throughput: the null target's rate at the same level, CPU time, and the round trip."""

from dataclasses import replace

import pytest

from harness.analysis.summary import summarise
from harness.model import Absence, Bound, ContractPart, Difference, Measurement, StoredRun
from harness.units import Unit
from tests.analysis.test_summary import (
    PLAN,
    WITH_CEILING,
    blocks_of,
    comparison_of,
    memory,
    rate,
    result_of,
    summary_of,
)
from tests.trials import FLASK, GIN, NULL, a_run


def test_the_cpu_time_of_a_request_bounds_what_a_generator_bound_target_can_do() -> None:
    """A request takes 0.5 ms of the one CPU, so the target can't answer more than 2,000 requests a second."""
    run = replace(a_run(PLAN), environment={"cpus": {"target": [0]}})
    cost = Measurement("cpu_per_request.closed.c16", Unit.SECOND, 0.0005, "hello")
    flask = blocks_of(FLASK, *[(rate(9000.0, bound=Bound.TARGET),)] * 3)
    gin = blocks_of(GIN, *[(rate(1000.0, bound=Bound.GENERATOR), cost)] * 3)
    summary = summarise(StoredRun(run, (*flask, *gin)))
    assert result_of(summary, GIN, "throughput.closed.c16").at_most == pytest.approx(2000.0)
    assert result_of(summary, FLASK, "throughput.closed.c16").at_most is None
    comparison = comparison_of(summary, "throughput.closed.c16")
    assert comparison.verdict is Difference.LOWER
    assert comparison.at_least == pytest.approx(1 / 9)
    assert comparison.at_most == pytest.approx(2 / 9)
    unknown = summary_of(PLAN, *flask, *gin)
    assert result_of(unknown, GIN, "throughput.closed.c16").at_most is None
    assert comparison_of(unknown, "throughput.closed.c16").verdict is Difference.INCONCLUSIVE
    assert comparison_of(unknown, "throughput.closed.c16").at_most is None


def test_a_rate_above_what_the_cpu_time_allows_is_its_own_limit() -> None:
    run = replace(a_run(PLAN), environment={"cpus": {"target": [0]}})
    cost = Measurement("cpu_per_request.closed.c16", Unit.SECOND, 0.00101, "hello")
    gin = blocks_of(GIN, *[(rate(1000.0, bound=Bound.GENERATOR), cost)] * 3)
    assert result_of(summarise(StoredRun(run, gin)), GIN, "throughput.closed.c16").at_most == pytest.approx(1000.0)


@pytest.mark.parametrize(
    ("value", "bound", "share"),
    [(500.0, Bound.TARGET, 0.5), (790.0, Bound.TARGET, 0.79), (810.0, Bound.GENERATOR, 0.81)],
)
def test_a_throughput_above_80_percent_of_the_null_targets_is_generator_bound(
    value: float, bound: Bound, share: float
) -> None:
    trials = (*blocks_of(NULL, *[(rate(1000.0),)] * 3), *blocks_of(FLASK, *[(rate(value),)] * 3))
    result = result_of(summary_of(WITH_CEILING, *trials), FLASK, "throughput.closed.c16")
    assert result.bound is bound
    assert result.ceiling_share == pytest.approx(share)


def test_over_one_connection_the_limit_is_the_round_trip_and_never_the_generator() -> None:
    generator = rate(900.0, 1, Bound.GENERATOR)  # so did runs store it before this bound existed
    trials = (*blocks_of(NULL, *[(rate(1000.0, 1),)] * 3), *blocks_of(FLASK, *[(generator,)] * 3))
    trials += blocks_of(GIN, *[(rate(950.0, 1, Bound.TARGET),)] * 3)
    summary = summary_of(WITH_CEILING, *trials)
    flask, gin = (result_of(summary, subject, "throughput.closed.c1") for subject in (FLASK, GIN))
    assert (flask.bound, flask.warnings) == (Bound.ROUND_TRIP, ())
    assert flask.ceiling_share == pytest.approx(0.9)
    assert gin.bound is Bound.TARGET
    [comparison] = summary.comparisons
    assert (comparison.verdict, comparison.warnings, comparison.at_most) == (Difference.HIGHER, (), None)


def test_the_ceiling_is_that_of_the_same_level() -> None:
    trials = (
        *blocks_of(NULL, *[(rate(1000.0, 1), rate(100.0, 8))] * 3),
        *blocks_of(FLASK, *[(rate(90.0, 1), rate(90.0, 8), rate(90.0, 32))] * 3),
    )
    summary = summary_of(WITH_CEILING, *trials)
    mine = {r.metric.removeprefix("throughput.closed."): r for r in summary.results if r.subject == FLASK}
    assert mine["c1"].ceiling_share == pytest.approx(0.09)
    assert mine["c8"].ceiling_share == pytest.approx(0.9)
    assert mine["c32"].ceiling_share is None
    assert [mine[level].bound for level in ("c1", "c8", "c32")] == [Bound.TARGET, Bound.GENERATOR, Bound.TARGET]


def test_a_throughput_says_why_it_has_no_ceiling() -> None:
    unanswered = Absence("throughput.closed.c16", Unit.PER_SECOND, "it does not answer hello", "hello")
    trials = (*blocks_of(NULL, *[(unanswered,)] * 3), *blocks_of(FLASK, *[(rate(5.0),)] * 3))
    flask = result_of(summary_of(WITH_CEILING, *trials), FLASK, "throughput.closed.c16")
    assert (flask.ceiling_share, flask.warnings) == (None, ("no ceiling: it does not answer hello",))


def test_a_throughput_of_another_contract_has_no_ceiling() -> None:
    trials = (*blocks_of(NULL, *[(rate(1000.0),)] * 3), *blocks_of(FLASK, *[(rate(900.0),)] * 3))
    own = replace(WITH_CEILING, contracts={"flask_app": {"hello": ContractPart("/hi", text="hi")}})
    flask = result_of(summary_of(own, *trials), FLASK, "throughput.closed.c16")
    assert (flask.ceiling_share, flask.bound) == (None, Bound.TARGET)
    assert flask.warnings == ("no ceiling: the null target does not answer this contract",)


def test_the_null_target_has_no_share_of_the_ceiling() -> None:
    summary = summary_of(WITH_CEILING, *blocks_of(NULL, *[(rate(1000.0, bound=Bound.TARGET),)] * 3))
    [result] = summary.results
    assert (result.ceiling_share, result.bound) == (None, Bound.TARGET)


def test_metrics_other_than_throughput_have_no_ceiling() -> None:
    trials = (*blocks_of(NULL, *[(memory(1.0),)] * 3), *blocks_of(FLASK, *[(memory(1.0),)] * 3))
    result = result_of(summary_of(WITH_CEILING, *trials), FLASK, "memory.idle", None)
    assert (result.ceiling_share, result.bound) == (None, None)
