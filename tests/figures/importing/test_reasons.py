"""The reasons of numbers that could not be placed, in the words of messages."""

import pytest

from harness.figures.importing import no_figure, reason_lines
from harness.figures.importing.figures_file import as_toml
from tests.figures.importing.imported import imported_text

FINNISH = "# Flask ja Gin\n\n| | Flask | Gin |\n|---|---|---|\n| Pyyntöjä | 3,210 req/s | 41,000 req/s |\n"
WRK = "Running 10s test @ http://127.0.0.1:8080/\nRequests/sec:   1200.00\nTransfer/sec:    120.00KB\n"


def test_numbers_with_two_readings_are_one_line_with_both() -> None:
    assert "\n".join(reason_lines(imported_text(FINNISH))) == (
        "2 \u00d7 two readings, and the page does not tell which: '3,210' on line 5 is 3210 or 3.21; '41,000' on line"
        " 5 is 41000 or 41"
    )


def test_a_line_has_three_numbers_and_says_that_there_are_more() -> None:
    file = imported_text("| Metric | Flask |\n|---|---|\n" + "".join(f"| Score {n} | {n + 3} |\n" for n in range(5)))
    assert "\n".join(reason_lines(file)) == (
        "5 \u00d7 no unit is printed with it, in its label or in its head: '3' on line 3; '4' on line 4; '5' on line"
        " 5; ..."
    )


@pytest.mark.parametrize(
    ("text", "name", "remedy"),
    [
        (FINNISH, "page.md", 'lang="en" in it, or --language en'),
        (WRK, "wrk.txt", "in the name of the file: flask_wrk.txt"),
        ("| Metric | Flask |\n|---|---|\n| Score | 7 |\n", "page.md", "Print the unit in the cell"),
        ("Flask and Gin, 1,200 and 20,000.5 req/s", "page.md", "`harness import page.md --interactive`"),
    ],
)
def test_the_error_says_what_to_do_for_its_reason(text: str, name: str, remedy: str) -> None:
    assert remedy in str(no_figure(imported_text(text, name)))


def test_the_remedy_for_a_tool_gives_figures() -> None:
    assert [one.target for one in imported_text(WRK, "flask_wrk.txt").figures.figures] == ["flask_app"]


def test_one_number_is_no_plural() -> None:
    one = imported_text("| Metric | Flask |\n|---|---|\n| Score | 7 |\n")
    assert "its 1 number lacks something" in str(no_figure(one))
    assert "# 0 figures; 1 number not placed, at the end." in as_toml(one)
