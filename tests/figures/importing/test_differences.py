"""Columns of ratios: each row is read by its own two numbers and by the words of its cell."""

import pytest

from harness.figures.consistency import find_contradictions
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
