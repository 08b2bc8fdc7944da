"""Printed ratios with a direction, and their meaning as target over reference."""

from dataclasses import replace
from typing import Any

import pytest

from harness.figures.directed import Direction, behind_comparison, compares, direction_in, readings_of_ratio
from harness.figures.printed import UNITS
from harness.figures.published import Figure
from harness.model import Verdict
from tests.figures.cases import comparison, figure, judge_one

RATE, MEMORY, START = "throughput.closed.c32", "memory.idle", "cold_start.ready"


def ratio(printed: str, low: float, high: float | None = None, *, metric: str = MEMORY, unit: str = "x") -> Figure:
    one = figure(metric, unit, low, high, rounding=0.5, of="flask_app", target="gin_app")
    return replace(one, printed=printed)


@pytest.mark.parametrize(
    ("printed", "number", "unit", "metric", "over"),
    [
        ("6 times less memory", 6, "x", MEMORY, (1 / 6,)),
        ("4x smaller", 4, "x", MEMORY, (1 / 4,)),
        ("2x more memory", 2, "x", MEMORY, (2,)),
        ("12x faster", 12, "x", RATE, (12,)),
        ("3 times slower", 3, "x", RATE, (1 / 3,)),
        ("starts 4x faster", 4, "x", START, (1 / 4,)),
        ("3 times slower", 3, "x", START, (3,)),
        ("12x", 12, "x", RATE, (12,)),
        ("54x faster than Flask", 54, "x", RATE, (54,)),
        ("starts 4x faster than Flask", 4, "x", START, (1 / 4,)),
        ("uses 6x less than Flask", 6, "x", MEMORY, (1 / 6,)),
        ("2x more efficient", 2, "x", MEMORY, (1 / 2,)),
        ("2x less efficient", 2, "x", MEMORY, (2,)),
        ("3x speedup", 3, "x", START, (1 / 3,)),
        ("90% less", 90, "%", MEMORY, (0.1,)),
        ("50 % more", 50, "%", MEMORY, (1.5,)),
        ("1100 % faster", 1100, "%", RATE, (12,)),
        ("20% slower", 20, "%", RATE, (0.8,)),
        ("50% faster", 50, "%", START, (0.5, 1 / 1.5)),
        ("150% faster", 150, "%", START, (1 / 2.5,)),
        ("20% slower", 20, "%", START, (1.2,)),
        ("10% of it", 10, "%", MEMORY, (0.1,)),
        ("3x as fast as Flask", 3, "x", RATE, (3,)),
        ("3x as fast as Flask", 3, "x", START, (1 / 3,)),
        ("20% as fast as Flask", 20, "%", RATE, (0.2,)),
        ("2x as slow as Flask", 2, "x", RATE, (1 / 2,)),
        ("2 times as much memory", 2, "x", MEMORY, (2,)),
        ("0.5x as many requests", 0.5, "x", RATE, (0.5,)),
        ("4x lighter", 4, "x", MEMORY, (1 / 4,)),
        ("31% improvement", 31, "% difference", START, (0.69, 1 / 1.31)),
        ("78 % schneller als Flask", 78, "%", RATE, (1.78,)),
        ("12-mal schneller als Flask", 12, "x", START, (1 / 12,)),
        ("3-mal so schnell wie Flask", 3, "x", START, (1 / 3,)),
        ("5-mal so viel Speicher", 5, "x", MEMORY, (5,)),
        ("40 % weniger Speicher als Flask", 40, "%", MEMORY, (0.6,)),
        ("20 % höhere Latenz", 20, "%", MEMORY, (1.2,)),
        ("2x langsamer", 2, "x", RATE, (1 / 2,)),
        ("3 fois plus rapide que Flask", 3, "x", RATE, (3,)),
        ("40 % moins de mémoire", 40, "%", MEMORY, (0.6,)),
        ("40 % moins d'octets", 40, "%", MEMORY, (0.6,)),
        ("4 veces más rápido que Flask", 4, "x", RATE, (4,)),
        ("30 % más lento", 30, "%", RATE, (0.7,)),
        ("40 % menos memoria que Flask", 40, "%", MEMORY, (0.6,)),
        ("4 vezes mais rápido", 4, "x", RATE, (4,)),
        ("-94%", -94, "% difference", MEMORY, (0.06,)),
        ("-94% (less)", -94, "% difference", MEMORY, (0.06,)),
        ("twice as fast as Flask", 2, "x", RATE, (2,)),
        ("twice as fast as Flask", 2, "x", START, (1 / 2,)),
        ("half as fast as Flask", 0.5, "x", RATE, (0.5,)),
        ("half as fast as Flask", 0.5, "x", START, (2,)),
        ("more than three times less memory", 3, "x", MEMORY, (1 / 3,)),
        ("less than twice the memory", 2, "x", MEMORY, (2,)),
        ("half the memory of Flask", 0.5, "x", MEMORY, (0.5,)),
        ("3x the start time of Flask", 3, "x", START, (3,)),
        ("twice the speed of Flask", 2, "x", RATE, (2,)),
        ("twice the speed of Flask", 2, "x", START, (1 / 2,)),
        ("2x Flask's performance", 2, "x", START, (1 / 2,)),
    ],
)
def test_a_printed_ratio_is_read_as_target_over_reference(
    printed: str, number: float, unit: str, metric: str, over: tuple[float, ...]
) -> None:
    readings = readings_of_ratio(ratio(printed, number, unit=unit, metric=metric))
    assert [(one.figure.low, one.figure.high) for one in readings] == [pytest.approx((value, value)) for value in over]


@pytest.mark.parametrize(
    "text",
    [
        "mehr als 40 MB",
        "más de 40 MB",
        "plus de 40 Mo",
        "1,200 req/s plus overhead",
        "It is so long.",
        "Flask, mais Gin",
        "nevertheless",
        "plus lentement",
    ],
)
def test_a_bound_and_words_that_look_alike_do_not_compare(text: str) -> None:
    assert not compares(text)


def test_the_label_gives_no_direction_to_a_multiple_of_something() -> None:
    (one,) = readings_of_ratio(replace(ratio("twice the memory of Flask", 2), label="[Gin is faster but needs]"))
    assert one.figure.low == 2


def test_a_multiple_compares() -> None:
    assert compares("3x the throughput")
    assert compares("half of Flask's memory")
    assert not compares("3x the fun")


def test_what_stands_behind_a_comparison_at_the_beginning() -> None:
    assert behind_comparison(" más rápido que ") == " que "
    assert behind_comparison("und schneller als ") is None
    assert behind_comparison(" als ") is None


def test_the_label_gives_the_direction_where_the_printed_text_does_not() -> None:
    (one,) = readings_of_ratio(replace(ratio("93%", 93, unit="%"), label="Memory reduction"))
    assert one.figure.low == pytest.approx(0.07)


@pytest.mark.parametrize(
    "label",
    [
        "Memory (lower is better)",
        "Memory, less is better",
        "Memory (smaller = better)",
        "Speicher (weniger ist besser)",
        "Memoria (menos es mejor)",
        "Mémoire (moins c'est mieux)",
    ],
)
def test_a_legend_in_the_label_is_no_direction(label: str) -> None:
    (one,) = readings_of_ratio(replace(ratio("3x", 3), label=label))
    assert one.figure.low == 3


def test_a_good_word_has_no_direction_for_an_unknown_metric_and_a_plain_one_has() -> None:
    assert direction_in("3x faster", None) is None
    assert direction_in("3x less", None) == (Direction.DOWN, "less")


def test_a_bound_in_words_is_no_direction() -> None:
    (one,) = readings_of_ratio(ratio("more than 4x", 4))
    assert one.figure.low == 4


@pytest.mark.parametrize(
    ("printed", "unit", "low", "high"), [("more than 4x less", "x", 3.5, 4), ("over 75% less", "%", 75, 75)]
)
def test_the_least_of_a_loss_is_the_most_of_the_ratio(printed: str, unit: str, low: float, high: float) -> None:
    one = ratio(printed, low, unit=unit)
    (read,) = readings_of_ratio(replace(one, low=UNITS[unit].to_base(high), high=float("inf")))
    assert read.figure.low == float("-inf")
    assert read.figure.high == pytest.approx(0.25)


def test_the_rounding_of_a_loss_is_that_of_the_printed_number() -> None:
    (one,) = readings_of_ratio(ratio("6 times less", 6))
    assert one.figure.rounding == pytest.approx(0.5 / 36)
    (share,) = readings_of_ratio(ratio("90 % less", 90, unit="%"))
    assert share.figure.rounding == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("one", "measured", "verdict", "says"),
    [
        (ratio("6 times less", 6), (0.162, 0.165, 0.168), Verdict.CONFIRMED, "6.06x less [5.95, 6.17]"),
        (ratio("6 times less", 6), (0.24, 0.25, 0.26), Verdict.NOT_REPRODUCED, "measured here is less"),
        (ratio("90% less", 90, unit="%"), (0.098, 0.1, 0.102), Verdict.CONFIRMED, "90.0% less [89.8, 90.2]"),
        (ratio("90% less", 90, unit="%"), (0.029, 0.03, 0.031), Verdict.NOT_REPRODUCED, "measured here is more"),
    ],
)
def test_a_verdict_speaks_in_the_words_of_the_page(one: Figure, measured: Any, verdict: Verdict, says: str) -> None:  # noqa: ANN401
    judgement = judge_one(one, comparison(MEMORY, measured, scenario=None))
    assert judgement.verdict is verdict
    assert says in judgement.reason


def test_a_time_that_is_faster_by_half_is_let_off_by_its_second_reading() -> None:
    one = ratio("50% faster", 50, unit="%", metric=START)
    second = judge_one(one, comparison(START, (0.66, 0.667, 0.67), scenario=None))
    assert second.verdict is Verdict.CONFIRMED
    assert second.reason.endswith(", with 50% faster as 1 / 1.5 of it.")
    assert judge_one(one, comparison(START, (0.49, 0.5, 0.502), scenario=None)).verdict is Verdict.CONFIRMED
    assert judge_one(one, comparison(START, (0.78, 0.8, 0.82), scenario=None)).verdict is Verdict.NOT_REPRODUCED
