"""Latencies of a stored run: from the distributions of its trials, with overload, errors and warnings."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest

from harness.analysis import latencies
from harness.analysis.latencies import Estimator
from harness.analysis.percentiles import Pool, Pooled, percentile, pool
from harness.analysis.series import Key
from harness.analysis.summary import summarise
from harness.histogram import BIN_COUNT, Histogram
from harness.measure.soundness import LATE_TAIL, STOOD_STILL
from harness.metrics.names import Quantile
from harness.model import (
    Absence,
    Bound,
    Difference,
    Distribution,
    DrivenSlice,
    ErrorKind,
    Flag,
    FlagKind,
    Load,
    LoadKind,
    Measurement,
    Result,
    Slice,
    SliceResult,
    Span,
    StoredRun,
    Subject,
    Trial,
)
from harness.units import Unit
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial

OPEN = Load(LoadKind.POISSON, 64, 1000.0)
CLOSED = Load(LoadKind.CLOSED, 8)
BLOCKS = 6


def times_s(block: int, count: int = 2000, center_s: float = 0.002) -> list[float]:
    """Return durations around a center; each block's differ a little."""
    drawn = np.random.default_rng(block).lognormal(0.005 * block, 0.3, count)
    return [float(one) for one in center_s * drawn]


def a_load(  # noqa: PLR0913 - a trial has this much of a load
    trial: Trial,
    load: Load,
    samples_s: list[float],
    *,
    answered: float = 1.0,
    utilisation: float = 0.4,
    errors: dict[ErrorKind, int] | None = None,
    lateness_s: float = 1e-5,
) -> Trial:
    """Return a trial with the slices and the distributions of one more load; `answered` is the share in the slice."""
    plan = Slice(0, trial.subject, "hello", load, 2.2, 0.2, seed=1)
    count, failed = len(samples_s), sum((errors or {}).values())
    is_open = load.kind is not LoadKind.CLOSED
    result = replace(
        driven(plan),
        sent=count,
        verified=count - failed,
        errors=errors or {},
        counted=round(answered * count),
        utilisation=utilisation,
        planned=count if is_open else None,
        service=None,
        response=None,
        lateness=None,
    )
    spans = {Span.SERVICE: samples_s}
    if is_open:
        spans |= {Span.RESPONSE: samples_s, Span.LATENESS: [lateness_s] * count}
    found = (Distribution("hello", load, span, histogram_of(times)) for span, times in spans.items() if times)
    return replace(
        trial, slices=(*trial.slices, DrivenSlice(plan, result)), distributions=(*trial.distributions, *found)
    )


def run_of(*trials: Trial) -> StoredRun:
    return a_stored_run(a_plan(FLASK, GIN, blocks=BLOCKS), *trials)


def trials(subject: Subject = FLASK, *found: Measurement | Absence) -> Iterator[Trial]:
    return (a_trial(block, subject, *found) for block in range(BLOCKS))


def results(*of: Trial) -> dict[str, Result]:
    return {one.metric: one for one in summarise(run_of(*of)).results if one.subject == FLASK}


class TestClosedLoad:
    def test_it_has_percentiles_and_a_mean_of_the_times_from_send_to_answer(self) -> None:
        found = results(*(a_load(trial, CLOSED, times_s(trial.block)) for trial in trials()))
        every_s = np.concatenate([times_s(block) for block in range(BLOCKS)])
        assert list(found) == [f"latency.closed.c8.{name}" for name in ("mean", "p50", "p90", "p99", "p999")]
        for name, q in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)):
            one = found[f"latency.closed.c8.{name}"]
            assert one.estimate == pytest.approx(np.quantile(every_s, q, method="inverted_cdf"), rel=1e-3)
            assert (one.unit, one.scenario, one.trials, one.bound) == (Unit.SECOND, "hello", BLOCKS, None)
        assert found["latency.closed.c8.mean"].estimate == pytest.approx(every_s.mean(), rel=1e-6)

    @pytest.mark.parametrize(
        ("failed", "absent"),
        [(2, {"p999"}), (13, {"mean", "p99", "p999"}), (121, {"mean", "p50", "p90", "p99", "p999"})],
    )
    def test_a_percentile_is_absent_if_failed_requests_could_change_it(self, failed: int, absent: set[str]) -> None:
        of = [a_load(trial, CLOSED, times_s(trial.block)) for trial in trials()]
        of[3] = a_load(a_trial(3, FLASK), CLOSED, times_s(3), errors={ErrorKind.RESET: failed})
        said, found = f"{failed} of 12,000 requests failed ({failed} reset)", results(*of)
        reasons = {metric.rpartition(".")[2]: one.reason for metric, one in found.items()}
        assert {name for name, reason in reasons.items() if reason == said} == absent
        assert all(said in one.warnings for one in found.values() if one.reason is None)

    def test_a_level_at_which_the_generator_was_the_limit_has_a_warning(self) -> None:
        rate = Measurement("throughput.closed.c8", Unit.PER_SECOND, 3000.0, "hello", Bound.GENERATOR)
        found = results(*(a_load(trial, CLOSED, times_s(trial.block)) for trial in trials(FLASK, rate)))
        assert found["latency.closed.c8.p99"].warnings == (
            "the generator was the limit at this level: its own delay is part of the times",
        )


class TestOpenLoad:
    def test_the_pooled_percentile_takes_the_place_of_stored_ones(self) -> None:
        """Older runs stored the percentiles of each trial, and absences of those with too few samples."""
        stored = Measurement("latency.open.r1000.p50", Unit.SECOND, 9.0, "hello")
        absent = Absence("latency.open.r1000.p999", Unit.SECOND, "too few samples: a p999 takes 4,000 a trial", "hello")
        found = results(*(a_load(trial, OPEN, times_s(trial.block)) for trial in trials(FLASK, stored, absent)))
        assert list(found) == [f"latency.open.r1000.{name}" for name in ("p50", "p90", "p99", "p999")]
        assert found["latency.open.r1000.p50"].estimate == pytest.approx(0.002, rel=0.05)
        assert found["latency.open.r1000.p999"].estimate is not None

    def test_a_rate_that_it_does_not_answer_has_no_latency(self) -> None:
        slow = [a_load(trial, OPEN, [one + 0.1 for one in times_s(trial.block)], answered=0.5) for trial in trials()]
        assert {one.reason for one in results(*slow).values()} == {"does not keep up with 1,000/s: 500/s answered"}

    def test_one_block_that_was_late_is_a_warning(self) -> None:
        of = [
            a_load(trial, OPEN, times_s(trial.block), answered=0.5 if trial.block == 2 else 1.0) for trial in trials()
        ]
        p50 = results(*of)["latency.open.r1000.p50"]
        assert p50.estimate is not None
        assert p50.warnings == ("did not keep up with the rate in 1 of 6 blocks",)

    @pytest.mark.parametrize(
        ("peaks_per_s", "bound", "is_near"),
        [
            ([1040.0] * BLOCKS, Bound.TARGET, True),
            ([990.0] * BLOCKS, Bound.TARGET, True),
            ([1060.0] * BLOCKS, Bound.TARGET, False),
            ([1040.0] * BLOCKS, Bound.GENERATOR, False),
            ([1040.0] * 3 + [2000.0] * 3, Bound.TARGET, False),
        ],
    )
    def test_a_rate_near_the_largest_throughput_has_a_warning(
        self, peaks_per_s: list[float], bound: Bound, *, is_near: bool
    ) -> None:
        of = [
            a_load(
                a_trial(
                    block,
                    FLASK,
                    Measurement("throughput.closed.c8", Unit.PER_SECOND, peak, "hello", bound),
                    Measurement("throughput.closed.c1", Unit.PER_SECOND, 10.0, "hello", bound),
                ),
                OPEN,
                times_s(block),
            )
            for block, peak in enumerate(peaks_per_s)
        ]
        warning = "above 95% of its largest throughput, response times depend on the length of slices"
        assert (warning in results(*of)["latency.open.r1000.p50"].warnings) is is_near

    def test_failed_requests_are_in_the_reason_after_the_overload(self) -> None:
        errors = {ErrorKind.TIMEOUT: 100}
        of = [a_load(trial, OPEN, times_s(trial.block), answered=0.9, errors=errors) for trial in trials()]
        assert results(*of)["latency.open.r1000.p50"].reason == (
            "does not keep up with 1,000/s: 900/s answered; 600 of 12,000 requests failed (600 timeout)"
        )

    def test_a_block_in_which_every_request_failed_is_in_the_reason(self) -> None:
        of = [a_load(trial, OPEN, times_s(trial.block)) for trial in trials()]
        plan = of[0].slices[0].plan
        result = SliceResult(0, 40, 0, {ErrorKind.RESET: 40}, 0, 2.0, 2.2, 0.1, 0.1, planned=40)
        of[4] = replace(a_trial(4, FLASK), slices=(DrivenSlice(plan, result),))
        assert results(*of)["latency.open.r1000.p99"].reason == "40 of 10,040 requests failed (40 reset)"

    def test_load_that_was_not_driven_on_time_has_a_warning_once(self) -> None:
        of = [a_load(trial, OPEN, times_s(trial.block), lateness_s=0.1) for trial in trials()]
        assert STOOD_STILL in results(*of)["latency.open.r1000.p50"].warnings

    def test_only_the_p999_has_the_warning_about_lateness_in_the_tail(self) -> None:
        of = [a_load(trial, OPEN, times_s(trial.block, center_s=0.001), lateness_s=9e-4) for trial in trials()]
        assert {name: one.warnings for name, one in results(*of).items() if one.warnings} == {
            "latency.open.r1000.p999": (LATE_TAIL,)
        }

    def test_few_samples_are_an_absence_and_few_independent_ones_are_another(self) -> None:
        of = [a_load(trial, OPEN, times_s(trial.block, count=100)) for trial in trials()]
        found = results(*of)
        assert found["latency.open.r1000.p50"].estimate is not None
        assert found["latency.open.r1000.p99"].reason == (
            "not enough requests (600 of the 655 that a p99 needs with 6 blocks)"
        )

    def test_a_rate_at_which_nothing_was_due_has_an_absence_and_no_accusation(self) -> None:
        plan = Slice(0, FLASK, "hello", OPEN, 2.2, 0.2, seed=1)
        result = SliceResult(0, 0, 0, {}, 0, 2.0, 2.2, 0.1, 0.1, planned=0)
        of = [replace(trial, slices=(DrivenSlice(plan, result),)) for trial in trials()]
        of = [a_load(trial, CLOSED, times_s(trial.block)) for trial in of]
        assert results(*of)["latency.open.r1000.p50"].reason == "no request was due in the counted part of a slice"

    def test_a_block_in_which_nothing_was_due_says_nothing_of_the_target(self) -> None:
        of = [a_load(trial, OPEN, times_s(trial.block)) for trial in trials()]
        plan = of[0].slices[0].plan
        for block in (0, 2, 3, 5):
            result = SliceResult(0, 1, 1, {}, 0, 2.0, 2.2, 0.1, 0.1, planned=1)
            of[block] = replace(a_trial(block, FLASK), slices=(DrivenSlice(plan, result),))
        assert results(*of)["latency.open.r1000.p50"].estimate is not None

    def test_a_rate_that_the_generator_did_not_reach_is_the_generators(self) -> None:
        of = [a_load(trial, OPEN, times_s(trial.block), answered=0.5, utilisation=0.9) for trial in trials()]
        assert results(*of)["latency.open.r1000.p50"].reason == (
            "the load generator was busy for over 85% of the time at 1,000/s: 500/s answered"
        )

    def test_a_rate_that_takes_more_connections_than_there_are_is_no_accusation_of_the_target(self) -> None:
        """Over one connection each answer takes 0.1 s: 64 connections carry 640/s."""
        alone = Load(LoadKind.CLOSED, 1)
        of = [a_load(trial, OPEN, [0.3] * 2000, answered=0.64) for trial in trials()]
        of = [a_load(trial, alone, [0.1 + one for one in times_s(trial.block, 30)]) for trial in of]
        assert results(*of)["latency.open.r1000.p50"].reason == (
            "64 connections can't carry 1,000/s, as each answer takes 101 ms or more: 640/s answered"
        )


class TestItsOwnRate:
    def test_the_blocks_have_different_rates_and_one_name(self) -> None:
        of = [
            a_load(trial, Load(LoadKind.POISSON, 64, 900.0 + trial.block, share=0.6), times_s(trial.block))
            for trial in trials()
        ]
        assert list(results(*of)) == [f"latency.own60.{name}" for name in ("p50", "p90", "p99", "p999")]

    def test_a_share_of_a_generator_bound_peak_has_a_warning(self) -> None:
        peak = Measurement("throughput.closed.c8", Unit.PER_SECOND, 9000.0, "hello", Bound.GENERATOR)
        load = Load(LoadKind.POISSON, 64, 900.0, share=0.3)
        found = results(*(a_load(trial, load, times_s(trial.block)) for trial in trials(FLASK, peak)))
        assert found["latency.own30.p50"].warnings == (
            "the generator was the limit of its peak, so this is less than 30 % of what the target can do",
        )

    def test_a_block_without_a_peak_is_a_reason_against_the_number(self) -> None:
        load = Load(LoadKind.POISSON, 64, 900.0, share=0.6)
        of = [a_load(trial, load, times_s(trial.block)) for trial in trials()]
        of[1] = a_trial(1, FLASK, Absence("latency.own60.p50", Unit.SECOND, "its peak has no number", "hello"))
        assert results(*of)["latency.own60.p50"].reason == "its peak has no number"


class TestDisturbedBlocks:
    def test_the_clean_estimate_is_pooled_over_the_undisturbed_blocks(self) -> None:
        of = [a_load(trial, CLOSED, times_s(trial.block)) for trial in trials()]
        slow = a_load(a_trial(5, FLASK), CLOSED, times_s(5, center_s=0.02))
        of[5] = replace(slow, flags=(Flag(FlagKind.STEAL, "a neighbour stole"),))
        p50, alone = (results(*some)["latency.closed.c8.p50"] for some in (of, of[:5]))
        assert p50.clean_trials == 5
        assert (p50.clean_estimate, p50.clean_low, p50.clean_high) == (alone.estimate, alone.low, alone.high)


class TestComparisons:
    def test_percentiles_are_compared_over_the_common_blocks(self) -> None:
        """Gin is twice as fast in every block, and has one block more.

        Few requests lie above the p99.9, so it is not known exactly that both targets have the same ones.
        """
        flask = [a_load(trial, CLOSED, times_s(trial.block)) for trial in trials()][:5]
        gin = [a_load(trial, CLOSED, [one / 2 for one in times_s(trial.block)]) for trial in trials(GIN)]
        found = {one.metric: one for one in summarise(run_of(*flask, *gin)).comparisons}
        assert set(found) == {f"latency.closed.c8.{name}" for name in ("mean", "p50", "p90", "p99", "p999")}
        for one in found.values():
            assert one.ratio == pytest.approx(0.5, rel=2e-3)
            assert one.low == pytest.approx(one.high, rel=0.2 if one.metric.endswith("p999") else 0.01)
            assert one.verdict is Difference.LOWER

    def test_a_trial_that_failed_does_not_count(self) -> None:
        of = [a_load(trial, CLOSED, times_s(trial.block)) for trial in trials()]
        assert Key(FLASK, "hello", "latency.closed.c8.p50") is not None
        assert results(*of[:2])["latency.closed.c8.p50"].trials == 2


def test_only_the_histograms_of_one_load_are_in_memory_at_a_time() -> None:
    """A run of 1,000 trials has ten thousand of them, of a quarter of a megabyte each."""
    loads = [Load(LoadKind.CLOSED, connections) for connections in range(1, 13)]
    of_loads = [[a_load(one, load, times_s(one.block, 50)) for load in loads] for one in trials()]
    of = [
        replace(
            parts[0],
            slices=tuple(part for one in parts for part in one.slices),
            distributions=tuple(part for one in parts for part in one.distributions),
        )
        for parts in of_loads
    ]
    stored = run_of(*of)
    tracemalloc.start()
    found = list(latencies.latencies(stored))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 5 * len(loads)
    assert peak_bytes < 3 * BLOCKS * BIN_COUNT * 8


def test_no_latency_keeps_what_its_percentiles_have_in_common() -> None:
    """A run of 1,000 trials would keep 160 MB of it until its report is written."""
    found = list(latencies.latencies(run_of(*(a_load(one, CLOSED, times_s(one.block)) for one in trials()))))
    pools = [one.estimator.pool for one in found]
    assert {name for one in pools for name in vars(one)} == {one.name for one in fields(Pool)}
    assert [percentile(pools[0], Quantile.P50)] == [found[0].estimator.over()]


def test_a_percentile_is_computed_once_for_the_same_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[tuple[int, ...]] = []

    def counting(of: Pool, quantile: Quantile) -> Pooled | str:
        computed.append(of.blocks)
        return percentile(of, quantile)

    monkeypatch.setattr(latencies, "percentile", counting)
    by_block = {block: Histogram.from_text(histogram_of(times_s(block))) for block in range(BLOCKS)}
    estimator = Estimator.of(pool(by_block), Quantile.P50)
    assert estimator.over() is estimator.over(range(BLOCKS))
    assert estimator.over([1, 2]) is estimator.over((2, 1))
    assert computed == [tuple(range(BLOCKS)), (1, 2)]
