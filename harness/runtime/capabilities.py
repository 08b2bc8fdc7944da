"""Capabilities of this machine for running targets: engine, base images, Python, Go; and leftovers of dead runs.

Nothing is started, pulled or removed here. `harness doctor` judges the facts.
"""

from __future__ import annotations

import importlib.util
import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docker.errors import ImageNotFound

from harness.runtime.docker.endpoints import candidates
from harness.runtime.docker.engine import NO_SOCKET, connect, describe, describe_candidates, engine_call
from harness.runtime.docker.leftovers import dead_runs
from harness.runtime.process.leftovers import leftover_processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from docker import APIClient

    from harness.model import BaseImage


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """Facts about an engine that answers.

    Attributes:
        about: Versions and settings, from `engine.describe`.
        missing_bases: Base images that the engine has under neither of their names; their names in the registry.
        stand_ins: Base images that the engine lacks and that images of this machine stand in for; their names likewise.
        leftovers: Number of containers of dead runs.
    """

    about: Mapping[str, str]
    missing_bases: tuple[str, ...]
    leftovers: int
    stand_ins: tuple[str, ...] = ()


def inspect_engine(bases: Iterable[BaseImage]) -> EngineFacts:
    """Return facts about the engine: versions, missing base images, leftover containers.

    Raises:
        MachineError: No engine answers, or the engine is on another machine.
    """
    with closing(connect()) as api:
        absent = [base for base in bases if not _has(api, base.registry)]
        made_here = [base for base in absent if _has(api, base.local)]
        missing = tuple(base.registry for base in absent if base not in made_here)
        stand_ins = tuple(base.registry for base in made_here)
        return EngineFacts(describe(api), missing, len(dead_runs(api)), stand_ins)


def engines_in_words() -> tuple[str, ...]:
    """Return a line for each address where an engine may answer: what is there, and which one is used."""
    return tuple(f"{candidate}: {found}" for candidate, found in describe_candidates(candidates()))


def without_missing(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of `engines_in_words` without the usual sockets that do not exist."""
    return tuple(line for line in lines if not line.endswith(NO_SOCKET))


def leftover_process_count() -> int:
    """Return the number of leftover processes of dead runs."""
    return len(leftover_processes())


def can_make_venv() -> bool:
    """Return whether this Python can make a virtual environment with pip."""
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def has_go() -> bool:
    """Return whether a Go toolchain is on PATH."""
    return shutil.which("go") is not None


def _has(api: APIClient, name: str) -> bool:
    with engine_call("look for base images"):
        try:
            api.inspect_image(name)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            return False
    return True
