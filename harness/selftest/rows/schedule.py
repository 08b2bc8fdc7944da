"""Check that open load sends every planned request within microseconds of its due time, with Poisson gaps.

Where other processes take the cores, no program can be on time. So the limit of p99.9 lateness depends on the lateness
of a bare spinning loop on the same core, before and after. All other limits are fixed. Where the bare loop misses them
too, the row is too noisy to tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.exponential import exponential_distance
from harness.histogram import Histogram
from harness.model import Load, LoadKind
from harness.selftest.behaviours import Delayed
from harness.selftest.checks import Check, Findings, Row, exactly, quantile_s
from harness.selftest.rig import due_ns_of
from harness.selftest.yardstick import bare_lateness, yardsticks
from harness.units import Unit, human

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.model import SliceResult
    from harness.selftest.rig import Lab
    from harness.selftest.truth import Truth

MEDIAN_LIMIT_S = 20e-6
P99_LIMIT_S = 100e-6
P999_LIMIT_S = 1e-3
BARE_FACTOR = 3
_CONNECTIONS = 64
_BARE_S = 3.0


@dataclass(frozen=True, slots=True)
class _Pace:
    """One rate, its duration, and whether to check the gaps at the server.

    At 5,000/s the server's own work on a request is a tenth of the mean gap. This would distort the gaps of its stamps.
    """

    rate_per_s: float
    duration_s: float
    gaps_at_server: bool


_PACES = (_Pace(200.0, 20.0, gaps_at_server=True), _Pace(5000.0, 4.0, gaps_at_server=False))


def judge(
    label: str, due_ns: NDArray[np.int64], result: SliceResult, truth: Truth, bare: Histogram
) -> tuple[Check, ...]:
    """Check the counts and the lateness of one slice against its plan.

    Args:
        label: The name of the slice.
        due_ns: The due times of its plan.
        result: The generator's result.
        truth: The server's record.
        bare: Lateness of the bare loop before and after the slice.
    """
    limits = (
        ("p50", 0.5, MEDIAN_LIMIT_S),
        ("p99", 0.99, P99_LIMIT_S),
        ("p99.9", 0.999, max(P999_LIMIT_S, BARE_FACTOR * bare.quantile_s(0.999))),
    )
    return (
        exactly(f"{label}: planned", len(due_ns), result.planned),
        exactly(f"{label}: sent", len(due_ns), result.sent),
        exactly(f"{label}: arrived", len(due_ns), truth.received),
        *(
            Check(f"{label}: lateness {name}", 0.0, quantile_s(result.lateness, q), limit_s, Unit.SECOND)
            for name, q, limit_s in limits
        ),
    )


def judge_gaps(label: str, times_ns: NDArray[np.int64]) -> Check:
    """Check that the gaps between times are exponential, by an Anderson-Darling test at 1 %."""
    distance = exponential_distance(np.diff(times_ns) / 1e9) if len(times_ns) > 2 else None  # noqa: PLR2004 - two gaps
    return Check(f"{label}, Anderson-Darling over its 1 % point", 0.0, distance, 1.0)


def run(lab: Lab) -> Findings:
    """Drive both rates, with the bare loop before, between and after."""
    with lab.rig() as rig:
        bare = [bare_lateness([lab.cpus.generator], lab.seed, _BARE_S)]
        driven = []
        for number, pace in enumerate(_PACES):
            load = Load(LoadKind.POISSON, _CONNECTIONS, pace.rate_per_s)
            order = rig.order(load, pace.duration_s, number=number)
            driven.append((pace, order, *rig.drive(Delayed(), order)))
            bare.append(bare_lateness([lab.cpus.generator], lab.seed, _BARE_S))
        neighbours = rig.neighbours.in_words()
    checks: list[Check] = []
    for number, (pace, order, result, truth) in enumerate(driven):
        label, due_ns = f"{pace.rate_per_s:g}/s", due_ns_of(order)
        checks += judge(label, due_ns, result, truth, Histogram.total(bare[number : number + 2]))
        checks.append(judge_gaps(f"{label}: planned gaps", due_ns))
        if pace.gaps_at_server:
            checks.append(judge_gaps(f"{label}: gaps at the server", truth.received_ns))
    p99, p999 = (human(Histogram.total(bare).quantile_s(q), Unit.SECOND) for q in (0.99, 0.999))
    return Findings(
        tuple(checks),
        f"Poisson arrivals over {_CONNECTIONS} connections. The lateness of a bare spinning loop on the same core, run "
        f"in turn, was {p99} at p99 and {p999} at p99.9.{neighbours}",
        yardsticks(bare, {"p50": MEDIAN_LIMIT_S, "p99": P99_LIMIT_S}),
    )


ROW = Row("schedule", run)
