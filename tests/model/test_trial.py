"""What a run leaves refuses what is no measurement."""

import math

import pytest

from harness.model import Measurement
from harness.units import Unit


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_no_measurement(value: float) -> None:
    with pytest.raises(ValueError, match=r"memory\.idle of"):
        Measurement("memory.idle", Unit.BYTE, value)
