"""`harness init`: what it makes, what it says, and what it refuses."""

import json
from pathlib import Path

import pytest

from harness.runtime import choice
from tests.checkout import ROOT
from tests.project import Shell, make_project


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(choice, "choose", lambda asked, _: asked)
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("folder", [None, ".", "mine", "./target"])
def test_a_project_is_made_here_or_in_a_folder(shell: Shell, folder: str | None) -> None:
    done = shell.run("init", *([folder] if folder else []))
    assert (done.code, (shell.folder / (folder or ".") / "project.toml").is_file()) == (0, True)
    assert [line.partition(" ")[0] for line in done.out.splitlines()] == ["made"] * 6
    next_step = "In this folder, `harness run --profile smoke` measures; then `harness report` and `harness check`.\n"
    assert done.err == next_step


def test_its_schemas_are_those_of_this_repository(shell: Shell) -> None:
    shell.run("init")
    for path in (ROOT / "schemas").glob("*.json"):
        assert (shell.folder / "schemas" / path.name).read_bytes() == path.read_bytes()


def test_it_can_be_listed_and_planned_at_once(shell: Shell) -> None:
    shell.run("init")
    listed = json.loads(shell.run("list", "--json").out)
    assert listed["comparisons"] == [{"name": "flask", "targets": ["flask_app"], "figures": "figures/flask.toml"}]
    done = shell.run("run", "--dry-run", "--profile", "smoke")
    assert (done.code, done.err) == (0, "")
    assert "targets flask_app:gthread;" in done.out
    assert "null_app:raw" in done.out


def test_a_target_is_added_and_can_be_measured_beside_the_reference(shell: Shell) -> None:
    shell.run("init")
    done = shell.run("init", "target", "my_app", "--like", "gin_app")
    assert (done.code, done.out) == (0, f"made {shell.folder}/targets/my_app\n")
    assert done.err.startswith("`harness run --target flask_app,my_app` measures it beside flask_app.\n")
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app,my_app")
    assert "targets flask_app:gthread, my_app:release;" in done.out


def test_without_like_the_reference_is_copied(shell: Shell) -> None:
    make_project(shell.folder)
    path = shell.folder / "project.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"flask_app"', '"flask_app:sync"', 1), encoding="utf-8")
    assert shell.run("init", "target", "my_app").code == 0
    assert "my_app:gthread" in shell.run("list").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("init", "would overwrite a file (project.toml): it is there already."),
        ("init target", "no name (init target): a target needs one."),
        ("init target a b", "can't make that (init target a b): "),
        ("init mine theirs", "can't make that (init mine theirs): "),
        ("init mine --like flask_app", "can't make that (init mine): "),
        ("init --like flask_app", "can't make that (init): "),
        ("init target a-b", "bad name of a target (a-b): "),
        ("init target gin_app", "can't add a target ("),
        ("init target my_app --like flsk_app", "unknown target (--like flsk_app): no such target. Did you mean 'flask"),
    ],
)
def test_wrong_use_is_exit_2_and_writes_nothing(shell: Shell, words: str, said: str) -> None:
    make_project(shell.folder)
    before = sorted(shell.folder.rglob("*"))
    done = shell.run(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {said}")
    assert sorted(shell.folder.rglob("*")) == before


def test_a_target_is_added_to_a_project_only(shell: Shell) -> None:
    done = shell.run("init", "target", "my_app")
    assert done.code == 2
    assert "`harness init FOLDER`" in done.err
