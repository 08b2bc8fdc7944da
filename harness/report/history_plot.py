"""The chart of one headline number over the runs of a machine, as inline SVG."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from harness.model import times_of
from harness.report.drawing import BAD, MUTED, Canvas, Frame, colour_of, strip, styled, tick
from harness.units import scale_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from harness.model import Series
    from harness.units import Unit

_HEADROOM = 0.1  # of the range of the numbers, above and below
_MOST_TICKS = 6
_MOST_DECIMALS = 9


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
    times = times_of([point.started_at for point in series.points])
    tick(axes, [(x, times[x].replace(" ", "\n")) for x in range(0, len(runs), step)])
    _name_numbers(axes, series.unit)
    strip(axes, "y")
    axes.xaxis.label.set_color(MUTED)
    return canvas.svg()


def _name_numbers(axes: Axes, unit: Unit) -> None:
    """Name the ticks of the numbers in one unit, with the decimals that they have, so that all names differ."""
    low, high = axes.get_ylim()
    divisor, name = scale_of(high, unit)
    ticks = [float(at) for at in MaxNLocator(4).tick_values(low / divisor, high / divisor)]
    ticks = [at for at in ticks if low <= at * divisor <= high]
    decimals = next((some for some in range(_MOST_DECIMALS) if _have(ticks, some)), _MOST_DECIMALS)
    axes.set_yticks([at * divisor for at in ticks], [f"{at:,.{decimals}f} {name}".rstrip() for at in ticks])


def _have(ticks: Sequence[float], decimals: int) -> bool:
    """Return whether these numbers have no more decimals."""
    return all(math.isclose(at, round(at, decimals), rel_tol=1e-9, abs_tol=1e-12) for at in ticks)
