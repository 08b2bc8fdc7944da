"""Measurements: which numbers are refused."""

import math

import pytest

from harness.model import Measurement
from harness.units import Unit


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"memory\.idle: \S+ is not finite"):
        Measurement("memory.idle", Unit.BYTE, value)
