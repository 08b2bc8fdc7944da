"""What this machine offers to run targets on: an engine with its base images, Python, Go, and what dead runs left.

It only looks: nothing is started, fetched or removed. What the facts are worth is `harness doctor`'s to say.
"""

from __future__ import annotations

import importlib.util
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docker.errors import ImageNotFound

from harness.runtime.docker.engine import connect, describe, speaking
from harness.runtime.docker.leftovers import dead_runs
from harness.runtime.process.leftovers import leftover_processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from docker import APIClient

    from harness.model import BaseImage


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """An engine that answers.

    Attributes:
        about: What `engine.describe` says of it.
        missing_bases: Base images that are not here under either of their names, by the registry's name.
        leftovers: Containers of dead runs.
    """

    about: Mapping[str, str]
    missing_bases: tuple[str, ...]
    leftovers: int


def look_at_engine(bases: Iterable[BaseImage]) -> EngineFacts:
    """Ask the engine what it is and what it has.

    Raises:
        MachineError: None answers, or it is on another machine.
    """
    with closing(connect()) as api:
        missing = tuple(base.registry for base in bases if not (_has(api, base.registry) or _has(api, base.local)))
        return EngineFacts(describe(api), missing, len(dead_runs(api)))


def left_processes() -> int:
    """Return how many processes dead runs have left."""
    return len(leftover_processes())


def can_make_venv() -> bool:
    """Tell whether this Python can make a virtual environment with pip in it."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def has_go() -> bool:
    """Tell whether a Go toolchain is on PATH."""
    return shutil.which("go") is not None


def _has(api: APIClient, name: str) -> bool:
    with speaking("look for base images"):
        try:
            api.inspect_image(name)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            return False
    return True
