"""Error messages and exit codes."""

import errno
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import (
    FindingError,
    HarnessError,
    Interrupted,
    MachineError,
    MeasurementError,
    TargetError,
    UsageError,
    nearest,
    remedy_of_write,
)


def test_an_error_prints_what_where_cause_and_remedy() -> None:
    error = UsageError("unknown target", where="flsk", cause="no such folder", remedy="Did you mean 'flask_app'?")
    assert str(error) == "unknown target (flsk): no such folder. Did you mean 'flask_app'?"
    assert (error.what, error.where, error.cause) == ("unknown target", "flsk", "no such folder")
    assert error.remedy == "Did you mean 'flask_app'?"


@pytest.mark.parametrize("cause", ["it is full", "it is full.", "it is full. ", "it is full..."])
def test_a_printed_cause_ends_with_exactly_one_full_stop(cause: str) -> None:
    assert str(MachineError("can't write", where="/x", cause=cause, remedy="Free some.")) == (
        "can't write (/x): it is full. Free some."
    )


def test_further_lines_of_a_cause_print_below_the_message_and_stay_there_in_the_error_of_a_run() -> None:
    inner = TargetError("it failed", where="a", cause="it ended\nIt last printed:\n  one\n  two", remedy="Correct it.")
    assert str(inner) == "it failed (a): it ended. Correct it.\nIt last printed:\n  one\n  two"
    outer = TargetError("a target failed", where="b", cause=str(inner), remedy="The rest is stored.")
    sentence, *below = str(outer).splitlines()
    assert sentence == "a target failed (b): it failed (a): it ended. Correct it. The rest is stored."
    assert below == ["It last printed:", "  one", "  two"]


@pytest.mark.parametrize(
    ("kind", "code"), [(FindingError, 1), (UsageError, 2), (MachineError, 3), (TargetError, 4), (MeasurementError, 5)]
)
def test_each_error_class_has_its_exit_code(kind: type[HarnessError], code: int) -> None:
    assert kind("a", where="b", cause="c", remedy="d").exit_code == code
    assert kind.exit_code == code


@pytest.mark.parametrize(("signal_number", "code"), [(2, 130), (15, 143)])
def test_an_interrupt_exits_with_128_plus_its_signal_number(signal_number: int, code: int) -> None:
    error = Interrupted(signal_number, where="run")
    assert error.exit_code == code
    assert error.signal_number == signal_number
    assert str(error) == f"interrupted (run): signal {signal_number}. Repeat the command."


@pytest.mark.parametrize(
    "error",
    [
        TargetError("it failed", where="a", cause="it ended\nlast line", remedy="Correct it."),
        Interrupted(15, where="run"),
    ],
)
def test_an_error_of_another_process_is_the_same_error(error: HarnessError) -> None:
    received = pickle.loads(pickle.dumps(error))  # noqa: S301 - its own bytes
    assert type(received) is type(error)
    assert (str(received), received.args, vars(received)) == (str(error), error.args, vars(error))


def test_one_interrupt_does_not_change_the_exit_code_of_another() -> None:
    first, second = Interrupted(2, where="run"), Interrupted(15, where="run")
    assert (first.exit_code, second.exit_code) == (130, 143)


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("flsk_app", "Did you mean 'flask_app'?"),
        ("gin", "Did you mean 'gin_app'?"),
        ("zebra", "Known: flask_app, gin_app."),
        ("", "Known: flask_app, gin_app."),
    ],
)
def test_the_remedy_names_the_nearest_known_word_or_all_known_words(word: str, remedy: str) -> None:
    assert nearest(word, ["gin_app", "flask_app"]) == remedy


def test_without_known_words_the_remedy_suggests_none() -> None:
    assert nearest("flask_app", []) == "Known: none."


@given(known=st.sets(st.text("abcdef", min_size=1), min_size=1), word=st.text("abcdef"))
def test_a_suggestion_is_always_a_known_word(known: set[str], word: str) -> None:
    remedy = nearest(word, known)
    assert remedy == f"Known: {', '.join(sorted(known))}." or remedy[len("Did you mean '") : -len("'?")] in known


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Free some space, or name another folder with TMPDIR."),
        (errno.EDQUOT, "Free some space, or name another folder with TMPDIR."),
        (errno.EACCES, "Name another folder with TMPDIR."),
        (errno.EFBIG, "Name another folder with TMPDIR."),
    ],
)
def test_only_a_write_without_room_asks_for_free_space(number: int, remedy: str) -> None:
    assert remedy_of_write(OSError(number, "why"), "name another folder with TMPDIR") == remedy
