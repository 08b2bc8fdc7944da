"""Hostile text in every field of a run that is not the harness's own, in every format of a report."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from harness.model import AttributeName
from harness.report import Format, render
from harness.report.page import render_page
from tests.hostile_text import CORPUS, commands
from tests.report.markup import read
from tests.report.material import failed_material, material

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

# the fields that a manifest, a figures file, a target or its probes fill
_FROM_OUTSIDE = frozenset(
    {
        *("title", "language", "summary", "reference", "evidence", "message", "reason", "detail", "label", "printed"),
        *("section", "source", "date", "text", "warnings", "notes", "conditions", "environment", "setup_differences"),
    }
)


def poisoned(value: Any, texts: Iterator[str], name: str = "") -> Any:  # noqa: ANN401 - any part of a run
    """Return a value with the next of these texts in every field from outside."""
    if type(value) is str:  # no member of an enumeration
        return next(texts) if name in _FROM_OUTSIDE else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        if fields.get("name") is AttributeName.LANGUAGE_VERSION:
            fields["answer"] = next(texts)
        return dataclasses.replace(value, **{key: poisoned(one, texts, key) for key, one in fields.items()})
    if isinstance(value, tuple):
        return tuple(poisoned(one, texts, name) for one in value)
    if isinstance(value, Mapping):
        return {key: poisoned(one, texts, name) for key, one in value.items()}
    return value


def written(folder: Path, first: int) -> dict[str, str]:
    """Render two reports in which each field from outside has another string, from `first` on; return the files."""
    texts = itertools.islice(itertools.cycle(CORPUS), first, None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        run = dataclasses.replace(poisoned(material(), texts), document={"text": CORPUS})
        render(run, folder, frozenset(Format))
        failed = poisoned(failed_material(), texts)
        render(failed, folder / "failed", frozenset({Format.HTML, Format.MARKDOWN, Format.CSV}))
    return {str(path.relative_to(folder)): _text(path) for path in folder.rglob("*.*")}


def _text(path: Path) -> str:
    """Return the text of a file; of Parquet its table as CSV."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv(index=False)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("first", [0, 17])
def test_hostile_text_stays_text_in_every_format(first: int, tmp_path: Path) -> None:
    files = written(tmp_path, first)
    assert {name.rpartition(".")[2] for name in files} == _CHECKS.keys()
    assert {"report.md", "report_full.md", "failed/report.md", "failed/report_full.md"} <= files.keys()
    for name, text in files.items():
        left = {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} - {"\n", "\t"}
        assert left == set(), name
        found = [line for line in commands(text) if not line.lstrip().startswith('"')]
        assert len(found) == (text.count("\n") if name.startswith("github/") else 0), "only the harness's own commands"
        _CHECKS[name.rpartition(".")[2]](text)


def _check_html(text: str) -> None:
    page = read(text)
    found = {element.tag for element in page._below()}
    assert found <= {element.tag for element in read(render_page(material()))._below()} | {"blockquote"}
    assert not [one for element in page._below() for one in element.attributes if one.startswith("on")]


def _check_markdown(text: str) -> None:
    kinds = {token.type for token in _tokens(text)}
    assert kinds & {"html_block", "html_inline", "fence"} == set()
    links = {str(token.attrs.get("href") or token.attrs.get("src")) for token in _tokens(text) if token.attrs}
    assert links <= {"report_full.md", "claims.svg"}, "ours alone"
    code = [token.content for token in _tokens(text) if token.type == "code_block"]
    assert all(line.startswith("harness ") for block in code for line in block.splitlines())
    assert not re.search(r"(?<!\\)://|\bwww\.", text), "GitHub would make it a link"


def _tokens(text: str) -> Iterator[Token]:
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield from (token, *(token.children or ()))


def _check_csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) <= 1
    cells = [value for row in rows for value in row]
    assert not [one for one in cells if re.match(r"[=+@\t]|-(?!\d+(\.\d+)?$)", one)]


def _check_xml(text: str) -> None:
    ET.fromstring(text)  # noqa: S314 - ours


def _check_json(text: str) -> None:
    json.loads(text)


def _check_text(text: str) -> None:
    assert not re.search(r"^\s*::(?!(warning|error) [^:]*::)", text, re.MULTILINE)


_CHECKS = {
    "html": _check_html,
    "md": _check_markdown,
    "csv": _check_csv,
    "parquet": _check_csv,
    "svg": _check_xml,
    "xml": _check_xml,
    "json": _check_json,
    "sarif": _check_json,
    "txt": _check_text,
}
