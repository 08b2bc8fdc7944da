"""Rates that are the load of a latency, and rates that are results."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text, reasons

DOUBTFUL = "a rate beside another number, and the page does not tell whether it was offered or reached"


def found(text: str) -> list[tuple[str, str | None, float | None]]:
    figures = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{text}\n").figures.figures
    return [(one.target.removesuffix("_app"), one.metric, one.stated.rate_per_s) for one in figures]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask's p99 latency is 1.49 ms at 1,000 req/s.",
        "At 1,000 req/s, Flask's p99 latency is 1.49 ms.",
        "Measured at 1,000 req/s, Flask's p99 latency is 1.49 ms.",
        "Under a load of 1,000 requests per second Flask's p99 latency is 1.49 ms.",
        "When offered 1,000 req/s, Flask has a p99 latency of 1.49 ms.",
        "Flask, at 1,000 req/s, has a p99 latency of 1.49 ms.",
        "Flask at 1,000 req/s has a p99 latency of 1.49 ms.",
        "Flask has a p99 latency of 1.49 ms at a constant rate of 1,000 requests per second.",
        "Flask has a p99 latency of 1.49 ms with 32 connections at 1,000 req/s.",
        "Flask answers with a latency of 1.49 ms (p99) @ 1k rps.",
        "Latency at 1,000 req/s: Flask 1.49 ms.",
        "Flask p99 latency: 1.49 ms at 1,000 req/s",
        "Flask p99 latency at 1,000 req/s: 1.49 ms",
        "## p99 at 1,000 req/s\n\nFlask latency: 1.49 ms",
        "| | p99 latency |\n|---|---|\n| Flask | 1.49 ms at 1,000 req/s |",
        "| p99 latency | Flask |\n|---|---|\n| p99 latency at 1,000 req/s | 1.49 ms |",
    ],
)
def test_the_rate_of_a_latency_is_its_load(sentence: str) -> None:
    assert found(sentence) == [("flask", "latency.*", 1000)]


def test_each_latency_has_the_rate_behind_it() -> None:
    assert found("Flask's p99 latency is 1.49 ms at 1,000 req/s and 3.2 ms at 2,000 req/s.") == [
        ("flask", "latency.*", 1000),
        ("flask", "latency.*", 2000),
    ]
    assert (
        found("Flask: p50 latency of 1.2 ms, p99 latency of 3 ms at 1,000 req/s.") == [("flask", "latency.*", 1000)] * 2
    )


def test_memory_has_the_rate_of_its_sentence() -> None:
    assert found("At 1,000 req/s Flask needs 34 MB of memory.") == [("flask", "memory.*", 1000)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask reached 5,400 req/s with a p99 latency of 12 ms.",
        "Flask peaks at 5,400 req/s with a p99 latency of 12 ms.",
        "Flask served 5,400 req/s at 12 ms p99 latency.",
        "Flask has a p99 latency of 12 ms and peaks at 5,400 req/s.",
    ],
)
def test_a_rate_that_was_reached_is_a_throughput_and_no_load(sentence: str) -> None:
    assert sorted(found(sentence), key=str) == [("flask", "latency.*", None), ("flask", "throughput.closed.*", None)]


def test_two_frameworks_at_two_rates_are_two_throughputs() -> None:
    assert [metric for _, metric, _ in found("Flask is at 5,400 req/s and Gin at 66,000 req/s.")] == [
        "throughput.closed.*"
    ] * 2


@pytest.mark.parametrize("rate", ["with 5,400 req/s", "(5,400 req/s)", "while serving 5,400 req/s"])
def test_a_rate_that_can_be_offered_or_reached_is_refused(rate: str) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\nFlask has a p99 latency of 12 ms {rate}.\n")
    assert reasons(page) == [("5,400 req/s", DOUBTFUL)]
    assert [one.metric for one in page.figures.figures] == ["latency.*"]


@pytest.mark.parametrize("rate", ["over 1,000 req/s", "1,000-2,000 req/s", "60,000 req/min"])
def test_a_latency_at_no_single_rate_is_refused(rate: str) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\nFlask has a p99 latency of 12 ms at {rate}.\n")
    assert page.figures.figures == ()
    assert reasons(page) == [("12 ms", "its load is no single rate")]
