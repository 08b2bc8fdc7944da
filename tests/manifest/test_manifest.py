"""The readers of target.toml and of scenarios, and the look-up by name."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.manifest import (
    find_one,
    find_scenarios,
    find_subjects,
    load_profiles,
    load_scenarios,
    load_target,
    load_targets,
)
from harness.model import BaseImage, Scenario, Subject, Target, Toolchain, Variant, VariantClass

SEE = "`harness schema target` describes all keys."

TARGET = """
title = "Flask"
language = "Python"
summary = "Flask on gunicorn"
role = "framework"
answers = ["plain", "json"]
default = "gthread"
packages = ["flask"]
ready_within_s = 90

[[bases]]
argument = "PYTHON_BASE"
registry = "python:3.13-slim"
local = "local/python:3.13"

[process]
toolchain = "python-venv"

[variants.gthread]
class = "production"
summary = "threads"
docs = "https://example.org/deploy"
command = ["python", "-m", "gunicorn"]
environment = { WORKERS = "2" }
workers = 1
workers_per_cpu = 2
closes_connections = true

[variants.command]
class = "development"
summary = "a variant with the name of a key"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return the folder of a project with one target and no scenario."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "targets" / "flask_app").mkdir(parents=True)
    (tmp_path / "targets" / "flask_app" / "target.toml").write_text(TARGET, encoding="utf-8")
    return tmp_path


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    return text.replace(old, new)


def error_of(tmp_path: Path, text: str) -> tuple[Path, UsageError]:
    path = tmp_path / "target.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_target(path)
    return path, caught.value


# Targets.


def test_a_target_has_all_values_of_its_file(project: Path) -> None:
    folder = project / "targets" / "flask_app"
    assert load_target(folder / "target.toml") == Target(
        name="flask_app",
        title="Flask",
        language="Python",
        summary="Flask on gunicorn",
        folder=folder,
        variants=(
            Variant(
                name="gthread",
                variant_class=VariantClass.PRODUCTION,
                summary="threads",
                docs_url="https://example.org/deploy",
                command=("python", "-m", "gunicorn"),
                environment={"WORKERS": "2"},
                workers=1,
                workers_per_cpu=2,
                closes_connections=True,
            ),
            Variant("command", VariantClass.DEVELOPMENT, "a variant with the name of a key"),
        ),
        default_variant="gthread",
        is_null=False,
        answers=("plain", "json"),
        bases=(BaseImage("PYTHON_BASE", "python:3.13-slim", "local/python:3.13"),),
        packages=("flask",),
        toolchain=Toolchain.PYTHON_VENV,
        ready_within_s=90.0,
    )


def test_a_target_without_a_process_table_has_no_toolchain(project: Path) -> None:
    path = project / "targets" / "flask_app" / "target.toml"
    path.write_text(changed(TARGET, '[process]\ntoolchain = "python-venv"\n', ""), encoding="utf-8")
    assert load_target(path).toolchain is None


def test_a_target_with_the_role_null_is_the_null_target(project: Path) -> None:
    path = project / "targets" / "flask_app" / "target.toml"
    path.write_text(changed(TARGET, '"framework"', '"null"'), encoding="utf-8")
    assert load_target(path).is_null


def test_every_folder_with_a_target_toml_is_a_target(project: Path) -> None:
    (project / "targets" / "notes").mkdir()
    gin = project / "targets" / "gin_app"
    gin.mkdir()
    (gin / "target.toml").write_text(changed(TARGET, '"Flask"', '"Gin"'), encoding="utf-8")
    assert {name: target.title for name, target in load_targets(project).items()} == {
        "flask_app": "Flask",
        "gin_app": "Gin",
    }


@pytest.mark.parametrize(
    ("old", "new", "key", "remedy"),
    [
        ("title =", "titel =", "titel", "Did you mean 'title'?"),
        ('summary = "threads"', 'sumary = "threads"', "variants.gthread.sumary", "Did you mean 'summary'?"),
        ('class = "production"', 'clas = "production"', "variants.gthread.clas", "Did you mean 'class'?"),
        ('class = "development"', 'clas = "development"', "variants.command.clas", "Did you mean 'class'?"),
        ("toolchain =", "tool =", "process.tool", "Did you mean 'toolchain'?"),
        ("registry =", "regestry =", "bases.0.regestry", "Did you mean 'registry'?"),
        (
            "registry =",
            'zzz = ""\nregistry =',
            "bases.0.zzz",
            "Known: argument, local, registry.",
        ),
    ],
)
def test_the_error_for_an_unknown_key_names_its_file_and_the_nearest_key(
    tmp_path: Path, old: str, new: str, key: str, remedy: str
) -> None:
    path, error = error_of(tmp_path, changed(TARGET, old, new))
    assert error.where == f"{path}: {key}"
    assert error.remedy == remedy
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("line", "key", "remedy"),
    [
        ('title = "Flask"\n', "title", "Add 'title'."),
        ('summary = "threads"\n', "variants.gthread.summary", "Add 'summary'."),
        ('class = "production"\n', "variants.gthread.class", "Add 'class'."),
        ('local = "local/python:3.13"\n', "bases.0.local", "Add 'local'."),
    ],
)
def test_the_error_for_a_missing_key_names_its_file(tmp_path: Path, line: str, key: str, remedy: str) -> None:
    path, error = error_of(tmp_path, changed(TARGET, line, ""))
    assert error.where == f"{path}: {key}"
    assert error.remedy == remedy


@pytest.mark.parametrize(
    ("old", "new", "key", "remedy"),
    [
        ('"production"', '"prod"', "variants.gthread.class", "Use one of: 'production', 'tuned' or 'development'."),
        ('"python-venv"', '"python"', "process.toolchain", "Use one of: 'python-venv', 'go', 'node' or 'ruby'."),
        ('"framework"', '"frame"', "role", "Use one of: 'framework' or 'null'."),
        ('"plain"', '"plane"', "answers.0", "Use one of: 'plain', 'json', 'path' or 'post'."),
        ('"Flask"', "7", "title", SEE),
        ("= 90", "= 0", "ready_within_s", SEE),
        ("= 90", "= 3601", "ready_within_s", SEE),
        ('"2"', "2", "variants.gthread.environment.WORKERS", SEE),
    ],
)
def test_the_error_for_a_wrong_value_names_its_file_and_the_valid_values(
    tmp_path: Path, old: str, new: str, key: str, remedy: str
) -> None:
    path, error = error_of(tmp_path, changed(TARGET, old, new))
    assert error.where == f"{path}: {key}"
    assert error.remedy == remedy


def test_the_error_for_an_unknown_default_variant_suggests_the_nearest(tmp_path: Path) -> None:
    path, error = error_of(tmp_path, changed(TARGET, 'default = "gthread"', 'default = "gthraed"'))
    assert str(error) == (
        f"unknown default variant ({path}: default): there is no variant 'gthraed'. Did you mean 'gthread'?"
    )


@pytest.mark.parametrize(
    ("content", "place"), [(b"title = ", ":1"), (b"title = 'a'\ntitle = 'b'\n", ":2:12"), (b"\xff\xfe", "")]
)
def test_the_error_for_invalid_toml_names_the_file_and_the_place(tmp_path: Path, content: bytes, place: str) -> None:
    path = tmp_path / "target.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        load_target(path)
    assert caught.value.what == "not a TOML file"
    assert caught.value.where == f"{path}{place}"


@pytest.mark.parametrize(
    "content", ["a = " + "1" * 5000, "a = " + "[" * 20_000, "a = " + "{b = " * 5000, "a = 1_" + "0" * 10_000]
)
def test_no_toml_is_too_long_or_too_deep_for_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "targets" / "odd").mkdir(parents=True)
    (tmp_path / "targets" / "odd" / "target.toml").write_text(content)
    with pytest.raises(UsageError, match="not a TOML file"):
        load_targets(tmp_path)


def test_the_error_for_an_unreadable_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_target(tmp_path)
    assert str(caught.value) == f"can't read a file ({tmp_path}): Is a directory. Check the path."


# Scenarios.


def test_a_scenario_has_the_first_line_of_its_docstring_as_summary(project: Path) -> None:
    path = project / "scenarios" / "hello.py"
    path.write_text('"""Say hello.\n\nAnd more.\n"""\n\nfrom no_such_module import Caller\n', encoding="utf-8")
    (project / "scenarios" / "silent.py").write_text("class U(locust.User): ...\n", encoding="utf-8")
    (project / "scenarios" / "notes.txt").write_text("no scenario", encoding="utf-8")
    assert load_scenarios(project) == {
        "hello": Scenario("hello", "Say hello.", path),
        "silent": Scenario("silent", "", project / "scenarios" / "silent.py"),
    }


@pytest.mark.parametrize(("content", "line"), [(b"x = 1\ndef hello(:\n", 2), (b"x = '\xff'\n", 1), (b"x = 1\0\n", 1)])
def test_the_error_for_a_scenario_with_invalid_python_names_file_and_line(
    project: Path, content: bytes, line: int
) -> None:
    path = project / "scenarios" / "broken.py"
    path.write_bytes(content)
    (project / "scenarios" / "hello.py").write_text("", encoding="utf-8")
    known = load_scenarios(project)
    assert known["broken"].problem.startswith(f"a scenario is not valid Python ({path}:{line}): ")
    assert find_scenarios("hello", known) == ["hello"]
    path.unlink()  # it was read once
    with pytest.raises(UsageError) as caught:
        find_scenarios("hello,broken", known)
    assert caught.value.what == "a scenario is not valid Python"
    assert caught.value.where == f"{path}:{line}"


def test_a_file_without_a_user_class_has_this_as_its_problem_and_is_not_imported(project: Path) -> None:
    path = project / "scenarios" / "notes.py"
    path.write_text('"""Notes."""\n\nimport locust\n\nraise SystemExit\n', encoding="utf-8")
    known = load_scenarios(project)
    assert known["notes"] == Scenario("notes", "Notes.", path, f"no scenario ({path}): it has no user class")
    assert find_scenarios("notes", known) == ["notes"]  # its import says the same, with what to do


def test_a_scenario_that_can_not_be_read_has_its_cause(project: Path) -> None:
    path = project / "scenarios" / "deep.py"
    path.write_text(f"x = {'-' * 100_000}1\n", encoding="utf-8")
    assert load_scenarios(project)["deep"].problem.startswith("a scenario ")


# The look-up by name.


@pytest.mark.parametrize(
    ("words", "subjects"),
    [
        (["flask_app"], ["flask_app:gthread"]),
        (["flask_app:command"], ["flask_app:command"]),
        (["flask_app:command,flask_app"], ["flask_app:command", "flask_app:gthread"]),
        (["flask_app , flask_app:command"], ["flask_app:gthread", "flask_app:command"]),
        (["flask_app", "flask_app:gthread", "flask_app"], ["flask_app:gthread"]),
        (["flask_app,", ",,flask_app:command"], ["flask_app:gthread", "flask_app:command"]),
        ([], []),
    ],
)
def test_the_subjects_of_words_are_in_order_and_each_once(project: Path, words: list[str], subjects: list[str]) -> None:
    assert [str(subject) for subject in find_subjects(words, load_targets(project))] == subjects


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("flsk_app", "unknown target (flsk_app): targets/ has no such folder. Did you mean 'flask_app'?"),
        ("zzz", "unknown target (zzz): targets/ has no such folder. Known: flask_app."),
        (
            "flask_app:gtread",
            "unknown variant (flask_app:gtread): Flask has no such variant. Did you mean 'gthread'?",
        ),
        ("flask_app:zz", "unknown variant (flask_app:zz): Flask has no such variant. Known: command, gthread."),
    ],
)
def test_the_error_for_an_unknown_subject_suggests_the_nearest(project: Path, word: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(message)}$"):
        find_subjects(["flask_app", word], load_targets(project))


@given(chosen=st.lists(st.sampled_from(["a", "a:x", "a:y", "b", "b:z"])))
def test_separate_words_and_a_comma_separated_list_give_the_same_subjects(chosen: list[str]) -> None:
    def a_target(name: str, *names: str) -> Target:
        variants = tuple(Variant(variant, VariantClass.PRODUCTION, "") for variant in names)
        return Target(name, name, "", "", Path(name), variants, names[0])

    targets = {"a": a_target("a", "x", "y"), "b": a_target("b", "z")}
    full = {"a": Subject("a", "x"), "b": Subject("b", "z")}
    expected = []
    for word in chosen:
        target, _, variant = word.partition(":")
        expected.append(full.get(word) or Subject(target, variant))
    assert find_subjects(chosen, targets) == tuple(dict.fromkeys(expected))
    assert find_subjects([",".join(chosen)] if chosen else [], targets) == tuple(dict.fromkeys(expected))


def test_a_profile_is_found_by_name_and_the_error_for_an_unknown_one_suggests_the_nearest() -> None:
    profiles = load_profiles()
    assert find_one("profile", "quick", profiles) is profiles["quick"]
    with pytest.raises(UsageError) as caught:
        find_one("profile", "quikc", profiles)
    assert str(caught.value) == "unknown profile (quikc): there is no such profile. Did you mean 'quick'?"
