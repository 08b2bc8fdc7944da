"""Kill the harness at random instants of a short run, and check that `clean` and `--resume` mend what it left.

    .venv/bin/python benchmarks/kills.py --count 200 [--jobs 2] [--seed 0] [--target null_app]

Each run is one short block of the smoke profile in the process runtime, in a temporary project. SIGKILL comes at an
instant that is drawn evenly from the length of a whole run. Afterwards:

1. the store can be read, and every stored trial is whole;
2. `harness clean` ends with 0, no process has the run's marks, and no temporary file is left in the results;
3. `harness run --resume` completes the run, and leaves nothing either.

Each command is a process of its own, forked from one that has imported the harness: an import takes longer than all
that such a run does, and nothing can be lost in it. Jobs work beside each other, each in a project of its own.

It prints a line for each run, and ends with 1 if anything fell short.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import pkgutil
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from harness.cli import main
from harness.errors import HarnessError
from harness.manifest import load_profiles
from harness.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.context import ForkProcess

ROOT = Path(__file__).resolve().parents[1]
_FORKS = multiprocessing.get_context("fork")
_RUN_WITHIN_S = 300.0
_ENDS_WITHIN_S = 15.0


def short_main() -> None:
    """Execute a command of the harness with a short smoke profile: one block, one scenario, one start."""
    smoke = replace(
        load_profiles()["smoke"],
        blocks=1,
        scenarios=("hello",),
        connections=(1,),
        level_s=0.2,
        warmup_s=0.1,
        cold_starts=1,
        open_rates_per_s=(),
    )
    with patch("harness.manifest.load_profiles", return_value={"smoke": smoke}):
        main()


@dataclass(frozen=True)
class Bench:
    """A temporary project, and the commands in it."""

    project: Path
    target: str

    @property
    def results(self) -> Path:
        """The folder of its runs."""
        return self.project / "results"

    @contextmanager
    def started(self, *words: str) -> Iterator[ForkProcess]:
        """Start a command of the harness; kill it at the end of the context if it still runs."""
        command = _FORKS.Process(target=self.execute, args=words)
        command.start()
        try:
            yield command
        finally:
            command.kill()
            command.join()

    def execute(self, *words: str) -> None:
        """Execute a command of the harness in this process, which then has the project's variables and its log."""
        log = os.open(self.project / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for output in (1, 2):
            os.dup2(log, output)
        os.close(log)
        os.chdir(self.project)
        os.environ |= {
            "HARNESS_RESULTS": str(self.results),
            "HARNESS_LOCK": str(self.project / "lock"),
            "DOCKER_HOST": f"unix://{self.project}/none.sock",
            "PYTHONPATH": str(ROOT),
        }
        sys.argv = ["harness", *words]
        short_main()

    def code(self, *words: str) -> int | None:
        """Execute a command of the harness and return its exit code; None if it took too long."""
        with self.started(*words) as command:
            command.join(_RUN_WITHIN_S)
            return command.exitcode

    @property
    def run(self) -> tuple[str, ...]:
        """The command that makes a short run."""
        return "run", "--profile", "smoke", "--runtime", "process", "--target", self.target


def new_project(folder: Path, target: str) -> Bench:
    """Make a project with one target of this one."""
    (folder / "project.toml").write_text(f'title = "Kills"\nreference = "{target}"\ntargets = ["{target}"]\n')
    for name in ("scenarios", f"targets/{target}"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).symlink_to(ROOT / name)
    return Bench(folder, target)


def marked(run_id: str) -> list[str]:
    """Return the processes with a run's marks."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"HARNESS_RUN={run_id}".encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


def left_of(run_id: str) -> list[str]:
    """Return the processes with a run's marks that do not end by themselves."""
    deadline_s = time.monotonic() + _ENDS_WITHIN_S
    while (left := marked(run_id)) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return left


def short_of(bench: Bench, before: set[str]) -> Iterator[str]:
    """Yield what fell short after a kill: of the store, of `clean`, and of `--resume`."""
    new = {path.parent.name for path in bench.results.glob("*/run.json")} - before
    if code := bench.code("clean"):
        yield f"clean exited with {code}: {(bench.project / 'log').read_text()[-300:]}"
    if files := [path.name for path in bench.results.rglob(".*")]:
        yield f"clean left the files {', '.join(files)}"
    for name in new:
        if left := marked(name):
            yield f"clean left the processes {', '.join(left)}"
        try:
            _, stored = Store(bench.results).load(name)
        except HarnessError as error:
            yield f"the store can't be read: {error}"
            continue
        if stored.run.status.value == "complete":
            continue
        code = bench.code("run", "--resume", name)
        _, stored = Store(bench.results).load(name)
        if code or stored.run.status.value != "complete":
            log = (bench.project / "log").read_text()[-300:]
            yield f"--resume exited with {code}, and the run is {stored.run.status.value}: {log}"
        if left := left_of(name):
            yield f"--resume left the processes {', '.join(left)}"


def kill_once(bench: Bench, after_s: float) -> list[str]:
    """Kill a run after a time, and return what fell short."""
    before = {path.parent.name for path in bench.results.glob("*/run.json")}
    with bench.started(*bench.run) as run:
        run.join(after_s)
    return list(short_of(bench, before))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="number of kills")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="runs beside each other")
    parser.add_argument("--seed", type=int, default=0, help="fixes the instants")
    parser.add_argument("--target", default="null_app", help="the target of the runs")
    return parser.parse_args(arguments)


def import_rooms() -> None:
    """Import what a run imports, apart from the generator's side, which only the generator's process may import."""
    for room in ("harness.analysis", "harness.commands", "harness.experiment", "harness.measure", "harness.runtime"):
        found = pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}.")
        for name in [module.name for module in found]:
            importlib.import_module(name)


@contextmanager
def new_bench(target: str) -> Iterator[tuple[Bench, float]]:
    """Yield a bench whose target is built, and how long a run takes there that is not killed, in seconds."""
    with tempfile.TemporaryDirectory(prefix="harness-kills-") as folder:
        Path(folder).chmod(0o755)
        bench = new_project(Path(folder), target)
        began_s = time.monotonic()
        if code := bench.code(*bench.run):
            sys.exit(f"a run that is not killed exits with {code}: {(bench.project / 'log').read_text()[-1000:]}")
        yield bench, time.monotonic() - began_s


def job(number: int, options: argparse.Namespace) -> None:
    """Kill this job's share of the runs; exit with 1 if anything fell short."""
    rng, short = random.Random(f"{options.seed}.{number}"), 0  # noqa: S311 - instants, no secret
    with new_bench(options.target) as (bench, whole_s):
        for kill in range(number, options.count, options.jobs):
            after_s = rng.uniform(0, whole_s)
            found = kill_once(bench, after_s)
            short += bool(found)
            sys.stdout.write(f"{kill + 1} killed after {after_s:.2f} of {whole_s:.2f} s: {'; '.join(found) or 'ok'}\n")
            sys.stdout.flush()
    sys.exit(int(short > 0))


def kill(options: argparse.Namespace) -> int:
    """Kill runs at random instants, in jobs beside each other; return the exit code."""
    import_rooms()
    with new_bench(options.target):  # builds the target: the jobs find it in the cache
        began_s = time.monotonic()
    jobs = [_FORKS.Process(target=job, args=(number, options)) for number in range(options.jobs)]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    sys.stdout.write(f"{options.count} kills in {time.monotonic() - began_s:.0f} s\n")
    return int(any(one.exitcode for one in jobs))


if __name__ == "__main__":
    sys.exit(kill(parsed(sys.argv[1:])))
