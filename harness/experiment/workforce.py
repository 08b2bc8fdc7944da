"""The processes that drive a run's load: one, several on this machine, or workers that join from other machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.load.address import endpoint_of, require_local, resolve
from harness.load.generator import Generator
from harness.units import cpus_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.experiment.environment import CpuPlan
    from harness.model import Contract, Scenario


@dataclass(frozen=True, slots=True)
class Workforce:
    """The number of processes that drive the load, and the addresses of workers and targets.

    Attributes:
        workers: The number of processes.
        bind: The address where workers join, as `HOST:PORT`; None where they are started on this machine.
        host: The address of this machine that targets listen on.
        notify: Called with each message to the user.
    """

    workers: int
    bind: str | None
    host: str
    notify: Callable[[str], None]

    def check(self, cpus: CpuPlan, asked: int | None = None, *, targets_elsewhere: bool = False) -> None:
        """Refuse bad addresses, and warn about shared and idle CPUs.

        Args:
            cpus: The CPUs of target and generator.
            asked: The number of CPUs of the generator, if the user set it.
            targets_elsewhere: Whether targets run on another machine, so that `host` is an address of that machine.

        Raises:
            UsageError: An address is malformed, or load may not go there.
        """
        if targets_elsewhere:
            resolve(f"http://{self.host}")
            self.notify(f"warning: targets run on another machine ({self.host}); its noise is not seen from here")
        else:
            require_local(self.host)
        if self.bind is not None:
            endpoint_of(self.bind)
        elif len(cpus.generator) < self.workers:
            share = cpus_in_words(len(cpus.generator))
            self.notify(f"warning: {self.workers} workers share {share}; they disturb each other")
        elif asked is not None and asked > self.workers:
            idle = asked - self.workers
            self.notify(f"warning: {idle} of {asked} CPUs of the generator have no worker; use --workers")
        if cpus.shared:
            self.notify("warning: target and generator share the only CPU; this distorts every number")

    def assemble(
        self,
        scenarios: Sequence[Scenario],
        cpus: frozenset[int],
        *,
        spin: bool,
        contracts: Mapping[str, Contract] | None = None,
        arguments: str = "",
    ) -> Generator:
        """Start the generator, wait for workers to join, and return the generator.

        Raises:
            HarnessError: It does not start, or workers are missing.
        """
        if self.bind is not None:
            self.notify(f"waiting for {self.workers} of: harness worker --master {self.bind}")
        generator = Generator(
            scenarios,
            cpus,
            spin=spin,
            workers=self.workers,
            bind=self.bind,
            contracts=contracts,
            arguments=arguments,
            notify=self.notify,
        )
        for worker in generator.workers:
            self.notify(f"worker {worker}")
        return generator
