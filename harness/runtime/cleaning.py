"""Removal of everything that dead runs left, for all runtimes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.machine_lock import machine_lock
from harness.runtime.cache import cache_folder
from harness.runtime.docker.engine import connect
from harness.runtime.docker.leftovers import remove_dead_runs, remove_images
from harness.runtime.process.builds import Builds
from harness.runtime.process.leftovers import end_dead_runs

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Removed containers, processes and builds, in words; `images` has container images and builds in the cache."""

    containers: tuple[str, ...]
    processes: tuple[str, ...]
    images: tuple[str, ...]


def clean(notify: Callable[[str], None], *, images: bool) -> Cleaned:
    """End and remove the processes and containers of dead runs; nothing that the harness did not start.

    Args:
        notify: Gets a message if no engine answers, so that containers can't be checked.
        images: Whether to remove unused builds, too.

    Raises:
        MachineError: A process can't be ended, or a container can't be removed.
    """
    processes = tuple(f"{left.pid} ({left.subject}, run {left.run_id})" for left in end_dead_runs())
    built = Builds(cache_folder()).remove() if images else ()
    try:
        api = connect()
    except MachineError as error:
        notify(f"{error.what} ({error.where}): containers were not checked")
        return Cleaned((), processes, built)
    with closing(api):
        containers = tuple(
            f"{left.container[:12]} ({left.subject}, run {left.run_id})" for left in remove_dead_runs(api)
        )
        return Cleaned(
            containers, processes, (*built, *(_without_a_run(partial(remove_images, api), notify) if images else ()))
        )


def _without_a_run(remove: Callable[[], tuple[str, ...]], notify: Callable[[str], None]) -> tuple[str, ...]:
    """Remove images unless a run is under way: between its build and its containers nothing uses its images."""
    try:
        with machine_lock():
            return remove()
    except MachineError as error:
        notify(f"{error.what} ({error.where}): images were not removed")
        return ()
