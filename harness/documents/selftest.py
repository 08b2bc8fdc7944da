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
    """Check of one number: `measured` must be within `limit` of `truth`, or at least `limit`; `rule` says which."""

    what: str
    truth: float | None
    measured: float | None
    limit: float
    rule: str
    unit: Unit
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestRow:
    """Row of the self-test; its numbers are those of the check nearest to its limit.

    They are null if the row could not run: then it has failed, and `detail` says why. `yardsticks` are checks of the
    machine alone. Where one fails, the outcome is `too_noisy`, and `passed` is null.
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
    """`harness.selftest/1`: output of `selftest --json`; `passed`, `failed` and `too_noisy` count rows."""

    schema: Literal["harness.selftest/1"] = "harness.selftest/1"
    rows: list[SelftestRow]
    passed: int
    failed: int
    too_noisy: int
