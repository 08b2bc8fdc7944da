"""Numbers of a worker, a core or a connection, which no metric of a run decides."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text


def metrics(text: str, language: str = "en") -> dict[str | None, str | None]:
    """Return the metric of each quantity of a page."""
    file = imported_text(f"---\nlang: {language}\n---\n\n# Flask and Gin\n\n{ENGLISH}\n\n{text}\n")
    return {one.quantity: one.metric for one in file.figures.figures}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Flask needs about 45 MB of memory per worker.", "worker"),
        ("Each Flask worker takes 45 MB of memory.", "worker"),
        ("Flask workers use 45 MB of memory each.", "worker"),
        ("Per process, Flask takes 45 MB of memory.", "process"),
        ("Flask takes 45 MB of RAM/worker.", "worker"),
        ("Gin takes 8 KB of memory per idle connection.", "connection"),
        ("| Framework | Memory per worker |\n|---|---|\n| Flask | 45 MB |", "worker"),
        ("| Framework | RSS/process |\n|---|---|\n| Flask | 45 MB |", "process"),
        ("| Framework | Memory |\n|---|---|\n| Flask | 45 MB per worker |", "worker"),
        ("For every 1,000 connections Gin needs 8.5 MB of memory.", "1,000 connections"),
        ("## Memory per worker\n\n| Framework | Memory |\n|---|---|\n| Flask | 45 MB |", "worker"),
    ],
)
def test_memory_of_a_part_is_not_that_of_the_app(text: str, part: str) -> None:
    assert metrics(text) == {f"memory per {part}": None}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Gin serves 9100 req/s per core.", "core"),
        ("Gin serves 9100 req/s/core.", "core"),
        ("On each core Gin serves 9100 req/s.", "core"),
        ("Gin has 5x the throughput per core of Flask.", "core"),
        ("| Framework | RPS/core |\n|---|---|\n| Gin | 9100 |", "core"),
        ("| Framework | Requests/s per worker |\n|---|---|\n| Gin | 9100 |", "worker"),
    ],
)
def test_a_rate_of_a_part_is_not_that_of_the_app(text: str, part: str) -> None:
    assert metrics(text) == {f"rate per {part}": None}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Flask braucht pro Worker 45 MB Speicher.", "de"),
        ("Flask utilise 45 Mo de mémoire par processus.", "fr"),
        ("Flask usa 45 MB de memoria por proceso.", "es"),
        ("Flask usa 45 MB de memória por processo.", "pt"),
    ],
)
def test_other_languages_have_parts(text: str, language: str) -> None:
    assert list(metrics(text, language)) in [["memory per worker"], ["memory per process"]]
    assert list(metrics(text, language).values()) == [None]


@pytest.mark.parametrize(
    ("text", "metric"),
    [
        ("Flask needs 45 MB of memory with 2 threads per worker.", "memory.*"),
        ("Flask needs 180 MB of memory in all, and 4 workers.", "memory.*"),
        ("Flask and Gin run alone. Flask needs 45 MB of memory each time.", "memory.*"),
        ("Flask serves 1250 req/s on a MacBook Pro 8 cores.", "throughput.closed.*"),
        ("Flask has a p99 latency of 12 ms per request.", "latency.*"),
    ],
)
def test_the_whole_is_no_part(text: str, metric: str) -> None:
    assert list(metrics(text).values()) == [metric]


def test_a_part_and_the_whole_of_one_sentence_are_told_apart() -> None:
    found = metrics("Flask uses 120 MB of memory in total, about 30 MB of memory per process.")
    assert found == {"memory": "memory.*", "memory per process": None}


def test_the_digits_of_a_part_are_not_those_of_the_whole() -> None:
    text = "| Framework | Memory |\n|---|---|\n| Flask | 145 MB |\n\nGin needs 145 MB per worker."
    assert metrics(text) == {"memory": "memory.*", "memory per worker": None}
