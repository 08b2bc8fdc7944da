"""`harness selftest`: its output, its exit codes, and its lock of the machine."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import jsonschema
import pytest

from harness import cli
from harness.documents import schema_of
from harness.machine_lock import OWN_LOCK, machine_lock
from harness.selftest import registry
from harness.selftest.checks import Check, Findings, Row
from harness.units import Unit

if TYPE_CHECKING:
    from pathlib import Path

    from harness.selftest.rig import Lab

LATE = Check("lateness p99", 0, 0.00025, 0.0001, Unit.SECOND)
SLOPE = Check("slope", 1, 1.0004, 0.005)
BARE = Check("bare loop p99", 0, 0.0015, 0.0001, Unit.SECOND)


def row(name: str, *checks: Check, live: bool = False, yardsticks: tuple[Check, ...] = ()) -> Row:
    def run(_lab: Lab) -> Findings:
        return Findings(checks, f"how {name} was measured", yardsticks)

    return Row(name, run, live=live)


def harness(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["harness", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Replace the rows of the command."""
    known: list[Row] = []
    find = registry.find_rows
    monkeypatch.setattr(registry, "find_rows", lambda names: find(names, known))
    return known


@pytest.fixture(autouse=True)
def _own_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(OWN_LOCK, str(tmp_path / "lock"))


def test_a_row_that_only_computes_runs_beside_a_measurement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with machine_lock():  # another process measures, and this row does not disturb it
        assert harness(monkeypatch, "selftest", "histogram", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema_of("selftest"))
    assert [one["name"] for one in document["rows"]] == ["histogram"]
    assert (document["passed"], document["failed"]) == (1, 0)


def test_a_row_that_passes_is_printed_on_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    rows += [row("delay", SLOPE), row("other")]
    assert harness(monkeypatch, "selftest", "delay") == 0
    out, err = capsys.readouterr()
    assert err == "1 of 1: delay\n"
    assert [line.split() for line in out.splitlines()[2:]] == [
        ["delay", "passed", "1", "1.0004", "±", "0.005", "slope"],
        ["1", "passed,", "0", "failed"],
    ]


def test_a_failed_row_is_a_finding_and_every_broken_limit_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    rows += [row("delay", SLOPE), row("schedule", LATE, SLOPE), row("absent")]
    assert harness(monkeypatch, "selftest") == 1
    out, err = capsys.readouterr()
    assert "schedule: lateness p99: truth 0 µs, measured 250.0 µs, limit ± 100.0 µs" in out
    assert "schedule: how schedule was measured" in out
    assert "schedule: slope" not in out
    assert "absent" in out
    assert "how absent was measured" in out
    assert out.splitlines()[-1] == "1 passed, 2 failed"
    assert "error: the self-test failed (selftest): schedule, absent. " in err


def test_a_row_whose_yardstick_misses_its_limit_is_too_noisy_to_tell_with_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    rows += [row("delay", SLOPE), row("schedule", LATE, yardsticks=(BARE,))]
    assert harness(monkeypatch, "selftest") == 5
    out, err = capsys.readouterr()
    assert "bare loop p99: truth 0 µs, measured 1.500 ms, limit ± 100.0 µs" in out
    assert "schedule: how schedule was measured" in out
    assert out.splitlines()[-1] == "1 passed, 0 failed, 1 too noisy to tell"
    assert "error: this machine is too noisy to tell (selftest): schedule. " in err


def test_a_failed_row_decides_the_exit_code_also_beside_one_that_is_too_noisy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    rows += [row("delay", LATE), row("schedule", LATE, yardsticks=(BARE,))]
    assert harness(monkeypatch, "selftest", "--json") == 1
    out, err = capsys.readouterr()
    assert [one["outcome"] for one in json.loads(out)["rows"]] == ["failed", "too_noisy"]
    assert "error: the self-test failed (selftest): delay. " in err


def test_an_interrupt_says_how_many_rows_had_passed_and_nothing_of_a_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    def stop(_lab: Lab) -> Findings:
        os.kill(os.getpid(), signal.SIGINT)
        return Findings((SLOPE,), "not reached")

    rows += [row("delay", SLOPE), row("schedule", LATE), Row("queue", stop, live=False), row("stall", SLOPE)]
    assert harness(monkeypatch, "selftest") == 130
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "all rows take about 5 minutes on an idle machine"
    assert err.splitlines()[-1] == "error: interrupted (selftest): signal 2. 1 of 4 rows had passed."


def test_json_is_printed_before_the_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    rows.append(row("schedule", LATE))
    assert harness(monkeypatch, "selftest", "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["rows"][0]["passed"] is False
    assert document["failed"] == 1


def test_an_unknown_row_exits_with_the_code_of_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(monkeypatch, "selftest", "histogramm") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "unknown row (histogramm)" in err
    assert "Did you mean 'histogram'?" in err


def test_a_live_row_does_not_start_beside_a_measurement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rows: list[Row]
) -> None:
    rows.append(row("delay", SLOPE, live=True))
    with machine_lock():
        assert harness(monkeypatch, "selftest") == 3
    assert "another run is measuring" in capsys.readouterr().err
    assert harness(monkeypatch, "selftest") == 0


def test_the_schema_command_prints_the_schema_of_the_self_test(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(monkeypatch, "schema", "selftest") == 0
    assert {"rows", "passed", "failed"} <= set(json.loads(capsys.readouterr().out)["properties"])
