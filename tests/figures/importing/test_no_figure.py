"""Numbers of sentences and headings that look like figures: none of them gets lost."""

import pytest

from harness.figures.importing.no_figure import NO_UNIT
from tests.figures.importing.imported import ENGLISH, imported_text, reasons

HEADING = "a number in a heading"


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("We drove both apps over and over again and over 1 connection; Flask: 4,210.", [("4,210", NO_UNIT)]),
        ("Over 1 connection Flask got 4210, Gin 21000.", [("4210", NO_UNIT), ("21000", NO_UNIT)]),
        ("Flask scored: 45, Gin: 90.", [("90", NO_UNIT)]),
        (
            "Flask and Gin are close, which is 5x.",
            [("5x", "a ratio or difference of which the page does not name the other side")],
        ),
        ("## Flask: 5,400 req/s\n\nSome words.", [("5,400 req/s", HEADING)]),
        ("## Gin is 12x faster than Flask\n\nSome words.", [("12x", HEADING)]),
    ],
)
def test_a_number_that_looks_like_a_figure_is_listed(text: str, listed: list[tuple[str, str]]) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{text}\n")
    assert reasons(page) == listed
    assert page.figures.figures == ()


@pytest.mark.parametrize(
    "text",
    [
        "Flask listens on port 8080, Gin on port 8081.",
        "In 2024, Flask ran on Python 3.12, and Gin was v1.10.",
        "## 64 connections\n\nSome words.",
        "Flask ran twice, for 30 s, with 64 connections.",
    ],
)
def test_a_port_a_version_a_date_or_a_load_does_not_look_like_one(text: str) -> None:
    assert reasons(imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{text}\n")) == []


def test_a_suffix_may_stand_at_the_unit() -> None:
    page = imported_text(f"{ENGLISH}\n\nFlask: 5.4kreq/s, and Gin reached 66krps.\n")
    assert [one.low for one in page.figures.figures] == [5400, 66000]
