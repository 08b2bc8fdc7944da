"""The bare loop records every due time, never early, and prints its lateness as a histogram that can be merged."""

import os
import subprocess
import sys

import pytest

from harness.histogram import Histogram
from harness.load.arrivals import poisson
from harness.selftest.bare_loop import lateness

pytestmark = pytest.mark.program

RATE_PER_S, DURATION_S, SEED = 2000.0, 0.2, 3


def test_every_due_time_is_recorded_and_none_is_early() -> None:
    seen = lateness(RATE_PER_S, DURATION_S, SEED)
    assert seen.count == len(list(poisson(RATE_PER_S, DURATION_S, SEED)))
    assert seen.min_ns is not None
    assert seen.min_ns >= 0


def test_the_command_prints_a_histogram_of_its_lateness() -> None:
    cpu = min(os.sched_getaffinity(0))
    options = ["--cpus", str(cpu), "--rate", str(RATE_PER_S), "--duration", str(DURATION_S), "--seed", str(SEED)]
    command = [sys.executable, "-m", "harness.selftest.bare_loop", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert Histogram.from_text(done.stdout.strip()).count == lateness(RATE_PER_S, DURATION_S, SEED).count
