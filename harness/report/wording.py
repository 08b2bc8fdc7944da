"""The words of a report that belong to no single table: numbers, bounds, verdicts, differences.

It turns one value into what people read, in words that need no colour. It knows nothing of tables, markup or files.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.figures.published import Verdict
from harness.model import AttributeName, Bound, Difference
from harness.units import exact, scale_of, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Comparison, Result

DASH = "\N{EN DASH}"
TIMES = "\N{MULTIPLICATION SIGN}"

_SMALL_RATIO = 0.5

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
    Verdict.CONTRADICTED: "contradicted",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.NOT_COMPARABLE: "not comparable",
    Verdict.NOT_MEASURED: "not measured",
}
VERDICT_MEANINGS = {
    Verdict.CONFIRMED: "Everything that was measured for it agrees with it, within intervals and rounding.",
    Verdict.REFUTED: "It lies outside everything that was measured for it.",
    Verdict.CONTRADICTED: "Nothing here measures it, and the source's own figures exclude each other.",
    Verdict.INCONCLUSIVE: "What was measured for it is too weak to decide: bound by the generator, or too uncertain.",
    Verdict.NOT_COMPARABLE: "Some of what was measured gives it and some does not, and the source does not state the "
    "conditions that would decide; or it states some that no run here reproduces.",
    Verdict.NOT_MEASURED: "This run measured nothing that would settle it.",
}
BOUND_WORDS = {
    Bound.TARGET: "target-bound",
    Bound.GENERATOR: "generator-bound",
    Bound.NEITHER: "bound by neither",
}
BOUND_MEANINGS = {
    Bound.TARGET: "The target used up the CPU time that it was given{limit}: the number is the target's own.",
    Bound.GENERATOR: "The load generator was the limit{limit}: the number is a lower bound of what the target can do.",
    Bound.NEITHER: "Neither used up its CPU time{limit}: waiting for each other, or for the machine, set the pace.",
}
DIFFERENCE_WORDS = {
    Difference.HIGHER: "higher",
    Difference.LOWER: "lower",
    Difference.EQUIVALENT: "equivalent",
    Difference.NO_DIFFERENCE_SHOWN: "no difference shown",
    Difference.INCONCLUSIVE: "inconclusive",
}


def bracketed(low: float, high: float) -> str:
    """Format the ends of an interval: `[5,980, 6,260]`."""
    return f"[{significant(low)}, {significant(high)}]"


def scaled(result: Result) -> tuple[str, str, str] | None:
    """Split a result into number, interval and unit, scaled alike; None where it is absent.

    A stored number that is not finite is as absent as a missing one.
    """
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
    """Write a result out: `6,120 [5,980, 6,260] req/s`, or a dash."""
    parts = scaled(result)
    return DASH if parts is None else " ".join(filter(None, parts))


def reason_of(result: Result) -> str:
    """Say why a result has no number."""
    return result.reason or "the stored number is not finite"


def difference_spelled(comparison: Comparison) -> str:
    """Say what a ratio may claim, and a small one also the other way up: `lower, by a factor of 13`."""
    words = DIFFERENCE_WORDS[comparison.verdict]
    if comparison.verdict is Difference.LOWER and comparison.ratio < _SMALL_RATIO:
        return f"{words}, by a factor of {significant(1 / comparison.ratio)}"
    return words


def ratio_spelled(comparison: Comparison) -> tuple[str, str]:
    """Split a ratio into its number and its interval."""
    return f"{significant(comparison.ratio)}{TIMES}", bracketed(comparison.low, comparison.high)


def listed(words: Sequence[str], joint: str = "and") -> str:
    """Join words as a sentence does: `a, b and c`."""
    return f" {joint} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def counted(number: int, noun: str) -> str:
    """Write a number of things: `1 block`, `5 blocks`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Write a duration as people say it: `48 s`, `3 min 12 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def rate_spelled(rate_per_s: float) -> str:
    """Write a planned rate, which is exact: `1,000 req/s`."""
    return f"{rate_per_s:,g} req/s"


def percentage(share: float) -> str:
    """Write a share: `58.1 %`, `95 %`."""
    return f"{share * 100:.3g} %"
