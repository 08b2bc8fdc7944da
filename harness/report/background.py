"""The background of the numbers: the state of the run, its failures, environment and method.

All facts come from the stored run. The thresholds in the method's text are the constants that the code uses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from harness.analysis.comparison import EQUIVALENCE
from harness.analysis.headlines import HEADLINES
from harness.analysis.steady import LEAST_POWER, TESTED_DRIFT
from harness.analysis.summary import CEILING_TOO_NEAR
from harness.measure.capacity import GENERATOR_BUSY, TARGET_BUSY
from harness.metrics.catalogue import Family, connections_of, parse
from harness.metrics.names import PERCENTILES
from harness.metrics.words import WORDS, enumeration, form_of, percentile, phrase_of, sort_key, title_of
from harness.model import LEAST_RANKED, Bound, RunStatus, Steadiness, short_digests
from harness.report.answer import noisy_advice
from harness.report.ranks import RANK_MEANING
from harness.report.wording import (
    BOUND_MEANINGS,
    BOUND_WORDS,
    DASH,
    duration,
    fixed_percentage,
    percentage,
    reason_of,
    scaled,
    spelled,
)
from harness.runtime.choice import RuntimeName
from harness.units import Unit, counted, human, part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.model import CoreSpeed
    from harness.report.material import Material


@dataclass(frozen=True, slots=True)
class Failed:
    """A failure of a target, with the stage at which it failed."""

    subject: str
    stage: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A name with its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric in words, the pattern of its names in machines' formats, and what it means."""

    title: str
    pattern: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Step:
    """A term with its explanation."""

    term: str
    text: str


def status_sentence(material: Material) -> str | None:
    """Return what a reader must know first: the run is incomplete, partial, invalid, noisy or missed its precision.

    None for any other run.
    """
    return " ".join([*_end_of_run(material), *material.doubts.values(), *noisy_advice(material)]) or None


def _end_of_run(material: Material) -> Iterator[str]:
    run = material.summary.run
    if run.status is RunStatus.COMPLETE:
        missed = run.stopped.missed if run.stopped is not None else ()
        if missed:
            yield f"Precision not reached in {counted(material.blocks, 'block')}: {'; '.join(missed)}."
        return
    end = {RunStatus.INTERRUPTED: "was interrupted", RunStatus.FAILED: "failed"}.get(run.status, "has not ended")
    planned = counted(len(run.plan.orders), "planned block")
    yield f"This run {end}; it has numbers from {material.blocks} of {planned}."


def subtitle(material: Material) -> str:
    """Return date, machine and CPUs: `Measured on 2026-11-24 on 2 × AMD EPYC, docker 20.10; one CPU each`."""
    machine = machine_line(material)
    where = f" on {machine}" if machine else ""
    return f"Measured on {material.summary.run.started_at[:10]}{where}; {material.plan.cpus_each}"


def failures(material: Material) -> tuple[Failed, ...]:
    """Return all failures of targets, before and within the blocks, each once."""
    unique = dict.fromkeys(material.summary.run.failures)
    unique |= {trial.failure: None for trial in material.stored.trials if trial.failure}
    shown = (failure for failure in unique if material.is_shown(failure.subject.target))
    return tuple(Failed(material.name_of(f.subject), f.stage, f.message.strip()) for f in shown)


def machine_line(material: Material) -> str:
    """Return a short description of machine and runtime; parts that the environment lacks are left out."""
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
    section = material.summary.run.environment.get(name)
    return section if isinstance(section, Mapping) else {}


def environment(material: Material) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """Return the environment as titled groups of entries; the values at its top level go into the first group."""
    groups: dict[str, Iterable[Entry]] = {}
    plain: dict[str, object] = {}
    for name, value in material.summary.run.environment.items():
        if not isinstance(value, Mapping):
            plain[name] = value
        elif name == "images":
            shown = (target for target in value if material.is_shown(target) or material.is_null(target))
            groups |= {f"image of {material.title_of(target)}": _entries(value[target]) for target in shown}
        else:
            groups[_words(name)] = _entries(value)
    groups = {"run": (*_run_entries(material), *_entries(plain))} | groups
    return tuple((name, listing) for name, entries in groups.items() if (listing := tuple(entries)))


def _run_entries(material: Material) -> Iterator[Entry]:
    run = material.summary.run
    yield Entry("id", run.id)
    yield Entry("started", run.started_at)
    yield Entry("duration", f"{duration(run.wall_s)}, including {duration(run.measured_s)} of counted slices")
    yield Entry("profile", run.plan.profile.name)
    yield Entry("seed", str(run.plan.seed))
    if run.core_speed is not None:
        yield Entry("speed of the target's core", core_speed_sentence(run.core_speed))


def core_speed_sentence(speed: CoreSpeed) -> str:
    """Return the spread of the core's speed, and whether it has two modes, as a line of text."""
    median, low, high = (human(value, Unit.SECOND) for value in (speed.median_s, speed.low_s, speed.high_s))
    spread = f"the same work took {median} of CPU time; 90 % of {speed.readings} readings from {low} to {high}"
    if speed.modes is None:
        return f"{spread}; too few readings to tell one mode from two"
    if len(speed.modes) == 1:
        return f"{spread}; one mode"
    modes = " and ".join(f"{human(mode.cpu_s, Unit.SECOND)} ({mode.share:.0%})" for mode in speed.modes)
    return f"{spread}; two modes: {modes}. Another run may have them in other shares"


def _entries(values: Mapping[str, object]) -> Iterator[Entry]:
    for name, value in values.items():
        if name == "versions" and isinstance(value, Mapping):
            yield from (Entry(package, str(version)) for package, version in value.items())
        elif name == "stand_ins" and isinstance(value, Mapping):
            for local, registry in value.items():
                yield Entry(f"base made on that machine: {local}", f"in place of {short_digests(str(registry))}")
        elif isinstance(value, Mapping):
            yield from (Entry(f"{_words(name)}: {entry.name}", entry.value) for entry in _entries(value))
        else:
            yield Entry(_words(name.removesuffix("_bytes")), _value(name, value))


def _words(name: str) -> str:
    return short_digests(name.replace("_", " "))


def _value(name: str, value: object) -> str:
    if value is None or value in ("", [], ()) or (isinstance(value, float) and not math.isfinite(value)):
        return f"{DASH} (not known)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and name.endswith("_bytes"):
        return human(value, Unit.BYTE)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(name, part) for part in value)
    return short_digests(str(value))


def definitions(material: Material) -> tuple[tuple[Family, tuple[Definition, ...]], ...]:
    """Return the definitions of all metrics with a result in the run, by family."""
    names = sorted({result.metric for result in material.summary.results}, key=sort_key)
    metrics = dict.fromkeys(named.metric for name in names if (named := parse(name)))
    return tuple(
        (family, tuple(Definition(form_of(metric), metric.pattern, WORDS[metric].definition) for metric in of_family))
        for family, of_family in groupby(metrics, key=lambda metric: metric.family)
    )


def statistics(material: Material) -> tuple[Step, ...]:
    """Return the meaning of intervals, ratios, corrected claims and percentiles."""
    level = f"{fixed_percentage(material.confidence)} " if material.confidence else ""
    samples = enumeration([f"{percentile(quantile)} {quantile.least_samples:,}" for quantile in PERCENTILES])
    return (
        Step(
            "Intervals",
            f"The brackets hold {level}intervals, by Student's t on the logarithms of the blocks' values. A block "
            "counts as one value, independent of its number of requests.",
        ),
        Step(
            "Ratios",
            "A ratio is paired: it is the geometric mean of the ratios within each block. Two targets are called "
            f"equivalent if the whole interval lies within {fixed_percentage(EQUIVALENCE)} of 1. p is the p-value of "
            "an exact sign-flip test; it is given where the blocks are enough for a value below 0.05.",
        ),
        Step(
            "Several comparisons",
            f"The headlines are {HEADLINES}. Their comparisons, of every target with the reference{_others(material)}, "
            "are corrected for their number by Holm's method; Holm's p is Student's p after this correction. Any other "
            "claim is based on its own interval alone.",
        ),
        *_ranks(material),
        *_steadiness(material),
        *_floors(material),
        Step(
            "Percentiles",
            f"A percentile is that of the times of all blocks together. It needs enough samples: {samples}, and more "
            "if they come in bursts. Its interval comes from the share of slower requests in each block.",
        ),
    )


def _others(material: Material) -> str:
    return " and of the other targets with each other" if len(material.plan.ranked) > LEAST_RANKED else ""


def _ranks(material: Material) -> Iterator[Step]:
    """Yield the meaning of a rank, of a page with rankings."""
    if material.rankings:
        yield Step(
            "Ranks",
            f"{RANK_MEANING} A target is ahead of another if their comparison says so, or by way of a third target "
            "that is between the two. Some targets of different ranks are not distinguished either: the table "
            "names them.",
        )


def _steadiness(material: Material) -> Iterator[Step]:
    """Yield how many throughputs could be tested for drift within a trial, of a run that has some."""
    found = [result.steadiness for result in material.contested_results() if connections_of(result.metric)]
    known = [one for one in found if one is not None]
    if known:
        untested = known.count(Steadiness.NOT_TESTABLE)
        yield Step(
            "Steadiness",
            "The rounds of each trial are tested for a drift. A trial is not testable if a drift of "
            f"{fixed_percentage(TESTED_DRIFT)} would be found in less than {fixed_percentage(LEAST_POWER)} of trials "
            "like it, because its rounds are too few or scatter too much. This holds for trials of "
            f"{part_of(untested, len(known), 'throughput')}.",
        )


def _floors(material: Material) -> Iterator[Step]:
    """Yield the meaning of a latency's floor, of a run that has some."""
    if any(result.floor for result in material.contested_results()):
        yield Step(
            "Latency of the null target",
            "Below a latency stands that of the null target under the same load. What a target has above it is the "
            "target's own. Where the two intervals overlap, the target's is not distinguished from it: it is "
            "shared with the machine.",
        )


def bounds() -> tuple[Step, ...]:
    """Return the meaning of each bound, with its thresholds."""
    limits = {
        Bound.TARGET: f" (more than {fixed_percentage(TARGET_BUSY)} of it, while the generator was not the limit)",
        Bound.GENERATOR: f" (in at least one block it was busy for {fixed_percentage(GENERATOR_BUSY)} of the time or "
        f"more, or the throughput is above {fixed_percentage(CEILING_TOO_NEAR)} of the machine's ceiling)",
        Bound.ROUND_TRIP: "",
        Bound.NEITHER: "",
    }
    return tuple(Step(BOUND_WORDS[bound], BOUND_MEANINGS[bound].format(limit=limits[bound])) for bound in Bound)


def noise_floor(material: Material) -> tuple[Entry, ...]:
    """Return the half-width of the A/A ratio's interval of each metric that has one."""
    floor = material.summary.noise_floor
    known = (metric for metric in sorted(floor, key=sort_key) if math.isfinite(floor[metric]))
    return tuple(Entry(phrase_of(metric), percentage(floor[metric])) for metric in known)


def ceiling(material: Material) -> tuple[Entry, ...]:
    """Return the throughput of the null target at each level; empty without a null target."""
    null = (r for r in material.summary.results if r.subject == material.ceiling and r.scenario == material.headline)
    levels = sorted((r for r in null if connections_of(r.metric)), key=lambda result: sort_key(result.metric))
    return tuple(Entry(title_of(r.metric), spelled(r) if scaled(r) else f"{DASH} ({reason_of(r)})") for r in levels)
