"""Texts that fit a width, and the width itself."""

import io
import os
import pty
import subprocess
import sys
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from harness.console.terminal import (
    add_row,
    aligned,
    columns,
    fitted,
    folded,
    new_table,
    padded,
    say_wrapped,
    show_table,
)
from harness.plain_characters import PLAIN, register


def test_a_character_is_as_wide_as_the_ascii_that_stands_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    register()
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=PLAIN)
    monkeypatch.setattr(sys, "stdout", ascii_only)
    rows = [["\N{PLUS-MINUS SIGN} 5", "a"], ["14.0", "b"], [fitted("a long name", 7), "c"]]
    table = new_table("first", "second")
    for row in rows:
        add_row(table, *row)
    show_table("title", table)
    ascii_only.seek(0)
    lines = ascii_only.read().splitlines()
    assert lines[2:] == ["+- 5   a", "14.0   b", "a...   c"]
    assert aligned(rows) == ["\N{PLUS-MINUS SIGN} 5  a", "14.0  b", "a\N{HORIZONTAL ELLIPSIS}  c"]


def test_a_text_that_fits_is_not_changed() -> None:
    assert fitted("abcd", 4) == "abcd"


def test_a_longer_text_is_cut_at_its_end() -> None:
    assert fitted("abcde", 4) == "abc\N{HORIZONTAL ELLIPSIS}"


@pytest.mark.parametrize(
    ("width", "cut"), [(22, "Handles 15,000 req/s"), (19, "Handles 15,000…"), (15, "Handles 15,000…"), (14, "Handles…")]
)
def test_a_longer_text_is_cut_at_a_word(width: int, cut: str) -> None:
    assert fitted("Handles 15,000 req/s", width) == cut


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (20, ["flask_app / null_app"]),
        (19, ["flask_app /", "null_app"]),
        (9, ["flask_", "app /", "null_app"]),
        (5, ["flask", "_", "app /", "null_", "app"]),
    ],
)
def test_a_name_is_folded_behind_its_marks(width: int, lines: list[str]) -> None:
    assert folded("flask_app / null_app", width) == lines


@given(st.text("abc_:/- @漢", min_size=1, max_size=40), st.integers(4, 20))
def test_nothing_of_a_folded_name_is_cut_and_each_line_fits(name: str, width: int) -> None:
    lines = folded(name, width)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


def test_a_wide_letter_takes_two_cells() -> None:
    assert fitted("漢字漢字", 6) == "漢字\N{HORIZONTAL ELLIPSIS}"
    assert padded("漢", 4) == "漢  "


@pytest.mark.parametrize(("setting", "width"), [("100", 100), ("12", 40), ("wide", 80), (None, 80)])
def test_the_width_is_that_of_columns_at_least_40_else_80(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, width: int
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if setting is not None:
        monkeypatch.setenv("COLUMNS", setting)
    assert columns() == width


def test_a_paragraph_is_wrapped_after_its_indent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    say_wrapped("[red] " + "word " * 9, indent=4, first="1.")
    assert capsys.readouterr().out == "1.  [red] word word word word word word\n    word word word\n"


def test_a_cell_is_never_broken_within_a_number_its_unit_or_its_interval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    table = new_table("row", "what")
    cells = [f"{'word ' * number}30.5 ms [10.1, 92.3] ± 0.8 %" for number in range(1, 8)]
    for cell in cells:
        add_row(table, "row", cell)
    show_table("title", table)
    printed = capsys.readouterr().out
    for whole in ("30.5 ms", "[10.1, 92.3]", "± 0.8 %"):
        assert printed.count(whole) == len(cells)


@pytest.mark.program
def test_errors_and_warnings_are_wrapped_at_words_on_a_terminal_alone() -> None:
    texts = ["a 3.13-slim image and " + "words " * 20 + "end", "the end of it takes 30.5 ms " * 5 + "in all"]
    program = (
        "from harness.cli import _end; from harness.console.terminal import tell; "
        "from harness.errors import UsageError; "
        f"tell({texts[0]!r}); _end(UsageError('it broke', where='here', cause={texts[1]!r}, remedy='Mend it.'))"
    )
    command = [sys.executable, "-c", program]
    plain = subprocess.run(command, capture_output=True, text=True, check=False).stderr.splitlines()
    assert plain == [texts[0], f"error: it broke (here): {texts[1]}. Mend it."]
    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, (24, 50))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    subprocess.run(command, stderr=writer, check=False, env=environment)
    os.close(writer)
    lines = os.read(reader, 10_000).decode().split("\r\n")
    os.close(reader)
    assert max(map(len, lines)) <= 50
    assert [one for line in lines for one in line.split()] == [one for line in plain for one in line.split()]
    assert " ".join(lines).count("30.5 ms") == sum(line.count("30.5 ms") for line in lines)


@pytest.mark.program
def test_a_reader_of_the_progress_that_goes_away_does_not_end_the_command() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = "from harness.console.terminal import say, tell; tell('block 1'); tell('block 2'); say('done')"
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=writer, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stdout) == (0, "done\n")
