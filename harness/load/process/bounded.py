"""Bounds of what a scenario may make Locust keep: statistics by name, and lines of the log.

A run of the harness drives far more requests than a run of Locust. A name or a message that is always another one, as a
path with a random number, would fill the memory or the disk.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from locust.stats import RequestStats

_MOST_NAMES = 500
_MOST_LINES = 16
_OTHERS = "others"
_Message = TypeVar("_Message")


class BoundedStatistics:
    """Locust's statistics of one environment, with a bounded number of names and of error messages."""

    def __init__(self, stats: RequestStats) -> None:
        self._stats = stats

    def hear(
        self,
        request_type: str = "",
        name: str = "",
        response_time: float | None = None,
        response_length: int | None = None,
        exception: BaseException | str | None = None,
        **_context: Any,  # noqa: ANN401 - Locust's own event
    ) -> None:
        """Count a request; it is a listener of `events.request`."""
        stats: Any = self._stats
        if (name, request_type) not in stats.entries and len(stats.entries) >= _MOST_NAMES:
            name = _OTHERS
        stats.log_request(request_type, name, response_time or 0, response_length or 0)
        if exception:
            stats.log_error(request_type, name, bounded(stats, exception))


def bounded(stats: RequestStats, message: _Message) -> _Message | str:
    """Return the message of an error, or `others` when the statistics have many: each may be another one."""
    return message if len(stats.errors) < _MOST_NAMES else _OTHERS


class BoundedLog(logging.Filter):
    """Filter of a log handler: each line of code logs at most 16 times in a process."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Counter[tuple[str, int]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is logged; the last one says that it is."""
        key = (record.pathname, record.lineno)
        self._lines[key] += 1
        if self._lines[key] == _MOST_LINES:
            record.msg, record.args = f"{_text(record)}\n(further messages of this kind are not logged)", None
        return self._lines[key] <= _MOST_LINES


def _text(record: logging.LogRecord) -> str:
    """Return a record's message; a handler does not end a user whose exception has no text, and nor does this."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - an argument's own __str__ raises what it likes
        return f"{record.msg} ({type(error).__name__} in the text of its arguments)"
