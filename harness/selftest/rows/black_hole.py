"""Check that a request without an answer counts as an error and as a latency.

One request in twenty gets no answer. The generator gives it up after 2 s. It must count as a time-out, and the
histogram must contain it with at least the time that the generator waited.
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
    """Check the time-outs against the number of answers that the server withheld."""
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
    """Check that the requests that were given up have the longest response times."""
    planned = round(_OPEN_S * (_OPEN.rate_per_s or 0))
    return (
        *judge("open", result, truth),
        exactly("open: requests", planned, result.sent),
        exactly("open: errors", planned // EVERY, sum(result.errors.values())),
        at_least("open: p99", TIMEOUT_S, quantile_s(result.response, 0.99), Unit.SECOND),
        at_least("open: shortest time of a request given up", TIMEOUT_S, _first_given_up_s(result), Unit.SECOND),
        Check("open: p94, of answers", 0.0, quantile_s(result.response, 0.94), TIMEOUT_S / 2, Unit.SECOND),
    )


def _first_given_up_s(result: SliceResult) -> float | None:
    answered = 1 - 1 / EVERY
    return quantile_s(result.response, answered + 1 / max(1, samples_in(result.response)))


def run(lab: Lab) -> Findings:
    """Drive open and closed load against a server that withholds answers."""
    with lab.rig() as rig:
        checks = judge_open(*rig.drive(BlackHole(EVERY), rig.order(_OPEN, _OPEN_S, timeout_s=TIMEOUT_S)))
        checks += judge("closed", *rig.drive(BlackHole(EVERY), rig.order(_CLOSED, 1.0, timeout_s=TIMEOUT_S)))
    return Findings(
        checks,
        f"The server withholds one answer in {EVERY}; its count is compared with the generator's time-outs of "
        f"{TIMEOUT_S:g} s. The histograms must contain each with the time that the generator waited.",
    )


ROW = Row("black_hole", run)
