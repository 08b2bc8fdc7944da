"""Bounds of statistics and log lines."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from harness.load.process.bounded import BoundedLog, BoundedStatistics, bounded

if TYPE_CHECKING:
    import pytest


class Stats:
    """As Locust's statistics."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], int] = {}
        self.errors: dict[object, int] = {}

    def log_request(self, method: str, name: str, _time_ms: float, _length: int) -> None:
        self.entries[name, method] = self.entries.get((name, method), 0) + 1

    def log_error(self, _method: str, _name: str, error: object) -> None:
        self.errors[error] = self.errors.get(error, 0) + 1


def test_statistics_count_every_request_under_a_bounded_number_of_names() -> None:
    stats = Stats()
    counted = BoundedStatistics(cast("Any", stats))
    for number in range(2000):
        counted.hear("GET", f"/{number}", 1.0, 2, exception=f"error {number}")
    counted.hear("OWN", "/1")
    assert sum(stats.entries.values()) == 2001
    assert sum(stats.errors.values()) == 2000
    assert len(stats.entries) <= 502
    assert len(stats.errors) <= 501
    assert stats.entries["others", "GET"] == 1500


def test_distinct_wrong_answers_have_a_bounded_number_of_messages() -> None:
    stats = cast("Any", Stats())
    for number in range(2000):
        message = bounded(stats, f"body: expected 'Hello', got 'Hello {number}'")
        stats.log_error("GET", "/", message)
    assert len(stats.errors) == 501
    assert stats.errors["others"] == 1500


def test_a_line_of_code_logs_a_bounded_number_of_times(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("storm")
    caplog.handler.addFilter(bounds := BoundedLog())
    try:
        for number in range(100):
            logger.error("number %d", number)
        logger.error("another one")
    finally:
        caplog.handler.removeFilter(bounds)
    assert len(caplog.messages) == 17
    assert "not logged" in caplog.messages[15]
    assert caplog.messages[16] == "another one"


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_the_last_message_of_a_kind_may_have_no_text() -> None:
    log = BoundedLog()
    records = [
        logging.LogRecord("locust", logging.ERROR, "users.py", 7, "%s!", (Unprintable(),), None) for _ in range(17)
    ]
    assert [log.filter(record) for record in records] == [True] * 16 + [False]
    assert records[15].getMessage() == (
        "%s! (RuntimeError in the text of its arguments)\n(further messages of this kind are not logged)"
    )
