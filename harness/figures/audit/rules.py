"""The catalogue of the audit's rules: what is a contradiction, what is allowed, and why. The documents print it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AuditRule(StrEnum):
    """A rule that the rows of a result file are held against."""

    LITTLES_LAW = "littles_law"
    TIME_MISSING = "time_missing"
    MEAN_FORCED = "mean_forced"
    MEAN_OUTSIDE = "mean_outside_percentiles"
    PERCENTILE_ORDER = "percentile_order"
    ANSWERS_OVER_TIME = "answers_over_time"
    ERRORS_COUNTED = "errors_counted"
    SHARED_CEILING = "shared_ceiling"
    ARITHMETIC = "arithmetic"
    IMPOSSIBLE_NUMBER = "impossible_number"


@dataclass(frozen=True, slots=True)
class RuleText:
    """The words of a rule.

    Attributes:
        holds: What always holds.
        allowed: What the rule allows beyond it, with the reason.
        accuses: What a broken rule says of a row, as the end of `In 3 of 40 rows ...`.
    """

    holds: str
    allowed: str
    accuses: str


TOLERANCE = 0.03
IDLE_SHARE = 0.10
PERCENTILE_TOLERANCE = 0.02
RATE_TOLERANCE = 0.02
LEAST_ERRORS = 0.02
CEILING_WIDTH = 0.02
CEILING_SHARE = 1 / 3
CEILING_ROWS = 4
LEAST_COMPARED = 9

# The largest excess of a mean over N/X that wrk's correction can cause, over the second moment about N/X. A request
# that takes (j + 1 + f) times N/X gets j more samples; their excess over that request's and their squares is largest
# for j = 2 and f = 0.5: 2 / 8.75 (wrk, src/stats.c: stats_correct).
LARGEST_CORRECTION = 0.23
# And over the standard deviation: the samples of one very long request are spread evenly from N/X up to it, and as
# many short requests must balance it, because the mean of all requests is N/X. That gives sqrt(3/5).
LARGEST_CORRECTION_BY_SPREAD = 0.78

RULES: dict[AuditRule, RuleText] = {
    AuditRule.LITTLES_LAW: RuleText(
        "Rate times mean latency is the number of requests in flight (Little's law). A connection has one, or as many "
        "as are pipelined.",
        "3 %, one more request per connection at the end, and the rounding of the printed numbers. A mean of wrk may "
        "be larger by what its correction for stalls can add at the printed standard deviation. Averages over several "
        "measurements, multiplexed connections (HTTP/2) and fixed rates are not judged.",
        "more requests are in flight than the connections can have",
    ),
    AuditRule.TIME_MISSING: RuleText(
        "In closed load without think time each connection always has a request in flight, so rate times mean latency "
        "is about the number of connections.",
        "10 %, half a connection per thread of the tool (its own work between two requests), requests that the end cut "
        "off, connections that wrk does not open because they don't divide by its threads, and the rounding. Rows that "
        "state reconnects, time-outs or socket errors are not judged where these can explain it.",
        "a part of the connections' time is in no latency: idle, connecting, or without an answer",
    ),
    AuditRule.MEAN_FORCED: RuleText(
        "In closed load the rate forces the mean latency: connections over rate. The percentiles must allow it.",
        "As for the two rules above.",
        "the percentiles exclude the mean latency that rate and connections force",
    ),
    AuditRule.MEAN_OUTSIDE: RuleText(
        "Percentiles, least and largest latency limit the mean: latencies between two percentiles lie between them.",
        "2 %, the rounding, and one answer beyond each percentile.",
        "the mean latency is not one that the percentiles allow",
    ),
    AuditRule.PERCENTILE_ORDER: RuleText(
        "A higher percentile is not below a lower one, the least latency or above the largest one.",
        "2 %, for percentiles that are estimated from a sketch, and the rounding.",
        "percentiles are out of order",
    ),
    AuditRule.ANSWERS_OVER_TIME: RuleText(
        "The rate is the answers over the seconds, with or without the answers that have an error status.",
        "2 %, and the rounding. A planned time may be exceeded by 5 to 10 %, because tools finish their last requests.",
        "the rate is not the answers over the seconds",
    ),
    AuditRule.ERRORS_COUNTED: RuleText(
        "An answer with an error status is no answer of the program under test.",
        "Up to 2 % of the answers: below, the rate is hardly another one.",
        "answers with an error status are counted in the rate",
    ),
    AuditRule.SHARED_CEILING: RuleText(
        "Different programs under the same load have different rates.",
        "It takes nine programs of one test, a third of them (four at least) within 2 % of the highest rate, at most "
        "half as many in the 10 % below, and a tenth (two at least) below 80 %.",
        "a third or more of the programs share the highest rate",
    ),
    AuditRule.ARITHMETIC: RuleText(
        "Numbers that follow from each other by the definition of the format: the sum and its parts, the estimate and "
        "its interval, the peak and its levels.",
        "1 % and the rounding; more where a format has averages of samples.",
        "numbers that follow from each other disagree",
    ),
    AuditRule.IMPOSSIBLE_NUMBER: RuleText(
        "A time, a rate and a count are numbers, finite and not negative.",
        "Nothing.",
        "a number can't be",
    ),
}
