"""The nouns of the self-test: a check holds one number against the truth, a row holds the harness against one law.

Pure: what is measured, and how, is each row's own business.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.selftest.rig import Lab


class Rule(StrEnum):
    """How a limit is meant."""

    WITHIN = "within"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Check:
    """One number held against the truth.

    Attributes:
        what: What was measured, in words.
        truth: What a perfect harness would have measured.
        measured: What this one did; None where it has no such number, which never passes.
        limit: How far `measured` may lie from `truth` (0: not at all), or, under AT_LEAST, how large it must be.
        unit: That of all three.
    """

    what: str
    truth: float
    measured: float | None
    limit: float
    unit: Unit = Unit.ONE
    rule: Rule = Rule.WITHIN

    @property
    def strain(self) -> float:
        """How much of what the limit allows is used up: it holds up to 1, and infinity is beyond any limit."""
        if self.measured is None or not (math.isfinite(self.measured) and math.isfinite(self.truth)):
            return math.inf
        if self.rule is Rule.AT_LEAST:
            return self.limit / self.measured if self.measured > 0 else math.inf
        distance = abs(self.measured - self.truth)
        if self.limit:
            return distance / self.limit
        return math.inf if distance else 0.0

    @property
    def passed(self) -> bool:
        """Whether the limit holds."""
        return self.strain <= 1


def exactly(what: str, truth: float, measured: float | None) -> Check:
    """Return the check that two numbers are the same."""
    return Check(what, truth, measured, 0)


def happened(what: str, *, did: bool) -> Check:
    """Return the check that what a row depends on took place: a row that saw nothing proves nothing."""
    return exactly(what, 1, int(did))


def at_least(what: str, least: float, measured: float | None, unit: Unit = Unit.ONE) -> Check:
    """Return the check that a number is no smaller than another."""
    return Check(what, least, measured, least, unit, Rule.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a row found: its checks, and how they were made, in a sentence or two."""

    checks: tuple[Check, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One law that the harness is held against.

    Attributes:
        name: What `harness selftest NAME` calls it.
        live: Whether it measures on this machine, which then must be nobody else's; the others only compute.
        run: Measures and judges. It raises a HarnessError where it can't.
    """

    name: str
    run: Callable[[Lab], Findings]
    live: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row; one without checks proved nothing, and has not passed."""

    name: str
    checks: tuple[Check, ...]
    detail: str

    @property
    def passed(self) -> bool:
        """Whether every limit holds."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def tightest(self) -> Check | None:
        """The check that came nearest to its limit, or went farthest beyond it."""
        return max(self.checks, key=lambda check: check.strain, default=None)


def quantile_s(histogram: str | None, q: float) -> float | None:
    """Return a quantile of a slice's histogram, in seconds; None where it has no samples."""
    return Histogram.from_text(histogram).quantile_s(q) if histogram else None


def mean_s(histogram: str | None) -> float | None:
    """Return the exact mean of a slice's histogram, in seconds; None where it has no samples."""
    return Histogram.from_text(histogram).mean_s if histogram else None


def samples_in(histogram: str | None) -> int:
    """Return the number of samples of a slice's histogram."""
    return Histogram.from_text(histogram).count if histogram else 0
