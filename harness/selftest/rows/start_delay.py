"""Check the cold start against the target's own stamp of the moment at which it could first answer.

The calibration target listens after a known delay and stamps the moment. The time that the poller reads beyond the
stamp is the harness's error. It must not depend on the delay, nor on TCP retransmission: a poller that waits for a lost
packet reads 250 ms or 1 s too much.

The negative control opens its port at once and answers 300 ms later, as a server does while its workers still import. A
poller that counts an open port as ready reads 300 ms too little.
"""

from __future__ import annotations

import random
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.measure.readiness import READY, UNANSWERED
from harness.selftest.calibration import CalibrationBench, on_every_runtime, send_command
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.yardstick import bare_loops
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.measure.readiness import Look, Probe
    from harness.selftest.rig import Lab

DELAYS: Mapping[str, str] = {"prompt": "0 ms", "after50": "50 ms", "after300": "300 ms", "after1000": "1 s"}
NEGATIVE_CONTROL = "openport300"
ERROR_LIMIT_S = 2e-3
SPREAD_LIMIT_S = 1e-3
STRAGGLER_S = 0.1
TOO_EARLY_S = 0.25
_STARTS = 6
_CONNECT_TIMEOUT_S = 0.05
_DETAIL = (
    f"{_STARTS} starts of each delay in random order. The error is the time read minus the server's own stamp: its "
    "median for each delay, its standard deviation in the middle 90 % of all starts, and the error of the start that "
    "is read latest."
)


def judge(runtime: str, errors_s: Mapping[str, Sequence[float]]) -> tuple[Check, ...]:
    """Check the median error of each delay, and the spread of all errors, against their limits.

    Args:
        runtime: The name of the runtime.
        errors_s: For each delay, the time read minus the stamp of each start.
    """
    every = np.sort(np.concatenate([np.asarray(errors) for errors in errors_s.values()]))
    trimmed = len(every) // 20  # the machine, not the poller, causes an outlier when it preempts a start
    middle = every[trimmed : len(every) - trimmed]
    medians = [
        Check(f"{runtime}: error at {DELAYS[variant]}", 0.0, float(np.median(errors)), ERROR_LIMIT_S, Unit.SECOND)
        for variant, errors in errors_s.items()
    ]
    return (
        *medians,
        Check(f"{runtime}: spread", 0.0, float(np.std(middle)), SPREAD_LIMIT_S, Unit.SECOND),
        Check(f"{runtime}: error of the latest start", 0.0, float(every[-1]), STRAGGLER_S, Unit.SECOND),
    )


def judge_negative_control(runtime: str, error_s: float, naive_error_s: float) -> tuple[Check, ...]:
    """Check that an open port does not count as ready."""
    return (
        Check(f"{runtime}: error where the port is open 300 ms early", 0.0, error_s, ERROR_LIMIT_S, Unit.SECOND),
        at_least(f"{runtime}: negative control: open port read too early", TOO_EARLY_S, -naive_error_s, Unit.SECOND),
    )


def run(lab: Lab) -> Findings:
    """Start the calibration target with every delay, in each runtime of this machine."""
    with bare_loops(lab) as bare:
        found = on_every_runtime(lab, _measure, _DETAIL)
    return replace(found, yardsticks=bare.checks({"p90": SPREAD_LIMIT_S}))


def _measure(bench: CalibrationBench) -> tuple[Check, ...]:
    order = list(DELAYS) * _STARTS
    random.Random(bench.lab.seed).shuffle(order)  # noqa: S311 - an order of starts, no secret
    _error_s(bench, "prompt")  # not counted: the first start has no page cache
    errors_s: dict[str, list[float]] = {variant: [] for variant in DELAYS}
    for variant in order:
        errors_s[variant].append(_error_s(bench, variant))
    control = judge_negative_control(
        bench.name, _error_s(bench, NEGATIVE_CONTROL), _error_s(bench, NEGATIVE_CONTROL, accepts)
    )
    return (*judge(bench.name, errors_s), *control)


def _error_s(bench: CalibrationBench, variant: str, probe: Probe | None = None) -> float:
    """Start the calibration target; return the time that was read minus its own stamp, in seconds."""
    with bench.running(variant, probe) as running:
        ready_ns = send_command(running.instance, "/stamps")["answering_ns"]
    return running.times.ready_s - (ready_ns - running.times.start_call_ns) / 1e9


def accepts(host: str, port: int) -> Look:
    """Take an open port for a ready target. A target behind an open port may not yet answer."""
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S):
            return READY
    except OSError:
        return UNANSWERED


ROW = Row("start_delay", run)
