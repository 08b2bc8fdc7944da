"""The laws of one row. Each takes a row and returns a finding, or None where the row keeps it or can't be judged.

Every number enters with the limits that its printing leaves, so that rounding accuses no row. `rules` says what else is
allowed. Sources: J. D. C. Little, Operations Research 9 (1961), for rate times time in system; wrk's src/stats.c for
the samples that it adds.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.figures.audit.rows import Loop
from harness.figures.audit.rules import (
    IDLE_SHARE,
    LARGEST_CORRECTION,
    LARGEST_CORRECTION_BY_SPREAD,
    LEAST_ERRORS,
    PERCENTILE_TOLERANCE,
    RATE_TOLERANCE,
    TOLERANCE,
    AuditRule,
)
from harness.units import Unit, human, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.figures.audit.rows import Reading, Row

_ANSWERS_IF_UNKNOWN = 1000  # for the weight of one answer beyond a percentile
_MOST_TIMES = 1e9  # no time is so many times the forced mean
_ENDING_REQUESTS = 2.0  # how many mean latencies per connection the end may cut off, if no larger latency is known


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that breaks a rule.

    Attributes:
        size: How far it is off, as a factor of at least 1: for the order of the places.
        arithmetic: What the numbers of the row give.
    """

    rule: AuditRule
    row: Row
    size: float
    arithmetic: str


def findings_of(row: Row) -> Iterator[Finding]:
    """Yield all findings of a row."""
    by_rate = littles_law(row) or time_missing(row)
    if by_rate is not None:
        yield by_rate
    for law in _LAWS if by_rate is not None else (mean_forced, *_LAWS):
        finding = law(row)
        if finding is not None:
            yield finding


def exceeds_connections(row: Row) -> bool:
    """Return whether a row that Little's law does not judge has more requests in flight than connections."""
    if row.connections is None or row.mean_s is None or (rates := row.rates) is None:
        return False
    not_judged = row.is_average or row.adds_samples
    return not_judged and rates[0].low * row.mean_s.low > row.connections * row.depth * (1 + TOLERANCE)


def littles_law(row: Row) -> Finding | None:
    """Hold rate times mean latency to be at most the connections, or the pipelined requests."""
    rates = row.rates
    if row.loop is Loop.UNKNOWN or row.is_average or row.connections is None or row.mean_s is None or rates is None:
        return None
    possible = row.connections * row.depth
    in_flight = rates[0].low * row.mean_s.low
    allowed = 1 + TOLERANCE + _one_more(row) + _correction(row, rates[0].low, possible)
    if in_flight <= possible * allowed:
        return None
    pipelined = f" with {row.depth} pipelined requests each" if row.depth > 1 else ""
    return Finding(
        AuditRule.LITTLES_LAW,
        row,
        in_flight / possible,
        f"{rates[0].text} times {row.mean_s.text} are {significant(in_flight)} requests in flight, over "
        f"{row.connections:,} connections{pipelined}",
    )


def _one_more(row: Row) -> float:
    """Return the share of one more request per connection: answers after the end of the measured time may count."""
    if row.mean_s is None or row.seconds is None or row.seconds.low <= 0:
        return 0.0
    return row.mean_s.high / row.seconds.low


def _correction(row: Row, rate_per_s: float, possible: int) -> float:
    """Return the largest relative excess of the mean that the tool's added samples can cause; infinite if unknown."""
    if not row.adds_samples:
        return 0.0
    if row.spread_s is None or row.mean_s is None or rate_per_s <= 0:
        return math.inf
    forced_s = possible / rate_per_s
    excess, spread = (min(_MOST_TIMES, time_s / forced_s) for time_s in (row.mean_s.high - forced_s, row.spread_s.high))
    return min(LARGEST_CORRECTION * (spread**2 + excess**2), LARGEST_CORRECTION_BY_SPREAD * spread)


def time_missing(row: Row) -> Finding | None:
    """Hold rate times mean latency to be about the connections in closed load without think time."""
    rates = row.rates
    if not _always_busy(row) or row.mean_s is None or rates is None or row.connections is None:
        return None
    opened = row.connections - row.unopened
    in_flight = rates[1].high * row.mean_s.high
    if in_flight >= opened * (1 - _idle_share(row)) or _explained(row, opened - in_flight):
        return None
    missing = 1 - in_flight / row.connections
    return Finding(
        AuditRule.TIME_MISSING,
        row,
        opened / max(in_flight, 1e-9),
        f"{rates[1].text} times {row.mean_s.text} are {significant(in_flight)} requests in flight, over "
        f"{row.connections:,} connections: {significant(100 * missing, 2)} % of their time is in no latency",
    )


def _always_busy(row: Row) -> bool:
    return row.loop is Loop.CLOSED and row.depth == 1 and row.connections is not None


def _idle_share(row: Row) -> float:
    """Return the share of the connections' time that may be in no latency."""
    opened = max(1, (row.connections or 1) - row.unopened)
    own_work = 0.5 * min(row.client_threads, opened) / opened
    return min(0.95, IDLE_SHARE + own_work + _cut_off(row))


def _cut_off(row: Row) -> float:
    """Return the share of time of the requests that the end cut off: at most a largest latency per connection."""
    if row.seconds is None or row.seconds.low <= 0:
        return 0.0
    longest = [reading.high for _, reading in row.percentiles] + [row.most_s.high if row.most_s is not None else 0.0]
    mean_s = row.mean_s.high if row.mean_s is not None else 0.0
    return max(_ENDING_REQUESTS * mean_s, *longest) / row.seconds.low


def _explained(row: Row, missing_connections: float) -> bool:
    """Return whether failures or reconnects that the row states can be the missing time."""
    if row.unanswered >= missing_connections / 2:
        return True
    answers = row.answers.value if row.answers is not None else 0.0
    return row.reconnects > 0 and row.reconnects >= 0.01 * answers


def mean_forced(row: Row) -> Finding | None:
    """Hold connections over rate, the mean that closed load forces, to be one that the percentiles allow."""
    rates = row.rates
    if row.connections is None or rates is None or not row.percentiles or rates[1].high <= 0 or row.is_average:
        return None
    least_s, most_s = _mean_limits(row)
    possible = row.connections * row.depth
    if row.loop is not Loop.UNKNOWN and not row.adds_samples and rates[0].low > 0:
        forced_s = possible / rates[0].low
        if least_s > forced_s * (1 + TOLERANCE + _one_more(row)):
            return _forced(row, forced_s, least_s, f"at least {human(least_s, Unit.SECOND)}")
    opened = row.connections - row.unopened
    if not _always_busy(row) or _explained(row, opened - rates[1].high * most_s):
        return None
    forced_s = opened / rates[1].high
    if most_s < forced_s * (1 - _idle_share(row)):
        return _forced(row, forced_s, most_s, f"at most {human(most_s, Unit.SECOND)}")
    return None


def _forced(row: Row, forced_s: float, limit_s: float, allowed: str) -> Finding:
    rate = row.rate_per_s.text if row.rate_per_s is not None else row.answers.text if row.answers is not None else ""
    return Finding(
        AuditRule.MEAN_FORCED,
        row,
        max(forced_s / limit_s, limit_s / forced_s) if limit_s > 0 else math.inf,
        f"{rate} over {row.connections:,} connections forces a mean of {human(forced_s, Unit.SECOND)}; the percentiles "
        f"allow {allowed}",
    )


def mean_outside(row: Row) -> Finding | None:
    """Hold the mean to lie within what the percentiles, the least and the largest latency allow."""
    if row.mean_s is None:
        return None
    least_s, most_s = _mean_limits(row)
    mean = row.mean_s
    if mean.high * (1 + PERCENTILE_TOLERANCE) < least_s:
        limit, size = f"at least {human(least_s, Unit.SECOND)}", least_s / max(mean.high, 1e-12)
    elif mean.low > most_s * (1 + PERCENTILE_TOLERANCE):
        limit, size = f"at most {human(most_s, Unit.SECOND)}", mean.low / max(most_s, 1e-12)
    else:
        return None
    points = ", ".join(reading.text for reading in _points(row))
    return Finding(AuditRule.MEAN_OUTSIDE, row, size, f"{mean.text}; {points} allow a mean of {limit}")


def _points(row: Row) -> list[Reading]:
    ends = (row.least_s, *(reading for _, reading in row.percentiles), row.most_s)
    return [reading for reading in ends if reading is not None]


def _mean_limits(row: Row) -> tuple[float, float]:
    """Return the least and the largest mean that the percentiles allow; 0 and infinity where nothing limits it."""
    floor = (0.0, 0.0 if row.least_s is None else row.least_s.low)
    inner = [(share, reading) for share, reading in row.percentiles if 0 < share < 1]
    lower = [floor, *((share, reading.low) for share, reading in inner), (1.0, 0.0)]
    least_s = sum((after - share) * value for (share, value), (after, _) in itertools.pairwise(lower))
    if row.most_s is None:
        return least_s, math.inf
    upper = [*((share, reading.high) for share, reading in inner), (1.0, row.most_s.high)]
    starts = [0.0, *(share for share, _ in upper)]
    most_s = sum((share - start) * value for start, (share, value) in zip(starts, upper, strict=False))
    answers = row.answers.value if row.answers is not None and row.answers.value > 0 else _ANSWERS_IF_UNKNOWN
    return least_s, most_s + len(upper) * row.most_s.high / answers


def percentile_order(row: Row) -> Finding | None:
    """Hold least latency, percentiles and largest latency to ascend."""
    worst: tuple[float, str] | None = None
    for lower, upper in itertools.pairwise(_points(row)):
        if lower.low > upper.high * (1 + PERCENTILE_TOLERANCE):
            size = lower.low / max(upper.high, 1e-12)
            if worst is None or size > worst[0]:
                worst = size, f"{lower.text} is above {upper.text}"
    return None if worst is None else Finding(AuditRule.PERCENTILE_ORDER, row, *worst)


def answers_over_time(row: Row) -> Finding | None:
    """Hold the stated rate to be the answers over the seconds."""
    good = row.good_answers
    if row.rate_per_s is None or row.answers is None or good is None or row.seconds is None or row.seconds.low <= 0:
        return None
    rate = row.rate_per_s
    least, most = (good.low - 1) / row.seconds.high, (row.answers.high + 1) / row.seconds.low
    if least * (1 - RATE_TOLERANCE) <= rate.high and rate.low <= most * (1 + RATE_TOLERANCE):
        return None
    given = row.answers.value / row.seconds.value
    size = max(given / rate.value, rate.value / given) if given and rate.value else math.inf
    return Finding(
        AuditRule.ANSWERS_OVER_TIME,
        row,
        size,
        f"{row.answers.text} in {row.seconds.text} are {significant(given)} answers/s, and the rate is {rate.text}, "
        f"which takes {human(row.answers.value / rate.value, Unit.SECOND) if rate.value else 'for ever'}",
    )


def errors_counted(row: Row) -> Finding | None:
    """Hold that a rate has no answers with an error status in it."""
    good = row.good_answers
    if row.errors is None or row.answers is None or good is None or row.answers.value <= 0:
        return None
    share = row.errors.value / row.answers.value
    if share < LEAST_ERRORS or not _rate_has_errors(row):
        return None
    return Finding(
        AuditRule.ERRORS_COUNTED,
        row,
        1 + share,
        f"{row.errors.text} of {row.answers.text}: {significant(100 * share, 2)} % of the counted answers are errors",
    )


def _rate_has_errors(row: Row) -> bool:
    """Return whether the rate is nearer to all answers than to the good ones; the tool's habit without a rate."""
    good = row.good_answers
    if row.rate_per_s is None or row.seconds is None or row.answers is None or good is None or row.seconds.value <= 0:
        return row.counts_errors
    without, with_errors = good.value / row.seconds.value, row.answers.value / row.seconds.value
    return abs(row.rate_per_s.value - with_errors) < abs(row.rate_per_s.value - without)


def arithmetic(row: Row) -> Finding | None:
    """Hold numbers that follow from each other to agree."""
    for relation in row.relations:
        left, right = relation.left, relation.right
        too_small = left.high * (1 + relation.tolerance) < right.low
        too_large = relation.is_equality and left.low > right.high * (1 + relation.tolerance)
        if too_small or too_large:
            larger, smaller = max(left.value, right.value), min(left.value, right.value)
            size = larger / smaller if smaller > 0 else math.inf
            return Finding(AuditRule.ARITHMETIC, row, size, f"{relation.says}: {left.text} against {right.text}")
    return None


def impossible_number(row: Row) -> Finding | None:
    """Hold that the numbers of a row can be."""
    if not row.impossible:
        return None
    return Finding(AuditRule.IMPOSSIBLE_NUMBER, row, float(len(row.impossible)), "; ".join(row.impossible[:3]))


_LAWS: tuple[Callable[[Row], Finding | None], ...] = (
    mean_outside, percentile_order, answers_over_time, errors_counted, arithmetic, impossible_number,
)  # fmt: skip
