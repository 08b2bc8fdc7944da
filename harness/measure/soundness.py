"""Flags of load that was not driven on time; each becomes a warning on latencies from it.

These are pure functions. A warning is a fixed sentence, so that the same warning from many trials is shown once.
"""

from __future__ import annotations

from harness.histogram import Histogram
from harness.metrics.names import Quantile

STANDSTILL_S = 0.1
LATE_P99_S = 1e-3
LATE_SHARE = 0.25

STOOD_STILL = (
    f"requests left over {STANDSTILL_S * 1e3:g} ms after they were due (the generator stood still, "
    "or no connection was free); the delay is counted as latency"
)
OFTEN_LATE = (
    f"more than 1 % of the requests left over {LATE_P99_S * 1e3:g} ms after they were due (the generator was late, "
    "or no connection was free); the delay is counted as latency"
)
LATE_TAIL = (
    f"the p99.9 of the lateness is over {LATE_SHARE:.0%} of this p99.9 (the generator was late, or no connection was "
    "free): a part of it is not the target's own"
)


def flags_of(of_load: str | None) -> tuple[str, ...]:
    """Return the flags of a load as sentences.

    Args:
        of_load: The histogram of its lateness, as text. Closed load has no due times: None, and no flags.
    """
    return () if of_load is None else flags_of_lateness(Histogram.from_text(of_load))


def flags_of_lateness(lateness: Histogram) -> tuple[str, ...]:
    """Return the flags of a load by its lateness, as sentences."""
    if not lateness.count:  # no request was due
        return ()
    flags = []
    if lateness.quantile_s(1.0) >= STANDSTILL_S:
        flags.append(STOOD_STILL)
    if lateness.quantile_s(0.99) >= LATE_P99_S:
        flags.append(OFTEN_LATE)
    return tuple(flags)


def flags_of_tail(response: Histogram, lateness: Histogram) -> tuple[str, ...]:
    """Return the flags of the p99.9 of one load as sentences, from its response times and its lateness.

    Requests that are late for one reason, such as a stall of the generator, are the slowest ones too. So the two
    percentiles are compared, and not their requests. With too few samples for a p99.9 there is no flag.
    """
    tail = Quantile.P999
    if min(response.count, lateness.count) < tail.least_samples:
        return ()
    is_late = lateness.quantile_s(tail.share) > LATE_SHARE * response.quantile_s(tail.share)
    return (LATE_TAIL,) if is_late else ()
