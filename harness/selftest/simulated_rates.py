"""Simulated rates with a known truth: drift between blocks, fluctuations within a block, noise of each slice.

For the rows that hold the statistics against simulation. Everything is drawn from the seed; nothing here is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPETITIONS = 2_000
ROUNDS = 25
_FLUCTUATION = 0.05  # standard deviation of a round's fluctuation, as a share: shared by all targets of the round
_PERSISTENCE = 0.7  # correlation of one round's fluctuation with the next one's
_SLICE_NOISE = 0.04  # of each slice by itself
_START = 0.03  # of each start of a target: what one trial shares with no other


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of two targets that were driven in the same rounds.

    Shapes are (repetitions, blocks, rounds); the rates of the reference are 1 but for what the machine does to them.
    """

    subject: NDArray[np.float64]
    reference: NDArray[np.float64]


def draw(
    random: np.random.Generator, repetitions: int, blocks: int, *, ratio: float = 1.0, drift: float = 0.0
) -> Rates:
    """Draw runs of two targets.

    Args:
        random: Where the luck comes from.
        repetitions: How many runs.
        blocks: How many blocks each has.
        ratio: The true ratio subject/reference.
        drift: How much slower the machine is in the last block than in the first, as a share.
    """
    shape = (repetitions, blocks, ROUNDS)
    shared = correlated(random, shape) - drift * np.linspace(0, 1, blocks)[:, None]
    first, second = (_START * random.standard_normal((*shape[:2], 1)) for _ in range(2))
    own, other = (_SLICE_NOISE * random.standard_normal(shape) for _ in range(2))
    return Rates(ratio * np.exp(shared + first + own), np.exp(shared + second + other))


def correlated(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw fluctuations, as logarithms, correlated along the last axis: a stationary autoregression of order 1."""
    drawn = random.standard_normal(shape)
    fluctuations = np.empty(shape)
    fluctuations[..., 0] = drawn[..., 0]
    for place in range(1, shape[-1]):
        fluctuations[..., place] = (
            _PERSISTENCE * fluctuations[..., place - 1] + np.sqrt(1 - _PERSISTENCE**2) * drawn[..., place]
        )
    return _FLUCTUATION * fluctuations
