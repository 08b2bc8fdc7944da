"""`harness report`, its options, and runs that somebody changed."""

from __future__ import annotations

import gc
import json
from dataclasses import asdict, replace
from pathlib import Path

import jsonschema
import pytest

from harness.commands.report import _FORMATS, seldom_collected
from harness.documents import schema_of
from harness.experiment.noise import SECOND, SPEED_PROBE, Second
from harness.experiment.speed_probe import ProbeReading
from harness.model import Bound, Distribution, Load, LoadKind, Measurement, Span
from harness.report import Format
from harness.store import RunFolder, Store
from harness.units import Unit
from tests.project import Shell, make_project
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def test_the_document_of_report_has_the_files_and_what_could_not_be_written(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), "r"))
    for subject in (FLASK, GIN):
        folder.append(a_trial(0, subject, Measurement("memory.idle", Unit.BYTE, 3e7)))
    monkeypatch.setattr("harness.report.exports.find_spec", lambda _: None)
    done = shell.run("report", "r", "--format", "csv,parquet", "--json")
    written = json.loads(done.out)
    jsonschema.validate(written, schema_of("report"), jsonschema.Draft202012Validator)
    assert (done.code, written["run"], written["folder"]) == (3, "r", str(folder.report))
    assert written["files"] == [str(path) for path in map(Path, written["files"]) if path.is_file()]
    assert str(folder.report / "tables" / "results.csv") in written["files"]
    (refused,) = written["unwritten"]
    assert (refused["format"], done.err) == ("parquet", f"error: {refused['message']}\n")


def test_the_help_names_every_format() -> None:
    assert f"Separated by commas: {', '.join(Format)}." == _FORMATS


@pytest.mark.parametrize("command", [("report", "r"), ("check", "--run", "r")])
def test_a_damaged_histogram_of_a_stored_run_is_a_sentence(shell: Shell, command: tuple[str, ...]) -> None:
    rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, 6000.0, "hello", Bound.TARGET)
    damaged = Distribution("hello", Load(LoadKind.CLOSED, 32), Span.SERVICE, "1:1:1:\x1b[2J")
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), "r"))
    for block in range(3):
        for subject in (FLASK, GIN):
            folder.append(replace(a_trial(block, subject, rate), distributions=(damaged,)))
    done = shell.run(*command)
    assert done.code == 2
    assert done.err.startswith("error: a histogram is damaged (1:1:1:\\x1b[2J): ")


def test_what_can_be_written_is_written_before_a_missing_package_is_an_error(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.report.exports.find_spec", lambda _: None)
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), "r"))
    for subject in (FLASK, GIN):
        folder.append(a_trial(0, subject))
    done = shell.run("report", "r", "--format", "csv,parquet,json")
    assert done.code == 3
    assert done.err.startswith("error: can't write Parquet (")
    assert "pyarrow is not installed; all other formats are written. Install it" in done.err
    assert f"{folder.report}/report.json" in done.out.splitlines()
    assert {path.suffix for path in folder.report.rglob("*") if path.is_file()} == {".csv", ".json"}
    done = shell.run("report", "r", "--format", "parquet")
    assert (done.code, done.out) == (3, "")


def test_a_run_may_be_named_by_the_option_that_check_and_explain_have(shell: Shell) -> None:
    for name in ("r", "s"):
        folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), name))
        for subject in (FLASK, GIN):
            folder.append(a_trial(0, subject))
    done = shell.run("report", "--run", "r", "--format", "json")
    assert (done.code, done.out) == (0, f"{shell.results}/r/report/report.json\n")
    done = shell.run("report", "s", "--run", "r")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: two runs (s --run r): a report is of one run. Name the run once.\n"


def test_damaged_signals_of_a_stored_run_are_said_once_and_the_others_are_reported(shell: Shell) -> None:
    folder = Store(shell.results).create(a_run(a_plan(FLASK, GIN), "r"))
    for subject in (FLASK, GIN):
        folder.append(a_trial(0, subject))
    signals = [{"block": 0, "signal": SECOND, **asdict(Second(1.0, 0.25, 0.0, 0.0, 0.0))}]
    signals.append({"block": 0, "signal": SPEED_PROBE, **asdict(ProbeReading(0.01, 0.01))})
    folder.append_signals(signals)
    path = folder.path / "signals.jsonl"
    path.write_text(f"damaged\n{path.read_text()}")
    done = shell.run("report", "r", "--format", "md")
    assert done.code == 0
    assert done.err.count("damaged signals") == done.err.count("signals.jsonl, line 1)") == 1
    assert len(RunFolder(folder.path).signals()) == len(signals)


def test_the_garbage_collector_is_as_before_after_a_report() -> None:
    usual = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_threshold() == usual
