"""Rates of rounds in answers per second, and the number of rounds at which the trimmed mean begins to trim."""

from collections.abc import Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.analysis.pairing import block_ratios, round_rates, round_ratio
from harness.model import DrivenSlice, Load, LoadKind, Slice, SliceResult
from tests.trials import FLASK

CLOSED = Load(LoadKind.CLOSED, 32)


def block_ratio(subject: NDArray[np.float64], reference: NDArray[np.float64]) -> float | None:
    """Return the ratio of a single block."""
    return block_ratios({0: subject}, {0: reference}).get(0)


def a_slice(counted: int, counted_s: float, load: Load = CLOSED, scenario: str = "hello") -> DrivenSlice:
    plan = Slice(0, FLASK, scenario, load, 1.0, 0.0, 1)
    return DrivenSlice(plan, SliceResult(0, counted, counted, {}, counted, counted_s, 1.0, 0.1, 0.1))


def rates(slices: Iterable[DrivenSlice]) -> dict[tuple[str, str], list[float]]:
    return {batch: of_batch[~np.isnan(of_batch)].tolist() for batch, of_batch in round_rates(slices).items()}


def test_a_rate_is_the_counted_answers_over_their_seconds_in_the_order_of_rounds() -> None:
    slices = [a_slice(300, 0.5), a_slice(80, 0.25, scenario="json"), a_slice(900, 2.0)]
    assert rates(slices) == {
        ("hello", "throughput.closed.c32"): [600.0, 450.0],
        ("json", "throughput.closed.c32"): [320.0],
    }


def test_open_load_and_a_slice_without_counted_time_have_no_rate() -> None:
    open_load = Load(LoadKind.CONSTANT, 32, 100.0)
    assert rates([a_slice(50, 0.5, open_load), a_slice(0, 0.0), a_slice(0, 0.5)]) == {
        ("hello", "throughput.closed.c32"): [0.0]
    }


def test_the_ratio_is_the_first_over_the_second() -> None:
    assert round_ratio([30.0, 60.0], [10.0, 20.0]) == pytest.approx(3.0)
    assert round_ratio([10.0, 20.0], [30.0, 60.0]) == pytest.approx(1 / 3)


def test_two_rounds_are_not_trimmed_and_three_lose_one_on_either_side() -> None:
    assert round_ratio(np.exp([0.0, 0.4]), np.ones(2)) == pytest.approx(np.exp(0.2))
    assert round_ratio(np.exp([0.0, 0.4, -7.0]), np.ones(3)) == pytest.approx(1.0)


@pytest.mark.parametrize(("rounds", "cut"), [(3, 1), (4, 1), (9, 1), (10, 2), (14, 2), (15, 3), (25, 5)])
def test_a_fifth_of_the_rounds_is_trimmed_and_at_least_one(rounds: int, cut: int) -> None:
    few, many = np.full(rounds, 2.0), np.full(rounds, 2.0)
    few[:cut], many[: cut + 1] = 200.0, 200.0
    assert round_ratio(few, np.ones(rounds)) == pytest.approx(2.0)
    assert round_ratio(many, np.ones(rounds)) > 2.1


def test_one_of_four_rounds_at_a_tenth_of_its_rate_does_not_change_the_ratio() -> None:
    assert round_ratio([100.0, 100.0, 10.0, 100.0], np.full(4, 100.0)) == pytest.approx(1.0)


def test_a_round_without_an_answer_on_one_side_is_trimmed_first() -> None:
    assert block_ratio(np.array([0.0, 20.0, 20.0, 30.0]), np.full(4, 10.0)) == pytest.approx(2.0)
    assert block_ratio(np.full(4, 10.0), np.array([20.0, 0.0, 20.0, 20.0])) == pytest.approx(0.5)


def test_blocks_have_the_same_ratios_together_as_alone() -> None:
    drawn = np.random.default_rng(0)
    subject, reference = (
        {block: np.round(drawn.exponential(5.0, 3 + block % 4)) for block in range(40)} for _ in range(2)
    )
    alone = {block: block_ratio(subject[block], reference[block]) for block in subject}
    assert block_ratios(subject, reference) == {block: one for block, one in alone.items() if one is not None}
    assert None in alone.values()


def test_a_round_without_an_answer_on_either_side_is_left_out() -> None:
    assert block_ratio(np.array([0.0, 20.0]), np.array([0.0, 10.0])) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("subject", "reference"),
    [([0.0, 0.0], [0.0, 0.0]), ([0.0, 5.0], [1.0, 1.0]), ([0.0, 0.0, 5.0], [1.0, 1.0, 1.0]), ([1.0, 2.0], [0.0, 1.0])],
)
def test_rounds_without_a_finite_ratio_give_none(subject: list[float], reference: list[float]) -> None:
    assert block_ratio(np.array(subject), np.array(reference)) is None
