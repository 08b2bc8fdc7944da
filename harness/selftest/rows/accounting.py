"""Check the generator's counts against the server's: nothing is lost and nothing is counted twice.

Requests, answers, errors, bytes and connections must agree exactly. The rate must agree with the rate from the server's
own stamps in the same window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.model import Load, LoadKind
from harness.selftest.behaviours import Delayed, Faulty, Wrong
from harness.selftest.checks import Check, Findings, Row, exactly
from harness.selftest.rig import due_ns_of
from harness.units import Unit

if TYPE_CHECKING:
    from harness.model import Slice, SliceResult
    from harness.selftest.rig import Lab
    from harness.selftest.truth import Truth

RATE_LIMIT = 0.001
_CLOSED = Load(LoadKind.CLOSED, 32)
_CONSTANT = Load(LoadKind.CONSTANT, 64, 1000.0)
_DURATION_S = 5.0
_DISCARD_S = 0.5005  # half-way between two due times of constant load: no due time lies on the window's edge
_POISSON = Load(LoadKind.POISSON, 64, 2000.0)


def judge_books(label: str, result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Check every count of a slice against the server's."""
    return (
        exactly(f"{label}: requests", truth.received, result.sent),
        exactly(f"{label}: successes and errors", truth.received, result.verified + sum(result.errors.values())),
        exactly(f"{label}: successes", truth.answered_rightly, result.verified),
        exactly(f"{label}: bytes", truth.right_bytes, result.received_bytes),
        exactly(f"{label}: reconnects", truth.connections, result.reconnects),
    )


def judge_rate(label: str, order: Slice, result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Check the counted rate against the server's stamps in the same window. All answers must be correct."""
    rate_per_s = result.counted / result.counted_s
    true_per_s = true_rate_per_s(order, truth)
    return (Check(f"{label}: rate", true_per_s, rate_per_s, RATE_LIMIT * true_per_s, Unit.PER_SECOND),)


def true_rate_per_s(order: Slice, truth: Truth) -> float:
    """Return the answers per second that the server sent in the counted part of a slice.

    On the server's clock the slice begins at the arrival of its first request minus that request's due time.
    """
    if not truth.received:
        return float("nan")
    first_due_ns = 0
    if order.load.kind is not LoadKind.CLOSED:
        first_due_ns = int(due_ns_of(order)[0])
    began_ns = int(truth.received_ns[0]) - first_due_ns
    low_ns, high_ns = began_ns + order.discard_s * 1e9, began_ns + order.duration_s * 1e9
    inside = (truth.sent_ns >= low_ns) & (truth.sent_ns < high_ns)
    return int(np.count_nonzero(inside)) / (order.duration_s - order.discard_s)


def run(lab: Lab) -> Findings:
    """Drive closed and open load, with and without errors, and compare the counts."""
    checks: list[Check] = []
    with lab.rig() as rig:
        for label, load in (("closed", _CLOSED), ("constant", _CONSTANT)):
            order = rig.order(load, _DURATION_S, discard_s=_DISCARD_S)
            result, truth = rig.drive(Delayed(), order)
            checks += judge_books(label, result, truth)
            checks += judge_rate(label, order, result, truth)
        for label, load in (("closed with errors", _CLOSED), ("Poisson with errors", _POISSON)):
            checks += judge_books(label, *rig.drive(Faulty(tuple(Wrong), 100), rig.order(load, 1.5)))
    return Findings(
        tuple(checks),
        "Every count against the server's own; the rate against the server's send stamps in the same window.",
    )


ROW = Row("accounting", run)
