"""Equipment of a run: the parts that every trial needs for measuring."""

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
    """The parts for measuring.

    Attributes:
        runtime: Starts the targets.
        generator: Drives the load.
        images: The built targets, by name.
        launch: The conditions under which targets are started, their CPUs among them.
        generator_cpus: The CPUs of the generator, which also run the pollers.
        restraints: Watches the running targets for CPU quotas and stops.
    """

    runtime: Runtime
    generator: LoadGenerator
    images: Mapping[str, Image]
    launch: Launch
    generator_cpus: frozenset[int]
    restraints: Restraints = field(default_factory=Restraints)
