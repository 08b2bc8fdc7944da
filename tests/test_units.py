"""Numbers formatted for people."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.units import (
    Unit,
    counted,
    exact,
    factor_said,
    human,
    human_interval,
    part_of,
    scale_of,
    significant,
    unrounded,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (6123.4, 3, "6,120"),
        (1_234_567.0, 3, "1,230,000"),
        (123.0, 3, "123"),
        (12.345, 3, "12.3"),
        (1.0, 3, "1.00"),
        (0.0123456, 3, "0.0123"),
        (-0.0123456, 2, "-0.012"),
        (-6123.4, 2, "-6,100"),
        (6123.4, 6, "6,123.40"),
        (0.5, 1, "0.5"),
        (316_227_766_016.8, 3, "3.16e11"),
        (999_999_999.0, 3, "1.00e9"),
        (-0.0000031623, 3, "-3.16e-6"),
        (1e-300, 1, "1e-300"),
    ],
)
def test_a_number_has_the_asked_significant_digits_and_thousands_separators(
    value: float, digits: int, text: str
) -> None:
    assert significant(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(9.996, "10.0"), (0.09999, "0.100"), (999.6, "1,000"), (99.96, "100"), (-9.996, "-10.0")]
)
def test_a_number_that_rounds_up_to_a_power_of_ten_keeps_its_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (math.inf, "inf"), (-math.inf, "-inf"), (math.nan, "nan")])
def test_zero_infinity_and_nan_are_printed_as_words(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1000.0, "1,000"), (0.5, "0.5"), (1_234_567.0, "1,234,567"), (2e11, "2e11"), (3e-6, "3e-6"), (0.1 + 0.2, "0.3")],
)
def test_a_round_number_keeps_its_digits_and_has_no_others(value: float, text: str) -> None:
    assert unrounded(value) == text


@given(value=st.floats(1e-9, 1e12), digits=st.integers(1, 6))
def test_a_printed_number_is_within_half_its_last_digit(value: float, digits: int) -> None:
    text = significant(value, digits).replace(",", "")
    place = 10.0 ** (math.floor(math.log10(value)) - digits + 1)
    assert ("e" in text) == (not 1e-4 <= float(text) < 1e9)
    assert abs(float(text) - value) <= place / 2 * (1 + 1e-9)


@given(value=st.floats(1e-4, 0.99), digits=st.integers(1, 6))
def test_a_number_below_one_has_exactly_the_asked_digits(value: float, digits: int) -> None:
    assert len(significant(value, digits).replace(".", "").lstrip("0")) == digits


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.5, Unit.SECOND, "2.50 s"),
        (1.0, Unit.SECOND, "1.00 s"),
        (0.0734, Unit.SECOND, "73.4 ms"),
        (0.001, Unit.SECOND, "1.00 ms"),
        (0.000912, Unit.SECOND, "912 µs"),
        (3e-8, Unit.SECOND, "0.0300 µs"),
        (0.0, Unit.SECOND, "0 µs"),
        (-0.0734, Unit.SECOND, "-73.4 ms"),
        (512, Unit.BYTE, "512 B"),
        (0, Unit.BYTE, "0 B"),
        (1024, Unit.BYTE, "1.00 KiB"),
        (46_211_072, Unit.BYTE, "44.1 MiB"),
        (3 * 2**30, Unit.BYTE, "3.00 GiB"),
        (85_123.0, Unit.PER_SECOND, "85,100 req/s"),
        (1.5, Unit.SECOND_PER_SECOND, "1.50 s/s"),
        (0.0975, Unit.SECOND_PER_SECOND, "97.5 ms/s"),
        (4e-8, Unit.SECOND_PER_SECOND, "0.0400 µs/s"),
        (13.9, Unit.ONE, "13.9"),
    ],
)
def test_a_number_is_shown_in_the_human_unit_for_its_size(value: float, unit: Unit, text: str) -> None:
    assert human(value, unit) == text


def test_the_number_of_digits_can_be_chosen() -> None:
    assert human(0.0734567, Unit.SECOND, digits=5) == "73.457 ms"


@pytest.mark.parametrize(
    ("estimate", "low", "high", "unit", "text"),
    [
        (6120, 5980, 6260, Unit.PER_SECOND, "6,120 req/s [5,980, 6,260]"),
        (0.00101, 0.000987, 0.00104, Unit.SECOND, "1.01 ms [0.987, 1.04]"),
        (1_000_000, 900_000, 1_100_000, Unit.BYTE, "977 KiB [879, 1,070]"),
        (14.2, 13.5, 14.9, Unit.ONE, "14.2 [13.5, 14.9]"),
    ],
)
def test_an_interval_has_the_unit_of_its_estimate(
    estimate: float, low: float, high: float, unit: Unit, text: str
) -> None:
    assert human_interval(estimate, low, high, unit) == text


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (8.0, Unit.ONE, ("8", "")),
        (1234.0, Unit.ONE, ("1,234", "")),
        (8.5, Unit.ONE, ("8.50", "")),
        (15.25 * 2**20, Unit.BYTE, ("15.2", "MiB")),
    ],
)
def test_an_exact_number_is_printed_without_an_interval(value: float, unit: Unit, written: tuple[str, str]) -> None:
    assert exact(value, unit) == written
    assert human_interval(value, value, value, unit) == " ".join(written).rstrip()


@given(value=st.floats(1e-6, 1e12), unit=st.sampled_from([Unit.SECOND, Unit.BYTE]))
def test_a_scaled_number_is_never_below_one(value: float, unit: Unit) -> None:
    divisor, _ = scale_of(value, unit)
    assert value / divisor >= 1 or divisor == 1


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(0.2, "5.00 times lower"), (0.9, "10.0 % lower"), (1.2, "20.0 % higher"), (1.5, "1.50 times higher")],
)
def test_a_ratio_is_said_in_the_direction_of_the_difference(ratio: float, said: str) -> None:
    assert factor_said(ratio) == said


def test_one_thing_is_no_plural() -> None:
    assert [counted(number, "figure") for number in (0, 1, 2, 2000)] == [
        "0 figures",
        "1 figure",
        "2 figures",
        "2,000 figures",
    ]


def test_a_part_of_one_thing_is_no_plural() -> None:
    assert [part_of(part, count, "block") for part, count in ((0, 1), (3, 12), (1000, 2000))] == [
        "0 of 1 block",
        "3 of 12 blocks",
        "1,000 of 2,000 blocks",
    ]
