"""Extent of a LoadTestShape: its length and most users, found by ticks with a simulated run time.

It ends when its `tick` returns None.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locust import LoadTestShape
    from locust.env import Environment

_LONGEST_S = 3600


@dataclass(frozen=True, slots=True)
class ShapeExtent:
    """Length of a shape in whole seconds, None if it does not end within an hour, and its largest number of users."""

    lasts_s: float | None
    users: int


def extent_of(kind: type[LoadTestShape], environment: Environment) -> ShapeExtent:
    """Return how long a shape runs, and how many users it has at most.

    Args:
        kind: The shape's class; a new instance is ticked.
        environment: What the shape finds as `self.runner.environment`.

    Raises:
        Exception: The shape's own, if it can't tick without a running test.
    """
    shape: Any = kind()
    shape.runner = SimpleNamespace(user_count=0, environment=environment)
    users = 0
    for second in range(_LONGEST_S + 1):
        shape.start_time = time.perf_counter() - second
        shape.get_run_time = lambda second=second: float(second)
        ticked = shape.tick()
        if ticked is None:
            return ShapeExtent(float(second), users)
        shape.runner.user_count = ticked[0]
        users = max(users, ticked[0])
    return ShapeExtent(None, users)
