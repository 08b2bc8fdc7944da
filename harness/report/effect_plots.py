"""The charts of ratios beside the noise floor, and of every trial in the order of the run, as inline SVG."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from harness.report.drawing import (
    CHARACTER_IN,
    GRID,
    INK,
    LINE_IN,
    MARKERS,
    MUTED,
    PAPER,
    SERIES_COUNT,
    WIDTH_IN,
    Canvas,
    Frame,
    colour_of,
    strip,
    styled,
    tick,
    write,
)
from harness.report.labels import cut, wrapped
from harness.units import unrounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from harness.report.effects import Dots, Effect
    from harness.report.machine_noise import BlockNoise

_ROW_IN, _MARK_IN, _FOOT_IN, _LEGEND_IN = 0.42, 0.21, 0.32, 0.25  # a row of ratios has its name above its mark
_TRIALS_IN, _NOISE_IN, _TITLE_IN, _AXIS_IN = 1.9, 0.8, 0.36, 0.5
_IN_ORDER = "trial, in the order of the run"
_TICK_STEPS = ((1, 1.1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8, 9), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
_LEAST_APART_IN, _BETWEEN_IN = 0.36, 0.05  # of two ticks, and of their labels
_MARGIN = 1.25  # the factor by which the axis of ratios extends beyond the numbers
_LONGEST = 40  # characters of a name in the legend
_NAME_UP = 0.22  # of a row, from its middle to that of the name
_RATIO_LINES, _RATIO_WIDTH = 4, 54  # of the name of a ratio; the width in characters
_MOST_COLUMNS, _BESIDE_IN = 3, 0.3  # of the legend; the room of a mark and the space around it
_LEAST_SPREAD = 0.02  # of the axis of trials, so that calm trials do not look wild


@styled
def forest_chart(effects: Sequence[Effect], description: str) -> str:
    """Return the chart of ratios with intervals on a logarithmic axis; the noise floor of each is an area around 1.

    Args:
        effects: At least one.
        description: Text for screen readers.
    """
    names = [wrapped(one.name, _RATIO_LINES, (_RATIO_WIDTH,)) for one in effects]
    rows_in = list(pairwise(accumulate((_ROW_IN + LINE_IN * name.count("\n") for name in names), initial=0.0)))
    bottoms_in = [bottom_in for _, bottom_in in rows_in]
    height_in = bottoms_in[-1]
    right_in = 0.15 + CHARACTER_IN * max(len(one.said) for one in effects)
    canvas = Canvas(
        "forest", description, Frame(height_in + _FOOT_IN, left=0.1, right=right_in, top=0.0, bottom=_FOOT_IN)
    )
    axes = canvas.axes
    axes.set_ylim(height_in, 0)
    ends = [1.0, *(end for one in effects for end in (one.low, one.high))]
    axes.set_xlim(min(ends) / _MARGIN, max(ends) * _MARGIN)
    axes.set_xscale("log")
    ticks = _ratio_ticks(*axes.get_xlim(), WIDTH_IN - 0.1 - right_in)
    _rule(axes, ticks, bottoms_in, GRID, 0.8)
    _rule(axes, [1.0], bottoms_in, MUTED, 1.0)
    for effect, name, (top_in, bottom_in) in zip(effects, names, rows_in, strict=True):
        _draw_effect(axes, effect, bottom_in)
        name_in = (top_in + bottom_in) / 2 - _NAME_UP * _ROW_IN
        write(axes, (0, name_in), name, (0, 0), xycoords=axes.get_yaxis_transform(), color=MUTED)
        middle_in = bottom_in - _MARK_IN / 2
        write(axes, (1, middle_in), effect.said, (6, 0), xycoords=axes.get_yaxis_transform(), weight="bold")
    tick(axes, [(at, unrounded(at)) for at in ticks])
    axes.yaxis.set_major_locator(NullLocator())
    strip(axes)
    return canvas.svg()


@styled
def trials_chart(subjects: Sequence[Dots], noise: Sequence[BlockNoise], description: str) -> str:
    """Return the chart of every trial as a dot, in the order of the run; disturbed trials are hollow.

    Args:
        subjects: At least one, each with at least one trial.
        noise: The machine in each block, drawn below on the same axis; empty for a run without its signals.
        description: Text for screen readers.
    """
    columns = _columns([subject.name for subject in subjects])
    top_in = _TITLE_IN + _LEGEND_IN * math.ceil(len(subjects) / columns)
    below_in = _NOISE_IN + _TITLE_IN if noise else 0.0
    height_in = top_in + _TRIALS_IN + below_in + _AXIS_IN
    canvas = Canvas("trials", description, Frame(height_in, top=top_in, bottom=_AXIS_IN + below_in))
    axes = canvas.axes
    if noise:
        axes = canvas.panel(top_in, _TRIALS_IN)
        _draw_noise(canvas.panel(top_in + _TRIALS_IN + _TITLE_IN, _NOISE_IN), noise, axes)
    for subject in subjects:
        for dot in subject.dots:
            axes.plot(dot.place, 100 * (dot.share - 1), **_style(subject.place, is_hollow=dot.is_disturbed))
    spread = max(_LEAST_SPREAD, *(abs(dot.share - 1) for subject in subjects for dot in subject.dots))
    axes.set_ylim(-120 * spread, 120 * spread)
    axes.axhline(0, color=MUTED, linewidth=1, zorder=1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g} %" if value else "mean"))
    last = max(dot.place for subject in subjects for dot in subject.dots)
    axes.set_xlim(0, max([last, *(one.last for one in noise)]) + 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if noise:
        axes.tick_params(labelbottom=False)
    else:
        axes.set_xlabel(_IN_ORDER, color=MUTED)
    _title(axes, "from the target's own mean")
    for index, subject in enumerate(subjects):
        _legend(axes, subject, divmod(index, columns), columns, top_in)
    strip(axes, "y")
    return canvas.svg()


def _draw_noise(axes: Axes, noise: Sequence[BlockNoise], trials: Axes) -> None:
    """Draw the CPU time of the same work in each block as an area from least to most, with a line at the median."""
    for one in noise:
        ends = [one.first - 0.4, one.last + 0.4]
        low, median, high = (100 * (share - 1) for share in (one.low, one.median, one.high))
        axes.fill_between(ends, low, high, color=MUTED, alpha=0.3, linewidth=0, zorder=1)
        axes.plot(ends, [median, median], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=2)
    least, most = min(one.low for one in noise) - 1, max(one.high for one in noise) - 1
    axes.set_ylim(100 * min(1.2 * least, -_LEAST_SPREAD), 100 * max(1.2 * most, _LEAST_SPREAD))
    axes.sharex(trials)
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g} %" if value else "median"))
    axes.set_xlabel(_IN_ORDER, color=MUTED)
    _title(axes, "CPU time of the same work")
    strip(axes, "y")


def _title(axes: Axes, text: str) -> None:
    write(axes, (0, 1), text, (4 - 72 * Frame().left, 13), xycoords="axes fraction", color=MUTED)


def _ratio_ticks(low: float, high: float, width_in: float) -> Sequence[float]:
    """Return the ticks of an axis of ratios: as many as have room for their labels."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in _TICK_STEPS:
        every = (float(f"{step}e{decade}") for decade in decades for step in steps)
        ticks = [at for at in every if low <= at <= high]
        apart = (math.log(after / at) for at, after in pairwise(ticks))
        longest_in = CHARACTER_IN * max((len(unrounded(at)) for at in ticks), default=0)
        least_in = max(_LEAST_APART_IN, longest_in + _BETWEEN_IN)
        if width_in * min(apart, default=math.inf) / math.log(high / low) >= least_in:
            break
    return ticks


def _rule(axes: Axes, places: Sequence[float], bottoms_in: Sequence[float], colour: str, width: float) -> None:
    """Draw a vertical line at each place in every row, below its name and not through it; all are one path."""
    spans = [(bottom_in - _MARK_IN, bottom_in, math.nan) for bottom_in in bottoms_in]
    xs = [at for at in places for _ in spans for _ in range(3)]
    ys = [y for _ in places for span in spans for y in span]
    axes.plot(xs, ys, color=colour, linewidth=width, zorder=0.5, solid_capstyle="butt")


def _draw_effect(axes: Axes, effect: Effect, bottom_in: float) -> None:
    y_in = bottom_in - _MARK_IN / 2
    if effect.floor is not None:
        around = [1 / (1 + effect.floor), 1 + effect.floor]
        axes.fill_between(around, bottom_in - _MARK_IN, bottom_in, color=MUTED, alpha=0.3, linewidth=0, zorder=0)
    ends = [effect.low, effect.high]
    axes.plot(ends, [y_in, y_in], color=INK, linewidth=1.4, marker="|", markersize=6, zorder=2)
    face = INK if effect.is_shown else PAPER
    axes.plot(effect.ratio, y_in, marker="D", markersize=5, color=INK, markerfacecolor=face, zorder=3)


def _columns(names: Sequence[str]) -> int:
    """Return how many names stand beside each other in the legend."""
    longest_in = _BESIDE_IN + CHARACTER_IN * min(_LONGEST, max(map(len, names)))
    return max(1, min(_MOST_COLUMNS, int((WIDTH_IN - Frame().left - Frame().right) / longest_in)))


def _legend(axes: Axes, subject: Dots, at: tuple[int, int], columns: int, top_in: float) -> None:
    """Write a subject's mark and name above the axes, in a row and a column."""
    row, column = at
    x, y = 0.02 + column / columns, 1 + (top_in - _LEGEND_IN * (row + 0.5)) / _TRIALS_IN
    style = _style(subject.place) | {"transform": axes.transAxes, "clip_on": False}
    axes.plot(x, y, **style)
    name = cut(subject.name, _LONGEST)
    write(axes, (x, y), name, (8, 0), xycoords="axes fraction", color=colour_of(subject.place))


def _style(place: int, *, is_hollow: bool = False) -> dict[str, Any]:
    colour = colour_of(place)
    return {
        "marker": MARKERS[place % SERIES_COUNT],
        "markersize": 5.5,
        "color": colour,
        "markerfacecolor": PAPER if is_hollow else colour,
        "linestyle": "",
        "zorder": 3,
    }
