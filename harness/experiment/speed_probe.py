"""A fixed piece of work on the target's core, sung between batches: how fast is that core, and who else is on it.

The probe is a small process of its own, pinned to the target's core, which sleeps while anything is driven. Neighbours
on the same hardware slow a core without taking it away: then the work costs more CPU time. Neighbours on the same
machine take turns with it: then the work lasts longer than its CPU time. Knows nothing of runs and targets.
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

# About 15 ms of CPU time: several turns of the scheduler, so that who shares the core is met, and little of a batch.
_STEPS = 200_000
_MODULUS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ProbeReading:
    """What the fixed work took once: CPU time of its thread, and wall time."""

    cpu_s: float
    wall_s: float


class SpeedProbe:
    """The process that does the work on demand; a context manager that ends it. It ends by itself with the harness."""

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
        """Do the work once.

        Raises:
            MachineError: The process is gone.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        try:
            if stdin is None or stdout is None:
                raise BrokenPipeError
            stdin.write("\n")
            cpu_s, wall_s = map(float, stdout.readline().split())
        except (OSError, ValueError) as error:
            raise MachineError(
                "the probe is gone",
                where=f"process {self._process.pid}",
                cause="somebody ended it, or it could not be pinned",
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
    """Do the work once, in this thread."""
    wall_s, cpu_s = time.monotonic(), time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)
    state = 1
    for _ in range(_STEPS):
        state = state * 48_271 % _MODULUS
    return ProbeReading(time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID) - cpu_s, time.monotonic() - wall_s)


def main() -> None:
    """Sing once for every line on stdin, until its end."""
    os.sched_setaffinity(0, set(map(int, sys.argv[1].split(","))))
    read_speed()  # the first is slower: nothing is in the caches
    for _ in sys.stdin:
        reading = read_speed()
        sys.stdout.write(f"{reading.cpu_s!r} {reading.wall_s!r}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
