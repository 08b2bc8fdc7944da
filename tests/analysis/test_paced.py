"""Rates of paced users: their intervals, and that nothing compares or ranks them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from harness.analysis.between import compare_runs
from harness.analysis.headlines import headline_metrics
from harness.analysis.intervals import log_t_interval
from harness.analysis.paced import Count, CountedRate, detail_of
from harness.analysis.percentiles import Pooled
from harness.analysis.run_spread import MachineSpread
from harness.analysis.summary import summarise
from harness.measure.latency import distributions
from harness.measure.paced import paced_rate
from harness.model import (
    Absence,
    DrivenSlice,
    ErrorKind,
    Load,
    LoadKind,
    Measurement,
    Pace,
    Plan,
    Result,
    ScenarioTraits,
    Slice,
    StoredRun,
    Subject,
    Summary,
    Trial,
)
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial

SHOP = ScenarioTraits("shop", (), drives_open=False, pace=Pace.PACED, mean_pause_s=5.5)
USERS = Load(LoadKind.PACED, 32)
HELLO = Measurement("throughput.closed.c32", Unit.PER_SECOND, 1000.0, "hello")


def a_paced_trial(block: int, subject: Subject, rate_per_s: float, service_s: float = 0.002) -> Trial:
    order = Slice(0, subject, "shop", USERS, 60.5, 5.5, seed=1)
    samples = np.linspace(service_s, 2 * service_s, round(55 * rate_per_s)).tolist()
    slices = [DrivenSlice(order, replace(driven(order, rate_per_s=rate_per_s), service=histogram_of(samples)))]
    trial = a_trial(block, subject, replace(HELLO, value=1000.0 + block), paced_rate(slices))
    return replace(trial, slices=tuple(slices), distributions=distributions(slices))


def a_paced_plan(*scenarios: str) -> Plan:
    return replace(a_plan(FLASK, GIN, scenarios=scenarios or ("hello", "shop")), traits=(SHOP,))


def a_run_of(*trials: Trial) -> StoredRun:
    return a_stored_run(a_paced_plan(), *trials)


def blocks(count: int, gin_per_s: float = 5.8, gin_s: float = 0.002) -> list[Trial]:
    return [
        trial
        for block in range(count)
        for trial in (
            a_paced_trial(block, FLASK, 5.8 + block / 10),
            a_paced_trial(block, GIN, gin_per_s + block / 10, gin_s),
        )
    ]


def result_of(summary: Summary, metric: str, subject: Subject = FLASK) -> Result:
    (found,) = (one for one in summary.results if (one.metric, one.subject) == (metric, subject))
    return found


class TestEstimator:
    def test_the_interval_of_several_blocks_is_that_of_their_rates(self) -> None:
        found = CountedRate({0: Count(300, 50), 1: Count(290, 50), 2: Count(310, 50)}).over()
        assert isinstance(found, Pooled)
        assert found.interval == log_t_interval([6.0, 5.8, 6.2])
        assert found.by_block == {0: 6.0, 1: 5.8, 2: 6.2}

    def test_the_interval_of_one_block_is_that_of_a_poisson_count(self) -> None:
        found = CountedRate({0: Count(320, 55)}).over()
        assert isinstance(found, Pooled)
        limits = [float(stats.chi2.ppf(share, freedom)) / 2 / 55 for share, freedom in ((0.025, 640), (0.975, 642))]
        assert [found.interval.low, found.interval.high] == pytest.approx(limits)
        assert found.interval.estimate == pytest.approx(320 / 55)

    @pytest.mark.parametrize("count", [5, 40, 320])
    def test_the_interval_of_a_poisson_count_contains_the_truth_in_at_least_95_percent(self, count: int) -> None:
        drawn = np.random.default_rng(7).poisson(count, 2000)
        found = [CountedRate({0: Count(float(one), 1.0)}).over() for one in drawn if one]
        covered = [isinstance(one, Pooled) and one.interval.low <= count <= one.interval.high for one in found]
        assert np.mean(covered) >= 0.945

    def test_without_an_answer_there_is_a_reason(self) -> None:
        assert CountedRate({}).over() == "no block has an answer in its counted part"
        assert CountedRate({0: Count(1, 1), 1: Count(1, 1)}).over({3}) == "no block has an answer in its counted part"


class TestResults:
    def test_a_single_block_gives_a_rate_with_its_interval_and_says_where_it_comes_from(self) -> None:
        found = result_of(summarise(a_run_of(*blocks(1))), "paced.rate.u32")
        assert found.estimate == pytest.approx(5.8)
        assert found.low is not None
        assert found.high is not None
        assert 5.1 < found.low < 5.8 < found.high < 6.6
        assert found.detail == (
            "paced; 319 answers in one block, with the interval of a Poisson count; 32 more came at the edges of "
            "slices, outside of the counted time"
        )
        assert (found.bound, found.ceiling_share, found.steadiness, found.trials) == (None, None, None, 1)

    def test_several_blocks_give_a_rate_and_response_times(self) -> None:
        summary = summarise(a_run_of(*blocks(3)))
        assert result_of(summary, "paced.rate.u32").detail == (
            "paced; 974 answers in 3 blocks; 97 more came at the edges of slices, outside of the counted time"
        )
        for name in ("p50", "p90", "mean"):
            assert result_of(summary, f"paced.latency.u32.{name}").estimate is not None
        assert "not enough requests" in str(result_of(summary, "paced.latency.u32.p999").reason)

    def test_answers_that_all_came_in_the_counted_time_are_one_number(self) -> None:
        (trial,) = [one for one in blocks(1) if one.subject == FLASK]
        (one,) = trial.slices
        whole = replace(one, result=replace(one.result, verified=319, sent=321, errors={ErrorKind.STATUS: 2}))
        assert detail_of({0: [whole]}) == "paced; 319 answers in one block, with the interval of a Poisson count"
        more = replace(whole, result=replace(whole.result, verified=324, sent=326, prepared=7))
        assert detail_of({0: [more], 1: [whole]}) == (
            "paced; 638 answers in 2 blocks; 5 more came at the edges of slices, outside of the counted time; "
            "7 requests of on_start and on_stop are apart"
        )

    def test_a_block_without_a_number_leaves_none_and_is_named(self) -> None:
        absent = a_trial(1, FLASK, HELLO, Absence("paced.rate.u32", Unit.PER_SECOND, "nothing came", "shop"))
        slices = a_paced_trial(1, FLASK, 1.0).slices
        found = result_of(
            summarise(a_run_of(a_paced_trial(0, FLASK, 5.8), replace(absent, slices=slices))), "paced.rate.u32"
        )
        assert (found.estimate, found.reason) == (None, "block 2: nothing came")


class TestRemarks:
    def with_results(self, **changes: object) -> StoredRun:
        trial = a_paced_trial(0, FLASK, 5.8)
        (one,) = trial.slices
        result = replace(one.result, **changes)  # type: ignore[arg-type]
        return a_run_of(replace(trial, slices=(replace(one, result=result),)))

    def test_the_scenarios_own_complaints_stand_beside_the_rate_and_take_nothing_of_it(self) -> None:
        run = self.with_results(complaints={"too slow": 12, "KeyError: 'id'": 2, "a": 1, "b": 1})
        found = result_of(summarise(run), "paced.rate.u32")
        assert found.estimate == pytest.approx(5.8)
        (warning,) = found.warnings
        texts = "12 x 'too slow', 2 x \"KeyError: 'id'\", 1 x 'a'".replace(" x ", " \N{MULTIPLICATION SIGN} ")
        assert warning == f"{texts}, and 1 other texts, from the script, and not from the target"

    def test_prepared_requests_are_counted_apart_and_ended_users_are_said(self) -> None:
        found = result_of(summarise(self.with_results(prepared=64, users_ended=3)), "paced.rate.u32")
        assert str(found.detail).endswith("; 64 requests of on_start and on_stop are apart")
        assert found.warnings == ("3 users ended themselves (StopUser, quit or an error), so fewer sent requests",)

    def test_errors_up_to_one_percent_are_a_warning(self) -> None:
        found = result_of(summarise(self.with_results(errors={ErrorKind.TIMEOUT: 2}, sent=351)), "paced.rate.u32")
        assert found.estimate is not None
        assert found.warnings == ("2 of 351 requests failed (2 timeout)",)

    def test_complaints_stand_beside_a_closed_rate_too(self) -> None:
        order = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 32), 0.2, 0.04, seed=1)
        slices = (DrivenSlice(order, replace(driven(order), complaints={"too slow": 2})),)
        trials = (replace(a_trial(block, FLASK, HELLO), slices=slices) for block in (0, 1))
        found = result_of(summarise(a_run_of(*trials)), "throughput.closed.c32")
        assert "4 \N{MULTIPLICATION SIGN} 'too slow', from the script, and not from the target" in found.warnings


class TestNothingRanksThem:
    def test_targets_are_not_compared_by_numbers_of_paced_users(self) -> None:
        summary = summarise(a_run_of(*blocks(3, gin_per_s=3.0, gin_s=0.0001)))
        compared = {one.scenario for one in (*summary.comparisons, *summary.among_others, *summary.over_null)}
        assert compared == {"hello"}
        assert [one for one in summary.results if one.scenario == "shop" and one.metric.startswith("throughput")] == []

    def test_a_rate_is_not_judged_between_runs_and_response_times_are(self) -> None:
        before, after = summarise(a_run_of(*blocks(3))), summarise(a_run_of(*blocks(3, 3.0, 0.02)))
        named = replace(after, run=replace(after.run, id="another"))
        found = {one.metric for one in compare_runs(before, named, MachineSpread()).comparisons}
        assert "paced.rate.u32" not in found
        assert "paced.latency.u32.p50" in found

    def test_the_headline_is_the_first_scenario_that_is_not_paced(self) -> None:
        assert headline_metrics(a_paced_plan("shop", "hello")) == headline_metrics(a_paced_plan("hello", "shop"))
        alone = headline_metrics(a_paced_plan("shop"))
        assert {scenario for _, scenario in alone} == {None}
        assert ("memory.loaded", None) in alone
