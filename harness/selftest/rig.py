"""Where a live row measures: a truth server and a generator facing each other, each on cores of its own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.load.arrivals import schedule
from harness.load.generator import Generator
from harness.model import Load, LoadKind, Scenario, Slice, Subject
from harness.selftest.behaviours import Delayed
from harness.selftest.truth import Truth, TruthServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.experiment.environment import CpuPlan
    from harness.model import SliceResult
    from harness.selftest.behaviours import Behaviour

SUBJECT = Subject("truth", "only")
_SCENARIOS = Path(__file__).with_name("scenarios")
_WARMUP_S = 0.3


def scenario(name: str) -> Scenario:
    """Return one of the self-test's own scenarios."""
    return Scenario(name, "", _SCENARIOS / f"{name}.py")


def due_ns_of(order: Slice) -> NDArray[np.int64]:
    """Return when the requests of an open slice are due, in ns after it begins: recomputed from its seed."""
    return np.fromiter(schedule(order.load, order.duration_s, order.seed), np.int64)


class Neighbours:
    """What other processes took from ours, by the kernel's account: the time that ours were ready and had no core.

    It tells a busy machine from a broken harness.
    """

    def __init__(self, pids: tuple[int, ...]) -> None:
        self._pids = pids
        self._before_s = self._waited_s()

    def held_s(self) -> float | None:
        """Return how long they held our cores since this object was made; None where the kernel keeps no account."""
        before_s, now_s = self._before_s, self._waited_s()
        return None if before_s is None or now_s is None else now_s - before_s

    def in_words(self) -> str:
        """Return a sentence, or nothing."""
        held_s = self.held_s()
        return (
            "" if held_s is None else f" Neighbours held the cores of generator and server for {held_s * 1e3:,.0f} ms."
        )

    def _waited_s(self) -> float | None:
        try:
            accounts = [Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii") for pid in self._pids]
        except OSError:
            return None
        return sum(int(account.split()[1]) for account in accounts) / 1e9


@dataclass(frozen=True, slots=True)
class Lab:
    """What rows are run with.

    Attributes:
        cpus: Who gets which cores.
        project: The folder with targets/.
        seed: Fixes every random choice.
    """

    cpus: CpuPlan
    project: Path
    seed: int = 1

    @contextmanager
    def generator(self, scenario_name: str) -> Iterator[Generator]:
        """Start a generator with one scenario for as long as the context lasts."""
        cpus = self.cpus
        with Generator([scenario(scenario_name)], cpus.generator, spin=not cpus.shared) as generator:
            yield generator

    @contextmanager
    def rig(self, scenario_name: str = "hello") -> Iterator[Rig]:
        """Start a truth server and a generator for as long as the context lasts."""
        cpus = self.cpus
        with (
            self.generator(scenario_name) as generator,
            TruthServer(cpus.target, spin=not cpus.shared) as server,
        ):
            yield Rig(server, generator, scenario_name, self.seed, Neighbours((generator.pid, server.pid)))


@dataclass(frozen=True, slots=True)
class Rig:
    """A truth server and a generator that drives one scenario at it."""

    server: TruthServer
    generator: Generator
    scenario: str
    seed: int
    neighbours: Neighbours

    def order(
        self, load: Load, duration_s: float, *, number: int = 0, discard_s: float = 0.0, timeout_s: float = 5.0
    ) -> Slice:
        """Return a slice of this stand's scenario; those of different numbers have different seeds."""
        return Slice(
            number, SUBJECT, self.scenario, load, duration_s, discard_s, self.seed + number, timeout_s=timeout_s
        )

    def drive(self, behaviour: Behaviour, order: Slice) -> tuple[SliceResult, Truth]:
        """Make ready, drive one slice, and return what both sides say of it."""
        self.ready(order, behaviour)
        result = self.measure(order)
        return result, self.server.report()

    def ready(self, order: Slice, behaviour: Behaviour) -> None:
        """Warm up for a slice, and let the server behave so from now on.

        The warm-up opens every connection and answers at once: a connect would be a latency of its own.
        """
        self.server.behave(Delayed())
        warmup = Load(LoadKind.CLOSED, order.load.connections)
        self.measure(replace(order, load=warmup, duration_s=_WARMUP_S, discard_s=0.0))
        self.server.behave(behaviour)

    def measure(self, order: Slice) -> SliceResult:
        """Drive one slice as it is."""
        (result,) = self.generator.run([order], {SUBJECT: self.server.url})
        return result
