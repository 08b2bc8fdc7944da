"""A request that is never answered is an error and a latency, never a gap in the books.

One request in twenty gets no answer, and is given up after two seconds: it must be counted as a time-out, and stand in
the histogram with at least the time that it was waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import ErrorKind, Load, LoadKind
from harness.selftest.behaviours import BlackHole
from harness.selftest.checks import Check, Findings, Row, at_least, exactly, happened, quantile_s, samples_in
from harness.units import Unit

if TYPE_CHECKING:
    from harness.model import SliceResult
    from harness.selftest.rig import Lab
    from harness.selftest.truth import Truth

EVERY = 20
TIMEOUT_S = 2.0
_OPEN = Load(LoadKind.CONSTANT, 128, 200.0)
_OPEN_S = 4.0
_CLOSED = Load(LoadKind.CLOSED, 32)


def judge(label: str, result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Compare the time-outs with the answers that the server withheld."""
    withheld = truth.received - truth.answered
    others = sum(count for kind, count in result.errors.items() if kind is not ErrorKind.TIMEOUT)
    return (
        happened(f"{label}: the server withheld answers", did=withheld > 0),
        exactly(f"{label}: time-outs", withheld, result.errors.get(ErrorKind.TIMEOUT, 0)),
        exactly(f"{label}: other errors", 0, others),
        exactly(f"{label}: successes", truth.answered, result.verified),
        exactly(f"{label}: latencies", truth.received, samples_in(result.service)),
    )


def judge_open(result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Hold that the requests that were given up make up the upper end of the response times."""
    planned = round(_OPEN_S * (_OPEN.rate_per_s or 0))
    return (
        *judge("open", result, truth),
        exactly("open: requests", planned, result.sent),
        exactly("open: errors", planned // EVERY, sum(result.errors.values())),
        at_least("open: p99", TIMEOUT_S, quantile_s(result.response, 0.99), Unit.SECOND),
        at_least("open: the least of those given up", TIMEOUT_S, _first_given_up_s(result), Unit.SECOND),
        Check("open: p94, of answers", 0.0, quantile_s(result.response, 0.94), TIMEOUT_S / 2, Unit.SECOND),
    )


def _first_given_up_s(result: SliceResult) -> float | None:
    answered = 1 - 1 / EVERY
    return quantile_s(result.response, answered + 1 / max(1, samples_in(result.response)))


def run(lab: Lab) -> Findings:
    """Drive open and closed load at a server that withholds answers."""
    with lab.rig() as rig:
        checks = judge_open(*rig.drive(BlackHole(EVERY), rig.order(_OPEN, _OPEN_S, timeout_s=TIMEOUT_S)))
        checks += judge("closed", *rig.drive(BlackHole(EVERY), rig.order(_CLOSED, 1.0, timeout_s=TIMEOUT_S)))
    return Findings(
        checks,
        f"The server's count of answers it withheld, one in {EVERY}, against time-outs of {TIMEOUT_S:g} s; "
        "each must also stand in the histograms with the time that it was waited for.",
    )


ROW = Row("black_hole", run)
