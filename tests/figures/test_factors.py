"""Factors in words: which words are one, its number and its rounding."""

import pytest

from harness.figures.factors import factors_in


@pytest.mark.parametrize(
    ("text", "words", "digits", "rounding"),
    [
        ("Gin is twice as fast as Flask.", "twice", "2", 0.5),
        ("Gin is two times faster than Flask.", "two times", "2", 0.5),
        ("It is three times as fast.", "three times", "3", 0.5),
        ("thrice as fast", "thrice", "3", 0.5),
        ("four times the throughput", "four times", "4", 0.5),
        ("Five times more requests per second", "Five times", "5", 0.5),
        ("seven times less memory", "seven times", "7", 0.5),
        ("ten times faster", "ten times", "10", 0.5),
        ("tenfold faster", "tenfold", "10", 0.5),
        ("an order of magnitude faster", "an order of magnitude", "1e1", 5),
        ("one order of magnitude less memory", "one order of magnitude", "1e1", 5),
        ("double the throughput", "double", "2", 0.5),
        ("triple the latency of Gin", "triple", "3", 0.5),
        ("quadruple that of Gin", "quadruple", "4", 0.5),
        ("half as fast", "half", "0.5", 0.125),
        ("half the memory", "half", "0.5", 0.125),
        ("half of the memory", "half", "0.5", 0.125),
        ("one half of the peak memory", "one half", "0.5", 0.125),
        ("a third of the memory", "a third", "0.333", 0.5 / 9),
        ("one-third of the memory", "one-third", "0.333", 0.5 / 9),
        ("a quarter of the amount of RAM", "a quarter", "0.25", 0.5 / 16),
        ("a quarter of the response time", "a quarter", "0.25", 0.5 / 16),
        ("a fifth as many requests", "a fifth", "0.2", 0.5 / 25),
        ("a tenth of that of Flask", "a tenth", "0.1", 0.005),
        ("half of Flask's memory", "half", "0.5", 0.125),
        ("three times Flask\u2019s throughput", "three times", "3", 0.5),
        ("twice the number of requests per second", "twice", "2", 0.5),
        ("twice the requests per second", "twice", "2", 0.5),
        ("and twice the speed of Flask", "twice", "2", 0.5),
        ("twice the requests of Flask", "twice", "2", 0.5),
        ("It doubles the throughput.", "doubles", "2", 0.5),
        ("It tripled Flask's rate.", "tripled", "3", 0.5),
        ("quadrupling throughput", "quadrupling", "4", 0.5),
        ("it halves memory", "halves", "0.5", 0.125),
    ],
)
def test_a_factor_before_what_it_compares_is_a_number(text: str, words: str, digits: str, rounding: float) -> None:
    (one,) = factors_in(text)
    assert (text[one.start : one.end], one.digits) == (words, digits)
    assert one.rounding == pytest.approx(rounding)


@pytest.mark.parametrize(
    "text",
    [
        "Backups run twice a day.",
        "half of the users of Flask",
        "half the developers that we asked",
        "two times we tried Gin",
        "It doubles as a proxy.",
        "It doubles its throughput.",
        "many times faster",
        "several times the memory",
        "Half the time Flask is idle.",
        "double the load",
        "twice the traffic",
        "half of the requests failed",
        "a third faster",
        "half again as fast",
        "half faster",
        "a third party as fast as Flask",
        "the third quarter",
        "in half a second",
        "twice",
        "three times",
        "the second half",
        "a double as good as Flask",
    ],
)
def test_words_that_compare_nothing_are_no_factors(text: str) -> None:
    assert not list(factors_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "two to three times faster",
        "two or three times as fast",
        "two- to three times as fast",
        "2 to three times faster",
        "twenty-two times faster",
        "a hundred and two times faster",
        "two and a half times faster",
        "one and a half times faster",
        "zero point five times faster",
        "twice or three times as fast",
    ],
)
def test_a_part_of_a_range_or_of_another_number_is_no_factor(text: str) -> None:
    assert not list(factors_in(text))
