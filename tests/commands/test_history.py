"""`harness history`."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.metrics.words import phrase_of
from harness.model import DrivenSlice, Measurement, RunStatus
from harness.store import Store
from harness.units import Unit
from tests.experiment.test_outcome import with_errors
from tests.project import Shell, make_project
from tests.test_cli import document
from tests.trials import FLASK, a_plan, a_run, a_trial


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def store_run(
    shell: Shell,
    name: str,
    *,
    cpu: str = "AMD EPYC",
    status: RunStatus = RunStatus.COMPLETE,
    slices: tuple[DrivenSlice, ...] = (),
) -> None:
    run = a_run(a_plan(FLASK), name)
    run = replace(run, status=status, environment={**run.environment, "machine": {"cpu": cpu, "cpus": 2}})
    folder = Store(shell.results).create(run)
    for block in range(3):
        trial = a_trial(block, FLASK, Measurement("memory.loaded", Unit.BYTE, 30e6 + block))
        folder.append(replace(trial, slices=slices))


def history_of(shell: Shell, *words: str) -> dict[str, Any]:
    return document(shell.run("history", *words).out, "history")


def test_it_joins_runs_of_one_machine_and_keeps_others_apart(shell: Shell) -> None:
    for name, cpu in (("a", "AMD EPYC"), ("b", "AMD EPYC"), ("c", "Intel Xeon")):
        store_run(shell, name, cpu=cpu)
    machines = history_of(shell, "--json")["machines"]
    assert sorted(len(machine["runs"]) for machine in machines) == [1, 2]
    (series,) = next(machine for machine in machines if len(machine["runs"]) == 2)["series"]
    assert (series["target"], series["metric"], series["changes"]) == ("flask_app", "memory.loaded", None)


def test_it_writes_a_page_and_prints_where(shell: Shell) -> None:
    store_run(shell, "a")
    done = shell.run("history")
    assert done.code == 0
    assert "flask_app:gthread loaded memory 28.6 MiB" in " ".join(done.out.split())
    assert done.out.splitlines()[-1] == str(shell.results / "history.html")
    assert phrase_of("memory.loaded") in (shell.results / "history.html").read_text(encoding="utf-8")


def test_incomplete_runs_and_other_profiles_are_left_out(shell: Shell) -> None:
    store_run(shell, "a")
    store_run(shell, "b", status=RunStatus.INTERRUPTED)
    assert history_of(shell, "--json")["machines"][0]["runs"] == ["a"]
    assert history_of(shell, "--json", "--profile", "full")["machines"] == []


def test_a_run_whose_requests_failed_is_left_out_and_named(shell: Shell) -> None:
    """Its memory was read after loads that the target did not answer."""
    store_run(shell, "a")
    store_run(shell, "b", slices=with_errors(FLASK).slices)
    document = history_of(shell, "--json")
    assert document["machines"][0]["runs"] == ["a"]
    (left,) = document["left_out"]
    assert left["run"] == "b"
    assert left["reason"].startswith("requests failed under load: 6 of 120 requests failed (6 timeout); first")
    said = f"left out: b: {left['reason']}"
    assert said in shell.run("history").out.splitlines()
    assert f"<li>{said.removeprefix('left out: ')}</li>" in (shell.results / "history.html").read_text(encoding="utf-8")
