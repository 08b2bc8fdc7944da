"""Show which kind of work takes now more time, now less, on the cores of this machine.

    .venv/bin/python benchmarks/core_work.py [--seconds 30] [--cpus 0,1] [--json]

On each core a process does three fixed pieces of work a hundred times per second: it computes, it sends and receives
over a pair of sockets, and it copies memory. Each piece is timed by the CPU time of its thread, which does not count
while other processes have the core. Printed are, for each core and kind of work, the median, the middle half and the
middle nine tenths as shares of it, and how far means over a tenth of a second correlate with the next one. Last comes
the share of the time by which the process woke up too late. The work takes one or two hundredths of a core.

Work that varies on a machine at rest varies by its neighbours. Beside a run it shows what the targets' cores do:

    .venv/bin/python benchmarks/core_work.py --seconds 240 & .venv/bin/harness run --profile quick; wait
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import repeat
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

PERIOD_S = 0.01
LONGEST_S = 3600.0
KINDS = ("computing", "sockets", "memory")
_STEPS, _MESSAGES, _BYTES = 500, 10, 1 << 19
_AVERAGED = 10  # pieces of work: a tenth of a second
_FEWEST = 2  # tenths of a second, above which they can correlate
_ROUNDING = 1e-9
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_MIDDLES = (("q25", "q75"), ("q05", "q95"))


def pieces(pair: tuple[socket.socket, socket.socket]) -> tuple[Callable[[], object], ...]:
    """Return the three pieces of work, in the order of `KINDS`."""
    one, other = pair
    source, message = bytearray(_BYTES), b"x" * 64

    def compute() -> int:
        state = 1
        for _ in range(_STEPS):
            state = state * 1664525 + 1013904223 & 0xFFFFFFFF
        return state

    def converse() -> None:
        for _ in range(_MESSAGES):
            one.send(message)
            other.recv(64)

    return compute, converse, lambda: bytes(source)


def watched(cpu: int, lasts_s: float) -> tuple[NDArray[np.float64], float]:
    """Work on a core for a time, or until the parent process has ended.

    Returns:
        The CPU times in seconds, a row for each time and a column for each kind; and the share of the time by which
        the process woke up too late.
    """
    os.sched_setaffinity(0, {cpu})
    parent = os.getppid()
    rows, late_s = [], 0.0
    one, other = socket.socketpair()
    with one, other:
        works = pieces((one, other))
        begun = due = time.perf_counter()
        while due < begun + lasts_s and os.getppid() == parent:
            time.sleep(max(0.0, due - time.perf_counter()))
            late_s += time.perf_counter() - due
            stamps = [time.thread_time()]
            for work in works:
                work()
                stamps.append(time.thread_time())
            rows.append(np.diff(stamps))
            due = max(due + PERIOD_S, time.perf_counter())
    return np.array(rows), late_s / lasts_s


def spread(times_s: NDArray[np.float64]) -> Mapping[str, float]:
    """Return how times in seconds scatter: quantiles over the median, and the correlation from a tenth to the next.

    Args:
        times_s: At least one time.
    """
    low, quarter, median, three_quarters, high = np.quantile(times_s, _QUANTILES)
    whole = len(times_s) // _AVERAGED * _AVERAGED
    tenths = np.log(times_s[:whole]).reshape(-1, _AVERAGED).mean(axis=1)
    varies = len(tenths) > _FEWEST and min(tenths[:-1].std(), tenths[1:].std()) > _ROUNDING
    found = {
        "median_s": median,
        "q05": low / median,
        "q25": quarter / median,
        "q75": three_quarters / median,
        "q95": high / median,
        "correlation": np.corrcoef(tenths[:-1], tenths[1:])[0, 1] if varies else 0.0,
    }
    return {name: float(value) for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class Core:
    """What was found on a core: the spread of each kind of work, and the share of the time of late wake-ups."""

    work: Mapping[str, Mapping[str, float]]
    late: float


def measured(cpus: Sequence[int], lasts_s: float) -> Mapping[str, Core]:
    """Watch cores at the same time; return what was found, by the core's number."""
    with ProcessPoolExecutor(len(cpus), get_context("fork")) as pool:
        found = list(pool.map(watched, cpus, repeat(lasts_s)))
    return {
        str(cpu): Core({kind: spread(rows[:, column]) for column, kind in enumerate(KINDS)}, late)
        for cpu, (rows, late) in zip(cpus, found, strict=True)
    }


def _table(cores: Mapping[str, Core]) -> str:
    lines = ["| core | work | median | middle half | middle nine tenths | correlation |", "|---|---|---|---|---|---|"]
    for cpu, core in cores.items():
        for kind, one in core.work.items():
            half, most = (f"{one[low] - 1:+.0%} to {one[high] - 1:+.0%}" for low, high in _MIDDLES)
            lines.append(
                f"| {cpu} | {kind} | {one['median_s'] * 1e6:.0f} µs | {half} | {most} | {one['correlation']:.2f} |"
            )
    late = ", ".join(f"core {cpu} {core.late:.2%}" for cpu, core in cores.items())
    return "\n".join([*lines, "", f"Woke up too late, as a share of the time: {late}", ""])


def main(words: Sequence[str] | None = None) -> int:
    """Watch the cores, print, and return the exit status."""
    usable = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description="Show which kind of work takes now more time, now less.")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long, at most an hour")
    parser.add_argument("--cpus", help="the cores, separated by commas; by default all that this process may use")
    parser.add_argument("--json", action="store_true", help="print one document")
    options = parser.parse_args(words)
    cpus = usable if options.cpus is None else [int(cpu) for cpu in options.cpus.split(",") if cpu.isdecimal()]
    if not PERIOD_S <= options.seconds <= LONGEST_S or not cpus or not set(cpus) <= set(usable):
        parser.error(f"--seconds must be within an hour, and --cpus within {usable}")
    found = measured(cpus, options.seconds)
    document = {
        "schema": "benchmarks.core_work/1",
        "seconds": options.seconds,
        "cores": {cpu: asdict(core) for cpu, core in found.items()},
    }
    sys.stdout.write(f"{json.dumps(document)}\n" if options.json else _table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
