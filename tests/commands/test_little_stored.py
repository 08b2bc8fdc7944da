"""Commands that read runs of which little is stored: one block, a failed target, an interrupt before any number."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Bound, Failure, Measurement, RunStatus, Stage, Subject
from harness.store import Store
from harness.units import Unit
from tests.project import Shell, make_project
from tests.test_cli import document
from tests.trials import FLASK, GIN, a_plan, a_run, a_trial

ONE_BLOCK = "an interval needs 2 blocks with a number, and there is one"
FOUND = (
    Measurement("throughput.closed.c32", Unit.PER_SECOND, 6000.0, "hello", Bound.TARGET),
    Measurement("memory.idle", Unit.BYTE, 30e6),
)
FORMATS = "html,md,json,csv,svg"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def store_run(
    shell: Shell, *subjects: Subject, blocks: int = 0, status: RunStatus = RunStatus.COMPLETE, failing: bool = False
) -> None:
    """Store a run named `r` of these subjects; where it fails, its first target does so under load in every block."""
    failures = [Failure(subjects[0], Stage.LOAD, "it ended.")] if failing else []
    run = a_run(a_plan(*subjects), "r", failures)
    folder = Store(shell.results).create(replace(run, status=status))
    for block in range(blocks):
        for subject in subjects:
            failure = failures[0] if failing and subject == subjects[0] else None
            folder.append(a_trial(block, subject, *FOUND, failure=failure))


def page(shell: Shell) -> str:
    """Return the Markdown page of the run, rendered with all other formats."""
    done = shell.run("report", "r", "--format", FORMATS)
    assert (done.code, done.err) == (0, "")
    return (shell.results / "r" / "report" / "report.md").read_text(encoding="utf-8")


class TestOneBlock:
    def test_the_page_says_that_one_block_gives_no_interval(self, shell: Shell) -> None:
        store_run(shell, FLASK, GIN, blocks=1)
        text = page(shell)
        assert f"Flask_App and Gin_App have no throughput: {ONE_BLOCK}." in text
        assert "Measured in 1 block." in text

    def test_a_check_gives_the_reason_for_what_it_can_not_judge(self, shell: Shell) -> None:
        store_run(shell, FLASK, GIN, blocks=1)
        done = shell.run("check", "--run", "r", "--json")
        reasons = {row["reason"] for row in document(done.out, "check")["figures"] if row["metric"] == "memory.idle"}
        assert reasons == {f"The run has no idle memory of Flask_App gthread: {ONE_BLOCK}."}
        assert done.code == 1
        assert "the check evaluated nothing" in done.err

    def test_a_comparison_evaluates_nothing(self, shell: Shell) -> None:
        store_run(shell, FLASK, GIN, blocks=1)
        done = shell.run("compare", "r", "r")
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert "the comparison evaluated nothing" in done.err


class TestAnOnlyTargetThatFailed:
    def test_the_page_names_the_block_and_the_stage_of_the_failure(self, shell: Shell) -> None:
        store_run(shell, FLASK, blocks=3, failing=True)
        text = page(shell)
        assert "Flask_App has no throughput: block 3: the target failed (load)." in text
        assert "it ended." in text

    def test_a_check_gives_the_failure_as_the_reason(self, shell: Shell) -> None:
        store_run(shell, FLASK, blocks=3, failing=True)
        done = shell.run("check", "figures/page.toml", "--run", "r", "--json")
        reasons = [row["reason"] for row in document(done.out, "check")["figures"] if row["metric"] == "memory.idle"]
        assert reasons == ["The run has no idle memory of Flask_App gthread: block 3: the target failed (load)."] * 2
        assert done.code == 1


@pytest.mark.parametrize("status", [RunStatus.INTERRUPTED, RunStatus.RUNNING, RunStatus.FAILED])
class TestARunThatEndedInItsFirstBlock:
    def test_the_page_says_so_and_has_no_number(self, shell: Shell, status: RunStatus) -> None:
        store_run(shell, FLASK, GIN, status=status)
        text = page(shell)
        assert "it has numbers from 0 of 3 planned blocks." in text
        assert "Flask_App and Gin_App have no throughput: none was measured." in text

    def test_a_check_and_a_comparison_evaluate_nothing(self, shell: Shell, status: RunStatus) -> None:
        store_run(shell, FLASK, GIN, status=status)
        checked, compared = shell.run("check", "--run", "r"), shell.run("compare", "r", "r")
        assert (checked.code, compared.code) == (1, 1)
        assert "the check evaluated nothing" in checked.err
        assert "the comparison evaluated nothing" in compared.err
