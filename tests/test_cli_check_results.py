"""`harness check` with result files: what it prints, its document and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.documents import schema_of
from tests.checkout import ROOT
from tests.project import Shell, make_project

INPUTS = ROOT / "tests" / "figures" / "audit" / "inputs"
ARENA = INPUTS / "httparena" / "flask.json"
DJANGO = INPUTS / "techempower-django.json"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def document(text: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text)
    jsonschema.validate(values, schema_of("check"), jsonschema.Draft202012Validator)
    return values


def test_a_result_file_needs_no_run(shell: Shell) -> None:
    done = shell.run("check", str(ARENA), "--json")
    assert done.code == 0
    checked = document(done.out)
    assert (checked["run"], checked["here"], checked["figures"], checked["totals"]) == (None, None, [], {})
    assert [(file["format"], file["rows"]) for file in checked["files"]] == [("HttpArena", 10)]
    assert [one["rule"] for one in checked["contradictions"]] == ["time_missing", "answers_over_time"]
    assert all(place["line"] is None and place["text"] for one in checked["contradictions"] for place in one["places"])


def test_several_files_are_told_apart(shell: Shell) -> None:
    done = shell.run("check", str(DJANGO), str(ARENA), "--json")
    checked = document(done.out)
    assert [file["format"] for file in checked["files"]] == ["TechEmpower", "HttpArena"]
    assert all(one["message"].startswith("flask.json: In ") for one in checked["contradictions"])


def test_contradictions_of_a_file_fail_a_check_that_asks_for_it(shell: Shell) -> None:
    assert shell.run("check", str(DJANGO), "--fail-on", "contradicted").code == 0
    done = shell.run("check", str(ARENA), "--fail-on", "contradicted")
    assert done.code == 1
    assert "2 contradicted" in done.err


def test_the_terminal_shows_files_notes_and_contradictions(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    done = shell.run("check", str(DJANGO))
    assert "(TechEmpower): 28 rows checked for contradictions." in done.out.replace("\n", " ")
    assert "-   In 1 of 28 rows rate times mean latency" in done.out
    assert done.out.endswith("\nNo contradictions.\n")
    done = shell.run("check", str(ARENA))
    assert "Contradictions: these can't all be true (2)" in done.out


@pytest.mark.parametrize("text", ['{"weather": 1}', "[1", ""])
def test_a_file_that_is_no_result_file_is_wrong_use(text: str, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text, encoding="utf-8")
    done = shell.run("check", str(file))
    assert done.code == 2
    assert done.err.startswith("error: can't ")
    assert "Traceback" not in done.err


@pytest.mark.program
def test_the_reference_contradicts_itself_nowhere() -> None:
    command = [sys.executable, "-m", "harness", "check", "results/reference/run.json", "--run", "reference", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    checked = document(done.stdout)
    assert checked["contradictions"] == []
    assert checked["run"] == json.loads((ROOT / "results/reference/run.json").read_text(encoding="utf-8"))["id"]
