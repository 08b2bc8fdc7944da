"""Yardstick of the live rows: the lateness of bare spinning loops on the cores of generator and target.

A bare loop only waits for due times, so the machine alone causes its lateness. Where the bare loop misses the limit of
a row, no program could keep it on this machine: the row is then too noisy to tell.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.errors import MeasurementError
from harness.histogram import Histogram
from harness.selftest.checks import Check
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.selftest.rig import Lab

QUANTILES: Mapping[str, float] = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
_RATE_PER_S = 5000.0
_BRIEF_S = 1.0
_DEADLINE_S = 30.0


def bare_lateness(cores: Sequence[frozenset[int]], seed: int, duration_s: float) -> Histogram:
    """Run one bare loop on each set of cores, all at the same time, and return the latest of them at p99.

    Args:
        cores: The sets of cores; equal ones count once.
        seed: Fixes the due times.
        duration_s: How long the loops run.

    Raises:
        MeasurementError: A loop fails.
    """
    running = [_start(cpus, seed, duration_s) for cpus in dict.fromkeys(cores)]
    try:
        return max(map(_lateness_of, running), key=lambda lateness: lateness.quantile_s(QUANTILES["p99"]))
    finally:
        for loop in running:
            loop.kill()
            loop.communicate()


def _start(cpus: frozenset[int], seed: int, duration_s: float) -> subprocess.Popen[str]:
    options = {"cpus": ",".join(map(str, sorted(cpus))), "rate": _RATE_PER_S, "duration": duration_s, "seed": seed}
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "harness.selftest.bare_loop", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _lateness_of(loop: subprocess.Popen[str]) -> Histogram:
    try:
        out, err = loop.communicate(timeout=_DEADLINE_S)
    except subprocess.TimeoutExpired as error:
        raise _failed(str(error)) from error
    if loop.returncode:
        raise _failed(err.strip().rpartition("\n")[2] or f"it ended with status {loop.returncode}")
    return Histogram.from_text(out.strip())


def _failed(cause: str) -> MeasurementError:
    return MeasurementError("the bare loop failed", where="yardstick", cause=cause, remedy="Run the row again.")


def yardsticks(lateness: Sequence[Histogram], limits_s: Mapping[str, float]) -> tuple[Check, ...]:
    """Return the checks of the bare loops against the limits of a row.

    Args:
        lateness: The lateness of each run of the loops.
        limits_s: The limits of the row, by the name of a quantile.
    """
    merged = Histogram.total(lateness)
    return tuple(
        Check(
            f"yardstick: lateness {name} of a bare loop", 0.0, merged.quantile_s(QUANTILES[name]), limit_s, Unit.SECOND
        )
        for name, limit_s in limits_s.items()
    )


@dataclass(slots=True)
class BareLoops:
    """The lateness of the bare loops before and after a row."""

    lateness: list[Histogram] = field(default_factory=list)

    def checks(self, limits_s: Mapping[str, float]) -> tuple[Check, ...]:
        """Return the yardsticks of a row; see `yardsticks`."""
        return yardsticks(self.lateness, limits_s)


@contextmanager
def bare_loops(lab: Lab) -> Iterator[BareLoops]:
    """Run bare loops on the cores of generator and target before and after the context, one second each."""
    loops, cores = BareLoops(), (lab.cpus.generator, lab.cpus.target)
    loops.lateness.append(bare_lateness(cores, lab.seed, _BRIEF_S))
    yield loops
    loops.lateness.append(bare_lateness(cores, lab.seed, _BRIEF_S))
