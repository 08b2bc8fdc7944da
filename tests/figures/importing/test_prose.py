"""Sentences: whom their numbers are about, how far a printed phrase goes, and what is refused."""

import pytest

from tests.figures.importing.imported import ENGLISH, imported_text, reasons, short

RATE, LATENCY, MEMORY = "throughput.closed.*", "latency.*", "memory.*"


def found(sentence: str) -> list[tuple[str, str, str | None]]:
    return [short(one) for one in imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n").figures.figures]


@pytest.mark.parametrize(
    ("sentence", "figures"),
    [
        ("Flask handles 1,200 req/s.", [("Flask handles 1,200 req/s", "flask_app", RATE)]),
        ("We saw 1,200 req/s with Flask.", [("We saw 1,200 req/s with Flask", "flask_app", RATE)]),
        (
            "Gin needs 5-15 MB of memory per instance vs Flask's 50-100 MB.",
            [("5-15 MB of memory per instance", "gin_app", MEMORY), ("Flask's 50-100 MB", "flask_app", MEMORY)],
        ),
        (
            "A typical Flask app uses between 30 and 60 MB of RAM, whereas Gin needs less than 10 MB.",
            [("between 30 and 60 MB of RAM", "flask_app", MEMORY), ("less than 10 MB", "gin_app", MEMORY)],
        ),
        ("Gin is 20x faster than Flask.", [("20x faster than Flask", "gin_app / flask_app", RATE)]),
        (
            "Gin was 10\u00d7 faster than Flask and used little memory.",
            [("10\u00d7 faster than Flask", "gin_app / flask_app", RATE)],
        ),
    ],
)
def test_a_number_is_that_of_the_framework_beside_it(sentence: str, figures: list[tuple[str, str, str]]) -> None:
    assert found(sentence) == figures


def test_each_latency_has_its_own_percentile() -> None:
    page = imported_text(f"{ENGLISH}\n\nFlask: 10 ms p50, 25 ms p99 and 12 ms average latency.\n")
    assert [(one.printed, one.stated.statistic) for one in page.figures.figures] == [
        ("10 ms p50", "p50"),
        ("25 ms p99", "p99"),
        ("12 ms average latency", "mean"),
    ]


@pytest.mark.parametrize(
    ("sentence", "printed", "reason"),
    [
        ("Flask and Gin reach 1,200 req/s.", "1,200 req/s", "two frameworks stand before it"),
        ("It reaches 1,200 req/s.", "1,200 req/s", "no framework is named"),
        (
            "Gin is up to 40 times faster.",
            "up to 40 times faster",
            "a comparison with something that the page does not name",
        ),
        ("Flask: latency of 10 ms p50 25 ms p99.", "p50 25 ms p99", "two percentiles stand beside it"),
        ("Flask has 100% test coverage.", "100%", "a share"),
        (
            "Flask went from 1,000 to 3,000 req/s.",
            "1,000 to 3,000 req/s",
            "a change from one number to another",
        ),
        ("Flask has 1,200 contributors.", "1,200", "a number without a unit"),
        (
            "Gin reaches 42,310 instead of 1,850 req/s.",
            "instead of 1,850 req/s",
            "its sentence states another number instead",
        ),
        (
            "Flask 2 300 req/s.",
            "Flask 2 300 req/s",
            "'2 300' has two readings, 2300 and 300, and the page does not tell which",
        ),
    ],
)
def test_what_a_sentence_does_not_tell_is_refused(sentence: str, printed: str, reason: str) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n")
    assert (printed, reason) in reasons(page)
    assert printed not in {one.printed for one in page.figures.figures}


def test_a_sentence_with_two_set_ups_gives_none_of_its_numbers() -> None:
    page = imported_text(
        f"{ENGLISH}\n\nWith 4 workers Flask reached 5,400 req/s, with 8 workers it reached 9,900 req/s.\n"
    )
    assert page.figures.figures == ()
    assert [reason for _, reason in reasons(page)] == ["its sentence states several values of one condition"] * 2


def test_a_number_without_a_unit_has_that_of_the_same_digits_elsewhere() -> None:
    page = imported_text(f"{ENGLISH}\n\nHire for Flask (23,500+ available).\n\nFlask has 23,500 jobs.\n")
    assert [(one.printed, one.unit.name) for one in page.figures.figures] == [
        ("23,500+ available", "positions"),
        ("23,500 jobs", "positions"),
    ]


DENIED, TIME = "its sentence denies or supposes it", "its sentence tells of another time"
UNNAMED, SEVERAL = "a comparison with something that the page does not name", "two frameworks stand before it"


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Flask never exceeded 3,000 req/s.", [DENIED]),
        ("Flask doesn't use 500 MB of memory.", [DENIED]),
        ("If Flask served 1,000,000 req/s, nobody would need Gin.", [DENIED]),
        ("Flask würde 5.000.000 req/s schaffen.", [DENIED]),
        ("Flask used to serve 3,000 req/s.", [TIME]),
        ("In 2023 Flask had 3,000 req/s; today it has 4,200 req/s.", [TIME, TIME]),
        (
            "Flask 2.3 served 2,100 req/s; Flask 3.0 served 2,400 req/s.",
            ["its sentence names two versions of one framework"] * 2,
        ),
        ("Flask vs FastAPI: 2,000 vs 9,000 req/s.", ["a number without a unit", SEVERAL]),
        ("FastAPI is 3 times faster.", [UNNAMED]),
        ("FastAPI uses 30 % less memory than before.", [UNNAMED]),
        ("FastAPI is 40 % lighter.", [UNNAMED]),
        (
            "Switching to uvicorn gave +40 % on FastAPI.",
            ["a ratio or difference of which the page does not name the other side"],
        ),
        (
            "Flask with gunicorn is 2.5x faster than Flask with the development server.",
            ["its sentence states several values of one condition"],
        ),
    ],
)
def test_a_number_that_its_sentence_does_not_state_of_one_framework_today_is_refused(
    sentence: str, why: list[str]
) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n")
    assert page.figures.figures == ()
    assert [reason for _, reason in reasons(page)] == why


def test_a_denial_reaches_no_further_than_its_own_part_of_a_sentence() -> None:
    sentence = "We expected Flask to serve 5,000 req/s, but it served 2,100 req/s."
    assert found(sentence) == [("served 2,100 req/s", "flask_app", RATE)]


def test_a_multiple_is_a_ratio_as_a_difference_is() -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\nGin is 3 times as fast as Flask and 0.5x as fast as FastAPI.\n")
    assert [(figure.of, figure.low) for figure in page.figures.figures] == [("flask_app", 3), ("fastapi_app", 0.5)]


def test_a_letter_with_an_accent_is_inside_its_word() -> None:
    words = "O FastAPI usa 48,5 MB de memória, e o Flask tem latência média de 12,5 ms com uma CPU para o teste."
    text = f"# Flask e FastAPI\n\n{words}\n"
    figures = imported_text(text).figures.figures
    assert [(figure.printed, figure.metric) for figure in figures] == [
        ("O FastAPI usa 48,5 MB de memória", "memory.*"),
        ("12,5 ms com uma CPU para o teste", "latency.*"),
    ]


@pytest.mark.parametrize(
    ("sentence", "number", "metric"),
    [
        ("Gin doubles the throughput of Flask.", 2, RATE),
        ("Gin doubled Flask's throughput.", 2, RATE),
        ("Gin triples Flask's rate.", 3, RATE),
        ("Gin quadruples throughput over Flask.", 4, RATE),
        ("Gin serves twice the requests of Flask.", 2, RATE),
        ("Gin halves memory compared to Flask.", 0.5, MEMORY),
        ("Gin needs a tenth of the memory of Flask.", 0.1, MEMORY),
        ("Gin halves Flask's latency.", 0.5, LATENCY),
        ("Gin doubles Flask's error rate.", 2, None),
        ("Gin drops half the requests of Flask.", 0.5, None),
    ],
)
def test_a_verb_that_multiplies_is_a_ratio(sentence: str, number: float, metric: str | None) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n")
    assert [(one.target, one.of, one.low, one.metric) for one in page.figures.figures] == [
        ("gin_app", "flask_app", number, metric)
    ]
    assert reasons(page) == []


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Gin doubles the throughput.", UNNAMED),
        ("Gin could double the throughput of Flask.", DENIED),
        ("Gin doubled its throughput.", "a number in words, which has no digits to check"),
        ("Gin cuts Flask's memory in half.", "a number in words, which has no digits to check"),
    ],
)
def test_a_verb_that_multiplies_nothing_that_is_named_is_listed(sentence: str, why: str) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n")
    assert page.figures.figures == ()
    assert [reason for _, reason in reasons(page)] == [why]


@pytest.mark.parametrize(
    ("sentence", "conditions"),
    [
        ("Flask 1.1 gave us 900 req/s.", ("version 1.1",)),
        ("Flask v1.1.2: 900 req/s", ("version 1.1.2",)),
        ("Flask version 1.1 serves 900 req/s.", ("version 1.1",)),
        ("Flask serves 900 req/s, and Gin 1.9 is faster.", ()),
        ("Flask 900.5 req/s, says the page.", ()),
    ],
)
def test_the_version_behind_a_name_is_a_condition(sentence: str, conditions: tuple[str, ...]) -> None:
    [figure] = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence}\n").figures.figures
    assert (figure.target, figure.conditions) == ("flask_app", conditions)


@pytest.mark.parametrize(
    "sentence",
    [
        "P99 latency fell from 210 ms (Flask) to 18 ms (Gin).",
        "La latence p99 de Flask est de 210 ms contre 18 ms pour Gin.",
        "The p99 latency of Flask is 210 ms, that of Gin 18 ms.",
    ],
)
def test_the_only_percentile_of_a_sentence_is_also_that_of_the_other_framework(sentence: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{sentence}\n")
    assert [(one.target, one.metric, one.stated.statistic) for one in page.figures.figures] == [
        ("flask_app", "latency.*", "p99"),
        ("gin_app", "latency.*", "p99"),
    ]


def test_a_single_worker_is_a_condition() -> None:
    page = imported_text(f"# Flask\n\n{ENGLISH}\n\nA single worker handles 400 requests per second.\n")
    assert [one.stated.workers for one in page.figures.figures] == [1]


@pytest.mark.parametrize("sentence", ["Flask spends 46 µs per request.", "Flask: 46 µs per request"])
def test_a_time_per_request_without_further_words_is_no_latency(sentence: str) -> None:
    assert [metric for *_, metric in found(sentence)] == [None]


def test_each_time_of_a_line_with_a_mean_and_a_rate_is_of_its_own_words() -> None:
    assert [metric for *_, metric in found("Flask: 2631 req/s, 38 ms avg, 201 ms max")] == [RATE, None, None]


def test_a_rate_has_no_statistic_of_the_latency_beside_it() -> None:
    page = imported_text(f"{ENGLISH}\n\nFlask reaches 2,631 req/s with a mean latency of 38.1 ms.\n")
    assert [one.stated.statistic for one in page.figures.figures] == [None, "mean"]


def test_two_digits_elsewhere_do_not_tell_what_a_number_is_of() -> None:
    assert [metric for *_, metric in found("Flask has a latency of 12 ms. Flask opens in 12 ms.")] == [LATENCY, None]


def test_a_limit_of_memory_is_no_memory_of_a_framework() -> None:
    assert found("Flask: 34 MB RSS (limit 512 MB)") == [("34 MB RSS", "flask_app", MEMORY)]


def test_bytes_at_a_state_of_the_server_are_memory_beside_a_binary() -> None:
    assert found("Gin's binary is 12 MB and it idles at 7.5 MB.") == [
        ("12 MB", "gin_app", "footprint.binary"),
        ("7.5 MB", "gin_app", MEMORY),
    ]


def test_what_a_worker_serves_is_of_a_part() -> None:
    assert [metric for *_, metric in found("A Flask worker handles 1,875 req/s. A Flask worker uses 45.5 MB.")] == [
        None,
        None,
    ]
