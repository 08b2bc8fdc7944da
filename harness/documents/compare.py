"""`harness.compare/1`: comparison of two runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from harness.documents.run import ComparisonRow
from harness.model import BetweenRuns, EnvironmentDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """Environment key with different values in two runs; null for a missing key."""

    key: str
    a: Any
    b: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareDocument:
    """`harness.compare/1`: output of `compare --json`.

    `a` and `b` are the runs' ids. Ratios are b over a. `failures` lists the thresholds that do not hold.
    """

    schema: Literal["harness.compare/1"] = "harness.compare/1"
    a: str
    b: str
    comparisons: list[ComparisonRow]
    differences: list[DifferenceRow]
    failures: list[str]


def compare_document(
    runs: tuple[str, str],
    comparisons: Iterable[BetweenRuns],
    differences: Iterable[EnvironmentDifference],
    failures: Iterable[str],
) -> CompareDocument:
    """Build the document that compares two runs; `runs` are their ids."""
    return CompareDocument(
        a=runs[0],
        b=runs[1],
        comparisons=[ComparisonRow.of(one) for one in comparisons],
        differences=[DifferenceRow(key=one.key, a=one.a, b=one.b) for one in differences],
        failures=list(failures),
    )
