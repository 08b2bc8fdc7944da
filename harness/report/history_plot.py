"""The chart of one headline number over the runs of a machine, as inline SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, MaxNLocator

from harness.report.drawing import BAD, MUTED, Canvas, Frame, colour_of, strip, styled, tick
from harness.units import human

if TYPE_CHECKING:
    from harness.model import Series

_HEADROOM = 0.1  # of the range of the numbers, above and below
_MOST_TICKS = 6


@styled
def history_chart(name: str, series: Series, place: int, description: str) -> str:
    """Return the chart: a point with its interval for each run, in their order, and a line where the level changed.

    Args:
        name: Unique among the charts of a page.
        series: At least one point.
        place: The place of its subject, which chooses the colour.
        description: Text for screen readers.
    """
    canvas = Canvas(name, description, Frame(height=2.2))
    axes = canvas.axes
    runs = [point.run for point in series.points]
    for x, point in enumerate(series.points):
        axes.errorbar(
            x,
            point.estimate,
            yerr=[[point.estimate - point.low], [point.high - point.estimate]],
            color=colour_of(place),
            elinewidth=1.2,
            capsize=2.5,
            marker="o",
            markersize=5,
        )
    for change in series.changes or ():
        axes.axvline(runs.index(change.run) - 0.5, color=BAD, linewidth=1.2, dashes=(4, 2))
    low, high = min(point.low for point in series.points), max(point.high for point in series.points)
    room = _HEADROOM * (high - low) or _HEADROOM * high
    axes.set_ylim(max(0.0, low - room), high + room)
    axes.set_xlim(-0.5, len(runs) - 0.5)
    step = -(-len(runs) // _MOST_TICKS)
    tick(axes, [(x, series.points[x].started_at[5:10]) for x in range(0, len(runs), step)])
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: human(value, series.unit, digits=2)))
    strip(axes, "y")
    axes.xaxis.label.set_color(MUTED)
    return canvas.svg()
