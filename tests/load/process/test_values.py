from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.process.values import Integer, Word


def source(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - no secret


@given(st.integers(), st.integers(1, 20), st.integers(0, 20))
def test_a_word_has_letters_of_its_alphabet_and_a_length_in_its_range(seed: int, shortest: int, more: int) -> None:
    word = Word(shortest, shortest + more, alphabet="ab").draw(source(seed))
    assert shortest <= len(word) <= shortest + more
    assert set(word) <= {"a", "b"}


def test_integers_are_in_their_range_both_ends_included() -> None:
    drawn = source(1)
    assert {Integer(-1, 2).draw(drawn) for _ in range(200)} == {-1, 0, 1, 2}


@pytest.mark.parametrize(
    "make", [lambda: Word(0, 3), lambda: Word(4, 3), lambda: Word(1, 2, ""), lambda: Integer(2, 1)]
)
def test_impossible_values_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"^a word can't have|^an integer can't be between"):
        make()


def test_the_same_seed_draws_the_same_values() -> None:
    assert Word().draw(source(7)) == Word().draw(source(7))
