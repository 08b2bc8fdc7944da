"""Check the rate of closed load against slow handlers, in slices as short as each profile drives them.

A slice may have fewer than two answers a connection, so its edges and the order of first sends decide the rate. With a
handler of time D and a time c for everything else, the rate of N connections is N/(D+c). The cycle D+c comes from the
server's stamps, of the requests that arrived in the counted part: a stall of the machine is then in both. The lengths
of the slices come from the profiles' own rule, for a batch with a target that is a quarter slower: a counted part of a
whole number of cycles would hide waves of answers.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.histogram import Histogram
from harness.manifest import load_profiles
from harness.measure.timing import slice_timing
from harness.model import Load, LoadKind, Slice, SliceResult
from harness.selftest.behaviours import Delayed
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.rows.accounting import true_rate_per_s
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.measure.timing import SliceTiming
    from harness.model import Profile
    from harness.selftest.rig import Lab, Rig
    from harness.selftest.truth import Truth

    Driven = Sequence[tuple[Slice, SliceResult, Truth]]

LIMIT = 0.02
DELAYS_S = (0.01, 0.03, 0.06, 0.1, 0.2, 0.5)
CONNECTIONS = (1, 8, 32)
_LONGEST = 1.25  # the longest response time of the batch, as a multiple of the handler's
_COUNTED_S = 0.5  # of each handler, level and timing, in as many slices as it takes
_COMMON_START = {
    0.06: (0.2, 0.04),
    0.1: (0.2, 0.04),
}  # delay: length and head of a slice whose connections begin at once
_LEAST_BIAS = 0.05


def judge(label: str, connections: int, driven: Driven) -> tuple[Check, ...]:
    """Check the rate of slices against the cycle, and Little's law."""
    counted_s = sum(result.counted_s for _, result, _ in driven)
    rate_per_s = sum(result.counted for _, result, _ in driven) / counted_s
    true_per_s = connections / true_cycle_s(driven)
    service_s = Histogram.from_texts(result.service for _, result, _ in driven).mean_s
    gap_s = float(np.mean([result.gap_s for _, result, _ in driven]))
    in_flight = rate_per_s * (service_s + gap_s)
    return (
        Check(f"{label}: rate", true_per_s, rate_per_s, LIMIT * true_per_s, Unit.PER_SECOND),
        Check(f"{label}: Little's law, connections", connections, in_flight, LIMIT * connections),
    )


def judge_server(label: str, delay_s: float, driven: Driven) -> Check:
    """Check that the server kept its delay: where it could not, the machine is too busy for this row."""
    dwell_ns = np.concatenate([truth.dwell_ns for *_, truth in driven])
    dwell_s = float(dwell_ns.mean()) / 1e9 if len(dwell_ns) else None
    return Check(f"{label}: the server's own delay", delay_s, dwell_s, LIMIT * delay_s, Unit.SECOND)


def judge_common_start(delay_s: float, order: Slice, truth: Truth) -> Check:
    """Check that counting by arrival after a common start is wrong: this row would find such a generator."""
    true_per_s = order.load.connections / (float(truth.cycles_ns().mean()) / 1e9)
    bias = abs(true_rate_per_s(order, truth) / true_per_s - 1)
    return at_least(f"negative control, {delay_s * 1e3:g} ms: error of counting by arrival", _LEAST_BIAS, bias)


def true_cycle_s(driven: Driven) -> float:
    """Return the mean time from an arrival in the counted part to the next one on its connection, in seconds.

    On the server's clock a slice begins with the arrival of its first request.
    """
    cycles_ns = []
    for order, _, truth in driven:
        began_ns = truth.received_ns[:1].sum()
        end_s = order.duration_s - order.tail_s
        cycles_ns.append(truth.cycles_ns(began_ns + order.discard_s * 1e9, began_ns + end_s * 1e9))
    together_ns = np.concatenate(cycles_ns)
    return float(together_ns.mean()) / 1e9 if len(together_ns) else math.nan


def timings_of(profiles: Mapping[str, Profile], delay_s: float) -> Mapping[SliceTiming, str]:
    """Return the timings of the profiles' slices, each with the names of its profiles."""
    names: dict[SliceTiming, list[str]] = defaultdict(list)
    for name, profile in profiles.items():
        names[slice_timing(profile, _LONGEST * delay_s)].append(name)
    return {timing: ", ".join(of_timing) for timing, of_timing in names.items()}


def drive(rig: Rig, delay_s: float, connections: int, timing: SliceTiming) -> Driven:
    """Drive some slices of this timing against a handler, over connections that are open."""
    counted_s = timing.duration_s - timing.discard_s - timing.tail_s
    driven = []
    for number in range(math.ceil(_COUNTED_S / counted_s)):
        order = rig.order(Load(LoadKind.CLOSED, connections), timing.duration_s, number=number)
        order = replace(order, discard_s=timing.discard_s, tail_s=timing.tail_s, starts_s=(0.0, delay_s))
        driven.append((order, *_drive(rig, delay_s, order)))
    return driven


def _drive(rig: Rig, delay_s: float, order: Slice) -> tuple[SliceResult, Truth]:
    rig.server.behave(Delayed(round(delay_s * 1e9)))
    result = rig.measure(order)
    return result, rig.server.report()


def _negative_controls(rig: Rig) -> Iterator[Check]:
    for delay_s, (duration_s, discard_s) in _COMMON_START.items():
        order = rig.order(Load(LoadKind.CLOSED, max(CONNECTIONS)), duration_s, discard_s=discard_s)
        _, truth = _drive(rig, delay_s, order)
        yield judge_common_start(delay_s, order, truth)


def run(lab: Lab) -> Findings:
    """Drive each handler at each level by the timing of each profile."""
    checks: list[Check] = []
    yardsticks: list[Check] = []
    profiles = load_profiles()
    with lab.rig() as rig:
        rig.ready(rig.order(Load(LoadKind.CLOSED, max(CONNECTIONS)), 1.0), Delayed())
        for delay_s, connections in itertools.product(DELAYS_S, CONNECTIONS):
            for timing, names in timings_of(profiles, delay_s).items():
                label = f"{delay_s * 1e3:g} ms, {connections} connections, {names}"
                driven = drive(rig, delay_s, connections, timing)
                checks += judge(label, connections, driven)
                yardsticks.append(judge_server(label, delay_s, driven))
        checks += _negative_controls(rig)
        neighbours = rig.neighbours.in_words()
    return Findings(
        tuple(checks),
        f"The rate against N over the cycle by the server's stamps, in slices as each profile drives them.{neighbours}",
        tuple(yardsticks),
    )


ROW = Row("slow_handler", run)
