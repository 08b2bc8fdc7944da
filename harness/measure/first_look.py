"""First look at a built target: one start, its answers and its stop, without load.

`harness build --verify` uses it, so that a new target is known to answer before a whole run is spent on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measure.coldstart import start_timed
from harness.measure.verify import Verifier
from harness.runtime.ending import explained_by_ending

if TYPE_CHECKING:
    import random

    from harness.model import Subject
    from harness.runtime.base import Image, Launch, Runtime


@dataclass(frozen=True, slots=True)
class FirstLook:
    """A target that answers correctly: its time from the start to the first correct answer, and notes about it."""

    ready_s: float
    notes: tuple[str, ...]


def look_at(  # noqa: PLR0913 - a start has this many conditions
    runtime: Runtime,
    image: Image,
    subject: Subject,
    launch: Launch,
    poller_cpus: frozenset[int],
    *,
    rng: random.Random,
) -> FirstLook:
    """Start a target, verify all its answers as a run does, and stop it.

    Args:
        runtime: The runtime that built it.
        image: The built target.
        subject: The variant to start.
        launch: The conditions under which it is started.
        poller_cpus: The CPUs of the poller.
        rng: Draws the values of the requests.

    Raises:
        TargetError: It did not start or stop, ended, listens beyond this machine, or gave a wrong answer.
    """
    instance, times = start_timed(runtime, image, subject, launch, poller_cpus)
    try:
        with explained_by_ending(instance):
            verifier = Verifier.of(subject, instance.url, image.target, rng)
            verifier.verify()
            instance.counters()  # it refuses a target that lost a worker, or that other machines can reach
            verifier.verify_date_moved()
        end = instance.stop()
    except BaseException:
        instance.discard()
        raise
    return FirstLook(times.ready_s, (*verifier.notes, *([end] if end else [])))
