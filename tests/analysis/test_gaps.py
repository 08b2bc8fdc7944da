"""The part of a ratio that is the generator's own time."""

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.gaps import gap_effect
from harness.analysis.laws import Cycles
from harness.analysis.summary import summarise
from harness.histogram import Histogram
from harness.model import (
    Bound,
    Comparison,
    Difference,
    Distribution,
    DrivenSlice,
    Load,
    LoadKind,
    Measurement,
    Slice,
    Span,
    Subject,
    Trial,
)
from harness.units import Unit
from tests.fakes import driven
from tests.trials import FLASK, GIN, a_plan, a_stored_run, a_trial

METRIC = "throughput.closed.c1"
ONE = Load(LoadKind.CLOSED, 1)
BLOCKS = 5


def service(mean_us: float) -> Histogram:
    histogram = Histogram()
    histogram.record(np.full(1000, round(mean_us * 1000)))
    return histogram


def cycles(mean_us: float, gap_us: float | None) -> dict[int, Cycles]:
    gap_s = None if gap_us is None else gap_us / 1e6
    return {block: Cycles(1, 1e6 / (mean_us + (gap_us or 0)), service(mean_us), gap_s, None, 1.0) for block in range(2)}


def test_a_ratio_of_equal_targets_is_1_without_the_difference_of_the_gaps() -> None:
    found = gap_effect({0: 51 / 70, 1: 51 / 70}, cycles(50, 20), cycles(50, 1))
    assert found is not None
    assert list(found.factors.values()) == pytest.approx([70 / 51, 70 / 51], rel=1e-3)
    assert found.warning == (
        "the generator's own time per request differs: 20.0 µs of 70.0 µs for the subject, 1.00 µs of 51.0 µs for the "
        "reference; with equal times the ratio would be 1.00"
    )


def test_the_effect_is_the_inverse_if_subject_and_reference_change_places() -> None:
    one = gap_effect({0: 0.7, 1: 0.7}, cycles(50, 20), cycles(40, 1))
    other = gap_effect({0: 1 / 0.7, 1: 1 / 0.7}, cycles(40, 1), cycles(50, 20))
    assert one is not None
    assert other is not None
    assert one.factors[0] * other.factors[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("ratio", "mine", "theirs"),
    [
        (0.99, cycles(50, 1.2), cycles(50, 1)),  # 0.4 %
        (20.0, cycles(50, 1), cycles(1000, 20)),  # 2 % of a ratio of 20
        (0.7, cycles(50, None), cycles(50, 1)),
        (0.7, {}, cycles(50, 1)),
    ],
)
def test_an_effect_that_explains_nothing_or_is_unknown_is_not_said(
    ratio: float, mine: dict[int, Cycles], theirs: dict[int, Cycles]
) -> None:
    assert gap_effect({0: ratio, 1: ratio}, mine, theirs) is None


def trials(subject: Subject, mean_us: float, gap_us: float, bound: Bound) -> list[Trial]:
    found = []
    for block in range(BLOCKS):
        rate = 1e6 / (mean_us + gap_us) * math.exp(0.001 * (block - 2))
        plan = Slice(block, subject, "hello", ONE, 1.0, 0.0, seed=1)
        result = replace(driven(plan), verified=round(rate), counted=rate, counted_s=1.0, gap_s=gap_us / 1e6)
        measured = Measurement(METRIC, Unit.PER_SECOND, rate, "hello", bound=bound)
        times = Distribution("hello", ONE, Span.SERVICE, service(mean_us).to_text())
        found.append(
            replace(a_trial(block, subject, measured), slices=(DrivenSlice(plan, result),), distributions=(times,))
        )
    return found


def compared(gin_us: float, gap_us: float, bound: Bound = Bound.ROUND_TRIP) -> Comparison:
    plan = a_plan(FLASK, GIN, blocks=BLOCKS)
    stored = a_stored_run(plan, *trials(FLASK, 50, 1, bound), *trials(GIN, gin_us, gap_us, bound))
    [comparison] = [one for one in summarise(stored).comparisons if one.metric == METRIC]
    return comparison


def test_a_difference_that_is_the_generators_own_is_not_claimed() -> None:
    found = compared(50, 20)
    assert found.ratio == pytest.approx(51 / 70, rel=1e-3)
    assert found.verdict is Difference.INCONCLUSIVE
    assert found.at_most == pytest.approx(1, abs=0.01)
    assert "20.0 µs of 70.0 µs for the subject, 1.00 µs of 51.0 µs for the reference" in found.warnings[0]


def test_a_difference_beyond_the_generators_own_time_is_claimed_with_its_limits() -> None:
    found = compared(100, 20)
    assert found.verdict is Difference.LOWER
    assert found.at_least == pytest.approx(51 / 120, rel=0.01)
    assert found.at_most == pytest.approx(51 / 101, rel=0.01)
    assert len(found.warnings) == 1


def test_equal_gaps_are_not_mentioned() -> None:
    found = compared(70, 1)
    assert (found.verdict, found.warnings, found.at_least) == (Difference.LOWER, (), None)


def test_the_own_time_does_not_count_for_targets_that_their_cpu_time_limits() -> None:
    found = compared(50, 20, Bound.TARGET)
    assert (found.verdict, found.warnings) == (Difference.LOWER, ())
