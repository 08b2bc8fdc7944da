"""Connections of open load: as many as its requests in flight take.

A request in flight holds a connection. With too few of them requests wait in the generator, and a target that could
answer them seems not to keep up. A handler that waits for 0.1 s has 100 requests in flight at 1,000 per second
(Little's law). These are pure functions of the response times that the warm-up has shown.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model import LoadKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.measure.responses import Cell, ResponseTime
    from harness.model import Load, Subject

SPREADS = 4.0
"""Standard deviations of a Poisson number of requests in flight for which there are connections."""


def carried(load: Load, subject: Subject, scenario: str, responses: Mapping[Cell, ResponseTime]) -> Load:
    """Return a load over more connections if it is open and its requests in flight take more than it has.

    There are no more than in the closed load of the target, whose connections are open anyway. What an answer takes
    without a queue is known from closed load over one connection; where it is not, the load stays as it is.

    Args:
        load: The load.
        subject: The target that gets it.
        scenario: The name of the scenario.
        responses: What the warm-up has shown.
    """
    if load.rate_per_s is None:
        return load
    levels = {
        one.connections: time
        for (of, name, one), time in responses.items()
        if (of, name, one.kind) == (subject, scenario, LoadKind.CLOSED)
    }
    if 1 not in levels:
        return load
    mean = load.rate_per_s * levels[1].longest_s
    needed = math.ceil(mean + SPREADS * math.sqrt(mean))
    return replace(load, connections=max(load.connections, min(needed, max(levels))))
