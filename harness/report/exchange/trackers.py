"""Numbers for trackers of benchmarks: github-action-benchmark's two files, and Bencher's metric format.

The formats: https://github.com/benchmark-action/github-action-benchmark (customBiggerIsBetter, customSmallerIsBetter)
and https://bencher.dev/docs/reference/bencher-metric-format/. Both keep a series by its name, so names have no numbers
of the run.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.metrics.catalogue import Better
    from harness.report.exchange.numbers import Number


def action_benchmark(numbers: Iterable[Number], better: Better) -> str:
    """Return the numbers of which a higher (or a lower) one is better, for github-action-benchmark."""
    rows = [
        {
            "name": f"{number.series}: {number.metric}",
            "unit": number.unit.value,
            "value": number.estimate,
            "range": f"{number.low:.6g} to {number.high:.6g}",
        }
        for number in numbers
        if number.better is better
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def bencher(numbers: Iterable[Number]) -> str:
    """Return the numbers in Bencher's metric format: by series, then by metric."""
    benchmarks: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for number in numbers:
        interval = {"value": number.estimate, "lower_value": number.low, "upper_value": number.high}
        benchmarks[number.series][number.metric] = interval
    return json.dumps(benchmarks, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
