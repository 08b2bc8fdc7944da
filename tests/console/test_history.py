"""The histories of machines on the terminal."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness import console
from harness.model import FEWEST_RUNS, LevelChange, MachineHistory, Point, Series
from harness.units import Unit
from tests.trials import FLASK, GIN

CONDITIONS: dict[str, str | int | None] = {"cpu": "AMD EPYC", "runtime": "docker", "profile": "quick"}


def series(numbers: Sequence[float], *changes: LevelChange, of: object = FLASK) -> Series:
    points = tuple(
        Point(f"run-{n}", f"2026-01-{n + 1:02}T10:00:00+00:00", None, number, number, number)
        for n, number in enumerate(numbers)
    )
    looked = changes if len(numbers) >= FEWEST_RUNS else None
    return Series(FLASK if of is FLASK else GIN, "hello", "throughput.closed.c32", Unit.PER_SECOND, points, looked)


def shown(capsys: pytest.CaptureFixture[str], *found: Series) -> list[str]:
    runs = max(found, key=lambda one: len(one.points)).points
    console.show_history(MachineHistory(CONDITIONS, tuple(one.run for one in runs), found))
    return capsys.readouterr().out.splitlines()


def test_each_headline_has_the_numbers_of_its_newest_runs(capsys: pytest.CaptureFixture[str]) -> None:
    memory = Series(FLASK, None, "memory.loaded", Unit.BYTE, series([33 * 2**20, 34 * 2**20]).points, None)
    lines = shown(capsys, series([6000.0, 6060.0]), memory)
    assert lines == [
        "AMD EPYC, docker, profile quick: 2 runs",
        "target             headline           01-01  01-02",
        "flask_app:gthread  throughput, hello  6,000  6,060  req/s",
        "flask_app:gthread  loaded memory       33.0   34.0  MiB",
        "a change of level is looked for in 8 runs or more; there are 2",
    ]


def test_the_heading_has_the_conditions_by_which_equal_headings_differ(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = (
        MachineHistory({**CONDITIONS, "target_cpus": 1, "requests": requests}, ("run-0",), (series([6000.0]),))
        for requests in ("standard", "0123abcd")
    )
    unlike = MachineHistory({**CONDITIONS, "profile": "smoke", "target_cpus": 2}, ("run-0",), (series([6000.0]),))
    for machine in (one, other, unlike):
        console.show_history(machine, (one, other, unlike))
    headings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("AMD")]
    assert headings == [
        "AMD EPYC, docker, profile quick, requests standard: 1 run",
        "AMD EPYC, docker, profile quick, requests 0123abcd: 1 run",
        "AMD EPYC, docker, profile smoke: 1 run",
    ]


def test_a_run_without_the_number_of_a_headline_has_a_dash_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = series([4040.0, 1640.0, 5000.0, 5100.0])
    first_two = replace(numbers, points=numbers.points[:2])
    last = replace(numbers, points=numbers.points[3:])
    lines = shown(capsys, numbers, first_two, last)
    assert lines[1:5] == [
        "target             headline           01-01  01-02  01-03  01-04",
        "flask_app:gthread  throughput, hello  4,040  1,640  5,000  5,100  req/s",
        "flask_app:gthread  throughput, hello  4,040  1,640      –      –  req/s",
        "flask_app:gthread  throughput, hello      –      –      –  5,100  req/s",
    ]


def test_a_narrow_terminal_has_the_columns_of_fewer_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = shown(capsys, series([4040.0, 1640.0, 5000.0, 5100.0]))
    assert lines[1:3] == [
        "target     headline           01-02  01-03  01-04",
        "flask_app  throughput, hello  1,640  5,000  5,100  req/s",
    ]


def test_the_scenarios_are_said_where_they_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    found = MachineHistory({**CONDITIONS, "scenarios": "hello, shop"}, ("run-0",), (series([1.0]),))
    console.show_history(found)
    assert "AMD EPYC, docker, profile quick (hello, shop): 1 run" in capsys.readouterr().out.splitlines()


def test_what_all_headlines_share_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, *[series([6000.0])] * 30)
    assert [line for line in lines if "change of level" in line] == [
        "a change of level is looked for in 8 runs or more; there is 1"
    ]
    assert len(lines) == 30 + 3


def test_only_the_newest_numbers_are_printed_and_each_change_of_level(capsys: pytest.CaptureFixture[str]) -> None:
    numbers = [*[5000.0] * 5, *[6000.0, 6010.0, 6020.0, 6030.0, 6040.0]]
    lines = shown(capsys, series(numbers, LevelChange("run-5", 1.2)), series(numbers, of=GIN))
    assert "6,010  6,020  6,030  6,040  req/s" in lines[2]
    assert "6,000" not in lines[2]
    assert lines[4:] == [
        "from 2026-01-06 (run-5) on: flask_app:gthread throughput, hello: 20.0 % higher than before",
        "no change of level in 1 of 2 headlines",
    ]
