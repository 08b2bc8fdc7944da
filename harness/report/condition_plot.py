"""The picture of throughput by condition, as inline SVG: a band for each target, a row for each condition.

The axis of throughput is logarithmic. Each level has its own marker. The published figures of a target are vertical
lines through its band, each with its printed text above the band.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from harness.report.drawing import (
    CHARACTER_IN,
    GROUND,
    LINE_IN,
    MARKERS,
    MUTED,
    PAPER,
    SERIES_COUNT,
    Canvas,
    Frame,
    colour_of,
    strip,
    styled,
    write,
)
from harness.report.labels import cut
from harness.report.log_ticks import log_ticks
from harness.units import Unit, unrounded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from harness.report.conditions import Band, Mark
    from harness.report.series import Level

_WIDTH_IN, _RIGHT_IN, _FOOT_IN, _LEGEND_IN = 6.4, 0.2, 0.5, 0.3
_ROW_IN, _TITLE_IN, _GAP_IN = 0.22, 0.3, 0.16
_LEGEND = "connections"
_MARGIN = 1.5  # the factor by which the axis extends beyond the numbers
_TEXT_CHARACTERS = 38
_LONGEST = 30  # characters of the name of a condition


@styled
def condition_chart(bands: Sequence[Band], description: str) -> str:
    """Return the chart of the bands, the first at the top.

    Args:
        bands: At least one, each with at least one row with at least one level.
        description: Text for screen readers.
    """
    height_in = _LEGEND_IN + sum(map(_height_in, bands))
    beside = (_LEGEND, *(cut(row.name, _LONGEST) for band in bands for row in band.rows))
    left_in = 0.2 + CHARACTER_IN * max(map(len, beside))
    frame = Frame(_FOOT_IN + height_in, _WIDTH_IN, left=left_in, right=_RIGHT_IN, top=0.0, bottom=_FOOT_IN)
    canvas = Canvas("conditions", description, frame)
    axes = canvas.axes
    axes.set_ylim(height_in, 0)
    numbers = list(_numbers(bands))
    axes.set_xlim(min(numbers) / _MARGIN, max(numbers) * _MARGIN)
    axes.set_xscale("log")
    drawing = _Drawing(axes, _markers(bands), left_in)
    drawing.legend()
    top_in = _LEGEND_IN
    for place, band in enumerate(bands):
        drawing.band(band, place, top_in)
        top_in += _height_in(band)
    _finish(axes)
    return canvas.svg()


def _markers(bands: Sequence[Band]) -> dict[int, str]:
    levels = sorted({level.connections for band in bands for row in band.rows for level in row.levels})
    return {level: MARKERS[place % SERIES_COUNT] for place, level in enumerate(levels)}


def _numbers(bands: Sequence[Band]) -> Iterator[float]:
    for band in bands:
        yield from (end for row in band.rows for level in row.levels for end in (level.low, level.high) if end > 0)
        yield from (end for mark in band.marks for end in (mark.low, mark.high))


def _height_in(band: Band) -> float:
    texts_in = sum(_text_in(mark) for mark in band.marks)
    return _TITLE_IN + texts_in + _ROW_IN * len(band.rows) + _GAP_IN


def _text_in(mark: Mark) -> float:
    return LINE_IN * len(_lines(mark)) + 0.03


def _lines(mark: Mark) -> list[str]:
    return textwrap.wrap(mark.printed, _TEXT_CHARACTERS)


class _Drawing:
    """Draws the legend and the bands from top to bottom; heights are in inches, as on the vertical axis."""

    def __init__(self, axes: Axes, markers: Mapping[int, str], left_in: float) -> None:
        self._axes = axes
        self._markers = markers
        self._left_in = left_in

    def legend(self) -> None:
        """Draw the marker of each level, with its number of connections."""
        axes, y_in, x_in = self._axes, _LEGEND_IN / 2, 0.1
        width_in = _WIDTH_IN - self._left_in - _RIGHT_IN
        self._beside_axis(y_in, _LEGEND, ha="right", color=MUTED)
        for level, marker in self._markers.items():
            at, name, fraction = (x_in / width_in, y_in), f"{level:,}", axes.get_yaxis_transform()
            axes.plot(*at, marker=marker, markersize=5.5, color=MUTED, transform=fraction, clip_on=False)
            write(axes, at, name, (7, 0), xycoords=fraction, color=MUTED)
            x_in += 0.4 + CHARACTER_IN * len(name)

    def band(self, band: Band, place: int, top_in: float) -> None:
        """Draw a target: its title, the texts of its published figures, and its conditions."""
        self._beside_axis(top_in + _TITLE_IN / 2, band.title, 4 - 72 * self._left_in, weight="bold")
        bottom_in, y_in = top_in + _height_in(band) - _GAP_IN, top_in + _TITLE_IN
        for mark in band.marks:
            _draw_mark(self._axes, mark, y_in, bottom_in)
            y_in += _text_in(mark)
        for row in band.rows:
            self._beside_axis(y_in + _ROW_IN / 2, cut(row.name, _LONGEST), ha="right")
            self._row(row.levels, colour_of(place), y_in + _ROW_IN / 2)
            y_in += _ROW_IN

    def _beside_axis(self, y_in: float, text: str, offset_pt: float = -6, **options: Any) -> None:  # noqa: ANN401 - matplotlib's options
        write(self._axes, (0, y_in), text, (offset_pt, 0), xycoords=self._axes.get_yaxis_transform(), **options)

    def _row(self, levels: Sequence[Level], colour: str, y_in: float) -> None:
        axes, estimates = self._axes, [level.estimate for level in levels]
        axes.plot([min(estimates), max(estimates)], [y_in, y_in], color=colour, linewidth=1.0, zorder=2)
        for level in levels:
            ends = [level.low, level.high]
            axes.plot(ends, [y_in, y_in], color=colour, linewidth=2.6, solid_capstyle="butt", zorder=2)
            axes.plot(
                level.estimate,
                y_in,
                marker=self._markers[level.connections],
                markersize=5.5,
                color=colour,
                markerfacecolor=PAPER if level.is_floor else colour,
                markeredgewidth=1.2,
                zorder=3,
            )


def _draw_mark(axes: Axes, mark: Mark, y_in: float, bottom_in: float) -> None:
    """Draw a published number as a line, or a range as an area, from its text down to the end of the band."""
    if mark.low < mark.high:
        axes.fill_between([mark.low, mark.high], y_in, bottom_in, color=MUTED, alpha=0.13, linewidth=0, zorder=0)
    for end in dict.fromkeys((mark.low, mark.high)):
        axes.plot([end, end], [y_in, bottom_in], color=MUTED, linewidth=0.9, dashes=(3, 2), zorder=1)
    low, high = axes.get_xlim()
    is_left = mark.high * mark.high < low * high  # left of the middle of a logarithmic axis
    side, end = ("left", mark.high) if is_left else ("right", mark.low)
    at = end, y_in + _text_in(mark) / 2
    text = "\n".join(_lines(mark))
    write(axes, at, text, (4 if is_left else -4, 0), linespacing=1.1, ha=side, multialignment=side, bbox=GROUND)


def _finish(axes: Axes) -> None:
    axes.xaxis.set_major_locator(FixedLocator(log_ticks(*axes.get_xlim(), Unit.ONE, str)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: unrounded(value)))
    axes.yaxis.set_major_locator(NullLocator())
    axes.set_xlabel("requests per second", color=MUTED)
    strip(axes, "x")
