"""The means of measuring, handed to every turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.runtime.restraints import Restraints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.load.generator import LoadGenerator
    from harness.runtime.base import Image, Launch, Runtime


@dataclass(frozen=True, slots=True)
class Equipment:
    """The means of measuring: what starts targets, what drives them, on which CPUs, what tells who holds them back."""

    runtime: Runtime
    generator: LoadGenerator
    images: Mapping[str, Image]
    launch: Launch
    generator_cpus: frozenset[int]
    restraints: Restraints = field(default_factory=Restraints)
