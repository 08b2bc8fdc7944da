"""Measure the noise floor by the length of a slice: the difference between two identical, alternating containers.

    .venv/bin/python benchmarks/precision.py [--json] [--targets gin,flask] [--blocks 6] [--load-s 2] [--connections 32]

In every block two new containers of one target run at the same time and are driven in turns: a round is a slice of
each, in random order. Every length of slice gets the same load time per block. The rounds of all lengths are mixed in
random order, so that all lengths see the same conditions of the machine. The result is the half-width of the A/A
ratio's interval over blocks, for the mean of slices and for the trimmed mean of the rounds' log-ratios, which a run
uses. The rates at each length show whether short slices change them.

It prints the expected duration before it starts. The exit code is 3 without a container engine, and 5 if a request
failed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import interrupts
from harness.analysis.comparison import ratio_interval
from harness.analysis.intervals import CONFIDENCE, LEAST_TRIALS, log_t_interval
from harness.analysis.pairing import round_rates, round_ratio
from harness.analysis.verdicts import Control
from harness.errors import HarnessError, Interrupted, MeasurementError, UsageError
from harness.experiment.environment import plan_cpus
from harness.experiment.loop import new_id
from harness.load.generator import Generator
from harness.manifest import find_all, load_scenarios, load_targets
from harness.measure.equipment import Equipment
from harness.measure.running import running_image
from harness.model import DrivenSlice, Load, LoadKind, Slice, Subject
from harness.runtime.base import Launch
from harness.runtime.docker.containers import DockerRuntime
from harness.store import machine_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from harness.analysis.intervals import Interval
    from harness.load.generator import LoadGenerator
    from harness.model import Target

    Rates = Mapping[float, tuple[NDArray[np.float64], NDArray[np.float64]]]
    """Answers per second of the two copies in one block, round by round, by the length of the slices."""

ROOT = Path(__file__).parents[1]
SCENARIO = "hello"
SLICES_S = (0.03, 0.1, 0.2, 0.5, 1.0, 2.0)
USUAL_S = 0.2  # the slice of the profiles; the rates at other lengths are compared with the rate at this one
DISCARDED = 0.2  # the discarded share of a slice, as in the profiles
MOST_DISCARDED_S = 0.04  # the largest discarded head, as in the profiles
WARMUP_S = 3.0
WARMUP_SLICE_S = 0.5
# Durations of a block besides its load, to estimate the total duration.
START_AND_STOP_S = 1.2
BETWEEN_SLICES_S = 0.005

Copies = tuple[Subject, Subject]
"""A target and its control."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the benchmark.

    Attributes:
        blocks: The number of blocks of each target.
        load_s: The load time of each copy per block and length of slice, to the nearest whole slice.
        connections: The number of connections.
    """

    blocks: int
    load_s: float
    connections: int

    def rounds(self, slice_s: float) -> int:
        """Return the number of slices of a length for one copy in a block."""
        return round(self.load_s / slice_s)

    def expected_s(self) -> float:
        """Return the expected duration of one target, in seconds, without its build."""
        driven_s = sum(self.rounds(slice_s) * (slice_s + BETWEEN_SLICES_S) for slice_s in SLICES_S)
        return self.blocks * 2 * (START_AND_STOP_S + WARMUP_S + driven_s)

    def check(self) -> None:
        """Refuse settings that give no interval or no slice.

        Raises:
            UsageError: A setting is too small.
        """
        for option, value, least, cause in (
            ("--blocks", self.blocks, LEAST_TRIALS, "an interval needs two"),
            ("--load-s", self.load_s, max(SLICES_S), "the longest slice is longer"),
            ("--connections", self.connections, 1, "nothing would be driven"),
        ):
            if not least <= value < math.inf:
                where, remedy = f"{option} {value:g}", f"Use at least {least:g}."
                raise UsageError("too little to measure", where=where, cause=cause, remedy=remedy)


def discarded_s(slice_s: float) -> float:
    """Return the discarded head of a slice, in seconds: as in the profiles, but in proportion for short slices."""
    return min(MOST_DISCARDED_S, DISCARDED * slice_s)


def block_slices(rng: random.Random, copies: Copies, settings: Settings) -> list[Slice]:
    """Return the slices of a block: the rounds of all lengths are mixed, and within each the copies are shuffled."""
    load = Load(LoadKind.CLOSED, settings.connections)
    lengths_s = [slice_s for slice_s in SLICES_S for _ in range(settings.rounds(slice_s))]
    rng.shuffle(lengths_s)
    slices: list[Slice] = []
    for slice_s in lengths_s:
        seed = rng.getrandbits(32)  # both copies have the same seed, so they get the same requests
        for subject in rng.sample(copies, 2):
            slices.append(Slice(len(slices), subject, SCENARIO, load, slice_s, discarded_s(slice_s), seed))
    return slices


def warm_up(copies: Copies, settings: Settings) -> list[Slice]:
    """Return the slices of a warm-up; the copies take turns."""
    load = Load(LoadKind.CLOSED, settings.connections)
    turns = copies * round(WARMUP_S / WARMUP_SLICE_S)
    return [Slice(place, subject, SCENARIO, load, WARMUP_SLICE_S, 0.0, place) for place, subject in enumerate(turns)]


def drive(generator: LoadGenerator, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[DrivenSlice]:
    """Drive slices and yield each with its result.

    Raises:
        MeasurementError: A request failed, or a slice has no counted answer.
    """
    for plan, result in zip(slices, generator.run(slices, urls), strict=True):
        if sum(result.errors.values()) or not result.counted:
            cause = result.first_error or f"no answer in a slice of {plan.duration_s:g} s"
            raise MeasurementError(
                "requests failed", where=str(plan.subject), cause=cause, remedy="Run it on a quiet machine."
            )
        yield DrivenSlice(plan, result)


def run_blocks(equipment: Equipment, target: Target, settings: Settings) -> Iterator[Rates]:
    """Measure the blocks of a target and yield the rates of each; print the progress."""
    rng = random.Random(0)  # noqa: S311 - an order, no secret
    original = Subject(target.name, target.default_variant)
    copies = original, replace(original, is_control=True)
    for number in range(settings.blocks):
        with started(equipment, copies, rng) as urls:
            print(f"{target.name}: driving block {number + 1} of {settings.blocks}", file=sys.stderr, flush=True)  # noqa: T201
            list(drive(equipment.generator, warm_up(copies, settings), urls))
            driven = list(drive(equipment.generator, block_slices(rng, copies, settings), urls))
            equipment.generator.disconnect(list(urls.values()))
        yield rates_of(driven, copies)


@contextmanager
def started(equipment: Equipment, copies: Copies, rng: random.Random) -> Iterator[dict[Subject, str]]:
    """Start a new instance of both copies, in random order; yield their URLs, and stop them at the end."""
    with ExitStack() as ending:
        urls = {}
        for subject in rng.sample(copies, 2):
            image = equipment.images[subject.target]
            running = running_image(
                equipment.runtime, image, equipment.launch, equipment.generator_cpus, subject=subject
            )
            urls[subject] = ending.enter_context(running).url
        yield urls


def rates_of(driven: Sequence[DrivenSlice], copies: Copies) -> Rates:
    """Return the rates of slices by length and copy, in the order of rounds."""

    def of(subject: Subject, slice_s: float) -> NDArray[np.float64]:
        of_copy = (one for one in driven if (one.plan.subject, one.plan.duration_s) == (subject, slice_s))
        [rates] = round_rates(of_copy).values()
        return rates

    return {slice_s: (of(copies[0], slice_s), of(copies[1], slice_s)) for slice_s in SLICES_S}


def rows(blocks: Sequence[Rates], settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the results of a target for each length of slice."""
    usual = _mean_rates(blocks, USUAL_S)
    for slice_s in SLICES_S:
        pairs = [block[slice_s] for block in blocks]
        of_means = ratio_interval([copy.mean() for _, copy in pairs], [original.mean() for original, _ in pairs])
        of_rounds = log_t_interval([float(round_ratio(copy, original)) for original, copy in pairs])
        rates = _mean_rates(blocks, slice_s)
        yield {
            "slice_s": slice_s,
            "discard_s": discarded_s(slice_s),
            "rounds": settings.rounds(slice_s),
            "mean_of_slices": _a_a(of_means),
            "trimmed_log_ratios": _a_a(of_rounds),
            "rate_per_s": asdict(log_t_interval(rates)),
            "rate_over_usual": asdict(ratio_interval(rates, usual)),
        }


def _mean_rates(blocks: Sequence[Rates], slice_s: float) -> list[float]:
    """Return the mean rate of the two copies at a length of slice, one per block."""
    return [float(original.mean() + copy.mean()) / 2 for original, copy in (block[slice_s] for block in blocks)]


def _a_a(ratio: Interval) -> dict[str, Any]:
    control = Control(ratio)
    return asdict(ratio) | {"half_width": control.floor, "contains_one": control.contains_one}


def measure(targets: Mapping[str, Target], settings: Settings) -> dict[str, Any]:
    """Run the benchmark on targets, by their names, and return its document.

    Raises:
        MachineError: No engine answers, or another run is measuring.
        MeasurementError: A request failed.
    """
    cpus = plan_cpus()
    began_s = time.monotonic()
    with ExitStack() as ending:
        ending.enter_context(machine_lock())
        runtime = DockerRuntime.open(new_id("benchmark"))
        ending.callback(runtime.close)
        images = {target.name: runtime.build(target, lambda _line: None) for target in targets.values()}
        scenario = load_scenarios(ROOT)[SCENARIO]
        generator = ending.enter_context(Generator([scenario], cpus.generator, spin=not cpus.shared))
        equipment = Equipment(runtime, generator, images, Launch(cpus.target), cpus.generator)
        found = {
            name: list(rows(list(run_blocks(equipment, target, settings)), settings))
            for name, target in targets.items()
        }
    return {
        "schema": "benchmarks.precision/1",
        **asdict(settings),
        "confidence": CONFIDENCE,
        "usual_slice_s": USUAL_S,
        "targets": found,
        "wall_s": time.monotonic() - began_s,
    }


def table(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of the document's table, in Markdown."""
    lengths = [_length(slice_s) for slice_s in SLICES_S]
    lines = [_line("slice", lengths), f"|---|{'---|' * len(lengths)}"]
    for name, found in document["targets"].items():
        for estimator in ("mean_of_slices", "trimmed_log_ratios"):
            halves = [_half_width(row[estimator]) for row in found]
            lines.append(_line(f"{name}, {estimator.replace('_', ' ')}", halves))
        lines.append(_line(f"{name}, answers per second", [f"{row['rate_per_s']['estimate']:,.0f}" for row in found]))
        ratios = (row["rate_over_usual"] for row in found)
        shares = [f"{one['estimate']:.3f} [{one['low']:.3f}, {one['high']:.3f}]" for one in ratios]
        lines.append(_line(f"{name}, over the rate at {_length(USUAL_S)}", shares))
    return lines


def _half_width(ratio: Mapping[str, Any]) -> str:
    return f"± {100 * ratio['half_width']:.1f} %{'' if ratio['contains_one'] else '*'}"


def _length(slice_s: float) -> str:
    return f"{slice_s:g} s" if slice_s >= 1 else f"{slice_s * 1e3:g} ms"


def _line(head: str, cells: Sequence[str]) -> str:
    return f"| {' | '.join([head, *cells])} |"


def show(document: Mapping[str, Any]) -> None:
    """Print the document as text."""
    what = f"{document['blocks']} blocks, {document['load_s']:g} s of load per copy and length in each block"
    lines = [f"half-width of the A/A ratio at {100 * document['confidence']:g} %; {what}", "", *table(document)]
    if any("*" in line for line in lines):
        lines += ["", "*: the interval excludes 1. This is expected for one interval in 20."]
    print("\n".join(lines))  # noqa: T201


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Measure the noise floor by the length of a slice.")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--targets", default="gin", help="gin, flask or null; several separated by commas")
    parser.add_argument("--blocks", type=int, default=6, help="blocks of each target, at least 2")
    parser.add_argument(
        "--load-s", type=float, default=2.0, help="seconds of load per copy, length and block, at least 2"
    )
    parser.add_argument("--connections", type=int, default=32, help="number of connections")
    return parser.parse_args()


def main() -> int:
    """Run the benchmark and return the exit status."""
    options = parse_options()
    settings = Settings(options.blocks, options.load_s, options.connections)
    try:
        settings.check()
        known = {name.removesuffix("_app"): target for name, target in load_targets(ROOT).items()}
        targets = {name: known[name] for name in find_all("target", options.targets, known)}
        about_min = len(targets) * settings.expected_s() / 60
        print(f"about {about_min:.1f} minutes, without builds", file=sys.stderr)  # noqa: T201
        with interrupts.raising():
            document = measure(targets, settings)
    except Interrupted as error:
        print("interrupted: nothing is left running, and nothing is stored", file=sys.stderr)  # noqa: T201
        return error.exit_code
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    if options.json:
        print(json.dumps(document, indent=1))  # noqa: T201
    else:
        show(document)
    return 0


if __name__ == "__main__":
    sys.exit(main())
