"""Processes of a generator: their command lines and cores.

A single worker process drives the load alone. Several workers have a master, which drives no load. This module starts
no process and never imports Locust.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOAD_S = 10.0
"""Longest time for the import of a locustfile."""

END_S = 10.0
"""Longest time for what a scenario does at the end of a test, at each target."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Worker of a master, as shown to the user.

    Attributes:
        name: Name of its machine, and its process id there.
        offset_s: Time by which its clock is ahead of the master's.
        uncertainty_s: Uncertainty of `offset_s`: workers begin a slice at most this far apart. 0 on the master's clock.
    """

    name: str
    offset_s: float
    uncertainty_s: float

    def __str__(self) -> str:
        return f"{self.name} begins within {self.uncertainty_s * 1e3:.3f} ms" if self.uncertainty_s else self.name


def environment() -> Mapping[str, str]:
    """Return the environment variables of a generator's process."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def cores_for(workers: int, cpus: Iterable[int]) -> list[frozenset[int]]:
    """Return the cores of each worker: separate ones, or shared ones if there are fewer cores than workers."""
    cores = sorted(cpus)
    return [frozenset(cores[index::workers] or {cores[index % len(cores)]}) for index in range(workers)]


def worker_command(cpus: Iterable[int], *, spin: bool, master: str | None = None) -> list[str]:
    """Return the command line of a worker, which gets its commands on stdin or from a master at `HOST:PORT`."""
    return [
        *(sys.executable, "-m", "harness.load.process.worker", *_cores(cpus)),
        *(["--spin"] if spin else []),
        *(["--master", master] if master else []),
    ]


def master_command(cpus: Iterable[int], workers: int, *, spin: bool, bind: str | None = None) -> list[str]:
    """Return the command line of a master, which starts its workers itself, or waits for them at `HOST:PORT`."""
    return [
        *(sys.executable, "-m", "harness.load.process.master", *_cores(cpus), "--workers", str(workers)),
        *(["--spin"] if spin else []),
        *(["--bind", bind] if bind else []),
    ]


def _cores(cpus: Iterable[int]) -> tuple[str, str]:
    return "--cpus", ",".join(map(str, sorted(cpus)))
