"""The work of an import grows with the page and not with its square: by its calls, which no machine's speed changes."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest

from harness.figures.importing.collapsed import read_collapsed
from harness.figures.importing.found import CELL, LEFT_OUT, Finder, Place
from harness.figures.importing.html import _Reader, read_html
from harness.figures.importing.numerals import Convention
from harness.figures.importing.page import Block, Cell, Page, Table
from harness.figures.importing.prose import MOST_AMOUNTS
from harness.figures.importing.source import Source
from harness.figures.importing.stated import stated_in
from harness.figures.importing.subjects import Subjects
from harness.figures.importing.tool_output import is_tool_output
from tests.figures.importing.imported import imported_text, reasons

_LEAST, _MOST = 100, 2.15  # rows; and the growth of a page of twice the rows, with room for what they share


def _rows_without_heads(rows: int) -> str:
    body = "".join(f"<tr><td>Gin</td><td>{1000 + row} req/s</td><td></td></tr>" for row in range(rows))
    return f"<table><tr><th>Framework</th><th></th><th></th></tr>{body}</table>"


def _rows_with_ratios(rows: int) -> str:
    body = "".join(
        f"<tr><td>Gin</td><td>{1000 + row}</td><td>{1 + row / 8:.2f}x</td><td>-</td></tr>" for row in range(rows)
    )
    heads = "<tr><th>Framework</th><th>Requests/s</th><th>vs Flask</th><th>Errors</th></tr>"
    return f"<table>{heads}{body}</table>"


def _columns(rows: int) -> str:
    body = "".join(f"<tr><td>Latency {row} (ms)</td><td>{row}.5</td><td>{row}.25</td></tr>" for row in range(rows))
    return f"<table><tr><th>Metric</th><th>Flask</th><th>Gin</th></tr>{body}</table>"


def _sentences(rows: int) -> str:
    return "".join(f"<p>Flask served {1000 + row} req/s with 64 connections, {row} times.</p>" for row in range(rows))


def _one_paragraph(rows: int) -> str:
    return f"<p>{' '.join(f'Flask served {1000 + row} req/s in our test.' for row in range(rows))}</p>"


def _sections(rows: int) -> str:
    return "".join(f"<h2>Round {row}: Flask</h2><p>Memory: {row + 30} MB</p>" for row in range(rows))


@pytest.mark.parametrize(
    "page", [_rows_without_heads, _rows_with_ratios, _columns, _sentences, _one_paragraph, _sections]
)
def test_twice_the_page_is_twice_the_work(page: Callable[[int], str]) -> None:
    pages = [f"<!doctype html><title>Flask vs Gin</title>{page(rows)}" for rows in (_LEAST, 2 * _LEAST)]
    imported_text(pages[1], "page.html")  # so that no pattern or label is new
    calls = [_calls(one) for one in pages]
    assert calls[1] / calls[0] < _MOST


@pytest.mark.parametrize("run", ["7", " ", "7 ", "v1.2 ", "a"])
def test_the_decoration_of_a_name_is_looked_for_once_in_a_long_run(run: str) -> None:
    subjects = Subjects.of({"flask_app": "Flask"})
    assert subjects.only(f"Flask {run * 500_000}x") is None  # a minute if each character begins a search to the end


@pytest.mark.parametrize("run", [",234", " 234", ".234"])
def test_the_groups_of_a_stated_number_are_counted(run: str) -> None:
    assert stated_in(f"1{run * 100_000}") == ()  # minutes if each group begins a search to the end
    assert stated_in("with 1,000,000 connections") == ("1,000,000 connections",)


def test_blank_lines_before_the_output_of_a_tool_are_searched_once() -> None:
    assert not is_tool_output("\n" * 1_000_000)  # minutes if each line begins a search to the end
    assert is_tool_output("\n\n   Requests/sec:  12.5")


def test_a_cell_that_spans_many_stands_in_no_more_cells_than_the_page_has_characters() -> None:
    text = f"<table>{'<tr><td rowspan=200 colspan=200>1 ms</td></tr>' * 100}</table>"
    table = read_html(Source.of(Path("page.html"), text)).blocks[0]
    assert isinstance(table, Table)
    assert sum(cell.is_repeat for row in table.rows for cell in row) <= 2 * len(text)


def test_rows_that_are_too_many_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.figures.importing.importer.MOST_CELLS", 30)
    page = imported_text(f"<!doctype html><title>Flask vs Gin</title>{_columns(40)}", "page.html")
    assert len(page.figures.figures) == 2 * 9  # ten rows of three cells; the first of them has the heads
    assert [(one.printed, one.reason) for one in page.unplaced] == [("", LEFT_OUT)]


def test_elements_that_are_too_many_are_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.figures.importing.html._MOST_STEPS", 60)
    page = imported_text(f"<!doctype html><title>Flask vs Gin</title>{_sections(40)}", "page.html")
    assert 0 < len(page.figures.figures) < 40
    assert [one.reason for one in page.unplaced if one.reason == LEFT_OUT] == [LEFT_OUT]


def test_markdown_that_is_too_long_is_left_out_from_a_line_on_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.figures.importing.markdown._MOST_CHARACTERS", 40)
    page = imported_text("# Flask\n\nMemory: 30 MB\n\nStart: 12 ms\n\nBinary: 9 MB\n")
    assert [one.printed for one in page.figures.figures] == ["30 MB", "12 ms"]
    assert [(one.reason, one.place) for one in page.unplaced] == [(LEFT_OUT, (7, 1))]


def test_descriptions_of_pictures_are_searched_until_some_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.figures.importing.html._MOST_MISSES", 1)
    reader = _Reader(Source.of(Path("page.html"), "Flask 1, Flask 2, Flask 3"))
    for words in ("Flask 1", "Flask 2", "Gin 4", "Flask 3"):
        reader._describe(words)
    assert [block.text.offset(0) for block in reader.blocks if isinstance(block, Block)] == [0, 9, 9, 9]


def test_a_text_that_is_too_much_work_is_left_out_with_the_first_place() -> None:
    source = Source.of(Path("page.txt"), "Flask: 12 ms, 13 ms")
    finder = Finder(Page(source, ()), Subjects.of({}), Convention(), work_left=CELL)
    assert finder.affords(CELL, source.whole(0, 5))
    assert [finder.affords(CELL, source.whole(start, start + 2)) for start in (7, 14)] == [False, False]
    finder.refuse_left_out()
    assert [(one.offset, one.reason) for one in finder.unplaced] == [(7, LEFT_OUT)]


def test_folded_rows_that_are_too_much_work_are_left_out_and_not_refused() -> None:
    source = Source.of(Path("page.txt"), "Show 2 more attributes Memory 12 MB Start 9 ms")
    finder = Finder(Page(source, ()), Subjects.of({}), Convention(), labels=frozenset({"Memory", "Start"}), work_left=0)
    assert read_collapsed(finder, [Cell(source.whole(0, len(source.text)))], ["flask_app", "gin_app"], Place("", None))
    assert (finder.found, finder.unplaced, finder.left_out) == ([], [], [0])


def test_a_sentence_of_very_many_numbers_is_refused_once() -> None:
    page = imported_text(f"# A\n\nFlask served {', '.join(f'{n} ms' for n in range(100, 220))}.\n")
    assert reasons(page) == [("100 ms", f"its sentence has more than {MOST_AMOUNTS} numbers")]


def _calls(text: str) -> int:
    """Return the number of calls of an import, of Python's and of C's functions."""
    count = 0

    def note(_frame: FrameType, event: str, _of: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        imported_text(text, "page.html")
    finally:
        sys.setprofile(before)
    return count
