"""Texts that differ by their numbers alone, as one text."""

from __future__ import annotations

from harness.alike_texts import joined, own_numbers, without_numbers

TEXTS = ("p99 of 1,000 samples counts as 8.9", "p99 of 60 samples counts as 8.9", "p99 of 900 samples counts as 8.9")


def test_texts_that_differ_by_numbers_alone_are_the_same_without_them() -> None:
    assert len(set(map(without_numbers, TEXTS))) == 1
    assert without_numbers(TEXTS[0]) != without_numbers(TEXTS[0].replace("p99", "p90")), "a name has no number"


def test_one_text_has_the_ends_of_each_number_by_value() -> None:
    assert joined(TEXTS) == "p99 of 60 to 1,000 samples counts as 8.9"
    assert joined(TEXTS[:1]) == TEXTS[0]
    assert joined(("no number",)) == "no number"


def test_each_text_has_the_numbers_that_the_others_do_not_share() -> None:
    assert own_numbers(TEXTS) == [("1,000",), ("60",), ("900",)]
    assert own_numbers(TEXTS[:1]) == [()]
    assert own_numbers(("a 1 b 2", "a 3 b 4")) == [("1", "2"), ("3", "4")]
