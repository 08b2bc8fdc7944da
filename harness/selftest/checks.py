"""The types of the self-test: a check compares one number with the truth; a row tests the harness against one law.

This module is pure: each row measures by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.documents import SelftestOutcome
from harness.histogram import Histogram
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.selftest.rig import Lab


class Rule(StrEnum):
    """How a limit applies: as a distance from the truth, or as a minimum."""

    WITHIN = "within"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Check:
    """One measured number and the truth that it is compared with.

    Attributes:
        what: What was measured, in words.
        truth: The number that a perfect harness would measure.
        measured: The number that this harness measured; None where there is none, which never passes.
        limit: The largest allowed distance from `truth` (0: none); under AT_LEAST the smallest allowed `measured`.
        unit: The unit of `truth`, `measured` and `limit`.
    """

    what: str
    truth: float
    measured: float | None
    limit: float
    unit: Unit = Unit.ONE
    rule: Rule = Rule.WITHIN

    @property
    def strain(self) -> float:
        """The used share of the limit: up to 1 the check passes; infinity where no limit could hold."""
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
    """Return the check that two numbers are equal."""
    return Check(what, truth, measured, 0)


def happened(what: str, *, did: bool) -> Check:
    """Return the check that an event took place. Without that event, the row's other checks prove nothing."""
    return exactly(what, 1, int(did))


def at_least(what: str, least: float, measured: float | None, unit: Unit = Unit.ONE) -> Check:
    """Return the check that a number is not smaller than another."""
    return Check(what, least, measured, least, unit, Rule.AT_LEAST)


@dataclass(frozen=True, slots=True)
class Findings:
    """The checks of a row, and how they were made, in one or two sentences.

    Attributes:
        checks: The checks of the harness.
        detail: How they were made.
        yardsticks: Checks of the machine alone, without the harness, against the same limits. Where one fails, no
            program could pass the row on this machine.
    """

    checks: tuple[Check, ...]
    detail: str
    yardsticks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One law that the harness is tested against.

    Attributes:
        name: The NAME of `harness selftest NAME`.
        run: Measures and returns the checks. It raises a HarnessError where it can't measure.
        live: Whether it measures on this machine; then no other process may measure. Other rows only compute.
    """

    name: str
    run: Callable[[Lab], Findings]
    live: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a row. A row without checks has failed."""

    name: str
    checks: tuple[Check, ...]
    detail: str
    yardsticks: tuple[Check, ...] = ()

    @property
    def kind(self) -> SelftestOutcome:
        """Passed or failed by its checks; too noisy to tell if a yardstick misses its limit."""
        if not all(yardstick.passed for yardstick in self.yardsticks):
            return SelftestOutcome.TOO_NOISY
        held = bool(self.checks) and all(check.passed for check in self.checks)
        return SelftestOutcome.PASSED if held else SelftestOutcome.FAILED

    @property
    def passed(self) -> bool | None:
        """Whether the row passed; None if the machine is too noisy to tell."""
        return None if self.kind is SelftestOutcome.TOO_NOISY else self.kind is SelftestOutcome.PASSED

    @property
    def tightest(self) -> Check | None:
        """The check with the largest strain: nearest to its limit, or farthest beyond it."""
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
