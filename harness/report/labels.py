"""Names in charts: how long they may be, where their lines break, and where they stand beside the ends of lines.

A name of any length fits into a chart, and no two names lie on each other. This module must not know what is drawn.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from harness.report.drawing import CHARACTER_IN, LINE_IN, MUTED, colour_of, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes

_WIDTHS = (10, 16)  # characters of a line: the first that has room for a name
_MOST_LINES = 3
_BOLD_IN = 1.18 * CHARACTER_IN
_ELLIPSIS = "…"


def cut(name: str, most: int) -> str:
    """Return a name with at most so many characters; a longer one ends with `…`."""
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}{_ELLIPSIS}"


def wrapped(name: str, most_lines: int = _MOST_LINES, widths: Sequence[int] = _WIDTHS) -> str:
    """Return a name in at most so many lines, of the first width in characters that has room for it.

    A name without room in any width ends with `…`.
    """
    lines: list[str] = []
    for width in widths:
        lines = textwrap.wrap(name, width)
        if len(lines) <= most_lines:
            return "\n".join(lines)
    return "\n".join([*lines[: most_lines - 1], f"{lines[most_lines - 1][: widths[-1] - 1]}{_ELLIPSIS}"])


def margin_for(names: Iterable[str]) -> float:
    """Return the room right of the axes for these names, in inches."""
    return 0.1 + _BOLD_IN * max((len(line) for name in names for line in wrapped(name).split("\n")), default=0)


def label_ends(
    axes: Axes, ends: Sequence[tuple[str, int | None, tuple[float, float]]], *, at_edge: bool = True
) -> None:
    """Write each line's name at its right end, or at the right edge of the chart.

    Where ends are close to each other, their names move apart: up and down, and by as little as possible.

    Args:
        axes: The axes with the lines, whose limits do not change any more.
        ends: The name of each line, its place among the series, or None for the null target, and its end.
        at_edge: Whether all names stand at the edge, so that they form a column.
    """
    edge, to_pt = axes.get_xlim()[1], 72 / axes.figure.dpi
    in_order = sorted(ends, key=lambda end: end[2][1])
    wished = [float(axes.transData.transform((edge, y))[1]) * to_pt for _, _, (_, y) in in_order]
    low, high = axes.bbox.y0 * to_pt, axes.bbox.y1 * to_pt
    texts = _fitting([name for name, _, _ in in_order], high - low)
    placed = spread(wished, [_room_pt(text) for text in texts], low, high)
    for text, (_, place, (x, y)), at_pt, wished_pt in zip(texts, in_order, placed, wished, strict=True):
        style = {"color": MUTED} if place is None else {"color": colour_of(place), "weight": "bold"}
        offset_pt = (5 if at_edge else 8, at_pt - wished_pt)
        write(axes, (edge if at_edge else x, y), text, offset_pt, linespacing=1.1, **style)


def spread(wished: Sequence[float], rooms: Sequence[float], low: float, high: float) -> list[float]:
    """Return the middles of labels that do not overlap: as near to the wished ones as possible, between two limits.

    Labels that would overlap form a group around the mean of their wishes. Without room for all, they begin at the low
    limit and go beyond the high one.

    Args:
        wished: In ascending order.
        rooms: How much room each label takes.
        low: The lower limit.
        high: The upper limit.
    """
    groups: list[_Group] = []
    for middle, room in zip(wished, rooms, strict=True):
        group = _Group((middle - room / 2,), (room,))
        while groups and groups[-1].end(low, high) > group.begin(low, high):
            group = groups.pop().with_above(group)
        groups.append(group)
    middles = []
    for group in groups:
        at = group.begin(low, high)
        for room in group.rooms:
            middles.append(at + room / 2)
            at += room
    return middles


@dataclass(frozen=True, slots=True)
class _Group:
    """Labels that touch each other; each wish says where the group should begin, for one of them."""

    wishes: tuple[float, ...]
    rooms: tuple[float, ...]

    def begin(self, low: float, high: float) -> float:
        return max(low, min(fmean(self.wishes), high - sum(self.rooms)))

    def end(self, low: float, high: float) -> float:
        return self.begin(low, high) + sum(self.rooms)

    def with_above(self, above: _Group) -> _Group:
        shifted = tuple(wish - sum(self.rooms) for wish in above.wishes)
        return _Group((*self.wishes, *shifted), (*self.rooms, *above.rooms))


def _fitting(names: Sequence[str], height_pt: float) -> list[str]:
    """Return the names in as many lines as have room below each other; if some are then alike, they show their ends."""
    texts: list[str] = []
    for most_lines in range(_MOST_LINES, 0, -1):
        texts = [wrapped(name, most_lines) for name in names]
        if sum(map(_room_pt, texts)) <= height_pt:
            break
    if len(set(texts)) < len(set(names)):
        width = max(len(line) for name in names for line in wrapped(name).split("\n"))
        texts = [_cut_within(name, width) for name in names]
    return texts


def _cut_within(name: str, most: int) -> str:
    """Return a name with at most so many characters; a longer one has `…` in its middle."""
    end = (most - 1) // 2
    return name if len(name) <= most else f"{name[: most - 1 - end].rstrip()}{_ELLIPSIS}{name[-end:].lstrip()}"


def _room_pt(text: str) -> float:
    return 72 * LINE_IN * (text.count("\n") + 1)
