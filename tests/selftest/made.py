"""Slice results and truths made by hand: the numbers of a perfect generator. A test changes one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.histogram import Histogram
from harness.model import SliceResult
from harness.selftest.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.selftest.behaviours import Wrong
    from harness.selftest.checks import Check, Row
    from harness.selftest.rig import Lab


def histogram(seconds: Iterable[float]) -> str:
    made = Histogram()
    made.record(np.rint(np.array(list(seconds)) * 1e9).astype(np.int64))
    return made.to_text()


def result(sent: int = 1000, **changes: Any) -> SliceResult:  # noqa: ANN401 - any field of a SliceResult
    """Return a slice of one second in which every request was verified; spans are given as lists of seconds."""
    fields: dict[str, Any] = {
        "number": 0,
        "sent": sent,
        "verified": sent,
        "errors": {},
        "counted": sent,
        "counted_s": 1.0,
        "wall_s": 1.0,
        "generator_cpu_s": 0.1,
        "utilisation": 0.1,
        "planned": sent,
        "received_bytes": 100 * sent,
        "service": [0.001] * sent,
        "response": [0.001] * sent,
        "lateness": [1e-6] * sent,
    } | changes
    for span in ("service", "response", "lateness"):
        if fields[span] is not None:
            fields[span] = histogram(fields[span])
    return SliceResult(**fields)


def truth(  # noqa: PLR0913 - a server's record has this many fields
    received_s: Sequence[float],
    *,
    dwell_s: float = 0.0,
    unanswered: Sequence[int] = (),
    connection: Sequence[int] | None = None,
    wrong: Mapping[Wrong, int] | None = None,
    connections: int = 0,
) -> Truth:
    """Return the record of a server with requests at these arrival times; a correct answer has 100 bytes."""
    received_ns = np.rint(np.array(received_s) * 1e9).astype(np.int64) + 1_000_000_000
    due_ns = received_ns + round(dwell_s * 1e9)
    due_ns[list(unanswered)] = 0
    wrong = wrong or {}
    right = len(received_ns) - len(unanswered) - sum(wrong.values())
    return Truth(
        received_ns=received_ns,
        due_ns=due_ns,
        sent_ns=due_ns.copy(),
        connection=np.array(connection if connection is not None else [0] * len(received_ns)),
        wrong=wrong,
        connections=connections,
        right_bytes=100 * right,
    )


def broken(checks: Iterable[Check]) -> list[str]:
    """Return the names of the checks that did not pass."""
    return [check.what for check in checks if not check.passed]


def counts_agree(row: Row, lab: Lab) -> None:
    """Run a row for real, and assert that every number was measured and that its exact counts agree."""
    checks = row.run(lab).checks
    assert checks
    assert all(check.measured is not None for check in checks)
    assert broken(check for check in checks if check.limit == 0) == []
