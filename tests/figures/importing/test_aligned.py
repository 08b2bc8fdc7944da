"""Tables without bars, and those of reStructuredText, AsciiDoc and databases."""

import pytest

from tests.figures.importing.imported import imported_text, reasons

SPACES = """\
Flask and Gin

Framework    Requests/s    p99       Memory
Flask        1,200.5       25.5 ms   45 MB
Gin          21,500.5      2.5 ms    12 MB
"""
READ = [("flask_app", "1,200.5"), ("flask_app", "25.5 ms"), ("flask_app", "45 MB")]
READ += [("gin_app", "21,500.5"), ("gin_app", "2.5 ms"), ("gin_app", "12 MB")]


def read(text: str, name: str = "page.txt") -> list[tuple[str, str]]:
    file = imported_text(text, name)
    assert not file.unplaced
    return [(one.target, one.printed) for one in file.figures.figures]


def test_columns_stand_apart_by_spaces() -> None:
    file = imported_text(SPACES, "page.txt")
    assert [(one.target, one.printed) for one in file.figures.figures] == READ
    assert [one.metric for one in file.figures.figures[:3]] == ["throughput.closed.*", "latency.*", "memory.*"]
    assert [one.place for one in file.figures.figures][:2] == [(4, 14), (4, 28)]


def test_columns_stand_apart_by_tabs_of_any_width() -> None:
    rows = ("Framework\tRequests/s\tp99", "Flask\t1,200.5\t25.5 ms", "Gin\t21,500.5\t2.5 ms")
    assert read("Flask and Gin\n\n" + "\n".join(rows)) == [one for one in READ if "MB" not in one[1]]


@pytest.mark.parametrize("fence", ["```\n{}```\n", "```text\n{}```\n"])
def test_a_code_block_may_have_such_a_table(fence: str) -> None:
    assert read(f"# Results\n\n{fence.format(SPACES)}", "page.md") == READ


def test_code_is_no_table() -> None:
    code = "```python\nrate = 1200    # Flask\nother = 21500  # Gin\n```\n"
    assert read(f"# Flask\n\nFlask serves 1200 req/s.\n\n{code}", "page.md") == [
        ("flask_app", "Flask serves 1200 req/s")
    ]


def test_rows_with_other_gaps_than_the_head_are_no_table() -> None:
    text = "Flask and Gin\n\nFramework  Requests/s  p99\nFlask  1,200.5  25.5 ms\nGin     2.5 ms\n"
    assert not any(one.metric == "throughput.closed.*" for one in imported_text(text, "page.txt").figures.figures)


def test_rulers_of_restructuredtext_part_columns() -> None:
    text = """\
Flask and Gin
=============

========= ========== ========
Framework Requests/s p99 (ms)
========= ========== ========
Flask     1,200.5    25.5
Gin       21,500.5   2.5
========= ========== ========
"""
    assert read(text, "page.rst") == [(target, text.removesuffix(" ms")) for target, text in READ if "MB" not in text]


def test_a_frame_does_not_end_a_table() -> None:
    text = """\
Flask and Gin

+-----------+------------+---------+
| Framework | Requests/s | p99     |
+===========+============+=========+
| Flask     | 1,200.5    | 25.5 ms |
+-----------+------------+---------+
| Gin       | 21,500.5   | 2.5 ms  |
+-----------+------------+---------+
"""
    assert read(text) == [one for one in READ if "MB" not in one[1]]


def test_a_row_of_asciidoc_may_take_several_lines() -> None:
    text = """\
= Flask and Gin

[cols="1,1,1"]
|===
|Framework |Requests/s |p99

|Flask
|1,200.5
|25.5 ms

|Gin |21,500.5 |2.5 ms
|===
"""
    assert read(text, "page.adoc") == [one for one in READ if "MB" not in one[1]]


def test_underlined_lines_are_headings() -> None:
    file = imported_text("Results\n=======\n\nFlask\n-----\n\nIt serves 1,200.5 req/s.\n", "page.rst")
    assert [(one.target, one.printed) for one in file.figures.figures] == [("flask_app", "serves 1,200.5 req/s")]
    assert reasons(file) == []


def test_long_lines_of_dashes_take_no_time() -> None:
    text = "\n".join(["Flask and Gin", *(f"{'-' * 290} x" for _ in range(200)), "Flask serves 1,200.5 req/s."])
    assert [one.printed for one in imported_text(text, "page.txt").figures.figures] == ["Flask serves 1,200.5 req/s"]
