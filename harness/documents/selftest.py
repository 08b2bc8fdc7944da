"""`harness.selftest/1`: the harness held against the truth."""

from dataclasses import dataclass
from typing import Literal

from harness.units import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestCheck:
    """One number held against the truth: `measured` lies within `limit` of `truth`, or is at least `limit`."""

    what: str
    truth: float | None
    measured: float | None
    limit: float
    rule: str
    unit: Unit
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SelftestRow:
    """One row of the self-test. Its numbers are those of the check that came nearest to its limit.

    They are null where the row could not be run, which is not passed; `detail` then says why.
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
    """`harness.selftest/1`: what `selftest --json` gives; `passed` and `failed` count rows."""

    schema: Literal["harness.selftest/1"] = "harness.selftest/1"
    rows: list[SelftestRow]
    passed: int
    failed: int
