"""Speed probe: a fixed piece of work on the target's core, done between batches.

It shows how fast the core is and whether other processes use it. The probe is a small process, pinned to the target's
core, that sleeps while load is driven. Other virtual machines on the same hardware slow the core: the work then takes
more CPU time. Other processes of this machine take turns on the core: the work then takes longer than its CPU time.
This module does not know runs and targets.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from harness.errors import MachineError

if TYPE_CHECKING:
    from types import TracebackType

# About 15 ms of CPU time: long enough for several turns of the scheduler, and short compared with a batch.
_STEPS = 200_000
_MODULUS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """The time of one piece of fixed work: CPU time of its thread, and wall time."""

    cpu_s: float
    wall_s: float


class SpeedProbe:
    """The probe's process, as a context manager that ends it. It also ends when the harness ends."""

    def __init__(self, cpus: frozenset[int]) -> None:
        pins = ",".join(map(str, sorted(cpus)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.experiment.speed_probe", pins],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def read_speed(self) -> ProbeReading:
        """Do the work once in the probe's process, and return the reading.

        Raises:
            MachineError: The process has ended.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        try:
            if stdin is None or stdout is None:
                raise BrokenPipeError
            stdin.write("\n")
            cpu_s, wall_s = map(float, stdout.readline().split())
        except (OSError, ValueError) as error:
            raise MachineError(
                "the speed probe ended",
                where=f"process {self._process.pid}",
                cause="it was killed, or could not be pinned to its core",
                remedy="Run it again.",
            ) from error
        return ProbeReading(cpu_s, wall_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


def read_speed() -> ProbeReading:
    """Do the work once in this thread, and return the reading."""
    wall_s, cpu_s = time.monotonic(), time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)
    state = 1
    for _ in range(_STEPS):
        state = state * 48_271 % _MODULUS
    return ProbeReading(time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID) - cpu_s, time.monotonic() - wall_s)


def main() -> None:
    """Do the work once for every line on stdin, and print each reading, until stdin ends."""
    os.sched_setaffinity(0, set(map(int, sys.argv[1].split(","))))
    read_speed()  # the first time is slower, because the caches are empty
    for _ in sys.stdin:
        reading = read_speed()
        sys.stdout.write(f"{reading.cpu_s!r} {reading.wall_s!r}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
