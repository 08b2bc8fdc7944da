"""Ratios paired by block, their sign-flip probability, and their verdicts."""

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.comparison import EQUIVALENCE, difference, holm, p_of, ratio_interval, sign_flip_p
from harness.analysis.intervals import Interval, log_t_interval
from harness.model import Difference

T_2 = 4.3027  # the 97.5 % point of Student's t with 2 degrees of freedom, from a printed table

blocks = st.lists(st.tuples(st.floats(1e-3, 1e6), st.floats(1e-3, 1e6)), min_size=2, max_size=10)


def enumerated_p(log_ratios: Sequence[float]) -> float:
    """Return the two-sided probability by enumeration of every pattern of signs."""
    observed = abs(math.fsum(log_ratios))
    sums = [
        abs(math.fsum(sign * log for sign, log in zip(signs, log_ratios, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(log_ratios))
    ]
    return sum(one >= observed * (1 - 1e-12) for one in sums) / len(sums)


# The ratio.


def test_the_ratio_is_taken_block_by_block() -> None:
    reference = [100.0, 1000.0, 10_000.0]  # the machine drifts by a factor of 100, but the ratio hardly changes
    subject = [100.0 * math.exp(0.9), 1000.0 * math.exp(1.0), 10_000.0 * math.exp(1.1)]
    interval = ratio_interval(subject, reference)
    half = T_2 * 0.1 / math.sqrt(3)
    assert interval.estimate == pytest.approx(math.e)
    assert interval.low == pytest.approx(math.exp(1 - half), rel=1e-4)
    assert interval.high == pytest.approx(math.exp(1 + half), rel=1e-4)


def test_values_are_paired_by_the_order_of_blocks() -> None:
    assert ratio_interval([1.0, 2.0], [1.0, 2.0]) == Interval(1.0, 1.0, 1.0)
    assert ratio_interval([1.0, 2.0], [2.0, 1.0]).low < 0.5


@given(pairs=blocks)
def test_the_ratio_of_exchanged_subjects_is_the_inverse(pairs: list[tuple[float, float]]) -> None:
    mine, theirs = zip(*pairs, strict=True)
    there, back = ratio_interval(mine, theirs), ratio_interval(theirs, mine)
    assert back.estimate == pytest.approx(1 / there.estimate)
    assert back.low == pytest.approx(1 / there.high, rel=1e-4)
    assert back.high == pytest.approx(1 / there.low, rel=1e-4)


def test_sequences_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio_interval([1.0, 2.0, 3.0], [1.0, 2.0])


def test_one_pair_has_no_interval() -> None:
    with pytest.raises(ValueError, match="1 values, but an interval needs 2"):
        ratio_interval([2.0], [1.0])


# The sign-flip probability.


@pytest.mark.parametrize(
    ("pairs", "p"),
    [
        (6, 2 / 64),
        (10, 2 / 1024),
        (14, 2 / 16384),
    ],
)
def test_if_all_blocks_have_the_same_sign_only_two_patterns_are_as_far_from_0(pairs: int, p: float) -> None:
    ratios = [1.1 + block / 100 for block in range(pairs)]
    assert sign_flip_p(ratios) == pytest.approx(p, rel=1e-12)
    assert sign_flip_p([1 / ratio for ratio in ratios]) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize("pairs", [2, 3, 4, 5])
def test_five_pairs_or_fewer_have_no_probability_because_it_is_never_below_5_percent(pairs: int) -> None:
    assert sign_flip_p([9.0] * pairs) is None


def test_one_small_ratio_of_the_other_sign_among_six_doubles_the_probability() -> None:
    # as far from 0 as (6, 5, 4, 3, 2, -1) are only itself, (6, 5, 4, 3, 2, 1) and the negatives of both
    assert sign_flip_p([math.exp(log) for log in (6, 5, 4, 3, 2, -1)]) == pytest.approx(4 / 64)


def test_without_a_difference_the_probability_is_one() -> None:
    assert sign_flip_p([1.0] * 6) == 1.0
    assert sign_flip_p([2.0, 0.5] * 3) == 1.0


@settings(max_examples=40, deadline=None)
@given(logs=st.lists(st.integers(-50, 50).map(lambda step: step / 8), min_size=6, max_size=8))
def test_up_to_14_pairs_every_pattern_is_enumerated(logs: list[float]) -> None:
    exact = enumerated_p([math.log(math.exp(log)) for log in logs])
    assert sign_flip_p([math.exp(log) for log in logs]) == pytest.approx(exact)


def test_for_more_than_14_pairs_patterns_are_drawn_with_a_fixed_seed() -> None:
    logs = [0.9, -0.4, 1.3, 0.2, -1.1, 0.7, 0.5, -0.3, 1.9, 0.1, -0.8, 0.6, 1.2, -0.2, 0.4, 0.8]
    ratios = [math.exp(log) for log in logs]
    p = sign_flip_p(ratios)
    assert p == sign_flip_p(ratios)
    assert p == pytest.approx(enumerated_p(logs), abs=0.01)
    assert sign_flip_p([1.5] * 20) == pytest.approx(0.0, abs=0.001)


# Student's t, and Holm's adjustment.


def test_the_t_probability_equals_that_of_a_printed_example() -> None:
    # Student's own sleep data (Biometrika 6, 1908): t = 4.06 with 9 degrees of freedom, p = 0.00283
    hours = (1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4)
    interval = log_t_interval([math.exp(gained) for gained in hours])
    assert p_of(interval, len(hours)) == pytest.approx(0.00283, abs=5e-6)


@given(logs=st.lists(st.floats(-2, 2), min_size=2, max_size=12))
def test_the_t_probability_is_below_5_percent_exactly_if_the_interval_excludes_one(logs: list[float]) -> None:
    ratios = [math.exp(log) for log in logs]
    interval = ratio_interval(ratios, [1.0] * len(ratios))
    p = p_of(interval, len(ratios))
    if abs(p - 0.05) > 1e-9:
        assert (interval.low > 1 or interval.high < 1) == (p < 0.05)


def test_ratios_without_any_spread_have_probability_0_or_1() -> None:
    assert p_of(log_t_interval([2.0, 2.0, 2.0]), 3) == 0.0
    assert p_of(log_t_interval([1.0, 1.0]), 2) == 1.0


@pytest.mark.parametrize(("low", "high", "p"), [(1.0, 99.0, 0.05), (0.5, 99.0, 0.3), (0.01, 2.0, 0.75)])
def test_the_limit_on_the_side_of_one_decides_about_the_probability(low: float, high: float, p: float) -> None:
    """An estimate of 2 whose lower limit is 1 has a probability of 5 %, wherever its upper limit is."""
    found = p_of(Interval(2.0, low, high), 6)
    assert found == pytest.approx(p_of(Interval(0.5, 1 / high, 1 / low), 6))
    assert found == pytest.approx(p, abs=0.08)
    assert p_of(Interval(2.0, low, 3.0), 6) == pytest.approx(found)


@pytest.mark.parametrize(
    ("given_p", "adjusted"),
    [
        ((), ()),
        ((0.03,), (0.03,)),
        ((0.01, 0.04, 0.03, 0.005), (0.03, 0.06, 0.06, 0.02)),  # R: p.adjust(c(...), "holm")
        ((0.4, 0.5, 0.6), (1.0, 1.0, 1.0)),
        ((0.02, 0.02), (0.04, 0.04)),
    ],
)
def test_holm_multiplies_the_smallest_most_and_keeps_the_order(
    given_p: tuple[float, ...], adjusted: tuple[float, ...]
) -> None:
    assert holm(given_p) == pytest.approx(adjusted)


@given(probabilities=st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_lies_between_the_probability_and_bonferronis(probabilities: list[float]) -> None:
    for p, adjusted in zip(probabilities, holm(probabilities), strict=True):
        assert p <= adjusted <= min(1.0, len(probabilities) * p)


# Verdicts.


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        (1.10, 1.20, Difference.HIGHER),
        (1.001, 1.30, Difference.HIGHER),
        (0.80, 0.90, Difference.LOWER),
        (0.70, 0.999, Difference.LOWER),
        (0.99, 1.01, Difference.EQUIVALENT),
        (1 / 1.02, 1.02, Difference.EQUIVALENT),
        (1.005, 1.015, Difference.EQUIVALENT),
        (0.985, 0.995, Difference.EQUIVALENT),
        (0.97, 1.01, Difference.NO_DIFFERENCE_SHOWN),
        (0.99, 1.03, Difference.NO_DIFFERENCE_SHOWN),
        (0.9803, 1.02, Difference.NO_DIFFERENCE_SHOWN),  # the other way round up to 1.0201
        (0.50, 2.00, Difference.NO_DIFFERENCE_SHOWN),
        (1.00, 1.30, Difference.NO_DIFFERENCE_SHOWN),
        (0.70, 1.00, Difference.NO_DIFFERENCE_SHOWN),
    ],
)
def test_a_claim_needs_an_interval_that_excludes_one_or_lies_within_two_percent(
    low: float, high: float, claim: Difference
) -> None:
    assert difference(Interval((low + high) / 2, low, high)) is claim
    assert difference(Interval(2 / (low + high), 1 / high, 1 / low)) is claim.opposite
    assert EQUIVALENCE == 0.02


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        (1.10, 1.20, Difference.HIGHER),
        (1.005, 1.015, Difference.HIGHER),  # within 2 %, but the truth may be ten times as large
        (0.99, 1.01, Difference.INCONCLUSIVE),
        (0.80, 0.90, Difference.INCONCLUSIVE),
        (0.50, 2.00, Difference.INCONCLUSIVE),
    ],
)
def test_if_the_subject_is_a_lower_bound_only_higher_can_be_claimed(low: float, high: float, claim: Difference) -> None:
    assert difference(Interval((low + high) / 2, low, high), at_least=True) is claim


@pytest.mark.parametrize(
    ("low", "high", "claim"),
    [
        (0.80, 0.90, Difference.LOWER),
        (0.985, 0.995, Difference.LOWER),
        (0.99, 1.01, Difference.INCONCLUSIVE),
        (1.10, 1.20, Difference.INCONCLUSIVE),
        (0.50, 2.00, Difference.INCONCLUSIVE),
    ],
)
def test_if_the_reference_is_a_lower_bound_only_lower_can_be_claimed(
    low: float, high: float, claim: Difference
) -> None:
    assert difference(Interval((low + high) / 2, low, high), at_most=True) is claim


@pytest.mark.parametrize(("low", "high"), [(1.1, 1.2), (0.8, 0.9), (0.99, 1.01), (0.5, 2.0)])
def test_if_both_are_lower_bounds_nothing_can_be_claimed(low: float, high: float) -> None:
    interval = Interval((low + high) / 2, low, high)
    assert difference(interval, at_least=True, at_most=True) is Difference.INCONCLUSIVE
