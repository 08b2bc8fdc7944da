"""A server that stands still is charged for everybody who would have come, not only for those who did.

A second of standstill in every ten, requests due every 10 ms, 2 ms each: whoever is due u into the stall waits for the
rest of it. So the q-quantile is s + D - (1 - q) P for q > 1 - D/P, and the mean s + D²/(2P).

The negative control shows that the row can fail. One connection can't send while it waits, so only one request of each
stall is ever sent into it: counted from the send, its p99 is that of a server that never stalls. That is what a
generator without intended times reports; counted from when they were due, the same requests show the stall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Load, LoadKind
from harness.selftest.behaviours import Stalling
from harness.selftest.checks import Check, Findings, Row, Rule, exactly, mean_s, quantile_s
from harness.units import Unit

if TYPE_CHECKING:
    from harness.model import SliceResult
    from harness.selftest.rig import Lab

LIMIT_S = 0.010
SERVICE_S, STALL_S, PERIOD_S, RATE_PER_S = 0.002, 1.0, 10.0, 100.0
_CONNECTIONS = 256  # more than fall due in a stall
_PERIODS = 2
# A stall begins just before a request is due: 1 ms, so that the first of its requests is in it for certain.
_FIRST_S = 4.5 - 0.001
_SERVER = Stalling(round(SERVICE_S * 1e9), round(STALL_S * 1e9), round(PERIOD_S * 1e9), round(_FIRST_S * 1e9))


def true_quantile_s(q: float) -> float:
    """Return the q-quantile of response times from the intended send."""
    return SERVICE_S + max(0.0, STALL_S - (1 - q) * PERIOD_S)


def true_mean_s() -> float:
    """Return the mean response time from the intended send."""
    return SERVICE_S + STALL_S**2 / (2 * PERIOD_S)


def judge(result: SliceResult) -> tuple[Check, ...]:
    """Hold quantiles and mean of the response times against the formula."""
    quantiles = (("p50", 0.50), ("p95", 0.95), ("p99", 0.99))
    return (
        exactly("requests", _PERIODS * PERIOD_S * RATE_PER_S, result.verified),
        *(_check(name, true_quantile_s(q), quantile_s(result.response, q)) for name, q in quantiles),
        _check("mean", true_mean_s(), mean_s(result.response)),
    )


def judge_negative_control(result: SliceResult) -> tuple[Check, ...]:
    """Hold that the same stall vanishes from p99 where requests are counted from their send, and only there.

    After the stall the overdue requests queue up for the one connection, which takes `SERVICE_S` for each: of those
    due in the stall, the k-th waits STALL_S - k / RATE_PER_S + k * SERVICE_S. A queue makes every delay longer, so only
    that the stall shows in full is asked of them.
    """
    overdue = 0.01 * PERIOD_S * RATE_PER_S
    true_s = true_quantile_s(0.99) + overdue * SERVICE_S
    seen_s = quantile_s(result.response, 0.99)
    return (
        exactly("negative control: requests", PERIOD_S * RATE_PER_S, result.verified),
        _check("negative control: p99 from the send, blind to the stall", SERVICE_S, quantile_s(result.service, 0.99)),
        Check(
            "negative control: p99 from the intended send", true_s, seen_s, true_s - LIMIT_S, Unit.SECOND, Rule.AT_LEAST
        ),
    )


def _check(what: str, truth_s: float, measured_s: float | None) -> Check:
    return Check(what, truth_s, measured_s, LIMIT_S, Unit.SECOND)


def run(lab: Lab) -> Findings:
    """Drive a stalling server over many connections, then over one."""
    with lab.rig() as rig:
        many = Load(LoadKind.CONSTANT, _CONNECTIONS, RATE_PER_S)
        result, _ = rig.drive(_SERVER, rig.order(many, _PERIODS * PERIOD_S))
        one = Load(LoadKind.CONSTANT, 1, RATE_PER_S)
        negative, _ = rig.drive(_SERVER, rig.order(one, PERIOD_S))
        neighbours = rig.neighbours.in_words()
    return Findings(
        judge(result) + judge_negative_control(negative),
        "Response times from the intended send against the formula. The negative control has one connection: counted "
        f"from the send its p99 must not see the stall, or this row could not fail.{neighbours}",
    )


ROW = Row("stall", run)
