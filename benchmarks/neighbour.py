"""Disturb this machine as a neighbour on the same hardware does: bursts of busy loops, half of the time.

    .venv/bin/python benchmarks/neighbour.py --seconds 300 [--cpus 0,1] [--seed 0]

On each core one process computes for 20 to 200 ms, then pauses for 20 to 200 ms, both drawn at random. The cores are
independent of one another. It prints the ids of its processes, and ends after the given time, or earlier by SIGTERM or
Ctrl-C. Its processes also end within a fifth of a second if it is killed.

Measure beside it, to see what a noisy machine does to the noise floor:

    .venv/bin/python benchmarks/neighbour.py --seconds 260 & .venv/bin/harness run --profile quick; kill $!
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

SHORTEST_S, LONGEST_S = 0.02, 0.2
ENDING = (signal.SIGINT, signal.SIGTERM)


def bursts(rng: random.Random, lasts_s: float) -> Iterator[tuple[float, float]]:
    """Yield the lengths of each burst and of the pause after it, in seconds, until they fill the time."""
    while lasts_s > 0:
        burst_s, pause_s = (rng.uniform(SHORTEST_S, LONGEST_S) for _ in range(2))
        yield min(burst_s, lasts_s), min(pause_s, max(0.0, lasts_s - burst_s))
        lasts_s -= burst_s + pause_s


def disturb(cpu: int, lasts_s: float, seed: int, parent: int) -> None:
    """Disturb a core until the time is over or the parent process has ended."""
    os.sched_setaffinity(0, {cpu})
    for burst_s, pause_s in bursts(random.Random(f"{seed}:{cpu}"), lasts_s):  # noqa: S311 - lengths, no secret
        end_s = time.perf_counter() + burst_s
        while time.perf_counter() < end_s:
            pass
        if os.getppid() != parent:
            return
        time.sleep(pause_s)


def start(cpus: Sequence[int], lasts_s: float, seed: int) -> list[int]:
    """Start a disturbing process for each core; return their ids. Signals that end this process must be blocked."""
    parent, pids = os.getpid(), []
    for cpu in cpus:
        pid = os.fork()
        if pid == 0:
            for number in ENDING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            disturb(cpu, lasts_s, seed, parent)
            os._exit(0)
        pids.append(pid)
    return pids


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Disturb the cores and return the exit status: 0, or 130 if it was ended early."""
    parser = argparse.ArgumentParser(description="Disturb this machine by bursts of busy loops, half of the time.")
    parser.add_argument("--seconds", type=float, required=True, help="how long, at most an hour")
    parser.add_argument("--cpus", help="the cores, separated by commas; by default all that this process may use")
    parser.add_argument("--seed", type=int, default=0, help="fixes the lengths of all bursts and pauses")
    options = parser.parse_args()
    usable = os.sched_getaffinity(0)
    cpus = sorted(usable) if options.cpus is None else [int(cpu) for cpu in options.cpus.split(",")]
    if not 0 < options.seconds <= 3600 or not set(cpus) <= usable:  # noqa: PLR2004 - an hour
        parser.error(f"--seconds must be within an hour, and --cpus within {sorted(usable)}")
    signal.signal(signal.SIGTERM, _end)
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)  # until all its processes are known
    pids = start(cpus, options.seconds, options.seed)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        print(f"processes {', '.join(map(str, pids))} disturb cores {cpus}", file=sys.stderr, flush=True)  # noqa: T201
        for pid in pids:
            os.waitpid(pid, 0)
    except KeyboardInterrupt:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
