"""Sentences that deny or suppose a number, or tell of another time."""

import pytest

from harness.figures.importing.doubts import ANOTHER_TIME, BESIDE, BY_ORDER, DIFFERENCE, OF_LIMIT, OF_SPREAD, UNREAL
from tests.figures.importing.imported import ENGLISH, imported_text, reasons


def refused(sentence: str) -> list[str]:
    """Return the reasons for the numbers of a sentence, of which none may be a figure."""
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{sentence}\n")
    assert page.figures.figures == ()
    return [reason for printed, reason in reasons(page) if "900" in printed]


@pytest.mark.parametrize(
    "sentence",
    [
        "Last year Flask did 900 req/s.",
        "Flask served 900 req/s last year.",
        "Flask (last year): 900 req/s",
        "In our old setup Flask did 900 req/s.",
        "With the old kernel Flask did 900 req/s.",
        "In an earlier release Flask did 900 req/s.",
        "The old version of Flask did 900 req/s.",
        "Before the tuning Flask served 900 req/s.",
        "Before we switched to gunicorn, Flask served 900 req/s.",
        "Flask served 900 req/s prior to our migration.",
        "Two years ago, Flask gave us 900 req/s.",
        "Back in 2019 Flask served 900 req/s.",
        "In 2019, Flask served 900 req/s.",
        "In March 2019 Flask served 900 req/s.",
        "Flask once served 900 req/s.",
        "Vor zwei Jahren schaffte Flask 900 Anfragen/s.",
        "Vor einem halben Jahr schaffte Flask 900 Anfragen/s.",
        "Letztes Jahr schaffte Flask 900 Anfragen/s.",
        "Im alten Aufbau schaffte Flask 900 Anfragen/s.",
        "Vor der Optimierung schaffte Flask 900 Anfragen/s.",
        "Damals schaffte Flask 900 Anfragen/s.",
        "Il y a deux ans, Flask traitait 900 requêtes/s.",
        "L'année dernière, Flask traitait 900 requêtes/s.",
        "Dans notre ancienne version Flask faisait 900 requêtes/s.",
        "Avant, Flask traitait 900 requêtes/s.",
        "Avant la migration, Flask traitait 900 requêtes/s.",
        "Hace dos años Flask atendía 900 peticiones por segundo.",
        "Há dois anos o Flask atendia 900 requisições por segundo.",
    ],
)
def test_a_sentence_of_another_time_gives_no_figure(sentence: str) -> None:
    assert refused(sentence) == [ANOTHER_TIME]


@pytest.mark.parametrize(
    "sentence",
    [
        "After the tuning, Flask serves 900 req/s.",
        "Flask took 900 ms before the first response.",
        "Released in 2010, Flask serves 900 req/s.",
        "With 2000 requests in 2000 ms of latency, Flask serves 900 req/s.",
        "Vor dem Test wurde Flask aufgewärmt und schaffte 900 Anfragen/s.",
        "As expected, Flask serves 900 req/s.",
        "If you run Flask with gunicorn, it serves 900 req/s.",
    ],
)
def test_other_words_of_time_refuse_nothing(sentence: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{sentence}\n")
    assert any("900" in one.printed for one in page.figures.figures)


def test_the_year_of_the_page_is_no_other_time() -> None:
    dated = imported_text("# Flask and Gin\n\nPublished on 3 May 2024\n\nIn 2024, Flask served 900 req/s.\n")
    titled = imported_text("# Flask and Gin in 2024\n\nIn 2024, Flask served 900 req/s.\n")
    assert [len(one.figures.figures) for one in (dated, titled)] == [1, 1]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask might serve 900 req/s.",
        "Next quarter we want to reach 900 req/s with Flask.",
        "Our target is 900 req/s for Flask.",
        "With Flask we aim for 900 req/s.",
        "Unser Ziel war bei Flask 900 Anfragen/s.",
        "L'objectif était 900 req/s pour Flask.",
        "Flask may well serve 900 req/s.",
        "Flask should reach 900 req/s with 4 workers.",
        "Flask serves an estimated 900 req/s.",
        "Flask serves 900 req/s (estimated).",
        "We estimate 900 req/s for Flask.",
        "Flask is expected to serve 900 req/s.",
        "For Flask 900 req/s would be possible.",
        "Theoretically, Flask serves 900 req/s.",
        "In theory Flask serves 900 req/s.",
        "Mit 4 Workern wären es bei Flask 900 Anfragen/s.",
        "Flask sollte 900 Anfragen/s schaffen.",
        "Bei Flask erwarten wir 900 Anfragen/s.",
        "Avec 4 workers, Flask serait à 900 req/s.",
        "Flask pourrait atteindre 900 req/s.",
        "Flask podría alcanzar 900 req/s.",
        "O Flask poderia alcançar 900 req/s.",
    ],
)
def test_a_number_that_is_supposed_is_no_figure(sentence: str) -> None:
    assert refused(sentence) == [UNREAL]


@pytest.mark.parametrize(
    ("sentence", "workers"),
    [
        ("Flask reaches 900 req/s, and with 4 workers it would be about 20k req/s.", None),
        ("Flask reaches 900 req/s; with 4 workers it should reach 20k req/s.", None),
        ("With 4 workers, Flask could reach 20k req/s; it reaches 900 req/s.", None),
        ("Flask reaches 900 req/s with 1 worker, and would reach 20k req/s with 4 workers.", 1),
        ("Flask reaches 900 req/s with 1 worker, it would reach 20k req/s, with 4 workers.", 1),
        ("Flask schafft 900 req/s, mit 4 Workern wären es 20k req/s.", None),
        ("Flask schafft 900 req/s, geschätzt wären mit 4 Workern 20k req/s möglich.", None),
        ("Flask reaches 900 req/s, expected with 4 workers are 20k req/s.", None),
        ("Flask atteint 900 req/s, et avec 4 workers ce serait 20k req/s.", None),
        ("With 4 workers, Flask reaches 900 req/s, and Gin would reach 20k req/s.", 4),
    ],
)
def test_what_is_supposed_states_no_condition_of_a_measured_number(sentence: str, workers: int | None) -> None:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{sentence}\n")
    assert [(one.low, one.stated.workers) for one in page.figures.figures] == [(900, workers)]
    assert UNREAL in [reason for _, reason in reasons(page)]


def test_a_sentence_that_supposes_states_no_condition_of_its_section() -> None:
    table = "| | Flask |\n|---|---|\n| Requests per second | 900 |"
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n## Rates\n\nIt would be faster with 4 workers.\n\n{table}\n")
    assert [one.conditions for one in page.figures.figures] == [()]


@pytest.mark.parametrize(
    "sentence",
    [
        "The p50 and p99 latencies of Flask are 8 ms and 900 ms, respectively.",
        "At 100 and 1000 connections Flask reached 1,500 req/s and 900 req/s respectively.",
        "Flask nutzt im Leerlauf bzw. unter Last 40 MB bzw. 900 MB Speicher.",
        "Avec 100 et 1000 connexions Flask atteint respectivement 1500 req/s et 900 req/s.",
        "La memoria de Flask en reposo y bajo carga es de 40 MB y 900 MB respectivamente.",
    ],
)
def test_numbers_that_only_their_order_pairs_with_what_they_are_of_are_refused(sentence: str) -> None:
    assert refused(sentence) == [BY_ORDER]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Gin handles 900 req/s more than Flask.", DIFFERENCE),
        ("Gin uses 900 MB less memory than Flask.", DIFFERENCE),
        ("Flask is 900 ms slower than Gin.", DIFFERENCE),
        ("The throughput of Flask dropped by 900 req/s.", DIFFERENCE),
        ("Flask adds 900 ms of latency.", DIFFERENCE),
        ("Gin schafft 900 Anfragen/s mehr als Flask.", DIFFERENCE),
        ("Gin traite 900 requêtes/s de plus que Flask.", DIFFERENCE),
        ("Gin atiende 900 req/s más que Flask.", DIFFERENCE),
        ("Flask serves 2,631 requests (standard deviation 900 req/s).", OF_SPREAD),
        ("We limited Flask to 900 req/s.", OF_LIMIT),
        ("The load generator caps Flask at 900 req/s.", OF_LIMIT),
        ("The latency of Flask is 8 ms / 900 ms.", BESIDE),
        ("Flask: 34.5 MiB / 900 MiB of memory", BESIDE),
    ],
)
def test_a_difference_a_spread_a_limit_or_one_of_two_numbers_beside_a_slash_is_no_figure(
    sentence: str, reason: str
) -> None:
    assert refused(sentence) == [reason]


@pytest.mark.parametrize(
    "sentence",
    [
        "Flask serves 900 req/s, more than Gin.",
        "Flask serves 900 req/s more or less.",
        "Flask, followed by 900 req/s of Gin, is first.",
        "Flask: 900 req/s / 12 ms",
    ],
)
def test_a_number_beside_such_words_is_a_figure(sentence: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{sentence}\n")
    assert "900" in page.figures.figures[0].printed
