"""The canvas of all charts: inline SVG with the page's colours, and what is drawn in the same way everywhere.

It draws with placeholder colours and replaces them by the page's CSS variables, so that one drawing fits light and dark
mode. Text stays text, in the page's font. It uses only matplotlib's object interface: no global figure, no screen.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from matplotlib import style
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from harness.foreign_text import printable
from harness.report.compact import compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

SERIES_COUNT = 7

INK, MUTED, GRID, PAPER = "#0a0b01", "#0a0b02", "#0a0b03", "#0a0b04"
GOOD, BAD, ODD, UNSURE, PLACED = (f"#0a0d0{number}" for number in range(1, 6))  # verdicts
_SERIES = tuple(f"#0a0c0{number}" for number in range(1, SERIES_COUNT + 1))
_CSS = (
    {INK: "currentColor", MUTED: "var(--muted)", GRID: "var(--grid)", PAPER: "var(--paper)"}
    | {
        GOOD: "var(--good)",
        BAD: "var(--bad)",
        ODD: "var(--odd)",
        UNSURE: "var(--unsure)",
        PLACED: "var(--placed)",
    }
    | {colour: f"var(--series-{number})" for number, colour in enumerate(_SERIES, start=1)}
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.5), (2, 1.2), (6, 1.5, 1.5, 1.5), (1, 1), (8, 2), (3, 1, 1, 1, 1, 1))
HATCHES = ("", "////", "xx", "\\\\\\\\", "---", "||", "..")
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "harness",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": GRID,
    "hatch.linewidth": 1.4,
}

# Based on matplotlib's own defaults, so that the user's matplotlibrc can't change the bytes.
styled = style.context(_SETTINGS, after_reset=True)
WIDTH_IN = 4.6
CHARACTER_IN, LINE_IN = 0.078, 0.165
GROUND = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.5}
"""The box behind a text that hides the grid."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing and the margins around its axes, in inches."""

    height: float = 3.1
    width: float = WIDTH_IN
    left: float = 0.74
    right: float = 0.12
    top: float = 0.34
    bottom: float = 0.5


class Canvas:
    """A figure with one pair of axes, which renders to inline SVG."""

    def __init__(self, name: str, description: str, frame: Frame) -> None:
        self._name = name
        self._description = description
        self._figure = Figure(figsize=(frame.width, frame.height))
        FigureCanvasSVG(self._figure)
        width = 1 - (frame.left + frame.right) / frame.width
        height = 1 - (frame.top + frame.bottom) / frame.height
        self.axes = self._figure.add_axes((frame.left / frame.width, frame.bottom / frame.height, width, height))

    def panel(self, top_in: float, height_in: float) -> Axes:
        """Return further axes of the same width; the canvas's own axes are hidden by the first."""
        self.axes.set_visible(False)
        left, _, width, _ = self.axes.get_position().bounds
        whole_in = self._figure.get_figheight()
        return self._figure.add_axes((left, 1 - (top_in + height_in) / whole_in, width, height_in / whole_in))

    def svg(self) -> str:
        """Return the drawing as reproducible SVG, with the page's colours and with ids unique on the page."""
        buffer = io.StringIO()
        self._figure.savefig(buffer, format="svg", metadata={"Date": None})
        text = compact(buffer.getvalue())
        view = re.search(r'viewBox="[^"]*"', text)
        body = text[text.index(">", text.index("<svg")) + 1 :]
        body = re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{self._name}-", body)
        for placeholder, colour in _CSS.items():
            body = body.replace(placeholder, colour)
        label = html.escape(self._description)
        # the text is from outside, and XML has no control characters
        head = f'<svg class="chart" role="img" aria-label="{label}" {view[0] if view else ""}>'
        return printable(f"{head}{body}".rstrip()) + "\n"


@styled
def empty_chart() -> str:
    """Return a chart without data."""
    return Canvas("empty", "", Frame()).svg()


def colour_of(place: int) -> str:
    """Return the colour of a series by its place; colours repeat."""
    return _SERIES[place % SERIES_COUNT]


def strip(axes: Axes, grid: Literal["x", "y"] | None = None) -> None:
    """Leave the axes their bottom line alone, with a grid along one axis if it is named."""
    if grid is not None:
        axes.grid(visible=True, axis=grid, linewidth=0.8)
    axes.tick_params(length=0)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)


def write(axes: Axes, at: tuple[float, float], text: str, offset_pt: tuple[float, float], **options: Any) -> None:  # noqa: ANN401 - matplotlib's options
    """Write a text beside a place in the data."""
    defaults: dict[str, Any] = {"va": "center", "annotation_clip": False, "textcoords": "offset points"}
    axes.annotate(text, at, offset_pt, **(defaults | options))


def tick(axes: Axes, ticks: Sequence[tuple[float, str]]) -> None:
    """Put named ticks, and no others, on the horizontal axis."""
    axes.xaxis.set_major_locator(FixedLocator([place for place, _ in ticks]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([name for _, name in ticks])
