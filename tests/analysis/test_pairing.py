"""The ratio of a block, round by round."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from harness.analysis.pairing import block_ratios, round_rates, round_ratio
from harness.model import DrivenSlice, Load, LoadKind, Slice
from tests.fakes import driven
from tests.trials import FLASK


def test_the_ratio_is_the_mean_of_log_ratios_without_a_fifth_on_either_side() -> None:
    logs = np.array([9.0, 0.1, 0.2, 0.3, -9.0])
    assert round_ratio(np.exp(logs), np.ones(5)) == pytest.approx(np.exp(0.2))


@pytest.mark.parametrize("rounds", range(1, 30))
def test_the_mean_is_the_trimmed_mean_of_scipy(rounds: int) -> None:
    drawn = np.random.default_rng(rounds).exponential(1.0, (4, rounds))
    cut = max(rounds // 5, rounds >= 3)
    expected = np.exp(stats.trim_mean(np.log(drawn), (cut + 0.5) / rounds, axis=-1))
    assert round_ratio(drawn, np.ones(rounds)).tolist() == expected.tolist()


def test_changes_of_the_machine_that_affect_both_cancel() -> None:
    mood = np.array([1.0, 0.5, 2.0, 0.1, 3.0, 1.0])
    assert round_ratio(1.3 * mood, mood) == pytest.approx(1.3)


def test_the_last_axis_counts_rounds() -> None:
    assert round_ratio(np.full((2, 3, 5), 2.0), np.ones((2, 3, 5))).shape == (2, 3)


@pytest.mark.parametrize("counted_s", [0.0, 5e-324, 1e-18, 1e300])
def test_a_slice_of_no_length_or_of_none_that_a_machine_gives_has_no_rate(counted_s: float) -> None:
    plan = Slice(0, FLASK, "hello", Load(LoadKind.CLOSED, 32), 0.2, 0.04, seed=1)
    whole, short = (replace(driven(plan), counted=100, counted_s=length_s) for length_s in (0.1, counted_s))
    [rates] = round_rates([DrivenSlice(plan, whole), DrivenSlice(plan, short)]).values()
    assert rates.tolist() == pytest.approx([1000.0, np.nan], nan_ok=True)
    assert round_rates([DrivenSlice(plan, short)]) == {}


def test_rounds_stay_paired_beside_slices_without_a_rate() -> None:
    """Each target lacks another round, so both have as many rates, and the machine was slow in rounds 2 and 5."""
    machine = np.array([1.0, 1.0, 0.1, 1.0, 1.0, 0.1])
    subject, reference = 3 * machine, machine.copy()
    subject[0], reference[5] = np.nan, np.nan
    assert block_ratios({7: subject}, {7: reference}) == {7: pytest.approx(3.0)}
    assert block_ratios({7: np.full(6, np.nan)}, {7: reference}) == {}
