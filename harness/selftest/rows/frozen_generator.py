"""Check that a stopped generator adds the delay to the latencies of the requests due in it, and flags the slice.

The row stops the generator's process (SIGSTOP) for half a second in the middle of an open slice, several times. An
undisturbed slice must have neither a standstill nor its flag.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.measure.soundness import STANDSTILL_S, STOOD_STILL, flags_of
from harness.model import Load, LoadKind
from harness.selftest.behaviours import Delayed
from harness.selftest.checks import Check, Findings, Row, at_least, exactly, quantile_s
from harness.selftest.yardstick import bare_loops
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import SliceResult
    from harness.selftest.rig import Lab, Rig

LEAST_S = 0.5
_LOAD = Load(LoadKind.CONSTANT, 128, 200.0)
_DURATION_S = 2.0
_FREEZE_S = LEAST_S + 0.02  # the first request in the freeze is due up to 5 ms after the start of the freeze
_HALF = 1 - LEAST_S / 2 / _DURATION_S  # all requests except half of those due in the freeze, as a share of the slice
_FREEZE_AFTER = 100
_TRIALS = 3
_DEADLINE_S = 10.0


def judge(trials: Sequence[SliceResult], undisturbed: SliceResult) -> tuple[Check, ...]:
    """Check that every frozen slice shows the freeze and has the flag, and that the undisturbed slice has neither."""
    planned = round(_DURATION_S * (_LOAD.rate_per_s or 0))
    checks: list[Check] = []
    for number, result in enumerate(trials, 1):
        label = f"freeze {number}"
        readings = (
            ("greatest lateness", LEAST_S, quantile_s(result.lateness, 1.0)),
            ("greatest response time", LEAST_S, quantile_s(result.response, 1.0)),
            ("response time of half of the requests due in it", LEAST_S / 2, quantile_s(result.response, _HALF)),
        )
        checks.append(exactly(f"{label}: requests", planned, result.verified))
        checks += [at_least(f"{label}: {what}", least_s, read_s, Unit.SECOND) for what, least_s, read_s in readings]
    flagged = sum(STOOD_STILL in flags_of(result.lateness) for result in trials)
    late_s = quantile_s(undisturbed.lateness, 1.0)
    stood_still = late_s is not None and late_s >= STANDSTILL_S  # the machine itself may hold a generator back
    return (
        *checks,
        exactly("frozen slices flagged", _TRIALS, flagged),
        Check("undisturbed slice: greatest lateness", 0.0, late_s, STANDSTILL_S, Unit.SECOND),
        exactly("undisturbed slice flagged", int(stood_still), int(STOOD_STILL in flags_of(undisturbed.lateness))),
    )


@contextmanager
def _frozen(rig: Rig) -> Iterator[None]:
    """Stop the generator once, for `_FREEZE_S`, after the server has received some requests."""
    over = threading.Event()

    def freeze() -> None:
        deadline = time.monotonic() + _DEADLINE_S
        while rig.server.received() < _FREEZE_AFTER and time.monotonic() < deadline and not over.wait(0.005):
            pass
        if over.is_set():
            return
        os.kill(rig.generator.pid, signal.SIGSTOP)
        try:
            time.sleep(_FREEZE_S)
        finally:
            os.kill(rig.generator.pid, signal.SIGCONT)

    thread = threading.Thread(target=freeze, name="freeze")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run(lab: Lab) -> Findings:
    """Freeze the generator in the middle of several slices; leave one slice undisturbed."""
    with bare_loops(lab) as bare, lab.rig() as rig:
        order = rig.order(_LOAD, _DURATION_S)
        undisturbed, _ = rig.drive(Delayed(), order)
        trials = []
        for _ in range(_TRIALS):
            rig.ready(order, Delayed())
            with _frozen(rig):
                trials.append(rig.measure(order))
    return Findings(
        judge(trials, undisturbed),
        f"SIGSTOP for {_FREEZE_S:g} s in the middle of {_TRIALS} slices of {_DURATION_S:g} s. In a run, the flag "
        "becomes a warning on every latency of such a slice.",
        bare.checks({"max": STANDSTILL_S}),
    )


ROW = Row("frozen_generator", run)
