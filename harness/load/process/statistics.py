"""Feed of Locust's own statistics, in bulk, so that its table, web page and reports show the lane's requests.

Locust's `request` event costs microseconds per request, and its percentiles are whole milliseconds. So its entries are
filled in batches, and the harness's own numbers never come from them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from locust.stats import RequestStats, StatsEntry, bucket_response_time

from harness.load.process.bounded import bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.load.process.exchanges import Request


class StatisticsFeed:
    """Feed of the statistics of one Locust environment.

    Endpoints are numbered in the order in which their requests are registered.
    """

    def __init__(self, stats: RequestStats) -> None:
        self._stats = stats
        self._requests: list[Request] = []
        self._epoch_ns = time.time_ns() - time.perf_counter_ns()

    def register(self, requests: Sequence[Request]) -> int:
        """Register requests, and return the endpoint number of the first one."""
        self._requests += requests
        return len(self._requests) - len(requests)

    def observe(
        self,
        endpoints: NDArray[np.int64],
        sizes: NDArray[np.int64],
        done_ns: NDArray[np.int64],
        elapsed_ns: NDArray[np.int64],
    ) -> None:
        """Add verified answers: number of the endpoint, size in bytes, arrival, time since the send."""
        for endpoint in np.unique(endpoints):
            rows = endpoints == endpoint
            request = self._requests[endpoint]
            batch = StatsEntry(self._stats, request.label, request.method)
            self._fill(batch, sizes[rows], done_ns[rows], elapsed_ns[rows] / 1e6)
            self._stats.get(request.label, request.method).extend(batch)
            self._stats.total.extend(batch)

    def observe_failure(self, endpoint: int, elapsed_ns: int, message: str) -> None:
        """Add one failure."""
        request = self._requests[endpoint]
        self._stats.log_request(request.method, request.label, round(elapsed_ns / 1e6), 0)
        self._stats.log_error(request.method, request.label, bounded(self._stats, message))

    def _fill(
        self, batch: StatsEntry, sizes: NDArray[np.int64], done_ns: NDArray[np.int64], elapsed_ms: NDArray[np.float64]
    ) -> None:
        batch.num_requests = len(sizes)
        batch.total_content_length = int(sizes.sum())
        batch.total_response_time = float(elapsed_ms.sum())  # type: ignore[assignment]  # Locust itself adds up floats
        batch.min_response_time = float(elapsed_ms.min())  # type: ignore[assignment]
        batch.max_response_time = float(elapsed_ms.max())  # type: ignore[assignment]
        batch.last_request_timestamp = (int(done_ns.max()) + self._epoch_ns) / 1e9
        seconds, counts = np.unique((done_ns + self._epoch_ns) // 1_000_000_000, return_counts=True)
        batch.num_reqs_per_sec = dict(zip(seconds.tolist(), counts.tolist(), strict=True))
        for elapsed, count in zip(*np.unique(np.rint(elapsed_ms), return_counts=True), strict=True):
            batch.response_times[bucket_response_time(float(elapsed))] += int(count)
