"""Text in lines that fit a terminal."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.paragraphs import fitted_to, glued, unglued, wrapped

QUANTITIES = (
    "30.5 ms",
    "178 µs",
    "6,120 req/s",
    "33.0 MiB",
    "± 0.8 %",
    "[5,980, 6,260]",
    "[0.0267, 0.702]",
    "~ 1.01",
    "? 0.137",
    "2 CPUs",
)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("quantity", QUANTITIES)
@given(before=st.integers(0, 60))
def test_a_line_never_ends_within_a_number_its_unit_or_its_interval(quantity: str, before: int) -> None:
    lines = wrapped(f"{'a ' * before}{quantity} and more words", 60)
    assert any(quantity in line for line in lines)
    assert max(map(len, lines)) <= 60


def test_a_line_ends_between_words_and_keeps_a_long_word_and_hyphens_whole() -> None:
    path = "/" + "a-long-path" * 6
    assert wrapped(f"a 3.13-slim image is in {path} of this machine", 40) == [
        "a 3.13-slim image is in",
        path,
        "of this machine",
    ]


def test_further_lines_have_the_indent_and_spaces_at_the_beginning_stay() -> None:
    assert wrapped("  one two three", 9, indent="    ") == ["  one two", "    three"]
    assert wrapped("", 9) == [""]


@given(st.text())
def test_a_glued_text_is_as_it_was_but_for_one_private_character(text: str) -> None:
    assert unglued(glued(text)) == text.replace("\ue000", " ")


@pytest.mark.parametrize(("columns", "width"), [("44", 44), ("12", 40), ("many", 80), ("", 80)])
def test_a_terminal_has_wrapped_lines_and_any_other_stream_plain_ones(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = "error: " + "word " * 40 + "\n  a log"
    *lines, log = fitted_to(Terminal(), text).split("\n")
    assert len(lines) > 1
    assert max(map(len, lines)) <= width < max(map(len, lines)) + len(" word")
    assert log == "  a log"
    assert fitted_to(io.StringIO(), text) == text
