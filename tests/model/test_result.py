"""Results: a number with its interval, or a reason, and no mixture of both."""

import math

import pytest

from harness.model import Comparison, Difference, EnvironmentDifference, Result, Subject, environment_differences
from harness.units import Unit


def a_result(
    estimate: float | None, low: float | None, high: float | None, reason: str | None = None, trials: int = 5
) -> Result:
    gin = Subject("gin_app", "release")
    return Result(gin, None, "memory.idle", Unit.BYTE, trials, 0.95, estimate, low, high, reason=reason)


@pytest.mark.parametrize("numbers", [(2.0, 1.0, 3.0), (2.0, 2.0, 2.0), (-1.0, -2.0, 0.0)])
def test_an_estimate_inside_its_interval_is_accepted(numbers: tuple[float, float, float]) -> None:
    assert a_result(*numbers).estimate == numbers[0]


@pytest.mark.parametrize(
    "numbers",
    [
        (4.0, 1.0, 3.0),
        (0.0, 1.0, 3.0),
        (2.0, 3.0, 1.0),
        (2.0, None, 3.0),
        (2.0, 1.0, None),
        (math.nan, 1.0, 3.0),
        (2.0, math.nan, 3.0),
    ],
)
def test_an_estimate_outside_its_interval_is_refused(numbers: tuple[float, float | None, float | None]) -> None:
    with pytest.raises(ValueError, match=r"memory\.idle: not "):
        a_result(*numbers)


def test_an_absent_number_with_a_reason_is_accepted() -> None:
    assert a_result(None, None, None, "too few samples").reason == "too few samples"


@pytest.mark.parametrize(
    ("low", "high", "reason"), [(None, None, None), (None, None, ""), (1.0, None, "why"), (None, 3.0, "why")]
)
def test_an_absent_number_without_a_reason_or_with_an_interval_is_refused(
    low: float | None, high: float | None, reason: str | None
) -> None:
    with pytest.raises(ValueError, match="an absent number needs a reason, and no interval"):
        a_result(None, low, high, reason)


def test_environments_are_compared_key_by_key() -> None:
    a = {"machine": {"cpus": 2, "cpu": "x"}, "commit": "1"}
    b = {"machine": {"cpus": 2}, "commit": "2", "extra": None}
    assert environment_differences(a, b) == (
        EnvironmentDifference("machine.cpu", "x", None),
        EnvironmentDifference("commit", "1", "2"),
    )


def test_an_inverted_comparison_says_the_same_of_the_other_side() -> None:
    flask, gin = Subject("flask_app", "gthread"), Subject("gin_app", "release")
    one = Comparison("memory.loaded", None, gin, flask, 0.25, 0.2, 0.5, None, Difference.LOWER, at_most=0.5)
    turned = Comparison("memory.loaded", None, flask, gin, 4.0, 2.0, 5.0, None, Difference.HIGHER, at_least=2.0)
    assert (one.inverted(), turned.inverted()) == (turned, one)
    for verdict in (Difference.EQUIVALENT, Difference.NO_DIFFERENCE_SHOWN, Difference.INCONCLUSIVE):
        assert verdict.opposite is verdict


GIB = 2**30


@pytest.mark.parametrize(
    ("a", "b", "differs"),
    [
        (25276502016, 25276514304, False),  # a virtual machine before and after a start
        (100 * GIB, 99 * GIB, False),
        (99 * GIB, 100 * GIB, False),
        (100 * GIB, 98 * GIB, True),
        (98 * GIB, 100 * GIB, True),
        (24 * GIB, None, True),
    ],
)
def test_memory_within_one_percent_is_equal(a: int, b: int | None, *, differs: bool) -> None:
    machines = ({"machine": {"memory_bytes": one}} for one in (a, b))
    assert bool(environment_differences(*machines)) is differs


def test_other_numbers_have_no_such_tolerance() -> None:
    assert environment_differences({"size_bytes": 1000}, {"size_bytes": 1001}) != ()


def test_a_difference_in_words_has_bytes_in_their_unit_and_says_what_is_missing() -> None:
    assert EnvironmentDifference("machine.memory_bytes", 24 * GIB, None).in_words() == ("24.0 GiB", "not known")
    assert EnvironmentDifference("machine.cpus", 2, 4).in_words() == ("2", "4")
    assert EnvironmentDifference("some_bytes", "many", 512).in_words() == ("many", "512 B")
