"""`harness.selftest/1`: the harness's numbers compared with known true values."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from harness.units import Unit


class SelftestOutcome(StrEnum):
    """The possible outcomes of a row."""

    PASSED = "passed"
    FAILED = "failed"
    TOO_NOISY = "too_noisy"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestCheck:
    """Check of one number.

    Attributes:
        what: What was checked.
        truth: The true value; null where the rule names none.
        measured: The measured value; null if there was none.
        limit: How far it may be from the truth, or the least or most that it may be.
        rule: How the three are compared.
        unit: The base unit of the three.
        passed: Whether the rule holds.
    """

    what: str
    truth: float | None
    measured: float | None
    limit: float
    rule: str
    unit: Unit
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestRow:
    """Row of the self-test; its numbers are those of the check nearest to its limit, and null if the row could not run.

    Attributes:
        name: Its name.
        what: The check that its numbers are of.
        truth, measured, limit, rule, unit: The numbers of this check.
        passed: Whether all checks hold; null if the outcome is `too_noisy`.
        outcome: `too_noisy` where a yardstick fails.
        detail: What was done and found; of a row that could not run, why.
        checks: All checks of the row.
        yardsticks: Checks of the machine alone.
    """

    name: str
    what: str | None
    truth: float | None
    measured: float | None
    limit: float | None
    rule: str | None
    unit: Unit | None
    passed: bool | None
    outcome: SelftestOutcome
    detail: str
    checks: list[SelftestCheck]
    yardsticks: list[SelftestCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestDocument:
    """`harness.selftest/1`: output of `selftest --json`.

    Attributes:
        rows: One for each row that was asked for.
        passed, failed, too_noisy: The number of rows with this outcome.
    """

    schema: Literal["harness.selftest/1"] = "harness.selftest/1"
    rows: list[SelftestRow]
    passed: int
    failed: int
    too_noisy: int
