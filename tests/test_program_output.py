"""Output of a program: its end, and its length."""

import os
from collections.abc import Iterator

import pytest

from harness.program_output import END_BYTES, ProgramOutput
from tests.runtime.awaiting import until


@pytest.fixture
def output() -> Iterator[ProgramOutput]:
    output = ProgramOutput(limit_bytes=10, every_s=0.005)
    yield output
    output.close()


def test_the_last_lines_are_returned(output: ProgramOutput) -> None:
    os.write(output.descriptor, b"one\ntwo\nthree \xff\n\n")
    assert output.tail(3) == "two\nthree \ufffd"
    assert output.tail(20) == "one\ntwo\nthree \ufffd"
    assert output.end() == "one\ntwo\nthree \ufffd\n\n"


def test_after_its_close_it_is_empty(output: ProgramOutput) -> None:
    os.write(output.descriptor, b"one\n")
    output.close()
    output.close()
    output.shorten()
    assert (output.tail(20), output.end(), output.size_bytes) == ("", "", 0)


def test_only_the_end_of_the_file_is_read(output: ProgramOutput) -> None:
    os.write(output.descriptor, b"first\n" + b"x" * END_BYTES)
    assert output.tail(20) == "x" * END_BYTES


def test_the_file_is_shortened_above_its_limit(output: ProgramOutput) -> None:
    os.write(output.descriptor, b"0123456789")
    output.shorten()
    assert output.tail(1) == "0123456789"
    os.write(output.descriptor, b"x")
    output.shorten()
    os.write(output.descriptor, b"new\n")
    assert (output.tail(1), output.size_bytes) == ("new", 4)


def test_an_output_without_end_is_dropped_again_and_again(output: ProgramOutput) -> None:
    output.keep_short()
    for _ in range(3):
        os.write(output.descriptor, b"x" * 99)
        until(lambda: output.size_bytes == 0)


def test_a_file_that_got_the_number_of_a_closed_output_keeps_its_content(
    output: ProgramOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[int] = []
    monkeypatch.setattr(os, "ftruncate", lambda descriptor, _length: cut.append(descriptor))
    os.write(output.descriptor, b"x" * 99)
    output.close()
    output.shorten()
    assert cut == []
