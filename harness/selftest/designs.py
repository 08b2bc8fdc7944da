"""Designs of the simulated rows: each profile's own numbers of blocks and rounds, and the lengths of its slices.

They come from the functions that plan a run, so a change of a profile changes what the rows simulate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.manifest import load_profiles
from harness.measure.timing import rounds, slice_timing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Profile

RESPONSE_S = 0.004  # of a target with answers of a few milliseconds


@dataclass(frozen=True, slots=True)
class Design:
    """The numbers of blocks and rounds of a run at one level, and the length of its slices.

    Attributes:
        profile: The name of the profile.
        blocks: The number of blocks.
        rounds: The number of rounds in a block.
        slice_s: The length of a slice.
        counted_s: The length of its counted part, at its end.
    """

    profile: str
    blocks: int
    rounds: int
    slice_s: float
    counted_s: float

    def __str__(self) -> str:
        return f"{self.profile}, {self.blocks} blocks of {self.rounds} rounds"


def designs() -> tuple[Design, ...]:
    """Return the designs of all profiles: the headline's level and the others, with the least and the most blocks.

    Profiles with the same numbers have one design, under the name of the first.
    """
    found = [
        design
        for profile in load_profiles().values()
        for load_s in (profile.headline_s or profile.level_s, profile.level_s)
        for design in _designs(profile, load_s)
    ]
    by_numbers: dict[Design, Design] = {}
    for design in found:
        by_numbers.setdefault(replace(design, profile=""), design)
    return tuple(by_numbers.values())


def headline_designs(name: str) -> tuple[Design, ...]:
    """Return the designs of a profile at the headline's level: with the least blocks, and with the most."""
    profile = load_profiles()[name]
    return tuple(dict.fromkeys(_designs(profile, profile.headline_s or profile.level_s)))


def _designs(profile: Profile, load_s: float) -> Iterator[Design]:
    timing = slice_timing(profile, RESPONSE_S)
    counted_s = timing.duration_s - timing.discard_s - timing.tail_s
    for blocks in (profile.least_blocks or profile.blocks, profile.blocks):
        yield Design(profile.name, blocks, rounds(profile, timing.duration_s, load_s), timing.duration_s, counted_s)
