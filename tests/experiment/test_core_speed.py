"""The spread of the speed probe's CPU times, and the rule for two modes."""

import numpy as np
import pytest

from harness.experiment.core_speed import LEAST_READINGS, core_speed

FAST_S, SLOW_S = 0.012, 0.016


def drawn(shape: str, count: int = 80, seed: int = 1) -> list[float]:
    """Return CPU times without two modes."""
    random = np.random.default_rng(seed)
    factors = {
        "normal": np.exp(0.1 * random.standard_normal(count)),
        "uniform": np.exp(0.3 * random.random(count)),
        "tail": 1 + 0.1 * random.exponential(1, count),
        "drift": 1 + 0.3 * np.linspace(0, 1, count) + 0.02 * random.standard_normal(count),
        "equal": np.ones(count),
        "one far": np.array([1.0] * (count - 1) + [3.0]),
    }
    return [FAST_S * factor for factor in factors[shape]]


def two_modes(slow: int, fast: int, *, apart: float = 1.3, spread: float = 0.03) -> list[float]:
    random = np.random.default_rng(2)
    centres = np.array([1.0] * fast + [apart] * slow)
    times = FAST_S * centres * np.exp(spread * random.standard_normal(slow + fast))
    return [float(one) for one in random.permutation(times)]


def test_the_spread_is_the_median_and_the_middle_nine_tenths() -> None:
    speed = core_speed([0.001 * place for place in range(1, 102)])
    assert speed is not None
    assert speed.readings == 101
    assert [speed.low_s, speed.median_s, speed.high_s] == pytest.approx([0.006, 0.051, 0.096])


def test_without_readings_there_is_no_speed() -> None:
    assert core_speed([]) is None
    assert core_speed([0.0]) is None


@pytest.mark.parametrize("shape", ["normal", "uniform", "tail", "drift", "equal", "one far"])
def test_readings_of_one_phase_have_one_mode_whatever_their_shape(shape: str) -> None:
    speed = core_speed(drawn(shape))
    assert speed is not None
    assert speed.modes is not None
    assert [mode.share for mode in speed.modes] == [1.0]
    assert speed.modes[0].cpu_s == pytest.approx(speed.median_s)


def test_a_core_that_alternates_between_two_speeds_has_two_modes_with_their_shares() -> None:
    speed = core_speed(two_modes(slow=24, fast=56))
    assert speed is not None
    assert speed.modes is not None
    fast, slow = speed.modes
    assert [fast.share, slow.share] == pytest.approx([0.7, 0.3])
    assert [fast.cpu_s, slow.cpu_s] == pytest.approx([FAST_S, 1.3 * FAST_S], rel=0.02)


@pytest.mark.parametrize(
    "times",
    [
        two_modes(slow=40, fast=40, apart=1.05, spread=0.005),  # less than a tenth apart
        two_modes(slow=2, fast=78),  # less than a tenth of the readings
        two_modes(slow=40, fast=40, apart=1.3, spread=0.1),  # not separated
    ],
)
def test_groups_that_are_near_small_or_overlapping_are_one_mode(times: list[float]) -> None:
    speed = core_speed(times)
    assert speed is not None
    assert speed.modes is not None
    assert len(speed.modes) == 1


def test_with_too_few_readings_the_modes_are_not_known() -> None:
    few, enough = ([FAST_S, SLOW_S] * (count // 2) for count in (LEAST_READINGS - 2, LEAST_READINGS))
    speed, told = core_speed(few), core_speed(enough)
    assert speed is not None
    assert told is not None
    assert speed.modes is None
    assert told.modes is not None
    assert len(told.modes) == 2


@pytest.mark.parametrize("shape", ["normal", "tail", "drift"])
def test_few_drawn_runs_of_one_phase_have_two_modes(shape: str) -> None:
    found = [core_speed(drawn(shape, seed=seed)) for seed in range(200)]
    assert sum(speed is not None and speed.modes is not None and len(speed.modes) == 2 for speed in found) <= 4
