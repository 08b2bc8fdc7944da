"""Complaints of a scenario: what its locustfile itself called a failure or raised, counted in constant memory."""

from __future__ import annotations

from harness.model import MOST_COMPLAINTS, OTHER_COMPLAINTS

_LONGEST_TEXT = 200


class Complaints:
    """Complaints of a scenario, counted by text, in constant memory."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._first: str | None = None

    def add(self, text: str, count: int = 1) -> None:
        """Count a complaint, or several with the same text."""
        key = " ".join(text.split())[:_LONGEST_TEXT]
        if self._first is None:
            self._first = key
        if key not in self._counts and len(self._counts) >= MOST_COMPLAINTS - 1:
            key = OTHER_COMPLAINTS
        self._counts[key] = self._counts.get(key, 0) + count

    def take(self) -> tuple[dict[str, int], str | None]:
        """Return the counts and the first text since the last call."""
        taken = (self._counts, self._first)
        self._counts, self._first = {}, None
        return taken
