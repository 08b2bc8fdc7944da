"""Online facts, and releases by name."""

import math

import pytest

from harness.figures.online.facts import Answer, Fact, fact_named, number_of, same_release


@pytest.mark.parametrize(
    ("stated", "latest", "is_same"),
    [
        ("3.1.2", "3.1.2", True),
        ("3.1", "3.1.2", True),
        ("v3.1", "3.1.2", True),
        ("3", "v3.1.2", True),
        ("3.0", "3.1.2", False),
        ("3.1.20", "3.1.2", False),
        ("3.1.2", "3.1.20", False),
    ],
)
def test_a_version_names_a_release_by_its_first_numbers(stated: str, latest: str, *, is_same: bool) -> None:
    assert same_release(stated, latest) is is_same


def test_two_answers_are_a_ratio_and_a_version_is_no_number() -> None:
    def answers(*values: float | str) -> list[Answer]:
        return [Answer(Fact.STARS, value, "GitHub", "", "2026-11-28") for value in values]

    assert number_of(answers(71.0)) == 71.0
    assert number_of(answers(60.0, 80.0)) == 0.75
    assert math.isnan(number_of(answers(60.0, 0.0)))
    assert math.isnan(number_of(answers("3.1")))


def test_only_counts_of_all_time_hardly_fall() -> None:
    assert {fact for fact in Fact if fact.hardly_falls} == {Fact.STARS, Fact.QUESTIONS, Fact.PACKAGES}
    assert all(fact.words for fact in Fact)


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("GitHub Stars (Community)", Fact.STARS),
        ("stars", Fact.STARS),
        ("Stack Overflow Questions (all-time)", Fact.QUESTIONS),
        ("weekly downloads (pypi)", Fact.WEEKLY_DOWNLOADS),
        ("downloads per week", Fact.WEEKLY_DOWNLOADS),
        ("python/go package ecosystem size", Fact.PACKAGES),
        ("downloads", None),
        ("questions answered", None),
        ("startup time", None),
        ("five-star reviews", None),
    ],
)
def test_the_words_of_a_page_name_a_fact(words: str, fact: Fact | None) -> None:
    assert fact_named(words) is fact
