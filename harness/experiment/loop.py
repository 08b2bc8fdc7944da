"""The life of a run: manifest, builds, generator, blocks; and its end, whatever ends it.

The manifest is on disk before the first request, every trial as soon as its block is done, and the status when nothing
is measured any more. What was created is removed on every way out.
"""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, Self

from harness.errors import HarnessError, Interrupted, MeasurementError, TargetError
from harness.evidence import Failure, Run, RunStatus, Stage, Trial
from harness.experiment.environment import CpuPlan, fingerprint
from harness.experiment.plan import block_plan, measured_s
from harness.experiment.watching import Watching
from harness.measure.bench import Bench
from harness.measure.block import Observer, run_block
from harness.measure.capacity import errors_in_words
from harness.measure.findings import attributes, footprint
from harness.runtime.base import Launch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.evidence import Attribute, Footprint, StoredRun
    from harness.experiment.noise import Noise
    from harness.load.generator import LoadGenerator
    from harness.model import Plan, Scenario, Subject, Target
    from harness.runtime.base import Image, Runtime
    from harness.store import RunFolder, Store


class RunObserver(Observer, Protocol):
    """Whoever wants to see how a run goes on."""

    def building(self, line: str) -> None:
        """A line of a build."""
        ...

    def block_begins(self, number: int, total: int) -> None:
        """A block begins; numbers count from 1."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """The real things that a run is made with; tests hand in fakes.

    Attributes:
        runtime: Opens the runtime for a run id.
        generator: Opens the generator for scenarios, on CPUs.
        host: The address of this machine that targets listen on.
        listen: Listens to what disturbs the machine while the generator drives; without it no trial is flagged.
    """

    runtime: Callable[[str], Runtime]
    generator: Callable[[tuple[Scenario, ...], frozenset[int]], AbstractContextManager[LoadGenerator]]
    store: Store
    cpus: CpuPlan
    root: Path
    host: str = "127.0.0.1"
    listen: Callable[[LoadGenerator], AbstractContextManager[Noise]] | None = None


def new_id(profile: str) -> str:
    """Return an id that sorts by time and can't meet another: `20260131-142501-quick-9f3a`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{profile}-{secrets.token_hex(2)}"


def execute(
    plan: Plan,
    targets: Mapping[str, Target],
    scenarios: tuple[Scenario, ...],
    parts: Parts,
    observer: RunObserver,
) -> RunFolder:
    """Carry a plan out and store it; the folder returned holds a run that ended in one way or another.

    Raises:
        HarnessError: The run could not go on, or was interrupted; what was measured is stored, and the status says so.
    """
    run = Run(new_id(plan.profile.name), RunStatus.RUNNING, plan, datetime.now(UTC).isoformat(timespec="seconds"))
    with ExitStack() as ending:
        runtime = parts.runtime(run.id)
        ending.callback(runtime.close)
        folder = parts.store.create(run)
        keeper = ending.enter_context(_Keeper(run, folder))
        images = _build(plan, targets, runtime, keeper, observer)
        keeper.describe(fingerprint(runtime, images, parts.cpus, parts.root), *_findings(images, runtime))
        if images:
            generator = ending.enter_context(parts.generator(scenarios, parts.cpus.generator))
            bench = Bench(runtime, generator, images, Launch(parts.cpus.target, host=parts.host), parts.cpus.generator)
            noise = ending.enter_context(parts.listen(generator)) if parts.listen else None
            _run_blocks(plan, bench, keeper, Watching(observer, noise))
    return folder


def _build(
    plan: Plan, targets: Mapping[str, Target], runtime: Runtime, keeper: _Keeper, observer: RunObserver
) -> dict[str, Image]:
    """Build each target once; one that fails is out, with all its variants, and the others go on."""
    images = {}
    for name in dict.fromkeys(subject.target for subject in plan.orders[0]):
        observer.event(f"building {name}")
        try:
            images[name] = runtime.build(targets[name], observer.building)
        except TargetError as error:
            for subject in plan.orders[0]:
                if subject.target == name:
                    keeper.fail(Failure(subject, Stage.BUILD, str(error)))
    return images


def _findings(images: Mapping[str, Image], runtime: Runtime) -> tuple[tuple[Footprint, ...], tuple[Attribute, ...]]:
    """Return what the built targets are and what they can do; nothing of it changes while they are measured."""
    built = images.values()
    return (
        tuple(found for image in built for found in footprint(image, runtime.metering)),
        tuple(found for image in built for found in attributes(image)),
    )


def _run_blocks(plan: Plan, bench: Bench, keeper: _Keeper, observer: Watching) -> None:
    for number in range(len(plan.orders)):
        block = block_plan(plan, number)
        left = tuple(subject for subject in block.order if subject not in keeper.failed)
        if not left:
            return
        observer.block_begins(number + 1, len(plan.orders))
        block = replace(block, order=left)
        trials, signals = observer.judge(number, run_block(block, bench, observer))
        keeper.keep(trials, measured_s(block), signals)


class _Keeper:
    """Keeps run.json true: what failed, how long it took, and how it ended."""

    def __init__(self, run: Run, folder: RunFolder) -> None:
        self._run = run
        self._folder = folder
        self._began_s = time.monotonic()

    @property
    def failed(self) -> frozenset[Subject]:
        """Those whose turn ended early; they take no part in later blocks."""
        return frozenset(failure.subject for failure in self._run.failures)

    def describe(
        self,
        environment: Mapping[str, object],
        footprint: tuple[Footprint, ...],
        attributes: tuple[Attribute, ...],
    ) -> None:
        self._save(environment=environment, footprint=footprint, attributes=attributes)

    def fail(self, failure: Failure) -> None:
        self._save(failures=(*self._run.failures, failure))

    def keep(self, trials: tuple[Trial, ...], measured_s: float, signals: Sequence[Mapping[str, object]]) -> None:
        self._folder.append_signals(signals)
        for trial in trials:
            self._folder.append(trial)
        failures = tuple(trial.failure for trial in trials if trial.failure)
        probed_s = sum(probe.driven.plan.duration_s for trial in trials for probe in trial.probes)
        lasted_s = self._run.measured_s + measured_s + probed_s
        self._save(failures=self._run.failures + failures, measured_s=lasted_s)

    def _save(self, **changes: object) -> None:
        self._run = replace(self._run, wall_s=time.monotonic() - self._began_s, **changes)  # type: ignore[arg-type]
        self._folder.save(self._run)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Interrupted | KeyboardInterrupt):
            self._save(status=RunStatus.INTERRUPTED)
        elif error is not None or self._run.failures:
            self._save(status=RunStatus.FAILED)
        else:
            self._save(status=RunStatus.COMPLETE)


def invalidity(stored: StoredRun) -> HarnessError | None:
    """Return what keeps a finished run from being a success, for the exit code; None when nothing does.

    A target that failed weighs more than requests that failed.
    """
    run = stored.run
    if run.failures:
        failure, *others = run.failures
        more = f" {len(others)} more failed." if others else ""
        return TargetError(
            "a target failed",
            where=f"{failure.subject}, {failure.stage}",
            cause=failure.message,
            remedy=f"The rest of the run is stored as {run.id}.{more}",
        )
    slices = [driven for trial in stored.trials for driven in trial.slices]
    errors = errors_in_words(slices)
    if errors is None:
        return None
    first = next(driven.result.first_error for driven in slices if driven.result.first_error)
    return MeasurementError(
        "requests failed under load",
        where=run.id,
        cause=f"{errors}; first: {first}",
        remedy="What they touched has no number; the rest stands.",
    )
