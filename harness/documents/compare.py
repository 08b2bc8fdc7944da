"""`harness.compare/1`: two runs beside each other."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from harness.documents.run import ComparisonRow
from harness.model import BetweenRuns, EnvironmentDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """A key of the environment in which two runs differ; null where one has no such key."""

    key: str
    a: Any
    b: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareDocument:
    """`harness.compare/1`: what `compare --json` gives.

    `a` and `b` are the runs' ids, ratios are b over a, and `failures` says which thresholds do not hold.
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
    """Flatten what two runs, named by their ids, say of each other."""
    return CompareDocument(
        a=runs[0],
        b=runs[1],
        comparisons=[ComparisonRow.of(one) for one in comparisons],
        differences=[DifferenceRow(key=one.key, a=one.a, b=one.b) for one in differences],
        failures=list(failures),
    )
