"""Simulated rates with a known truth, for the rows that test the statistics. Nothing here is measured.

A run has noise on every scale of time:

- from block to block the machine drifts;
- a start of a target changes its whole trial;
- from round to round the speed fluctuates;
- bursts of a neighbour, shorter than a second, hit one slice and not the next;
- each slice has noise of its own.

Everything is drawn from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.pairing import round_ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.selftest.designs import Design

REPETITIONS = 2_000
TARGETS = 4  # in each round: subject, reference, the reference's copy, and the null target, whose rates are not drawn
_DRIVEN = 3
_CHUNK = 200_000  # rounds that are drawn at once
_FLUCTUATION = 0.05  # standard deviation of a round's fluctuation, as a share; the same for all targets of the round
_PERSISTENCE = 0.7  # correlation between the fluctuations of consecutive rounds
_SLICE_NOISE = 0.04  # standard deviation of each slice's own noise, as a share
_START = 0.03  # standard deviation of the effect of one start of a target, as a share; the same for a whole trial


@dataclass(frozen=True, slots=True)
class Bursts:
    """A neighbour on the target's core, in bursts of random length.

    Attributes:
        share: The share of time in bursts; 0 for none, 1 for a neighbour that never rests.
        speed: The speed that it leaves to the targets meanwhile, as a share.
        shortest_s, longest_s: The limits of a burst's length.
    """

    share: float
    speed: float = 0.5
    shortest_s: float = 0.02
    longest_s: float = 0.2

    @property
    def mean_speed(self) -> float:
        """The mean speed of the core."""
        return 1 - self.share * (1 - self.speed)


HALF_THE_TIME = Bursts(0.5)
A_TENTH_OF_THE_TIME = Bursts(0.1)
NO_BURSTS = Bursts(0.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of two targets, and of the reference's copy, that were driven in the same rounds.

    Shapes are (repetitions, blocks, rounds). The true rate of the reference is 1; only the machine's noise changes it.
    """

    subject: NDArray[np.float64]
    reference: NDArray[np.float64]
    copy: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Machine:
    """The noise of a simulated machine.

    Attributes:
        drift: The share of speed that the machine loses from the first block to the last.
        bursts: A neighbour's bursts within the second.
    """

    drift: float = 0.0
    bursts: Bursts = HALF_THE_TIME


def draw(
    random: np.random.Generator, repetitions: int, design: Design, machine: Machine, *, ratio: float = 1.0
) -> Rates:
    """Draw runs of two targets and a copy of the reference.

    Args:
        random: The source of random numbers.
        repetitions: The number of runs.
        design: Their blocks, rounds and slices.
        machine: Its noise.
        ratio: The true ratio subject/reference.
    """
    shape = (repetitions, design.blocks, design.rounds)
    drift = machine.drift * np.linspace(0, 1, design.blocks)[:, None]
    shared = (correlated(random, shape) - drift)[..., None]
    starts = _START * random.standard_normal((*shape[:2], 1, _DRIVEN))
    own = _centred(random, (*shape, _DRIVEN), _SLICE_NOISE)
    rates = np.exp(shared + starts + own) * speeds(random, shape, design, machine.bursts)
    return Rates(ratio * rates[..., 0], rates[..., 1], rates[..., 2])


def chunks(repetitions: int, design: Design) -> list[int]:
    """Return the sizes of the parts in which many runs are drawn, so that they fit into memory."""
    size = max(1, _CHUNK // (design.blocks * design.rounds))
    whole, rest = divmod(repetitions, size)
    return [size] * whole + [rest] * bool(rest)


def speeds(
    random: np.random.Generator, shape: tuple[int, int, int], design: Design, bursts: Bursts
) -> NDArray[np.float64]:
    """Return the mean speed of the core in the counted part of each slice, as a share, of shape (*shape, targets).

    The slices of a round follow each other in random order, and rounds follow each other without a pause.
    """
    if bursts.share in (0.0, 1.0):
        return np.full((*shape, _DRIVEN), bursts.mean_speed)
    count, length_s = int(np.prod(shape)), design.slice_s
    places = np.argsort(random.random((count, TARGETS)), axis=-1)[:, :_DRIVEN]
    ends_s = (np.arange(count)[:, None] * TARGETS + places + 1) * length_s
    at_s, busy_s = _timeline(random, count * TARGETS * length_s, bursts)
    busy = np.interp(ends_s, at_s, busy_s) - np.interp(ends_s - design.counted_s, at_s, busy_s)
    mean_speeds: NDArray[np.float64] = 1 - (1 - bursts.speed) * busy / design.counted_s
    return mean_speeds.reshape((*shape, _DRIVEN))


def _timeline(
    random: np.random.Generator, lasts_s: float, bursts: Bursts
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times at which bursts begin and end, and the time in bursts up to each."""
    mean_s = (bursts.shortest_s + bursts.longest_s) / 2
    rest = (1 - bursts.share) / bursts.share
    pairs = int(1.1 * lasts_s / (mean_s * (1 + rest))) + 100
    busy_s = random.uniform(bursts.shortest_s, bursts.longest_s, pairs)
    idle_s = rest * random.uniform(bursts.shortest_s, bursts.longest_s, pairs)
    lengths_s = np.column_stack([busy_s, idle_s]).ravel()
    in_bursts_s = np.column_stack([busy_s, np.zeros(pairs)]).ravel()
    return np.append(0.0, np.cumsum(lengths_s)), np.append(0.0, np.cumsum(in_bursts_s))


def _centred(random: np.random.Generator, shape: tuple[int, ...], deviation: float) -> NDArray[np.float64]:
    """Draw logarithms of factors whose mean is 1."""
    drawn: NDArray[np.float64] = deviation * random.standard_normal(shape) - deviation**2 / 2
    return drawn


def correlated(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw fluctuations as logarithms, correlated along the last axis by a stationary autoregression of order 1.

    The mean of the factors is 1.
    """
    drawn = random.standard_normal(shape)
    fluctuations = np.empty(shape)
    fluctuations[..., 0] = drawn[..., 0]
    for place in range(1, shape[-1]):
        fluctuations[..., place] = (
            _PERSISTENCE * fluctuations[..., place - 1] + np.sqrt(1 - _PERSISTENCE**2) * drawn[..., place]
        )
    return _FLUCTUATION * fluctuations - _FLUCTUATION**2 / 2


def block_ratios(
    random: np.random.Generator, repetitions: int, design: Design, machine: Machine, *, ratio: float = 1.0
) -> NDArray[np.float64]:
    """Draw runs, and return the ratio subject/reference of each block, as computed from rounds: a row per run."""
    parts = (draw(random, size, design, machine, ratio=ratio) for size in chunks(repetitions, design))
    return np.concatenate([round_ratio(rates.subject, rates.reference) for rates in parts])
