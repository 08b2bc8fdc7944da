"""The means of measuring, handed to every turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.load.generator import LoadGenerator
    from harness.runtime.base import Image, Launch, Runtime


@dataclass(frozen=True, slots=True)
class Bench:
    """The means of measuring: what starts targets, what drives them, and on which CPUs."""

    runtime: Runtime
    generator: LoadGenerator
    images: Mapping[str, Image]
    launch: Launch
    generator_cpus: frozenset[int]
