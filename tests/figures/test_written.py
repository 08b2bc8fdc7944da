"""Numbers as pages write them: readings, bounds and spreads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.figures.printed import PrintedUnit, is_approximate, last_place, unit_named
from harness.figures.written import BOUNDS, reading_of, readings, spread_of
from harness.units import Unit


def unit(name: str) -> PrintedUnit:
    found = unit_named(name)
    assert found is not None, name
    return found


RATE = unit("req/s")


@pytest.mark.parametrize(
    ("printed", "numbers"),
    [
        ("14 216.12", ["14216.12", "14", "216.12"]),
        ("14\u202f216.12", ["14216.12", "14", "216.12"]),
        ("14\u00a0216", ["14216", "14", "216"]),
        ("14'216 req/s", ["14216"]),
        ("14\u2019216", ["14216"]),
        ("1,234", ["1234", "1.234"]),
        ("1.234", ["1234", "1.234"]),
        ("1,234,567", ["1234567"]),
        ("1,234.56", ["1234.56"]),
        ("1.234,56", ["1234.56"]),
        ("429,50 ms", ["429.50"]),
        ("0,125", ["0.125"]),
        ("2.5k", ["2.5e3"]),
        ("8.51k req/s", ["8.51e3"]),
        ("302K req/sec", ["302e3"]),
        ("1.2M", ["1.2e6"]),
        ("2.5 thousand", ["2.5e3"]),
        ("1.2e5 req/s", ["1.2e5"]),
        ("85 mil", ["85e3"]),
        ("85mila", ["85e3"]),
        ("2 millones", ["2e6"]),
        ("1,2 Millionen", ["1.2e6"]),
        ("85 milliseconds", ["85"]),
        ("85 miles", ["85"]),
        ("15-25x", ["15", "25"]),
        ("15\u201325x", ["15", "25"]),
        ("2.1 to 2.6 ms", ["2.1", "2.6"]),
        ("10-20k", ["10", "10e3", "20e3"]),
        ("20x faster", ["20"]),
        ("17 KB", ["17"]),
        ("1,20,000 req/s", ["120000"]),
        ("12,34,567.5", ["1234567.5"]),
        ("21.64MiB", ["21.64"]),
        ("Python 3.4.1", ["3.4", "1"]),
        ("many", []),
    ],
)
def test_a_phrase_has_these_readings(printed: str, numbers: list[str]) -> None:
    assert list(readings(printed, RATE)) == numbers


@pytest.mark.parametrize(
    ("printed", "name", "number"),
    [
        ("302K", "thousand", "302"),
        ("302K", "req/s", "302e3"),
        ("850 thousand", "thousand", "850"),
        ("850 thousand", "stars", "850e3"),
        ("64K", "KiB", "64"),
        ("1.4G", "GB", "1.4"),
        ("1.4G", "MB", "1.4e9"),
        ("1.2M", "MB", "1.2"),
        ("1.2M", "million", "1.2"),
        ("85 mil", "thousand", "85"),
        ("1,2 Millionen", "million", "1.2"),
        ("45 Mio", "MiB", "45"),
    ],
)
def test_a_suffix_belongs_to_the_unit_that_names_it_and_else_to_the_number(
    printed: str, name: str, number: str
) -> None:
    assert readings(printed, unit(name)) == (number,)


def test_the_number_of_the_file_decides_between_two_readings() -> None:
    assert reading_of("1,234", 1234, RATE) == "1234"
    assert reading_of("1,234", 1.234, RATE) == "1.234"
    assert reading_of("1,234", 12.34, RATE) is None
    assert reading_of("302K req/s", 302, RATE) is None


@given(st.integers(1_000, 10**9), st.sampled_from([",", " ", "\u2009", "'", "."]))
def test_any_grouped_number_is_read(number: int, separator: str) -> None:
    printed = f"{number:,}".replace(",", separator)
    digits = reading_of(printed, number, RATE)
    assert digits == str(number)
    assert last_place(digits) <= number


@pytest.mark.parametrize("printed", ["~2,500", "\u2248 2,500", "about 51,000", "approx. 5 ms", "Circa 5", "roughly 3"])
def test_an_approximation_is_a_sign_or_a_word(printed: str) -> None:
    assert is_approximate(printed)
    assert not is_approximate("2,500 roundabout")


@pytest.mark.parametrize(
    ("printed", "name", "value", "spread"),
    [
        ("0.72 ms ± 31 µs", "ms", 0.72, 0.031),
        ("0.72 ms ± 31 \u03bcs", "ms", 0.72, 0.031),
        ("100 ± 3", "req/s", 100, 3),
        ("100 +/- 2.5 req/s", "req/s", 100, 2.5),
        ("100 req/s ±5%", "req/s", 100, 5),
        ("20 % ± 2 %", "%", 20, 2),
        ("100 req/s ± 3 ms", "req/s", 100, 0),
        ("100 ± 3 apples", "req/s", 100, 0),
        ("100", "req/s", 100, 0),
    ],
)
def test_a_spread_is_in_the_unit_of_its_value(printed: str, name: str, value: float, spread: float) -> None:
    assert spread_of(printed, value, unit(name)) == pytest.approx(spread)


@pytest.mark.parametrize(
    "printed",
    ["12+", "12+ years", "50x+ faster", "68,000 +", "> 12,000", "\u2265 5", ">= 5", "over 12,000", "At least 5"],
)
def test_a_lower_bound_is_a_sign_or_a_word(printed: str) -> None:
    assert BOUNDS["at_least"].is_printed(printed)
    assert not BOUNDS["below"].is_printed(printed)


@pytest.mark.parametrize(
    "printed", ["<100ms", "< 5,000", "\u2264 5", "<= ~5", "under 5 ms", "up to 100,000", "at most 5"]
)
def test_an_upper_bound_is_a_sign_or_a_word(printed: str) -> None:
    assert BOUNDS["below"].is_printed(printed)
    assert not BOUNDS["at_least"].is_printed(printed)


@pytest.mark.parametrize("printed", ["+5%", "+21.33 %", "5 -> 7", "5 => 7", "5 +/- 1", "5", "C++", "2+3"])
def test_a_sign_that_is_no_bound(printed: str) -> None:
    assert [name for name, bound in BOUNDS.items() if bound.is_printed(printed)] == []


def test_a_thousand_of_a_rate_is_a_rate() -> None:
    thousand = unit_named("thousand", Unit.PER_SECOND)
    assert thousand is not None
    assert (thousand.base, thousand.to_base(302), thousand.say(302_000)) == (
        Unit.PER_SECOND,
        302_000,
        "302 thousand req/s",
    )
    assert unit("thousand").base is Unit.ONE
    assert unit_named("us") == unit_named("\u03bcs") == unit("µs")
    assert unit_named("apples") is None


@pytest.mark.parametrize(
    ("printed", "keys"),
    [
        ("more than 40 MB", ["at_least"]),
        ("no more than 40 MB", ["below"]),
        ("not more than 40 MB", ["below"]),
        ("less than 40 MB", ["below"]),
        ("no less than 40 MB", ["at_least"]),
        ("not fewer than 40", ["at_least"]),
        ("40 or more", ["at_least"]),
        ("40 ms or less", ["below"]),
        ("mehr als 40 MB", ["at_least"]),
        ("bis zu 40 MB", ["below"]),
        ("plus de 40 Mo", ["at_least"]),
        ("jusqu'à 40 Mo", ["below"]),
        ("menos de 40 MB", ["below"]),
        ("pelo menos 40 MB", ["at_least"]),
    ],
)
def test_a_bound_in_words_is_of_one_kind(printed: str, keys: list[str]) -> None:
    assert [key for key, bound in BOUNDS.items() if bound.is_printed(printed)] == keys
