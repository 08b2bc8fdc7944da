"""Cold start: the time from the engine's `start` call to the first byte-correct answer.

The clock stops at the first right answer that the poller of `readiness` gets. A ready target may still load code on
demand, which makes its first requests slow. They are timed as well.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from harness.errors import TargetError
from harness.load.http1 import FramingError
from harness.measure.asking import address_of, connected, exchange
from harness.measure.contract import first_question, wrong_at_a_start
from harness.measure.readiness import Elsewhere, ReadyPoller, Silence, WrongAnswer, asking
from harness.measure.verify import remedy_for
from harness.metrics.catalogue import (
    COLD_START_CREATE,
    COLD_START_FIRST_REQUEST,
    COLD_START_NEXT_REQUESTS,
    COLD_START_READY,
    COLD_START_START,
    COLD_START_UNCACHED_READY,
)
from harness.model import LONGEST_START_S, Absence, Measurement
from harness.runtime.ending import refuses
from harness.runtime.failures import KEEP_RUNNING, exited, with_log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.measure.contract import Question
    from harness.measure.readiness import Probe
    from harness.metrics.catalogue import Metric
    from harness.model import Subject, Target
    from harness.runtime.base import Image, Instance, Launch, Metering, Runtime

READY_DEADLINE_S = 30.0
NEXT_REQUESTS = 20
_ANSWER_TIMEOUT_S = 30.0  # of a request that is timed: one that is slow is a number, one that hangs is not
_GIVEN = (
    "It gets its address as HOST and PORT. It writes only to /tmp and can't change its user: see targets/CONTRACT.md."
)
_OTHER_PORTS = 2  # starts that are repeated because another process took the port between its choice and its bind


@dataclass(frozen=True, slots=True)
class StartTimes:
    """The times of one start.

    Attributes:
        create_s: The duration of the `create` call.
        start_s: The duration of the `start` call.
        ready_s: The time from the `start` call to the first correct answer.
        start_call_ns: The moment of the `start` call on CLOCK_MONOTONIC, which is the same in all processes.
    """

    create_s: float
    start_s: float
    ready_s: float
    start_call_ns: int


@dataclass(frozen=True, slots=True)
class FirstRequests:
    """The time of the first request to a ready target, and the median time of the NEXT_REQUESTS requests after it."""

    first_s: float
    next_s: float


class _PortTakenError(TargetError):
    """A target ended because another process listens on its port."""


def start_timed(  # noqa: PLR0913 - a start has this many conditions
    runtime: Runtime,
    image: Image,
    subject: Subject,
    launch: Launch,
    poller_cpus: frozenset[int],
    *,
    probe: Probe | None = None,
) -> tuple[Instance, StartTimes]:
    """Create and start an instance, wait until it is ready, and return it with its times.

    A start whose port another process took is repeated on another port.

    Args:
        runtime: The runtime that built it.
        image: The built target.
        subject: The variant to start.
        launch: The conditions under which it is started.
        poller_cpus: The CPUs of the poller.
        probe: Tells whether it is ready; by default, the first question of its contract.

    Raises:
        TargetError: It did not start, died, or was not ready within its `ready_within_s`, or READY_DEADLINE_S. The
            cause has its last lines.
    """
    for _ in range(_OTHER_PORTS):
        with suppress(_PortTakenError):
            return _start_once(runtime, image, subject, launch, poller_cpus, probe=probe)
    return _start_once(runtime, image, subject, launch, poller_cpus, probe=probe)


def _start_once(  # noqa: PLR0913 - a start has this many conditions
    runtime: Runtime,
    image: Image,
    subject: Subject,
    launch: Launch,
    poller_cpus: frozenset[int],
    *,
    probe: Probe | None,
) -> tuple[Instance, StartTimes]:
    question = first_question(image.target.answers, image.target.contract)
    began_ns = time.perf_counter_ns()
    instance = runtime.create(image, subject, launch)
    created_ns = time.perf_counter_ns()
    try:
        shares_core = bool(poller_cpus & launch.cpus)
        with ReadyPoller(instance.url, poller_cpus, probe or asking(question), shares_core=shares_core) as poller:
            start_ns = time.perf_counter_ns()
            instance.start()
            started_ns = time.perf_counter_ns()
            ready_ns = _ready_or_raise(poller, instance, question, image.target)
    except TargetError as error:
        try:
            is_taken = not instance.running() and not refuses(instance.url)
        finally:
            instance.discard()
        if is_taken:
            raise _taken(error) from error
        raise
    except BaseException:
        instance.discard()
        raise
    return instance, StartTimes(
        create_s=(created_ns - began_ns) / 1e9,
        start_s=(started_ns - start_ns) / 1e9,
        ready_s=(ready_ns - start_ns) / 1e9,
        start_call_ns=start_ns,
    )


def _taken(error: TargetError) -> _PortTakenError:
    cause = f"another process listens on its port; {error.cause}"
    remedy = "`ss -ltnp` shows which process it is. Repeat the command."
    return _PortTakenError(error.what, where=error.where, cause=cause, remedy=remedy)


def _ready_or_raise(poller: ReadyPoller, instance: Instance, question: Question, target: Target) -> int:
    deadline_s = target.ready_within_s or READY_DEADLINE_S
    seen = poller.wait(instance, deadline_s)
    if isinstance(seen, int):
        return seen
    ended, printed = instance.ending(), instance.logs()
    cause = ended or f"it does not answer {question} correctly: {seen}"
    if isinstance(seen, WrongAnswer) and not ended:
        remedy = remedy_for(target.contract)
    elif ended == exited(0):
        remedy = KEEP_RUNNING
    elif ended:
        remedy = f"Correct what ended it. {_GIVEN}"
    elif isinstance(seen, Silence):
        remedy = "Its address is right: find out why it gives no right answer, or what its start waits for."
    else:
        remedy = "It must listen on HOST and PORT of its environment, as targets/CONTRACT.md says."
    if not (ended or isinstance(seen, (WrongAnswer, Elsewhere))):
        remedy += f" {_longer(deadline_s)}"
    if not printed.strip():
        cause += "; it printed nothing"
    raise TargetError(
        "a target did not start", where=str(instance.subject), cause=with_log(cause, printed), remedy=remedy
    )


def _longer(than_s: float) -> str:
    again_s = min(LONGEST_START_S, 4 * than_s)
    say = f"say so in target.toml: ready_within_s = {again_s:g}, for example."
    return f"If its start takes longer than {than_s:g} s, {say}"


def first_requests(url: str, cpus: frozenset[int], question: Question) -> FirstRequests | None:
    """Time the first requests to a ready target, one after the other, from a thread pinned as the poller is.

    The requests share one connection. If the target closes it, the next request opens a new one; this is not timed. A
    request that a kept connection does not answer is sent again on a new one, as under load.

    Returns:
        The times from the send to the last byte; None if an answer was wrong or missing.
    """
    with ThreadPoolExecutor(1, "first-requests", os.sched_setaffinity, (0, cpus)) as pinned:
        try:
            first_s, *next_s = pinned.submit(_time_in_a_row, *address_of(url), question).result()
        except (OSError, FramingError):
            return None
    return FirstRequests(first_s, median(next_s))


def _time_in_a_row(host: str, port: int, question: Question) -> list[float]:
    request = question.request(f"{host}:{port}", is_last=False)
    times_s: list[float] = []
    while len(times_s) <= NEXT_REQUESTS:
        with connected(host, port) as connection:
            is_open, is_kept = True, False
            while is_open and len(times_s) <= NEXT_REQUESTS:
                sent_ns = time.perf_counter_ns()
                try:
                    answer = exchange(connection, request, _ANSWER_TIMEOUT_S, question.longest_body_bytes)
                except ConnectionError:
                    if is_kept:
                        break
                    raise
                times_s.append((time.perf_counter_ns() - sent_ns) / 1e9)
                if wrong := wrong_at_a_start(question, answer):
                    raise ConnectionError(f"no right answer: {wrong}")
                is_open, is_kept = answer.keep_alive, True
    return times_s


def of_start(times: StartTimes, metering: Metering) -> tuple[Measurement, ...]:
    """Return the measurements of a start, under the names of this runtime."""
    steps = {COLD_START_CREATE: times.create_s, COLD_START_START: times.start_s, COLD_START_READY: times.ready_s}
    return _measured(steps, metering)


def of_uncached_start(times: StartTimes, metering: Metering) -> tuple[Measurement, ...]:
    """Return the measurement of a start without the page cache, under the name of this runtime."""
    return _measured({COLD_START_UNCACHED_READY: times.ready_s}, metering)


def of_first_requests(found: FirstRequests | None, metering: Metering) -> tuple[Measurement | Absence, ...]:
    """Return the measurements of the first requests, under the names of this runtime; absences without their times."""
    if found is None:
        reason = f"not all of its first {NEXT_REQUESTS + 1} requests were answered correctly"
        missing = metering.of(COLD_START_FIRST_REQUEST, COLD_START_NEXT_REQUESTS)
        return tuple(Absence(metric.name(), metric.unit, reason) for metric in missing)
    return _measured({COLD_START_FIRST_REQUEST: found.first_s, COLD_START_NEXT_REQUESTS: found.next_s}, metering)


def _measured(values: Mapping[Metric, float], metering: Metering) -> tuple[Measurement, ...]:
    """Return the values of those metrics of containers that this runtime has, under its own names."""
    return tuple(
        Measurement(own.name(), own.unit, value) for metric, value in values.items() for own in metering.of(metric)
    )
