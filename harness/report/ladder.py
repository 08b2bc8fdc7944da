"""The data of the ladder's charts: response times and CPU time by offered rate, as plain numbers in base units.

The results have the numbers. The rate of a step is the mean of the rates that the trials stored. This module must not
know how `plots` draws it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.ladders import offered_rates
from harness.metrics.catalogue import CPU_LOAD_IDLE, CPU_LOAD_OWN_RATE, LATENCY_OWN_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.metrics.names import Quantile
    from harness.model import Floor, Result, Subject
    from harness.report.material import Material

NULL_TARGET = "null target"


@dataclass(frozen=True, slots=True)
class Step:
    """A number at an offered rate, with its interval; the rate at rest is 0."""

    rate_per_s: float
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LadderLine:
    """A subject's steps by rate; `place` is its index among the contestants, None for the null target."""

    name: str
    place: int | None
    steps: tuple[Step, ...]


def latency_steps(material: Material, quantile: Quantile) -> tuple[LadderLine, ...]:
    """Return a percentile at each step of all contestants, and the null target's at the same rates as the last line."""
    lines: list[LadderLine] = []
    floors: list[Step] = []
    for place, subject in enumerate(material.contestants):
        steps: list[Step] = []
        for share, rate_per_s in _rates(material, subject):
            result = material.result(LATENCY_OWN_RATE.name(share=share, quantile=quantile), material.headline, subject)
            steps += _steps(rate_per_s, result)
            floors += _steps(rate_per_s, result.floor if result else None)
        lines.append(LadderLine(material.name_of(subject), place, tuple(steps)))
    lines.append(LadderLine(NULL_TARGET, None, tuple(sorted(floors, key=lambda step: step.rate_per_s))))
    return tuple(line for line in lines if line.steps)


def cpu_steps(material: Material) -> tuple[LadderLine, ...]:
    """Return the CPU seconds per second of all contestants, at rest and at each step; empty without a ladder."""
    lines = []
    for place, subject in enumerate(material.contestants):
        rates = _rates(material, subject)
        steps = list(_steps(0.0, material.result(CPU_LOAD_IDLE.name(), None, subject))) if rates else []
        for share, rate_per_s in rates:
            steps += _steps(
                rate_per_s, material.result(CPU_LOAD_OWN_RATE.name(share=share), material.headline, subject)
            )
        lines.append(LadderLine(material.name_of(subject), place, tuple(steps)))
    return tuple(line for line in lines if line.steps)


def _rates(material: Material, subject: Subject) -> list[tuple[float, float]]:
    """Return share and mean rate of each step that was driven, in the order of rates."""
    steps = offered_rates(material.stored.trials).get(subject, {})
    return [(share, rate_per_s) for (scenario, share), rate_per_s in steps.items() if scenario == material.headline]


def _steps(rate_per_s: float, number: Result | Floor | None) -> Iterator[Step]:
    if number is not None and number.estimate is not None and number.low is not None and number.high is not None:
        yield Step(rate_per_s, number.estimate, number.low, number.high)
