"""The processes that a generator consists of: their command lines, and who gets which cores.

One process drives load alone (`worker`). Several are workers of a master, which drives nothing. This module starts
nothing and never imports Locust.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Peer:
    """A worker of a master, as the harness shows it.

    Attributes:
        name: The machine's name and the process's id there.
        offset_s: How far its clock is ahead of the master's.
        uncertainty_s: By how much that may be wrong: so far apart may two workers begin. 0 where they share a clock.
    """

    name: str
    offset_s: float
    uncertainty_s: float

    def __str__(self) -> str:
        return f"{self.name} begins within {self.uncertainty_s * 1e3:.3f} ms" if self.uncertainty_s else self.name


def environment() -> Mapping[str, str]:
    """Return the environment of such a process."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def cores_for(workers: int, cpus: Iterable[int]) -> list[frozenset[int]]:
    """Share cores out: each worker gets its own, or all take turns on too few."""
    cores = sorted(cpus)
    return [frozenset(cores[index::workers] or {cores[index % len(cores)]}) for index in range(workers)]


def worker_command(cpus: Iterable[int], *, spin: bool, master: str | None = None) -> list[str]:
    """Return how to start a process that drives load, told what to do on stdin or by a master at `HOST:PORT`."""
    return [
        *(sys.executable, "-m", "harness.load.process.worker", *_cores(cpus)),
        *(["--spin"] if spin else []),
        *(["--master", master] if master else []),
    ]


def master_command(cpus: Iterable[int], workers: int, *, spin: bool, bind: str | None = None) -> list[str]:
    """Return how to start a master: of workers that it starts itself, or that join it at `HOST:PORT`."""
    return [
        *(sys.executable, "-m", "harness.load.process.master", *_cores(cpus), "--workers", str(workers)),
        *(["--spin"] if spin else []),
        *(["--bind", bind] if bind else []),
    ]


def _cores(cpus: Iterable[int]) -> tuple[str, str]:
    return "--cpus", ",".join(map(str, sorted(cpus)))
