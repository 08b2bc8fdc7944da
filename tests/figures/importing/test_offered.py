"""Rates that are the load of a latency, and rates that are results."""

import pytest

from harness.figures.importing.offered import OFFERED_ALONE
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
        "Flask latency (p99) at 1,000 req/s is 1.49 ms.",
        "The p99 latency at 1,000 req/s was 1.49 ms for Flask.",
        "The p99 latency of Flask at 1,000 req/s is 1.49 ms.",
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


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask was tested with 10k requests per second of load.",
        "Flask was hit with 10k requests per second.",
        "We loaded Flask with 10k rps.",
        "We sent 10k requests per second to Flask.",
        "wrk2 sends 10k requests per second to Flask.",
        "Flask was offered 10k req/s.",
        "Flask receives 10k req/s.",
        "Flask ran under a constant load of 10k req/s.",
        "Flask wurde mit 10k Anfragen pro Sekunde belastet.",
        "Wir schicken 10k Anfragen pro Sekunde an Flask.",
        "Flask a été testé avec 10k req/s.",
        "Flask a été chargé avec 10k req/s.",
        "Nous avons envoyé 10k requêtes par seconde à Flask.",
        "Enviamos 10k peticiones por segundo a Flask.",
    ],
)
def test_a_rate_that_is_offered_is_no_throughput(sentence: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{sentence}\n")
    assert page.figures.figures == ()
    assert [reason for _, reason in reasons(page)] == [OFFERED_ALONE]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask hit 10k rps.",
        "Flask pushes 10k rps.",
        "Flask sends 10k responses/s.",
        "Tested with wrk, Flask did 10k rps.",
        "Flask, tested with wrk, did 10k rps.",
        "Flask handles 10k rps of load.",
        "Flask did 10k rps at last.",
        "Flask liegt bei 10k Anfragen/s.",
    ],
)
def test_a_rate_that_is_reached_is_one(sentence: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{sentence}\n")
    assert [(one.low, one.metric) for one in page.figures.figures] == [(10_000, "throughput.closed.*")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Gin hat ein p99 von 0,3 ms bei 1000 Anfragen/s.",
        "Unter einer Last von 1000 Anfragen/s hat Gin ein p99 von 0,3 ms.",
        "Bei 1000 Anfragen/s hat Gin ein p99 von 0,3 ms.",
        "Gin a un p99 de 0,3 ms à 1000 req/s.",
        "Sous une charge de 1000 req/s, Gin a un p99 de 0,3 ms.",
        "0,3 ms for Gin (at 1000 req/s)",
        "Gin was hit with 1000 req/s and had a p99 of 0,3 ms.",
        "Gin wurde mit 1000 Anfragen/s belastet und hatte ein p99 von 0,3 ms.",
    ],
)
def test_a_rate_in_other_words_is_the_load_of_a_latency(sentence: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{sentence}\n")
    assert [(one.metric, one.stated.rate_per_s) for one in page.figures.figures] == [("latency.*", 1000)]
    assert page.figures.figures[0].low == pytest.approx(0.0003)


def test_the_ends_of_a_range_have_units_of_one_kind() -> None:
    [figure] = imported_text("# Gin\n\nGin a un p99 de 0,3 ms à 500 ms.\n").figures.figures
    assert figure.low == pytest.approx(0.0003)
    assert figure.high == pytest.approx(0.5)


@pytest.mark.parametrize(
    "sentence",
    ["Flask's p99 latency at 1,000 req/s is 1.49 ms.", "The p99 at 1,000 req/s was 1.49 ms for Flask."],
)
def test_a_rate_leaves_the_percentile_to_its_latency(sentence: str) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n")
    assert [(one.stated.statistic, one.stated.rate_per_s) for one in page.figures.figures] == [("p99", 1000)]
