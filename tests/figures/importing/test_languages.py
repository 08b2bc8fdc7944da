"""The language of a page by its words, of many and of few."""

import pytest

from harness.figures.importing.languages import language_of, language_of_few


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Framework Requests per second Flask Gin", "en"),
        ("Flask serves 3,210 requests per second.", "en"),
        ("Framework Anfragen pro Sekunde Flask Gin", "de"),
        ("Peticiones por segundo Flask Gin", "es"),
        ("Requêtes par seconde", "fr"),
        ("Framework Flask Gin", ""),
        ("Pyyntöjä Flask Gin req/s", ""),
        ("Durchsatz (requests per second)", ""),  # heads that German pages borrow
        ("Mean e z o", ""),  # letters alone are no words
    ],
)
def test_few_words_tell_the_language_that_alone_has_them(text: str, language: str) -> None:
    assert language_of_few(text) == language


def test_few_words_are_no_sentences() -> None:
    assert language_of("Framework Requests per second Flask Gin") == ""
