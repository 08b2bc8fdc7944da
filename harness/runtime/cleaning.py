"""Cleaning up after dead runs, whatever runtime they used."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import MachineError
from harness.runtime.docker.engine import connect
from harness.runtime.docker.leftovers import remove_images, sweep
from harness.runtime.process.builds import Builds, cache_folder
from harness.runtime.process.leftovers import sweep_processes

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was removed, in words; `images` are targets that were built, in containers' images or in the cache."""

    containers: tuple[str, ...]
    processes: tuple[str, ...]
    images: tuple[str, ...]


def clean(tell: Callable[[str], None], *, images: bool) -> Cleaned:
    """End and remove what dead runs left behind; never anything that the harness did not start.

    Args:
        tell: Is told when there is no engine to ask for containers.
        images: Whether to remove what was built, too, where nobody uses it.

    Raises:
        MachineError: Something can't be ended or removed.
    """
    processes = tuple(f"{left.pid} ({left.subject}, run {left.run_id})" for left in sweep_processes())
    built = Builds(cache_folder()).remove() if images else ()
    try:
        api = connect()
    except MachineError as error:
        tell(f"{error.what} ({error.where}): only processes were looked for")
        return Cleaned((), processes, built)
    with closing(api):
        containers = tuple(f"{left.container[:12]} ({left.subject}, run {left.run_id})" for left in sweep(api))
        return Cleaned(containers, processes, (*built, *(remove_images(api) if images else ())))
