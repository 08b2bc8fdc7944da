"""The schemas of the hand-written files."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from harness.commands.schema import schemas_of_files
from tests.checkout import ROOT, repository_files
from tests.conftest import GoldenFiles
from tests.project import Shell

SCHEMAS = schemas_of_files()
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


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_committed_schema_is_the_output_of_the_command(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: GoldenFiles,
) -> None:
    done = Shell(tmp_path, monkeypatch, capsys).run("schema", name)
    assert (done.code, done.err) == (0, "")
    GoldenFiles(ROOT / "schemas", golden.update).check(f"{name}.json", done.out)


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
    assert (path.parent / schema).resolve() == project / "schemas" / f"{WRITTEN[path]}.json"
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
