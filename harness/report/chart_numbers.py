"""The numbers of each chart as a table of texts, from the same data as the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrics.catalogue import RESIDENT, Family, family_of, parse
from harness.metrics.words import sort_key, title_of
from harness.report.series import numbers_of
from harness.report.wording import DASH, percentage, rate_spelled
from harness.units import Unit, counted, human, human_interval, ratio_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.model import MemoryPoint, Subject
    from harness.report.effects import Dots, Effect
    from harness.report.ladder import LadderLine, Step
    from harness.report.machine_noise import BlockNoise
    from harness.report.material import Material
    from harness.report.memory_time import MemoryTrack
    from harness.report.series import LatencyPanel, Level, Percentile, ThroughputLine


@dataclass(frozen=True, slots=True)
class ChartNumbers:
    """A table: heads of columns, and rows that begin with a name; `brackets` says what stands in brackets."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    brackets: str = "intervals"


def throughput_numbers(lines: Sequence[ThroughputLine]) -> ChartNumbers:
    """Return the throughput of each subject at each level, in requests per second."""
    levels = sorted({level.connections for line in lines for level in line.levels})
    heads = ("Target", *(counted(level, "connection") for level in levels))
    rows = []
    for line in lines:
        found = {level.connections: _level(level) for level in line.levels}
        rows.append((line.name, *(found.get(level, DASH) for level in levels)))
    return ChartNumbers(heads, tuple(rows))


def _level(level: Level) -> str:
    return f"{'at least ' if level.is_floor else ''}{_interval(level, Unit.PER_SECOND)}"


def latency_numbers(panel: LatencyPanel) -> ChartNumbers:
    """Return the percentiles of each subject with their intervals."""
    quantiles = sorted({mark.quantile for line in panel.lines for mark in line.percentiles})
    rows = []
    for line in panel.lines:
        found = {mark.quantile: _interval(mark, Unit.SECOND) for mark in line.percentiles}
        rows.append((line.name, *(found.get(quantile, DASH) for quantile in quantiles)))
    return ChartNumbers(("Target", *(f"p{100 * quantile:g}" for quantile in quantiles)), tuple(rows))


def ladder_numbers(named: Sequence[tuple[str, LadderLine]], unit: Unit) -> ChartNumbers:
    """Return each step of each line: the offered rate, and the number.

    Args:
        named: The lines, each with its name in the chart.
        unit: The unit of the numbers.
    """
    rows = (
        (name, rate_spelled(round(step.rate_per_s)) if step.rate_per_s else "at rest", _interval(step, unit))
        for name, line in named
        for step in line.steps
    )
    return ChartNumbers(("Target", "Offered rate", "Measured"), tuple(rows))


def effect_numbers(effects: Sequence[Effect]) -> ChartNumbers:
    """Return each ratio with its interval and the noise floor of its metric."""
    rows = (
        (
            one.name,
            one.said,
            " ".join(filter(None, ratio_parts(one.ratio, one.low, one.high))),
            DASH if one.floor is None else f"± {percentage(one.floor)}",
        )
        for one in effects
    )
    return ChartNumbers(("Ratio", "In words", "Ratio with its interval", "Noise floor"), tuple(rows))


def trial_numbers(subjects: Sequence[Dots], noise: Sequence[BlockNoise]) -> ChartNumbers:
    """Return the throughput of each trial by block, and what the machine did in the block."""
    machine = {one.block: one for one in noise}
    heads = ("Block", *(subject.name for subject in subjects))
    found = {(subject.name, dot.block): dot for subject in subjects for dot in subject.dots}
    rows = []
    for block in sorted({block for _, block in found}):
        dots = [found.get((subject.name, block)) for subject in subjects]
        row = (str(block), *(human(dot.value_per_s, Unit.PER_SECOND) if dot else DASH for dot in dots))
        rows.append((*row, *_of_machine(machine.get(block))) if machine else row)
    return ChartNumbers((*heads, *_MACHINE_HEADS) if machine else heads, tuple(rows))


_MACHINE_HEADS = ("Same work, of the run's median", "Generator waited", "Core held back")


def _of_machine(noise: BlockNoise | None) -> tuple[str, str, str]:
    if noise is None:
        return DASH, DASH, DASH
    work = f"{percentage(noise.median)} [{percentage(noise.low)}, {percentage(noise.high)}]"
    waited, steal = (DASH if share is None else percentage(share) for share in (noise.waited, noise.steal))
    return work, waited, steal


def family_numbers(material: Material, family: Family) -> ChartNumbers:
    """Return all metrics of a family for each contestant, except resident sizes, which count shared pages twice."""
    names = {one.metric for one in material.contested_results() if family_of(one.metric) is family}
    metrics = sorted((name for name in names if not _is_resident(name)), key=sort_key)
    rows = tuple(
        (material.name_of(subject), *_of_subject(material, subject, metrics)) for subject in material.contestants
    )
    return ChartNumbers(("Target", *map(title_of, metrics)), rows)


def memory_numbers(tracks: Sequence[MemoryTrack]) -> ChartNumbers:
    """Return the memory of each target when it is ready, at the quarters of its curve, and the largest sample."""
    heads = ("Target", "ready", "first load", "25 %", "50 %", "75 %", "end", "largest sample")
    rows = (
        (track.name, *map(_memory, (track.ready, *track.points[:: track.quarter], track.highest))) for track in tracks
    )
    return ChartNumbers(heads, tuple(rows), "the smallest and the largest trial")


def _memory(point: MemoryPoint) -> str:
    return human_interval(point.median_bytes, point.smallest_bytes, point.largest_bytes, Unit.BYTE)


def _is_resident(metric: str) -> bool:
    named = parse(metric)
    return named is not None and named.metric in RESIDENT


def _of_subject(material: Material, subject: Subject, metrics: Sequence[str]) -> Iterator[str]:
    for metric in metrics:
        result = material.result(metric, None, subject)
        numbers = numbers_of(result) if result else None
        yield human_interval(*numbers, result.unit) if result and numbers else DASH


def _interval(number: Level | Percentile | Step, unit: Unit) -> str:
    return human_interval(number.estimate, number.low, number.high, unit)
