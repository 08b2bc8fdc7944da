"""Whom a sentence compares with, and whose the numbers behind such a name are."""

import pytest

from harness.figures.importing.compared import OF_EITHER
from tests.figures.importing.imported import imported_text, reasons, short

RATE, MEMORY = "throughput.closed.*", "memory.*"


def found(sentence: str) -> list[tuple[str, str, str | None]]:
    return [short(one) for one in imported_text(f"# Flask and Gin\n\n{sentence}\n").figures.figures]


@pytest.mark.parametrize(
    "sentence",
    [
        "Gin reaches 66k rps, i.e. 12x Flask, at 15 MB of memory.",
        "Gin reaches 66k rps, 12x Flask, and needs 15 MB of memory.",
        "Gin reaches 66k rps (12x Flask) and uses 15 MB of memory.",
        "Gin reaches 66k rps, 12 times that of Flask, at 15 MB of memory.",
        "Gin reaches 66k rps, which is 12x Flask and uses 15 MB of memory.",
        "Gin erreicht 66k req/s, also das 12-fache von Flask, mit 15 MB Speicher.",
    ],
)
def test_a_multiple_of_a_framework_is_a_ratio_and_what_follows_is_of_the_subject(sentence: str) -> None:
    rate, ratio, memory = found(sentence)
    assert (rate[1:], ratio[1:], memory[1:]) == (
        ("gin_app", RATE),
        ("gin_app / flask_app", RATE),
        ("gin_app", MEMORY),
    )


def test_a_multiple_is_of_the_number_before_it() -> None:
    page = imported_text("# Flask and Gin\n\nGin uses 15 MB of memory, 0.3x Flask, and serves 66k rps, 12x Flask.\n")
    ratios = [one for one in page.figures.figures if one.of]
    assert [(one.low, one.metric) for one in ratios] == [(0.3, MEMORY), (12, RATE)]


def test_a_multiple_of_what_the_sentence_does_not_say_is_listed() -> None:
    page = imported_text("# Flask and Gin\n\nGin is at 12x Flask.\n")
    assert reasons(page) == [("12x Flask", "a multiple, and its sentence does not say of what")]


@pytest.mark.parametrize(
    ("sentence", "metric"),
    [
        ("Compared to Flask, Gin is 30 % slower.", RATE),
        ("Compared to Flask, Gin needs 2x more memory.", MEMORY),
        ("Im Vergleich zu Flask ist Gin 30 % schneller.", RATE),
        ("Compared to Flask, Gin is 30 % slower than before.", None),
    ],
)
def test_a_sentence_may_begin_with_whom_it_compares(sentence: str, metric: str | None) -> None:
    assert [one[1:] for one in found(sentence)] == ([("gin_app / flask_app", metric)] if metric else [])


@pytest.mark.parametrize(
    "sentence",
    [
        "Gin is fast, compared to Flask, with 15 MB of memory.",
        "Gin is small, unlike Flask, and uses 15 MB of memory.",
        "Gin is smaller than Flask, with 15 MB of memory.",
        "Gin is smaller than Flask and Django, with 15 MB of memory.",
        "Gin is as good as Flask, with 15 MB of memory.",
        "Gin is small, a third of Flask, and needs 15 MB of memory.",
        "Gin ist kleiner als Flask, mit 15 MB Speicher.",
        "Gin ist klein, im Vergleich zu Flask, mit 15 MB Speicher.",
        "Gin est plus petit que Flask, avec 15 MB de mémoire.",
        "Gin est petit, par rapport à Flask, avec 15 MB de mémoire.",
    ],
)
def test_a_framework_that_is_only_compared_with_has_no_number_behind_it(sentence: str) -> None:
    assert [one[1:] for one in found(sentence)] == [("gin_app", MEMORY)]


@pytest.mark.parametrize(
    "sentence",
    [
        "Gin is small, compared to Flask, which uses 15 MB of memory.",
        "Gin is small, compared to Flask (15 MB of memory).",
        "Gin is smaller than Flask's 15 MB of memory.",
        "Gin is small, compared with Flask at 15 MB of memory.",
    ],
)
def test_a_number_that_is_told_of_the_other_side_is_its_own(sentence: str) -> None:
    assert [one[1:] for one in found(sentence)] == [("flask_app", MEMORY)]


@pytest.mark.parametrize("between", ["vs", "versus", "gegen", "contre", "compared to", "against"])
def test_two_numbers_against_each_other_are_of_nobody_without_a_name_behind_them(between: str) -> None:
    page = imported_text(f"# Flask and Gin\n\nFlask uses 4x the memory of Gin (44 MB {between} 10 MB).\n")
    assert [one.of for one in page.figures.figures] == ["gin_app"]
    assert [reason for _, reason in reasons(page)] == [OF_EITHER] * 2
    assert found(f"Flask uses 44 MB of memory {between} 10 MB for Gin.")[1][1:] == ("gin_app", MEMORY)


def test_whom_a_sentence_compares_with_may_have_a_version() -> None:
    assert [one[1:] for one in found("Compared with Flask 2.3, Gin 1.9 delivered 8.5x higher throughput.")] == [
        ("gin_app / flask_app", RATE)
    ]
    assert [one[1:] for one in found("Gin is small, unlike Flask 2.3, with 15 MB of memory.")] == [("gin_app", MEMORY)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Verglichen mit Flask braucht Gin 75 % weniger Speicher."),
        ("de", "Im Vergleich zu Flask ist Gin 10x schneller."),
        ("de", "Gin braucht im Vergleich zu Flask 75 % weniger Speicher."),
        ("de", "Gemessen an Flask ist Gin 9x schneller."),
        ("fr", "Gin est, par rapport à Flask, 11 fois plus rapide."),
        ("fr", "Gin utilise par rapport à Flask 75 % de mémoire en moins."),
        ("es", "Gin usa, en comparación con Flask, un 75 % menos de memoria."),
        ("en", "Compared with Flask Gin needs 75% less memory."),
        ("en", "Gin, compared to Flask, is 14x faster."),
        ("en", "Compared with Flask on gunicorn, Gin is 18x faster."),
    ],
)
def test_the_other_side_may_stand_before_the_number(language: str, text: str) -> None:
    [figure] = imported_text(f"---\nlang: {language}\n---\n\n# Flask, Gin\n\n{text}\n").figures.figures
    assert (figure.target, figure.of) == ("gin_app", "flask_app")


def test_a_number_behind_the_verb_is_that_of_the_subject() -> None:
    text = "---\nlang: de\n---\n\n# Flask, Gin\n\nAnders als Flask braucht Gin nur 10 MB Speicher.\n"
    [figure] = imported_text(text).figures.figures
    assert (figure.target, figure.of) == ("gin_app", None)


def test_two_frameworks_that_are_compared_with_are_no_subject() -> None:
    file = imported_text("# Flask, Gin\n\nCompared to Flask or Gin it is 10x faster.\n")
    assert not file.figures.figures
