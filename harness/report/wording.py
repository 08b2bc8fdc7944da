"""The words that all parts of a report share: numbers, bounds, verdicts, differences.

Each function turns one value into text that is clear without colour. This module must not know tables, markup or files.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.figures.rules import RULES
from harness.model import CLAIMS, AttributeName, Bound, Difference, Verdict
from harness.units import SMALL_FACTOR, exact, factor_claimed, ratio_parts, scale_of, significant, unrounded

if TYPE_CHECKING:
    from harness.model import Comparison, Result

DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"

_SMALL_RATIO = 0.5
_SMALL_P = 0.0001

ATTRIBUTE_TITLES = {
    AttributeName.LANGUAGE_VERSION: "Oldest language version",
    AttributeName.ASYNC_VIEWS: "Native async views",
    AttributeName.VALIDATION: "Built-in validation",
    AttributeName.WEBSOCKET: "WebSocket without an add-on",
    AttributeName.ADMIN: "Admin interface",
    AttributeName.ORM: "Object-relational mapper",
    AttributeName.AUTHENTICATION: "Authentication",
    AttributeName.DOCUMENTATION: "Automatic documentation",
    AttributeName.SINGLE_BINARY: "Single-binary deployment",
}
VERDICT_WORDS = {
    Verdict.CONFIRMED: "confirmed",
    Verdict.REFUTED: "refuted",
    Verdict.NOT_REPRODUCED: "not reproduced",
    Verdict.CONTRADICTED: "contradicted",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_COMPARABLE: "not comparable",
    Verdict.NOT_MEASURED: "not measured",
}


def _meaning(verdict: Verdict) -> str:
    """Return the conditions of all rules with a verdict: `A size lies outside everything. Or a measurement is ...`."""
    first, *others = (rule.when for rule in RULES if rule.verdict is verdict)
    return " Or ".join([first, *(f"{other[:1].lower()}{other[1:]}" for other in others)])


VERDICT_MEANINGS = {verdict: _meaning(verdict) for verdict in Verdict}
BOUND_WORDS = {
    Bound.TARGET: "limited by its CPU",
    Bound.GENERATOR: "limited by the load generator",
    Bound.ROUND_TRIP: "limited by the round trip",
    Bound.NEITHER: "limited neither by its CPU nor by the load generator",
}
BOUND_MEANINGS = {
    Bound.TARGET: "The target used up its CPU time{limit}. The number is the target's own limit.",
    Bound.GENERATOR: "The load generator was the limit{limit}. The number is a lower bound of what the target can do. "
    "The CPU time of a request gives an upper bound: the target's CPUs divided by that time.",
    Bound.ROUND_TRIP: "One connection carries one request at a time{limit}. The limit was the time of a round trip. "
    "The number is neither the target's own limit nor a lower bound of it.",
    Bound.NEITHER: "Neither target nor generator used up its CPU time{limit}. The limit was the time that they waited "
    "for each other or for the machine.",
}
DIFFERENCE_WORDS = {
    Difference.HIGHER: "higher",
    Difference.LOWER: "lower",
    Difference.EQUIVALENT: "equivalent",
    Difference.NO_DIFFERENCE_SHOWN: "no difference shown",
    Difference.INCONCLUSIVE: "inconclusive",
}


def bracketed(low: float, high: float) -> str:
    """Return an interval in brackets: `[5,980, 6,260]`."""
    return f"[{significant(low)}, {significant(high)}]"


def scaled(result: Result) -> tuple[str, str, str] | None:
    """Return number, interval and unit of a result, at one scale; None if it is absent or not finite."""
    if result.estimate is None or result.low is None or result.high is None:
        return None
    if not all(math.isfinite(number) for number in (result.estimate, result.low, result.high)):
        return None
    if result.low == result.high:
        number, unit = exact(result.estimate, result.unit)
        return number, "", unit
    divisor, unit = scale_of(result.estimate, result.unit)
    return significant(result.estimate / divisor), bracketed(result.low / divisor, result.high / divisor), unit


def spelled(result: Result) -> str:
    """Return a result as text: `6,120 req/s [5,980, 6,260]`, or a dash."""
    parts = scaled(result)
    if parts is None:
        return DASH
    number, interval, unit = parts
    return " ".join(filter(None, (number, unit, interval)))


def reason_of(result: Result) -> str:
    """Return the reason why a result has no number."""
    return result.reason or "the stored number is not finite"


def difference_spelled(comparison: Comparison) -> str:
    """Return a comparison's verdict in words; a small ratio as people say it: `13.0 times lower`."""
    if comparison.verdict is Difference.LOWER and comparison.ratio < _SMALL_RATIO:
        return difference_said(comparison)[0]
    return DIFFERENCE_WORDS[comparison.verdict]


def difference_said(comparison: Comparison) -> tuple[str, str]:
    """Return a difference as people say it, and its interval in the same direction: `4.55 times lower`, `[4.4, 4.7]`.

    A factor below 1.5 is said in percent: `12.0 % higher`. Of a wide interval only the end nearest to 1 is said: `at
    least 3.94 times higher`. A difference that is not shown is its verdict, with the
    interval of the ratio.
    """
    ratio, low, high = comparison.ratio, comparison.low, comparison.high
    words = DIFFERENCE_WORDS[comparison.verdict]
    if comparison.verdict not in CLAIMS or low <= 0:
        return words, " ".join(filter(None, ("ratio", *ratio_parts(ratio, low, high))))
    is_lower = comparison.verdict is Difference.LOWER
    if max(ratio, 1 / ratio) < SMALL_FACTOR:
        ends = sorted(abs(1 - end) for end in (low, high))
        return factor_claimed(ratio, low, high), f"[{percentage(ends[0])}, {percentage(ends[1])}]"
    ends = [1 / high, 1 / low] if is_lower else [low, high]
    return factor_claimed(ratio, low, high), bracketed(*ends)


def ratio_spelled(comparison: Comparison) -> tuple[str, str]:
    """Return the number and the interval of a ratio: `13.9×`, `[13.5, 14.4]`; of a vague one `0.046 to 2.1×` alone."""
    number, interval = ratio_parts(comparison.ratio, comparison.low, comparison.high)
    return f"{number}{TIMES}", interval


def duration(seconds: float) -> str:
    """Return a duration in minutes and seconds: `48 s`, `3 min 12 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def rate_spelled(rate_per_s: float) -> str:
    """Return a planned rate, unrounded: `1,000 req/s`."""
    return f"{unrounded(rate_per_s)} req/s"


def capital(text: str) -> str:
    """Return a text with a capital at its beginning; p99 stays p99."""
    return text if text[1:2].isdigit() else text[:1].upper() + text[1:]


def percentage(share: float) -> str:
    """Return a measured share in percent, with as many digits as any measured number: `58.1 %`, `4.60 %`."""
    return f"{significant(share * 100)} %"


def fixed_percentage(share: float) -> str:
    """Return a share that is decided and not measured, such as a limit, in percent without final zeros: `95 %`."""
    return f"{share * 100:.3g} %"


def probability(p: float) -> str:
    """Return a p-value behind its name: `= 0.031`, `< 0.0001`."""
    return f"< {_SMALL_P:g}" if p < _SMALL_P else f"= {significant(p, 2)}"
