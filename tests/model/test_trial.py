"""Measurements: which numbers are refused. Flags: the words for each kind."""

import math

import pytest

from harness.model import FlagKind, Measurement
from harness.units import Unit


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"memory\.idle: \S+ is not finite"):
        Measurement("memory.idle", Unit.BYTE, value)


def test_each_kind_of_disturbance_has_its_own_words_instead_of_an_identifier() -> None:
    words = {kind.words for kind in FlagKind}
    assert len(words) == len(FlagKind)
    assert not [text for text in words if "_" in text or " " not in text]
