"""Rate, latency and connections of one row, by Little's law."""

import pytest

from harness.figures.consistency import find_contradictions
from harness.figures.consistency.in_flight import connections_of, statistic_of
from harness.figures.published import Figure, Rule
from tests.figures.consistency.corpus import Page
from tests.figures.consistency.pages import figure, rules

AT_64 = ("64 connections",)


def row(rate: str, latency: str, *conditions: str, label: str = "Average latency") -> tuple[Figure, Figure]:
    stated = conditions or AT_64
    return (
        figure(rate, label="Requests per second", conditions=stated),
        figure(latency, "ms", label=label, quantity="latency", conditions=stated),
    )


def measured_with(tool: str, *figures: Figure) -> list[Rule]:
    return [one.rule for one in find_contradictions(Page(tool, figures, ()).with_figures(*figures))]


def test_more_requests_in_flight_than_connections_are_accused_with_the_arithmetic() -> None:
    cells = row("50,000", "250")
    (found,) = find_contradictions(Page("hey", cells, ()).with_figures(*cells))
    assert (found.rule, found.figures) == (Rule.IN_FLIGHT, cells)
    assert found.message == (
        "50,000 x 250 ms = 12,500 requests in flight, by '50,000' req/s (Facts: Requests per second) and '250' ms "
        "(Facts: Average latency), and 64 connections have at most 64."
    )


@pytest.mark.parametrize(
    ("tool", "latency", "is_accused"),
    [("hey", "3.8", False), ("hey", "4.1", True), ("a tool", "4.1", False), ("a tool", "27", True)],
)
def test_a_known_tool_without_pipelining_is_held_closer(tool: str, latency: str, *, is_accused: bool) -> None:
    assert measured_with(tool, *row("50,000", latency)) == ([Rule.IN_FLIGHT] if is_accused else [])


def test_less_in_flight_than_connections_is_no_contradiction() -> None:
    assert measured_with("hey", *row("50", "2")) == []


@pytest.mark.parametrize(("label", "least"), [("p50 latency", 8), ("Latency 90%", 40), ("p99", 400), ("p99.9", 4000)])
def test_a_percentile_counts_by_the_share_of_requests_above_it(label: str, least: float) -> None:
    for latency, expected in ((0.9 * least, []), (1.1 * least, [Rule.IN_FLIGHT])):
        cells = row("50,000", f"{latency:g}", label=label)
        assert measured_with("k6", *cells) == expected, latency


@pytest.mark.parametrize("label", ["Latency", "Max latency", "Slowest", "Time per request (across all requests)"])
def test_a_latency_of_an_unknown_statistic_is_not_compared(label: str) -> None:
    assert measured_with("ab", *row("50,000", "900", label=label)) == []


@pytest.mark.parametrize("word", ["pipelining", "HTTP/2", "16 streams", "gRPC"])
def test_several_requests_in_flight_on_a_connection_are_no_contradiction(word: str) -> None:
    assert measured_with("hey", *row("50,000", "900", "64 connections", word)) == []


def test_numbers_of_two_rows_are_not_multiplied() -> None:
    fast, _ = row("50,000", "1", "64 connections", "plain text")
    _, slow = row("50", "900", "64 connections", "JSON")
    assert measured_with("hey", fast, slow) == []
    _, wide = row("50", "900", "5000 connections")
    assert measured_with("hey", row("50,000", "1")[0], wide) == []


def test_the_connections_of_one_cell_hold_for_its_row_and_a_label_can_state_them() -> None:
    rate, _ = row("50,000", "1")
    bare = figure("90", "ms", label="Average latency", quantity="latency")
    assert measured_with("hey", rate, bare) == [Rule.IN_FLIGHT]
    assert connections_of(figure("1", label="64 connections")) == 64


def test_a_sentence_is_compared_only_with_one_that_states_the_same_connections() -> None:
    said = {"section": "Text", "label": "[rate]"}
    rate = figure("50,000 req/s", conditions=AT_64, **said)  # type: ignore[arg-type]
    latency = figure("90 ms", "ms", quantity="latency", conditions=("64 connections", "mean"), **said)  # type: ignore[arg-type]
    elsewhere = figure("90 ms", "ms", quantity="latency", conditions=("mean",), **said)  # type: ignore[arg-type]
    assert measured_with("hey", rate, latency) == [Rule.IN_FLIGHT]
    assert measured_with("hey", rate, elsewhere) == []


def test_a_row_without_connections_is_not_compared() -> None:
    assert rules(figure("50,000"), figure("900", "ms", label="Average latency", quantity="latency")) == []


def test_a_stated_statistic_counts_before_the_label() -> None:
    assert statistic_of(figure("1", "ms", label="Latency", conditions=("p99",))) == "p99"
    assert statistic_of(figure("1", "ms", label="Avg")) == "mean"
