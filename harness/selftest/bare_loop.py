"""A bare spinning loop: `python -m harness.selftest.bare_loop`, which does nothing but wait for due times.

How late it is is the machine's doing, and the floor under what any generator can reach here. It sends nothing. It
prints `Histogram.to_text` of its lateness.
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
    """Spin up to each due time of a Poisson process, and return how late each was seen."""
    clock = time.perf_counter_ns
    due_ns = list(poisson(rate_per_s, duration_s, seed))
    late_ns = []
    began = clock() + _LEAD_NS
    for due in due_ns:
        while (now := clock() - began) < due:
            pass
        late_ns.append(now - due)
    seen = Histogram()
    seen.record(np.array(late_ns, np.int64))
    return seen


def main(arguments: list[str]) -> int:
    """Run the loop on given cores and return its exit status."""
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
