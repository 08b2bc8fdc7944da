"""Check that disturbed blocks are flagged and undisturbed blocks are not, and that no disturbance makes a difference.

The row draws the signals of disturbed and undisturbed blocks, and judges them as in a run. It draws runs of two equal
targets under every kind and dose of disturbance, and judges them as a run is judged. It also makes real disturbances:
a burner on the target's core while the speed probe runs; a burner on the generator's core; processes that are stopped
for a moment; and, where control groups can be created, a process under a CPU quota.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import MachineError
from harness.experiment.noise import LOOKS, PERIOD_S, Sampler, Second, Totals, flags_of
from harness.experiment.speed_probe import ProbeReading, SpeedProbe
from harness.model import FlagKind
from harness.runtime.restraints import Restraints
from harness.selftest.checks import Check, Findings, Row, at_least
from harness.selftest.designs import headline_designs
from harness.selftest.disturbances import burning, resting, stopped, under_quota
from harness.selftest.disturbed_runs import Disturbance, doses, share_of_claims, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.experiment.environment import CpuPlan
    from harness.selftest.designs import Design
    from harness.selftest.rig import Lab

FLAGGED = 0.95
CLEAN = 0.05
CALLED_DIFFERENT = 0.06
_BLOCKS = 400
_RUNS = 200
_PROFILES = ("quick", "full", "conditions")  # the headlines of these have a control
_SECONDS, _READINGS, _OTHER_READINGS = 40, 12, 48
_REAL_READINGS = 20
_REAL_BLOCKS = 5
_LATE_LOOK_S = 60.0  # a look that comes later than this does not come at all
_SPEED_CV = 0.1  # coefficient of variation of a core's speed on a shared machine
_WAITED = 0.02  # seconds per second that an undisturbed generator waits for its core


def block(
    random: np.random.Generator, disturbed: Disturbance | None = None
) -> tuple[list[Second], list[ProbeReading], list[ProbeReading]]:
    """Draw the signals of a block: its seconds, its probe readings, and the readings of the run's other blocks."""
    cpu_s = 0.012 * np.exp(random.normal(0, _SPEED_CV, _READINGS + _OTHER_READINGS))
    if disturbed is Disturbance.SLOW_CORE:
        cpu_s[:_READINGS] *= random.uniform(1.7, 2.2, _READINGS)
    shares = (1.6, 2.4) if disturbed is Disturbance.NEIGHBOUR else (1.0, 1.1)
    wall_s = cpu_s[:_READINGS] * random.uniform(*shares, _READINGS)
    readings = [ProbeReading(*one) for one in zip(cpu_s[:_READINGS].tolist(), wall_s.tolist(), strict=True)]
    others = [ProbeReading(one, one) for one in cpu_s[_READINGS:].tolist()]
    return _seconds(random, disturbed), readings, others


def _seconds(random: np.random.Generator, disturbed: Disturbance | None) -> list[Second]:
    steal = random.exponential(0.1 if disturbed is Disturbance.THIEF else 0.002, _SECONDS)
    memory = random.exponential(0.2 if disturbed is Disturbance.SWAPPING else 0.002, _SECONDS)
    waited = random.exponential(_WAITED, _SECONDS)
    if disturbed is Disturbance.BESIDE_GENERATOR:
        waited += random.uniform(0.2, 0.6, _SECONDS)
    throttled = random.exponential(0.05, _SECONDS) if disturbed is Disturbance.QUOTA else np.zeros(_SECONDS)
    stops = np.zeros(_SECONDS)
    if disturbed is Disturbance.STOP:
        stops[random.integers(_SECONDS)] = random.uniform(0.2, 1.0)
    drawn = (one.tolist() for one in (steal, memory, waited, throttled, stops))
    return [Second(0.0, s, None, m, w, t, p) for s, m, w, t, p in zip(*drawn, strict=True)]


def share_flagged(seed: int, disturbed: Disturbance | None = None) -> float:
    """Return the share of drawn blocks that are flagged."""
    random = np.random.default_rng(seed)
    drawn = (block(random, disturbed) for _ in range(_BLOCKS))
    return sum(bool(flags_of(seconds, readings, [*others, *readings])) for seconds, readings, others in drawn) / _BLOCKS


def share_beside_a_burner(cpus: frozenset[int]) -> float:
    """Return the flagged share of blocks with real probe readings, taken beside a real burner."""
    with SpeedProbe(cpus) as probe, burning(cpus):
        readings = [probe.read_speed() for _ in range(_REAL_READINGS)]
    blocks = [readings[first : first + 4] for first in range(0, _REAL_READINGS, 4)]
    return sum(bool(flags_of((), of_block, readings)) for of_block in blocks) / len(blocks)


class _Looks:
    """The looks of a sampler. A check waits for looks, not for time: on a busy machine they come late.

    Args:
        look: What the sampler does at each look.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._ended = threading.Semaphore(0)

    def take(self) -> None:
        """Look once."""
        self._look()
        self._ended.release()

    def forget(self) -> None:
        """Forget the looks so far."""
        while self._ended.acquire(blocking=False):
            pass

    def wait(self, count: int) -> None:
        """Wait until so many looks have begun and ended since `forget`, or until one does not come."""
        for _ in range(count + 1):  # the first of them may have begun already
            if not self._ended.acquire(timeout=_LATE_LOOK_S):
                return


@contextmanager
def _sampling(cpus: CpuPlan, generator: int, target: int, period_s: float) -> Iterator[tuple[Sampler, _Looks]]:
    restraints = Restraints()
    restraints.begin(target)
    read, looks = partial(Totals.read, cpus.target | cpus.generator, generator, restraints), _Looks(restraints.sample)
    try:
        with Sampler(read, cpus.generator, period_s, looks.take) as sampler:
            yield sampler, looks
    finally:
        restraints.end(target)


def _share(kind: FlagKind, samplers: Sequence[Sampler]) -> float:
    flagged = [kind in {flag.kind for flag in flags_of(sampler.take(), (), ())} for sampler in samplers]
    return sum(flagged) / len(flagged)


def shares_paused(lab: Lab, period_s: float = PERIOD_S) -> tuple[float, float]:
    """Stop real processes in turn; return the flagged share of these, and of as many undisturbed processes."""
    random = np.random.default_rng(lab.seed)
    with ExitStack() as ending:
        pids = [ending.enter_context(resting()) for _ in range(2 * _REAL_BLOCKS)]
        watched = [ending.enter_context(_sampling(lab.cpus, pid, pid, period_s)) for pid in pids]
        for pid, (_, looks) in zip(pids[:_REAL_BLOCKS], watched, strict=False):
            time.sleep(random.uniform(0, period_s / LOOKS))
            with stopped(pid):
                looks.forget()
                looks.wait(1)
        for _, looks in watched:
            looks.forget()
        for _, looks in watched:
            looks.wait(LOOKS)  # the sampler's last second has then ended
        samplers = [sampler for sampler, _ in watched]
        return _share(FlagKind.PAUSED, samplers[:_REAL_BLOCKS]), _share(FlagKind.PAUSED, samplers[_REAL_BLOCKS:])


def share_late(lab: Lab, period_s: float = PERIOD_S) -> float:
    """Return 1 if a process that computes in the generator's place is flagged beside a real burner, otherwise 0."""
    with burning(lab.cpus.generator) as generator, burning(lab.cpus.generator):
        return _after_seconds(lab, generator, FlagKind.GENERATOR_LATE, period_s)


def share_throttled(lab: Lab, period_s: float = PERIOD_S) -> float:
    """Return 1 if a real process under a CPU quota is flagged, otherwise 0.

    Raises:
        MachineError: No group with a quota can be created here.
    """
    with under_quota(lab.cpus.target) as target:
        return _after_seconds(lab, target, FlagKind.THROTTLED, period_s)


def _after_seconds(lab: Lab, pid: int, kind: FlagKind, period_s: float) -> float:
    """Sample a process for three seconds of the sampler: two of them make a flag. Return the share with the flag."""
    with _sampling(lab.cpus, pid, pid, period_s) as (sampler, looks):
        looks.wait(3 * LOOKS)
        return _share(kind, [sampler])


def drawn(lab: Lab) -> tuple[Check, ...]:
    """Check the flagged shares of drawn blocks, for each disturbance and without one."""
    disturbed = (
        at_least(f"drawn blocks with {one} flagged", FLAGGED, share_flagged(seed, one))
        for seed, one in enumerate(Disturbance, 1)
    )
    return (*disturbed, Check("undisturbed drawn blocks flagged", 0.0, share_flagged(lab.seed), CLEAN))


def equal_targets(of_designs: Sequence[Design], seed: int) -> tuple[Check, ...]:
    """Check how often two equal targets are called different under each kind and dose of disturbance."""
    random = np.random.default_rng(seed)
    return tuple(
        Check(
            f"equal targets, {design}, {dose}: called different",
            0.0,
            share_of_claims(verdicts(random, _RUNS, design, dose)),
            CALLED_DIFFERENT,
        )
        for design in of_designs
        for dose in doses()
    )


def real(lab: Lab, period_s: float = PERIOD_S) -> Findings:
    """Check the flagged shares under real disturbances. Where no quota can be set, the detail says why."""
    paused, undisturbed = shares_paused(lab, period_s)
    checks = [
        at_least("blocks beside a real burner flagged", FLAGGED, share_beside_a_burner(lab.cpus.target)),
        at_least("real burner on the generator's core flagged", FLAGGED, share_late(lab, period_s)),
        at_least("stopped real processes flagged", FLAGGED, paused),
        Check("undisturbed real processes flagged", 0.0, undisturbed, CLEAN),
    ]
    detail = (
        f"{_REAL_READINGS} probe readings beside a real burner; {_REAL_BLOCKS} processes stopped and {_REAL_BLOCKS} "
        "undisturbed."
    )
    try:
        checks.append(at_least("real process under a quota flagged", FLAGGED, share_throttled(lab, period_s)))
    except MachineError as error:
        detail += f" No real quota: {error}"
    return Findings(tuple(checks), detail)


def run(lab: Lab) -> Findings:
    """Check drawn blocks, drawn runs and real disturbances."""
    found, of_designs = real(lab), tuple(headline_designs(profile)[0] for profile in _PROFILES)
    return Findings(
        (*drawn(lab), *equal_targets(of_designs, lab.seed), *found.checks),
        f"{_BLOCKS} drawn blocks of each kind; {_RUNS} drawn runs of each kind and dose; {found.detail}",
    )


ROW = Row("noise", run)
