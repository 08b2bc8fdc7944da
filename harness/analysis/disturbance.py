"""Disturbances of the machine: the metrics that each kind can change, and the differences that it can cause.

A flag widens intervals and adds warnings; it removes no result. This module knows kinds of flags and logarithms of
ratios. It does not know series or trials.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.analysis.intervals import student
from harness.analysis.marks import DISTURBED
from harness.metrics.catalogue import Family, family_of
from harness.model import FlagKind
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from harness.model import Flag

LONE_FACTOR = 2.0
"""The largest factor of a difference that a disturbance may cause, if no control shows how large it is.

A neighbour gets half of a core at most, because the kernel and the hypervisor share a core equally between two.
"""


@dataclass(frozen=True, slots=True)
class Touch:
    """What a kind of disturbance can change.

    Attributes:
        families: The families of metrics that it can change.
        hits_one: Whether it may hit one target and not its copy. The control then does not show how large it is.
    """

    families: frozenset[Family]
    hits_one: bool = False


_TIMES = frozenset({Family.THROUGHPUT, Family.LATENCY, Family.CPU, Family.COLD_START, Family.LIMITS, Family.PACED})
_TIMES_AND_MEMORY = _TIMES | {Family.MEMORY}

TOUCHES = {
    FlagKind.STEAL: Touch(_TIMES),
    FlagKind.OTHER_LOAD: Touch(_TIMES),
    FlagKind.SLOW_CORE: Touch(_TIMES),
    FlagKind.GENERATOR_LATE: Touch(_TIMES),
    FlagKind.PAUSED: Touch(_TIMES, hits_one=True),
    # the signal is the time that processes waited for memory: they lost this time
    FlagKind.PRESSURE: Touch(_TIMES_AND_MEMORY),
    FlagKind.THROTTLED: Touch(_TIMES_AND_MEMORY, hits_one=True),
}


def touching(metric: str, flags: Sequence[Flag]) -> tuple[FlagKind, ...]:
    """Return the kinds of the flags that can change a metric, in the order of the flags."""
    family = family_of(metric)
    return tuple(flag.kind for flag in flags if family in TOUCHES[flag.kind].families)


def kinds_in(by_block: Mapping[int, Collection[FlagKind]]) -> list[FlagKind]:
    """Return the kinds of the disturbances of all blocks, each once."""
    return sorted({kind for of_block in by_block.values() for kind in of_block})


def in_words(by_block: Mapping[int, Collection[FlagKind]], blocks: int) -> str:
    """Return in how many of all blocks the machine was disturbed, and how."""
    kinds = ", ".join(kind.words for kind in kinds_in(by_block))
    return f"{DISTURBED} in {part_of(len(by_block), blocks, 'block')} ({kinds})"


def hits_one(kinds: Collection[FlagKind]) -> bool:
    """Return whether one of these disturbances may hit one target and not its copy."""
    return any(TOUCHES[kind].hits_one for kind in kinds)


def lone_limit(metric: str, kinds: Collection[FlagKind]) -> float:
    """Return the largest log-ratio that disturbances can cause in a metric, if no control shows how large they are.

    A quota or a stop of one target takes any share of its time, so there is no limit for times.
    """
    return math.inf if hits_one(kinds) and family_of(metric) is not Family.MEMORY else math.log(LONE_FACTOR)


def reach(control: Mapping[int, float], blocks: Collection[int]) -> float | None:
    """Return the control's reach in some blocks, as a log-ratio: how far two copies of one target differ there.

    The true log-ratio of two copies is 0, so the root mean square of their n log-ratios estimates how far a block's
    ratio is off, with n degrees of freedom. A mean of n blocks is off by less than this times Student's quantile over
    the root of n, which exceeds 1 for fewer than six blocks. The reach is never smaller than the root mean square: a
    disturbance that always hits the same copy has no smaller effect on the mean.

    Args:
        control: The ratios of the two copies, by block.
        blocks: The disturbed blocks.

    Returns:
        None if the control has no ratio in any of the blocks.
    """
    logs = [math.log(control[block]) for block in blocks if block in control]
    if not logs:
        return None
    count = len(logs)
    root_mean_square = math.sqrt(math.fsum(log**2 for log in logs) / count)
    quantile = student(count)
    return root_mean_square * max(1.0, quantile / math.sqrt(count))
