"""The convention of a page's numbers, from all of them."""

import pytest

from harness.errors import UsageError
from harness.figures.importing.languages import language_of
from harness.figures.importing.numerals import Convention, all_readings, convention_of, require_language

GERMAN = "Das ist der Vergleich und die Messung der zwei, und er ist nicht mit der von gestern."


def read(text: str, numbers: list[str], language: str = "", words: str = "") -> list[float]:
    return [one.value for one in convention_of(numbers, language, words).readings(text)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1234", [1234]),
        ("1,234", [1234, 1.234]),
        ("1.234", [1234, 1.234]),
        ("1.234,5", [1234.5]),
        ("1,234.5", [1234.5]),
        ("429,50", [429.5]),
        ("0.532", [0.532]),
        ("14 216.12", [14216.12]),
        ("14'216", [14216]),
        ("1,234,567", [1234567]),
        ("1.2.3", []),
    ],
)
def test_all_readings_of_a_number(text: str, values: list[float]) -> None:
    assert [one.value for one in all_readings(text)] == values


@pytest.mark.parametrize(
    ("numbers", "value"),
    [
        (["6.1", "1,234"], 1234),  # a point is decimal here, so a comma is not
        (["1,234,567"], 1234),
        (["1.234.567"], 1.234),
        (["14 216,12"], 1.234),
    ],
)
def test_what_the_other_numbers_can_only_be_decides(numbers: list[str], value: float) -> None:
    assert read("1,234", numbers) == [value]


@pytest.mark.parametrize(("language", "value"), [("en", 1234), ("en-GB", 1234), ("de", 1.234), ("de-CH", 1234)])
def test_the_declared_language_decides_where_no_number_does(language: str, value: float) -> None:
    assert read("1,234", ["2,500"], language) == [value]


def test_the_language_of_the_words_decides_where_none_is_declared() -> None:
    assert read("2.500", ["2.500"], words=GERMAN) == [2500]
    assert language_of(GERMAN) == "de"
    assert language_of("Flask Gin 12 34") == ""


@pytest.mark.parametrize(
    ("text", "other", "language", "values"),
    [
        ("75,000", "21,5", "", [75000, 75]),
        ("75,000", "21,5", "en", [75000, 75]),
        ("75,000", "21,5", "de", [75]),
        ("75.000", "38.1", "de", [75000, 75]),
        ("75.000", "38.1", "en", [75]),
        ("75.000", "38.1", "", [75]),
        ("75,000", "38.1", "de", [75000]),
        ("75.000", "21,5", "en", [75000]),
        ("75,000", "14 216,12", "", [75]),
    ],
)
def test_a_decimal_mark_that_the_language_does_not_have_leaves_open_what_it_is_elsewhere(
    text: str, other: str, language: str, values: list[float]
) -> None:
    assert read(text, [other, text], language) == values


def test_the_language_that_a_user_names_decides_also_what_the_numbers_leave_open() -> None:
    assert [one.value for one in convention_of(["38.1"], "de", "", is_told=True).readings("2.631")] == [2631]


def test_without_any_sign_a_number_keeps_its_two_readings() -> None:
    assert read("1,234", ["1,234"]) == [1234, 1.234]
    assert read("1,234", ["1,234"], "xx-unknown") == [1234, 1.234]


def test_a_page_that_writes_both_ways_leaves_it_open() -> None:
    assert read("1,234", ["1.234,5", "1,234.5"]) == [1234, 1.234]


def test_an_unambiguous_number_needs_no_convention() -> None:
    assert [one.value for one in Convention().readings("1.234,5")] == [1234.5]


def test_few_words_decide_where_they_make_groups_of_the_digits() -> None:
    heads = "Framework Requests per second"
    assert read("41,000", ["3,210", "41,000"], words=heads) == [41000]
    assert read("41.000", ["3.210", "41.000"], words=heads) == [41000, 41]  # heads that other languages borrow
    assert read("41.000", ["41.000"], words="Framework Anfragen pro Sekunde") == [41000]
    assert read("1.234", ["41,000", "1.234"], words=heads) == [1.234]


@pytest.mark.parametrize("other", ["1,234,567", "3,210.5", "0.45"])
def test_one_other_number_decides_before_the_language(other: str) -> None:
    assert read("3,210", [other], "de") == [3210]


def test_the_declared_language_decides_where_the_numbers_write_both_ways() -> None:
    assert read("1,234", ["1.234,5", "1,234.5"], "en") == [1234]
    assert read("1,234", ["1.234,5", "1,234.5"], "de") == [1.234]


def test_a_code_of_no_language_is_refused() -> None:
    assert (require_language(None), require_language("fr-CA")) == ("", "fr-CA")
    with pytest.raises(UsageError, match=r"unknown language \(--language english\)"):
        require_language("english")
