"""Measure the noise floor: by the length of a slice, and by how the same time is shared between blocks and rounds.

    .venv/bin/python benchmarks/precision.py [--json] [--targets gin,flask] [--blocks 6] [--load-s 2.4]
        [--connections 32] [--neighbour]

In every block two new containers of one target run at the same time and are driven in turns: a round is a slice of
each, in random order. Every length of slice gets the same load time per block. The rounds of all lengths are mixed in
random order, so that all lengths see the same conditions of the machine. Head and tail of a slice follow from the
response time that the first block's warm-up shows; a length that leaves less than a third of a slice is not driven.
The result is the half-width of the A/A ratio's interval over blocks, by the trimmed mean of the rounds' log-ratios, as
in a run. The rates at each length show whether short slices change them.

With 12 blocks or more, a second table shares the time of a quick run between more and fewer blocks: each block costs
its starts and its warm-up, so more blocks have fewer rounds. Its half-widths are medians over random choices of the
measured blocks and rounds.

--neighbour disturbs both cores meanwhile (benchmarks/neighbour.py). The expected duration is printed before the start.
The exit code is 3 without a container engine, and 5 if a request failed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness import interrupts
from harness.analysis.comparison import ratio_interval
from harness.analysis.intervals import CONFIDENCE, LEAST_TRIALS, log_t_interval
from harness.analysis.pairing import round_rates, round_ratio
from harness.errors import HarnessError, Interrupted, MeasurementError, UsageError
from harness.experiment.environment import plan_cpus
from harness.experiment.loop import new_id
from harness.experiment.plan import block_plan, expected_s, make_plan, measured_s
from harness.load.generator import Generator
from harness.machine_lock import machine_lock
from harness.manifest import find_all, load_profiles, load_scenarios, load_targets
from harness.measure.closed import draws
from harness.measure.equipment import Equipment
from harness.measure.responses import learn
from harness.measure.running import running_image
from harness.measure.timing import HEAD_RESPONSES, TAIL_RESPONSES, SliceTiming, planned_rounds
from harness.model import DrivenSlice, Load, LoadKind, Slice, Subject
from harness.runtime.base import Launch
from harness.runtime.docker.containers import DockerRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from harness.load.generator import LoadGenerator
    from harness.model import Profile, Target

    Rates = Mapping[float, tuple[NDArray[np.float64], NDArray[np.float64]]]
    """Answers per second of the two copies in one block, round by round, by the length of the slices."""

ROOT = Path(__file__).parents[1]
SCENARIO = "hello"
SLICES_S = (0.03, 0.06, 0.1, 0.2, 0.5, 1.0, 2.0)
USUAL_S = 0.1  # the slice of the profiles; the rates at other lengths are compared with the rate at this one
DISCARDED = 1 / 3  # the discarded share of a short slice
MOST_DISCARDED_S = 0.03  # the head of a slice in the profiles, for fast answers
LEAST_COUNTED = 1 / 3  # of a slice
SPLITS = (6, 8, 10, 12)  # numbers of blocks that share the time of a quick run
DRAWS = 400
WARMUP_S = 3.0
WARMUP_SLICE_S = 0.5
# Durations of a block besides its load, to estimate the total duration.
START_AND_STOP_S = 1.2
BETWEEN_SLICES_S = 0.005
DASH = "\N{EN DASH}"

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


def timing(slice_s: float, longest_s: float) -> SliceTiming | None:
    """Return head and tail of slices of this length, for a longest response time; None if too little is left."""
    head_s = max(HEAD_RESPONSES * longest_s, min(MOST_DISCARDED_S, DISCARDED * slice_s))
    counted_s = slice_s - head_s - TAIL_RESPONSES * longest_s
    return SliceTiming(slice_s, head_s, TAIL_RESPONSES * longest_s) if counted_s >= LEAST_COUNTED * slice_s else None


def block_slices(
    rng: random.Random, copies: Copies, settings: Settings, lengths: Sequence[SliceTiming], residual_s: Sequence[float]
) -> list[Slice]:
    """Return the slices of a block: the rounds of all lengths are mixed, and within each the copies are shuffled."""
    load = Load(LoadKind.CLOSED, settings.connections)
    mixed = [one for one in lengths for _ in range(settings.rounds(one.duration_s))]
    rng.shuffle(mixed)
    slices: list[Slice] = []
    for one in mixed:
        for subject, seed in draws(rng, copies, 1):
            plan = Slice(len(slices), subject, SCENARIO, load, one.duration_s, one.discard_s, seed)
            slices.append(replace(plan, starts_s=one.starts_s(residual_s), tail_s=one.tail_s))
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
    lengths: list[SliceTiming] = []
    for number in range(settings.blocks):
        with started(equipment, copies, rng) as urls:
            print(f"{target.name}: driving block {number + 1} of {settings.blocks}", file=sys.stderr, flush=True)  # noqa: T201
            shown = learn(drive(equipment.generator, warm_up(copies, settings), urls)).values()
            # the first block decides, so that all blocks have the same lengths
            longest_s = max(time.longest_s for time in shown)
            lengths = lengths or [one for slice_s in SLICES_S if (one := timing(slice_s, longest_s)) is not None]
            residual_s = max(shown, key=lambda time: time.longest_s).residual_s
            slices = block_slices(rng, copies, settings, lengths, residual_s)
            driven = list(drive(equipment.generator, slices, urls))
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

    lengths_s = sorted({one.plan.duration_s for one in driven})
    return {slice_s: (of(copies[0], slice_s), of(copies[1], slice_s)) for slice_s in lengths_s}


def rows(blocks: Sequence[Rates]) -> Iterator[dict[str, Any]]:
    """Yield the results of a target for each length of slice."""
    usual = _mean_rates(blocks, USUAL_S if USUAL_S in blocks[0] else min(blocks[0]))
    for slice_s in blocks[0]:
        pairs = [block[slice_s] for block in blocks]
        of_rounds = log_t_interval([float(round_ratio(copy, original)) for original, copy in pairs])
        rates = _mean_rates(blocks, slice_s)
        yield {
            "slice_s": slice_s,
            "rounds": len(pairs[0][0]),
            "trimmed_log_ratios": asdict(of_rounds)
            | {"half_width": of_rounds.half_width, "contains_one": of_rounds.low <= 1 <= of_rounds.high},
            "rate_per_s": asdict(log_t_interval(rates)),
            "rate_over_usual": ratio_interval(rates, usual).estimate,
        }


def splits(profile: Profile) -> dict[int, int]:
    """Return the rounds of the headline level for each number of blocks that shares the time of a run.

    The run has two targets, a control and the null target. Starts and warm-up take the same time in every block.
    """
    targets = Subject("one", "a"), Subject("other", "a")
    control, ceiling = replace(targets[0], is_control=True), Subject("null", "a")
    plan = make_plan(profile, targets, profile.scenarios, 0, "docker", ceiling=ceiling, control=control)
    block_s = expected_s(plan) / profile.blocks
    load_s = measured_s(block_plan(plan, 1))
    rounds_per_s = planned_rounds(profile, is_headline=True) / load_s
    return {blocks: int(rounds_per_s * (load_s + block_s * profile.blocks / blocks - block_s)) for blocks in SPLITS}


def split_rows(blocks: Sequence[Rates], rounds: Mapping[int, int]) -> Iterator[dict[str, Any]]:
    """Yield the median half-width for each number of blocks, with slices of usual length."""
    logs = [np.log(copy / original) for original, copy in (block[USUAL_S] for block in blocks)]
    rng = np.random.default_rng(0)
    for count, of_each in rounds.items():
        taken = min(of_each, *(len(of_block) for of_block in logs))
        halves = []
        for _ in range(DRAWS):
            chosen = rng.choice(len(logs), count, replace=False)
            drawn = [rng.choice(logs[block], taken, replace=False) for block in chosen]
            ratios = [float(round_ratio(np.exp(one), np.ones(taken))) for one in drawn]
            halves.append(log_t_interval(ratios).half_width)
        yield {"blocks": count, "rounds": of_each, "rounds_drawn": taken, "half_width": float(np.median(halves))}


def _mean_rates(blocks: Sequence[Rates], slice_s: float) -> list[float]:
    """Return the mean rate of the two copies at a length of slice, one per block."""
    return [float(original.mean() + copy.mean()) / 2 for original, copy in (block[slice_s] for block in blocks)]


def measure(targets: Mapping[str, Target], settings: Settings) -> dict[str, Any]:
    """Run the benchmark on targets, by their names, and return its document.

    Raises:
        MachineError: No engine answers, or another run is measuring.
        MeasurementError: A request failed.
    """
    cpus = plan_cpus()
    with ExitStack() as ending:
        ending.enter_context(machine_lock())
        runtime = DockerRuntime.open(new_id("benchmark"))
        ending.callback(runtime.close)
        images = {target.name: runtime.build(target, lambda _line: None) for target in targets.values()}
        scenario = load_scenarios(ROOT)[SCENARIO]
        generator = ending.enter_context(Generator([scenario], cpus.generator, spin=not cpus.shared))
        equipment = Equipment(runtime, generator, images, Launch(cpus.target), cpus.generator)
        measured = {name: list(run_blocks(equipment, target, settings)) for name, target in targets.items()}
    shares = splits(load_profiles()["quick"]) if settings.blocks >= max(SPLITS) else {}
    usual = {name: blocks for name, blocks in measured.items() if USUAL_S in blocks[0]}
    return {
        "schema": "benchmarks.precision/2",
        **asdict(settings),
        "confidence": CONFIDENCE,
        "usual_slice_s": USUAL_S,
        "targets": {name: list(rows(blocks)) for name, blocks in measured.items()},
        "splits": {name: list(split_rows(blocks, shares)) for name, blocks in usual.items() if shares},
    }


def table(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of the document's table by length, in Markdown; a length that was not driven has a dash."""
    lines = [_line("slice", [_length(slice_s) for slice_s in SLICES_S]), f"|---|{'---|' * len(SLICES_S)}"]
    texts: tuple[tuple[str, Callable[[Any], str]], ...] = (
        ("trimmed log ratios", lambda row: _half_width(row["trimmed_log_ratios"])),
        ("answers per second", lambda row: f"{row['rate_per_s']['estimate']:,.0f}"),
        (f"over the rate at {_length(USUAL_S)}", lambda row: f"{row['rate_over_usual']:.3f}"),
    )
    for name, found in document["targets"].items():
        of_length = {row["slice_s"]: row for row in found}
        for title, cell in texts:
            cells = [cell(of_length[slice_s]) if slice_s in of_length else DASH for slice_s in SLICES_S]
            lines.append(_line(f"{name}, {title}", cells))
    return lines


def split_table(document: Mapping[str, Any]) -> list[str]:
    """Return the lines of the table by number of blocks, in Markdown."""
    found = document["splits"]
    first = next(iter(found.values()))
    lines = [_line("blocks", [f"{row['blocks']}" for row in first]), f"|---|{'---|' * len(first)}"]
    lines.append(_line("rounds a block", [f"{row['rounds']}" for row in first]))
    for name, of_target in found.items():
        halves = [f"\N{PLUS-MINUS SIGN} {100 * row['half_width']:.2f} %" for row in of_target]
        lines.append(_line(f"{name}, trimmed log ratios", halves))
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
    if document["splits"]:
        lines += ["", "median half-width in the time of a quick run, by blocks", "", *split_table(document)]
    print("\n".join(lines))  # noqa: T201


@contextmanager
def disturbed(most_s: float) -> Iterator[None]:
    """Disturb all cores while the context lasts, but no longer than this time or an hour."""
    program = Path(__file__).with_name("neighbour.py")
    process = subprocess.Popen([sys.executable, str(program), "--seconds", f"{min(most_s, 3600.0)}"])
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description="Measure the noise floor by the length of a slice.")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--targets", default="gin", help="gin, flask or null; several separated by commas")
    parser.add_argument("--blocks", type=int, default=6, help="blocks of each target, at least 2")
    parser.add_argument("--neighbour", action="store_true", help="disturb both cores, half of the time")
    parser.add_argument(
        "--load-s", type=float, default=2.4, help="seconds of load per copy, length and block, at least 2"
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
        with interrupts.raising(), disturbed(2 * 60 * about_min) if options.neighbour else nullcontext():
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
