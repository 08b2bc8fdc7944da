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


def test_small_words_that_languages_share_do_not_hide_one() -> None:
    spanish = "En comparación con Flask, Gin es más rápido. La latencia de Flask es de 48 ms y la de Gin de 4 ms."
    assert language_of(spanish) == "es"
    assert (
        language_of("O Gin é mais rápido do que o Flask. A memória do Flask foi de 44 MB, e a do Gin de 10 MB.") == "pt"
    )
    assert language_of("Gin est plus rapide que Flask. La latence de Flask est de 48 ms, celle de Gin de 4 ms.") == "fr"
    assert (
        language_of("Gin is sneller dan Flask. De latentie van Flask is 48 ms en die van Gin niet meer dan 4.") == "nl"
    )
