"""`harness init`: the new project or target, the output, and the errors."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from harness.documents import schema_of
from harness.runtime import choice
from tests.checkout import ROOT
from tests.project import Shell, make_project


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.setattr(choice, "choose", lambda asked, _: asked)
    return Shell(tmp_path, monkeypatch, capsys)


@pytest.mark.parametrize("folder", [None, ".", "mine", "./target"])
def test_init_creates_a_project_in_the_current_or_a_named_folder(shell: Shell, folder: str | None) -> None:
    done = shell.run("init", *([folder] if folder else []))
    assert (done.code, (shell.folder / (folder or ".") / "project.toml").is_file()) == (0, True)
    assert [line.partition(" ")[0] for line in done.out.splitlines()] == ["created"] * 7
    first = f"`cd {Path(folder)}`, " if folder not in {None, "."} else ""
    assert done.err == (
        f"Next: {first}`harness run --profile smoke`, `harness report`, `harness check`.\n"
        "`harness run --against REV` needs a git repository: `git init`, `git add .`, `git commit`.\n"
    )


def test_the_document_of_init_has_what_was_created(shell: Shell) -> None:
    made = []
    for words in (["init"], ["init", "target", "my_app"]):
        made.append(json.loads(shell.run(*words, "--json").out))
        jsonschema.validate(made[-1], schema_of("init"), jsonschema.Draft202012Validator)
    assert [one["kind"] for one in made] == ["project", "target"]
    assert made[0]["created"][0] == "project.toml"
    assert made[1]["created"] == [str(shell.folder / "targets/my_app")]
    assert all((shell.folder / path).exists() for one in made for path in one["created"])


def test_the_schemas_of_a_new_project_are_those_of_this_repository(shell: Shell) -> None:
    shell.run("init")
    written = sorted((shell.folder / "schemas").glob("*.json"))
    assert [path.stem for path in written] == ["figures", "project", "target"]
    for path in written:
        assert (ROOT / "schemas" / path.name).read_bytes() == path.read_bytes()


def test_a_new_project_can_be_listed_and_planned(shell: Shell) -> None:
    shell.run("init")
    listed = json.loads(shell.run("list", "--json").out)
    assert listed["comparisons"] == [{"name": "flask", "targets": ["flask_app"], "figures": "figures/flask.toml"}]
    done = shell.run("run", "--dry-run", "--profile", "smoke")
    assert (done.code, done.err) == (0, "")
    assert "targets flask_app:gthread;" in done.out
    assert re.search(r"block 1: (flask_app, null_app|null_app, flask_app)$", done.out, re.MULTILINE)


def test_init_target_adds_a_target_that_can_be_planned_with_the_reference(shell: Shell) -> None:
    shell.run("init")
    done = shell.run("init", "target", "my_app", "--like", "gin_app")
    assert (done.code, done.out) == (0, f"created {shell.folder}/targets/my_app\n")
    assert done.err == (
        f"Next: edit target.toml and the app in {shell.folder}/targets/my_app. Then:\n"
        "  harness build --target my_app --verify\n"
        "  harness run --target flask_app,my_app --profile smoke\n"
        f"To measure it without --target, add it to `targets` in {shell.folder}/project.toml.\n"
    )
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app,my_app")
    assert "targets flask_app:gthread, my_app:release;" in done.out


def test_init_target_without_like_adds_a_small_target_that_can_be_planned_with_the_reference(shell: Shell) -> None:
    make_project(shell.folder)
    path = shell.folder / "project.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"flask_app"', '"flask_app:sync"', 1), encoding="utf-8")
    done = shell.run("init", "target", "my_app")
    assert done.code == 0
    assert "  harness run --target flask_app,my_app --profile smoke\n" in done.err
    done = shell.run("run", "--dry-run", "--profile", "smoke", "--target", "flask_app,my_app")
    assert "targets flask_app:gthread, my_app:own;" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("init", "a file would be overwritten (project.toml): it already exists."),
        ("init target", "no name (init target): a target needs a name."),
        ("init target a b", "wrong arguments (init target a b): "),
        ("init one two", "wrong arguments (init one two): "),
        ("init mine --like flask_app", "wrong arguments (init mine): "),
        ("init --like flask_app", "wrong arguments (init): "),
        ("init target a-b", "invalid name of a target (a-b): "),
        ("init target gin_app", "can't add a target ("),
        (
            "init target my_app --like flsk_app",
            "unknown target (--like flsk_app): there is no such target. Did you mean 'flask_app'?",
        ),
    ],
)
def test_wrong_use_is_exit_2_and_writes_nothing(shell: Shell, words: str, message: str) -> None:
    make_project(shell.folder)
    before = sorted(shell.folder.rglob("*"))
    done = shell.run(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {message}")
    assert sorted(shell.folder.rglob("*")) == before


def test_init_target_outside_a_project_is_refused(shell: Shell) -> None:
    done = shell.run("init", "target", "my_app")
    assert done.code == 2
    assert "`harness init FOLDER`" in done.err
