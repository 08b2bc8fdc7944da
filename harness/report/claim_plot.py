"""The picture of published against measured, as inline SVG: a panel for each kind of metric, a row for each figure.

A panel has one logarithmic axis. What was measured of a target is an area behind its rows. Each published figure has
its text on the left, its mark on the axis, and its verdict on the right; verdicts differ by mark as well as by colour.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from harness.model import Verdict
from harness.report.drawing import (
    BAD,
    CHARACTER_IN,
    GOOD,
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
from harness.report.wording import VERDICT_WORDS
from harness.units import human

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from harness.report.claims import Claim, Claims, Panel

_WIDTH_IN = 7.2
_ROW_IN, _TITLE_IN, _TARGET_IN, _AXIS_IN, _GAP_IN = 0.2, 0.3, 0.26, 0.34, 0.1
_KEPT = 8  # drawings: a report of all targets has a picture for each of its pages
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


def claim_chart(panels: Sequence[Panel], description: str) -> str:
    """Return the picture of the panels, the first at the top.

    The same picture is drawn once: page, file and marked blocks share the drawing.

    Args:
        panels: At least one, each with at least one claim.
        description: Text for screen readers.
    """
    return _drawn(tuple(panels), description)


@lru_cache(maxsize=_KEPT)
@styled
def _drawn(panels: tuple[Panel, ...], description: str) -> str:
    texts = [claim.text for panel in panels for of in panel.targets for claim in of.claims]
    left_in = 0.25 + CHARACTER_IN * max(map(len, texts))
    right_in = 0.25 + CHARACTER_IN * max(map(len, VERDICT_WORDS.values()))
    heights_in = [_height_in(panel) for panel in panels]
    frame = Frame(sum(heights_in), _WIDTH_IN, left=left_in, right=right_in, top=0.0, bottom=0.0)
    canvas = Canvas("claims", description, frame)
    top_in = 0.0
    for panel, height_in in zip(panels, heights_in, strict=True):
        rows_in = height_in - _TITLE_IN - _AXIS_IN - _GAP_IN
        axes = canvas.panel(top_in + _TITLE_IN, rows_in)
        _draw_panel(axes, panel, rows_in, left_in)
        top_in += height_in
    return canvas.svg()


def _height_in(panel: Panel) -> float:
    rows_in = sum(_TARGET_IN + _ROW_IN * len(of.claims) + _GAP_IN for of in panel.targets)
    return _TITLE_IN + rows_in + _AXIS_IN + _GAP_IN


def _draw_panel(axes: Axes, panel: Panel, rows_in: float, left_in: float) -> None:
    axes.set_ylim(rows_in, 0)
    numbers = list(_numbers(panel))
    axes.set_xlim(min(numbers) / _MARGIN, max(numbers) * _MARGIN)
    axes.set_xscale("log")
    write(axes, (0, 1), panel.title, (4 - 72 * left_in, 10), xycoords="axes fraction", weight="bold")
    y_in = 0.0
    for of in panel.targets:
        _draw_target(axes, of, y_in)
        y_in += _TARGET_IN + _ROW_IN * len(of.claims) + _GAP_IN
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,), numticks=20))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: human(value, panel.unit, digits=1)))
    axes.yaxis.set_major_locator(NullLocator())
    strip(axes, "x")


def _numbers(panel: Panel) -> Iterator[float]:
    for of in panel.targets:
        yield from (of.low, of.high)
        yield from (end for claim in of.claims for end in (claim.low, claim.high) if math.isfinite(end) and end > 0)


def _draw_target(axes: Axes, of: Claims, top_in: float) -> None:
    beside = axes.get_yaxis_transform()
    colour, middle_in = colour_of(of.place), top_in + _TARGET_IN / 2
    bottom_in = top_in + _TARGET_IN + _ROW_IN * len(of.claims)
    axes.fill_between([of.low, of.high], top_in, bottom_in, color=colour, alpha=0.14, linewidth=0, zorder=0)
    axes.plot([of.low, of.high], [middle_in] * 2, color=colour, linewidth=3.2, solid_capstyle="butt", zorder=2)
    write(axes, (0, middle_in), of.target, (-6, 0), xycoords=beside, ha="right", color=colour, weight="bold")
    write(axes, (1, middle_in), "measured", (6, 0), xycoords=beside, color=colour)
    for row, claim in enumerate(of.claims):
        y_in = top_in + _TARGET_IN + _ROW_IN * (row + 0.5)
        marker, verdict_colour = _MARKS[claim.verdict]
        write(axes, (0, y_in), claim.text, (-6, 0), xycoords=beside, ha="right")
        write(axes, (1, y_in), VERDICT_WORDS[claim.verdict], (6, 0), xycoords=beside, color=verdict_colour)
        _draw_claim(axes, claim, y_in, marker, verdict_colour)


def _draw_claim(axes: Axes, claim: Claim, y_in: float, marker: str, colour: str) -> None:
    """Draw a number as a mark, a range as two marks with a line, and a bound as a mark with an arrow."""
    ends = [end for end in dict.fromkeys((claim.low, claim.high)) if math.isfinite(end) and end > 0]
    if len(ends) > 1:
        axes.plot(ends, [y_in, y_in], color=colour, linewidth=1.4, zorder=3)
    if math.isinf(claim.low) or math.isinf(claim.high):
        arrow = {"arrowstyle": "<-", "color": colour, "linewidth": 1.2}
        away = 20 if math.isinf(claim.high) else -20
        write(axes, (ends[0], y_in), "", (away, 0), arrowprops=arrow)
    for end in ends:
        axes.plot(end, y_in, marker=marker, markersize=6.5, color=colour, markeredgecolor=PAPER, zorder=4)
