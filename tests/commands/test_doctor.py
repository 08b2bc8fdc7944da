"""`harness doctor`: the targets and results that it examines, in a project and outside of one."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from harness.experiment import doctor
from harness.experiment.doctor import Finding, State
from harness.model import Scenario, Target
from tests.checkout import ROOT
from tests.project import Shell, make_project, write_target

HELLO = Scenario("hello", "", ROOT / "scenarios" / "hello.py")


class Examined:
    """A fake of `examine` that records its arguments."""

    def __init__(self) -> None:
        self.targets: set[str] = set()
        self.results = Path()
        self.null = Path()

    def __call__(
        self, targets: Mapping[str, Target], results: Path, null: Target, scenario: Scenario
    ) -> tuple[Finding, ...]:
        self.targets, self.results, self.null = set(targets), results, null.folder
        assert scenario == HELLO
        return (Finding("docker_runtime", State.OK, "containers share this machine's network"),)


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Examined:
    examined = Examined()
    monkeypatch.setattr(doctor, "examine", examined)
    return examined


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


def test_in_a_project_doctor_examines_its_targets_and_results(shell: Shell, examined: Examined) -> None:
    make_project(shell.folder)
    assert shell.run("doctor").code == 0
    assert examined.targets == {"flask_app", "gin_app", "null_app"}
    assert (examined.results, examined.null) == (shell.folder / "results", shell.folder / "targets" / "null_app")


def test_a_project_without_a_null_target_is_examined_with_the_stock_one(shell: Shell, examined: Examined) -> None:
    make_project(shell.folder)
    write_target(shell.folder, "null_app", "framework", raw="tuned")
    assert shell.run("doctor").code == 0
    assert examined.null == ROOT / "targets" / "null_app"


def test_outside_of_a_project_doctor_examines_the_stock_targets(shell: Shell, examined: Examined) -> None:
    assert shell.run("doctor").code == 0
    assert {"flask_app", "gin_app", "null_app"} <= examined.targets
    assert (examined.results, examined.null) == (shell.folder, ROOT / "targets" / "null_app")


def test_a_wrong_project_toml_is_an_error(shell: Shell, examined: Examined) -> None:
    (shell.folder / "project.toml").touch()
    done = shell.run("doctor")
    assert (done.code, done.err.partition(":")[0]) == (2, "error")
    assert examined.targets == set()
