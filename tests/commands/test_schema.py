"""The schemas of the hand-written files."""

import inspect
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from harness.cli import app
from harness.commands.schema import every_schema, schemas_of_files
from harness.documents import DOCUMENTS
from tests.checkout import ROOT, repository_files
from tests.conftest import GoldenFiles
from tests.project import Shell

SCHEMAS = schemas_of_files()
EVERY = every_schema()
WRITTEN = {
    path: kind
    for kind, patterns in {
        "project": ["project.toml", "*/project.toml"],
        "target": ["*/target.toml"],
        "figures": ["figures/*.toml", "*/figures/*.toml"],
    }.items()
    for path in repository_files(*patterns)
    if path.parent.name != "corpus"  # its pages are tables of their own form, from which its test makes figures
}


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, monkeypatch, capsys)


def test_all_commands_but_two_print_a_document_of_their_name() -> None:
    commands = {str(one.name): one.callback for one in app.registered_commands}
    with_document = {
        name for name, does in commands.items() if does and "as_json" in inspect.signature(does).parameters
    }
    assert with_document == DOCUMENTS.keys()
    assert commands.keys() - with_document == {"schema", "worker"}


def test_a_folder_that_can_not_be_written_is_told(shell: Shell) -> None:
    (shell.folder / "file").touch()
    done = shell.run("schema", "--all", "--output", "file")
    assert done.code == 3
    assert done.err.startswith("error: can't write a file (file/")
    assert done.err.endswith(". Name another folder with --output.\n")


def test_the_committed_schemas_are_those_that_the_command_writes(shell: Shell, golden: GoldenFiles) -> None:
    done = shell.run("schema", "--all")
    written = [Path(line) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert {path.parent for path in written} == {Path("schemas")}
    assert {path.stem for path in written} == EVERY.keys() == DOCUMENTS.keys() | SCHEMAS.keys()
    assert EVERY.keys() == {path.stem for path in repository_files("schemas/*.json")}
    for path in written:
        text = (shell.folder / path).read_text(encoding="utf-8")
        GoldenFiles(ROOT / "schemas", golden.update).check(path.name, text)


def test_one_schema_is_printed_as_it_is_written_into_another_folder(shell: Shell) -> None:
    assert shell.run("schema", "--all", "--output", "deep/er").code == 0
    for name in ("run", "target"):
        assert shell.run("schema", name).out == (shell.folder / "deep/er" / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [(), ("run", "--all")])
def test_a_schema_is_named_or_all_are_written(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.run("schema", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: no schema chosen (schema): it takes either a name or --all. Names: run, check, ")


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_valid_and_describes_every_key(name: str) -> None:
    schema = SCHEMAS[name]
    Draft202012Validator.check_schema(schema)
    sections = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]
    keys = [(one["title"], key, "description" in value) for one in sections for key, value in one["properties"].items()]
    assert len(keys) > 6
    assert [key for key in keys if not key[2]] == []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_file_names_its_schema_in_its_first_line_and_fits_it(path: Path) -> None:
    first, _ = path.read_text(encoding="utf-8").split("\n", 1)
    directive, _, schema = first.partition(" ")
    assert directive == "#:schema"
    stock = ROOT / "harness" / "stock"  # its files are copied into projects
    project = stock if path.is_relative_to(stock) else ROOT
    folder = stock / "targets/NAME" if path.parent == stock / "new_target" else path.parent
    assert (folder / schema).resolve() == project / "schemas" / f"{WRITTEN[path]}.json"
    Draft202012Validator(SCHEMAS[WRITTEN[path]]).validate(read(path))


def test_the_repository_has_files_of_each_kind() -> None:
    assert set(WRITTEN.values()) == set(SCHEMAS)


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("project.toml", {"refrence": "x"}, "'refrence' was unexpected"),
        ("project.toml", {"targets": []}, "should be non-empty"),
        ("targets/flask_app/target.toml", {"role": "nul"}, "'nul' is not one of"),
        ("targets/flask_app/target.toml", {"variants": {"x": {"class": "tuned"}}}, "'summary' is a required property"),
        ("figures/flask_vs_gin.toml", {"groups": [{"id": "x"}]}, "'section' is a required property"),
    ],
)
def test_a_wrong_key_or_value_does_not_fit_the_schema(name: str, wrong: dict[str, Any], message: str) -> None:
    validator = Draft202012Validator(SCHEMAS[WRITTEN[ROOT / name]])
    with pytest.raises(ValidationError, match=message):
        validator.validate(json.loads(json.dumps(read(ROOT / name) | wrong, default=str)))


def test_an_unknown_unit_does_not_fit_the_schema() -> None:
    page = read(ROOT / "figures" / "flask_vs_gin.toml")
    page["groups"][0]["figures"][0]["unit"] = "mb"
    with pytest.raises(ValidationError, match="'mb' is not one of"):
        Draft202012Validator(SCHEMAS["figures"]).validate(page)
