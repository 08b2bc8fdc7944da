"""Equipment of a run: the parts that every trial needs for measuring."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.runtime.restraints import Restraints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.load.generator import LoadGenerator
    from harness.model import Subject
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
        further_cpus: The CPUs beyond those of `launch` that only subjects with their own number of CPUs use.
    """

    runtime: Runtime
    generator: LoadGenerator
    images: Mapping[str, Image]
    launch: Launch
    generator_cpus: frozenset[int]
    restraints: Restraints = field(default_factory=Restraints)
    further_cpus: frozenset[int] = frozenset()

    def launch_of(self, subject: Subject) -> Launch:
        """Return the conditions of a subject; with its own number of CPUs it gets the first of all."""
        if subject.cpus is None:
            return self.launch
        usable = sorted(self.launch.cpus | self.further_cpus)
        return replace(self.launch, cpus=frozenset(usable[: subject.cpus]))
