"""Percentiles in the words of pages, and columns of statistics beside rates."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The 95th percentile of Flask was 45.5 ms."),
        ("en", "Flask's p(95) was 45.5 ms."),
        ("en", "p(95)=45.5ms for Flask."),
        ("de", "Das 95. Perzentil von Flask ist 45,5 ms."),
        ("fr", "Le 95e percentile de Flask est de 45,5 ms."),
        ("pt", "O percentil 95 do Flask é 45,5 ms."),
        ("en", "| | Flask |\n|---|---|\n| 95th percentile | 45.5 ms |"),
        ("de", "| | Flask |\n|---|---|\n| Latenz (95. Perzentil) | 45,5 ms |"),
        ("de", "| | Flask |\n|---|---|\n| Antwortzeit (95 %) | 45,5 ms |"),
    ],
)
def test_a_percentile_has_many_spellings(language: str, text: str) -> None:
    [figure] = imported_text(f"---\nlang: {language}\n---\n\n# Flask, Gin\n\n{text}\n").figures.figures
    assert (figure.metric, figure.conditions) == ("latency.*", ("p95",))


def _units(table: str) -> list[tuple[str, str]]:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n*Table 1: requests per second, and latencies*\n\n{table}\n")
    return [(one.printed, one.unit.name) for one in page.figures.figures]


def test_percentiles_of_a_section_with_rates_are_no_rates() -> None:
    assert _units("| Framework | P50 | P99 |\n|---|---|---|\n| Flask | 75.5 | 180.5 |") == []


def test_the_name_of_a_row_may_have_its_unit() -> None:
    found = _units("| Framework | Avg | P99 |\n|---|---|---|\n| Flask (ms) | 75.5 | 180.5 |")
    assert found == [("75.5", "ms"), ("180.5", "ms")]


def test_few_digits_elsewhere_tell_no_unit() -> None:
    assert _units("| | Flask |\n|---|---|\n| p99 | 12 ms |\n| Timeouts | 12 |") == [("12 ms", "ms")]


def test_a_spread_may_have_a_suffix() -> None:
    [figure] = imported_text("# Gin\n\nGin serves 30k±2k req/s.\n").figures.figures
    assert (figure.low, figure.metric) == (30000, "throughput.closed.*")


def test_growth_by_and_to_is_no_range() -> None:
    assert not imported_text("# Flask\n\nIts memory had grown by 12.5 MB to 60.5 MB.\n").figures.figures


def test_the_command_before_another_run_is_not_its_load() -> None:
    hey = "```\n$ hey -c 50 http://localhost/\n  Requests/sec: 1250.5\n```"
    page = imported_text(f"# Gin\n\n```\nvegeta attack -rate=1000/s -duration=30s\n```\n\n{hey}\n")
    assert [one.conditions for one in page.figures.figures] == [("50 connections",)]


def test_numbers_of_workers_are_conditions_in_a_table_of_servers() -> None:
    rows = "| gunicorn sync | 4 | 1250.5 |\n| waitress | 1 | 980.5 |"
    page = imported_text(f"# Flask\n\n{ENGLISH}\n\n| Server | Workers | RPS |\n|---|---|---|\n{rows}\n")
    assert [one.conditions for one in page.figures.figures] == [
        ("gunicorn sync", "4 workers"),
        ("waitress", "1 worker"),
    ]
    assert not page.unplaced


def test_a_product_of_parts_has_a_part() -> None:
    page = imported_text("# Flask\n\nIts memory is 31.5 MB × 4 workers = 126 MB.\n")
    assert [one.quantity for one in page.figures.figures] == ["memory per worker", "memory"]
