"""`harness compare`: its output and its exit codes."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Bound, Measurement
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project
from tests.test_cli import document
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def store_run(shell: Shell, name: str, rate_per_s: float, cpus: int = 2) -> None:
    """Store a complete run of three blocks in which both targets served this rate, plus 0 to 2 %."""
    run = replace(a_run(a_plan(FLASK, GIN), name), environment={"machine": {"cpus": cpus}})
    folder = Store(shell.results).create(run)
    for block in range(3):
        for subject in (FLASK, GIN):
            value = rate_per_s * (1 + block / 100)
            rate = Measurement("throughput.closed.c32", Unit.PER_SECOND, value, "hello", Bound.TARGET)
            folder.append(a_trial(block, subject, rate))


class TestCompare:
    def test_a_run_compared_with_itself_shows_no_difference(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        done = shell.run("compare", "a", "a", "--json")
        compared = document(done.out, "compare")
        assert (done.code, done.err) == (0, "")
        assert {row["verdict"] for row in compared["comparisons"]} == {"no_difference_shown"}
        assert compared["differences"] == []

    def test_the_ratio_is_the_second_run_over_the_first(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 9000)
        compared = document(shell.run("compare", "a", "b", "--json").out, "compare")
        assert [row["ratio"] for row in compared["comparisons"]] == [pytest.approx(1.5)] * 2
        assert [(row["subject"], row["reference"]) for row in compared["comparisons"]] == [
            (f"b {subject}", f"a {subject}") for subject in (FLASK, GIN)
        ]

    @pytest.mark.parametrize("form", [[], ["--json"]])
    def test_a_crossed_threshold_is_exit_1_after_the_results(self, shell: Shell, form: list[str]) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 4000)
        done = shell.run("compare", "a", "b", "--fail-on", "throughput<-5%", *form)
        assert done.code == 1
        assert "throughput.closed.c32" in done.out
        assert done.err.startswith("error: a threshold does not hold (a and b): throughput<-5%: flask_app:gthread")
        assert shell.run("compare", "b", "a", "--fail-on", "throughput<-5%", *form).code == 0

    def test_a_threshold_on_a_metric_without_numbers_is_exit_1(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        done = shell.run("compare", "a", "a", "--fail-on", "memory>10%")
        assert done.code == 1
        assert "memory>10%: no such metric has numbers in both runs" in done.err

    def test_an_invalid_threshold_is_exit_2_before_any_run_is_read(self, shell: Shell) -> None:
        done = shell.run("compare", "a", "b", "--fail-on", "throughput")
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("error: bad threshold ('throughput'): ")

    def test_runs_of_unlike_machines_are_compared_only_with_any_machine(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        store_run(shell, "b", 6000, cpus=4)
        done = shell.run("compare", "a", "b")
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            "error: the runs can't be compared (a, b): they differ in cpus: 2 and 4. "
            "Use --any-machine to compare them in spite of this.\n"
        )
        done = shell.run("compare", "a", "b", "--any-machine", "--json")
        assert done.code == 0
        assert document(done.out, "compare")["differences"] == [{"key": "machine.cpus", "a": 2, "b": 4}]

    def test_runs_without_a_common_metric_are_exit_1(self, shell: Shell) -> None:
        store_run(shell, "a", 6000)
        Store(shell.results).create(replace(a_run(name="b"), environment={"machine": {"cpus": 2}}))
        done = shell.run("compare", "a", "b")
        assert done.code == 1
        assert done.err.startswith("error: the comparison evaluated nothing (a and b): ")
