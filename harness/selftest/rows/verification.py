"""Check that every wrong answer counts as an error of its own kind, and not as throughput.

The server makes one answer in a thousand wrong in each of five ways, and counts them. The row drives each kind alone,
then all kinds together with closed and open load. Last it drives a server without a correct answer: its throughput must
be 0.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.model import ErrorKind, Load, LoadKind
from harness.selftest.behaviours import Faulty, Wrong
from harness.selftest.checks import Check, Findings, Row, exactly, happened

if TYPE_CHECKING:
    from harness.model import SliceResult
    from harness.selftest.rig import Lab, Rig
    from harness.selftest.truth import Truth

KIND_OF = {
    Wrong.STATUS: ErrorKind.STATUS,
    Wrong.BODY: ErrorKind.BODY,
    Wrong.CONTENT_TYPE: ErrorKind.HEADER,
    Wrong.LENGTH: ErrorKind.FRAMING,
    Wrong.OTHER_VALUE: ErrorKind.BODY,
}
_ALL = tuple(Wrong)
_ALWAYS_WRONG = tuple(wrong for wrong in Wrong if wrong is not Wrong.OTHER_VALUE)  # two requests may have equal values
_CLOSED = Load(LoadKind.CLOSED, 16)
_OPEN = Load(LoadKind.POISSON, 64, 3000.0)
_LEAST_WRONG = 3
_LONGEST_S = 20.0


def judge(label: str, result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Check the generator's errors against the wrong answers that the server sent."""
    given: Counter[ErrorKind] = Counter()
    for wrong, count in truth.wrong.items():
        given[KIND_OF[wrong]] += count
    kinds = sorted(given.keys() | result.errors.keys())
    return (
        happened(f"{label}: the server sent {_LEAST_WRONG} wrong answers", did=given.total() >= _LEAST_WRONG),
        *(exactly(f"{label}: errors of kind {kind}", given[kind], result.errors.get(kind, 0)) for kind in kinds),
        exactly(f"{label}: verified answers", truth.answered_rightly, result.verified),
    )


def judge_all_wrong(result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Check that a server without a correct answer has neither throughput nor latency."""
    label = "every answer wrong"
    return (
        *judge(label, result, truth),
        exactly(f"{label}: throughput", 0, result.counted),
        exactly(f"{label}: latencies", 0, 0 if result.service is None else 1),
    )


def driven(rig: Rig, behaviour: Faulty, load: Load, duration_s: float, number: int) -> tuple[SliceResult, Truth]:
    """Drive a slice in which the server sends enough wrong answers; on a slow machine it takes a longer one."""
    result, truth = rig.drive(behaviour, rig.order(load, duration_s, number=number))
    if sum(truth.wrong.values()) >= _LEAST_WRONG or duration_s >= _LONGEST_S:
        return result, truth
    return driven(rig, behaviour, load, 4 * duration_s, number)


def run(lab: Lab) -> Findings:
    """Drive servers with wrong answers, and compare the counts."""
    checks: list[Check] = []
    with lab.rig("greeting") as rig:
        for number, wrong in enumerate(_ALL):
            checks += judge(wrong, *driven(rig, Faulty((wrong,)), _CLOSED, 1.2, number))
        for label, load in (("all kinds, closed", _CLOSED), ("all kinds, open", _OPEN)):
            checks += judge(label, *driven(rig, Faulty(_ALL), load, 2.0, len(_ALL)))
        checks += judge_all_wrong(*rig.drive(Faulty(_ALWAYS_WRONG, len(_ALWAYS_WRONG)), rig.order(_CLOSED, 0.3)))
    return Findings(
        tuple(checks),
        "The server's count of each kind against the generator's. A wrong length is a framing error; the value of "
        "another request is a wrong body.",
    )


ROW = Row("verification", run)
