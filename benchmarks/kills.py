"""Kill the harness at random instants of a short run, and check that `clean` and `--resume` mend what it left.

    .venv/bin/python benchmarks/kills.py --count 200 [--seed 0] [--target null_app]

Each run is one short block of the smoke profile in the process runtime, in a temporary project. SIGKILL comes at an
instant that is drawn evenly from the length of a whole run. Afterwards:

1. the store can be read, and every stored trial is whole;
2. `harness clean` ends with 0, and no process has the run's marks;
3. `harness run --resume` completes the run, and leaves nothing either.

It prints a line for each run, and ends with 1 if anything fell short.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
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

ROOT = Path(__file__).resolve().parents[1]
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

    def started(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the harness."""
        command = [sys.executable, __file__, "--harness", *words]
        environment = os.environ | {
            "HARNESS_RESULTS": str(self.results),
            "HARNESS_LOCK": str(self.project / "lock"),
            "DOCKER_HOST": f"unix://{self.project}/none.sock",
            "PYTHONPATH": str(ROOT),
        }
        with (self.project / "log").open("wb") as log:
            return subprocess.Popen(command, cwd=self.project, env=environment, stdout=log, stderr=log)

    def code(self, *words: str) -> int:
        """Execute a command of the harness and return its exit code."""
        with self.started(*words) as command:
            return command.wait(_RUN_WITHIN_S)

    def run(self) -> subprocess.Popen[bytes]:
        """Start a short run."""
        return self.started("run", "--profile", "smoke", "--runtime", "process", "--target", self.target)


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
    with bench.run() as run:
        try:
            run.wait(after_s)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
    return list(short_of(bench, before))


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200, help="number of kills")
    parser.add_argument("--seed", type=int, default=0, help="fixes the instants")
    parser.add_argument("--target", default="null_app", help="the target of the runs")
    return parser.parse_args(arguments)


def kill(options: argparse.Namespace) -> int:
    """Kill runs at random instants; return the exit code."""
    rng, short = random.Random(options.seed), 0  # noqa: S311 - instants, no secret
    with tempfile.TemporaryDirectory(prefix="harness-kills-") as folder:
        Path(folder).chmod(0o755)
        bench = new_project(Path(folder), options.target)
        began_s = time.monotonic()
        if code := bench.run().wait(_RUN_WITHIN_S):
            sys.exit(f"a run that is not killed exits with {code}: {(bench.project / 'log').read_text()[-1000:]}")
        began_s = time.monotonic()  # the first run also builds
        bench.run().wait(_RUN_WITHIN_S)
        whole_s = time.monotonic() - began_s
        for number in range(options.count):
            after_s = rng.uniform(0, whole_s)
            found = kill_once(bench, after_s)
            short += bool(found)
            sys.stdout.write(
                f"{number + 1} killed after {after_s:.2f} of {whole_s:.2f} s: {'; '.join(found) or 'ok'}\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{options.count - short} of {options.count} ok\n")
    return int(short > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--harness"]:
        del sys.argv[1]
        short_main()
    else:
        sys.exit(kill(parsed(sys.argv[1:])))
