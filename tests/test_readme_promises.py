"""What the comments and sentences of the README promise, each tried: a sentence and its test change together."""

import ast
import re
from pathlib import Path

import pytest

from harness.analysis.run_spread import NEEDED_RUNS
from harness.cli import _commands
from harness.errors import FindingError, MachineError, MeasurementError, TargetError, UsageError
from harness.experiment.environment import plan_cpus
from harness.runtime import choice
from tests.checkout import ROOT
from tests.project import Shell, make_project, write

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
PAGE = "| | Flask | Gin |\n|---|---|---|\n| Requests per second | 1,200 req/s | 20,000 req/s |\n"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(choice, "choose", lambda asked, _: asked)
    return Shell(make_project(tmp_path), monkeypatch, capsys)


def test_an_import_writes_a_file_with_output_and_prints_without(shell: Shell) -> None:
    assert "harness import page.html --output mine.toml # write the figures of a saved page to a file; " in README
    assert "without --output, print them" in README
    write(shell.folder / "page.md", f"How fast the two of them are:\n\n{PAGE}")
    printed = shell.run("import", "page.md")
    written = shell.run("import", "page.md", "--output", "mine.toml")
    assert (printed.code, written.code, written.out) == (0, 0, "")
    assert 'target = "flask_app"' in printed.out
    assert (shell.folder / "mine.toml").read_text(encoding="utf-8").splitlines()[-1] == printed.out.splitlines()[-1]


def test_a_scenario_of_ones_own_has_the_name_of_its_file(shell: Shell) -> None:
    assert "your own file scenarios/shop.py has the name shop" in README
    write(shell.folder / "scenarios" / "shop.py", (shell.folder / "scenarios" / "hello.py").read_text("utf-8"))
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--scenario", "shop")
    assert (done.code, "shop" in done.out) == (0, True)


@pytest.mark.parametrize(
    ("sentence", "profile", "seconds"),
    [
        ("--profile smoke takes half a minute", "smoke", range(20, 40)),
        ("It takes about 4 minutes", "quick", range(210, 270)),
    ],
)
def test_a_profile_takes_as_long_as_it_says(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, sentence: str, profile: str, seconds: range
) -> None:
    assert sentence in README
    monkeypatch.chdir(ROOT)
    done = shell.run("run", "--dry-run", "--profile", profile)
    [told] = re.findall(r"^about (\d+) s without builds", done.out, re.MULTILINE)
    assert int(told) in seconds


def test_targets_that_are_not_served_alike_are_warned_of(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--target flask_app:sync,gin_app # chosen variants; a warning names each setup difference" in README
    monkeypatch.chdir(ROOT)
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app:sync,gin_app")
    assert "warning: flask_app:sync: closes the connection after every answer, and the others keep it" in done.out


def test_two_cpus_for_each_target_need_three_cores() -> None:
    assert "each target on two CPUs; needs three cores, because the generator takes one" in README
    plan = plan_cpus(frozenset({0, 1, 2}), target_cpus=2)
    assert (len(plan.target), len(plan.generator)) == (2, 1)
    with pytest.raises(MachineError):
        plan_cpus(frozenset({0, 1}), target_cpus=2)


def test_each_problem_that_doctor_finds_has_its_fix() -> None:
    assert "what this machine can do, each problem with its fix" in README
    tree = ast.parse((ROOT / "harness" / "experiment" / "doctor.py").read_text(encoding="utf-8"))
    findings = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) == "Finding"]
    problems = [one for one in findings if ast.unparse(one.args[1]) in {"State.WARNING", "State.MISSING"}]
    assert len(problems) > 10
    assert [ast.unparse(one) for one in problems if len(one.args) < 4] == []


def test_absolute_numbers_need_as_many_other_runs_as_it_says() -> None:
    assert "To judge absolute numbers it needs at least five other runs of the same machine." in README
    assert NEEDED_RUNS == 5


def test_the_exit_codes_are_those_of_the_errors() -> None:
    first = "0 fine, 1 a finding, 2 wrong use, "
    second = "3 this machine can't, 4 a target failed, 5 the measurement is not valid"
    assert first + second in README
    kinds = (FindingError, UsageError, MachineError, TargetError, MeasurementError)
    assert [kind.exit_code for kind in kinds] == [1, 2, 3, 4, 5]


def test_every_document_of_a_command_has_its_schema() -> None:
    assert (
        "With `--json` each command but `schema` and `worker` prints one document, "
        "and `harness schema NAME` prints its JSON Schema"
    ) in README
    commands = {
        name
        for name, command in _commands().commands.items()
        if any("--json" in parameter.opts for parameter in command.params)
    }
    assert commands == _commands().commands.keys() - {"schema", "worker"}
    assert [name for name in sorted(commands) if not (ROOT / "schemas" / f"{name}.json").is_file()] == []
