"""Columns of ratios: each row is read by its own two numbers and by the words of its cell."""

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.importing import ImportedFile
from tests.figures.importing.imported import ENGLISH, imported_text, reasons, short

ROWS = (
    "| Requests/s | 5.4k | 66.3k | 12.2x |",
    "| Cold start | 253 ms | 115 ms | 2.2x faster |",
    "| p50 latency | 5.07 ms | 448 \u00b5s | 11.3x faster |",
    "| Memory | 34.5 MiB | 7.47 MiB | 4.6x less |",
)
RATIOS = [
    ("12.2x", "gin_app / flask_app", "throughput.closed.*"),
    ("2.2x faster", "gin_app / flask_app", "cold_start.ready"),
    ("11.3x faster", "gin_app / flask_app", "latency.*"),
    ("4.6x less", "gin_app / flask_app", "memory.*"),
]


def _ratios(head: str, *rows: str) -> list[tuple[str, str, str | None]]:
    lines = [f"| Metric | Flask | Gin | {head} |", "|---|---|---|---|", *rows]
    file = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n" + "\n".join(lines) + "\n")
    assert not find_contradictions(file.figures)
    return [short(one) for one in file.figures.figures if one.of is not None]


HEADS = (
    "Speedup, Difference, Gin vs Flask, Gin / Flask, Gin/Flask, Gin \u00f7 Flask, Ratio (Gin vs. Flask), Flask vs Gin, "
    "How much better, Advantage, Unterschied, Verh\u00e4ltnis Gin zu Flask, Rapport, Gain, Diferencia, Raz\u00e3o, "
    "Gin gegen\u00fcber Flask, Gin compared to Flask, Gin faster by, \u00d7"
)


@pytest.mark.parametrize("head", HEADS.split(", "))
def test_a_column_of_ratios_is_read_by_the_numbers_and_the_words_of_each_row(head: str) -> None:
    assert _ratios(head, *ROWS) == RATIOS


@pytest.mark.parametrize(
    ("cell", "sides"),
    [
        ("2.2x faster", "gin_app / flask_app"),
        ("2.2x slower", "flask_app / gin_app"),
        ("2.2x", "flask_app / gin_app"),
        ("2.2", "flask_app / gin_app"),
        ("0.455x", "gin_app / flask_app"),
        ("55% less", "gin_app / flask_app"),
        ("55 % schneller", "gin_app / flask_app"),
        ("2,2x plus rapide", "gin_app / flask_app"),
        ("-55%", "gin_app / flask_app"),
        ("+120%", "flask_app / gin_app"),
        ("120%", "flask_app / gin_app"),
    ],
)
def test_a_row_gives_the_direction_of_its_ratio(cell: str, sides: str) -> None:
    assert [ratio[1] for ratio in _ratios("Difference", f"| Cold start | 253 ms | 115 ms | {cell} |")] == [sides]


def test_a_ratio_that_fits_no_direction_is_that_of_its_column() -> None:
    text = "# Flask and Gin\n\n| Metric | Flask | Gin | Speedup |\n|---|---|---|---|\n"
    file = imported_text(f"{text}{ROWS[0]}\n{ROWS[1]}\n| Build time | 20 s | 10 s | 5x faster |\n")
    assert [(one.of, one.printed) for one in file.figures.figures][-1] == ("flask_app", "5x faster")
    assert len(find_contradictions(file.figures)) == 1


def test_a_ratio_has_the_quantity_of_the_numbers_beside_it() -> None:
    assert _ratios("Speedup", "| p99 at 1,000 req/s | 1.49 ms | 295 \u00b5s | 5.05x faster |") == [
        ("5.05x faster", "gin_app / flask_app", "latency.*")
    ]


def test_a_column_of_two_frameworks_whose_numbers_do_not_tell_is_about_neither() -> None:
    text = "# Flask and Gin\n\n| Metric | Flask | Gin | Gin vs Flask |\n|---|---|---|---|\n"
    file = imported_text(f"{text}| Requests/s | 5.4k | 66.3k | 40x |\n")
    assert reasons(file) == [("40x", "its column names two frameworks")]


def _rows_of(head: str, *rows: str) -> ImportedFile:
    columns = head.count("|") - 1
    file = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n" + "\n".join((head, "|---" * columns + "|", *rows)) + "\n")
    assert not find_contradictions(file.figures)
    return file


NAMES = "Gin/Flask, Gin \u00f7 Flask, Gin vs Flask, Gin : Flask, Ratio, Speedup, Ratio (Gin/Flask), Faktor, Facteur"


@pytest.mark.parametrize("name", NAMES.split(", "))
@pytest.mark.parametrize("ratios", ["12.3 | 2.2x faster", "12.3x | 55% less"])
def test_a_row_of_ratios_is_of_the_two_rows_whose_numbers_give_them(name: str, ratios: str) -> None:
    file = _rows_of(
        "| Framework | RPS | Cold start |",
        "| Flask | 5,420 | 253 ms |",
        "| Gin | 66,300 | 115 ms |",
        f"| {name} | {ratios} |",
    )
    found = [short(one) for one in file.figures.figures if one.of is not None]
    assert [(sides, metric) for _, sides, metric in found] == [
        ("gin_app / flask_app", "throughput.closed.*"),
        ("gin_app / flask_app", "cold_start.ready"),
    ]
    assert {one.target for one in file.figures.figures} == {"flask_app", "gin_app"}


def test_a_row_of_ratios_that_fits_no_rows_is_no_framework() -> None:
    rows = ("| Flask | 5,420 |", "| Gin | 66,300 |", "| Gin/Flask | 40 |", "| Speedup | 40x |")
    file = _rows_of("| Framework | RPS |", *rows)
    assert {one.target for one in file.figures.figures} == {"flask_app", "gin_app"}
    assert reasons(file) == [
        ("40", "its row names two frameworks"),
        ("40x", "a ratio or difference of which the page does not name the other side"),
    ]


def test_an_interval_behind_a_number_is_no_other_number() -> None:
    file = _rows_of(
        "| Metric | Flask (gthread) | Gin (release) | Gin \u00f7 Flask |",
        "| Median at 1,000 req/s | 297 \u00b5s [266, 379] | 74.8 \u00b5s [62.9, 99.6] | 0.267\u00d7 [0.219, 0.289] |",
        "| CPU: per request over 32 connections | 187 \u00b5s [170, 207] | 15.2 \u00b5s [14.1, 16.4] | 0.0811\u00d7 |",
    )
    assert reasons(file) == []
    assert [round(one.low, 9) for one in file.figures.figures] == [297e-6, 74.8e-6, 0.267, 187e-6, 15.2e-6, 0.0811]
    assert [one.stated.connections for one in file.figures.figures] == [None, None, None, 32, 32, 32]


def test_numbers_in_brackets_around_another_number_are_no_interval() -> None:
    file = _rows_of("| Metric | Flask | Gin |", "| RPS | 5,420 [1, 2] | 66,300 |")
    assert [reason for _, reason in reasons(file)] == ["several numbers in one cell"] * 3


def test_a_share_without_a_word_that_can_only_mean_less_is_not_read_as_a_ratio() -> None:
    reason = "it has two readings: so much of the other number, or less by so much of it"
    rows = ("| Cold start | 253 ms | 115 ms | 55% |", "| RPS | 5.4k | 66.3k | 12.2x |")
    assert reasons(_rows_of("| Metric | Flask | Gin | Difference |", *rows)) == [("55%", reason)]
    below = ("| Flask | 253 ms |", "| Gin | 115 ms |", "| Difference | 55% |")
    assert reasons(_rows_of("| Framework | Cold start |", *below)) == [("55%", reason)]


@pytest.mark.parametrize("cell", ["+60,880", "60,880", "+60,880 req/s", "60.9k"])
def test_an_absolute_difference_is_no_ratio(cell: str) -> None:
    rows = ("| Requests/s | 5,420 | 66,300 | 12.2x |", f"| Throughput | 5,420 | 66,300 | {cell} |")
    found = reasons(_rows_of("| Metric | Flask | Gin | Difference |", *rows[:1], rows[0], rows[1]))
    assert found == [(cell, "a difference in absolute numbers, and no ratio")]


@pytest.mark.parametrize("cell", ["-138 ms", "138 ms less", "+138", "138"])
def test_an_absolute_difference_of_times_is_no_ratio(cell: str) -> None:
    rows = ("| Requests/s | 5,420 | 66,300 | 12.2x |", f"| Cold start (ms) | 253 | 115 | {cell} |")
    found = reasons(_rows_of("| Metric | Flask | Gin | Difference |", rows[0], rows[0], rows[1]))
    assert found == [(cell, "a difference in absolute numbers, and no ratio")]
