"""Check the response times of an M/D/1 queue against Lindley's recursion on the recorded due times.

At a single server with service time S, a request waits for those before it: W' = max(0, W + S - A), where A is the time
between two arrivals. The arrivals are seeded, so every response time is known before the first request is sent. (The
closed form of M/D/1 alternates and overflows at high utilisation, and gives only the mean over all seeds.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.histogram import Histogram
from harness.model import Load, LoadKind
from harness.selftest.behaviours import Queue
from harness.selftest.checks import Check, Findings, Row, exactly
from harness.selftest.rig import due_ns_of
from harness.selftest.yardstick import bare_loops
from harness.units import Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import SliceResult
    from harness.selftest.rig import Lab

MEDIAN_LIMIT_S = 0.3e-3
P99_LIMIT_S = 1e-3
_SERVICE_NS = 5_000_000
_LOAD = Load(LoadKind.POISSON, 64, 100.0)  # utilisation 0.5
_DURATION_S = 20.0


def lindley(due_s: NDArray[np.float64], service_s: float) -> NDArray[np.float64]:
    """Return the response time of every request at a single server, in seconds, from its due time.

    Args:
        due_s: The due times, ascending.
        service_s: The service time of each request.
    """
    waits_s, wait_s = [0.0], 0.0
    for gap_s in np.diff(due_s):
        wait_s = max(0.0, wait_s + service_s - gap_s)
        waits_s.append(wait_s)
    return np.array(waits_s[: len(due_s)]) + service_s


def judge(predicted_s: NDArray[np.float64], result: SliceResult) -> tuple[Check, ...]:
    """Check the recorded response times against the predicted ones, rank by rank.

    The generator keeps a histogram and no single requests. So the k-th smallest recorded time is compared with the k-th
    smallest predicted time. The two means are compared as well: they don't depend on the pairing.
    """
    read = Histogram.from_texts([result.response])
    count = len(predicted_s)
    median_s = p99_s = mean_s = None
    if read.count:
        read_s = np.array([read.quantile_s((rank + 1) / count) for rank in range(count)])
        residuals_s = np.abs(read_s - np.sort(predicted_s))
        median_s, p99_s = (float(np.quantile(residuals_s, q)) for q in (0.5, 0.99))
        mean_s = read.mean_s - float(predicted_s.mean())
    return (
        exactly("response times", count, read.count),
        Check("residual at p50", 0.0, median_s, MEDIAN_LIMIT_S, Unit.SECOND),
        Check("residual at p99", 0.0, p99_s, P99_LIMIT_S, Unit.SECOND),
        Check("residual of the mean", 0.0, mean_s, MEDIAN_LIMIT_S, Unit.SECOND),
    )


def run(lab: Lab) -> Findings:
    """Drive Poisson arrivals against a single server."""
    with bare_loops(lab) as bare, lab.rig() as rig:
        order = rig.order(_LOAD, _DURATION_S)
        result, _ = rig.drive(Queue(_SERVICE_NS), order)
        neighbours = rig.neighbours.in_words()
    due_s = due_ns_of(order) / 1e9
    return Findings(
        judge(lindley(due_s, _SERVICE_NS / 1e9), result),
        f"{len(due_s)} requests at {_LOAD.rate_per_s:g}/s, {_SERVICE_NS / 1e6:g} ms each. The due times are recomputed "
        "from the slice's seed; recorded and predicted response times are compared rank by rank."
        f"{neighbours}",
        bare.checks({"p50": MEDIAN_LIMIT_S, "p99": P99_LIMIT_S}),
    )


ROW = Row("queue", run)
