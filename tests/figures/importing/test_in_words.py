"""Numbers in words: the common factors of a ratio of two frameworks are figures, and the others are listed."""

import math
from pathlib import Path

import pytest

from harness.figures.importing.in_words import IN_WORDS
from tests.figures.importing.imported import ENGLISH, imported_text, read_again, reasons

RATE, MEMORY, LATENCY = "throughput.closed.*", "memory.*", "latency.*"


def listed(text: str) -> list[str]:
    file = imported_text(f"# Benchmark\n\n{ENGLISH}\n\n{text}")
    assert file.figures.figures == ()
    return [printed for printed, reason in reasons(file) if reason == IN_WORDS]


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("Gin starts in half a second.", ["half a second"]),
        ("Gin is twelve times as fast as Flask.", ["twelve times as fast"]),
        ("Gin is twenty times faster, and Flask needs its part.", ["twenty times faster"]),
        ("Gin is two to three times faster than Flask.", ["three times faster"]),
        ("Gin ist doppelt so schnell wie Flask.", ["doppelt so schnell"]),
        ("Flask answers in a few milliseconds.", ["a few milliseconds"]),
        ("Gin serves thousands of requests per second.", ["thousands of requests per second"]),
        ("Gin doubles the throughput.", []),  # listed as a ratio without another side
        ("Gin doubled its throughput.", ["doubled its throughput"]),
        ("It starts in half a second.", []),
        ("Half of all developers use Flask many times a day.", []),
        ("Flask handles requests per second, and takes a second look.", []),
        ("Gin was the third framework, twice renamed.", []),
        ("Flask is restarted twice a day for Gin.", []),
        ("Half of the users of Flask use Gin, and two times we tried both.", []),
        ("Gin doubles as a proxy for Flask.", []),
    ],
)
def test_a_number_in_words_of_a_framework_is_listed(sentence: str, words: list[str]) -> None:
    assert listed(sentence) == words


def test_a_section_of_a_framework_and_a_cell_are_about_one() -> None:
    assert listed("## Flask\n\nIt starts in half a second.") == ["half a second"]
    assert listed("| | Flask | Gin |\n|---|---|---|\n| Start | half a second | instant |\n") == ["half a second"]


def test_a_sentence_with_digits_keeps_its_figures_and_its_place() -> None:
    text = f"# Flask vs Gin\n\n{ENGLISH}\n\nGin takes 9.5 MB of memory and\nstarts in half a second."
    file = imported_text(text)
    assert [one.printed for one in file.figures.figures] == ["9.5 MB of memory"]
    assert [(one.printed, one.place) for one in file.file.unplaced] == [("half a second", (6, 11))]


@pytest.mark.parametrize(
    ("sentence", "printed", "metric", "low", "high"),
    [
        ("Gin is twice as fast as Flask.", "twice as fast as Flask", RATE, 2, 2),
        ("Gin is ten times faster than Flask.", "ten times faster than Flask", RATE, 10, 10),
        ("Gin has three times the throughput of Flask.", "three times the throughput of Flask", RATE, 3, 3),
        ("Gin has 3x the throughput of Flask.", "3x the throughput of Flask", RATE, 3, 3),
        ("Gin has three times Flask's throughput.", "three times Flask's throughput", RATE, 3, 3),
        ("Gin's throughput is more than double that of Flask.", "more than double that of Flask", RATE, 2, math.inf),
        ("Gin is up to five times as fast as Flask.", "up to five times as fast as Flask", RATE, -math.inf, 5),
        ("Gin is an order of magnitude faster than Flask.", "an order of magnitude faster than Flask", RATE, 10, 10),
        ("Gin is faster but needs twice the memory of Flask.", "twice the memory of Flask", MEMORY, 2, 2),
        ("Gin is faster and needs half the memory of Flask.", "half the memory of Flask", MEMORY, 0.5, 0.5),
        ("Gin is faster and needs 0.5x the memory of Flask.", "0.5x the memory of Flask", MEMORY, 0.5, 0.5),
        ("Gin is faster using half the memory of Flask.", "faster using half the memory of Flask", MEMORY, 0.5, 0.5),
        ("Gin needs half the RAM compared to Flask.", "half the RAM compared to Flask", MEMORY, 0.5, 0.5),
        ("Gin uses half the memory Flask needs.", "half the memory Flask needs", MEMORY, 0.5, 0.5),
        (
            "Gin uses a quarter of the memory that Flask needs.",
            "a quarter of the memory that Flask needs",
            MEMORY,
            0.25,
            0.25,
        ),
        (
            "Gin needs less than a third of the memory of Flask.",
            "less than a third of the memory of Flask",
            MEMORY,
            -math.inf,
            0.333,
        ),
        ("Gin needs a third of Flask's memory.", "a third of Flask's memory", MEMORY, 0.333, 0.333),
        ("Gin needs half as much memory as Flask.", "half as much memory as Flask", MEMORY, 0.5, 0.5),
        ("Gin's p99 latency is a tenth of that of Flask.", "a tenth of that of Flask", LATENCY, 0.1, 0.1),
        ("Gin has half the response time of Flask.", "half the response time of Flask", LATENCY, 0.5, 0.5),
    ],
)
def test_a_factor_between_two_frameworks_is_a_ratio_as_printed(  # noqa: PLR0913, PLR0917 - a figure's keys
    sentence: str, printed: str, metric: str, low: float, high: float, tmp_path: Path
) -> None:
    file = imported_text(f"# Benchmark\n\n{ENGLISH}\n\n{sentence}")
    (one,) = file.figures.figures
    assert (one.printed, one.target, one.of, one.metric) == (printed, "gin_app", "flask_app", metric)
    assert (one.low, one.high, one.unit.name) == (low, high, "x")
    assert not file.unplaced
    assert read_again(file, tmp_path) == file.figures.figures


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Gin is twice as fast.", "a comparison with something that the page does not name"),
        ("Gin has ten times the throughput.", "a comparison with something that the page does not name"),
        ("Gin is not twice as fast as Flask.", "its sentence denies or supposes it"),
        ("Gin would need half the memory of Flask.", "its sentence denies or supposes it"),
        ("With half the memory Gin is as fast as Flask.", "no framework is named"),
    ],
)
def test_a_factor_with_a_doubt_is_listed_with_it(sentence: str, reason: str) -> None:
    file = imported_text(f"# Benchmark\n\n{ENGLISH}\n\n{sentence}")
    assert not file.figures.figures
    assert [why for _, why in reasons(file)] == [reason]
