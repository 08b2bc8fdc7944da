"""Open load over as many connections as its requests in flight take."""

import pytest

from harness.measure.in_flight import carried
from harness.measure.responses import ResponseTime
from harness.model import Load, LoadKind
from tests.trials import FLASK, GIN

ONE, MOST = Load(LoadKind.CLOSED, 1), Load(LoadKind.CLOSED, 256)


def at(rate_per_s: float) -> Load:
    return Load(LoadKind.POISSON, 64, rate_per_s)


def over(rate_per_s: float, answer_s: float) -> int:
    learnt = {(GIN, "hello", ONE): ResponseTime.equal(answer_s), (GIN, "hello", MOST): ResponseTime.equal(answer_s)}
    return carried(at(rate_per_s), GIN, "hello", learnt).connections


@pytest.mark.parametrize(
    ("rate_per_s", "answer_s", "connections"),
    [
        (1000.0, 0.001, 64),
        (1.0, 2.0, 64),
        (50_000.0, 0.0001, 64),
        (1000.0, 0.1, 140),  # 100 in flight, and four standard deviations of 10
        (1000.0, 0.2, 256),
        (50_000.0, 2.0, 256),
        (1000.0, 0.0, 64),
    ],
)
def test_the_mean_in_flight_and_four_standard_deviations_find_a_connection(
    rate_per_s: float, answer_s: float, connections: int
) -> None:
    assert over(rate_per_s, answer_s) == connections


def test_a_load_keeps_its_rate_its_kind_and_its_share() -> None:
    load = Load(LoadKind.POISSON, 64, 1000.0, 0.6)
    learnt = {(GIN, "hello", ONE): ResponseTime.equal(0.1), (GIN, "hello", MOST): ResponseTime.equal(0.1)}
    assert carried(load, GIN, "hello", learnt) == Load(LoadKind.POISSON, 140, 1000.0, 0.6)


def test_a_load_stays_as_it_is_where_the_targets_own_answers_are_not_known() -> None:
    slow = ResponseTime.equal(1.0)
    for learnt in ({}, {(GIN, "hello", MOST): slow}, {(FLASK, "hello", ONE): slow}, {(GIN, "other", ONE): slow}):
        assert carried(at(1000.0), GIN, "hello", learnt) == at(1000.0)


def test_closed_load_has_the_connections_of_its_level() -> None:
    learnt = {(GIN, "hello", ONE): ResponseTime.equal(1.0), (GIN, "hello", MOST): ResponseTime.equal(1.0)}
    assert carried(Load(LoadKind.CLOSED, 8), GIN, "hello", learnt) == Load(LoadKind.CLOSED, 8)
