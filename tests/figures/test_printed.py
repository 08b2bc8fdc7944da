"""Units and rounding of printed numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.figures.printed import UNITS, binary_factor, last_place, numbers_in, rounding_of, tolerance_of, unit_named
from harness.units import Unit


@pytest.mark.parametrize(
    ("digits", "place"),
    [
        ("7", 1),
        ("10", 1),
        ("12", 1),
        ("20", 1),
        ("100", 10),
        ("500", 10),
        ("78200", 100),
        ("2500", 100),
        ("1200", 100),
        ("30000", 1000),
        ("68000", 1000),
        ("23547", 1),
        ("2.7", 0.1),
        ("10.0", 0.1),
    ],
)
def test_trailing_zeros_are_not_significant_but_the_first_two_digits_are(digits: str, place: float) -> None:
    assert last_place(digits) == pytest.approx(place)


@pytest.mark.parametrize(
    ("printed", "numbers", "rounding", "tolerance"),
    [
        ("2,500 req/s", ("2500",), 50, 0),
        ("~2,500 req/s", ("2500",), 50, 250),
        ("75 MB", ("75",), 0.5, 0),
        ("25-35 ms", ("25", "35"), 0.5, 0),
        ("500-1,500 req/s", ("500", "1500"), 50, 0),
        ("~50-100 MB", ("50", "100"), 5, 5),
        ("~2 hours", ("2",), 0.5, 0.2),
        ("30,000", ("30000",), 500, 0),
        ("~10-4", ("10", "4"), 0.5, 0.4),
        ("~2.7-2", ("2.7", "2"), 0.5, 0.2),
    ],
)
def test_rounding_is_half_the_last_place_and_the_tolerance_of_a_tilde_a_tenth(
    printed: str, numbers: tuple[str, ...], rounding: float, tolerance: float
) -> None:
    assert numbers_in(printed) == numbers
    assert rounding_of(numbers) == pytest.approx(rounding)
    assert tolerance_of(printed, numbers) == pytest.approx(tolerance)


def test_a_megabyte_has_a_second_reading_and_a_mebibyte_has_none() -> None:
    assert binary_factor(UNITS["MB"]) == 1.048576
    assert binary_factor(UNITS["KB"]) == 1.024
    assert binary_factor(UNITS["ms"]) is None


def test_numbers_are_read_without_signs_and_units() -> None:
    assert numbers_in("Handles 15,000-25,000 requests/second (20x faster)") == ("15000", "25000", "20")
    assert numbers_in("Python 2.7+ (legacy) / 3.4+") == ("2.7", "3.4")
    assert numbers_in("-94%") == ("94",)
    assert numbers_in("many") == ()


def test_a_printed_megabyte_is_a_million_bytes() -> None:
    assert UNITS["MB"].to_base(75) == 75_000_000
    assert UNITS["MB"].say(46_211_072) == "46.2 MB"
    assert UNITS["KB"].base is Unit.BYTE


def test_a_difference_is_a_ratio_less_one() -> None:
    difference = UNITS["% difference"]
    assert difference.to_base(-94) == pytest.approx(0.06)
    assert difference.say(0.06) == "-94.0%"
    assert difference.say(7.5) == "+650%"
    assert difference.say_ends(4.58, 4.68) == "[+358, +368]"
    assert difference.say_ends(0.072, 0.074) == "[-92.8, -92.6]"


def test_a_count_has_no_decimals_and_is_rounded_where_it_is_long() -> None:
    assert UNITS["lines"].say(5.0) == "5 lines"
    assert UNITS["lines"].say(4.5) == "4.50 lines"
    assert UNITS["stars"].say(71_234.0) == "71,200 stars"
    assert UNITS["x"].say(5.0) == "5.00x"


def test_values_are_written_in_the_printed_unit() -> None:
    assert UNITS["req/s"].say(6_123.4) == "6,120 req/s"
    assert UNITS["ms"].say(0.000912) == "0.912 ms"
    assert UNITS["x"].say(14.23) == "14.2x"
    assert UNITS["%"].say(0.68) == "68.0%"


@given(unit=st.sampled_from(sorted(UNITS)), printed=st.floats(-1e6, 1e6))
def test_converting_to_the_base_unit_and_back_gives_the_same_number(unit: str, printed: float) -> None:
    assert UNITS[unit].from_base(UNITS[unit].to_base(printed)) == pytest.approx(printed, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("RPS", "req/s"), ("Requests/sec", "req/s"), ("mb", "MB"), ("MS", "ms"), ("requests/day", "req/day")],
)
def test_a_unit_is_known_in_any_case(name: str, meant: str) -> None:
    found = unit_named(name)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("msec", "ms"),
        ("Milliseconds", "ms"),
        ("usec", "µs"),
        ("secs", "s"),
        ("requests per second", "req/s"),
        ("requests/second", "req/s"),
    ],
)
def test_a_unit_is_known_by_the_words_of_pages(spelling: str, name: str) -> None:
    assert str(unit_named(spelling)) == name
