"""The rig of a live row: a truth server and a generator, each on its own cores."""

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
    """Return one of the self-test's scenarios."""
    return Scenario(name, "", _SCENARIOS / f"{name}.py")


def due_ns_of(order: Slice) -> NDArray[np.int64]:
    """Return the due times of an open slice, in ns after its start, recomputed from its seed."""
    return np.fromiter(schedule(order.load, order.duration_s, order.seed), np.int64)


class Neighbours:
    """The time that other processes held the cores of ours, from the kernel: ours were ready to run and had no core.

    It distinguishes a busy machine from a broken harness.
    """

    def __init__(self, pids: tuple[int, ...]) -> None:
        self._pids = pids
        self._before_s = self._waited_s()

    def held_s(self) -> float | None:
        """Return that time in seconds, since this object was created; None where the kernel does not count it."""
        before_s, now_s = self._before_s, self._waited_s()
        return None if before_s is None or now_s is None else now_s - before_s

    def in_words(self) -> str:
        """Return the time as a sentence; an empty string where it is not known."""
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
    """The cores, the stock targets and the seed of a row.

    Attributes:
        cpus: The cores of target and generator.
        stock: The folder with the stock targets/.
        seed: Fixes every random choice.
    """

    cpus: CpuPlan
    stock: Path
    seed: int = 1

    @contextmanager
    def generator(self, scenario_name: str) -> Iterator[Generator]:
        """Run a generator with one scenario while the context lasts."""
        cpus = self.cpus
        with Generator([scenario(scenario_name)], cpus.generator, spin=not cpus.shared) as generator:
            yield generator

    @contextmanager
    def rig(self, scenario_name: str = "hello") -> Iterator[Rig]:
        """Run a truth server and a generator while the context lasts."""
        cpus = self.cpus
        with (
            self.generator(scenario_name) as generator,
            TruthServer(cpus.target, spin=not cpus.shared) as server,
        ):
            yield Rig(server, generator, scenario_name, self.seed, Neighbours((generator.pid, server.pid)))


@dataclass(frozen=True, slots=True)
class Rig:
    """A truth server and a generator that drives one scenario against it."""

    server: TruthServer
    generator: Generator
    scenario: str
    seed: int
    neighbours: Neighbours

    def order(
        self, load: Load, duration_s: float, *, number: int = 0, discard_s: float = 0.0, timeout_s: float = 5.0
    ) -> Slice:
        """Return a slice of this rig's scenario. Slices with different numbers have different seeds."""
        return Slice(
            number, SUBJECT, self.scenario, load, duration_s, discard_s, self.seed + number, timeout_s=timeout_s
        )

    def drive(self, behaviour: Behaviour, order: Slice) -> tuple[SliceResult, Truth]:
        """Prepare and drive one slice; return what the generator measured and what the server recorded."""
        self.ready(order, behaviour)
        result = self.measure(order)
        return result, self.server.report()

    def ready(self, order: Slice, behaviour: Behaviour) -> None:
        """Warm up for a slice, then set the server's behaviour.

        The warm-up opens every connection, with immediate answers. So no connect counts as latency in the slice. All of
        it is tail, after which the generator may close connections: they would be opened again in the slice.
        """
        self.server.behave(Delayed())
        warmup = Load(LoadKind.CLOSED, order.load.connections)
        self.measure(replace(order, load=warmup, duration_s=_WARMUP_S, discard_s=0.0, starts_s=(), tail_s=_WARMUP_S))
        self.server.behave(behaviour)

    def measure(self, order: Slice) -> SliceResult:
        """Drive one slice, without a warm-up, and return its result."""
        (result,) = self.generator.run([order], {SUBJECT: self.server.url})
        return result
