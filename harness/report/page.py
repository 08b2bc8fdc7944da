"""The page: one HTML file without external resources, for screens of every width and for paper.

This module passes contents and charts to a template. The words come from other modules, except those of the charts.
Its one script, `page.js`, sorts and hides what is there; the page allows no other, by the hash of its text.
Only this module and `exports` import jinja2.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.foreign_text import printable
from harness.metrics.names import Quantile
from harness.metrics.words import enumeration
from harness.report.anchors import anchor
from harness.report.attributes import UNTRIED
from harness.report.claim_plot import claim_chart
from harness.report.claims import claim_panels
from harness.report.condition_plot import condition_chart
from harness.report.conditions import condition_bands
from harness.report.contents import contents
from harness.report.drawing import SERIES_COUNT
from harness.report.effect_plots import forest_chart, trials_chart
from harness.report.effects import effects, trial_dots
from harness.report.ladder import NULL_TARGET, cpu_steps, latency_steps
from harness.report.plots import bar_chart, cpu_chart, ladder_chart, latency_chart, throughput_chart
from harness.report.ranks import RANK_MEANING
from harness.report.series import cold_start_groups, latency_panels, memory_groups, throughput_lines
from harness.report.tables import pair_name
from harness.report.wording import BOUND_WORDS, VERDICT_WORDS, counted, percentage, rate_spelled
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.report.conditions import Band
    from harness.report.contents import Contents
    from harness.report.material import Material
    from harness.report.series import BarGroup, LatencyPanel, ThroughputLine

_TEMPLATES = Path(__file__).with_name("templates")
CONDITIONS = "conditions"
CLAIMS = "claims"
_MOST_PLACES = 2  # of a warning that has room on the page
_MOST_LINES = 8  # seven contestants and the null target; more can't be told apart
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title and caption."""

    name: str
    title: str
    caption: str
    svg: Markup

    def standalone(self) -> str:
        """Return the drawing as a separate SVG file, with its colours for light and dark."""
        head, _, body = self.svg.partition(">")
        style = templates().get_template("chart.css").render()
        return f'{head} xmlns="{_SVG}" xmlns:xlink="{_XLINK}"><style>{style}</style>{body}'


@cache
def templates(finalize: Callable[[object], object] | None = None) -> Environment:
    """Return the template environment; it escapes all values and raises an error for an undefined name.

    There is one for each `finalize`: it keeps its compiled templates, and compiling takes longer than filling.

    Args:
        finalize: Applied to every value before it is escaped and written.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        "verdict_words": VERDICT_WORDS,
        "bound_words": BOUND_WORDS,
        "rank_meaning": RANK_MEANING,
        "anchor": anchor,
        "most_places": _MOST_PLACES,
        "untried": UNTRIED,
    }
    return environment


def _printable(value: object) -> object:
    """Return a value whose text can be printed; markup is ours, and has been made of such texts."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def render_page(material: Material) -> str:
    """Return the page as HTML."""
    return filled_page(contents(material), tuple(charts(material)))


def filled_page(report: Contents, drawn: Sequence[Chart]) -> str:
    """Return the page of these contents and charts as HTML."""
    template = templates(finalize=_printable).get_template("page.html.j2")
    script = (_TEMPLATES / "page.js").read_text(encoding="utf-8")
    return template.render(
        report=report,
        script=Markup(script),  # noqa: S704
        script_source=content_source(script),
        charts=tuple(chart for chart in drawn if chart.name not in (CONDITIONS, CLAIMS)),
        condition_charts=tuple(chart for chart in drawn if chart.name == CONDITIONS),
        claims_charts=tuple(chart for chart in drawn if chart.name == CLAIMS),
        row_ids=_row_ids(report),
    )


def content_source(script: str) -> str:
    """Return the source of a content security policy that allows this script alone: `sha256-...`."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}"


def _row_ids(report: Contents) -> set[str]:
    """Return the ids of the rows that a sentence may link."""
    rows = {anchor("row", row.metric, row.scenario) for group in report.results.groups for row in group.rows}
    return rows | {anchor("attribute", tried.title, tried.target) for tried in report.attributes}


def charts(material: Material) -> Iterator[Chart]:
    """Yield every chart that the run has data for."""
    bands = condition_bands(material)
    if bands:
        yield _conditions(bands, material)
    claims = claims_chart(material)
    if claims:
        yield claims
    lines = throughput_lines(material)
    if 0 < len(lines) <= _MOST_LINES:
        yield _throughput(lines, material.headline or "")
    for panel in latency_panels(material):
        yield _latency(panel, material.headline or "")
    yield from _effects(material)
    yield from _ladder(material)
    memory = memory_groups(material)
    if memory:
        caption = "Bars start at zero; the lines at their ends are intervals. The method defines each metric."
        yield _bars("memory", "Memory", caption, memory)
    starts = cold_start_groups(material)
    if starts:
        caption = (
            "“Ready” is the time from the start call, so it includes “start” and “the app's own share”. “Create” comes "
            "before it, and the requests come after it."
        )
        yield _bars("cold-start", "Cold start", caption, starts)


def _conditions(bands: tuple[Band, ...], material: Material) -> Chart:
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
    description = f"Throughput by condition of {_names([band.title for band in bands])}. {_CONDITION_TABLE}"
    svg = Markup(condition_chart(bands, description))  # noqa: S704
    return Chart(CONDITIONS, "Throughput by condition", caption, svg)


def claims_chart(material: Material) -> Chart | None:
    """Return the picture of published against measured; None without a published figure that was measured."""
    panels = claim_panels(material)
    if not panels:
        return None
    caption = (
        "Areas show what was measured of a target, over its variants and loads. Each row below is a published figure "
        "with its verdict. The axes are logarithmic."
    )
    verdicts = Counter(claim.verdict for panel in panels for of in panel.targets for claim in of.claims)
    words = enumeration([f"{count} {VERDICT_WORDS[verdict]}" for verdict, count in verdicts.items()])
    description = f"Published against measured: {counted(verdicts.total(), 'figure')}, {words}. {_FIGURES}"
    svg = Markup(claim_chart(panels, description))  # noqa: S704
    return Chart(CLAIMS, "Published against measured", caption, svg)


def _throughput(lines: tuple[ThroughputLine, ...], scenario: str) -> Chart:
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
    svg = Markup(throughput_chart(lines, description))  # noqa: S704
    return Chart("throughput", "Throughput by connections", caption, svg)


def _latency(panel: LatencyPanel, scenario: str) -> Chart:
    rate = rate_spelled(panel.rate_per_s)
    caption = (
        f"Scenario {scenario}. The time axis is logarithmic. On the other axis each further nine (p90, p99, p99.9) "
        "takes the same width. The lines show all requests of all blocks, from the fastest to p99.9. The points show "
        "the percentiles of the table, with their intervals."
    )
    if panel.floor:
        caption += " The dotted line is the null target at the same rate: the machine's own part."
    highest = ((line.name, line.percentiles[-1]) for line in panel.lines if line.percentiles)
    ends = "; ".join(f"{name} p{100 * one.quantile:g} {human(one.estimate, Unit.SECOND)}" for name, one in highest)
    description = f"Latency percentiles at {rate}: {ends or _names([line.name for line in panel.lines])}. {_TABLE}"
    svg = Markup(latency_chart(panel, description))  # noqa: S704
    return Chart(f"latency-{panel.rate_per_s:g}", f"Latency at {rate}", caption, svg)


def _ladder(material: Material) -> Iterator[Chart]:
    """Yield the charts by offered rate, of a run that drove each target at shares of its own peak."""
    by_quantile = {quantile: latency_steps(material, quantile) for quantile in (Quantile.P50, Quantile.P99)}
    by_quantile = {quantile: lines for quantile, lines in by_quantile.items() if lines}
    if by_quantile:
        every = [line.name for lines in by_quantile.values() for line in lines]
        caption = (
            f"Scenario {material.headline}, at shares of each target's own peak. Both axes are logarithmic. Hollow "
            "points are medians (p50), full points p99; the bars through them are intervals."
        )
        if NULL_TARGET in every:
            caption += " The dotted lines are the null target at the same rates: the machine's own part."
        description = f"Response times by offered rate of {_names(every)}. {_TABLE}"
        svg = Markup(ladder_chart(by_quantile, description))  # noqa: S704
        yield Chart("ladder-latency", "Response time by rate", caption, svg)
    cpu = cpu_steps(material)
    if cpu:
        caption = (
            f"Scenario {material.headline}, at rest and at shares of each target's own peak. The axis of rates is "
            "logarithmic. 1 is one CPU that is always busy."
        )
        description = f"CPU seconds per second by offered rate of {_names([line.name for line in cpu])}. {_TABLE}"
        svg = Markup(cpu_chart(cpu, description))  # noqa: S704
        yield Chart("ladder-cpu", "CPU time by rate", caption, svg)


def _effects(material: Material) -> Iterator[Chart]:
    """Yield the ratios beside the noise floor, and every trial in the order of the run."""
    ratios = effects(material)
    if ratios:
        pair = f" {pair_name(material, material.pairs[0])}." if len(material.pairs) == 1 else ""
        caption = (
            f"Ratios of the headlines with their intervals.{pair} The axis is logarithmic, and 1 is no difference. A "
            "hollow mark is a difference that is not shown."
        )
        if any(effect.floor is not None for effect in ratios):
            caption += " The area around 1 is the noise floor of the metric."
        description = f"Ratios: {'; '.join(f'{effect.name} {effect.said}' for effect in ratios)}. {_TABLE}"
        svg = Markup(forest_chart(ratios, description))  # noqa: S704
        yield Chart("forest", "Ratios beside the noise floor", caption, svg)
    subjects = trial_dots(material)
    if 0 < len(subjects) <= SERIES_COUNT:
        caption = (
            "The headline throughput of every trial. A hollow mark is a trial in which the machine was disturbed. A "
            "drift or a step that all targets have in common is the machine's."
        )
        disturbed = sum(dot.is_disturbed for subject in subjects for dot in subject.dots)
        trials = sum(len(subject.dots) for subject in subjects)
        widest = max(abs(dot.share - 1) for subject in subjects for dot in subject.dots)
        description = (
            f"{counted(trials, 'trial')}, {disturbed} of them disturbed; the farthest is {percentage(widest)} from the "
            f"mean of its target. tables/measurements.csv has the numbers."
        )
        svg = Markup(trials_chart(subjects, description))  # noqa: S704
        yield Chart("trials", "Every trial, in the order of the run", caption, svg)


def _bars(name: str, title: str, caption: str, groups: tuple[BarGroup, ...]) -> Chart:
    numbers = "; ".join(
        f"{group.title}: {', '.join(f'{bar.name} {bar.label}' for bar in group.bars)}" for group in groups
    )
    return Chart(name, title, caption, Markup(bar_chart(name, groups, f"{title}. {numbers}.")))  # noqa: S704


_CONDITION_TABLE = "The numbers are in the table below."
_FIGURES = "Each is in the table of published figures."
_TABLE = "The numbers are in the table of the full comparison."


def _names(names: list[str]) -> str:
    return enumeration(list(dict.fromkeys(names)))
