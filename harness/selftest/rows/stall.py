"""Check that a stall adds to the response time of every request due in it, not only of those sent in it.

The server stalls for 1 s in every 10 s. Requests are due every 10 ms and take 2 ms each. A request due at a time u into
the stall waits for the rest of the stall. So the q-quantile is s + D - (1 - q) P for q > 1 - D/P, and the mean is
s + D²/(2P), with service time s, stall D and period P.

The negative control shows that the row can fail. One connection can't send while it waits, so it sends only one request
in each stall. Counted from the send, its p99 is that of a server without stalls; a generator without intended times
reports this. Counted from the intended send, the same requests show the stall.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Load, LoadKind
from harness.selftest.behaviours import Stalling
from harness.selftest.checks import Check, Findings, Row, Rule, exactly, mean_s, quantile_s
from harness.selftest.yardstick import bare_loops
from harness.units import Unit

if TYPE_CHECKING:
    from harness.model import SliceResult
    from harness.selftest.rig import Lab

LIMIT_S = 0.010
SERVICE_S, STALL_S, PERIOD_S, RATE_PER_S = 0.002, 1.0, 10.0, 100.0
_CONNECTIONS = 256  # more than the number of requests due in a stall
_PERIODS = 2
# A stall begins 1 ms before a request is due, so that this request is certainly in the stall.
_FIRST_S = 4.5 - 0.001
_SERVER = Stalling(round(SERVICE_S * 1e9), round(STALL_S * 1e9), round(PERIOD_S * 1e9), round(_FIRST_S * 1e9))


def true_quantile_s(q: float) -> float:
    """Return the true q-quantile of response times from the intended send, in seconds."""
    return SERVICE_S + max(0.0, STALL_S - (1 - q) * PERIOD_S)


def true_mean_s() -> float:
    """Return the true mean response time from the intended send, in seconds."""
    return SERVICE_S + STALL_S**2 / (2 * PERIOD_S)


def judge(result: SliceResult) -> tuple[Check, ...]:
    """Check quantiles and mean of the response times against the formula."""
    quantiles = (("p50", 0.50), ("p95", 0.95), ("p99", 0.99))
    return (
        exactly("requests", _PERIODS * PERIOD_S * RATE_PER_S, result.verified),
        *(_check(name, true_quantile_s(q), quantile_s(result.response, q)) for name, q in quantiles),
        _check("mean", true_mean_s(), mean_s(result.response)),
    )


def judge_negative_control(result: SliceResult) -> tuple[Check, ...]:
    """Check that the stall is missing from p99 where times are counted from the send, and only there.

    After the stall the overdue requests queue for the one connection, which takes `SERVICE_S` for each. Of the requests
    due in the stall, the k-th waits STALL_S - k / RATE_PER_S + k * SERVICE_S. A queue makes every delay longer, so the
    check is one-sided: the stall must show in full.
    """
    overdue = 0.01 * PERIOD_S * RATE_PER_S
    true_s = true_quantile_s(0.99) + overdue * SERVICE_S
    measured_s = quantile_s(result.response, 0.99)
    return (
        exactly("negative control: requests", PERIOD_S * RATE_PER_S, result.verified),
        _check("negative control: p99 from the send, without the stall", SERVICE_S, quantile_s(result.service, 0.99)),
        Check(
            "negative control: p99 from the intended send",
            true_s,
            measured_s,
            true_s - LIMIT_S,
            Unit.SECOND,
            Rule.AT_LEAST,
        ),
    )


def _check(what: str, truth_s: float, measured_s: float | None) -> Check:
    return Check(what, truth_s, measured_s, LIMIT_S, Unit.SECOND)


def run(lab: Lab) -> Findings:
    """Drive a stalling server over many connections, then over one."""
    with bare_loops(lab) as bare, lab.rig() as rig:
        many = Load(LoadKind.CONSTANT, _CONNECTIONS, RATE_PER_S)
        result, _ = rig.drive(_SERVER, rig.order(many, _PERIODS * PERIOD_S))
        one = Load(LoadKind.CONSTANT, 1, RATE_PER_S)
        negative, _ = rig.drive(_SERVER, rig.order(one, PERIOD_S))
        neighbours = rig.neighbours.in_words()
    return Findings(
        judge(result) + judge_negative_control(negative),
        "Response times from the intended send against the formula. The negative control has one connection: its p99 "
        f"from the send must not show the stall.{neighbours}",
        bare.checks({"p50": LIMIT_S, "p99": LIMIT_S}),
    )


ROW = Row("stall", run)
