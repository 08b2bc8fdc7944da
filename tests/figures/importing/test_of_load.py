"""Conditions of load, and the figures to which they belong."""

from pathlib import Path

import pytest

from harness.figures.importing.of_load import shares_of_cpu, without_load
from tests.figures.importing.imported import ENGLISH, imported_text, read_again

HEADS = ("", "req/s", "p99 latency (ms)", "Memory (MB)", "Memory under load (MB)", "Cold start (ms)", "Stars")
TABLE = f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|\n"
ROW = "| Flask | 5,400 | 12.5 | 30 | 45 | 400 | 67,000 stars |\n"


@pytest.mark.parametrize(
    "wrk", ["We tested all with wrk -t4 -c64 -d15s.", "The load: `wrk -t4 -c64 -d15s`.", "## 64 connections"]
)
@pytest.mark.parametrize("section", ["", "## Numbers\n\n"])
def test_a_load_belongs_to_rates_latencies_and_loaded_memory_alone(wrk: str, section: str, tmp_path: Path) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{section}{wrk}\n\n{TABLE}{ROW}")
    loads = [one.stated.connections for one in page.figures.figures]
    assert loads == [64, 64, None, 64, None, None]
    assert [one.stated.connections for one in read_again(page, tmp_path)] == loads
    assert {one.stated.duration_s for one in page.figures.figures if one.stated.connections is None} == {None}


def test_a_line_about_memory_has_no_load_of_a_command_elsewhere() -> None:
    page = imported_text(
        f"# Flask\n\n{ENGLISH} wrk -t4 -c64 -d15s.\n\nFlask memory: 30MB\n\nFlask cold start: 400 ms\n"
    )
    assert [one.conditions for one in page.figures.figures] == [(), ()]


def test_memory_has_the_load_of_its_own_sentence() -> None:
    page = imported_text(f"# Flask\n\n{ENGLISH}\n\nWith 64 connections Flask needs 45 MB of memory.\n")
    assert [one.stated.connections for one in page.figures.figures] == [64]


def test_a_condition_that_states_more_than_a_load_keeps_the_rest() -> None:
    words = ("4 workers, 64 connections", "gunicorn", "4 threads of the load tool", "JSON", "some words")
    assert without_load(words) == ("4 workers", "gunicorn", "JSON", "some words")


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("At 80% CPU it serves 12,000 req/s", ("At 80% CPU",)),
        ("Throughput @ 80% CPU", ("@ 80% CPU",)),
        ("Bei 80 % Auslastung schafft Gin 12k", ("Bei 80 % Auslastung",)),
        ("À 80 % de CPU, Gin sert 12k", ("À 80 % de CPU",)),
        ("Con el 80 % de la CPU, Gin sirve 12k", ("Con el 80 % de la CPU",)),
        ("At 100% CPU it serves 12,000 req/s", ()),
        ("with 80 % of all users", ()),
        ("with 20% less CPU", ()),
    ],
)
def test_a_share_of_the_cpu_below_all_of_it_is_a_condition(text: str, shares: tuple[str, ...]) -> None:
    assert shares_of_cpu(text) == shares


def test_a_figure_has_the_share_of_its_sentence_or_label() -> None:
    table = "| Metric | Flask |\n|---|---|\n| Throughput @ 70% CPU (req/s) | 900 |\n"
    page = imported_text(f"# Flask\n\nAt 80% CPU it serves 950 req/s.\n\n{table}")
    assert [one.conditions for one in page.figures.figures] == [("At 80% CPU",), ("@ 70% CPU",)]
