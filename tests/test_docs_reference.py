"""The pages of docs/reference, written from the commands and from the schemas. --update-golden rewrites them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from harness.cli import app
from harness.commands.schema import schemas_of_files
from harness.documents import DOCUMENTS, schema_of
from tests.checkout import ROOT
from tests.conftest import GoldenFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = """<!-- Written from the commands by tests/test_docs_reference.py. -->

"""
DOCUMENTS_HEAD = """<!-- Written from the schemas by tests/test_docs_reference.py. -->

# Documents

With `--json` a command prints one document. `harness schema NAME` prints its JSON Schema, or that of a hand-written
file. All numbers are in base units: seconds, bytes, requests per second, ratios. A `?` behind a type says that the
value may be `null`.
"""


def test_the_page_of_the_commands_is_the_output_of_the_commands(golden: GoldenFiles) -> None:
    GoldenFiles(ROOT / "docs/reference", golden.update).check("commands.md", COMMANDS + commands())


def test_the_page_of_the_documents_is_that_of_the_schemas(golden: GoldenFiles) -> None:
    GoldenFiles(ROOT / "docs/reference", golden.update).check("documents.md", "\n".join([DOCUMENTS_HEAD, *documents()]))


def test_every_command_and_every_document_has_its_part() -> None:
    page = commands()
    group = get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert [name for name in group.commands if f"## `harness {name}`" not in page] == []
    assert [name for name in (*DOCUMENTS, *schemas_of_files()) if f"## {name}" not in list(documents())] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_member_of_a_document_has_a_meaning_and_every_meaning_a_member(name: str) -> None:
    schema = schema_of(name)
    for title, part_of in ((name, schema), *schema.get("$defs", {}).items()):
        members, meanings = part_of.get("properties", {}), meanings_of(part_of)
        described = {member for member, value in members.items() if "description" in value} | {"schema"}
        assert members.keys() - meanings.keys() <= described, title
        assert meanings.keys() <= members.keys(), title


@pytest.mark.parametrize(
    ("schema", "spelled"),
    [
        ({"type": "string"}, "string"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number?"),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, "number or string"),
        ({"type": "array", "items": {"$ref": "#/$defs/Row"}}, "list of Row"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "integers by name"),
        ({"type": "object"}, "object"),
        ({"const": "harness.run/1"}, '"harness.run/1"'),
        ({}, "any"),
    ],
)
def test_a_type_is_spelled(schema: dict[str, Any], spelled: str) -> None:
    assert spelled_type(schema) == spelled


def commands() -> str:
    group = get_command(app)
    context = typer.Context(group, info_name="harness")
    return get_docs_for_click(obj=group, ctx=context, name="harness", title="Commands").rstrip() + "\n"


def documents() -> Iterator[str]:
    """Yield the lines of the page: a part for each document and each file, with a table for each of its objects."""
    for name in DOCUMENTS:
        yield from part(name, schema_of(name), "A document.")
    for name, schema in schemas_of_files().items():
        yield from part(name, schema, "A file in TOML.")


def part(name: str, schema: dict[str, Any], kind: str) -> Iterator[str]:
    yield from (f"## {name}", "", f"{kind} {summary_of(schema)}".strip(), "")
    yield from table(schema)
    for title, inner in schema.get("$defs", {}).items():
        if "properties" in inner:
            yield from (f"### {title} (of {name})", "", summary_of(inner), "")
            yield from table(inner)
        elif "enum" in inner:
            values = ", ".join(f"`{one}`" for one in inner["enum"])
            yield from (f"### {title} (of {name})", "", f"One of {values}.", "")


def table(schema: dict[str, Any]) -> Iterator[str]:
    meanings = meanings_of(schema)
    yield from ("| member | type | meaning |", "|---|---|---|")
    for name, value in schema.get("properties", {}).items():
        meaning = one_line(value.get("description", meanings.get(name, "")))
        yield f"| `{name}` | {spelled_type(value)} | {meaning} |".replace("|  |", "| |")
    yield ""


def spelled_type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema or "enum" in schema:
        return " or ".join(f'"{one}"' for one in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        kinds = [spelled_type(one) for one in schema["anyOf"]]
        return " or ".join(kind for kind in kinds if kind != "null") + ("?" if "null" in kinds else "")
    if schema.get("type") == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return f"list of {spelled_type(items)}"
    if isinstance(of_each := schema.get("additionalProperties"), dict) and of_each:
        return f"{spelled_type(of_each)}s by name"
    return str(schema.get("type", "any"))


def summary_of(schema: dict[str, Any]) -> str:
    return one_line(str(schema.get("description", "")).partition("Attributes:")[0])


def meanings_of(schema: dict[str, Any]) -> dict[str, str]:
    """Return the meanings of members in a description, as `Attributes:` lists them; a line can be of several."""
    _, _, listed = str(schema.get("description", "")).partition("Attributes:\n")
    entries = re.findall(r"^    ([\w, ]+): (.*(?:\n     +.*)*)", listed, re.MULTILINE)
    return {name.strip(): text for names, text in entries for name in names.split(",")}


def one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
