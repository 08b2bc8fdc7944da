"""Targets that run while a context lasts, for uses other than a trial: doctor, self-test, benchmarks."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.coldstart import start_timed
from harness.model import Subject
from harness.runtime.choice import RuntimeName, open_runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.measure.coldstart import StartTimes
    from harness.measure.readiness import Probe
    from harness.model import Target
    from harness.runtime.base import Image, Instance, Launch, Runtime


@dataclass(frozen=True, slots=True)
class RunningTarget:
    """A target that answers.

    Attributes:
        instance: Its instance.
        times: The times of its start.
        image: What it was started from.
    """

    instance: Instance
    times: StartTimes
    image: Image

    @property
    def url(self) -> str:
        """Its base URL."""
        return self.instance.url


@contextmanager
def running_target(
    runtime: RuntimeName, run_id: str, target: Target, launch: Launch, poller_cpus: frozenset[int]
) -> Iterator[RunningTarget]:
    """Build a target, run its default variant while the context lasts, and leave nothing behind.

    Args:
        runtime: The runtime that builds and starts it.
        run_id: The name under which leftovers would be found.
        target: The target.
        launch: The conditions under which it is started.
        poller_cpus: The CPUs of the poller that waits for its first answer.

    Raises:
        MachineError: The runtime can't be used here.
        TargetError: It does not build or start, or does not stop as it must.
    """
    with closing(open_runtime(runtime, run_id)) as opened:
        image = opened.build(target, lambda _line: None)
        with running_image(opened, image, launch, poller_cpus) as running:
            yield running


@contextmanager
def running_image(  # noqa: PLR0913 - a start has this many conditions
    runtime: Runtime,
    image: Image,
    launch: Launch,
    poller_cpus: frozenset[int],
    *,
    subject: Subject | None = None,
    probe: Probe | None = None,
) -> Iterator[RunningTarget]:
    """Run a built target while the context lasts.

    Args:
        runtime: The runtime that built it.
        image: The built target.
        launch: The conditions under which it is started.
        poller_cpus: The CPUs of the poller that waits for its first answer.
        subject: The variant to start; by default, the target's default variant.
        probe: Tells whether it is ready; by default, its first right answer does.

    Raises:
        TargetError: It does not start, or does not stop as it must.
    """
    subject = subject or Subject(image.target.name, image.target.default_variant)
    instance, times = start_timed(runtime, image, subject, launch, poller_cpus, probe=probe)
    with instance:
        yield RunningTarget(instance, times, image)
