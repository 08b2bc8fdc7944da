"""The run that a command takes where none is named: a valid one before an invalid one."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model import Failure, Measurement, Stage, Subject
from harness.store import Store
from harness.units import Unit
from tests.experiment.test_outcome import with_errors
from tests.project import Shell, make_project
from tests.test_cli import document
from tests.trials import FLASK, GIN, NULL, a_plan, a_run, a_trial


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def store_run(shell: Shell, name: str, day: int, *subjects: Subject, fails: bool = False) -> None:
    run = replace(a_run(a_plan(*subjects), name), started_at=f"2026-02-{day:02}T10:00:00+00:00")
    folder = Store(shell.results).create(run)
    for block in range(3):
        for subject in subjects:
            trial = a_trial(block, subject, Measurement("memory.idle", Unit.BYTE, 30e6 + block))
            folder.append(replace(trial, slices=with_errors(subject).slices) if fails else trial)


def checked(shell: Shell, *words: str) -> tuple[str, str]:
    """Return the run of a check, and what was told."""
    done = shell.run("check", "figures/page.toml", "--json", *words)
    return document(done.out, "check")["run"], done.err


def test_an_invalid_run_is_left_out_for_an_older_valid_one_and_named(shell: Shell) -> None:
    store_run(shell, "older", 1, FLASK, GIN)
    store_run(shell, "valid", 2, FLASK, GIN)
    store_run(shell, "broken", 3, FLASK, GIN, fails=True)
    assert checked(shell) == (
        "valid",
        "left out: broken, the newest run, is invalid: requests failed under load; --run broken takes it\n",
    )
    assert checked(shell, "--run", "broken") == ("broken", "")


def test_report_and_explain_choose_alike(shell: Shell) -> None:
    store_run(shell, "valid", 2, FLASK, GIN)
    store_run(shell, "broken", 3, FLASK, GIN, fails=True)
    told = "left out: broken, the newest run, is invalid: requests failed under load; "
    explained = shell.run("explain", "facts.memory", "--json")
    assert ([run["name"] for run in document(explained.out, "explain")["runs"]], told in explained.err) == (
        ["valid"],
        True,
    )
    reported = shell.run("report", "--format", "json")
    assert str(Path("valid", "report")) in reported.out
    assert f"{told}harness report broken takes it" in reported.err


@pytest.mark.parametrize("others", [(), (FLASK,)])
def test_an_invalid_run_without_a_valid_one_of_its_targets_is_taken_with_a_warning(
    shell: Shell, others: tuple[Subject, ...]
) -> None:
    if others:
        store_run(shell, "other", 2, *others)
    store_run(shell, "broken", 3, FLASK, GIN, fails=True)
    assert checked(shell) == ("broken", "warning: broken: requests failed under load\n")


def test_a_run_with_a_failed_target_is_taken_and_names_it(shell: Shell) -> None:
    store_run(shell, "valid", 2, FLASK, GIN)
    store_run(shell, "halved", 3, FLASK, GIN)
    folder = Store(shell.results).folders()["halved"]
    folder.save(replace(folder.run(), failures=(Failure(GIN, Stage.BUILD, "no"),)))
    assert checked(shell) == ("halved", "warning: halved: a target failed (gin_app:release, build)\n")


class TestList:
    def test_a_run_has_its_targets_and_whether_it_is_valid(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        store_run(shell, "20260202-100000-smoke-0001", 2, FLASK, GIN, NULL)
        store_run(shell, "20260203-100000-smoke-0002", 3, FLASK, GIN, fails=True)
        runs = document(shell.run("list", "--json").out, "list")["runs"]
        assert [(one["is_invalid"], one["targets"], one["failed_targets"]) for one in runs] == [
            (False, ["flask_app", "gin_app", "null_app"], []),
            (True, ["flask_app", "gin_app"], []),
        ]
        assert shell.run("list").out.splitlines()[-2:] == [
            "20260202-100000-smoke-0001  complete  smoke  2026-02-02  flask_app, gin_app, null_app",
            "20260203-100000-smoke-0002  invalid   smoke  2026-02-03  flask_app, gin_app",
        ]
        monkeypatch.setenv("COLUMNS", "80")
        assert shell.run("list").out.splitlines()[-2] == (
            "20260202-100000-smoke-0001  complete  smoke  2026-02-02  flask_app, gin_app,\u2026"
        )

    @pytest.mark.parametrize("is_invalid", [False, True])
    def test_of_a_run_that_says_it_no_trial_is_read(self, shell: Shell, *, is_invalid: bool) -> None:
        store_run(shell, "r", 2, FLASK, GIN)
        folder = Store(shell.results).folders()["r"]
        folder.save(replace(folder.run(), is_invalid=is_invalid))
        (folder.path / "trials.jsonl").write_text("{}\n", encoding="utf-8")
        done = shell.run("list", "--json")
        assert (document(done.out, "list")["runs"][0]["is_invalid"], done.err) == (is_invalid, "")

    def test_a_failed_target_says_so(self, shell: Shell) -> None:
        run = a_run(a_plan(FLASK, GIN), "r")
        Store(shell.results).create(replace(run, failures=(Failure(GIN, Stage.BUILD, "no"),)))
        assert shell.run("list").out.splitlines()[-1].endswith("flask_app, gin_app failed")

    def test_a_run_whose_trials_cant_be_read_is_no_valid_one(self, shell: Shell) -> None:
        store_run(shell, "r", 2, FLASK, GIN)
        (shell.results / "r" / "trials.jsonl").write_text("{}\n", encoding="utf-8")
        done = shell.run("list")
        assert done.out.splitlines()[-1].startswith("r  invalid")
        assert "a stored run is damaged" in done.err
