"""Result files of suites and load tools: each figure's text stands in the file, and is the number of its row."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.figures.importing import ImportedFile, figures_file, import_page
from tests.figures.importing.imported import TITLES

INPUTS = Path(__file__).parents[1] / "audit" / "inputs"


def imported_file(path: Path) -> ImportedFile:
    return figures_file(import_page(path, TITLES))


def places_hold(file: ImportedFile) -> bool:
    lines = file.page.read_text(encoding="utf-8").split("\n")
    sections = [one for group in file.file.groups for one in group.figures]
    return all(
        lines[one.place[0] - 1][one.place[1] - 1 :].startswith(one.printed) for one in sections if one.place is not None
    )


def test_httparena_gives_rate_mean_and_p99_of_each_row() -> None:
    path = INPUTS / "httparena" / "flask.json"
    file = imported_file(path)
    rows = json.loads(path.read_text(encoding="utf-8"))["results"]
    rates = [one.printed for one in file.figures.figures if one.metric == "throughput.closed.*"]
    assert rates == [str(row["rps"]) for row in rows.values()]
    assert {one.target for one in file.figures.figures} == {"flask_app"}
    connections = [one.stated.connections for one in file.figures.figures if one.printed in rates]
    assert connections == [row["connections"] for row in rows.values()]
    assert places_hold(file)
    assert file.unplaced == ()


def test_techempower_gives_the_mean_latency_of_each_level() -> None:
    path = INPUTS / "techempower-django.json"
    file = imported_file(path)
    tests = json.loads(path.read_text(encoding="utf-8"))["rawData"]
    expected = [level["latencyAvg"] for programs in tests.values() for of in programs.values() for level in of if level]
    assert [one.printed for one in file.figures.figures] == expected
    assert {one.stated.statistic for one in file.figures.figures} == {"mean"}
    assert places_hold(file)


def test_of_very_many_rows_those_of_the_targets_are_read(tmp_path: Path) -> None:
    level = {"latencyAvg": "4.52ms", "latencyStdev": "1ms", "latencyMax": "9ms", "totalRequests": 100}
    programs = {f"program{number}": [level] for number in range(1200)}
    document = {
        "frameworks": ["flask", *programs],
        "concurrencyLevels": [64],
        "duration": 15,
        "rawData": {"json": {**programs, "flask": [{**level, "latencyAvg": "7.25ms"}]}},
    }
    path = tmp_path / "results.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    file = imported_file(path)
    assert [(one.printed, one.target, one.conditions) for one in file.figures.figures] == [
        ("7.25ms", "flask_app", ("json", "64 connections", "mean"))
    ]
    assert [one.reason for one in file.unplaced] == [
        "1,200 rows of programs that are no targets here: only a file of 1,000 rows is read whole"
    ]


@pytest.mark.parametrize("name", ["k6.json", "oha.json"])
def test_the_summary_of_a_tool_names_no_framework(name: str) -> None:
    file = imported_file(INPUTS / name)
    assert file.figures.figures == ()
    assert {one.reason for one in file.unplaced} == {"the summary of a load tool names no framework"}


def test_other_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(UsageError, match="fit no known format"):
        import_page(path, TITLES)
