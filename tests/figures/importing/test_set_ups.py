"""Set-ups in brackets behind names and numbers of sentences."""

from harness.figures.consistency import find_contradictions
from harness.figures.published import Figure
from tests.figures.importing.imported import ENGLISH, imported_text


def figures(text: str) -> tuple[Figure, ...]:
    found = imported_text(f"# Flask and Gin\n\n{ENGLISH}\n\n{text}\n").figures
    assert not find_contradictions(found)
    return found.figures


def test_brackets_behind_names_tell_set_ups_of_one_framework_apart() -> None:
    for between in ("; ", ".\n\n"):
        found = figures(f"Flask (sync workers): 1,200.5 req/s{between}Flask (gevent): 2,400.5 req/s")
        assert [one.conditions for one in found] == [("sync workers",), ("gevent",)]


def test_one_bracket_or_a_language_tells_nothing() -> None:
    found = figures("Flask (Python): 1,200.5 req/s. Gin (Go): 21,500.5 req/s.")
    assert [one.conditions for one in found] == [(), ()]


def test_brackets_behind_numbers_tell_them_apart() -> None:
    found = figures("Startup of Flask: 350.5 ms (cold), 120.5 ms (warm).")
    assert [one.conditions for one in found] == [(), ("warm",)]
    found = figures("Flask's latency was 8.5 ms (p50), 15.5 ms (p95) and 21.5 ms (p99).")
    assert [one.conditions for one in found] == [("p50",), ("p95",), ("p99",)]


def test_a_number_before_a_bracket_is_that_of_the_name_in_it_only_if_it_has_no_number_of_its_own() -> None:
    found = figures("Gin: 21,500.5 req/s (Flask: 1,200.5 req/s).")
    assert [(one.target, one.printed) for one in found] == [
        ("gin_app", "21,500.5 req/s"),
        ("flask_app", "1,200.5 req/s"),
    ]
    found = figures("The tool counted 21,500.5 req/s (Gin) and 1,200.5 req/s (Flask).")
    assert [one.target for one in found] == ["gin_app", "flask_app"]


def test_states_between_slashes_are_those_of_their_numbers() -> None:
    found = figures("RSS of Flask: 32.5 MB idle / 48.5 MB loaded.")
    assert [one.conditions for one in found] == [("idle",), ("under load",)]


def test_a_grouped_number_behind_a_name_is_no_version() -> None:
    text = "Flask atiende 1.250 peticiones por segundo y Gin 21.500.\n\nGin: 21.500 req/s"
    page = f"---\nlang: es\n---\n\n# Flask, Gin\n\n{text}\n"
    gin = [one for one in imported_text(page).figures.figures if one.target == "gin_app"]
    assert [(one.low, one.conditions) for one in gin] == [(21500, ()), (21500, ())]


def test_the_start_of_a_container_is_not_that_of_the_process() -> None:
    found = figures("## Flask\n\nStartup time: 350.5 ms. The container starts in 1.25 s. Worker boot takes 0.4 s.")
    assert [(one.quantity, one.metric) for one in found] == [
        ("startup time", "cold_start.ready"),
        ("container start", "cold_start.ready"),
        ("start per worker", None),
    ]
