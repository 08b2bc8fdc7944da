"""`harness explain`: which figure, which runs, and the exit codes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.manifest import load_profiles
from harness.model import Bound, Measurement
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project
from tests.test_cli import document
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

RATE = '  {{ id = "rate", label = "Rate", printed = "{0:,}", value = {0}, unit = "req/s", quantity = "throughput" }},\n'


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(make_project(tmp_path), monkeypatch, capsys)
    page = shell.folder / "figures" / "page.toml"
    text = page.read_text().replace("[quantities]\n", '[quantities]\n"throughput" = { metric = "throughput.*" }\n')
    page.write_text(text.replace("figures = [\n", "figures = [\n" + RATE.format(30000)))
    monkeypatch.setenv("COLUMNS", "80")
    return shell


def store_run(  # noqa: PLR0913 - what differs between the runs
    shell: Shell, name: str, rate_per_s: float, *, profile: str = "smoke", day: int = 1, cpu: str = "AMD EPYC"
) -> None:
    plan = replace(a_plan(FLASK, GIN), profile=replace(load_profiles()[profile], blocks=3))
    run = replace(a_run(plan, name), started_at=f"2026-02-{day:02}T10:00:00+00:00")
    run = replace(run, environment={**run.environment, "machine": {"cpu": cpu, "cpus": 2}})
    folder = Store(shell.results).create(run)
    for block in range(3):
        found = (
            Measurement("throughput.closed.c32", Unit.PER_SECOND, rate_per_s + block, "hello", Bound.TARGET),
            Measurement("cpu_per_request.closed.c32", Unit.SECOND, 1e-4, "hello"),
            Measurement("memory.idle", Unit.BYTE, 30e6),
        )
        folder.append(a_trial(block, FLASK, *found))


def explained(shell: Shell, *words: str) -> dict[str, Any]:
    done = shell.run("explain", *words, "--json")
    assert (done.code, done.err) == (0, "")
    return document(done.out, "explain")


def test_a_rate_has_its_nearest_condition_and_its_cores(shell: Shell) -> None:
    store_run(shell, "r", 10_000.0)
    found = explained(shell, "facts.rate")
    assert (found["figure"], found["printed"], found["holds_under"]) == ("facts.rate", "30,000", [])
    nearest = found["nearest"]
    assert (nearest["subject"], nearest["scenario"], nearest["load"], nearest["cpus"]) == (
        "flask_app:gthread", "hello", "32 connections", 1,
    )  # fmt: skip
    assert nearest["summary"] == "the variant gthread"
    assert found["cpus_needed"]["estimate"] == pytest.approx(3.0)
    assert found["cpus_needed"]["cost"]["text"].startswith("100 µs")


def test_a_figure_is_found_by_its_target_and_text(shell: Shell) -> None:
    store_run(shell, "r", 10_000.0)
    assert explained(shell, "flask_app 30,000 req/s")["figure"] == "facts.rate"
    assert explained(shell, "30,000")["figure"] == "facts.rate"


def test_a_figure_that_holds_has_its_conditions_and_no_nearest_other(shell: Shell) -> None:
    store_run(shell, "r", 10_000.0)
    found = explained(shell, "facts.memory")
    assert [(row["load"], row["fit"], row["run"]) for row in found["holds_under"]] == [("idle", "inside", "r")]
    assert (found["nearest"], found["cpus_needed"]) == (None, None)


def test_a_figure_that_no_metric_measures_is_a_sentence_and_exit_0(shell: Shell) -> None:
    store_run(shell, "r", 10_000.0)
    found = explained(shell, "stars")
    assert (found["holds_under"], found["nearest"], found["cpus_needed"]) == ([], None, None)
    assert found["answer"] == "No metric of this harness measures stars, so no measurement can explain it."


def test_an_unknown_figure_is_exit_2_with_the_nearest_ids(shell: Shell) -> None:
    done = shell.run("explain", "facts.raet")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: unknown figure (facts.raet): ")
    assert "The nearest: facts.rate" in done.err


def test_a_project_without_a_figures_file_is_exit_2(shell: Shell) -> None:
    (shell.folder / "figures" / "page.toml").unlink()
    done = shell.run("explain", "facts.rate")
    assert done.code == 2
    assert done.err.startswith("error: no figures (")


def test_another_figures_file_is_read_if_it_is_named(shell: Shell) -> None:
    store_run(shell, "r", 10_000.0)
    page = shell.folder / "figures" / "page.toml"
    page.rename(shell.folder / "other.toml")
    assert explained(shell, "facts.rate", "--figures", "other.toml")["nearest"]["run"] == "r"


class TestRuns:
    def runs(self, shell: Shell, *words: str) -> list[str]:
        return [run["name"] for run in explained(shell, "facts.rate", *words)["runs"]]

    def test_the_newest_complete_run_and_the_newest_of_profile_conditions(self, shell: Shell) -> None:
        store_run(shell, "old", 9_000.0, day=1)
        store_run(shell, "swept", 30_000.0, profile="conditions", day=2)
        store_run(shell, "new", 10_000.0, day=3)
        assert self.runs(shell) == ["new", "swept"]
        (given,) = explained(shell, "facts.rate")["holds_under"]
        assert given["run"] == "swept"

    def test_a_damaged_run_is_left_out_with_one_warning(self, shell: Shell) -> None:
        store_run(shell, "mine", 10_000.0, day=1)
        damaged = shell.folder / "results/damaged/run.json"
        damaged.parent.mkdir()
        damaged.write_text("{", encoding="utf-8")
        done = shell.run("explain", "facts.rate", "--json")
        assert done.err.count("left out: a stored run is damaged") == 1

    def test_a_newest_run_of_profile_conditions_stands_alone(self, shell: Shell) -> None:
        store_run(shell, "old", 9_000.0, day=1)
        store_run(shell, "swept", 30_000.0, profile="conditions", day=2)
        assert self.runs(shell) == ["swept"]

    def test_the_reference_and_the_conditions_that_come_with_a_project(self, shell: Shell) -> None:
        store_run(shell, "reference", 9_000.0, day=1)
        store_run(shell, "conditions", 30_000.0, profile="conditions", day=2)
        assert self.runs(shell) == ["reference", "conditions"]

    def test_a_run_of_profile_conditions_of_another_machine_is_left_out_and_named(self, shell: Shell) -> None:
        store_run(shell, "conditions", 30_000.0, profile="conditions", day=1, cpu="Intel Xeon")
        store_run(shell, "mine", 10_000.0, day=2)
        done = shell.run("explain", "facts.rate", "--json")
        assert [run["name"] for run in document(done.out, "explain")["runs"]] == ["mine"]
        assert done.err == (
            "left out: conditions, of another machine (Intel Xeon) than mine; --run mine --run conditions adds it\n"
        )
        store_run(shell, "older", 20_000.0, profile="conditions", day=1)
        assert self.runs(shell) == ["mine", "older"]

    def test_each_condition_has_its_run_and_its_machine(self, shell: Shell) -> None:
        store_run(shell, "there", 30_000.0, profile="conditions", day=1, cpu="Intel Xeon")
        store_run(shell, "mine", 10_000.0, day=2)
        found = explained(shell, "facts.rate", "--run", "mine", "--run", "there")
        rows = [(row["run"], row["here"]) for row in (*found["holds_under"], *found["others"])]
        assert rows == [("there", "Intel Xeon, one CPU each"), ("mine", "AMD EPYC, one CPU each")]

    def test_named_runs_alone(self, shell: Shell) -> None:
        for day, name in enumerate(("a", "b", "c"), 1):
            store_run(shell, name, 9_000.0, day=day)
        assert self.runs(shell, "--run", "b", "--run", "a") == ["b", "a"]

    def test_an_unknown_run_is_exit_2(self, shell: Shell) -> None:
        store_run(shell, "r", 10_000.0)
        assert shell.run("explain", "facts.rate", "--run", "x").code == 2


def test_the_terminal_shows_the_answer_first_in_80_columns(shell: Shell) -> None:
    store_run(shell, "r", 10_000.0)
    lines = shell.run("explain", "facts.rate").out.splitlines()
    assert lines[0] == "Rate: 30,000 req/s (facts.rate)"
    assert lines[1].startswith("Nothing that was measured gives 30,000 req/s of Flask_App: the nearest is")
    assert max(map(len, lines)) <= 80
    cores = "30,000 req/s of Flask_App take 3.00 [3.00, 3.00] cores like this one (AMD EPYC"
    assert any(line.startswith(cores) for line in lines)
