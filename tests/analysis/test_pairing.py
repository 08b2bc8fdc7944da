"""The ratio of a block, round by round."""

import numpy as np
import pytest

from harness.analysis.pairing import round_ratio


def test_the_ratio_is_the_mean_of_log_ratios_without_a_fifth_on_either_side() -> None:
    logs = np.array([9.0, 0.1, 0.2, 0.3, -9.0])
    assert round_ratio(np.exp(logs), np.ones(5)) == pytest.approx(np.exp(0.2))


def test_changes_of_the_machine_that_affect_both_cancel() -> None:
    mood = np.array([1.0, 0.5, 2.0, 0.1, 3.0, 1.0])
    assert round_ratio(1.3 * mood, mood) == pytest.approx(1.3)


def test_the_last_axis_counts_rounds() -> None:
    assert round_ratio(np.full((2, 3, 5), 2.0), np.ones((2, 3, 5))).shape == (2, 3)
