"""Cold start: the time from the engine's `start` call to the first byte-correct answer.

An open port does not mean that a target is ready: gunicorn's master listens before its workers have imported the app.
So a poller sends the real request every millisecond, beginning before the `start` call. The clock stops at the first
byte-correct answer. The poller uses raw sockets, because the start of a client library would add to the time.

A ready target may still load code on demand, which makes its first requests slow. They are timed as well.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Self

from harness.errors import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from harness.model import Subject
    from harness.runtime.base import Image, Instance, Launch, Runtime

READY_DEADLINE_S = 30.0
NEXT_REQUESTS = 20
_POLL_S = 0.001
_SHARED_PAUSE = 0.02  # of the time passed so far: on a core that it shares, waking each millisecond starves the target
_CONNECT_TIMEOUT_S = 0.05
_ANSWER_TIMEOUT_S = 1.0  # of a question of the poller's, which asks again
_FIRST_ANSWER_TIMEOUT_S = 30.0  # of a request that is timed: one that is slow is a number, one that hangs is not
_LONGEST_ANSWER_BYTES = 1 << 14
_REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
_LAST_REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_BODY = b"Hello, World!"
_CLOSES = re.compile(rb"\r\nconnection:[^\r]*\bclose\b", re.IGNORECASE)


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


def answers_rightly(host: str, port: int) -> bool:
    """Request `/` once on a new connection; return whether status and body are byte-correct."""
    try:
        with _connected(host, port, _ANSWER_TIMEOUT_S) as connection:
            return _is_right(_answer(connection, _LAST_REQUEST))
    except OSError:
        return False


def _connected(host: str, port: int, answer_within_s: float) -> socket.socket:
    connection = socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S)
    connection.settimeout(answer_within_s)
    return connection


def _answer(connection: socket.socket, request: bytes) -> bytes:
    """Send a request and return the bytes of its answer that arrive in time."""
    deadline_s = time.monotonic() + (connection.gettimeout() or 0.0)
    connection.sendall(request)
    answer = b""
    # the answer is complete at its last byte, before the connection closes; a body without an end is cut off
    while not _is_right(answer) and len(answer) < _LONGEST_ANSWER_BYTES:
        piece = connection.recv(4096)
        if not piece or time.monotonic() > deadline_s:
            break
        answer += piece
    return answer


def _is_right(answer: bytes) -> bool:
    head, separator, body = answer.partition(b"\r\n\r\n")
    return bool(separator) and head.startswith(b"HTTP/1.1 200 ") and body == _BODY


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


class ReadyPoller:
    """Poller that requests a URL until the first correct answer, in its own thread, pinned away from the target.

    It is a context manager: entering starts the polling, leaving ends it.
    """

    def __init__(
        self,
        url: str,
        cpus: frozenset[int],
        probe: Callable[[str, int], bool] = answers_rightly,
        *,
        shares_core: bool = False,
    ) -> None:
        self._shares_core = shares_core
        self._address = _address(url)
        self._cpus = cpus
        self._probe = probe
        self._ready_ns: int | None = None
        self._ended = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="ready-poller", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def wait(self, alive: Callable[[], bool], deadline_s: float) -> int | None:
        """Wait for the first correct answer; return its `perf_counter_ns`, None if the target died or was too late."""
        end = time.monotonic() + deadline_s
        while not self._ended.wait(0.1):
            if time.monotonic() > end or not alive():
                return None
        return self._ready_ns

    def _poll(self) -> None:
        os.sched_setaffinity(0, self._cpus)  # affects only this thread
        began_s = time.monotonic()
        while not self._stop.is_set():
            if self._probe(*self._address):
                self._ready_ns = time.perf_counter_ns()
                self._ended.set()
                return
            time.sleep(pause_s(time.monotonic() - began_s, shares_core=self._shares_core))


def pause_s(waited_s: float, *, shares_core: bool) -> float:
    """Return how long to wait for the next question, when a start has been waited for so long."""
    return max(_POLL_S, _SHARED_PAUSE * waited_s) if shares_core else _POLL_S


def start_timed(  # noqa: PLR0913 - a start has this many conditions
    runtime: Runtime,
    image: Image,
    subject: Subject,
    launch: Launch,
    poller_cpus: frozenset[int],
    *,
    probe: Callable[[str, int], bool] = answers_rightly,
) -> tuple[Instance, StartTimes]:
    """Create and start an instance, wait until `probe` finds it ready, and return it with its times.

    Raises:
        TargetError: It did not start, died, or was not ready within READY_DEADLINE_S. The cause has its last lines.
    """
    began_ns = time.perf_counter_ns()
    instance = runtime.create(image, subject, launch)
    created_ns = time.perf_counter_ns()
    try:
        shares_core = bool(poller_cpus & launch.cpus)
        with ReadyPoller(instance.url, poller_cpus, probe, shares_core=shares_core) as poller:
            start_ns = time.perf_counter_ns()
            instance.start()
            started_ns = time.perf_counter_ns()
            ready_ns = _ready_or_raise(poller, instance)
    except BaseException:
        instance.discard()
        raise
    return instance, StartTimes(
        create_s=(created_ns - began_ns) / 1e9,
        start_s=(started_ns - start_ns) / 1e9,
        ready_s=(ready_ns - start_ns) / 1e9,
        start_call_ns=start_ns,
    )


def _ready_or_raise(poller: ReadyPoller, instance: Instance) -> int:
    ready_ns = poller.wait(instance.running, READY_DEADLINE_S)
    if ready_ns is not None:
        return ready_ns
    ending = instance.ending()
    late = f"it did not answer GET / rightly within {READY_DEADLINE_S:g} s"
    raise TargetError(
        "a target did not start",
        where=str(instance.subject),
        cause=f"{ending or late}; it last printed:\n{instance.logs()}",
        remedy="targets/CONTRACT.md says what it must do with HOST and PORT.",
    )


def first_requests(url: str, cpus: frozenset[int]) -> FirstRequests | None:
    """Time the first requests to a ready target, one after the other, from a thread pinned as the poller is.

    The requests share one connection. If the target closes it, the next request opens a new one; this is not timed.

    Returns:
        The times from the send to the last byte; None if an answer was wrong or missing.
    """
    with ThreadPoolExecutor(1, "first-requests", os.sched_setaffinity, (0, cpus)) as pinned:
        try:
            first_s, *next_s = pinned.submit(_time_in_a_row, *_address(url)).result()
        except OSError:
            return None
    return FirstRequests(first_s, median(next_s))


def _time_in_a_row(host: str, port: int) -> list[float]:
    times_s: list[float] = []
    while len(times_s) <= NEXT_REQUESTS:
        with _connected(host, port, _FIRST_ANSWER_TIMEOUT_S) as connection:
            is_open = True
            while is_open and len(times_s) <= NEXT_REQUESTS:
                sent_ns = time.perf_counter_ns()
                answer = _answer(connection, _REQUEST)
                times_s.append((time.perf_counter_ns() - sent_ns) / 1e9)
                if not _is_right(answer):
                    raise ConnectionError(f"no right answer: {answer[:80]!r}")
                is_open = _CLOSES.search(answer) is None
    return times_s
