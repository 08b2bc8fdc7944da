"""The ticks of a logarithmic axis."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.log_ticks import LEAST_NAMED, log_ticks, tick_name
from harness.units import Unit

UNITS = [Unit.SECOND, Unit.BYTE, Unit.PER_SECOND, Unit.ONE]


def names(low: float, high: float, unit: Unit) -> list[str]:
    name = partial(tick_name, unit=unit)
    return [name(value) for value in log_ticks(low, high, unit, name)]


@pytest.mark.parametrize(
    ("low", "high", "unit", "named"),
    [
        (0.8, 30_000, Unit.PER_SECOND, ["1 req/s", "10 req/s", "100 req/s", "1,000 req/s", "10,000 req/s"]),
        (900, 2_300_000, Unit.PER_SECOND, ["1,000 req/s", "10,000 req/s", "100,000 req/s", "1,000,000 req/s"]),
        (0.12, 0.9, Unit.SECOND, ["200 ms", "500 ms"]),
        (0.8, 8.0, Unit.SECOND, ["1 s", "2 s", "5 s"]),
        (0.21, 0.49, Unit.SECOND, ["300 ms", "400 ms"]),
        (6.2e6, 140e6, Unit.BYTE, ["10 MiB", "100 MiB"]),
        (12e6, 90e6, Unit.BYTE, ["20 MiB", "50 MiB"]),
        (600e6, 5e9, Unit.BYTE, ["1 GiB", "2 GiB"]),
        (101, 130, Unit.ONE, ["120"]),
    ],
)
def test_ticks_are_round_numbers_of_the_unit_that_names_them(
    low: float, high: float, unit: Unit, named: list[str]
) -> None:
    assert names(low, high, unit) == named


@given(st.floats(1e-6, 1e12), st.floats(2.56, 1e9), st.sampled_from(UNITS))
def test_every_span_of_a_picture_has_two_different_names(low: float, factor: float, unit: Unit) -> None:
    low = max(low, 1.0) if unit is Unit.BYTE else low
    found = names(low, low * factor, unit)
    assert len(set(found)) == len(found) >= LEAST_NAMED


@given(st.floats(1e-3, 1e9), st.floats(1.01, 1e6), st.sampled_from(UNITS))
def test_every_tick_lies_on_the_axis(low: float, factor: float, unit: Unit) -> None:
    ticks = log_ticks(low, low * factor, unit, str)
    assert all(low <= value <= low * factor for value in ticks)
    assert ticks == sorted(ticks)


def test_ticks_without_a_name_do_not_count() -> None:
    assert log_ticks(0.5, 20, Unit.ONE, lambda value: "" if value > 5 else str(value)) == [0.5, 1, 2, 5, 10, 20]
