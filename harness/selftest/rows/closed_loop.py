"""Check the rate of closed load against N connections over the time of one cycle, and Little's law.

With N connections, a server time D and a time c for everything else, the rate is N/(D+c). D and c come from the
server's stamps: c is the time from an answer to the next request on the same connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Load, LoadKind
from harness.selftest.behaviours import Delayed
from harness.selftest.checks import Check, Findings, Row, mean_s
from harness.units import Unit

if TYPE_CHECKING:
    from harness.model import SliceResult
    from harness.selftest.rig import Lab
    from harness.selftest.truth import Truth

LIMIT = 0.01
_DELAY_NS = 5_000_000
_CONNECTIONS = (1, 8, 32)


def judge(connections: int, result: SliceResult, truth: Truth) -> tuple[Check, ...]:
    """Check the rate against the cycle, and rate times mean cycle time against the number of connections."""
    label = f"{connections} connections"
    rate_per_s = result.counted / result.counted_s
    true_per_s = connections / true_cycle_s(truth)
    service_s = mean_s(result.service)
    in_flight = None if service_s is None else rate_per_s * (service_s + result.gap_s)
    return (
        Check(f"{label}: rate", true_per_s, rate_per_s, LIMIT * true_per_s, Unit.PER_SECOND),
        Check(f"{label}: Little's law, connections", connections, in_flight, LIMIT * connections),
    )


def true_cycle_s(truth: Truth) -> float:
    """Return the mean time from one arrival to the next on the same connection, in seconds, by the server's stamps."""
    cycles_ns = truth.cycles_ns()
    return float(cycles_ns.mean()) / 1e9 if len(cycles_ns) else float("nan")


def run(lab: Lab) -> Findings:
    """Drive closed load against a constant delay, with several numbers of connections."""
    checks: list[Check] = []
    with lab.rig() as rig:
        for connections in _CONNECTIONS:
            order = rig.order(Load(LoadKind.CLOSED, connections), 2.5, discard_s=0.1)
            checks += judge(connections, *rig.drive(Delayed(_DELAY_NS), order))
        neighbours = rig.neighbours.in_words()
    return Findings(
        tuple(checks),
        f"The rate against N over the cycle by the server's stamps, with a delay of {_DELAY_NS / 1e6:g} ms; "
        f"the generator's rate times its own mean service time and gap against N.{neighbours}",
    )


ROW = Row("closed_loop", run)
