"""The charts of a report: each drawing with its title, caption, alternative text and table of numbers.

A chart is made in two steps. `undrawn` has its data and words; only `drawn` imports matplotlib, so another process can
take this step.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.metrics.catalogue import Family
from harness.metrics.names import Quantile
from harness.metrics.words import enumeration, percentile
from harness.report.chart_numbers import (
    ChartNumbers,
    effect_numbers,
    family_numbers,
    ladder_numbers,
    latency_numbers,
    memory_numbers,
    throughput_numbers,
    trial_numbers,
)
from harness.report.claims import claim_panels
from harness.report.conditions import condition_bands
from harness.report.effects import effects, trial_dots
from harness.report.ladder import NULL_TARGET, cpu_steps, latency_steps
from harness.report.machine_noise import machine_noise
from harness.report.memory_time import CAPTION, description_of, memory_tracks, why_without
from harness.report.series import floor_at, latency_panels, throughput_lines
from harness.report.stages import memory_lines, start_bars
from harness.report.tables import pair_name
from harness.report.wording import VERDICT_WORDS, capital, percentage, rate_spelled
from harness.units import Unit, counted, human

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.report.conditions import Band, BandRow
    from harness.report.ladder import LadderLine
    from harness.report.material import Material
    from harness.report.series import LatencyPanel, ThroughputLine

CONDITIONS = "conditions"
CLAIMS, CLAIMS_NARROW = "claims", "claims-narrow"
_STYLE = Path(__file__).with_name("templates") / "chart.css"
_MOST_NAMED = 3  # targets in the caption of a latency chart
_MOST_LINES = 8  # seven contestants and the null target; more can't be told apart
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title and caption, and its numbers; None if a table of its section has them."""

    name: str
    title: str
    caption: str
    svg: Markup
    numbers: ChartNumbers | None = None

    def standalone(self) -> str:
        """Return the drawing as a separate SVG file, with its colours for light and dark."""
        head, _, body = self.svg.partition(">")
        style = _STYLE.read_text(encoding="utf-8")
        return f'{head} xmlns="{_SVG}" xmlns:xlink="{_XLINK}"><style>{style}</style>{body}'


@dataclass(frozen=True, slots=True)
class Undrawn:
    """A chart before it is drawn; it can be sent to another process.

    Attributes:
        drawing: Returns the drawing as inline SVG.
    """

    name: str
    title: str
    caption: str
    drawing: Callable[[], Markup]
    numbers: ChartNumbers | None = None


def drawn(chart: Undrawn) -> Chart:
    """Return a chart with its drawing."""
    return Chart(chart.name, chart.title, chart.caption, chart.drawing(), chart.numbers)


def charts(material: Material) -> Iterator[Chart]:
    """Yield every chart that the run has data for."""
    return map(drawn, undrawn(material))


def prepare_to_draw() -> None:
    """Import matplotlib and draw an empty chart, for which it reads its fonts: the first chart then takes less time."""
    _plotted("drawing:empty_chart")


def _plotted(plot: str, *arguments: object, **options: object) -> Markup:
    """Return a drawing by the module and the name of its function; the import of the module imports matplotlib."""
    return Markup(resolve_name(f"harness.report.{plot}")(*arguments, **options))  # noqa: S704


def undrawn(material: Material) -> Iterator[Undrawn]:
    """Yield every chart that the run has data for, before it is drawn."""
    bands = condition_bands(material)
    if bands:
        yield _conditions(bands, material)
    yield from claims_charts(material)
    lines = throughput_lines(material)
    if 0 < len(lines) <= _MOST_LINES:
        yield _throughput(lines, material.headline or "")
    for panel in latency_panels(material):
        yield _latency(panel, material.headline or "")
    yield from _effects(material)
    yield from _ladder(material)
    yield from _stages(material)


def _conditions(bands: tuple[Band, ...], material: Material) -> Undrawn:
    published = any(band.marks for band in bands)
    floors = any(level.is_floor for band in bands for row in band.rows for level in row.levels)
    caption = (
        f"Scenario {material.headline}, {material.plan.cpus_each}. The axis is logarithmic. Each marker is a number of "
        "connections; the bars through them are intervals."
    )
    if floors:
        caption += " A hollow marker is a lower bound, because the load generator was the limit."
    if published:
        caption += " Dashed lines are published figures, and areas are published ranges."
    ranges = "; ".join(f"{band.title} {_range(band.rows)}" for band in bands)
    description = f"Throughput by condition: {ranges}. {_CONDITION_TABLE}"
    drawing = partial(_plotted, "condition_plot:condition_chart", bands, description)
    return Undrawn(CONDITIONS, "Throughput by condition", caption, drawing)


def _range(rows: Sequence[BandRow]) -> str:
    numbers = [(level.estimate, row.name) for row in rows for level in row.levels]
    (least, of_least), (most, of_most) = min(numbers), max(numbers)
    return f"from {human(least, Unit.PER_SECOND)} ({of_least}) to {human(most, Unit.PER_SECOND)} ({of_most})"


def claims_charts(material: Material) -> Iterator[Undrawn]:
    """Yield the picture of published against measured, also for phones; none without a figure that was measured."""
    panels = claim_panels(material)
    if not panels:
        return
    caption = (
        "Areas show what was measured of a target, over its variants and loads. Each row below is a published figure "
        "with its verdict. The axes are logarithmic."
    )
    verdicts = Counter(claim.verdict for panel in panels for of in panel.targets for claim in of.claims)
    words = enumeration([f"{count} {VERDICT_WORDS[verdict]}" for verdict, count in verdicts.items()])
    description = f"Published against measured: {counted(verdicts.total(), 'figure')}, {words}. {_FIGURES}"
    for name in (CLAIMS, CLAIMS_NARROW):
        drawing = partial(_plotted, "claim_plot:claim_chart", panels, description, is_narrow=name == CLAIMS_NARROW)
        yield Undrawn(name, "Published against measured", caption, drawing)


def _throughput(lines: tuple[ThroughputLine, ...], scenario: str) -> Undrawn:
    floors = any(level.is_floor for line in lines for level in line.levels if line.place is not None)
    caption = f"Scenario {scenario}. Both axes are logarithmic. The bars through the points are intervals."
    if floors:
        caption += " A hollow point with an arrow is a lower bound, because the load generator was the limit."
    tops = ((line.name, max(line.levels, key=lambda level: level.estimate)) for line in lines)
    most = "; ".join(
        f"{name} {human(top.estimate, Unit.PER_SECOND)} over {counted(top.connections, 'connection')}"
        for name, top in tops
    )
    description = f"Throughput by connections. The most: {most}. {_TABLE}"
    drawing = partial(_plotted, "plots:throughput_chart", lines, description)
    return Undrawn("throughput", "Throughput by connections", caption, drawing, throughput_numbers(lines))


def _latency(panel: LatencyPanel, scenario: str) -> Undrawn:
    rate = rate_spelled(panel.rate_per_s)
    caption = (
        f"Scenario {scenario}. The time axis is logarithmic. On the other axis each further nine (p90, p99, p99.9) "
        "takes the same width. The lines show all requests, the points the percentiles with their intervals."
    )
    if panel.floor:
        caption += " The dotted line is the null target at the same rate: the machine's own part."
        caption += _stalls(panel)
    highest = ((line.name, line.percentiles[-1]) for line in panel.lines if line.percentiles)
    ends = "; ".join(f"{name} p{100 * one.quantile:g} {human(one.estimate, Unit.SECOND)}" for name, one in highest)
    description = f"Latency percentiles at {rate}: {ends or _names([line.name for line in panel.lines])}. {_TABLE}"
    drawing = partial(_plotted, "plots:latency_chart", panel, description)
    return Undrawn(f"latency-{panel.rate_per_s:g}", f"Latency at {rate}", caption, drawing, latency_numbers(panel))


def _stalls(panel: LatencyPanel) -> str:
    """Return the sentence on the percentiles at which the null target is as slow as a target; empty without any."""
    slow: dict[str, list[str]] = {}
    for line in panel.lines:
        for mark in line.percentiles:
            floor = floor_at(panel, mark.quantile)
            if floor is not None and floor >= mark.estimate:
                slow.setdefault(f"p{100 * mark.quantile:g}", []).append(line.name)
    percentiles: dict[str, list[str]] = {}  # by the words on the targets
    for at, names in slow.items():
        is_long = len(names) > _MOST_NAMED
        words = f"{len(names)} of {len(panel.lines)} targets" if is_long else enumeration(names)
        percentiles.setdefault(words, []).append(at)
    where = [f"at {enumeration(of_words)} it lies as high as {words}" for words, of_words in percentiles.items()]
    return f" {capital(enumeration(where))}: here the machine's own stalls decide." if where else ""


def _ladder(material: Material) -> Iterator[Undrawn]:
    """Yield the charts by offered rate, of a run that drove each target at shares of its own peak."""
    by_quantile = {quantile: latency_steps(material, quantile) for quantile in (Quantile.P50, Quantile.P99)}
    by_quantile = {quantile: lines for quantile, lines in by_quantile.items() if lines}
    if by_quantile:
        named = [(f"{line.name} {percentile(of)}", line) for of, lines in by_quantile.items() for line in lines]
        caption = (
            f"Scenario {material.headline}, at shares of each target's own peak. Both axes are logarithmic. Hollow "
            "points are medians (p50), full points p99; the bars through them are intervals."
        )
        if any(line.name == NULL_TARGET for _, line in named):
            caption += " The dotted lines are the null target at the same rates: the machine's own part."
        description = f"Response times at the highest offered rate: {_highest(named, Unit.SECOND)}. {_TABLE}"
        drawing = partial(_plotted, "plots:ladder_chart", by_quantile, description)
        yield Undrawn("ladder-latency", "Response time by rate", caption, drawing, ladder_numbers(named, Unit.SECOND))
    cpu = cpu_steps(material)
    if cpu:
        caption = (
            f"Scenario {material.headline}, at rest and at shares of each target's own peak. The axis of rates is "
            "logarithmic. 1 is one CPU that is always busy."
        )
        named, unit = [(line.name, line) for line in cpu], Unit.SECOND_PER_SECOND
        description = f"CPU seconds per second at the highest offered rate: {_highest(named, unit)}. {_TABLE}"
        drawing = partial(_plotted, "plots:cpu_chart", cpu, description)
        yield Undrawn("ladder-cpu", "CPU time by rate", caption, drawing, ladder_numbers(named, unit))


def _highest(named: Sequence[tuple[str, LadderLine]], unit: Unit) -> str:
    ends = ((name, max(line.steps, key=lambda step: step.rate_per_s)) for name, line in named)
    return "; ".join(
        f"{name} {human(end.estimate, unit)} at {human(end.rate_per_s, Unit.PER_SECOND)}" for name, end in ends
    )


def _effects(material: Material) -> Iterator[Undrawn]:
    """Yield the ratios beside the noise floor, and every trial in the order of the run."""
    ratios = effects(material)
    if ratios:
        metrics = {one.metric for one in ratios}
        of = metrics.pop() if len(metrics) == 1 else "the headlines"
        pair = f" {pair_name(material, material.pairs[0])}." if len(material.pairs) == 1 else ""
        caption = (
            f"Ratios of {of} with their intervals.{pair} The axis is logarithmic, and 1 is no difference. A "
            "hollow mark is a difference that is not shown."
        )
        if any(effect.floor is not None for effect in ratios):
            caption += " The area around 1 is the noise floor of the metric."
        description = f"Ratios of {of}: {'; '.join(f'{effect.name} {effect.said}' for effect in ratios)}. {_TABLE}"
        drawing = partial(_plotted, "effect_plots:forest_chart", ratios, description)
        yield Undrawn("forest", "Ratios beside the noise floor", caption, drawing, effect_numbers(ratios))
    yield from _trials(material)


def _trials(material: Material) -> Iterator[Undrawn]:
    subjects, noise = trial_dots(material), machine_noise(material)
    if not 0 < len(subjects) < _MOST_LINES:
        return
    caption = (
        "The headline throughput of every trial. A hollow mark is a trial in which the machine was disturbed. A "
        "drift or a step that all targets have in common is the machine's."
    )
    disturbed = sum(dot.is_disturbed for subject in subjects for dot in subject.dots)
    trials = sum(len(subject.dots) for subject in subjects)
    widest = max(abs(dot.share - 1) for subject in subjects for dot in subject.dots)
    description = (
        f"{counted(trials, 'trial')}, {disturbed} of them disturbed; the farthest is {percentage(widest)} from the "
        "mean of its target."
    )
    if noise:
        caption += (
            " Below: the CPU time that the same work took on the target's core in each block, as median and range. "
            "More time is a slower core."
        )
        slowest = max(noise, key=lambda one: one.high)
        description += f" The core was slowest in block {slowest.block}: {percentage(slowest.high)} of the median time."
    drawing = partial(_plotted, "effect_plots:trials_chart", subjects, noise, f"{description} {_TABLE}")
    title = "Every trial, in the order of the run"
    yield Undrawn("trials", title, caption, drawing, trial_numbers(subjects, noise))


def _stages(material: Material) -> Iterator[Undrawn]:
    """Yield memory over a trial, and cold start by phase."""
    memory, tracks = memory_lines(material), memory_tracks(material)
    if 0 < len(tracks) < _MOST_LINES:
        drawing = partial(_plotted, "plots:memory_time_chart", tracks, f"{description_of(tracks)} {_TABLE}")
        yield Undrawn("memory", "Memory over a trial", CAPTION, drawing, memory_numbers(tracks))
    elif 0 < len(memory) < _MOST_LINES:
        caption = "The moments of a trial in the order of time. The bars through the points are intervals."
        caption += why_without(material)
        ends = "; ".join(f"{line.name} {human(line.moments[-1].estimate, Unit.BYTE)}" for line in memory)
        description = f"Memory over a trial; at its end: {ends}. {_TABLE}"
        drawing = partial(_plotted, "plots:memory_chart", memory, description)
        yield Undrawn("memory", "Memory over a trial", caption, drawing, family_numbers(material, Family.MEMORY))
    starts = start_bars(material)
    if starts:
        caption = (
            "0 is the start call. A target is ready at its first right answer. The label is the time to the first "
            "right answer, and the line is its interval. Creating comes before 0, and the first request after ready."
        )
        times = "; ".join(f"{bar.name} {human(bar.ready_s, Unit.SECOND)}" for bar in starts)
        description = f"Time to the first right answer: {times}. {_TABLE}"
        drawing = partial(_plotted, "stage_plots:start_chart", starts, description)
        numbers = family_numbers(material, Family.COLD_START)
        yield Undrawn("cold-start", "Cold start by phase", caption, drawing, numbers)


_CONDITION_TABLE = "The numbers are in the table below."
_FIGURES = "Each is in the table of published figures."
_TABLE = "The numbers are below the chart."


def _names(names: list[str]) -> str:
    return enumeration(list(dict.fromkeys(names)))
