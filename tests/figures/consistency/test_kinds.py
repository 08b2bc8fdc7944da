"""Units that a quantity can't have."""

from dataclasses import replace

import pytest

from harness.figures.consistency.kinds import kind_of
from harness.figures.published import Figure, Rule
from harness.units import Unit
from tests.figures.consistency.pages import contradictions, figure, rules


def cell(printed: str, unit: str, quantity: str, label: str = "value", metric: str | None = None) -> Figure:
    return replace(figure(printed, unit, label=label, quantity=quantity), metric=metric)


@pytest.mark.parametrize(
    ("unit", "quantity"),
    [
        ("MB", "latency"),
        ("req/s", "response time"),
        ("%", "latency"),
        ("ms", "throughput"),
        ("%", "throughput"),
        ("MB", "requests per second"),
        ("ms", "memory"),
        ("req/s", "memory"),
        ("KB", "startup time"),
    ],
)
def test_a_unit_of_another_kind_is_accused(unit: str, quantity: str) -> None:
    (found,) = contradictions(cell("45", unit, quantity))
    assert found.rule is Rule.UNIT
    assert f"is in {unit}, and {quantity} is a " in found.message


@pytest.mark.parametrize(
    ("printed", "unit", "quantity"),
    [
        ("45", "ms", "latency"),
        ("45%", "%", "memory"),
        ("45", "MB", "throughput"),
        ("45% of the best", "%", "throughput"),
        ("+45%", "%", "latency"),
        ("45%", "%", "latency stdev"),
        ("45", "ms", "time to allocate memory at a response time"),
        ("45", "ms", "speed"),
        ("45", "thousand", "requests per second"),
    ],
)
def test_a_unit_that_may_be_meant_is_not_accused(printed: str, unit: str, quantity: str) -> None:
    assert rules(cell(printed, unit, quantity)) == []


def test_the_metric_says_the_kind_before_the_words() -> None:
    assert kind_of(cell("45", "MB", "speed", metric="latency.*")) is Unit.SECOND
    assert kind_of(cell("45", "packages", "throughput", metric="footprint.dependencies")) is None
    assert rules(cell("45", "MB", "speed", metric="latency.*")) == [Rule.UNIT]


def test_words_of_two_kinds_say_none() -> None:
    assert kind_of(cell("45", "ms", "latency", "memory")) is None


def test_the_words_before_a_number_in_a_sentence_can_be_of_another_number() -> None:
    in_a_list = figure("45 ms", "ms", label="[Flask: 2,100 req/s,]", quantity=None)
    assert kind_of(in_a_list) is None
    assert contradictions(in_a_list) == ()
