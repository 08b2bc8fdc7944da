"""Flags of slices that were not driven on time; each becomes a warning on latencies from the slice.

These are pure functions. A warning is a fixed sentence, so that the same warning from many slices is shown once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.histogram import Histogram

if TYPE_CHECKING:
    from harness.model import SliceResult

STANDSTILL_S = 0.1
LATE_P99_S = 1e-3

STOOD_STILL = (
    f"requests left over {STANDSTILL_S * 1e3:g} ms after they were due (the generator stood still, "
    "or no connection was free); the delay is counted as latency"
)
OFTEN_LATE = (
    f"more than 1 % of the requests left over {LATE_P99_S * 1e3:g} ms after they were due (the generator was late, "
    "or no connection was free); the delay is counted as latency"
)


def flags_of(result: SliceResult) -> tuple[str, ...]:
    """Return the flags of a slice as sentences. Closed load has no due times, so it has no flags."""
    if result.lateness is None:
        return ()
    lateness = Histogram.from_text(result.lateness)
    if not lateness.count:  # no request was due
        return ()
    flags = []
    if lateness.quantile_s(1.0) >= STANDSTILL_S:
        flags.append(STOOD_STILL)
    if lateness.quantile_s(0.99) >= LATE_P99_S:
        flags.append(OFTEN_LATE)
    return tuple(flags)
