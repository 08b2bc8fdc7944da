"""Simulated rates with a known truth: drift between blocks, fluctuations within a block, noise of each slice.

The rows that test the statistics use them. Everything is drawn from the seed; nothing here is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REPETITIONS = 2_000
ROUNDS = 25
_FLUCTUATION = 0.05  # standard deviation of a round's fluctuation, as a share; the same for all targets of the round
_PERSISTENCE = 0.7  # correlation between the fluctuations of consecutive rounds
_SLICE_NOISE = 0.04  # standard deviation of each slice's own noise, as a share
_START = 0.03  # standard deviation of the effect of one start of a target, as a share; the same for a whole trial


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of two targets that were driven in the same rounds.

    Shapes are (repetitions, blocks, rounds). The true rate of the reference is 1; only the machine's noise changes it.
    """

    subject: NDArray[np.float64]
    reference: NDArray[np.float64]


def draw(
    random: np.random.Generator, repetitions: int, blocks: int, *, ratio: float = 1.0, drift: float = 0.0
) -> Rates:
    """Draw runs of two targets.

    Args:
        random: The source of random numbers.
        repetitions: The number of runs.
        blocks: The number of blocks per run.
        ratio: The true ratio subject/reference.
        drift: The share of speed that the machine loses from the first block to the last.
    """
    shape = (repetitions, blocks, ROUNDS)
    shared = correlated(random, shape) - drift * np.linspace(0, 1, blocks)[:, None]
    first, second = (_START * random.standard_normal((*shape[:2], 1)) for _ in range(2))
    own, other = (_SLICE_NOISE * random.standard_normal(shape) for _ in range(2))
    return Rates(ratio * np.exp(shared + first + own), np.exp(shared + second + other))


def correlated(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Draw fluctuations, as logarithms, correlated along the last axis by a stationary autoregression of order 1."""
    drawn = random.standard_normal(shape)
    fluctuations = np.empty(shape)
    fluctuations[..., 0] = drawn[..., 0]
    for place in range(1, shape[-1]):
        fluctuations[..., place] = (
            _PERSISTENCE * fluctuations[..., place - 1] + np.sqrt(1 - _PERSISTENCE**2) * drawn[..., place]
        )
    return _FLUCTUATION * fluctuations
