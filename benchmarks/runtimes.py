"""Compare the two runtimes: throughput and cold starts of the same targets in containers and as processes.

    .venv/bin/python benchmarks/runtimes.py [--json] [--blocks 6] [--rounds 10] [--starts 20]

First it measures throughput. In every block both runtimes start new instances of Flask and Gin, and the four instances
take turns slice by slice on the target's core, in random order. Then it measures cold starts: each runtime starts and
stops each target `--starts` times, one after the other. It reports the total time, the spread of the starts, and the
number of late starts. A late start means that a poll interval or a TCP retransmission was measured instead of the
target.

The exit code is 1 if the runtimes differ in a throughput by more than a factor of 1.3 or in the order of the targets, 3
without a container engine, and 5 if a request failed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import interrupts
from harness.analysis.intervals import LEAST_TRIALS, log_t_interval
from harness.analysis.pairing import round_rates, round_ratio
from harness.errors import HarnessError, Interrupted, MeasurementError, UsageError
from harness.experiment.environment import plan_cpus
from harness.experiment.loop import new_id
from harness.load.generator import Generator
from harness.machine_lock import machine_lock
from harness.manifest import load_scenarios, load_targets
from harness.measure.running import running_image
from harness.model import DrivenSlice, Load, LoadKind, Slice, Subject
from harness.runtime.base import Launch
from harness.runtime.choice import RuntimeName, open_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import numpy as np
    from numpy.typing import NDArray

    from harness.load.generator import LoadGenerator
    from harness.measure.running import RunningTarget
    from harness.runtime.base import Image, Runtime

    Rates = Mapping[Subject, NDArray[np.float64]]
    """Answers per second of each contestant in one block, round by round."""

ROOT = Path(__file__).parents[1]
SCENARIO = "hello"
TARGETS = ("flask_app", "gin_app")
RUNTIMES = (RuntimeName.DOCKER, RuntimeName.PROCESS)
MOST_FACTOR = 1.3
LOAD = Load(LoadKind.CLOSED, 32)
SLICE_S = 0.2
DISCARD_S = 0.04
WARMUP_S = 3.0
WARMUP_SLICE_S = 0.5
LATE_S = 0.1  # over the median: the cause is a poll interval or TCP, not the app

# A target on one runtime. The subject's variant is the name of the runtime: both runtimes serve the default variant.
CONTESTANTS = tuple(Subject(target, runtime.value) for target in TARGETS for runtime in RUNTIMES)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the benchmark: blocks of throughput, rounds per block, and starts of each target on each runtime."""

    blocks: int
    rounds: int
    starts: int

    def check(self) -> None:
        """Refuse settings that give no interval or no spread.

        Raises:
            UsageError: A setting is too small.
        """
        for option, value, least in (
            ("--blocks", self.blocks, LEAST_TRIALS),
            ("--rounds", self.rounds, 1),
            ("--starts", self.starts, 2),
        ):
            if value < least:
                cause, remedy = "an interval or a spread needs more", f"Use at least {least}."
                raise UsageError("too little to measure", where=f"{option} {value}", cause=cause, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Setup:
    """The targets, built by both runtimes, and their CPUs.

    Attributes:
        built: The runtime and the image of each contestant.
        launch: The conditions under which instances are started.
        poller: The CPUs of the poller.
    """

    built: Mapping[Subject, tuple[Runtime, Image]]
    launch: Launch
    poller: frozenset[int]

    def running(self, contestant: Subject) -> AbstractContextManager[RunningTarget]:
        """Run a contestant while the context lasts."""
        runtime, image = self.built[contestant]
        return running_image(runtime, image, self.launch, self.poller)


def slices(rng: random.Random, rounds: int) -> list[Slice]:
    """Return the slices of a block: each round has one slice of each contestant, in random order."""
    found: list[Slice] = []
    for _ in range(rounds):
        seed = rng.getrandbits(32)  # all contestants of a round have the same seed, so they get the same requests
        for contestant in rng.sample(CONTESTANTS, len(CONTESTANTS)):
            found.append(Slice(len(found), contestant, SCENARIO, LOAD, SLICE_S, DISCARD_S, seed))
    return found


def warm_up() -> list[Slice]:
    """Return the slices of a warm-up; the contestants take turns."""
    turns = CONTESTANTS * round(WARMUP_S / WARMUP_SLICE_S)
    return [Slice(place, one, SCENARIO, LOAD, WARMUP_SLICE_S, 0.0, place) for place, one in enumerate(turns)]


def drive(generator: LoadGenerator, planned: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[DrivenSlice]:
    """Drive slices and yield each with its result.

    Raises:
        MeasurementError: A request failed.
    """
    for plan, result in zip(planned, generator.run(planned, urls), strict=True):
        if sum(result.errors.values()):
            raise MeasurementError(
                "requests failed",
                where=str(plan.subject),
                cause=str(result.first_error),
                remedy="Run it on a quiet machine.",
            )
        yield DrivenSlice(plan, result)


def run_blocks(setup: Setup, generator: LoadGenerator, settings: Settings) -> Iterator[Rates]:
    """Measure the blocks and yield the rates of each. Every block has new instances, started in random order."""
    rng = random.Random(0)  # noqa: S311 - an order, no secret
    for number in range(settings.blocks):
        with ExitStack() as ending:
            order = rng.sample(CONTESTANTS, len(CONTESTANTS))
            urls = {contestant: ending.enter_context(setup.running(contestant)).url for contestant in order}
            report(f"driving block {number + 1} of {settings.blocks}")
            list(drive(generator, warm_up(), urls))
            driven: dict[Subject, list[DrivenSlice]] = defaultdict(list)
            for one in drive(generator, slices(rng, settings.rounds), urls):
                driven[one.plan.subject].append(one)
            generator.disconnect(list(urls.values()))
        yield {contestant: next(iter(round_rates(own).values())) for contestant, own in driven.items()}


def ratio(blocks: Sequence[Rates], subject: Subject, reference: Subject) -> dict[str, float]:
    """Return the mean ratio of two contestants over blocks, with its interval."""
    return asdict(log_t_interval([float(round_ratio(block[subject], block[reference])) for block in blocks]))


def throughput(blocks: Sequence[Rates]) -> dict[str, Any]:
    """Return the ratio of the runtimes for each target, and the ratio of the targets on each runtime."""
    docker, process = (runtime.value for runtime in RUNTIMES)
    flask, gin = TARGETS
    return {
        "docker_over_process": {
            target: ratio(blocks, Subject(target, docker), Subject(target, process)) for target in TARGETS
        },
        "gin_over_flask": {name: ratio(blocks, Subject(gin, name), Subject(flask, name)) for name in (docker, process)},
    }


def agrees(document: Mapping[str, Any]) -> bool:
    """Return whether the runtimes agree: each target within the factor, and the same target faster on both."""
    factors = [abs(math.log(one["estimate"])) for one in document["docker_over_process"].values()]
    gin_is_faster = {one["estimate"] > 1 for one in document["gin_over_flask"].values()}
    return max(factors) <= math.log(MOST_FACTOR) and len(gin_is_faster) == 1


def time_starts(setup: Setup, contestant: Subject, count: int) -> dict[str, float]:
    """Start and stop a contestant `count` times; return the total time and the spread of the starts, in seconds."""
    report(f"{contestant}: starting {count} times")
    began_s = time.monotonic()
    ready_s = []
    for _ in range(count):
        with setup.running(contestant) as running:
            ready_s.append(running.times.ready_s)
    return {"wall_s": time.monotonic() - began_s, **spread(ready_s)}


def spread(ready_s: Sequence[float]) -> dict[str, float]:
    """Return the spread of starts, in seconds, and the number of late starts."""
    median_s = statistics.median(ready_s)
    return {
        "median_s": median_s,
        "least_s": min(ready_s),
        "most_s": max(ready_s),
        "deviation_s": statistics.stdev(ready_s),
        "late": sum(one_s > median_s + LATE_S for one_s in ready_s),
    }


def measure(settings: Settings) -> dict[str, Any]:
    """Run the benchmark and return its document.

    Raises:
        MachineError: No engine answers, another run is measuring, or a target can't be built as processes here.
        MeasurementError: A request failed.
    """
    cpus = plan_cpus()
    began_s = time.monotonic()
    targets = {name: target for name, target in load_targets(ROOT).items() if name in TARGETS}
    with ExitStack() as ending:
        ending.enter_context(machine_lock())
        built: dict[Subject, tuple[Runtime, Image]] = {}
        for name in RUNTIMES:
            runtime = open_runtime(name, new_id("benchmark"))
            ending.callback(runtime.close)
            for target in targets.values():
                image = runtime.build(target, lambda _line: None)
                built[Subject(target.name, name.value)] = runtime, image
        setup = Setup(built, Launch(cpus.target), cpus.generator)
        with Generator([load_scenarios(ROOT)[SCENARIO]], cpus.generator, spin=not cpus.shared) as generator:
            compared = throughput(list(run_blocks(setup, generator, settings)))
        starts = {str(one): time_starts(setup, one, settings.starts) for one in CONTESTANTS}
    return {
        "schema": "benchmarks.runtimes/1",
        **asdict(settings),
        **compared,
        "cold_starts": starts,
        "versions": {str(one): dict(image.versions) for one, (_, image) in built.items()},
        "wall_s": time.monotonic() - began_s,
    }


def report(text: str) -> None:
    """Print a line of progress on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def show(document: Mapping[str, Any]) -> None:
    """Print the document as text."""
    lines = [f"throughput over {LOAD.connections} connections, {document['blocks']} blocks, 95 % intervals"]
    for title in ("docker_over_process", "gin_over_flask"):
        for name, row in document[title].items():
            lines.append(f"  {f'{title}, {name}':<32} {row['estimate']:.3f} [{row['low']:.3f}, {row['high']:.3f}]")
    lines.append(f"{document['starts']} cold starts of each contestant")
    for name, row in document["cold_starts"].items():
        ready = f"ready after {row['median_s'] * 1e3:.1f} ms, {row['least_s'] * 1e3:.1f} to {row['most_s'] * 1e3:.1f}"
        lines.append(f"  {name:<20} {row['wall_s']:.1f} s in total; {ready}; {row['late']} late")
    for name, versions in document["versions"].items():
        lines.append(f"  {name:<20} {', '.join(f'{what} {version}' for what, version in versions.items())}")
    print("\n".join(lines))  # noqa: T201


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Compare the two runtimes.")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--blocks", type=int, default=6, help="blocks of throughput, at least 2")
    parser.add_argument("--rounds", type=int, default=10, help="slices of each contestant per block")
    parser.add_argument("--starts", type=int, default=20, help="cold starts of each contestant, at least 2")
    return parser.parse_args()


def main() -> int:
    """Run the benchmark and return the exit status."""
    options = parse_options()
    settings = Settings(options.blocks, options.rounds, options.starts)
    try:
        settings.check()
        with interrupts.raising():
            document = measure(settings)
    except Interrupted as error:
        report("interrupted: nothing is left running, and nothing is stored")
        return error.exit_code
    except HarnessError as error:
        report(f"error: {error}")
        return error.exit_code
    if options.json:
        print(json.dumps(document, indent=1))  # noqa: T201
    else:
        show(document)
    return 0 if agrees(document) else 1


if __name__ == "__main__":
    sys.exit(main())
