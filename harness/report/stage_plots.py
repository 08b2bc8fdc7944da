"""The chart of cold start by phase, as inline SVG: a bar for each target, its phases in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from harness.report.drawing import (
    CHARACTER_IN,
    GROUND,
    HATCHES,
    INK,
    MUTED,
    PAPER,
    WIDTH_IN,
    Canvas,
    Frame,
    colour_of,
    strip,
    styled,
    write,
)
from harness.report.labels import wrapped
from harness.report.stages import PHASES
from harness.units import Unit, human

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from harness.report.stages import StartBar

_ROW_IN, _BAR_IN, _LEGEND_IN, _FOOT_IN, _VALUE_IN = 0.34, 0.2, 0.34, 0.34, 1.1
_MARK_IN, _COLUMN_IN = 0.13, 1.14
_TIME_CHARACTERS, _MOST_INTERVALS = 9, 4  # of the axis of times: `150 ms` and the space around it
_MOST_LINES, _CHARACTERS = 2, 20  # of the name of a bar
_ROOM = 0.04  # of the axis, between the longest interval and the edge


@styled
def start_chart(bars: Sequence[StartBar], description: str) -> str:
    """Return the chart of cold start by phase, with the time to the first right answer; 0 is the start call.

    Args:
        bars: At least one.
        description: Text for screen readers.
    """
    phases = [name for name in PHASES if any(phase.name == name for bar in bars for phase in bar.phases)]
    height_in = _ROW_IN * len(bars)
    left_in = 0.2 + CHARACTER_IN * max(len(line) for bar in bars for line in _lines(bar.name).split("\n"))
    frame = Frame(_LEGEND_IN + height_in + _FOOT_IN, left=left_in, right=_VALUE_IN, top=_LEGEND_IN, bottom=_FOOT_IN)
    canvas = Canvas("cold-start", description, frame)
    axes = canvas.axes
    axes.set_ylim(height_in, 0)
    first_s = min(bar.phases[0].begin_s for bar in bars)
    last_s = max(max(bar.high_s, bar.phases[-1].end_s) for bar in bars)
    axes.set_xlim(first_s, last_s + _ROOM * (last_s - first_s))
    axes.axvline(0, color=MUTED, linewidth=1, zorder=1)
    for row, bar in enumerate(bars):
        _draw_start(axes, bar, (row + 0.5) * _ROW_IN)
    for index, name in enumerate(phases):
        _legend(axes, name, index, left_in)
    intervals = int((WIDTH_IN - left_in - _VALUE_IN) / (_TIME_CHARACTERS * CHARACTER_IN))
    axes.xaxis.set_major_locator(MaxNLocator(max(1, min(_MOST_INTERVALS, intervals))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: human(value, Unit.SECOND, 2) if value else "0"))
    axes.yaxis.set_major_locator(NullLocator())
    strip(axes, "x")
    axes.set_axisbelow(True)
    return canvas.svg()


def _draw_start(axes: Axes, bar: StartBar, y_in: float) -> None:
    beside = axes.get_yaxis_transform()
    write(axes, (0, y_in), _lines(bar.name), (-6, 0), xycoords=beside, ha="right", linespacing=1.1)
    for phase in bar.phases:
        axes.barh(y_in, phase.end_s - phase.begin_s, _BAR_IN, phase.begin_s, **_style(phase.name), zorder=2)
    for colour, width in ((PAPER, 3.4), (INK, 1.2)):  # a pale border keeps the dark line visible on a dark bar
        ends = [bar.low_s, bar.high_s]
        axes.plot(ends, [y_in, y_in], color=colour, linewidth=width, marker="|", markersize=5, zorder=3, clip_on=False)
    end_s = max(bar.high_s, bar.phases[-1].end_s)
    write(axes, (end_s, y_in), human(bar.ready_s, Unit.SECOND), (8, 0), bbox=GROUND)


def _lines(name: str) -> str:
    return wrapped(name, _MOST_LINES, (_CHARACTERS,))


def _style(phase: str) -> dict[str, Any]:
    place = PHASES.index(phase)
    return {"facecolor": colour_of(place), "hatch": HATCHES[place], "edgecolor": PAPER, "linewidth": 0}


def _legend(axes: Axes, phase: str, index: int, left_in: float) -> None:
    """Draw a phase's mark and name above the axes, all in one row."""
    width_in, y_in = WIDTH_IN - left_in - _VALUE_IN, -_LEGEND_IN / 2
    x = (0.06 + index * _COLUMN_IN - left_in) / width_in
    beside = axes.get_yaxis_transform()  # a share of the width, and inches
    mark = Rectangle((x, y_in - _MARK_IN / 2), _MARK_IN / width_in, _MARK_IN, transform=beside, **_style(phase))
    axes.add_patch(mark).set_clip_on(False)
    write(axes, (x + _MARK_IN / width_in, y_in), phase, (5, 0), xycoords=beside, color=MUTED)
