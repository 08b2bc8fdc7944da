"""The page: one HTML file that loads nothing, runs nothing and reads well on paper, a phone and a wide screen.

It pairs the contents with the charts and hands both to a template; what is said is decided before. With `exports` it
is the only door to jinja2.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.report.contents import contents
from harness.report.plots import bar_chart, latency_chart, throughput_chart
from harness.report.series import cold_start_groups, latency_panels, memory_groups, throughput_lines
from harness.report.wording import BOUND_WORDS, VERDICT_WORDS, listed, rate_spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.report.material import Material
    from harness.report.series import BarGroup, LatencyPanel, ThroughputLine

_TEMPLATES = Path(__file__).with_name("templates")
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its title and what must be said to read it rightly."""

    name: str
    title: str
    caption: str
    svg: Markup

    def standalone(self) -> str:
        """Return the drawing as an SVG file of its own, with its colours for light and dark."""
        head, _, body = self.svg.partition(">")
        style = templates().get_template("chart.css").render()
        return f'{head} xmlns="{_SVG}" xmlns:xlink="{_XLINK}"><style>{style}</style>{body}'


def templates(finalize: Callable[[object], object] | None = None) -> Environment:
    """Open the templates: what is written is escaped, and a name that nobody defined is an error.

    Args:
        finalize: What to do with every value before it is written.
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
    environment.globals |= {"verdict_words": VERDICT_WORDS, "bound_words": BOUND_WORDS}
    return environment


def render_page(material: Material) -> str:
    """Return the whole page."""
    template = templates().get_template("page.html.j2")
    return template.render(report=contents(material), charts=tuple(charts(material)))


def charts(material: Material) -> Iterator[Chart]:
    """Draw every chart that the run has data for."""
    lines = throughput_lines(material)
    if lines:
        yield _throughput(lines, material.headline or "")
    for panel in latency_panels(material):
        yield _latency(panel, material.headline or "")
    memory = memory_groups(material)
    if memory:
        caption = "Bars start at zero; lines at their ends are intervals. What each word counts, the method says."
        yield _bars("memory", "Memory", caption, memory)
    starts = cold_start_groups(material)
    if starts:
        caption = (
            "Ready counts from the start call, so it contains start and the app's own share; create comes before, and "
            "requests come after it."
        )
        yield _bars("cold-start", "Cold start", caption, starts)


def _throughput(lines: tuple[ThroughputLine, ...], scenario: str) -> Chart:
    floors = any(level.is_floor for line in lines for level in line.levels if line.place is not None)
    caption = f"Scenario {scenario}; both axes logarithmic; bars through the points are intervals."
    if floors:
        caption += " A hollow point with an arrow is a lower bound: there the load generator was the limit."
    description = f"Throughput by connections of {_names([line.name for line in lines])}. {_TABLE}"
    svg = Markup(throughput_chart(lines, description))  # noqa: S704
    return Chart("throughput", "Throughput by connections", caption, svg)


def _latency(panel: LatencyPanel, scenario: str) -> Chart:
    rate = rate_spelled(panel.rate_per_s)
    caption = (
        f"Scenario {scenario}; logarithmic, and every further nine takes as much room. Lines: all requests of all "
        "blocks, from the fastest on. Points: the percentiles of the table, with their intervals."
    )
    description = f"Latency percentiles at {rate} of {_names([line.name for line in panel.lines])}. {_TABLE}"
    svg = Markup(latency_chart(panel, description))  # noqa: S704
    return Chart(f"latency-{panel.rate_per_s:g}", f"Latency at {rate}", caption, svg)


def _bars(name: str, title: str, caption: str, groups: tuple[BarGroup, ...]) -> Chart:
    numbers = "; ".join(
        f"{group.title}: {', '.join(f'{bar.name} {bar.label}' for bar in group.bars)}" for group in groups
    )
    return Chart(name, title, caption, Markup(bar_chart(name, groups, f"{title}. {numbers}.")))  # noqa: S704


_TABLE = "The numbers are in the table of the full comparison."


def _names(names: list[str]) -> str:
    return listed(list(dict.fromkeys(names)))
