"""The limits of steadiness: number of rounds, size of drift, its probability; and the cut, by its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis import steady
from harness.analysis.steady import Drift, drift, steadiness, warm_up_cut
from harness.model import Steadiness

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALTERNATING = np.array([1.0, -1.0] * 10)
RISE_OF_5_PERCENT = 100 + 5 * np.linspace(-0.5, 0.5, 20)


def squared_error(rates: list[float], cut: int) -> float:
    """Return the squared standard error of the mean after a cut."""
    return float(np.var(rates[cut:])) / (len(rates) - cut)


def is_steady(rates: NDArray[np.float64]) -> bool:
    return steadiness(rates) is not Steadiness.NOT_STEADY


@given(rates=st.lists(st.integers(1, 1000).map(float), min_size=1, max_size=24))
def test_no_other_cut_gives_a_mean_with_a_smaller_standard_error(rates: list[float]) -> None:
    errors = [squared_error(rates, cut) for cut in range(len(rates) // 2 + 1)]
    assert errors[warm_up_cut(np.array(rates))] == pytest.approx(min(errors), rel=1e-6, abs=1e-9)


def test_at_most_half_of_the_rounds_are_warm_up() -> None:
    assert warm_up_cut(np.array([1.0, 2.0, 3.0, 4.0, 100.0, 101.0, 100.0, 101.0])) == 4
    assert warm_up_cut(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 100.0, 101.0, 100.0])) != 5


def test_noise_alone_is_not_cut() -> None:
    assert warm_up_cut(100 + ALTERNATING[:8]) == 0


def test_two_rounds_are_cut_if_the_other_rounds_have_the_smaller_standard_error() -> None:
    """The squared errors are 0.56 of all eight, 0.50 without two, and 0.62 without four."""
    rates = np.array([103.0, 97.0, 102.0, 98.0, 101.0, 99.0, 102.0, 98.0])
    assert warm_up_cut(rates) == 2


def test_the_cut_does_not_depend_on_the_size_of_the_rates() -> None:
    assert warm_up_cut(1e9 + np.array([-50.0, -40.0, *ALTERNATING])) == 2


def test_rates_of_0_have_no_drift() -> None:
    assert drift(np.zeros(5)) == Drift(change=0.0, p=1.0, noise=0.0)


def test_constant_rates_have_no_drift_and_probability_1() -> None:
    assert drift(np.full(5, 3.0)) == Drift(change=0.0, p=1.0, noise=0.0)


@pytest.mark.parametrize(("rise", "is_it"), [(1.0, True), (1.0001, False), (0.81, True), (1.24, False)])
def test_a_certain_drift_of_two_percent_is_steady_and_a_larger_one_is_not(rise: float, *, is_it: bool) -> None:
    rates = 100 + rise * np.arange(-4.0, 2.0)  # the first half is cut; three rounds on a line are left
    assert warm_up_cut(rates) == 3
    assert is_steady(rates) is is_it


def test_two_rounds_after_the_cut_are_too_few_for_drift() -> None:
    rates = np.array([1.0, 2.0, 3.0, 4.0])
    assert warm_up_cut(rates) == 2
    assert is_steady(rates)


@pytest.mark.parametrize(
    ("noise", "p", "is_it"), [(1.96, 0.0090, False), (2.02, 0.0111, True)], ids=["surer", "less sure"]
)
def test_a_drift_counts_at_a_probability_below_1_percent(noise: float, p: float, *, is_it: bool) -> None:
    rates = RISE_OF_5_PERCENT + noise * ALTERNATING
    assert warm_up_cut(rates) == 0
    assert drift(rates).p == pytest.approx(p, abs=2e-4)
    assert is_steady(rates) is is_it


def test_a_drift_exactly_at_the_significance_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = RISE_OF_5_PERCENT + ALTERNATING * 1.8
    assert not is_steady(rates)
    monkeypatch.setattr(steady, "SIGNIFICANCE", drift(rates).p)
    assert is_steady(rates)


def test_rounds_without_any_answer_are_steady() -> None:
    assert is_steady(np.zeros(6))
    assert is_steady(np.array([100.0, 100.0, 100.0, 0.0, 0.0, 0.0]))
