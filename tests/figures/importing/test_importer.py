"""Imports of whole pages, each checked against what a person reads on it."""

import csv
from collections import Counter
from dataclasses import fields
from pathlib import Path

import pytest

from harness.analysis.summary import summarise
from harness.errors import FindingError
from harness.figures.importing import ImportedFile, import_page
from harness.figures.judge import judge
from harness.figures.online.facts import Fact
from harness.figures.published import Figure
from harness.figures.reading import read_figures
from harness.manifest import load_targets
from harness.model import Summary, Verdict
from harness.store import Store
from tests.checkout import ROOT
from tests.figures.importing.imported import PAGES, imported, imported_text, read_again, reasons, short

NAMES = sorted(path.name for path in PAGES.iterdir() if path.suffix != ".tsv")


@pytest.fixture(scope="module")
def reference() -> Summary:
    return summarise(Store(ROOT / "results").load("reference")[1])


def places(file: ImportedFile) -> list[tuple[str, tuple[int, int]]]:
    figures = [(one.printed, one.place) for group in file.file.groups for one in group.figures if one.place]
    return [*figures, *((one.printed, one.place) for one in file.file.unplaced)]


# For every page: what is found stands where it says, and the file can be read.


@pytest.mark.parametrize("name", NAMES)
def test_each_text_stands_at_its_line_and_column(name: str) -> None:
    file = imported(name)
    lines = (PAGES / name).read_text(encoding="utf-8").split("\n")
    assert places(file)
    for printed, (line, column) in places(file):
        begins = lines[line - 1][column - 1 :]
        shown = begins.replace("&nbsp;", "\u00a0").replace("&#160;", "\u00a0").replace("&lt;", "<").replace("<wbr>", "")
        assert shown.startswith(printed.splitlines()[0] if printed else ""), (name, line, column)


@pytest.mark.parametrize("name", NAMES)
def test_the_written_file_has_the_same_figures(name: str, tmp_path: Path) -> None:
    file = imported(name)
    assert Counter(map(values, read_again(file, tmp_path))) == Counter(map(values, file.figures.figures))


def values(figure: Figure) -> tuple[object, ...]:
    """Return what is compared of a figure: since Python 3.13 one with NaN, such as a word, is equal to no other one."""
    return tuple(getattr(figure, field.name) for field in fields(figure) if field.compare)


# The page of the committed figures.


def key(figure: Figure) -> tuple[object, ...]:
    number = figure.states or (figure.low, figure.high, figure.tolerance)
    return figure.target, figure.of, figure.metric, number


FOLDED = {"Via SQLAlchemy extension", "None (use GORM separately)"}  # in a row of words without bars


def test_the_page_of_the_committed_figures_gives_each_of_them_and_no_other() -> None:
    by_hand = [one for one in read_figures(ROOT / "figures" / "flask_vs_gin.toml").figures if one.printed not in FOLDED]
    found = imported("flask_vs_gin.txt").figures.figures
    assert Counter(map(key, found)) == Counter(map(key, by_hand))
    assert len(found) == 139


def test_the_page_of_the_committed_figures_gives_their_printed_texts() -> None:
    by_hand = read_figures(ROOT / "figures" / "flask_vs_gin.toml").figures
    found = {one.printed for one in imported("flask_vs_gin.txt").figures.figures}
    assert {one.printed for one in by_hand} - found == FOLDED


def test_what_it_can_not_place_is_the_folded_row_and_how_many_are_folded() -> None:
    refused = reasons(imported("flask_vs_gin.txt"))
    assert [reason for _, reason in refused] == [
        "folded rows without a label that the page has elsewhere",
        *["a number without a unit"] * 3,
    ]
    assert all("more attribute" in printed or printed in {"1", "6"} for printed, _ in refused)


def test_the_page_of_the_committed_figures_gets_their_verdicts_and_contradictions(reference: Summary) -> None:
    targets = load_targets(ROOT)
    by_hand = judge(read_figures(ROOT / "figures" / "flask_vs_gin.toml"), reference, targets)
    found = judge(imported("flask_vs_gin.txt").figures, reference, targets)
    of_page = Counter((short(one.figure)[:2], one.verdict) for one in found.judgements)
    assert of_page == Counter(
        (short(one.figure)[:2], one.verdict) for one in by_hand.judgements if one.figure.printed not in FOLDED
    )
    said = [
        Counter(frozenset(figure.printed for figure in one.figures) for one in judged.contradictions)
        for judged in (found, by_hand)
    ]
    assert said[0] == said[1]


# One table, rows are targets, columns are concurrency.


def test_a_matrix_gives_the_figures_that_a_person_wrote_down() -> None:
    with (PAGES / "matrix_by_concurrency.tsv").open(encoding="utf-8", newline="") as file:
        by_hand = list(csv.DictReader(file, delimiter="\t"))
    found = imported("matrix_by_concurrency.md").figures.figures
    assert len(found) == len(by_hand) == 27
    for figure, row in zip(found, by_hand, strict=True):
        assert figure.target.removesuffix("_app") == row["target"]
        assert (figure.metric, figure.printed) == ("throughput.closed.*", row["printed"])
        assert figure.low == figure.high == float(row["value"])
        level, *_ = row["conditions"].split("; ")
        assert figure.conditions == (level, "15 s", "8 threads of the load tool")


def test_a_matrix_is_judged_at_its_own_levels(reference: Summary) -> None:
    page = imported("matrix_by_concurrency.md").figures
    judged = judge(page, reference, load_targets(ROOT))
    assert judged.contradictions == ()
    measured = {
        one.subject.target for one in reference.results if one.metric == "throughput.closed.c64" and one.estimate
    }
    assert {one.figure.target for one in judged.judgements} & measured >= {"flask_app", "gin_app"}
    for one in judged.judgements:
        at_64 = "concurrency 64" in one.figure.conditions
        if one.figure.target in measured and at_64:
            assert [piece.metric for piece in one.evidence] == ["throughput.closed.c64"]
        else:
            assert one.verdict is Verdict.NOT_MEASURED


# Ratios and shared conditions.


def test_a_page_about_its_own_project_has_its_ratios_over_the_named_frameworks(reference: Summary) -> None:
    page = imported("compiled_core.md")
    found = Counter((one.target, one.of) for one in page.figures.figures)
    assert found == {
        ("this_one", None): 4,
        ("flask_app", None): 3,
        ("fastapi_app", None): 3,
        ("this_one", "flask_app"): 4,
        ("this_one", "fastapi_app"): 1,
    }
    cells = [one for one in page.figures.figures if one.section == "Benchmark"]
    load = ("4 workers", "100 connections", "4 threads of the load tool", "15 s")
    assert [one.conditions[1:] for one in cells] == [load] * 12
    assert Counter(one.conditions[0] for one in cells) == {"Plain Text": 4, "JSON": 4, "Dynamic Path": 4}
    assert reasons(page) == [
        ("50x+ faster than what you have", "a comparison with something that the page does not name")
    ]
    assert judge(page.figures, reference, load_targets(ROOT)).contradictions == ()


def test_two_servers_of_one_framework_are_conditions_and_their_differences_are_not_placed(reference: Summary) -> None:
    page = imported("two_servers.md")
    assert [(one.printed, one.target, one.conditions) for one in page.figures.figures] == [
        (printed, "flask_app", (server,))
        for pair in (("1092", "900"), ("7.7 ms", "33.2 ms"), ("9.22 %", "71.62 %"), ("90.3 MB", "27.5 MB"))
        for printed, server in zip(pair, ("gunicorn", "development server"), strict=True)
    ]
    two = "a comparison of two set-ups of one framework, which a figures file can't state"
    differences = ["+21.33 %", "-76.85 %", "-62.40 %", "+228.51 %"]
    assert reasons(page) == [
        ("1.21x as fast", "a comparison with something that the page does not name"),
        *((printed, two) for printed in differences),
    ]
    assert judge(page.figures, reference, load_targets(ROOT)).contradictions == ()


# Pages of other styles, each figure by hand.

RATE, LATENCY, MEMORY = "throughput.closed.*", "latency.*", "memory.*"


def test_a_blog_with_a_table_of_merged_heads_and_footnotes() -> None:
    page = imported("blog.html")
    assert [short(one) for one in page.figures.figures] == [
        *(("41.37", "flask_app", LATENCY), ("120.5", "flask_app", LATENCY), ("2,413", "flask_app", RATE)),
        ("48\u00a0MB", "flask_app", MEMORY),
        *(("18.2", "fastapi_app", LATENCY), ("66.1", "fastapi_app", LATENCY), ("5,480", "fastapi_app", RATE)),
        ("61\u00a0MB", "fastapi_app", MEMORY),
        *(("2.94", "gin_app", LATENCY), ("9.80", "gin_app", LATENCY), ("34,012", "gin_app", RATE)),
        ("14.5\u00a0MiB", "gin_app", MEMORY),
        ("about 480\u00a0ms to start up", "flask_app", "cold_start.ready"),
        ("< 20 ms", "gin_app", "cold_start.ready"),
        ("24x faster than Flask", "gin_app / flask_app", "cold_start.ready"),
    ]  # fmt: skip
    assert reasons(page) == [(printed, "two frameworks stand before it") for printed in ("5,480", "34,012 req/s")]
    by_text = {one.printed: one for one in page.figures.figures}
    load = {"100 connections", "keep-alive", "1 CPU", "4 threads of the load tool", "30s"}
    assert set(by_text["120.5"].conditions) == {"p99", "gunicorn", *load}
    assert set(by_text["5,480"].conditions) == {"uvicorn", *load}
    assert set(by_text["34,012"].conditions) == load
    assert (page.figures.title, page.figures.date) == ("Flask vs FastAPI vs Gin: a benchmark", "2024-03-09")
    assert page.figures.source == "https://blog.example/flask-fastapi-gin"


def test_a_readme_with_rows_of_frameworks_and_html_inside() -> None:
    page = imported("readme.md")
    assert [short(one) for one in page.figures.figures] == [
        ("Up to 40x faster than Flask", "speedy / flask_app", RATE),
        *(("85.2k", "gin_app", RATE), ("71.9k", "gin_app", RATE), ("1.9 ms", "gin_app", LATENCY)),
        *(("~2.1k", "flask_app", RATE), ("1.9k", "flask_app", RATE), ("88 ms", "flask_app", LATENCY)),
        *(("102K", "speedy", RATE), ("88K", "speedy", RATE), ("870 µs", "speedy", LATENCY)),
        *(("11.2 MiB", "gin_app", MEMORY), ("38.9 MiB", "flask_app", MEMORY)),
    ]
    by_text = {one.printed: one for one in page.figures.figures}
    assert by_text["85.2k"].low == 85_200
    assert by_text["1.9k"].conditions == ("JSON", "gunicorn", "4 workers", "64 connections", "10s")
    assert by_text["38.9 MiB"].conditions == ("at rest",)
    assert reasons(page) == [("", "the cell is a picture")]


def test_a_page_with_the_output_of_wrk_and_ab() -> None:
    page = imported("wrk_in_pre.html")
    assert [(*short(one), one.stated.statistic) for one in page.figures.figures] == [
        ("1.72ms", "gin_app", LATENCY, "mean"),
        ("1.40ms", "gin_app", LATENCY, "p50"),
        ("2.01ms", "gin_app", LATENCY, None),  # there is no p75 here: it stays the page's word
        ("2.90ms", "gin_app", LATENCY, "p90"),
        ("5.10ms", "gin_app", LATENCY, "p99"),
        ("33768.51", "gin_app", RATE, None),
        ("2427.18", "flask_app", RATE, None),
        ("4.120", "flask_app", LATENCY, "mean"),
        ("4", "flask_app", LATENCY, "p50"),
        ("11", "flask_app", LATENCY, "p99"),
    ]
    connections = [one.stated.connections for one in page.figures.figures]
    assert connections == [100] * 6 + [10] * 4
    assert reasons(page) == [
        ("8.51k", "the rate of one thread of wrk, not of the server"),
        ("0.412", "the inverse of the rate, not a latency"),
    ]


def test_a_german_page() -> None:
    page = imported("german.html")
    assert [(one.printed, one.target, one.low) for one in page.figures.figures] == [
        *(("1.234,5", "flask_app", 1234.5), ("1,2 Mio.", "gin_app", 1.2e6)),
        *(("2.500", "flask_app", 2500), ("34.012", "gin_app", 34_012)),
        *(("41,37", "flask_app", pytest.approx(0.04137)), ("2,94", "gin_app", pytest.approx(0.00294))),
        *(("ca. 48 MB", "flask_app", 48e6), ("14,5 MiB", "gin_app", 14.5 * 2**20)),
        ("Latenz von 80 ms", "flask_app", pytest.approx(0.08)),
    ]
    assert page.unplaced == ()


def test_a_comparison_with_rows_of_quantities_and_a_column_of_units() -> None:
    page = imported("metrics_as_rows.md")
    assert [(*short(one), one.low, one.high) for one in page.figures.figures] == [
        ("1,150", "django_app", RATE, 1150, 1150),
        ("2,310", "flask_app", RATE, 2310, 2310),
        ("15 700", "express", RATE, 15_700, 15_700),
        ("43.1 ms ± 2.2 ms", "django_app", LATENCY, pytest.approx(0.0431), pytest.approx(0.0431)),
        ("21.6 ms ± 900 µs", "flask_app", LATENCY, pytest.approx(0.0216), pytest.approx(0.0216)),
        ("3.2 ms", "express", LATENCY, pytest.approx(0.0032), pytest.approx(0.0032)),
        ("62-70 MB", "django_app", MEMORY, 62e6, 70e6),
        ("35 MB", "flask_app", MEMORY, 35e6, 35e6),
        ("48 MB", "express", MEMORY, 48e6, 48e6),
        ("50-65% less than Django", "flask_app / django_app", MEMORY, 0.5, 0.65),
    ]
    assert page.figures.figures[4].tolerance == pytest.approx(900e-6)
    assert reasons(page) == [
        *((printed, "unknown unit 'flops'") for printed in ("0.02", "0", "0")),
        ("3", "no unit is printed with it, in its label or in its head"),
        ("10", "its cell names another framework"),
        ("20 ms", "its cell names another framework"),
    ]


def test_a_ranking_with_shares_of_the_best() -> None:
    page = imported("techempower_like.html")
    assert [(*short(one), one.conditions) for one in page.figures.figures] == [
        ("1,024,117", "fiber", RATE, ("256 connections",)),
        ("511,003", "gin_app", RATE, ("256 connections",)),
        ("61,882", "flask_app", RATE, ("256 connections",)),
    ]
    shares = [printed for printed, reason in reasons(page) if reason == "a share of a number that is not named"]
    assert shares == ["100.0%", "49.9%", "6.0%"]


def test_sections_with_lines_of_label_and_value() -> None:
    page = imported("sections.md")
    start, image, binary = "cold_start.ready", "footprint.image", "footprint.binary"
    assert [(*short(one), one.stated.statistic) for one in page.figures.figures] == [
        ("1,500 req/s", "flask_app", RATE, None),
        ("45 ms avg latency", "flask_app", LATENCY, "mean"),
        ("50 MB memory", "flask_app", MEMORY, None),
        ("25,000 req/s", "gin_app", RATE, None),
        ("3 ms avg latency", "gin_app", LATENCY, "mean"),
        ("8 MB memory", "gin_app", MEMORY, None),
        ("1,200", "flask_app", RATE, None),
        ("45 MB", "flask_app", MEMORY, None),
        ("12.5 ms", "flask_app", LATENCY, "mean"),
        ("120 MB", "flask_app", image, None),
        ("~1.2M", "gin_app", RATE, None),
        ("20–30ms", "gin_app", LATENCY, "p99"),
        ("12 MB", "gin_app", binary, None),
        ("0.5s", "gin_app", start, None),
        ("10× faster than Flask", "gin_app / flask_app", RATE, None),
        ("80k stars on GitHub", "gin_app", None, None),
    ]
    assert reasons(page) == [
        ("used 5x less memory", "a comparison with something that the page does not name"),
        *((version, "a number without a unit") for version in ("3.12", "1.22")),
    ]


def test_a_table_with_the_quantity_in_each_row_and_one_with_workers() -> None:
    page = imported("labels_in_rows.md")
    assert [(*short(one), one.conditions) for one in page.figures.figures] == [
        ("1,234.56", "flask_app", RATE, ("gunicorn",)),
        ("45,678.90", "gin_app", RATE, ()),
        ("12,345.67", "express", RATE, ()),
        ("81.2ms", "flask_app", LATENCY, ("gunicorn", "avg")),
        ("2.1ms", "gin_app", LATENCY, ("avg",)),
        ("45,678", "gin_app", RATE, ()),
        ("37x", "gin_app / flask_app", RATE, ()),
        ("12,345", "express", RATE, ()),
        ("10x", "express / flask_app", RATE, ()),
        ("1,234", "flask_app", RATE, ()),
        ("1,100", "flask_app", RATE, ("1 worker",)),
        ("20,000", "gin_app", RATE, ("1 worker",)),
        ("4,200", "flask_app", RATE, ("4 workers",)),
        ("61,000", "gin_app", RATE, ("4 workers",)),
    ]
    assert page.unplaced == ()


def test_a_page_of_definitions_sentences_and_a_table_without_a_head() -> None:
    page = imported("definition_list.html")
    assert [(*short(one), one.states) for one in page.figures.figures] == [
        ("2,300 requests per second", "flask_app", RATE, None),
        ("85 MB", "django_app", MEMORY, None),
        ("~250ms", "flask_app", "cold_start.ready", None),
        ("serves about 2.3k requests per second", "flask_app", RATE, None),
        ("p95 latency stays under 80ms", "flask_app", LATENCY, None),
        *(
            (printed, "django_app / flask_app", of, None)
            for printed, of in (("30% slower", RATE), ("2x more memory", MEMORY))
        ),
        ("handled 1,600 requests/sec", "django_app", RATE, None),
        *(("35MB", "flask_app", MEMORY, None), ("80MB", "django_app", MEMORY, None)),
        *(("2,300", "flask_app", RATE, None), ("1,600", "django_app", RATE, None)),
        *(("No", "flask_app", "attribute.admin", "no"), ("Yes", "django_app", "attribute.admin", "yes")),
        *(("66k", "flask_app", None, None), ("76k", "django_app", None, None)),
    ]
    assert page.unplaced == ()


# Pages with nothing to find.


@pytest.mark.parametrize(
    "text", ["", "# A page\n\nWords, and no number.\n", "<html><body><img src=chart.png></body></html>"]
)
def test_a_page_without_numbers_is_a_finding(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FindingError, match="no figures on this page"):
        import_page(path, {})


def test_numbers_without_a_framework_are_listed_with_the_reason(tmp_path: Path) -> None:
    page = imported_text("# Coffee\n\n| Bean | Roast |\n|---|---|\n| Arabica | 12 minutes |\n")
    assert page.figures.figures == ()
    assert reasons(page) == [("12 minutes", "its table names no framework")]
    assert read_again(page, tmp_path) == ()


def test_a_page_in_a_language_that_is_not_known_keeps_what_its_signs_say() -> None:
    page = imported_text(
        "# Flask ja Gin\n\n| | Flask | Gin |\n|---|---|---|\n| Pyyntöjä | 1200 req/s | 1,234 req/s |\n"
    )
    assert [short(one) for one in page.figures.figures] == [("1200 req/s", "flask_app", RATE)]
    assert reasons(page) == [
        ("1,234 req/s", "'1,234' has two readings, 1234 and 1.234, and the page does not tell which")
    ]


def test_facts_that_live_online_are_named_where_all_their_figures_are_counts(tmp_path: Path) -> None:
    page = imported_text(
        "| Metric | Flask | Gin |\n|---|---|---|\n| GitHub Stars | 68412 | 78290 |\n"
        "| Weekly Downloads (thousands) | 850 | 120 |\n| Stack Overflow Questions (ms) | 40 | 50 |\n"
    )
    assert {figure.label: figure.online for figure in read_again(page, tmp_path)} == {
        "GitHub Stars": Fact.STARS,
        "Weekly Downloads": Fact.WEEKLY_DOWNLOADS,
        "Stack Overflow Questions": None,
    }
