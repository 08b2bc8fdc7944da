"""The work of an import grows with the page and not with its square: by its calls, which no machine's speed changes."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from tests.figures.importing.imported import imported_text

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
