"""Throughput of one trial at one level of closed load, its bound, and the CPU time per request."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.metrics.catalogue import CPU_PER_REQUEST, LATENCY_CLOSED, LATENCY_CLOSED_MEAN, THROUGHPUT
from harness.metrics.names import PERCENTILES
from harness.model import Absence, Bound, DrivenSlice, ErrorKind, Measurement
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Load

TARGET_BUSY = 0.90
GENERATOR_BUSY = 0.85
_MOST_NAMED = 3
_REJECTED = "correct or remove the rejected requests, or accept their status (catch_response, success())"
MOST_ERRORS = 0.01
"""Share of failed requests above which a load has no number."""


def bound_of(connections: int, target_utilisation: float, generator_utilisation: float) -> Bound:
    """Return the bound of a throughput, from the utilisations of target and generator (0 to 1).

    Over one connection target and generator take turns, so the generator is never the limit alone.
    """
    if connections > 1 and generator_utilisation >= GENERATOR_BUSY:
        return Bound.GENERATOR
    if target_utilisation > TARGET_BUSY:
        return Bound.TARGET
    return Bound.ROUND_TRIP if connections == 1 else Bound.NEITHER


def errors_in_words(slices: Sequence[DrivenSlice]) -> str | None:
    """Return the errors of slices as words, `3 of 2,000 requests failed (2 timeout, 1 reset)`; None without errors.

    Of a locustfile with clients of its own the names of the requests follow, and what can be done if it asked for what
    the target does not have.
    """
    totals: dict[str, int] = {}
    for driven in slices:
        for kind, count in driven.result.errors.items():
            totals[kind] = totals.get(kind, 0) + count
    failed = sum(totals.values())
    if not failed:
        return None
    sent = sum(driven.result.sent for driven in slices)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(totals.items()) if count)
    remedy = f"; {_REJECTED}" if totals.get(ErrorKind.REJECTED) else ""
    return f"{part_of(failed, sent, 'request')} failed ({kinds}){_named(slices)}{remedy}"


def _named(slices: Sequence[DrivenSlice]) -> str:
    """Return the failed requests by name: `: 900 × 'GET /cart: status 404', and 2 more`; empty for lane users."""
    found: Counter[str] = Counter()
    for driven in slices:
        found.update(driven.result.failed)
    texts = [f"{count:,} \N{MULTIPLICATION SIGN} {text!r}" for text, count in found.most_common(_MOST_NAMED)]
    more = f", and {len(found) - len(texts)} more" if len(found) > len(texts) else ""
    return f": {', '.join(texts)}{more}" if texts else ""


def too_many_errors(slices: Sequence[DrivenSlice], allowed: float = MOST_ERRORS) -> str | None:
    """Return the errors of slices in words if they are more than a share of all requests; None if they are fewer."""
    failed = sum(sum(driven.result.errors.values()) for driven in slices)
    return errors_in_words(slices) if failed > allowed * sum(driven.result.sent for driven in slices) else None


def troubles(slices: Sequence[DrivenSlice]) -> tuple[str, ...]:
    """Return sentences on the failed requests of slices, and on connections that the target closed."""
    found = [errors_in_words(slices)]
    sent = sum(driven.result.sent for driven in slices)
    resent = sum(driven.result.resent for driven in slices)
    failed = sum(sum(driven.result.errors.values()) for driven in slices)
    if resent and sent:
        share = 1000 * resent / sent
        found.append(f"{share:.3g} of 1,000 requests were sent again: the target had closed a kept connection")
    # A failed request also ends its connection. A target that closes most of them does so by its keep-alive setting.
    renewed = sum(driven.result.reconnects for driven in slices) - resent - failed
    if 0 < renewed < sent / 2:
        share = 1000 * renewed / sent
        found.append(f"{share:.3g} of 1,000 requests opened a new connection: the target had closed the one before")
    return tuple(filter(None, found))


def absences(scenario: str, load: Load, reason: str) -> tuple[Absence, ...]:
    """Return the absences of the throughput and the CPU time per request at one level."""
    found = (THROUGHPUT, CPU_PER_REQUEST)
    return tuple(Absence(one.name(connections=load.connections), one.unit, reason, scenario) for one in found)


def undriven(scenario: str, load: Load, reason: str) -> tuple[Absence, ...]:
    """Return the absences of all numbers of a level at which a target was not driven, its latencies among them."""
    connections = load.connections
    names = [LATENCY_CLOSED.name(connections=connections, quantile=quantile) for quantile in PERCENTILES]
    names.append(LATENCY_CLOSED_MEAN.name(connections=connections))
    latencies = (Absence(name, LATENCY_CLOSED.unit, reason, scenario) for name in names)
    return (*absences(scenario, load, reason), *latencies)


def capacity(slices: Sequence[DrivenSlice], target_cpu_s: float, target_cpus: int) -> tuple[Measurement | Absence, ...]:
    """Return the throughput and the CPU time per request of one target at one level.

    A slice without an answer in its counted part counts with its time, as all others do: it lowers the throughput.

    Args:
        slices: All slices of one scenario at one level, at least one.
        target_cpu_s: The target's CPU time in all these slices.
        target_cpus: The number of CPUs that the target may use.
    """
    plan = slices[0].plan
    rate, cost = (metric.name(connections=plan.load.connections) for metric in (THROUGHPUT, CPU_PER_REQUEST))
    absent = too_many_errors(slices) or _without_answers(slices)
    if absent:
        return absences(plan.scenario, plan.load, absent)
    wall_s = sum(driven.result.wall_s for driven in slices)
    generator = sum(driven.result.utilisation * driven.result.wall_s for driven in slices) / wall_s
    bound = bound_of(plan.load.connections, target_cpu_s / wall_s / target_cpus, generator)
    rate_per_s = sum(driven.result.counted for driven in slices) / sum(driven.result.counted_s for driven in slices)
    throughput = Measurement(rate, THROUGHPUT.unit, rate_per_s, plan.scenario, bound)
    if target_cpu_s <= 0:  # it counts in steps of a scheduler's tick on some kernels
        reason = "the kernel counted no more CPU time of the target than at rest"
        return throughput, Absence(cost, CPU_PER_REQUEST.unit, reason, plan.scenario)
    verified = sum(driven.result.verified for driven in slices)
    return throughput, Measurement(cost, CPU_PER_REQUEST.unit, target_cpu_s / verified, plan.scenario)


def _without_answers(slices: Sequence[DrivenSlice]) -> str | None:
    """Return why slices without errors have no rate; None if they have one."""
    if not any(driven.result.verified for driven in slices):
        return "no request was answered"
    counted = sum(driven.result.counted for driven in slices)
    lengths_s = (sum(driven.result.counted_s for driven in slices), sum(driven.result.wall_s for driven in slices))
    if not counted or not all(lengths_s):
        longest_s = max(driven.plan.duration_s for driven in slices)
        return f"no answer came in the counted part of a slice, and the longest slice took {longest_s:g} s"
    return None
