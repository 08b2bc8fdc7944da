"""Cold start is what the target's own clock says: from the start call to the moment at which it could answer.

A calibration target that listens late by a known time stamps the moment itself. What the poller reads beyond the stamp
is the harness's own error, and must depend neither on how late the target is nor on a retransmission's clock: a poller
that waits for a lost packet reads 250 ms or a second too much.

The negative control opens its port at once and answers 300 ms later, as a server does whose workers still import.
Whoever takes an open port for an answer reads it 300 ms too early.
"""

from __future__ import annotations

import random
import socket
from typing import TYPE_CHECKING

import numpy as np

from harness.measure.coldstart import answers_rightly
from harness.selftest.calibration import CalibrationBench, on_every_runtime, tell
from harness.selftest.checks import Check, Findings, Row, at_least, exactly
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.selftest.rig import Lab

DELAYS: Mapping[str, str] = {"prompt": "0 ms", "after50": "50 ms", "after300": "300 ms", "after1000": "1 s"}
NEGATIVE_CONTROL = "deaf300"
ERROR_LIMIT_S = 2e-3
SPREAD_LIMIT_S = 1e-3
STRAGGLER_S = 0.1
TOO_EARLY_S = 0.25
_STARTS = 6
_CONNECT_TIMEOUT_S = 0.05
_DETAIL = (
    f"{_STARTS} starts of each delay in random order, read minus the server's own stamp: the median of each delay, the "
    "standard deviation within the middle nine tenths of all, and how many were a tenth of a second late or more."
)


def judge(runtime: str, errors_s: Mapping[str, Sequence[float]]) -> tuple[Check, ...]:
    """Hold the median error of each delay, and the spread of all errors, against their limits.

    Args:
        runtime: Where they were started.
        errors_s: For each delay how much later than the stamp each start was read.
    """
    every = np.sort(np.concatenate([np.asarray(errors) for errors in errors_s.values()]))
    trimmed = len(every) // 20  # one preempted start in twenty says something of the machine, not of the poller
    middle = every[trimmed : len(every) - trimmed]
    medians = [
        Check(f"{runtime}: error at {DELAYS[variant]}", 0.0, float(np.median(errors)), ERROR_LIMIT_S, Unit.SECOND)
        for variant, errors in errors_s.items()
    ]
    return (
        *medians,
        Check(f"{runtime}: spread", 0.0, float(np.std(middle)), SPREAD_LIMIT_S, Unit.SECOND),
        exactly(f"{runtime}: starts read 100 ms late or more", 0, int(np.count_nonzero(every >= STRAGGLER_S))),
    )


def judge_negative_control(runtime: str, error_s: float, naive_error_s: float) -> tuple[Check, ...]:
    """Hold that a port which is open is not taken for an answer, and that whoever did would be seen to."""
    return (
        Check(f"{runtime}: error where the port is open 300 ms early", 0.0, error_s, ERROR_LIMIT_S, Unit.SECOND),
        at_least(f"{runtime}: negative control: too early by its open port", TOO_EARLY_S, -naive_error_s, Unit.SECOND),
    )


def run(lab: Lab) -> Findings:
    """Start the calibration target with every delay, in each runtime."""
    return on_every_runtime(lab, _measure, _DETAIL)


def _measure(bench: CalibrationBench) -> tuple[Check, ...]:
    order = list(DELAYS) * _STARTS
    random.Random(bench.lab.seed).shuffle(order)  # noqa: S311 - an order of starts, no secret
    _error_s(bench, "prompt")  # the first start finds no page cache
    errors_s: dict[str, list[float]] = {variant: [] for variant in DELAYS}
    for variant in order:
        errors_s[variant].append(_error_s(bench, variant))
    control = judge_negative_control(
        bench.name, _error_s(bench, NEGATIVE_CONTROL), _error_s(bench, NEGATIVE_CONTROL, accepts)
    )
    return (*judge(bench.name, errors_s), *control)


def _error_s(bench: CalibrationBench, variant: str, probe: Callable[[str, int], bool] = answers_rightly) -> float:
    """Return how much later than the calibration target's own stamp a start was read."""
    calibrated, times = bench.start(variant, probe)
    with calibrated:
        ready_ns = tell(calibrated, "/stamps")["answering_ns"]
    return times.ready_s - (ready_ns - times.start_call_ns) / 1e9


def accepts(host: str, port: int) -> bool:
    """Tell whether a port is open, which is not yet a target that answers."""
    try:
        with socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False


ROW = Row("start_delay", run)
