"""Run short runs without a pause for some minutes, and kill a target in each at a random moment.

    .venv/bin/python -m tools.soak --minutes 30

All runs are made by this one process, with a results folder of their own. After each run nothing may be left, and each
planned trial must be stored or be explained by a failure. At the end, nothing may have grown. Exit code 1 otherwise.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docker.models.containers import Container

    from harness.model import StoredRun

LABEL = "harness.run"
TARGETS = ("flask_app", "gin_app")
_LONGEST_WAIT_S = 15.0  # a smoke run of three blocks takes twice as long: a kill falls anywhere in its first half


def containers(client: docker.DockerClient) -> list[Container]:
    """Return the containers of this harness's runs; they are this process's, as only one run has the machine's lock."""
    listed: list[Container] = client.containers.list(all=True, filters={"label": LABEL})
    return listed


def kill_one(client: docker.DockerClient) -> str | None:
    """Kill a running container of a run and return the name of its subject; None if none runs."""
    for container in containers(client):
        if container.status == "running":
            container.kill()
            return container.labels.get("harness.subject") or "a container"
    return None


@contextmanager
def killing(wait_s: float) -> Iterator[list[str]]:
    """Kill one container of a run after a time; yield the list that gets its name."""
    killed: list[str] = []
    ended = threading.Event()

    def kill() -> None:
        if ended.wait(wait_s):
            return
        with closing(docker.from_env()) as client:
            while not killed and not ended.wait(0.01):
                name = kill_one(client)
                killed.extend([name] if name else [])

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def say(text: str) -> None:
    """Print one line on stderr."""
    sys.stderr.write(f"{text}\n")


def measure(arguments: Sequence[str]) -> int:
    """Make a run in this process, and return its exit code."""
    try:
        with patch.object(sys, "argv", ["harness", "run", *arguments]):
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


def sample() -> Sample:
    """Return what this process holds now."""
    with closing(docker.from_env()) as client:
        left = len(containers(client))
    own = psutil.Process()
    children = len(own.children(recursive=True))
    return Sample(own.memory_info().rss, own.num_fds(), own.num_threads(), children, left)


def soak(minutes: float, seed: int, results: Path) -> list[str]:
    """Run for some minutes, and return what went wrong, a sentence each."""
    rng = random.Random(seed)  # noqa: S311 - moments, no secrets
    wrong: list[str] = []
    samples: list[Sample] = []
    short = {name: replace(profile, blocks=3, least_blocks=None) for name, profile in load_profiles().items()}
    deadline_s = time.monotonic() + 60 * minutes
    store = Store(results)
    with patch("harness.manifest.load_profiles", return_value=short):
        while time.monotonic() < deadline_s or len(samples) < FEWEST_RUNS:
            before = set(store.folders())
            with killing(rng.uniform(0, _LONGEST_WAIT_S)) as killed:
                code = measure(("--profile", "smoke", "--runtime", "docker", "--target", ",".join(TARGETS)))
            samples.append(sample())
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
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, patch.dict("os.environ", HARNESS_RESULTS=folder):
        wrong = soak(chosen.minutes, chosen.seed, Path(folder))
    for one in wrong:
        say(f"error: {one}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
