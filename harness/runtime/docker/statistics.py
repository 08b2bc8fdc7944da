"""Counters of a container from the engine's statistics, for targets under another kernel than this machine's.

The engine reads the same control groups as `counters` does, but passes on less: no kernel memory with version 1, no
page tables with version 2, and no mark that can be reset. This module knows nothing of targets.

Sources: Docker Engine API, `ContainerStats`; Documentation/admin-guide/cgroup-v1/memory.rst of the Linux kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docker.errors import InvalidVersion
from pydantic import BaseModel, Field, ValidationError

from harness.errors import MachineError
from harness.runtime.base import Counters
from harness.runtime.docker.engine import engine_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docker import APIClient

# Version 1: the engine leaves out shared memory, but these lists hold all anonymous and shared pages, and no other.
_PARTS_V1 = ("total_active_anon", "total_inactive_anon", "total_unevictable")
_PARTS_V2 = ("anon", "shmem")
_PARTS_OF_PODMAN = ("usage",)  # it passes on a total only, with the page cache
_KERNEL_PARTS_V2 = ("kernel_stack", "pagetables", "percpu", "slab")
_REMEDY = "Measure with an engine on this machine, or with another version of this engine."


class _Usage(BaseModel):
    total_usage: int


class _Throttling(BaseModel):
    throttled_time: int = 0


class _Cpu(BaseModel):
    cpu_usage: _Usage
    throttling_data: _Throttling = Field(default_factory=_Throttling)


class _Memory(BaseModel):
    usage: int
    stats: dict[str, int] | None = None
    max_usage: int | None = None


class _Statistics(BaseModel):
    cpu_stats: _Cpu
    memory_stats: _Memory


class EngineCounters:
    """Counters of a running container, by requests to its engine."""

    def __init__(self, api: APIClient, identity: str) -> None:
        self._api = api
        self._id = identity

    def read(self) -> Counters:
        """Read every counter, by one request.

        Raises:
            MachineError: The engine does not answer, or reports no counters, as for a container that has ended.
        """
        with engine_call("read the statistics of a container"):
            answer = self._ask()
        try:
            return counters_of(answer)
        except (ValidationError, KeyError) as error:
            missing = error.args[0] if isinstance(error, KeyError) else error.errors()[0]["loc"][-1]
            raise MachineError(
                "can't read the engine's counters",
                where=f"container {self._id[:12]}",
                cause=f"the engine reports no {missing}",
                remedy=_REMEDY,
            ) from error

    def reset_peak(self) -> bool:
        """Return False: an engine can't reset the high-water mark."""
        return False

    def close(self) -> None:
        """Do nothing: no file is open."""

    def _ask(self) -> Mapping[str, Any]:
        try:  # without `one_shot` the engine waits for a second reading
            answer: Mapping[str, Any] = self._api.stats(self._id, stream=False, one_shot=True)
        except InvalidVersion:
            answer = self._api.stats(self._id, stream=False)
        return answer


def counters_of(answer: Mapping[str, Any]) -> Counters:
    """Return the counters in an engine's answer to `stats`.

    Raises:
        ValidationError: A counter is missing or not a number.
        KeyError: A part of the memory is missing.
    """
    read = _Statistics.model_validate(answer)
    stats = read.memory_stats.stats or {"usage": read.memory_stats.usage}
    parts = _parts(stats)
    return Counters(
        cpu_s=read.cpu_stats.cpu_usage.total_usage / 1e9,
        memory_bytes=sum(stats[part] for part in parts),
        memory_parts=parts,
        peak_bytes=read.memory_stats.max_usage or None,
        throttled_s=read.cpu_stats.throttling_data.throttled_time / 1e9,
        oom_kills=0,  # the state of a container says this, not its statistics
    )


def _parts(stats: Mapping[str, int]) -> tuple[str, ...]:
    if "usage" in stats:
        return _PARTS_OF_PODMAN
    if "anon" in stats:
        return (*_PARTS_V2, *(part for part in _KERNEL_PARTS_V2 if part in stats))
    return _PARTS_V1
