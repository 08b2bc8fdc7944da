"""Files of values separated by commas, semicolons or tabs: each becomes the table that a person sees in it."""

from collections import Counter
from pathlib import Path

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.importing import ImportedFile, figures_file, import_page
from tests.figures.importing.imported import TITLES, imported_text, read_again, reasons

RATE, LATENCY, MEMORY = "throughput.closed.*", "latency.*", "memory.*"
SIX = {
    ("flask_app", RATE, 2413.5),
    ("flask_app", LATENCY, 0.0412),
    ("flask_app", MEMORY, 48e6),
    ("gin_app", RATE, 34012),
    ("gin_app", LATENCY, 0.00294),
    ("gin_app", MEMORY, 14.5e6),
}
# The same six numbers, as programs and people write them.
FILES = {
    "a program's": "Framework,RPS,p99 (ms),Memory (MB)\nFlask,2413.5,41.2,48\nGin,34012,2.94,14.5\n",
    "a German spreadsheet's": "Framework;Anfragen pro Sekunde;Latenz p99 (ms);Arbeitsspeicher (MB)\n"
    "Flask;2.413,5;41,2;48\nGin;34.012;2,94;14,5\n",
    "Excel's": 'sep=;\r\n"Framework";"RPS";"p99 (ms)";"Memory (MB)"\r\n"Flask";"2413,5";"41,2";"48"\r\n'
    '"Gin";"34012";"2,94";"14,5"\r\n',
    "tabs": "Framework\tRPS\tp99 (ms)\tMemory (MB)\nFlask\t2,413.5\t41.2\t48\nGin\t34,012\t2.94\t14.5\n",
    "all quoted": '"Framework","RPS","p99 (ms)","Memory (MB)"\n'
    '"Flask","2,413.5","41.2","48"\n"Gin","34,012","2.94","14.5"\n',
    "spaces": 'Framework, RPS, p99 (ms), Memory (MB)\nFlask, "2,413.5", 41.2, 48\nGin, "34,012", 2.94, 14.5\n',
    "names of variables": "framework,requests_per_sec,latency_p99_ms,memory_mb\n"
    "flask,2413.5,41.2,48\ngin,34012,2.94,14.5\n",
    "short names of variables": "name,req_s,p99_ms,rss_mb\nFlask,2413.5,41.2,48\nGin,34012,2.94,14.5\n",
    "columns of frameworks": "Metric,Flask,Gin\nRPS,2413.5,34012\np99 (ms),41.2,2.94\nmemory_mb,48,14.5\n",
    "units in the cells": "Framework,Throughput,p99,Memory\nFlask,2413.5 req/s,41.2 ms,48 MB\n"
    "Gin,34012 req/s,2.94 ms,14.5 MB\n",
    "a row of units": "Framework,Throughput,p99,Memory\n,req/s,ms,MB\nFlask,2413.5,41.2,48\nGin,34012,2.94,14.5\n",
    "a title and notes": "Our tests of March,,,\n,,,\nFramework,RPS,p99 (ms),Memory (MB)\nFlask,2413.5,41.2,48\n"
    "Gin,34012,2.94,14.5\n",
    "a comment": "# Written by our script, see the wiki\nFramework,RPS,p99 (ms),Memory (MB)\nFlask,2413.5,41.2,48\n"
    "Gin,34012,2.94,14.5\n",
    "two tables": "Framework,RPS\nFlask,2413.5\nGin,34012\n\nFramework,p99 (ms),Memory (MB)\nFlask,41.2,48\n"
    "Gin,2.94,14.5\n",
    "a number a row": "framework,metric,value,unit\nFlask,throughput,2413.5,req/s\nFlask,p99 latency,41.2,ms\n"
    "Flask,memory,48,MB\nGin,throughput,34012,req/s\nGin,p99 latency,2.94,ms\nGin,memory,14.5,MB\n",
    "a number a row in German": "Framework;Messgröße;Wert;Einheit\nFlask;Durchsatz;2413,5;Anfragen/s\n"
    "Flask;Latenz p99;41,2;ms\nFlask;Speicher;48;MB\nGin;Durchsatz;34012;Anfragen/s\nGin;Latenz p99;2,94;ms\n"
    "Gin;Speicher;14,5;MB\n",
    "a number a row without units": "framework,metric,value\nFlask,requests_per_second,2413.5\n"
    "Flask,latency_p99_ms,41.2\nFlask,memory_mb,48\nGin,requests_per_second,34012\nGin,latency_p99_ms,2.94\n"
    "Gin,memory_mb,14.5\n",
}


def six(file: ImportedFile) -> set[tuple[str, str | None, float]]:
    return {(one.target, one.metric, float(f"{one.low:.9g}")) for one in file.figures.figures}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_the_same_numbers_are_found_however_they_are_separated(text: str) -> None:
    file = imported_text(text, "results.csv")
    assert six(file) == SIX
    assert len(file.figures.figures) == len(SIX)
    assert {one.stated.statistic for one in file.figures.figures if one.metric == LATENCY} == {"p99"}
    assert not find_contradictions(file.figures)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_each_number_stands_at_its_line_and_column(text: str, tmp_path: Path) -> None:
    file = imported_text(text, "results.csv")
    lines = text.split("\n")
    sections = [one for group in file.file.groups for one in group.figures]
    assert sections
    for one in sections:
        assert one.place is not None
        assert lines[one.place[0] - 1][one.place[1] - 1 :].startswith(one.printed)
    assert Counter(read_again(file, tmp_path)) == Counter(file.figures.figures)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("with a mark of the byte order.csv", FILES["a German spreadsheet's"].encode("utf-8-sig")),
        ("of an old spreadsheet.csv", FILES["a number a row in German"].encode("cp1252")),
        ("Unicode text of a spreadsheet.txt", FILES["tabs"].encode("utf-16")),
        ("results.tsv", FILES["tabs"].encode()),
    ],
)
def test_a_file_is_read_in_the_code_in_which_it_is_saved(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert six(figures_file(import_page(path, TITLES))) == SIX


def test_other_columns_of_a_row_are_its_conditions() -> None:
    text = "Framework,Test,Connections,RPS\nFlask,JSON,64,2413.5\nFlask,JSON,256,2390.1\nGin,JSON,64,34012\n"
    file = imported_text(text, "results.csv")
    assert [(one.low, one.conditions) for one in file.figures.figures] == [
        (2413.5, ("JSON", "64 connections")),
        (2390.1, ("JSON", "256 connections")),
        (34012, ("JSON", "64 connections")),
    ]
    german = "Framework;Verbindungen;Kerne;Anfragen/s\nFlask;64;2;2413,5\n"
    (figure,) = imported_text(german, "results.csv").figures.figures
    assert (figure.stated.connections, figure.stated.cpus) == (64, 2)


def test_a_column_of_frameworks_is_told_by_its_head_where_none_is_known() -> None:
    file = imported_text("framework,rps\nours,51000\ntheirs,1200\n", "results.csv")
    assert [(one.target, one.low) for one in file.figures.figures] == [("ours", 51000), ("theirs", 1200)]


def test_a_file_without_heads_gives_no_number_a_meaning() -> None:
    file = imported_text("Flask,2413.5,41.2\nGin,34012,2.94\n", "results.csv")
    assert file.figures.figures == ()
    assert {reason for _, reason in reasons(file)} == {"no unit is printed with it, in its label or in its head"}


def test_the_name_of_the_file_tells_the_framework_where_the_table_does_not() -> None:
    text = "metric,value,unit\nrps,2413.5,req/s\np99 latency,41.2,ms\n"
    for name in ("flask_results.csv", "Flask.csv", "bench-flask_app.csv"):
        assert {one.target for one in imported_text(text, name).figures.figures} == {"flask_app"}, name
    for name in ("results.csv", "echo_results.csv", "spring_2024.csv"):
        assert imported_text(text, name).figures.figures == (), name


def test_points_and_commas_of_unknown_meaning_are_left_out() -> None:
    file = imported_text("Framework;Requests/s\nFlask;1.234\nGin;34.012\n", "results.csv")
    assert file.figures.figures == ()
    assert [printed for printed, reason in reasons(file) if "two readings" in reason] == ["1.234", "34.012"]


# Numbers that look like figures and are none.
NO_FIGURES = {
    "a date": ("Date", "2024-05-03"),
    "a German date": ("Datum", "03.05.2024"),
    "a date with bars": ("Date", "05/03/2024"),
    "a moment": ("Timestamp", "2024-05-03T12:30:05Z"),
    "seconds since 1970": ("timestamp", "1714736405"),
    "a time of day": ("Time", "12:30:05"),
    "a version": ("Version", "3.0.2"),
    "a short version": ("Version", "3.12"),
    "a price": ("Price ($)", "55.00"),
    "a price in euros": ("Preis", "1.299,00 €"),
    "a number of an item": ("id", "48213"),
    "a phone": ("Phone", "+49 170 1234567"),
    "a port": ("Port", "8080"),
    "an address": ("Host", "127.0.0.1:8000"),
    "a commit": ("Commit", "1234567"),
    "a rank": ("Rang", "1"),
    "a seed": ("seed", "42"),
    "a duration": ("duration_s", "30"),
    "a count": ("Requests", "724050"),
    "a count of failures": ("Failures", "12"),
    "bytes per second": ("throughput_mbps", "8.35"),
    "bytes per second with a bar": ("Throughput MB/s", "8.35"),
    "a deviation": ("latency_std_ms", "1.25"),
    "a deviation in brackets": ("Latency stddev (ms)", "1.25"),
    "an end of an interval": ("rps_ci_low", "2290.5"),
    "a share": ("Share (%)", "12"),
    "failures per second": ("Failed requests/s", "3.5"),
    "an offered rate": ("target_rps", "5000"),
    "a threshold": ("Requests under 100 ms", "9120"),
}


@pytest.mark.parametrize(("head", "cell"), NO_FIGURES.values(), ids=NO_FIGURES.keys())
def test_what_looks_like_a_figure_and_is_none_decides_nothing(head: str, cell: str) -> None:
    file = imported_text(f"Framework\tRPS\t{head}\nFlask\t2413.5\t{cell}\nGin\t34012.5\t{cell}\n", "results.tsv")
    judged = [(one.printed, one.metric) for one in file.figures.figures if one.metric is not None]
    assert judged == [("2413.5", RATE), ("34012.5", RATE)]


def test_the_other_columns_of_a_number_a_row_are_not_in_its_unit() -> None:
    text = "framework,metric,value,low,high,n,unit\nFlask,p99 latency,41.2,39.5,43.0,5,ms\n"
    assert [one.printed for one in imported_text(text, "results.csv").figures.figures] == ["41.2"]


def test_an_unknown_unit_of_a_row_is_said() -> None:
    file = imported_text("framework,metric,value,unit\nFlask,energy,41.2,kWh\nFlask,rps,900,req/s\n", "results.csv")
    assert [one.printed for one in file.figures.figures] == ["900"]
    assert ("41.2", "unknown unit 'kWh'") in reasons(file)


# Files that no program should write, and people do.


def test_rows_of_other_lengths_keep_their_own_values() -> None:
    file = imported_text("Framework,RPS,p99 (ms)\nFlask,2413.5\nGin,34012,2.94,extra,7\n\n", "results.csv")
    assert [(one.target, one.printed) for one in file.figures.figures] == [
        ("flask_app", "2413.5"),
        ("gin_app", "34012"),
        ("gin_app", "2.94"),
    ]


@pytest.mark.parametrize("cell", ["", "-", "n/a", "NaN", "null", "#DIV/0!", "#REF!", "TBD"])
def test_a_cell_without_a_number_is_no_figure(cell: str) -> None:
    file = imported_text(f"Framework,RPS\nFlask,{cell}\nGin,34012\n", "results.csv")
    assert [one.printed for one in file.figures.figures] == ["34012"]
    assert file.unplaced == ()


def test_a_quotation_mark_that_is_not_closed_takes_no_number_of_another_row() -> None:
    rows = "".join(f"Gin,{1000 + row}\n" for row in range(200))
    file = imported_text(f'Framework,RPS\nFlask,2413.5\nGin,"34012\n{rows}', "results.csv")
    assert [one.printed for one in file.figures.figures] == ["2413.5"]
    assert file.unplaced


def test_a_value_that_is_too_long_ends_the_reading_and_is_said() -> None:
    file = imported_text(f'Framework,RPS\nFlask,2413.5\n"{"x" * 200_000}",1\nGin,34012\n', "results.csv")
    assert [one.printed for one in file.figures.figures] == ["2413.5"]
    assert any("left out" in reason for _, reason in reasons(file))


def test_columns_beyond_the_widest_table_are_left_out_and_said() -> None:
    heads = "".join(f",p99 {number} (ms)" for number in range(300))
    file = imported_text(f"Framework{heads}\nFlask{',1.5' * 300}\n", "results.csv")
    assert len(file.figures.figures) == 199
    assert any("left out" in reason for _, reason in reasons(file))


def test_an_empty_file_has_no_table() -> None:
    for text in ("", "\n\n", ",,,\n,,\n", "Framework,RPS\n", "sep=;\n", "Framework"):
        assert imported_text(text, "results.csv").figures.figures == ()


def test_a_text_with_tabs_here_and_there_stays_a_text() -> None:
    file = imported_text("Flask vs Gin\n\nFlask served 2413 req/s.\tGin served 34012 req/s.\nEnd\n", "page.txt")
    assert [one.low for one in file.figures.figures] == [2413, 34012]


def test_rows_of_one_framework_under_the_same_conditions_are_runs_that_may_differ() -> None:
    file = imported_text("run,framework,rps\n1,flask,1850\n2,flask,1862\n1,gin,42310\n2,gin,42100\n", "results.csv")
    assert [one.low for one in file.figures.figures] == [1850, 1862, 42310, 42100]
    assert not find_contradictions(file.figures)
    apart = imported_text("framework,scenario,rps\nflask,small,1850\nflask,large,1200\n", "results.csv")
    assert not find_contradictions(apart.figures)


@pytest.mark.parametrize("head", ["requests/s (min)", "Latency (min)", "Startup (min)"])
def test_min_in_brackets_is_not_taken_for_minutes(head: str) -> None:
    file = imported_text(f"Framework,{head}\nFlask,1801\n", "results.csv")
    assert all(one.unit.name != "minutes" for one in file.figures.figures)


def test_a_unit_in_brackets_is_no_condition() -> None:
    (figure,) = imported_text("Framework;Mémoire (Mo)\nFlask;92,4\n", "results.csv").figures.figures
    assert (figure.low, figure.conditions) == (92.4e6, ())
