"""Texts that fit a width, and the width itself."""

import os
import subprocess
import sys

import pytest

from harness.console.terminal import columns, fitted, fitted_end, padded, say_wrapped


def test_a_text_that_fits_is_not_changed() -> None:
    assert fitted("abcd", 4) == fitted_end("abcd", 4) == "abcd"


def test_a_longer_text_is_cut_at_its_end_or_at_its_beginning() -> None:
    assert fitted("abcde", 4) == "abc\N{HORIZONTAL ELLIPSIS}"
    assert fitted_end("abcde", 4) == "\N{HORIZONTAL ELLIPSIS}cde"


def test_a_wide_letter_takes_two_cells() -> None:
    assert fitted("漢字漢字", 6) == "漢字 \N{HORIZONTAL ELLIPSIS}"
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
