"""A block that somebody disturbs is flagged, and one that nobody disturbs is not.

The signals of disturbed and quiet blocks are drawn, and judged as a run's are. And one disturbance is real: the canary
sings on the target's core alone, and then beside a process that never stops computing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from harness.experiment.canary import Canary, Song
from harness.experiment.noise import Second, flags_of
from harness.selftest.checks import Check, Findings, Row, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.selftest.stand import Lab

FLAGGED = 0.95
CLEAN = 0.05
_BLOCKS = 400
_SECONDS, _SONGS, _SONGS_BEFORE = 40, 12, 48
_REAL_SONGS = 20
# A core's speed on a shared machine, and how much of a second the generator waits for its core when nobody is beside.
_SPEED_CV, _WAITED = 0.1, 0.02
_WARM_S = 0.3


def block(random: np.random.Generator, *, burner: bool, thief: bool) -> tuple[list[Second], list[Song], list[Song]]:
    """Draw the signals of a block: its seconds, its songs, and those of the blocks before."""
    cpu_s = 0.012 * np.exp(random.normal(0, _SPEED_CV, _SONGS + _SONGS_BEFORE))
    shared = random.uniform(1.6, 2.4, _SONGS) if burner else random.uniform(1.0, 1.1, _SONGS)
    songs = [Song(one, one * by) for one, by in zip(cpu_s[:_SONGS].tolist(), shared.tolist(), strict=True)]
    before = [Song(one, one) for one in cpu_s[_SONGS:].tolist()]
    steal = random.exponential(0.1 if thief else 0.002, _SECONDS)
    waited = random.exponential(_WAITED, _SECONDS)
    seconds = [Second(0.0, s, None, 0.0, w) for s, w in zip(steal.tolist(), waited.tolist(), strict=True)]
    return seconds, songs, before


def share_flagged(seed: int, *, burner: bool = False, thief: bool = False) -> float:
    """Return the share of drawn blocks that are flagged."""
    random = np.random.default_rng(seed)
    drawn = (block(random, burner=burner, thief=thief) for _ in range(_BLOCKS))
    return sum(bool(flags_of(seconds, songs, [*before, *songs])) for seconds, songs, before in drawn) / _BLOCKS


@contextmanager
def burning(cpus: frozenset[int]) -> Iterator[None]:
    """Let a process compute on cores for as long as the context lasts."""
    pins = set(cpus)
    process = subprocess.Popen([sys.executable, "-c", f"import os; os.sched_setaffinity(0, {pins})\nwhile True: pass"])
    try:
        time.sleep(_WARM_S)
        os.kill(process.pid, 0)
        yield
    finally:
        process.kill()
        process.wait()


def share_beside_a_burner(cpus: frozenset[int]) -> float:
    """Return the share of blocks of a few real songs beside a real burner that are flagged."""
    with Canary(cpus) as canary, burning(cpus):
        songs = [canary.sing() for _ in range(_REAL_SONGS)]
    blocks = [songs[first : first + 4] for first in range(0, _REAL_SONGS, 4)]
    return sum(bool(flags_of((), of_block, songs)) for of_block in blocks) / len(blocks)


def run(lab: Lab) -> Findings:
    """Draw, burn, judge."""
    return Findings(
        (
            at_least("drawn blocks with a burner on the target's core flagged", FLAGGED, share_flagged(1, burner=True)),
            at_least("drawn blocks with a hypervisor that steals flagged", FLAGGED, share_flagged(2, thief=True)),
            Check("drawn blocks that nobody disturbs flagged", 0.0, share_flagged(lab.seed), CLEAN),
            at_least("blocks beside a real burner flagged", FLAGGED, share_beside_a_burner(lab.cpus.target)),
        ),
        f"{_BLOCKS} drawn blocks each, and {_REAL_SONGS} songs of the canary beside a real process on its core.",
    )


ROW = Row("noise", run)
