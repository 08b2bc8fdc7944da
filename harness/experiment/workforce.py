"""Who drives the load of a run: one process, several on this machine, or workers that join from other machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.load.address import endpoint_of, require_here
from harness.load.generator import Generator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.experiment.environment import CpuPlan
    from harness.model import Scenario


@dataclass(frozen=True, slots=True)
class Workforce:
    """Who drives the load, and where targets can be reached by them.

    Attributes:
        workers: How many processes drive it.
        bind: Where they join, as `HOST:PORT`; None where they are started on this machine.
        host: The address of this machine that targets listen on.
        tell: Is told of what the reader should know.
    """

    workers: int
    bind: str | None
    host: str
    tell: Callable[[str], None]

    def check(self, cpus: CpuPlan) -> None:
        """Refuse what cannot work, and say what makes numbers suffer.

        Raises:
            UsageError: An address is none, or is not this machine's.
        """
        require_here(self.host)
        if self.bind is not None:
            endpoint_of(self.bind)
        elif len(cpus.generator) < self.workers:
            self.tell(f"warning: {self.workers} workers share {len(cpus.generator)} CPU; they disturb one another")
        if cpus.shared:
            self.tell("warning: target and generator share the only CPU; every number suffers from it")

    def assemble(self, scenarios: Sequence[Scenario], cpus: frozenset[int], *, spin: bool) -> Generator:
        """Start the generator, and wait for workers that are to join.

        Raises:
            HarnessError: It does not start, or workers are missing.
        """
        if self.bind is not None:
            self.tell(f"waiting for {self.workers} of: harness worker --master {self.bind}")
        generator = Generator(scenarios, cpus, spin=spin, workers=self.workers, bind=self.bind)
        for worker in generator.workers:
            self.tell(f"worker {worker}")
        return generator
