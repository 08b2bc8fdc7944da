"""The charts of a report, as inline SVG. Lines differ by marker, dash and label as well as by colour."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from harness.metrics.names import Quantile
from harness.metrics.words import percentile
from harness.report.drawing import (
    CHARACTER_IN,
    DASHES,
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
    tick,
    write,
)
from harness.report.labels import label_ends, margin_for, wrapped
from harness.report.ladder import NULL_TARGET
from harness.report.log_ticks import log_ticks, tick_name
from harness.report.series import nines
from harness.report.stages import moments_of
from harness.units import Unit, scale_of, unrounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from harness.model import MemoryPoint
    from harness.report.ladder import LadderLine, Step
    from harness.report.memory_time import MemoryTrack
    from harness.report.series import LatencyLine, LatencyPanel, Level, ThroughputLine
    from harness.report.stages import MemoryLine

_MANY_DECADES = 3.0
_REST_AWAY = 4.0  # the first rate over the place of the rest
_READY, _READY_AWAY = "ready", 0.15  # of the time of load, from the place of ready to the first load
_HEADROOM = 1.6  # the factor by which a logarithmic axis extends beyond the data
_QUANTILES = (Quantile.P50, Quantile.P90, Quantile.P99, Quantile.P999)


@styled
def throughput_chart(lines: Sequence[ThroughputLine], description: str) -> str:
    """Return the chart of throughput by connections, both axes logarithmic; lower bounds are hollow, with an arrow.

    Args:
        lines: At least one, each with at least one level.
        description: Text for screen readers.
    """
    contested = [line for line in lines if line.place is not None]
    canvas = Canvas("throughput", description, Frame(right=margin_for([line.name for line in contested])))
    axes = canvas.axes
    for line in lines:
        _draw_throughput(axes, line)
    levels = sorted({level.connections for line in lines for level in line.levels})
    axes.set_xscale("log")
    axes.set_xlim(levels[0] / 1.2, levels[-1] * 1.2)
    tick(axes, [(level, f"{level:,}") for level in levels])
    _scale_log(axes, [end for line in lines for level in line.levels for end in (level.low, level.high)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: unrounded(value)))
    _title(axes, "connections", "requests per second")
    label_ends(axes, [(line.name, line.place or 0, _end(line.levels)) for line in contested])
    return canvas.svg()


@styled
def latency_chart(panel: LatencyPanel, description: str) -> str:
    """Return the chart of the latency of all requests, from the fastest to p99.9, with the percentiles' intervals.

    Args:
        panel: At least one line.
        description: Text for screen readers.
    """
    names = [line.name for line in panel.lines] + ([NULL_TARGET] if panel.floor else [])
    frame = Frame(right=margin_for(names))
    canvas = Canvas(f"latency-{panel.rate_per_s:g}", description, frame)
    axes = canvas.axes
    for line in panel.lines:
        _draw_latency(axes, line)
    if panel.floor:
        xs, ys = [nines(quantile) for quantile, _ in panel.floor], [value for _, value in panel.floor]
        axes.plot(xs, ys, color=MUTED, linewidth=1, dashes=(1.5, 2.5), zorder=1)
    axes.set_xlim(0, nines(_QUANTILES[-1].share) * 1.03)  # 0 is the fastest request
    tick(axes, [(nines(quantile.share), percentile(quantile)) for quantile in _QUANTILES])
    marks = [end for line in panel.lines for mark in line.percentiles for end in (mark.low, mark.high)]
    curves = [*(line.curve for line in panel.lines), panel.floor]
    _scale_log(axes, marks + [value for curve in curves for _, value in curve])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_name(value, Unit.SECOND)))
    _title(axes, "percentile of requests", "response time")
    ends: list[tuple[str, int | None, tuple[float, float]]] = [
        (line.name, line.place, _last(line)) for line in panel.lines
    ]
    ends += [(NULL_TARGET, None, (nines(quantile), value)) for quantile, value in panel.floor[-1:]]
    label_ends(axes, ends)
    return canvas.svg()


@styled
def ladder_chart(lines: Mapping[Quantile, Sequence[LadderLine]], description: str) -> str:
    """Return the chart of response times by offered rate, both axes logarithmic; the null target's are muted.

    Args:
        lines: For each percentile the lines of the subjects; at least one line, each with at least one step.
        description: Text for screen readers.
    """
    named = [(f"{line.name} {percentile(of)}", line) for of, of_quantile in lines.items() for line in of_quantile]
    canvas = Canvas("ladder-latency", description, Frame(right=margin_for([name for name, _ in named])))
    axes = canvas.axes
    steps = [step for _, line in named for step in line.steps]
    _scale_rates(axes, [step.rate_per_s for step in steps])
    _scale_log(axes, [end for step in steps for end in (step.low, step.high)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_name(value, Unit.SECOND)))
    for of, of_quantile in lines.items():
        for line in of_quantile:
            _draw_steps(axes, line, [(step.rate_per_s, step) for step in line.steps], hollow=of is Quantile.P50)
    _title(axes, "offered requests per second", "response time")
    ends = [(name, line.place, (line.steps[-1].rate_per_s, line.steps[-1].estimate)) for name, line in named]
    label_ends(axes, ends, at_edge=False)
    return canvas.svg()


@styled
def cpu_chart(lines: Sequence[LadderLine], description: str) -> str:
    """Return the chart of CPU seconds per second by offered rate; the rest stands at the left end of the axis.

    Args:
        lines: At least one, each with at least one step.
        description: Text for screen readers.
    """
    canvas = Canvas("ladder-cpu", description, Frame(right=margin_for([line.name for line in lines])))
    axes = canvas.axes
    rates_per_s = [step.rate_per_s for line in lines for step in line.steps]
    at_rest = _scale_rates(axes, rates_per_s)
    highest = max(step.high for line in lines for step in line.steps)
    axes.set_ylim(-0.02 * highest, 1.1 * highest)  # room for the points at rest
    for line in lines:
        _draw_steps(axes, line, [(step.rate_per_s or at_rest, step) for step in line.steps])
    _title(axes, "offered requests per second", "CPU seconds per second")
    ends = [(line.name, line.place, (line.steps[-1].rate_per_s or at_rest, line.steps[-1].estimate)) for line in lines]
    label_ends(axes, ends, at_edge=False)
    return canvas.svg()


@styled
def memory_chart(lines: Sequence[MemoryLine], description: str) -> str:
    """Return the chart of memory by moment of a trial, from zero.

    Args:
        lines: At least one, each with at least one moment.
        description: Text for screen readers.
    """
    places = moments_of(lines)
    ticks = [(place, wrapped(name)) for name, place in places.items()]
    below_in = LINE_IN * max(name.count("\n") for _, name in ticks)
    frame = Frame(Frame().height + below_in, right=margin_for(line.name for line in lines), bottom=0.5 + below_in)
    canvas = Canvas("memory", description, frame)
    axes = canvas.axes
    highest = max(moment.high for line in lines for moment in line.moments)
    divisor, unit = scale_of(highest, Unit.BYTE)
    axes.set_xlim(-0.3, len(places) - 0.7)
    axes.set_ylim(0, 1.08 * highest / divisor)
    for line in lines:
        xs = [places[moment.name] for moment in line.moments]
        ys = [moment.estimate / divisor for moment in line.moments]
        dashes = DASHES[line.place % SERIES_COUNT]
        axes.plot(xs, ys, color=colour_of(line.place), linewidth=1.6, dashes=dashes, zorder=2)
        for x, moment in zip(xs, line.moments, strict=True):
            numbers = (moment.estimate / divisor, moment.low / divisor, moment.high / divisor)
            _draw_point(axes, x, numbers, line.place)
    tick(axes, ticks)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: unrounded(value)))
    _title(axes, "moment of a trial", f"memory, {unit}")
    ends = [
        (line.name, line.place, (float(places[line.moments[-1].name]), line.moments[-1].estimate / divisor))
        for line in lines
    ]
    label_ends(axes, ends)
    return canvas.svg()


@styled
def memory_time_chart(tracks: Sequence[MemoryTrack], description: str) -> str:
    """Return the chart of memory by time of a trial, from zero; what is read before load stands at its left end.

    Args:
        tracks: At least one.
        description: Text for screen readers.
    """
    frame = Frame(right=margin_for(track.name for track in tracks))
    canvas = Canvas("memory", description, frame)
    axes = canvas.axes
    read = [point for track in tracks for point in (track.ready, track.highest, *track.points)]
    highest = max(point.largest_bytes for point in read) or 1.0
    divisor, unit = scale_of(highest, Unit.BYTE)
    lasts_s = max(point.at_s for point in read) or 1.0
    at_ready = -_READY_AWAY * lasts_s
    end_s = 1.02 * lasts_s
    # room for half of the word `ready`, which else lies on the 0 of the other axis
    share = CHARACTER_IN * len(_READY) / 2 / (frame.width - frame.left - frame.right)
    axes.set_xlim(at_ready - share / (1 - share) * (end_s - at_ready), end_s)
    axes.set_ylim(0, 1.08 * highest / divisor)
    for track in tracks:
        _draw_track(axes, track, at_ready, divisor)
    seconds = (float(at) for at in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(0, lasts_s) if 0 <= at <= lasts_s)
    tick(axes, [(at_ready, _READY), *((at, unrounded(at)) for at in seconds)])
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: unrounded(value)))
    _title(axes, "seconds since the first load", f"memory, {unit}")
    ends = [(track.name, track.place, track.points[-1]) for track in tracks]
    label_ends(axes, [(name, place, (end.at_s, end.median_bytes / divisor)) for name, place, end in ends])
    return canvas.svg()


def _draw_track(axes: Axes, track: MemoryTrack, at_ready: float, divisor: float) -> None:
    """Draw a target's median line with marks at its quarters, the area of its trials, and its largest sample."""
    points, colour = (track.ready, *track.points), colour_of(track.place)
    xs = [at_ready, *(point.at_s for point in track.points)]
    low, middle, high = zip(*(_sizes(point, divisor) for point in points), strict=True)
    axes.fill_between(xs, low, high, color=colour, alpha=0.14, linewidth=0, zorder=1)
    axes.plot(
        xs,
        middle,
        color=colour,
        linewidth=1.6,
        dashes=DASHES[track.place % SERIES_COUNT],
        marker=MARKERS[track.place % SERIES_COUNT],
        markersize=5,
        markevery=[0, *range(1, len(xs), track.quarter)],
        zorder=2,
    )
    low_end, estimate, high_end = _sizes(track.highest, divisor)
    at = track.highest.at_s if track.highest.at_s >= 0 else at_ready
    _draw_point(axes, at, (estimate, low_end, high_end), track.place, hollow=True)


def _sizes(point: MemoryPoint, divisor: float) -> tuple[float, float, float]:
    return point.smallest_bytes / divisor, point.median_bytes / divisor, point.largest_bytes / divisor


def _draw_throughput(axes: Axes, line: ThroughputLine) -> None:
    xs = [level.connections for level in line.levels]
    ys = [level.estimate for level in line.levels]
    if line.place is None:
        axes.plot(xs, ys, color=MUTED, linewidth=1, dashes=(1.5, 2.5), zorder=1)
        write(axes, (xs[-1], ys[-1]), line.name, (0, 8), color=MUTED, fontsize=8.5, ha="right")
        return
    colour = colour_of(line.place)
    axes.plot(xs, ys, color=colour, linewidth=1.6, dashes=DASHES[line.place % SERIES_COUNT], zorder=2)
    for level in line.levels:
        _draw_point(axes, level.connections, (level.estimate, level.low, level.high), line.place, hollow=level.is_floor)
        if level.is_floor:
            up = {"arrowstyle": "<-", "color": colour, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 2}
            axes.annotate("", (level.connections, level.high), (0, 13), textcoords="offset points", arrowprops=up)


def _draw_latency(axes: Axes, line: LatencyLine) -> None:
    xs = [nines(quantile) for quantile, _ in line.curve]
    ys = [value for _, value in line.curve]
    axes.plot(xs, ys, color=colour_of(line.place), linewidth=1.6, dashes=DASHES[line.place % SERIES_COUNT], zorder=2)
    for mark in line.percentiles:
        _draw_point(axes, nines(mark.quantile), (mark.estimate, mark.low, mark.high), line.place)


def _draw_steps(axes: Axes, line: LadderLine, steps: Sequence[tuple[float, Step]], *, hollow: bool = False) -> None:
    xs, ys = [x for x, _ in steps], [step.estimate for _, step in steps]
    if line.place is None:
        axes.plot(xs, ys, color=MUTED, linewidth=1, dashes=(1.5, 2.5), marker="" if len(xs) > 1 else ".", zorder=1)
        return
    axes.plot(xs, ys, color=colour_of(line.place), linewidth=1.6, dashes=DASHES[line.place % SERIES_COUNT], zorder=2)
    for x, step in steps:
        _draw_point(axes, x, (step.estimate, step.low, step.high), line.place, hollow=hollow)


def _draw_point(axes: Axes, x: float, numbers: tuple[float, float, float], place: int, *, hollow: bool = False) -> None:
    estimate, low, high = numbers
    axes.errorbar(
        x,
        estimate,
        yerr=[[estimate - low], [high - estimate]],
        color=colour_of(place),
        ecolor=colour_of(place),
        elinewidth=1.2,
        capsize=2.5,
        marker=MARKERS[place % SERIES_COUNT],
        markersize=5.5,
        markerfacecolor=PAPER if hollow else colour_of(place),
        markeredgewidth=1.4,
        zorder=3,
    )


def _scale_log(axes: Axes, values: Sequence[float]) -> None:
    positive = [value for value in values if value > 0]  # a request below the clock's resolution is stored as 0 ns
    low, high = min(positive) / _HEADROOM, max(positive) * _HEADROOM
    axes.set_ylim(low, high)  # before the scale, which warns if all numbers are equal
    axes.set_yscale("log")
    ticks = log_ticks(low, high, Unit.ONE, str, is_fine=math.log10(high / low) <= _MANY_DECADES)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())


def _scale_rates(axes: Axes, rates_per_s: Sequence[float]) -> float:
    """Make the rates a logarithmic axis. If one rate is 0, the rest gets a place at its left end, which is returned."""
    rates = [rate for rate in rates_per_s if rate > 0] or [1.0]
    has_rest = min(rates_per_s) <= 0
    at_rest = min(rates) / _REST_AWAY
    low, high = (at_rest if has_rest else min(rates)) / _HEADROOM, max(rates) * _HEADROOM
    axes.set_xlim(low, high)
    axes.set_xscale("log")
    named = [(rate, unrounded(rate)) for rate in log_ticks(min(rates) / _HEADROOM, high, Unit.ONE, str)]
    tick(axes, [(at_rest, "at rest"), *named] if has_rest else named)
    return at_rest


def _title(axes: Axes, x_title: str, y_title: str) -> None:
    axes.set_xlabel(x_title, color=MUTED)
    # above the axis, so that the text is horizontal
    write(axes, (0, 1), y_title, (4 - 72 * Frame().left, 13), xycoords="axes fraction", color=MUTED, va="bottom")
    strip(axes, "y")


def _end(levels: Sequence[Level]) -> tuple[float, float]:
    return levels[-1].connections, levels[-1].estimate


def _last(line: LatencyLine) -> tuple[float, float]:
    if line.curve:
        quantile, value = line.curve[-1]
        return nines(quantile), value
    return nines(line.percentiles[-1].quantile), line.percentiles[-1].estimate
