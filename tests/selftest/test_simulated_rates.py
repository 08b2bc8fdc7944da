"""Simulated rates: drift, fluctuations shared by a round, start effects shared by a trial, and noise of each slice."""

import math

import numpy as np
import pytest

from harness.selftest.simulated_rates import ROUNDS, correlated, draw


def seeded() -> np.random.Generator:
    return np.random.default_rng(11)


class TestDrawing:
    def test_both_targets_have_rates_for_every_round_of_every_block(self) -> None:
        rates = draw(seeded(), 3, 4)
        assert rates.subject.shape == rates.reference.shape == (3, 4, ROUNDS)

    def test_a_ratio_changes_only_the_subject_and_exactly(self) -> None:
        equal, faster = draw(seeded(), 2, 3), draw(seeded(), 2, 3, ratio=1.1)
        assert faster.subject == pytest.approx(1.1 * equal.subject, rel=1e-12)
        assert (faster.reference == equal.reference).all()

    def test_a_drift_slows_both_targets_equally_from_the_first_block_to_the_last(self) -> None:
        still, drifting = draw(seeded(), 2, 3), draw(seeded(), 2, 3, drift=0.3)
        slower = np.exp([0.0, -0.15, -0.3])[None, :, None]
        assert drifting.subject / still.subject == pytest.approx(np.broadcast_to(slower, (2, 3, ROUNDS)))
        assert drifting.reference / still.reference == pytest.approx(np.broadcast_to(slower, (2, 3, ROUNDS)))

    def test_fluctuations_cancel_in_the_ratio_of_a_round_but_start_and_slice_noise_do_not(self) -> None:
        """Two starts of 3 % and two slices of 4 % give a ratio with sqrt(2 (0.03² + 0.04²)), for any fluctuation."""
        rates = draw(seeded(), 4_000, 2)
        assert np.log(rates.subject / rates.reference).std() == pytest.approx(0.05 * math.sqrt(2), rel=0.02)
        assert np.log(rates.subject).std() == pytest.approx(0.05 * math.sqrt(2), rel=0.02)

    def test_the_effect_of_a_start_is_the_same_in_its_whole_trial_and_differs_between_trials(self) -> None:
        """The mean of 25 slices keeps all of the start's 3 %, and a fifth of the slices' 4 %."""
        rates = draw(seeded(), 4_000, 2)
        of_trials = np.log(rates.subject / rates.reference).mean(axis=-1)
        assert of_trials.std() == pytest.approx(math.sqrt(2 * (0.03**2 + 0.008**2)), rel=0.03)
        assert np.asarray(np.corrcoef(of_trials.T))[0, 1] == pytest.approx(0.0, abs=0.05)


class TestFluctuations:
    def test_each_fluctuation_keeps_seven_tenths_of_the_previous_one(self) -> None:
        drawn = seeded().standard_normal((1, 3))[0]
        first = drawn[0]
        second = 0.7 * first + math.sqrt(0.51) * drawn[1]
        third = 0.7 * second + math.sqrt(0.51) * drawn[2]
        assert correlated(seeded(), (1, 3))[0] == pytest.approx(0.05 * np.array([first, second, third]))

    def test_the_standard_deviation_is_the_same_in_every_round(self) -> None:
        drawn = correlated(seeded(), (20_000, 12))
        assert drawn.std(axis=0) == pytest.approx(np.full(12, 0.05), rel=0.03)

    def test_the_correlation_is_seven_tenths_after_one_round_and_half_after_two(self) -> None:
        drawn = correlated(seeded(), (20_000, 3))
        correlation = np.asarray(np.corrcoef(drawn.T))
        assert (correlation[0, 1], correlation[0, 2]) == pytest.approx((0.7, 0.49), abs=0.02)
