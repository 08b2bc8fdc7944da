"""Simulated runs on a disturbed machine, and the verdicts on them: disturbances of every kind and dose.

The truth is known: two equal targets, or one that is faster by a known factor. The disturbed blocks have the flag of
their disturbance. The verdict comes from the function that judges a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.pairing import round_ratio
from harness.analysis.rulings import Control, Evidence, rule
from harness.metrics.catalogue import THROUGHPUT
from harness.model import CLAIMS, Difference, FlagKind
from harness.selftest.simulated_rates import NO_BURSTS, Bursts, Machine, chunks, draw, speeds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from harness.selftest.designs import Design

METRIC = THROUGHPUT.name(connections=32)
STRENGTHS = (0.1, 0.5, 0.9)
_STOPPED = 0.02  # what is left of a round's rate in a stop: it lasts for most of the slice


class Spread(StrEnum):
    """The number of disturbed blocks."""

    ONE = "one block"
    HALF = "half of the blocks"
    ALL = "all blocks"

    def of(self, blocks: int) -> int:
        """Return the number of disturbed blocks among these."""
        return {Spread.ONE: 1, Spread.HALF: blocks // 2, Spread.ALL: blocks}[self]


class Disturbance(StrEnum):
    """The kinds of disturbance, by what they do to rates."""

    NEIGHBOUR = "a neighbour on the target's core"
    BESIDE_GENERATOR = "a neighbour on the generator's core"
    THIEF = "a hypervisor that steals"
    SLOW_CORE = "a core with slow phases"
    SWAPPING = "lack of memory"
    QUOTA = "a CPU quota on one target"
    STOP = "a stop of one target"


FLAGS: Mapping[Disturbance, FlagKind] = {
    Disturbance.NEIGHBOUR: FlagKind.OTHER_LOAD,
    Disturbance.BESIDE_GENERATOR: FlagKind.GENERATOR_LATE,
    Disturbance.THIEF: FlagKind.STEAL,
    Disturbance.SLOW_CORE: FlagKind.SLOW_CORE,
    Disturbance.SWAPPING: FlagKind.PRESSURE,
    Disturbance.QUOTA: FlagKind.THROTTLED,
    Disturbance.STOP: FlagKind.PAUSED,
}
# What is left of the core in bursts, and their shortest and longest length in seconds.
_BURSTS: Mapping[Disturbance, tuple[float, float, float]] = {
    Disturbance.NEIGHBOUR: (0.5, 0.02, 0.2),
    Disturbance.BESIDE_GENERATOR: (0.5, 0.02, 0.2),
    Disturbance.THIEF: (0.1, 0.01, 0.1),
    Disturbance.SLOW_CORE: (0.7, 1.0, 5.0),
    Disturbance.SWAPPING: (0.3, 0.01, 0.1),
}
ONE_SIDED = (Disturbance.QUOTA, Disturbance.STOP)
"""Disturbances of one target. In all blocks of a run they can't be told from a difference between the targets."""


@dataclass(frozen=True, slots=True)
class Dose:
    """A kind of disturbance, its strength (0 to 1), and its spread over the blocks."""

    kind: Disturbance
    strength: float
    spread: Spread

    def __str__(self) -> str:
        return f"{self.kind}, {self.strength:.0%}, {self.spread}"


def doses() -> Iterator[Dose]:
    """Yield every kind of disturbance in every dose."""
    for kind in Disturbance:
        for strength in STRENGTHS:
            yield from (Dose(kind, strength, spread) for spread in Spread)


def verdicts(
    random: np.random.Generator, repetitions: int, design: Design, dose: Dose, *, ratio: float = 1.0
) -> list[Difference]:
    """Draw runs under a disturbance, and return the verdict on subject/reference in each.

    Args:
        random: The source of random numbers.
        repetitions: The number of runs.
        design: Their blocks and rounds.
        dose: The disturbance.
        ratio: The true ratio.
    """
    found = []
    for size in chunks(repetitions, design):
        rates = draw(random, size, design, Machine(bursts=NO_BURSTS), ratio=ratio)
        disturbed = _disturbed_blocks(random, size, design.blocks, dose.spread)
        subject, reference, copy = _factors(random, rates.subject.shape, design, dose, disturbed)
        ratios = round_ratio(rates.subject * subject, rates.reference * reference)
        controls = round_ratio(rates.copy * copy, rates.reference * reference)
        found += [_verdict(*run, dose.kind) for run in zip(ratios, controls, disturbed, strict=True)]
    return found


def share_of_claims(found: list[Difference]) -> float:
    """Return the share of verdicts that call one of the two higher."""
    return sum(verdict in CLAIMS for verdict in found) / len(found)


def _verdict(
    ratios: NDArray[np.float64], controls: NDArray[np.float64], disturbed: NDArray[np.bool_], kind: Disturbance
) -> Difference:
    flagged = {int(block): (FLAGS[kind],) for block in np.flatnonzero(disturbed)}
    control = Control(dict(enumerate(controls.tolist())))
    return rule(Evidence(METRIC, dict(enumerate(ratios.tolist())), flagged, control)).verdict


def _disturbed_blocks(random: np.random.Generator, repetitions: int, blocks: int, spread: Spread) -> NDArray[np.bool_]:
    """Return which blocks are disturbed, in random places."""
    return np.argsort(random.random((repetitions, blocks)), axis=-1) < spread.of(blocks)


def _factors(
    random: np.random.Generator,
    shape: tuple[int, int, int],
    design: Design,
    dose: Dose,
    disturbed: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], ...]:
    """Return the factors by which the disturbance changes the rates of subject, reference and copy."""
    if dose.kind in _BURSTS:
        speed, shortest_s, longest_s = _BURSTS[dose.kind]
        found = speeds(random, shape, design, Bursts(dose.strength, speed, shortest_s, longest_s))
    else:
        found = np.ones((*shape, 3))
        hit = random.integers(0, 3, shape[0])  # a quota stays on one target for the whole run
        rounds = np.ones(shape[2], bool) if dose.kind is Disturbance.QUOTA else _stop(random, shape[2], dose.strength)
        left = 1 - dose.strength / 2 if dose.kind is Disturbance.QUOTA else _STOPPED
        found[np.arange(shape[0])[:, None], :, :, hit[:, None]] = np.where(rounds, left, 1.0)
    found = np.where(disturbed[..., None, None], found, 1.0)
    return tuple(np.moveaxis(found, -1, 0))


def _stop(random: np.random.Generator, rounds: int, strength: float) -> NDArray[np.bool_]:
    """Return the rounds that one stop hits: up to a fifth of them, one after the other."""
    length = max(1, round(strength * rounds / 5))
    first = random.integers(0, rounds - length + 1)
    return (np.arange(rounds) >= first) & (np.arange(rounds) < first + length)
