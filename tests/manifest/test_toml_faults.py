"""The places of faults in TOML texts, with the messages of the real parser."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.manifest.toml_faults import Fault, fault_of


def fault_in(text: str) -> Fault:
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    return fault_of(text, str(caught.value))


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("title = 'x'\nanswers = [\n  'plain',\n", ":2:11", "array"),
        ("a = 1\r\nb = [\r\n", ":2:5", "array"),
        ("a = [\n[1, 2],\n[3, # ]\n", ":3:1", "array"),
        ("a = [{x = 1},\n", ":1:5", "array"),
        ("a = \"]'\"\nb = ['''\n[''', '\"', \"\\\"]\",\n", ":2:5", "array"),
        ("é = 1\n", ":1:1", ""),
        ('a = """x[\n', ":1:5", "string"),
        ("a = '''x\n", ":1:5", "string"),
    ],
)
def test_the_place_of_what_has_no_end_is_where_it_begins(text: str, place: str, what: str) -> None:
    fault = fault_in(text)
    assert fault.place == place
    if what:
        assert (fault.cause, fault.remedy) == (
            f"the {what} that begins here is not closed before the end of the file",
            "Close it.",
        )


def test_an_array_that_a_later_line_goes_on_with_is_not_closed_or_lacks_a_comma() -> None:
    assert fault_in("a = [1\nb = 2\n") == Fault(
        ":1:5",
        "the array that begins here is not closed before line 2",
        "Close it, or add the comma that is missing before line 2.",
    )
    assert fault_in("a = {x = 1 y = 2}\n") == Fault(
        ":1:5",
        "the inline table that begins here is not closed in this line",
        "Close it, or add the comma that is missing in this line.",
    )


def test_a_fault_after_an_open_array_names_the_line_of_both() -> None:
    assert fault_in("a = [1,\nb = 2\n") == Fault(
        ":2:1",
        "Invalid value in the array that begins in line 1",
        "Correct this line, or close the array before it.",
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a\n", ":1:2"),
        ("[x\n", ":1:3"),
        ("a = 1\na = 2\n", ":2:6"),
        ("a = [1]\nb = x\n", ":2:5"),
        ("a = 1\nb =", ":2"),
        ("a = 1\nb = 'x\n", ":2"),
    ],
)
def test_any_other_fault_has_its_own_place(text: str, place: str) -> None:
    fault = fault_in(text)
    assert (fault.place, fault.remedy) == (place, "Correct this line.")


def test_a_message_without_a_place_is_the_cause() -> None:
    assert fault_of("", "it is nested too deep") == Fault("", "it is nested too deep", "Correct the file.")


@given(st.text(st.sampled_from("a=[]{}\"'#\\,1. \r\n"), max_size=30))
def test_every_fault_of_any_text_is_in_the_text(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = fault_of(text, str(error))
        line = int(fault.place.split(":")[1])
        assert 1 <= line <= text.count("\n") + 1
