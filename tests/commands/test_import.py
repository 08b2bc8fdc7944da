"""`harness import`: what it writes, prints and counts, and its exit codes."""

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer

from harness.documents import schema_of
from harness.figures.consistency import find_contradictions
from harness.figures.importing import figures_file, import_page
from harness.figures.reading import read_figures
from tests import reference_run
from tests.checkout import ROOT
from tests.project import Shell, make_project
from tests.small_disk import small_disk

PAGE = """# Flask vs Gin

This is how fast the two are, and what is known of their memory.

| Metric | Flask | Gin |
|---|---|---|
| Requests per second | 1,200 req/s | 20,000 req/s |
| Memory | 30 MB | 9.5 MB |
| Age | 7 | 1.5 |
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    root = make_project(tmp_path)
    (root / "page.md").write_text(PAGE, encoding="utf-8")
    return Shell(root, monkeypatch, capsys)


def test_a_page_is_written_as_a_figures_file_and_counted(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("import", "page.md", "--output", "imported.toml")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "page.md: 4 figures in imported.toml, 2 numbers not placed:\n"
        "  2 \u00d7 no unit is printed with it, in its label or in its head: '7' on line 9; '1.5' on line 9\n"
    )
    [written] = tmp_path.rglob("imported.toml")
    assert [one.target for one in read_figures(written).figures] == ["flask_app", "flask_app", "gin_app", "gin_app"]


def test_without_a_file_it_is_printed(shell: Shell) -> None:
    done = shell.run("import", "page.md")
    file = tomllib.loads(done.out)
    assert [one["printed"] for group in file["groups"] for one in group["figures"]] == [
        "1,200 req/s",
        "30 MB",
        "20,000 req/s",
        "9.5 MB",
    ]
    assert [(one["printed"], one["place"]) for one in file["unplaced"]] == [("7", [9, 9]), ("1.5", [9, 13])]


def test_the_document_has_line_and_column_of_each_number(shell: Shell) -> None:
    document: dict[str, Any] = json.loads(shell.run("import", "page.md", "--json").out)
    jsonschema.validate(document, schema_of("import"), jsonschema.Draft202012Validator)
    first = document["figures"][0]
    assert (first["printed"], first["line"], first["column"]) == ("1,200 req/s", 7, 25)
    assert document["totals"] == {"figures": 4, "unplaced": 2}


def test_a_full_disk_leaves_no_file_that_would_refuse_the_next_try(shell: Shell, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        room = os.statvfs(disk)
        (disk / "rest").write_bytes(bytes(room.f_bavail * room.f_frsize))
        done = shell.run("import", "page.md", "--output", str(disk / "imported.toml"))
        said = f"error: can't write a file ({disk}/imported.toml): No space left on device. Free some space.\n"
        assert (done.code, done.err) == (3, said)
        assert [path.name for path in disk.iterdir()] == ["rest"]


def test_an_existing_file_is_kept(shell: Shell) -> None:
    shell.run("import", "page.md", "--output", "imported.toml")
    done = shell.run("import", "page.md", "--output", "imported.toml")
    assert done.code == 2
    assert "the file exists (imported.toml)" in done.err


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (None, 2, "can't read a page (other.html): No such file"),
        (b"# Words\n\nNo number.\n", 1, "no figures on this page (other.html)"),
        (b"<table><tr><th>Bean<th>Roast<tr><td>Arabica<td>12 minutes", 1, "no figure could be placed (other.html)"),
        (b"\x89PNG\r\n\x1a\n", 2, "it is a picture, an archive or a PDF"),
    ],
)
def test_a_page_without_figures_says_so(
    shell: Shell, tmp_path: Path, content: bytes | None, code: int, message: str
) -> None:
    if content is not None:
        [page] = tmp_path.rglob("page.md")
        (page.parent / "other.html").write_bytes(content)
    done = shell.run("import", "other.html")
    assert (done.code, "Traceback" in done.err) == (code, False)
    assert message in done.err


def test_check_takes_a_page_and_names_its_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ROOT / "tests" / "figures" / "importing" / "pages" / "matrix_by_concurrency.md"
    done = Shell(ROOT, monkeypatch, capsys).run("check", str(page), "--run", "reference", "--json")
    document: dict[str, Any] = json.loads(done.out)
    jsonschema.validate(document, schema_of("check"), jsonschema.Draft202012Validator)
    results = reference_run.summary().results
    measured = {one.subject.target for one in results if one.metric == "throughput.closed.c64" and one.estimate}
    judged = [(one["target"], one["measured"]["metric"]) for one in document["figures"] if one["measured"]]
    on_page = dict.fromkeys(one["target"] for one in document["figures"])
    assert judged == [(target, "throughput.closed.c64") for target in on_page if target in measured]
    assert (done.code, document["totals"]["not_measured"]) == (0, 27 - len(judged))
    assert "1 number could not be placed: `harness import" in done.err


def test_check_says_what_would_place_the_numbers_of_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    done = Shell(ROOT, monkeypatch, capsys).run("check", str(page), "--run", "reference")
    assert (
        f"{page}: 2 numbers could not be placed: `harness import {page}` lists them. "
        "Print the unit in the cell, the label or the head.\n"
    ) in done.err


def test_contradictions_of_a_page_have_its_lines(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace("| Age | 7 | 1.5 |", "| Requests per second | 5,000 req/s | 9 req/s |"), "utf-8")
    found = find_contradictions(figures_file(import_page(page, {"flask_app": "Flask", "gin_app": "Gin"})).figures)
    assert [[one.line for one in contradiction.figures] for contradiction in found] == [[7, 9], [7, 9]]


def test_nothing_is_asked_in_a_pipe(shell: Shell) -> None:
    done = shell.run("import", "page.md", "--interactive")
    assert done.code == 2
    assert "--interactive needs a terminal" in done.err


def test_a_number_is_asked_for_and_placed_as_answered(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["flask_app", "s", "-"])  # the second number is left out
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(answers))
    done = shell.run("import", "page.md", "--interactive")
    file = tomllib.loads(done.out)
    asked = [one for group in file["groups"] for one in group["figures"] if one["printed"] == "7"]
    assert [(one["value"], one["unit"]) for one in asked] == [(7, "s")]
    assert [one["printed"] for one in file["unplaced"]] == ["1.5"]


def test_of_many_unplaced_numbers_the_file_has_the_first_and_says_where_the_others_are(shell: Shell) -> None:
    rows = "".join(f"| Age {number} | {number} | {number} |\n" for number in range(300))
    (shell.folder / "long.md").write_text(f"{PAGE}{rows}", encoding="utf-8")
    done = shell.run("import", "long.md", "--output", "long.toml")
    text = (shell.folder / "long.toml").read_text(encoding="utf-8")
    document = json.loads(shell.run("import", "long.md", "--json").out)
    total = document["totals"]["unplaced"]
    assert total > len(tomllib.loads(text)["unplaced"]) == 500
    assert len(document["unplaced"]) == total
    others = f"`harness import long.md --json` has the other {total - 500}"
    assert f"{total} numbers not placed, the first 500 at the end; {others}.\n" in text
    assert f"{total} numbers not placed (the file has the first 500, --json all)" in done.err
