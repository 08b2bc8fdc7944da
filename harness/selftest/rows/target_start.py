"""Start the targets of a project as a run does, and check what the harness reads of each start.

A row for each chosen target. It is no part of all rows: `harness selftest --target flask_app` asks for it. The port
must be closed before the start, a target that is called ready must answer the next request correctly, and the phases
of a start can't take longer than all of it.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from harness.measure.asking import address_of
from harness.measure.contract import first_question
from harness.measure.readiness import asking
from harness.selftest.calibration import on_every_runtime
from harness.selftest.checks import Check, Findings, Row, exactly, happened
from harness.selftest.rows.start_delay import accepts
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.measure.coldstart import StartTimes
    from harness.measure.readiness import Look
    from harness.model import Subject, Target
    from harness.selftest.calibration import CalibrationBench
    from harness.selftest.rig import Lab

ROUNDING_S = 1e-6
_DETAIL = (
    "One start in each runtime: the first look at the port, a request after the start, and its times by two clocks."
)


def rows_of(subjects: Iterable[Subject], targets: Mapping[str, Target]) -> Iterator[Row]:
    """Yield a row for each subject."""
    for subject in subjects:
        yield Row(f"start of {subject}", partial(run, target=targets[subject.target], variant=subject.variant))


def judge(runtime: str, times: StartTimes, whole_s: float, *, was_open: bool, answered: bool) -> tuple[Check, ...]:
    """Check a start.

    Args:
        runtime: The name of the runtime.
        times: What the harness read.
        whole_s: The time of the whole start, from before `create` to behind the first right answer.
        was_open: Whether the port was open before the start.
        answered: Whether a request to the ready target was answered correctly.
    """
    phases_s = times.create_s + max(times.start_s, times.ready_s)
    return (
        exactly(f"{runtime}: ports open before the start", 0, int(was_open)),
        happened(f"{runtime}: right answer to a request after the start", did=answered),
        happened(f"{runtime}: ready after the start began", did=times.ready_s > 0),
        Check(f"{runtime}: phases beyond the whole start", 0.0, max(0.0, phases_s - whole_s), ROUNDING_S, Unit.SECOND),
    )


def run(lab: Lab, target: Target, variant: str) -> Findings:
    """Start a variant of a target in each runtime of this machine."""
    return on_every_runtime(lab, partial(_measure, variant=variant), _DETAIL, target)


def _measure(bench: CalibrationBench, variant: str) -> tuple[Check, ...]:
    target = bench.image.target
    ask = asking(first_question(target.answers, target.contract))
    opened: list[bool] = []

    def look(host: str, port: int) -> Look:
        if not opened:
            opened.append(accepts(host, port).is_ready)
        return ask(host, port)

    began_ns = time.perf_counter_ns()
    with bench.running(variant, look) as running:
        whole_s = (time.perf_counter_ns() - began_ns) / 1e9
        answer = ask(*address_of(running.url))
    return judge(bench.name, running.times, whole_s, was_open=opened[0], answered=answer.is_ready)
