"""Length of a LoadTestShape: the time at which its `tick` returns None, found by ticks with a simulated run time."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from locust import LoadTestShape
    from locust.env import Environment

_LONGEST_S = 3600


def length_s(kind: type[LoadTestShape], environment: Environment) -> float | None:
    """Return how long a shape runs, in whole seconds; None if it does not end within an hour.

    Args:
        kind: The shape's class; a new instance is ticked.
        environment: What the shape finds as `self.runner.environment`.

    Raises:
        Exception: The shape's own, if it can't tick without a running test.
    """
    shape: Any = kind()
    shape.runner = SimpleNamespace(user_count=0, environment=environment)
    for second in range(_LONGEST_S + 1):
        shape.start_time = time.perf_counter() - second
        shape.get_run_time = lambda second=second: float(second)
        ticked = shape.tick()
        if ticked is None:
            return float(second)
        shape.runner.user_count = ticked[0]
    return None
