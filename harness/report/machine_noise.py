"""The machine in each block, from the stored signals: how fast its core was, and what held the generator back.

The page carries the signals, so that these numbers can be computed from it.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.experiment.noise import signals_by_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.report.material import Material


@dataclass(frozen=True, slots=True)
class BlockNoise:
    """The machine in one block.

    Attributes:
        block: From 1.
        median, low, high: The CPU time that the speed probe's work took, over its median in the run.
        waited: The share of time that the generator waited for its core; None where the kernel does not count it.
        steal: The share of time that the hypervisor held back a core.
        first, last: The places of its trials in the order of the run.
    """

    block: int
    median: float
    low: float
    high: float
    waited: float | None
    steal: float | None
    first: int
    last: int


def machine_noise(material: Material) -> tuple[BlockNoise, ...]:
    """Return the machine in each block that has readings of the speed probe and trials; empty without signals."""
    signals = signals_by_block(material.stored.signals)
    every_s = [reading.cpu_s for _, readings in signals.values() for reading in readings]
    usual_s = statistics.median(every_s) if every_s else 0.0
    places = _places(material)
    found = []
    for block in sorted(signals.keys() & places.keys()):
        seconds, readings = signals[block]
        if readings:
            shares = [reading.cpu_s / usual_s for reading in readings]
            noise = BlockNoise(
                block + 1,
                statistics.median(shares),
                min(shares),
                max(shares),
                _mean(second.generator_waited for second in seconds),
                _mean(second.steal for second in seconds),
                *places[block],
            )
            found.append(noise)
    return tuple(found)


def _mean(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return statistics.fmean(known) if known else None


def _places(material: Material) -> Mapping[int, tuple[int, int]]:
    """Return the first and the last place of each block's trials, in the order of the run."""
    places: dict[int, tuple[int, int]] = {}
    for place, trial in enumerate(material.stored.in_order, start=1):
        first, _ = places.get(trial.block, (place, place))
        places[trial.block] = (first, place)
    return places
