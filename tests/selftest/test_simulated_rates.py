"""Simulated rates: drift, fluctuations shared by a round, start effects of a trial, bursts, and noise of each slice."""

import math

import numpy as np
import pytest

from harness.selftest.designs import Design
from harness.selftest.simulated_rates import (
    A_TENTH_OF_THE_TIME,
    HALF_THE_TIME,
    NO_BURSTS,
    Bursts,
    Machine,
    Rates,
    block_ratios,
    chunks,
    correlated,
    draw,
    speeds,
)

ROUNDS = 25
CALM = Machine(bursts=NO_BURSTS)


def seeded() -> np.random.Generator:
    return np.random.default_rng(11)


def a_design(blocks: int, rounds: int = ROUNDS) -> Design:
    return Design("mine", blocks, rounds, slice_s=0.1, counted_s=0.06)


def drawn(repetitions: int, blocks: int, *, ratio: float = 1.0, drift: float = 0.0) -> Rates:
    return draw(seeded(), repetitions, a_design(blocks), Machine(drift, NO_BURSTS), ratio=ratio)


class TestDrawing:
    def test_all_targets_have_rates_for_every_round_of_every_block(self) -> None:
        rates = drawn(3, 4)
        assert rates.subject.shape == rates.reference.shape == rates.copy.shape == (3, 4, ROUNDS)

    def test_a_ratio_changes_only_the_subject_and_exactly(self) -> None:
        equal, faster = drawn(2, 3), drawn(2, 3, ratio=1.1)
        assert faster.subject == pytest.approx(1.1 * equal.subject, rel=1e-12)
        assert (faster.reference == equal.reference).all()
        assert (faster.copy == equal.copy).all()

    def test_a_drift_slows_both_targets_equally_from_the_first_block_to_the_last(self) -> None:
        still, drifting = drawn(2, 3), drawn(2, 3, drift=0.3)
        slower = np.exp([0.0, -0.15, -0.3])[None, :, None]
        assert drifting.subject / still.subject == pytest.approx(np.broadcast_to(slower, (2, 3, ROUNDS)))
        assert drifting.reference / still.reference == pytest.approx(np.broadcast_to(slower, (2, 3, ROUNDS)))

    def test_fluctuations_cancel_in_the_ratio_of_a_round_but_start_and_slice_noise_do_not(self) -> None:
        """Two starts of 3 % and two slices of 4 % give a ratio with sqrt(2 (0.03² + 0.04²)), for any fluctuation."""
        rates = drawn(4_000, 2)
        assert np.log(rates.subject / rates.reference).std() == pytest.approx(0.05 * math.sqrt(2), rel=0.02)
        assert np.log(rates.subject).std() == pytest.approx(0.05 * math.sqrt(2), rel=0.02)

    def test_the_effect_of_a_start_is_the_same_in_its_whole_trial_and_differs_between_trials(self) -> None:
        """The mean of 25 slices keeps all of the start's 3 %, and a fifth of the slices' 4 %."""
        rates = drawn(4_000, 2)
        of_trials = np.log(rates.subject / rates.reference).mean(axis=-1)
        assert of_trials.std() == pytest.approx(math.sqrt(2 * (0.03**2 + 0.008**2)), rel=0.03)
        assert np.asarray(np.corrcoef(of_trials.T))[0, 1] == pytest.approx(0.0, abs=0.05)

    def test_noise_within_a_block_leaves_the_mean_rate_as_it_is(self) -> None:
        assert drawn(8_000, 2).reference.mean() == pytest.approx(1.0, abs=0.002)

    def test_runs_are_drawn_in_parts_of_limited_size_and_none_is_lost(self) -> None:
        design = a_design(30, 53)
        sizes = chunks(1_000, design)
        assert sum(sizes) == 1_000
        assert max(sizes) * 30 * 53 <= 200_000
        assert block_ratios(seeded(), 300, design, CALM, ratio=1.2).shape == (300, 30)
        assert chunks(2, a_design(1_000, 1_000)) == [1, 1]


class TestBursts:
    def test_the_mean_speed_is_what_the_bursts_leave(self) -> None:
        for bursts in (HALF_THE_TIME, A_TENTH_OF_THE_TIME, Bursts(0.9, 0.3)):
            found = speeds(seeded(), (50, 10, ROUNDS), a_design(10), bursts)
            assert found.mean() == pytest.approx(bursts.mean_speed, abs=0.01)
            assert found.min() >= bursts.speed - 1e-9
            assert found.max() <= 1 + 1e-9

    def test_bursts_shorter_than_a_second_hit_one_slice_and_not_the_next_of_another_target(self) -> None:
        """With two copies, the log-ratio of a round moves by a quarter, as measured beside a neighbour."""
        found = speeds(seeded(), (100, 10, ROUNDS), a_design(10), HALF_THE_TIME)
        assert 0.2 < np.log(found[..., 0] / found[..., 1]).std() < 0.45

    def test_long_phases_hit_all_slices_of_a_round_alike(self) -> None:
        found = speeds(seeded(), (100, 10, ROUNDS), a_design(10), Bursts(0.5, 0.5, 20.0, 60.0))
        assert np.log(found[..., 0] / found[..., 1]).std() < 0.07

    def test_a_neighbour_that_never_rests_and_none_at_all_are_constant(self) -> None:
        for bursts, speed in ((Bursts(1.0, 0.4), 0.4), (NO_BURSTS, 1.0)):
            assert speeds(seeded(), (1, 2, 3), a_design(2, 3), bursts).ravel().tolist() == [pytest.approx(speed)] * 18


class TestFluctuations:
    def test_each_fluctuation_keeps_seven_tenths_of_the_previous_one(self) -> None:
        drawn = seeded().standard_normal((1, 3))[0]
        first = drawn[0]
        second = 0.7 * first + math.sqrt(0.51) * drawn[1]
        third = 0.7 * second + math.sqrt(0.51) * drawn[2]
        assert correlated(seeded(), (1, 3))[0] == pytest.approx(0.05 * np.array([first, second, third]) - 0.05**2 / 2)

    def test_the_standard_deviation_is_the_same_in_every_round(self) -> None:
        drawn = correlated(seeded(), (20_000, 12))
        assert drawn.std(axis=0) == pytest.approx(np.full(12, 0.05), rel=0.03)

    def test_the_correlation_is_seven_tenths_after_one_round_and_half_after_two(self) -> None:
        drawn = correlated(seeded(), (20_000, 3))
        correlation = np.asarray(np.corrcoef(drawn.T))
        assert (correlation[0, 1], correlation[0, 2]) == pytest.approx((0.7, 0.49), abs=0.02)
