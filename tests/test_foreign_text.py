"""Text from outside: nothing of it moves a cursor, commands a CI runner or becomes a formula; ordinary text stays."""

import json
import unicodedata
from unittest.mock import Mock

import pytest

from harness import foreign_text
from harness.foreign_text import cell, encodable, escaped_json, one_line, printable
from tests.growth import growth
from tests.hostile_text import CORPUS, commands


@pytest.mark.parametrize("text", ["", "Flask 3.1", "ä 漢 ±", "one\ntwo\tthree", "a::b", "#1 [x]", "-5 %"])
def test_ordinary_text_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize("text", CORPUS)
def test_no_control_character_and_no_command_to_a_runner_is_left(text: str) -> None:
    shown = printable(text)
    kinds = {unicodedata.category(char) for char in shown if char not in "\n\t"}
    assert kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()
    assert commands(shown) == []
    assert shown.encode().decode() == shown


def test_an_escape_sequence_is_shown_as_its_escapes() -> None:
    assert printable("\x1b[2Jred\x07 \u202eabc \ud800") == r"\x1b[2Jred\x07 \u202eabc \ud800"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[91mnpm ERR!\x1b[0m code 1", "npm ERR! code 1"),
        ("\x1b[01;31m\x1b[Kerror:\x1b[m\x1b[K x", "error: x"),
        ("\x1b[38;5;9ma\x1b[38:2::255:0:0mb\x9b0mc\x1b(B", "abc"),
        ("\x1b[1\x1b[0m2m", r"\x1b[12m"),  # what is left can't colour anything either
        ("\x1b[0m::error::x #\x1b[m#[group]", r"\::error::x ##\[group]"),
    ],
)
def test_the_sequences_of_colours_are_left_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("::error::x", r"\::error::x"), ("a\n  ::set-env::x", "a\n  \\::set-env::x"), ("a ##[error]x", r"a ##\[error]x")],
)
def test_a_command_to_a_ci_runner_is_quoted(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("end", ["\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_one_and_a_command_behind_it_is_quoted(end: str) -> None:
    assert printable(f"a{end}::b") == "a\n\\::b"
    assert "\n" not in one_line(f"a{end}b")


@pytest.mark.parametrize("text", CORPUS)
def test_escaped_json_has_the_same_values_in_printable_characters(text: str) -> None:
    written = escaped_json(json.dumps({"a": text}, ensure_ascii=False))
    assert written.isprintable()
    assert json.loads(written) == {"a": text}


@pytest.mark.parametrize("text", CORPUS)
def test_encodable_text_is_utf8(text: str) -> None:
    assert encodable(text).encode().decode() == encodable(text)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_a_cell_that_would_be_a_formula_is_quoted_as_text(formula: str) -> None:
    assert str(cell(formula)).startswith("'")


@pytest.mark.parametrize("value", [-1, -1.5, None, "a-b", "1e-3"])
def test_numbers_and_other_cells_stay(value: object) -> None:
    assert cell(value) == value


@pytest.mark.parametrize("formula", ["\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)"])
def test_a_line_break_or_a_full_width_sign_before_a_formula_does_not_hide_it(formula: str) -> None:
    assert str(cell(formula)).startswith("'")


def test_the_time_for_empty_lines_grows_no_faster_than_their_number() -> None:
    assert growth(lambda size: printable("\n" * size), 1_000, 10_000) < 40
    assert printable("\n\n \n  ::error::x\n::y") == "\n\n \n  \\::error::x\n\\::y"


def test_each_kind_of_character_of_a_long_text_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Mock(wraps=foreign_text._visible)
    monkeypatch.setattr(foreign_text, "_visible", seen)
    assert printable("<g>\n\x1b" * 1_000) == "<g>\n\\x1b" * 1_000
    assert seen.call_count == 2
