"""The data of two charts over the course of a trial, in base units: memory by moment, and cold start by phase.

This module must not know how `stage_plots` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrics.catalogue import (
    COLD_START_CREATE,
    COLD_START_FIRST_REQUEST,
    COLD_START_READY,
    COLD_START_START,
    MEMORY_AFTER,
    MEMORY_IDLE,
    MEMORY_LOADED,
    MEMORY_PEAK,
    MEMORY_PSS_AFTER,
    MEMORY_PSS_IDLE,
    MEMORY_PSS_LOADED,
    MEMORY_PSS_PEAK,
    PROCESS_START_FIRST_REQUEST,
    PROCESS_START_READY,
)
from harness.report.series import numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.metrics.catalogue import Metric
    from harness.model import Subject
    from harness.report.material import Material

_MOMENTS = ("idle", "peak under load", "end of load", "after a rest")
_MEMORY = (MEMORY_IDLE, MEMORY_PEAK, MEMORY_LOADED, MEMORY_AFTER)
_MEMORY_OF_PROCESSES = (MEMORY_PSS_IDLE, MEMORY_PSS_PEAK, MEMORY_PSS_LOADED, MEMORY_PSS_AFTER)
PHASES = ("create", "start", "until ready", "first request")


@dataclass(frozen=True, slots=True)
class Moment:
    """The memory at one moment of a trial, with its interval; `name` is the moment in words."""

    name: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """A subject's memory over a trial, in the order of time; `place` is its index among the contestants."""

    name: str
    place: int
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a cold start, from begin to end, in seconds since the start call; creating ends there."""

    name: str
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class StartBar:
    """A subject's cold start, in seconds since the start call: its phases, and its first right answer with interval."""

    name: str
    phases: tuple[Phase, ...]
    ready_s: float
    low_s: float
    high_s: float


def memory_lines(material: Material) -> tuple[MemoryLine, ...]:
    """Return the memory of each contestant that counts shared pages once, at each moment of a trial that was read."""
    lines = []
    for place, subject in enumerate(material.contestants):
        of_containers = tuple(_moments(material, subject, _MEMORY))
        moments = of_containers or tuple(_moments(material, subject, _MEMORY_OF_PROCESSES))
        lines.append(MemoryLine(material.name_of(subject), place, moments))
    return tuple(line for line in lines if line.moments)


def _moments(material: Material, subject: Subject, metrics: tuple[Metric, ...]) -> Iterator[Moment]:
    for name, metric in zip(_MOMENTS, metrics, strict=True):
        found = _numbers(material, subject, metric)
        if found is not None:
            yield Moment(name, *found)


def start_bars(material: Material) -> tuple[StartBar, ...]:
    """Return the phases of the cold start of each contestant that became ready."""
    bars = (_start_bar(material, subject) for subject in material.contestants)
    return tuple(bar for bar in bars if bar is not None)


def _start_bar(material: Material, subject: Subject) -> StartBar | None:
    ready = _numbers(material, subject, COLD_START_READY)
    request = COLD_START_FIRST_REQUEST
    if ready is None:
        ready, request = _numbers(material, subject, PROCESS_START_READY), PROCESS_START_FIRST_REQUEST
    if ready is None:
        return None
    ready_s, low_s, high_s = ready
    created_s = _estimate(material, subject, COLD_START_CREATE)
    started_s = min(ready_s, _estimate(material, subject, COLD_START_START))
    ends_s = (0.0, started_s, ready_s, ready_s + _estimate(material, subject, request))
    spans = zip(PHASES, (-created_s, *ends_s), ends_s, strict=False)
    phases = tuple(Phase(name, begin_s, end_s) for name, begin_s, end_s in spans if end_s > begin_s)
    return StartBar(material.name_of(subject), phases, ready_s, low_s, high_s)


def _estimate(material: Material, subject: Subject, metric: Metric) -> float:
    found = _numbers(material, subject, metric)
    return found[0] if found else 0.0


def _numbers(material: Material, subject: Subject, metric: Metric) -> tuple[float, float, float] | None:
    result = material.result(metric.name(), None, subject)
    return numbers_of(result) if result else None


def moments_of(lines: Sequence[MemoryLine]) -> Mapping[str, int]:
    """Return the place on the axis of each moment that a line has."""
    read = {moment.name for line in lines for moment in line.moments}
    return {name: place for place, name in enumerate(name for name in _MOMENTS if name in read)}
