"""What labels state: loads, states and brackets, in several languages, and the quantities that they name."""

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.published import Figure
from tests.figures.importing.imported import imported_text


def _row(label: str, cell: str, *, language: str = "en", before: str = "") -> Figure:
    table = f"| | Flask | Gin |\n|---|---|---|\n| {label} | {cell} | |\n"
    file = imported_text(f"---\nlang: {language}\n---\n\n# Flask, Gin\n\n{before}\n\n{table}")
    assert not find_contradictions(file.figures)
    (figure,) = file.figures.figures
    return figure


@pytest.mark.parametrize(
    ("label", "language"),
    [
        ("CPU time per request", "en"),
        ("CPU time: per request over 32 connections", "en"),
        ("CPU / request", "en"),
        ("CPU-Zeit je Anfrage", "de"),
        ("CPU-Zeit pro Anfrage", "de"),
        ("Temps CPU par requ\u00eate", "fr"),
        ("Tiempo de CPU por petici\u00f3n", "es"),
    ],
)
def test_cpu_time_of_a_request_is_no_latency(label: str, language: str) -> None:
    assert _row(label, "187 \u00b5s", language=language).metric == "cpu_per_request.closed.*"


@pytest.mark.parametrize("label", ["Latency per request (1 CPU)", "Time per request, 1 CPU", "Time per request"])
def test_the_cpus_of_a_latency_are_no_cpu_time(label: str) -> None:
    assert _row(label, "187 \u00b5s").metric == "latency.*"


@pytest.mark.parametrize("label", ["CPU time", "CPU-Zeit"])
def test_cpu_time_of_no_request_has_no_metric(label: str) -> None:
    assert _row(label, "187 ms").metric is None


@pytest.mark.parametrize(
    ("label", "language"),
    [
        ("Median at 1,000 req/s", "en"),
        ("Median (1,000 req/s)", "en"),
        ("Median @ 1000 rps", "en"),
        ("p50 @ 1000 rps", "en"),
        ("p50 latency at 1k rps", "en"),
        ("Median bei 1.000 Anfragen/s", "de"),
        ("Median (1.000 Anfragen/s)", "de"),
        ("M\u00e9diane \u00e0 1 000 requ\u00eates/s", "fr"),
        ("Latence m\u00e9diane \u00e0 1 000 req/s", "fr"),
        ("Latencia mediana a 1.000 peticiones/s", "es"),
    ],
)
@pytest.mark.parametrize("before", ["", "We measured both with 32 connections."])
def test_a_rate_of_a_label_is_the_load_of_its_latency(label: str, language: str, before: str) -> None:
    figure = _row(label, "297 \u00b5s", language=language, before=before)
    assert (figure.metric, figure.stated.rate_per_s, figure.stated.connections) == ("latency.*", 1000, None)
    assert (figure.stated.statistic, figure.stated.others) == ("p50", ())


def test_a_number_below_the_load_of_its_label_is_no_rate() -> None:
    assert not imported_text("# Flask\n\n| | Flask |\n|---|---|\n| Median at 1,000 req/s | 0.297 |\n").figures.figures


@pytest.mark.parametrize(
    "label",
    [
        "Throughput (32 conns)",
        "Throughput, 32 connections",
        "Throughput (32 Verbindungen)",
        "Throughput (32 connexions)",
        "Throughput @ 32 conns",
        "RPS (32 conexiones)",
        "Durchsatz (32 gleichzeitige Verbindungen)",
    ],
)
def test_connections_of_a_label_are_read_in_other_words(label: str) -> None:
    figure = _row(label, "5,420 req/s")
    assert (figure.stated.connections, figure.stated.others) == (32, ())


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("Memory (RSS, idle)", "idle"),
        ("Memory (idle, RSS)", "idle"),
        ("RSS (idle memory)", "idle"),
        ("Memory: peak", "peak"),
        ("Memory: loaded", "under load"),
        ("Arbeitsspeicher unter Last", "under load"),
        ("Arbeitsspeicher (Leerlauf)", "idle"),
        ("M\u00e9moire au repos", "idle"),
        ("M\u00e9moire (sous charge)", "under load"),
        ("Memoria en reposo", "idle"),
    ],
)
def test_the_state_of_a_memory_is_read_beside_other_words(label: str, state: str) -> None:
    figure = _row(label, "34.5 MiB")
    assert (figure.metric, str(figure.stated.state), figure.stated.others) == ("memory.*", state, ())


def test_words_of_brackets_that_no_rule_understands_stay_as_they_are() -> None:
    assert _row("Memory (RSS, two regions)", "34.5 MiB").stated.others == ("two regions",)
    assert _row("Throughput (8 KB body)", "5,420 req/s").stated.others == ("8 KB body",)


@pytest.mark.parametrize(
    ("label", "language"),
    [("D\u00e9marrage \u00e0 froid", "fr"), ("Kaltstart", "de"), ("Arranque en fr\u00edo", "es"), ("Cold start", "en")],
)
def test_a_cold_start_is_one_in_other_languages(label: str, language: str) -> None:
    assert _row(label, "253 ms", language=language).metric == "cold_start.ready"


@pytest.mark.parametrize(
    ("label", "language"),
    [
        ("Throughput (krps)", "en"),
        ("Throughput [k req/s]", "en"),
        ("Throughput (thousand requests/s)", "en"),
        ("krps", "en"),
        ("Durchsatz (Tsd. Anfragen/s)", "de"),
        ("D\u00e9bit (milliers de requ\u00eates/s)", "fr"),
    ],
)
def test_a_label_in_thousands_of_requests_multiplies_its_numbers(label: str, language: str) -> None:
    figure = _row(label, "5.42", language=language)
    assert (figure.metric, figure.low, figure.stated.others) == ("throughput.closed.*", 5420, ())


def test_a_number_with_a_suffix_is_not_multiplied_twice() -> None:
    assert _row("Throughput (krps)", "5.4k").low == 5400
    assert _row("Throughput (krps)", "5,420 req/s").low == 5420
    assert _row("Throughput at 10k rps", "5,420 req/s").unit.name == "req/s"
