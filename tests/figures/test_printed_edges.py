"""The factor of every printed unit, and the text of numbers and intervals."""

import pytest

from harness.figures.printed import UNITS, last_place
from harness.units import Unit


@pytest.mark.parametrize(
    ("unit", "printed", "base", "kind"),
    [
        ("req/s", 7.0, 7.0, Unit.PER_SECOND),
        ("req/min", 720.0, 12.0, Unit.PER_SECOND),
        ("ns", 7.0, 7e-9, Unit.SECOND),
        ("GB", 7.0, 7e9, Unit.BYTE),
        ("KiB", 7.0, 7_168.0, Unit.BYTE),
        ("MiB", 7.0, 7_340_032.0, Unit.BYTE),
        ("GiB", 2.0, 2_147_483_648.0, Unit.BYTE),
        ("million", 7.0, 7e6, Unit.ONE),
        ("µs", 7.0, 7e-6, Unit.SECOND),
        ("ms", 7.0, 7e-3, Unit.SECOND),
        ("s", 7.0, 7.0, Unit.SECOND),
        ("minutes", 7.0, 420.0, Unit.SECOND),
        ("hours", 7.0, 25_200.0, Unit.SECOND),
        ("weeks", 7.0, 4_233_600.0, Unit.SECOND),
        ("years", 8.0, 252_460_800.0, Unit.SECOND),
        ("KB", 7.0, 7_000.0, Unit.BYTE),
        ("MB", 7.0, 7_000_000.0, Unit.BYTE),
        ("x", 7.0, 7.0, Unit.ONE),
        ("%", 7.0, 0.07, Unit.ONE),
        ("% difference", 7.0, 1.07, Unit.ONE),
        ("% difference", -94.0, 0.06, Unit.ONE),
        ("thousand", 7.0, 7_000.0, Unit.ONE),
        *(
            (name, 7.0, 7.0, Unit.ONE)
            for name in ("connections", "dependencies", "extensions", "lines", "packages", "positions")
        ),
        *((name, 7.0, 7.0, Unit.ONE) for name in ("stars", "users", "words")),
    ],
)
def test_a_printed_number_is_converted_to_the_base_unit_and_back(
    unit: str, printed: float, base: float, kind: Unit
) -> None:
    assert UNITS[unit].to_base(printed) == pytest.approx(base, rel=1e-12)
    assert UNITS[unit].from_base(base) == pytest.approx(printed, rel=1e-9)
    assert (UNITS[unit].base, str(UNITS[unit])) == (kind, unit)


def test_there_are_no_other_units() -> None:
    assert len(UNITS) == 33


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("% difference", 1.0, "0%"),
        ("% difference", 1.5, "+50.0%"),
        ("% difference", 0.5, "-50.0%"),
        ("x", 2.0, "2.00x"),
        ("%", 0.5, "50.0%"),
        ("ms", 0.5, "500 ms"),
    ],
)
def test_a_difference_has_a_sign_and_a_factor_has_no_space(unit: str, value: float, text: str) -> None:
    assert UNITS[unit].say(value) == text


def test_a_number_has_an_interval_unless_it_is_exact() -> None:
    assert UNITS["ms"].say_interval(0.5, 0.4, 0.6) == "500 ms [400, 600]"
    assert UNITS["ms"].say_interval(0.5, 0.5, 0.5) == "500 ms"
    assert UNITS["% difference"].say_interval(1.5, 1.4, 1.6) == "+50.0% [+40.0, +60.0]"


@pytest.mark.parametrize(
    ("digits", "place"),
    [
        *(("0", 1), ("00", 1), ("1000", 100), ("1001", 1), ("1.25", 0.01)),
        *(("2.5e3", 100), ("302e3", 1_000), ("2e3", 1_000), ("1.2e6", 100_000), ("5e-3", 0.001)),
    ],
)
def test_the_last_place_of_zeros_and_thousands(digits: str, place: float) -> None:
    assert last_place(digits) == pytest.approx(place)
