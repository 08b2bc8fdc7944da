"""The words of an accusation."""

import math

import pytest

from harness.figures.consistency.wording import listed, number_of, place_of, quoted, span
from tests.figures.consistency.pages import at_least, difference, figure


@pytest.mark.parametrize(("printed", "text"), [("9", "'9' req/s"), ("9 a", "'9 a'"), ("9%", "'9%'")])
def test_a_bare_number_is_quoted_with_its_unit(printed: str, text: str) -> None:
    assert quoted(figure(printed)) == text


def test_a_place_has_the_label_that_the_page_prints() -> None:
    assert place_of(figure("9", label="Rate")) == "Facts: Rate"
    assert place_of(figure("9", label="[pro]")) == "Facts"


def test_equal_texts_are_listed_once_with_all_their_places() -> None:
    again = figure("10", section="Full"), figure("10", section="Pros", label="[pro]"), figure("10", label="Rate")
    assert listed([figure("10"), *again, figure("7 s")]) == (
        "'10' req/s (Facts, Full: Speed; Pros; Facts: Rate) and '7 s' (Facts: Speed)"
    )


@pytest.mark.parametrize(
    ("printed", "text"), [("19,929", "19,929"), ("~1,200 req/s", "1,200 req/s"), ("500-1,500", "1,000 req/s")]
)
def test_an_operand_is_the_printed_number(printed: str, text: str) -> None:
    assert number_of(figure(printed, value=(500, 1500) if "-" in printed else None)) == text


def test_a_span_is_in_the_printed_unit() -> None:
    assert span(figure("11 KB", "KB"), (9.9e3, 12.1e3)) == "9.90 KB to 12.1 KB"
    assert span(figure("11 KB", "KB"), (11e3, 11e3)) == "11.0 KB"
    assert span(at_least("12+", 12), (11.5, math.inf)) == "at least 11.5x"
    assert span(figure("up to 50"), (0.0, 51.0)) == "at most 51.0 req/s"
    assert span(difference("-100%", -100), (0.0, 0.005)) == "-100% to -99.5%"
