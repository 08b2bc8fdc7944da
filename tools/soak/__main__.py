"""Make one long run, then short runs without a pause, and kill a target in each of these at a random moment.

    .venv/bin/python -m tools.soak --run-minutes 30 --minutes 30 [--runtime process]

All runs are made by this one process, with a results folder of their own. In the long run, the harness and each process
of its generator must stay under the limits of docs/reliability.md, and not grow. After each short run nothing may be
left, and each planned trial must be stored or be explained by a failure; at the end, nothing may have grown. Exit code
1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import docker
import psutil

from harness.cli import main as run_command
from harness.manifest import load_profiles
from harness.model import RunStatus
from harness.store import Store
from tools.soak.growth import FEWEST_RUNS, Sample, growth
from tools.soak.killing import containers, kill_a_container, kill_a_process, killing
from tools.soak.memory import beyond, highest, watched

if TYPE_CHECKING:
    from harness.model import StoredRun

TARGETS = ("flask_app", "gin_app")
DOCKER, PROCESS = "docker", "process"
KILLS = {DOCKER: kill_a_container, PROCESS: kill_a_process}
_LONGEST_WAIT_S = 15.0  # a smoke run of three blocks takes twice as long: a kill falls anywhere in its first half
_LEAST_BLOCK_S = 2.0
_INTERRUPTED = 128 + signal.SIGINT


def say(text: str) -> None:
    """Print one line on stderr."""
    sys.stderr.write(f"{text}\n")


def measure(runtime: str, blocks: int) -> int:
    """Make a smoke run of so many blocks in this process, and return its exit code."""
    profiles = {name: replace(one, blocks=blocks, least_blocks=None) for name, one in load_profiles().items()}
    words = ("--profile", "smoke", "--runtime", runtime, "--target", ",".join(TARGETS))
    try:
        with (
            patch("harness.manifest.load_profiles", return_value=profiles),
            patch.object(sys, "argv", ["harness", "run", *words]),
        ):
            run_command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def lost(stored: StoredRun) -> list[str]:
    """Return a sentence for each planned trial that is neither stored nor explained by a failure of its subject."""
    have = {(trial.block, trial.subject) for trial in stored.trials}
    failed = {failure.subject for failure in stored.run.failures}
    return [
        f"{stored.run.id}: block {block + 1} of {subject} is missing"
        for block, order in enumerate(stored.run.plan.orders)
        for subject in order
        if (block, subject) not in have and subject not in failed
    ]


def sample(runtime: str) -> Sample:
    """Return what this process holds now."""
    left = 0
    if runtime == DOCKER:
        with closing(docker.from_env()) as client:
            left = len(containers(client))
    own = psutil.Process()
    children = len(own.children(recursive=True))
    return Sample(own.memory_info().rss, own.num_fds(), own.num_threads(), children, left)


def long_run(minutes: float, runtime: str) -> list[str]:
    """Make one run for some minutes and interrupt it; return what went wrong with its memory, a sentence each."""
    ending = threading.Timer(60 * minutes, os.kill, (os.getpid(), signal.SIGINT))
    ending.start()
    try:
        with watched() as readings:
            code = measure(runtime, blocks=round(60 * minutes / _LEAST_BLOCK_S) + 3)
    finally:
        ending.cancel()
    say(f"run of {minutes:g} minutes: exit {code}; the most was {highest(readings)}")
    ended = [] if code == _INTERRUPTED else [f"the long run ended with exit code {code} and not at its time"]
    return ended + beyond(readings)


def short_runs(minutes: float, seed: int, runtime: str, store: Store) -> list[str]:
    """Make short runs for some minutes, and return what went wrong, a sentence each."""
    rng = random.Random(seed)  # noqa: S311 - moments, no secrets
    wrong: list[str] = []
    samples: list[Sample] = []
    deadline_s = time.monotonic() + 60 * minutes
    while time.monotonic() < deadline_s or len(samples) < FEWEST_RUNS:
        before = set(store.folders())
        with killing(KILLS[runtime], rng.uniform(0, _LONGEST_WAIT_S)) as killed:
            code = measure(runtime, blocks=3)
        samples.append(sample(runtime))
        (name,) = set(store.folders()) - before
        _, stored = store.load(name)
        wrong += lost(stored)
        expected = {0, 5} if stored.run.status is RunStatus.COMPLETE else {4}
        if code not in expected:
            wrong.append(f"{name}: exit code {code} of a run that is {stored.run.status.value}")
        say(f"run {len(samples)}: exit {code}, killed {', '.join(killed) or 'nothing'}, {samples[-1]}")
    return wrong + growth(samples)


def main() -> None:
    """Read the arguments, run, and print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0, help="of the short runs; 0: none")
    parser.add_argument("--run-minutes", type=float, default=30.0, help="of the long run; 0: none")
    parser.add_argument("--runtime", choices=tuple(KILLS), default=DOCKER)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", HARNESS_RESULTS=folder):
        if chosen.run_minutes:
            wrong += long_run(chosen.run_minutes, chosen.runtime)
        if chosen.minutes:
            wrong += short_runs(chosen.minutes, chosen.seed, chosen.runtime, Store(Path(folder)))
    for one in wrong:
        say(f"error: {one}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
