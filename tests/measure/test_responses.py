"""Response times from a warm-up: exact values, slow modes, and slices without an answer."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.histogram import Histogram
from harness.measure.responses import ResponseTime, learn, residual_quantiles
from harness.model import DrivenSlice, Load, LoadKind, Slice, Subject
from tests.fakes import driven, histogram_of
from tests.trials import FLASK, GIN

LOAD = Load(LoadKind.CLOSED, 32)


def response_time(samples_s: Sequence[float]) -> ResponseTime:
    return ResponseTime.of(Histogram.from_text(histogram_of(samples_s)))


def warmed(subject: Subject, samples_s: Sequence[float], load: Load = LOAD) -> DrivenSlice:
    plan = Slice(0, subject, "hello", load, 0.2, 0.0, seed=1)
    service = histogram_of(samples_s) if samples_s else None
    return DrivenSlice(plan, replace(driven(plan), service=service))


class TestAResponseTime:
    def test_equal_answers_have_one_response_time(self) -> None:
        found = response_time([0.06] * 40)
        assert (found.longest_s, found.residual_s[0], found.residual_s[-1]) == (0.06, 0.0, 0.06)

    def test_one_sample_is_enough(self) -> None:
        assert response_time([0.5]).longest_s == 0.5

    def test_the_longest_is_the_90th_percentile_if_the_times_are_alike(self) -> None:
        found = response_time([0.001 * n for n in range(1, 101)])
        assert found.longest_s == pytest.approx(0.090, rel=1e-3)

    def test_a_slow_mode_of_one_answer_in_twenty_is_seen(self) -> None:
        """Connections spend nine tenths of their time in these answers, and p90 does not show them."""
        assert 0.17 < response_time([0.001] * 190 + [0.2] * 10).longest_s <= 0.2

    def test_a_slow_mode_of_one_answer_in_a_hundred_is_seen(self) -> None:
        found = response_time([0.001] * 990 + [0.1] * 10)
        assert found.longest_s == pytest.approx(0.625 * found.residual_s[-2], abs=1e-6)
        assert 0.05 < found.longest_s < 0.07

    def test_one_very_slow_answer_in_a_thousand_changes_nothing(self) -> None:
        """A lost packet or a pause is not a property of the target."""
        found = response_time([0.001] * 999 + [2.0])
        assert (found.longest_s, found.residual_s[-1]) == (0.001, 0.001)

    def test_it_is_stored_to_a_microsecond(self) -> None:
        assert response_time([20.4e-6] * 9).longest_s == 20e-6


class TestTheResidualTime:
    def test_it_is_uniform_for_equal_times(self) -> None:
        found = residual_quantiles(np.full(5, 0.08), np.ones(5))
        assert found == pytest.approx(np.linspace(0, 0.08, 17))

    def test_it_is_exponential_for_exponential_times(self) -> None:
        times_s = -0.1 * np.log1p(-(np.arange(10_000) + 0.5) / 10_000)
        found = residual_quantiles(times_s, np.ones(10_000))
        assert found[:-1] == pytest.approx(-0.1 * np.log1p(-np.arange(16) / 16), rel=0.005, abs=1e-6)

    def test_it_has_each_mode_by_its_share_of_the_time(self) -> None:
        """Of 20 ms in four of five requests and 220 ms in the fifth, the mean is 60 ms."""
        found = residual_quantiles(np.array([0.02, 0.22]), np.array([4.0, 1.0]))
        past = np.arange(17) * 0.06 / 16  # integral of 1 - F: 1 up to 20 ms, then a fifth up to 220 ms
        assert found == pytest.approx(np.where(past <= 0.02, past, 0.02 + 5 * (past - 0.02)), abs=1e-6)

    def test_weights_count_as_repeated_times(self) -> None:
        times_s, weights = np.array([0.01, 0.03, 0.2]), np.array([3.0, 2.0, 1.0])
        repeated_s = np.array([0.01] * 3 + [0.03] * 2 + [0.2])
        assert residual_quantiles(times_s, weights) == pytest.approx(
            residual_quantiles(repeated_s, np.ones(6)), abs=2e-6
        )

    def test_answers_without_any_length_begin_at_once(self) -> None:
        assert residual_quantiles(np.zeros(3), np.ones(3)) == ()


class TestWhatAWarmUpShows:
    def test_each_target_scenario_and_load_has_its_own(self) -> None:
        one, eight = (Load(LoadKind.CLOSED, count) for count in (1, 8))
        found = learn([warmed(FLASK, [0.1], one), warmed(FLASK, [0.2], eight), warmed(GIN, [0.3], one)])
        assert {cell: time.longest_s for cell, time in found.items()} == {
            (FLASK, "hello", one): 0.1,
            (FLASK, "hello", eight): 0.2,
            (GIN, "hello", one): 0.3,
        }

    @pytest.mark.parametrize("times_s", [(0.9, 0.1), (0.1, 0.9), (0.1, None), (None, 0.1)])
    def test_the_fastest_slice_with_an_answer_counts(self, times_s: tuple[float | None, ...]) -> None:
        """A disturbance of the machine, or the loading of a target, is in one slice; a slow handler is in all."""
        found = learn([warmed(GIN, [] if time_s is None else [time_s]) for time_s in times_s])
        assert found == {(GIN, "hello", LOAD): response_time([0.1])}

    def test_a_target_without_an_answer_is_left_out(self) -> None:
        assert learn([warmed(GIN, [])]) == {}


ALONE, MANY = Load(LoadKind.CLOSED, 1), Load(LoadKind.CLOSED, 64)
UNFAIR_S = [0.005] * 180 + [0.6] * 20
"""Sixty milliseconds on average: most connections are served at once, a few wait for the rest of the queue."""


def at_rate(subject: Subject, load: Load, samples_s: Sequence[float], rate_per_s: float) -> DrivenSlice:
    one = warmed(subject, samples_s, load)
    return replace(one, result=replace(one.result, counted=rate_per_s * 0.2, counted_s=0.2))


class TestAnUnfairQueue:
    @pytest.mark.parametrize("turned", [False, True])
    def test_the_head_and_the_counted_part_allow_for_two_means_by_littles_law(self, *, turned: bool) -> None:
        slices = [at_rate(FLASK, ALONE, [0.001] * 200, 1000.0), at_rate(FLASK, MANY, UNFAIR_S, 1000.0)]
        found = learn(slices[::-1] if turned else slices)[FLASK, "hello", MANY]
        assert found == ResponseTime(response_time(UNFAIR_S).longest_s, 2 * 64 / 1000, (0.0, 2 * 64 / 1000))

    def test_a_slow_mode_of_the_handler_itself_still_counts(self) -> None:
        """The same times over one connection are no queue."""
        found = learn([at_rate(FLASK, ALONE, UNFAIR_S, 15.0), at_rate(FLASK, MANY, UNFAIR_S, 1000.0)])
        assert found[FLASK, "hello", MANY] == response_time(UNFAIR_S)

    def test_a_handler_slower_than_two_means_counts(self) -> None:
        slices = [at_rate(FLASK, ALONE, [0.2] * 60, 5.0), at_rate(FLASK, MANY, UNFAIR_S, 1000.0)]
        assert learn(slices)[FLASK, "hello", MANY].own_s == 0.2

    @pytest.mark.parametrize(
        "alone", [[], [at_rate(FLASK, ALONE, [0.001] * 49, 1e3)], [at_rate(GIN, ALONE, [0.001] * 200, 1e3)]]
    )
    def test_without_enough_answers_over_one_connection_the_slowest_answers_count(
        self, alone: list[DrivenSlice]
    ) -> None:
        found = learn([*alone, at_rate(FLASK, MANY, UNFAIR_S, 1000.0)])
        assert found[FLASK, "hello", MANY] == response_time(UNFAIR_S)

    def test_another_scenario_says_nothing_of_this_ones_handler(self) -> None:
        other = at_rate(FLASK, ALONE, [0.001] * 200, 1000.0)
        other = replace(other, plan=replace(other.plan, scenario="json_body"))
        found = learn([other, at_rate(FLASK, MANY, UNFAIR_S, 1000.0)])
        assert found[FLASK, "hello", MANY] == response_time(UNFAIR_S)

    def test_equal_waits_are_as_before(self) -> None:
        slices = [at_rate(FLASK, ALONE, [0.001] * 200, 1e3), at_rate(FLASK, MANY, [0.064] * 200, 1e3)]
        assert learn(slices)[FLASK, "hello", MANY] == response_time([0.064] * 200)

    def test_a_slice_without_an_answer_in_its_time_keeps_its_slowest(self) -> None:
        slices = [at_rate(FLASK, ALONE, [0.001] * 200, 1e3), at_rate(FLASK, MANY, [0.9] * 64, 0.0)]
        assert learn(slices)[FLASK, "hello", MANY] == response_time([0.9] * 64)
