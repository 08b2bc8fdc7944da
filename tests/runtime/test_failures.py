"""The words of failures: the last lines of a target below its message, with equal lines folded."""

import pytest

from harness.runtime.failures import folded, with_log

ACCESS = '127.0.0.1 - - [29/Nov/2026:12:{minute}:36 +0000] "GET / HTTP/1.1" {status} 11 "-" "-"'
PLAIN = ("starting", "starting", "a", "starting")


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ((), []),
        (("one",), ["one"]),
        (PLAIN, ["starting … 2 times", "a", "starting"]),
        (("GET / from 127.0.0.1:40001", "GET / from 127.0.0.1:40002"), ["GET / from 127.0.0.1:40002 … 2 times"]),
        (("took 1.25ms", "took 870µs", "took 1 s"), ["took 1 s … 3 times"]),
        (("GET / 200", "GET / 500", "GET / 500"), ["GET / 200", "GET / 500 … 2 times"]),
        (("line 1", "a line 1"), ["line 1", "a line 1"]),
    ],
)
def test_a_row_of_lines_that_differ_only_in_numbers_is_one_line(lines: tuple[str, ...], shown: list[str]) -> None:
    assert folded(lines) == shown


def test_an_access_log_is_one_line_for_each_status() -> None:
    lines = [ACCESS.format(minute=10 + n, status=200) for n in range(18)]
    lines += [ACCESS.format(minute=50, status=404)]
    assert folded(lines) == [f"{lines[17]} … 18 times", lines[18]]


def test_the_last_lines_are_below_the_cause_and_indented() -> None:
    assert with_log("it ended", "one\ntwo\ntwo") == "it ended\nIt last printed:\n  one\n  two … 2 times"


def test_a_target_that_printed_nothing_has_only_its_cause() -> None:
    assert with_log("it ended", " \n") == "it ended"
