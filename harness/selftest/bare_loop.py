"""Bare spinning loop, `python -m harness.selftest.bare_loop`: it only waits for due times and measures its lateness.

It sends nothing. The machine alone causes its lateness, so no generator can be less late on this machine. It prints the
lateness as `Histogram.to_text`.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time

import numpy as np

from harness.histogram import Histogram
from harness.load.arrivals import poisson

_LEAD_NS = 10_000_000


def lateness(rate_per_s: float, duration_s: float, seed: int) -> Histogram:
    """Spin until each due time of a Poisson process, and return the lateness of each."""
    clock = time.perf_counter_ns
    due_ns = list(poisson(rate_per_s, duration_s, seed))
    lateness_ns = []
    began = clock() + _LEAD_NS
    for due in due_ns:
        while (now := clock() - began) < due:
            pass
        lateness_ns.append(now - due)
    histogram = Histogram()
    histogram.record(np.array(lateness_ns, np.int64))
    return histogram


def main(arguments: list[str]) -> int:
    """Run the loop on the given cores and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.selftest.bare_loop", description="A bare spinning loop.")
    parser.add_argument("--cpus", required=True, help="the cores to run on, as in 1 or 1,3")
    parser.add_argument("--rate", type=float, required=True, help="due times per second")
    parser.add_argument("--duration", type=float, required=True, help="seconds")
    parser.add_argument("--seed", type=int, required=True, help="fixes the due times")
    options = parser.parse_args(arguments)
    os.sched_setaffinity(0, set(map(int, options.cpus.split(","))))
    gc.disable()
    sys.stdout.write(lateness(options.rate, options.duration, options.seed).to_text() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
