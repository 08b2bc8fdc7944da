"""The ratio of two subjects within one block, from slices of the same rounds.

The k-th slices of two subjects are a fraction of a second apart, so changes of the machine from one second to the next
do not affect their ratio. Rounds in which only one of the two was disturbed are trimmed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.absent import LARGEST
from harness.metrics.catalogue import THROUGHPUT
from harness.model import LoadKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from harness.model import DrivenSlice, Load

TRIMMED = 0.2
LEAST_TRIMMED_ROUNDS = 3
"""From this number of rounds on, at least one round on each side is trimmed."""

Batch = tuple[str, str]
"""Scenario and throughput metric of the slices of a batch."""


def batch_of(scenario: str, load: Load) -> Batch:
    """Return the batch of a scenario under a closed load."""
    return scenario, THROUGHPUT.name(connections=load.connections)


def round_rates(slices: Iterable[DrivenSlice]) -> Mapping[Batch, NDArray[np.float64]]:
    """Return the verified answers per second of each closed-load slice of a trial, by batch, in the order of rounds.

    A slice without a counted part has no rate, and neither has one whose counted part no real machine gives. It is
    NaN, so that the rates after it keep their rounds. A batch without any rate is left out.
    """
    rates: dict[tuple[str, Load], list[float]] = defaultdict(list)
    for driven in slices:
        counted, counted_s = driven.result.counted, driven.result.counted_s
        if driven.plan.load.kind is LoadKind.CLOSED:
            has_rate = 0 < counted_s <= LARGEST and counted <= LARGEST * counted_s
            rates[driven.plan.scenario, driven.plan.load].append(counted / counted_s if has_rate else np.nan)
    found = {batch_of(*of_load): np.array(of_batch) for of_load, of_batch in rates.items()}
    return {batch: of_batch for batch, of_batch in found.items() if not np.isnan(of_batch).all()}


def round_ratio(subject: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Return the ratio subject/reference of a block: the trimmed mean of the log-ratios of its rounds.

    A fifth of the rounds is trimmed on each side, and at least one round from three rounds on: one disturbed round of
    four must not decide. A round without an answer on one side is the most extreme of all, so it is trimmed first.

    Args:
        subject: Rates, at least 0; the last axis counts rounds.
        reference: The reference's rates of the same rounds.

    Returns:
        0 or infinite if more rounds than are trimmed have no answer on one side; NaN if a round has none on both sides.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(subject) - np.log(reference)
        rounds = logs.shape[-1]
        cut = max(int(TRIMMED * rounds), rounds >= LEAST_TRIMMED_ROUNDS)
        kept = np.partition(logs, (cut, rounds - cut - 1), axis=-1)[..., cut : rounds - cut]
        ratio: NDArray[np.float64] = np.exp(kept.mean(axis=-1))
    return ratio


def block_ratios(
    subject: Mapping[int, NDArray[np.float64]], reference: Mapping[int, NDArray[np.float64]]
) -> dict[int, float]:
    """Return the ratio subject/reference of each block from its rounds; a block without a finite ratio is left out.

    A round in which neither side has an answer says nothing about the ratio and is left out, and so is one in which a
    side has no rate.

    Args:
        subject: Rates of each block, one per round; NaN for a round without a rate.
        reference: The reference's rates of the same rounds.
    """
    answered: dict[int, list[tuple[int, NDArray[np.float64]]]] = defaultdict(list)
    for block, own in subject.items():
        rounds = np.stack([own, reference[block]])
        rounds = rounds[:, rounds.any(axis=0) & ~np.isnan(rounds).any(axis=0)]
        if rounds.size:
            answered[rounds.shape[1]].append((block, rounds))
    ratios: dict[int, float] = {}
    for alike in answered.values():  # blocks with as many rounds are computed at once: ten times as fast
        both = np.stack([rounds for _, rounds in alike], axis=1)
        found = round_ratio(both[0], both[1])
        ratios |= {block: float(one) for (block, _), one in zip(alike, found, strict=True) if 0 < one < np.inf}
    return ratios
