"""What stands behind the numbers: warnings and failures, environment, method, and how to measure them again.

Everything is taken from the stored run; the thresholds that the method states are those that the code goes by.
"""

from __future__ import annotations

import math
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from harness.analysis.comparison import EQUIVALENCE
from harness.analysis.headlines import HEADLINES
from harness.analysis.summary import CEILING_TOO_NEAR
from harness.measure.capacity import GENERATOR_BUSY, TARGET_BUSY
from harness.measure.latency import PERCENTILES
from harness.metrics.catalogue import Family, connections_of, parse
from harness.metrics.words import WORDS, percentile, phrase_of, sort_key, title_of
from harness.model import Bound, LoadKind, RunStatus
from harness.report.tables import pair_name
from harness.report.wording import (
    BOUND_MEANINGS,
    BOUND_WORDS,
    DASH,
    counted,
    duration,
    listed,
    percentage,
    rate_spelled,
    reason_of,
    scaled,
    spelled,
)
from harness.runtime.choice import RuntimeName
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.report.material import Material


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning, and everything that it concerns."""

    text: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """What stopped a target, and when."""

    subject: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with its value or its definition."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Step:
    """One rule of the protocol, under the word that it explains."""

    term: str
    text: str


def status_sentence(material: Material) -> str | None:
    """Say that a run did not come to its end, or not to its precision; None for a complete one."""
    run = material.summary.run
    if run.status is RunStatus.COMPLETE:
        missed = run.stopped.missed if run.stopped is not None else ()
        return f"Precision not reached in {counted(material.blocks, 'block')}: {'; '.join(missed)}." if missed else None
    said = {RunStatus.INTERRUPTED: "was interrupted", RunStatus.FAILED: "failed"}.get(run.status, "has not ended")
    planned = counted(len(run.plan.orders), "planned block")
    return f"This run {said}; it has numbers from {material.blocks} of {planned}."


def warnings(material: Material) -> tuple[Warned, ...]:
    """Collect the warnings of the run, its results and comparisons, each once with everything that it concerns."""
    places: dict[str, dict[str, None]] = {}
    for text, place in _warned(material):
        places.setdefault(text, {})[place] = None
    return tuple(Warned(text, tuple(where)) for text, where in places.items())


def _warned(material: Material) -> Iterator[tuple[str, str]]:
    for found in material.summary.run.setup_differences:
        yield from ((found.message, material.name_of(subject)) for subject in found.subjects)
    for result in material.contested_results():
        for text in result.warnings:
            yield text, _place(material.name_of(result.subject), result.metric, result.scenario)
    for comparison in material.summary.comparisons:
        pair = (comparison.subject, comparison.reference)
        for text in comparison.warnings if pair in material.pairs else ():
            yield text, _place(pair_name(material, pair), comparison.metric, comparison.scenario)


def _place(name: str, metric: str, scenario: str | None) -> str:
    return ", ".join(part for part in (name, phrase_of(metric), scenario) if part)


def failures(material: Material) -> tuple[Failed, ...]:
    """List everything that stopped a target: before the blocks, and within them."""
    found = dict.fromkeys(material.summary.run.failures)
    found |= {trial.failure: None for trial in material.stored.trials if trial.failure}
    return tuple(Failed(material.name_of(f.subject), f.stage, f.message.strip()) for f in found)


def machine_line(material: Material) -> str:
    """Describe the machine in half a line, with what the environment says of it; empty if it says nothing."""
    machine = _section(material, "machine")
    runtime = _section(material, "runtime")
    name, cpus, memory = material.summary.run.plan.runtime, machine.get("cpus"), machine.get("memory_bytes")
    cores = f"{cpus} \N{MULTIPLICATION SIGN} " if isinstance(cpus, int) and machine.get("cpu") else ""
    parts = (
        f"{cores}{machine['cpu']}" if machine.get("cpu") else None,
        human(memory, Unit.BYTE, digits=2) if isinstance(memory, int | float) else None,
        "without containers" if name == RuntimeName.PROCESS else f"{name} {runtime.get('engine', '')}".rstrip(),
    )
    return ", ".join(part for part in parts if part)


def _section(material: Material, name: str) -> Mapping[str, object]:
    found = material.summary.run.environment.get(name)
    return found if isinstance(found, Mapping) else {}


def environment(material: Material) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """Flatten the environment into titled groups; plain values at its top go into one group in front."""
    groups: dict[str, Iterable[Entry]] = {}
    plain: dict[str, object] = {}
    for name, value in material.summary.run.environment.items():
        if not isinstance(value, Mapping):
            plain[name] = value
        elif name == "images":
            groups |= {f"image of {material.title_of(target)}": _entries(image) for target, image in value.items()}
        else:
            groups[_words(name)] = _entries(value)
    groups = {"run": (*_run_entries(material), *_entries(plain))} | groups
    return tuple((name, found) for name, entries in groups.items() if (found := tuple(entries)))


def _run_entries(material: Material) -> Iterator[Entry]:
    run = material.summary.run
    yield Entry("id", run.id)
    yield Entry("started", run.started_at)
    yield Entry("took", f"{duration(run.wall_s)}, of these {duration(run.measured_s)} in counted slices")
    yield Entry("profile", run.plan.profile.name)
    yield Entry("seed", str(run.plan.seed))


def _entries(values: Mapping[str, object]) -> Iterator[Entry]:
    for name, value in values.items():
        if name == "versions" and isinstance(value, Mapping):
            yield from (Entry(package, str(version)) for package, version in value.items())
        elif isinstance(value, Mapping):
            yield from (Entry(f"{_words(name)}: {entry.name}", entry.value) for entry in _entries(value))
        else:
            yield Entry(_words(name.removesuffix("_bytes")), _value(name, value))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _value(name: str, value: object) -> str:
    if value is None or value in ("", [], ()) or (isinstance(value, float) and not math.isfinite(value)):
        return f"{DASH} (not known)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and name.endswith("_bytes"):
        return human(value, Unit.BYTE)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(name, part) for part in value)
    digest = re.fullmatch(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", str(value))
    return f"{digest[1]}\N{HORIZONTAL ELLIPSIS}" if digest else str(value)


def definitions(material: Material) -> tuple[tuple[Family, tuple[Entry, ...]], ...]:
    """Return the definitions of all metrics that the run has results of, by family."""
    names = sorted({result.metric for result in material.summary.results}, key=sort_key)
    metrics = dict.fromkeys(named.metric for name in names if (named := parse(name)))
    return tuple(
        (family, tuple(Entry(metric.pattern, WORDS[metric].definition) for metric in of_family))
        for family, of_family in groupby(metrics, key=lambda metric: metric.family)
    )


def protocol(material: Material) -> tuple[Step, ...]:
    """Say how the run measured, with the numbers of its own plan."""
    run = material.summary.run
    plan, profile = run.plan, run.plan.profile
    blocks = run.stopped.blocks if run.stopped is not None else len(plan.orders)
    levels = listed([f"{level:,}" for level in profile.connections])
    others = [name for name in plan.scenarios[1:] if name in plan.scenarios]
    rates = listed([rate_spelled(rate) for rate in profile.open_rates_per_s])
    beside = f"; {listed(others)} at {profile.other_connections:,}" if others else ""
    opened = (
        f"Open load: Poisson arrivals at {rates}, in slices of {profile.open_slice_s:g} s of which the first "
        f"{profile.open_discard_s:g} s are not counted."
        if rates
        else "This profile has no open load."
    )
    return (
        Step(
            "Verified first",
            "Before it is measured, every target must answer rightly: status, headers and body, a random path value "
            "given back, a Date that moves. A target that answers wrongly has no numbers.",
        ),
        Step(
            "Blocks",
            f"{counted(blocks, 'block')}; in each, every target gets one fresh instance, in an order drawn "
            f"from the seed, and {profile.warmup_s:g} s of warm-up that nobody counts.",
        ),
        Step(
            "Slices that alternate",
            f"Closed load: {profile.slice_s:g} s a slice, of which the first {profile.discard_s:g} s are not counted. "
            f"{_slices_driven(material)} The targets alternate in random order, so that all meet the same conditions "
            f"of the machine. Scenario {plan.scenarios[0]} is driven "
            f"over {levels} connections{beside}. {opened}",
        ),
        Step(
            "Cold starts",
            f"{counted(profile.cold_starts, 'timed start')} of each target in each block, after "
            f"{counted(profile.discarded_starts, 'start')} in the first block that nobody counts.",
        ),
    )


def _slices_driven(material: Material) -> str:
    """Return a sentence with the number of closed-load slices of the headline scenario in a trial, level by level."""
    levels: dict[int, Counter[int]] = defaultdict(Counter)
    for trial in material.stored.trials:
        loads = [one.plan.load for one in trial.slices if one.plan.scenario == material.headline]
        for level, slices in Counter(load.connections for load in loads if load.kind is LoadKind.CLOSED).items():
            levels[level][slices] += 1
    by_count: dict[int, list[str]] = defaultdict(list)
    for level, counts in sorted(levels.items()):
        by_count[counts.most_common(1)[0][0]].append(f"{level:,}")
    said = [f"{counted(count, 'slice')} at {listed(of)}" for count, of in sorted(by_count.items(), reverse=True)]
    return f"In each block each target has {listed(said)} connections." if said else "No slice of it is stored."


def statistics(material: Material) -> tuple[Step, ...]:
    """Say what intervals, ratios and percentiles mean here."""
    level = f"{percentage(material.confidence)} " if material.confidence else ""
    samples = listed([f"{percentile(quantile)} {quantile.least_samples:,}" for quantile in PERCENTILES])
    return (
        Step(
            "Intervals",
            f"In brackets: {level}intervals, by Student's t on the logarithms of the blocks' values. A block counts as "
            "one value, however many requests stand behind it.",
        ),
        Step(
            "Ratios",
            "Paired: the ratio is taken within each block, and this is their geometric mean. Two are called "
            f"equivalent where the whole interval lies within {percentage(EQUIVALENCE)} of one; p is that of an exact "
            "sign-flip test.",
        ),
        Step(
            "Several at once",
            f"What is claimed of the headlines is held against their number, by Holm's method: {HEADLINES}, of every "
            "target over the reference. Any other claim rests on its own interval alone.",
        ),
        Step("Percentiles", f"Given only with enough samples a trial: {samples}."),
    )


def bounds() -> tuple[Step, ...]:
    """Say what each bound means, and from where on it is called so."""
    limits = {
        Bound.TARGET: f" (more than {percentage(TARGET_BUSY)} of its CPU time, and the generator had time left)",
        Bound.GENERATOR: f" (in any block it was busy {percentage(GENERATOR_BUSY)} of the time or more, or the "
        f"throughput is above {percentage(CEILING_TOO_NEAR)} of the machine's ceiling)",
        Bound.NEITHER: "",
    }
    return tuple(Step(BOUND_WORDS[bound], BOUND_MEANINGS[bound].format(limit=limits[bound])) for bound in Bound)


def noise_floor(material: Material) -> tuple[Entry, ...]:
    """List the half-width of the A/A ratio of each metric that the run knows it of."""
    floor = material.summary.noise_floor
    known = (metric for metric in sorted(floor, key=sort_key) if math.isfinite(floor[metric]))
    return tuple(Entry(phrase_of(metric), percentage(floor[metric])) for metric in known)


def ceiling(material: Material) -> tuple[Entry, ...]:
    """List what the machine itself reaches with the null target at each level; empty without one."""
    mine = (r for r in material.summary.results if r.subject == material.ceiling and r.scenario == material.headline)
    levels = sorted((r for r in mine if connections_of(r.metric)), key=lambda result: sort_key(result.metric))
    return tuple(Entry(title_of(r.metric), spelled(r) if scaled(r) else f"{DASH} ({reason_of(r)})") for r in levels)


def command(material: Material) -> str:
    """Return the command that measures the same again."""
    plan = material.summary.run.plan
    words = ["harness", "run", "--profile", plan.profile.name, "--runtime", plan.runtime, "--seed", str(plan.seed)]
    for subject in plan.subjects:
        words += ["--target", str(subject)]
    if plan.scenarios != plan.profile.scenarios:
        for scenario in plan.scenarios:
            words += ["--scenario", scenario]
    return shlex.join(words)
