"""The picture of published against measured, as inline SVG: a panel for each kind of metric, a row for each figure.

A panel has one logarithmic axis. What was measured of a target is an area behind its rows. Each published figure has
its text on the left, its mark on the axis, and its verdict on the right; verdicts differ by mark as well as by colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from harness.model import Verdict
from harness.report.drawing import (
    BAD,
    CHARACTER_IN,
    GOOD,
    INK,
    MUTED,
    ODD,
    PAPER,
    PLACED,
    UNSURE,
    Canvas,
    Frame,
    colour_of,
    strip,
    styled,
    write,
)
from harness.report.labels import cut
from harness.report.log_ticks import log_ticks, tick_name
from harness.report.wording import VERDICT_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from harness.report.claims import Claim, Claims, Panel
    from harness.units import Unit

_TITLE_IN, _AXIS_IN, _GAP_IN = 0.3, 0.34, 0.1


@dataclass(frozen=True, slots=True)
class _Shape:
    """How rows are placed, in inches: texts beside the axis, or above the marks so that a phone shows all of a row."""

    width: float
    row: float
    target: float
    is_narrow: bool
    mark: float
    """Distance of a mark below its texts."""


class _Text(NamedTuple):
    """A text of a row."""

    text: str
    colour: str
    weight: str = "normal"


_WIDE = _Shape(7.2, row=0.2, target=0.26, is_narrow=False, mark=0.0)
_NARROW = _Shape(3.9, row=0.38, target=0.4, is_narrow=True, mark=0.17)
_EDGE_IN = 0.1
_LONGEST, _BOLD = 26, 1.2  # characters of a target's name; how much wider bold ones are
_KEPT = 16  # drawings: a report of all targets has two pictures for each of its pages
_MARGIN = 1.6  # the factor by which an axis extends beyond the numbers
_MARKS = {
    Verdict.CONFIRMED: ("o", GOOD),
    Verdict.REFUTED: ("X", BAD),
    Verdict.NOT_REPRODUCED: ("D", BAD),
    Verdict.CONTRADICTED: ("P", ODD),
    Verdict.INCONCLUSIVE: ("s", UNSURE),
    Verdict.NOT_COMPARABLE: ("^", PLACED),
    Verdict.NOT_MEASURED: (".", MUTED),
}
_SIZES_PT = {"X": 9, "P": 8}  # their pale edges take much of these marks


def claim_chart(panels: Sequence[Panel], description: str, *, is_narrow: bool = False) -> str:
    """Return the picture of the panels, the first at the top.

    The same picture is drawn once: page, file and marked blocks share the drawing.

    Args:
        panels: At least one, each with at least one claim.
        description: Text for screen readers.
        is_narrow: Whether the picture is for a phone.
    """
    return _drawn(tuple(panels), description, _NARROW if is_narrow else _WIDE)


@lru_cache(maxsize=_KEPT)
@styled
def _drawn(panels: tuple[Panel, ...], description: str, shape: _Shape) -> str:
    left_in, right_in = _margins(panels, shape)
    heights_in = [_height_in(panel, shape) for panel in panels]
    frame = Frame(sum(heights_in), shape.width, left=left_in, right=right_in, top=0.0, bottom=0.0)
    canvas = Canvas("claims-narrow" if shape.is_narrow else "claims", description, frame)
    top_in = 0.0
    for panel, height_in in zip(panels, heights_in, strict=True):
        rows_in = height_in - _TITLE_IN - _AXIS_IN - _GAP_IN
        axes = canvas.panel(top_in + _TITLE_IN, rows_in)
        _draw_panel(axes, panel, rows_in, left_in, shape)
        top_in += height_in
    return canvas.svg()


def _margins(panels: Sequence[Panel], shape: _Shape) -> tuple[float, float]:
    """Return the room for texts left and right of the axes."""
    if shape.is_narrow:
        return _EDGE_IN, _EDGE_IN
    texts = [claim.text for panel in panels for of in panel.targets for claim in of.claims]
    names = [cut(of.target, _LONGEST) for panel in panels for of in panel.targets]
    longest = max(*map(len, texts), *(_BOLD * len(name) for name in names))
    left_in, right_in = (0.25 + CHARACTER_IN * length for length in (longest, max(map(len, VERDICT_WORDS.values()))))
    return left_in, right_in


def _height_in(panel: Panel, shape: _Shape) -> float:
    rows_in = sum(shape.target + shape.row * len(of.claims) + _GAP_IN for of in panel.targets)
    return _TITLE_IN + rows_in + _AXIS_IN + _GAP_IN


def _draw_panel(axes: Axes, panel: Panel, rows_in: float, left_in: float, shape: _Shape) -> None:
    axes.set_ylim(rows_in, 0)
    numbers = list(_numbers(panel))
    axes.set_xlim(min(numbers) / _MARGIN, max(numbers) * _MARGIN)
    axes.set_xscale("log")
    write(axes, (0, 1), panel.title, (4 - 72 * left_in, 10), xycoords="axes fraction", weight="bold")
    y_in = 0.0
    for of in panel.targets:
        _draw_target(axes, of, y_in, shape)
        y_in += shape.target + shape.row * len(of.claims) + _GAP_IN
    named = partial(_tick, axes, unit=panel.unit, shape=shape)
    axes.xaxis.set_major_locator(FixedLocator(log_ticks(*axes.get_xlim(), panel.unit, named)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: named(value)))
    axes.yaxis.set_major_locator(NullLocator())
    strip(axes, "x")


def _tick(axes: Axes, value: float, unit: Unit, shape: _Shape) -> str:
    """Return the name of a tick; on a phone none that would lie beyond the screen."""
    text = tick_name(value, unit)
    low, high = axes.get_xlim()
    share = math.log(value / low) / math.log(high / low)
    room_in = min(share, 1 - share) * (shape.width - 2 * _EDGE_IN) + _EDGE_IN
    return "" if shape.is_narrow and CHARACTER_IN * len(text) / 2 > room_in else text


def _numbers(panel: Panel) -> Iterator[float]:
    for of in panel.targets:
        yield from (of.low, of.high)
        yield from (end for claim in of.claims for end in (claim.low, claim.high) if math.isfinite(end) and end > 0)


def _draw_target(axes: Axes, of: Claims, top_in: float, shape: _Shape) -> None:
    colour, middle_in = colour_of(of.place), top_in + _WIDE.target / 2
    bottom_in = top_in + shape.target + shape.row * len(of.claims)
    axes.fill_between([of.low, of.high], top_in, bottom_in, color=colour, alpha=0.14, linewidth=0, zorder=0)
    bar_in = middle_in + shape.mark
    axes.plot([of.low, of.high], [bar_in] * 2, color=colour, linewidth=3.2, solid_capstyle="butt", zorder=2)
    _write_row(axes, middle_in, _Text(cut(of.target, _LONGEST), colour, "bold"), _Text("measured", colour), shape)
    for row, claim in enumerate(of.claims):
        y_in = top_in + shape.target + shape.row * row + _WIDE.row / 2
        marker, verdict_colour = _MARKS[claim.verdict]
        verdict = _Text(VERDICT_WORDS[claim.verdict], verdict_colour)
        _write_row(axes, y_in, _Text(claim.text, INK), verdict, shape)
        _draw_claim(axes, claim, y_in + shape.mark, marker, verdict_colour)


def _write_row(axes: Axes, y_in: float, left: _Text, right: _Text, shape: _Shape) -> None:
    """Write the two texts of a row: on both sides of the axis, or at both ends above the mark."""
    beside, away_pt = axes.get_yaxis_transform(), 0 if shape.is_narrow else 6
    sides = ("left", "right") if shape.is_narrow else ("right", "left")
    for x, one, offset_pt, side in ((0, left, -away_pt, sides[0]), (1, right, away_pt, sides[1])):
        write(axes, (x, y_in), one.text, (offset_pt, 0), xycoords=beside, ha=side, color=one.colour, weight=one.weight)


def _draw_claim(axes: Axes, claim: Claim, y_in: float, marker: str, colour: str) -> None:
    """Draw a number as a mark, a range as two marks with a line, and a bound as a mark with an arrow."""
    ends = [end for end in dict.fromkeys((claim.low, claim.high)) if math.isfinite(end) and end > 0]
    if len(ends) > 1:
        axes.plot(ends, [y_in, y_in], color=colour, linewidth=1.4, zorder=3)
    if math.isinf(claim.low) or math.isinf(claim.high):
        arrow = {"arrowstyle": "<-", "color": colour, "linewidth": 1.2}
        away = 20 if math.isinf(claim.high) else -20
        write(axes, (ends[0], y_in), "", (away, 0), arrowprops=arrow)
    size_pt = _SIZES_PT.get(marker, 6.5)
    for end in ends:
        axes.plot(end, y_in, marker=marker, markersize=size_pt, color=colour, markeredgecolor=PAPER, zorder=4)
