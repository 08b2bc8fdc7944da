"""`harness.selftest/1`: the harness's numbers compared with known true values."""

from dataclasses import dataclass
from typing import Literal

from harness.units import Unit


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

    They are null if the row could not run: then it is not passed, and `detail` says why.
    """

    name: str
    what: str | None
    truth: float | None
    measured: float | None
    limit: float | None
    rule: str | None
    unit: Unit | None
    passed: bool
    detail: str
    checks: list[SelftestCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestDocument:
    """`harness.selftest/1`: output of `selftest --json`; `passed` and `failed` count rows."""

    schema: Literal["harness.selftest/1"] = "harness.selftest/1"
    rows: list[SelftestRow]
    passed: int
    failed: int
