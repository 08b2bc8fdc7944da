"""Texts that differ by their numbers alone, as one text."""

from __future__ import annotations

from harness.alike_texts import grouped, joined, own_numbers, without_numbers

TEXTS = ("p99 of 1,000 samples counts as 8.9", "p99 of 60 samples counts as 8.9", "p99 of 900 samples counts as 8.9")


def test_texts_that_differ_by_numbers_alone_are_the_same_without_them() -> None:
    assert len(set(map(without_numbers, TEXTS))) == 1
    assert without_numbers(TEXTS[0]) != without_numbers(TEXTS[0].replace("p99", "p90")), "a name has no number"


def test_one_text_has_the_ends_of_each_number_by_value() -> None:
    assert joined(TEXTS) == "p99 of 60 to 1,000 samples counts as 8.9"
    assert joined(TEXTS[:1]) == TEXTS[0]
    assert joined(("no number",)) == "no number"
    assert (
        joined(("by -9.3 \N{PLUS-MINUS SIGN} 2 ms", "by -3.1 \N{PLUS-MINUS SIGN} 1 ms"))
        == "by -9.3 to -3.1 \N{PLUS-MINUS SIGN} 1 to 2 ms"
    )
    assert joined(("at 3.16e11 req/s", "at 900 req/s")) == "at 900 to 3.16e11 req/s"


def test_texts_that_differ_by_numbers_alone_are_one_group_with_the_places_of_each() -> None:
    placed = (("1 of 5", "a"), ("none", "b"), ("2 of 5", "b"), ("1 of 5", "c"), ("1 of 5", "a"))
    assert grouped(placed) == [{"1 of 5": ["a", "c"], "2 of 5": ["b"]}, {"none": ["b"]}]


def test_the_numbers_of_blocks_are_names() -> None:
    texts = ("block 2: no rest", "block 3: no rest", "blocks 1, 3 and 4: no rest", "blocks 1, 2 and 4: no rest")
    assert len(set(map(without_numbers, texts))) == len(texts)
    assert joined(("in 1 of 6 blocks", "in 3 of 6 blocks")) == "in 1 to 3 of 6 blocks"
    assert own_numbers(("block 2 lasted 3 s", "block 2 lasted 4 s")) == [("3",), ("4",)]


def test_each_text_has_the_numbers_that_the_others_do_not_share() -> None:
    assert own_numbers(TEXTS) == [("1,000",), ("60",), ("900",)]
    assert own_numbers(TEXTS[:1]) == [()]
    assert own_numbers(("a 1 b 2", "a 3 b 4")) == [("1", "2"), ("3", "4")]
