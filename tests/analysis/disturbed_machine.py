"""A simulated machine with disturbances of a known kind and dose, on which three copies of one target are driven.

Time passes as in a block: in each round every target has one slice, in random order. A disturbance slows the core for
some of the time, and a slice has the mean speed of its own time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUBJECT, REFERENCE, COPY = 0, 1, 2
TARGETS = 4  # the null target has slices too
SLICE_S = 0.1
_GRID_S = 0.005
_SLICE_NOISE = 0.04  # standard deviation of each slice's own noise, as a share
_START = 0.01  # standard deviation of the effect of one start of a target, as a share


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A disturbance of the blocks that have it.

    Attributes:
        speed: The speed of the core while it is disturbed, as a share.
        share: The share of time that is disturbed.
        lasts_s: The mean length of one disturbed stretch; None for a step that lasts to the end of the block.
        hits: The one target that it hits, or "any" for one that is drawn anew for each block; None for the core.
    """

    speed: float = 0.5
    share: float = 0.5
    lasts_s: float | None = 0.1
    hits: int | str | None = None


@dataclass(frozen=True, slots=True)
class Runs:
    """Simulated runs: rates of shape (runs, blocks, rounds, targets), and whether each block is disturbed."""

    rates: NDArray[np.float64]
    disturbed: NDArray[np.bool_]


def draw(
    random: np.random.Generator, shape: tuple[int, int, int], disturbed_blocks: int, disturbance: Disturbance
) -> Runs:
    """Draw runs of equal targets, with this number of disturbed blocks in random places.

    Args:
        random: The source of random numbers.
        shape: The numbers of runs, blocks and rounds.
        disturbed_blocks: Of each run.
        disturbance: The kind and dose in these blocks.
    """
    runs, blocks, rounds = shape
    count = runs * blocks
    starts_s = (np.arange(rounds)[None, :, None] * TARGETS + _shuffled(random, (count, rounds, TARGETS))) * SLICE_S
    disturbed = _shuffled(random, (runs, blocks)) < disturbed_blocks
    logs = _SLICE_NOISE * random.standard_normal(starts_s.shape) + _START * random.standard_normal((count, 1, TARGETS))
    hit = disturbed.reshape(count)
    if disturbance.hits is None:
        logs[hit] += np.log(_mean_speeds(random, starts_s[hit], disturbance))
    else:
        one = random.integers(0, COPY + 1, (count, 1, 1)) if disturbance.hits == "any" else disturbance.hits
        slowed = np.where(np.arange(TARGETS) == one, np.log(disturbance.speed), 0.0)
        logs += np.where(hit[:, None, None], slowed, 0.0)
    return Runs(np.exp(logs).reshape(runs, blocks, rounds, TARGETS), disturbed)


def _shuffled(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return the numbers from 0 in random order along the last axis."""
    return np.argsort(random.random(shape), axis=-1)


def _mean_speeds(
    random: np.random.Generator, starts_s: NDArray[np.floating], disturbance: Disturbance
) -> NDArray[np.float64]:
    """Return the mean speed of the core in each slice."""
    count, steps = len(starts_s), round((starts_s.max() + SLICE_S) / _GRID_S)
    if disturbance.lasts_s is None:
        is_slow = np.arange(steps)[:, None] >= random.integers(0, steps, count)
    else:
        is_slow = _stretches(random, (steps, count), disturbance.lasts_s, disturbance.share)
    passed = np.pad(np.cumsum(np.where(is_slow, disturbance.speed, 1.0), axis=0), ((1, 0), (0, 0)))
    first, block = np.round(starts_s / _GRID_S).astype(int), np.arange(count)[:, None, None]
    length = round(SLICE_S / _GRID_S)
    speeds: NDArray[np.float64] = (passed[first + length, block] - passed[first, block]) / length
    return speeds


def _stretches(random: np.random.Generator, shape: tuple[int, int], lasts_s: float, share: float) -> NDArray[np.bool_]:
    """Return which steps of which blocks are disturbed: random stretches, as many as fill a share of the time."""
    ends, begins = _GRID_S / lasts_s, _GRID_S / (lasts_s * (1 - share) / share)
    drawn, is_slow = random.random(shape), np.empty(shape, bool)
    now = random.random(shape[1]) < share
    for step in range(shape[0]):
        now = np.where(now, drawn[step] > ends, drawn[step] < begins)
        is_slow[step] = now
    return is_slow
