"""The audit of one file: the findings of all rows, joined to one contradiction for each rule, with the worst places."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.figures.audit.ceilings import Ceiling, ceilings, rate_of
from harness.figures.audit.formats import format_of
from harness.figures.audit.laws import exceeds_connections, findings_of
from harness.figures.audit.reading import read_json
from harness.figures.audit.rules import RULES, AuditRule
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from harness.figures.audit.laws import Finding
    from harness.figures.audit.rows import Row

MOST_PLACES = 10


@dataclass(frozen=True, slots=True)
class FileContradiction:
    """A rule that rows of a file break.

    Attributes:
        message: How many rows, and what the worst of them gives.
        rows: How many rows break it.
        places: The worst rows, at most ten: where each stands in the file, and its numbers.
    """

    rule: AuditRule
    message: str
    rows: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Audit:
    """A result file that was checked for contradictions.

    Attributes:
        format: The name of its format.
        rows: The number of its rows.
        notes: What was not judged, and why.
    """

    path: Path
    format: str
    rows: int
    contradictions: tuple[FileContradiction, ...]
    notes: tuple[str, ...]


def audit_file(path: Path) -> Audit:
    """Read a result file and hold its rows against the rules.

    Raises:
        UsageError: The file can't be read, has no known format, or has no rows.
    """
    document = read_json(path)
    its_format = format_of(document, path)
    rows = list(its_format.rows(document, path))
    if not rows:
        raise UsageError(
            "can't check a result file",
            where=str(path),
            cause=f"it has the format of {its_format.name}, and no rows",
            remedy="Name a file with results.",
        )
    return Audit(path, its_format.name, len(rows), tuple(_contradictions(rows)), tuple(_notes(rows)))


def _contradictions(rows: Sequence[Row]) -> Iterator[FileContradiction]:
    by_rule: dict[AuditRule, list[Finding]] = defaultdict(list)
    for row in rows:
        for finding in findings_of(row):
            by_rule[finding.rule].append(finding)
    for rule in AuditRule:
        if by_rule[rule]:
            yield _joined(rule, by_rule[rule], len(rows))
    yield from map(_of_ceiling, ceilings(rows))


def _joined(rule: AuditRule, findings: list[Finding], rows: int) -> FileContradiction:
    """Return one contradiction of all findings of a rule; the places are those that are farthest off."""
    worst = sorted(findings, key=lambda finding: -finding.size)[:MOST_PLACES]
    broken = len({finding.row.place for finding in findings})
    share = f"{broken:,} of {rows:,} rows" if rows > 1 else "its only row"
    message = f"In {share}, {RULES[rule].accuses}. {worst[0].row.name}: {worst[0].arithmetic}."
    places = tuple(f"{one.row.place} ({one.row.name}): {one.arithmetic}" for one in worst)
    return FileContradiction(rule, message, broken, places)


def _of_ceiling(ceiling: Ceiling) -> FileContradiction:
    least, most = ceiling.rates
    row = ceiling.rows[0]
    load = f" at {row.connections:,} connections" if row.connections is not None else ""
    message = (
        f"In {row.test or 'the test'}{load}, {len(ceiling.rows)} of {ceiling.compared} programs share the highest "
        f"rate: {significant(least, 4)} to {significant(most, 4)} answers/s, and {ceiling.below} in the 10 % below. So "
        "many programs don't have one speed. The limit is the generator, the network or the machine, and these rates "
        "are lower bounds that don't rank."
    )
    places = tuple(
        f"{one.place} ({one.subject}): {significant(rate_of(one), 4)} answers/s" for one in ceiling.rows[:MOST_PLACES]
    )
    return FileContradiction(AuditRule.SHARED_CEILING, message, len(ceiling.rows), places)


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    excessive = sum(exceeds_connections(row) for row in rows)
    if excessive:
        yield (
            f"In {excessive:,} of {len(rows):,} rows rate times mean latency exceeds the connections, which proves "
            "nothing here: wrk adds latencies for stalls, and averages of several measurements don't multiply. These "
            "mean latencies are not those of the counted answers."
        )
