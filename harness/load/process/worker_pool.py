"""Worker pool of a master: collects its workers, detects lost ones, and exchanges messages with them.

A worker is a Locust worker, on this machine or another. Locust knows which workers have joined and whose heartbeats are
missing. For workers that the master started itself, the pool also checks their processes. `master` defines the
messages.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

from gevent.event import Event

from harness.errors import HarnessError, MeasurementError, UsageError
from harness.load import protocol
from harness.load.process.clocks import Offset, Reading, offset_of
from harness.load.process.merge import ReportMerge
from harness.load.processes import Peer, environment, worker_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from locust.runners import MasterRunner

_START_S = 60.0
_JOIN_S = 600.0
_LEAVE_S = 2.0
_POLL_S = 0.05
_LINGER_MS = 1000
_CLOCK_READINGS = 16
_CLOCK_S = 10.0


class WorkerPool:
    """Worker pool of a master; once complete, its order is fixed. As a context manager, it stops all workers.

    Attributes:
        offsets: The clock offset of each worker.
    """

    def __init__(self, runner: MasterRunner, tell: Callable[[str], None]) -> None:
        """Have no workers yet.

        Args:
            runner: Locust's master.
            tell: Called with a sentence when a worker from another machine joins, leaves, or comes too late.
        """
        self._runner = runner
        self._tell = tell
        self._reports = ReportMerge()
        self._ticket = 0
        self._ready: dict[str, Mapping[str, Any]] = {}  # the first message of each worker
        self._joined: list[str] = []  # those of them whose version is right, in the order of their arrival
        self._workers: list[str] = []
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._has_report = Event()
        self.offsets: list[Offset] = []
        runner.environment.events.worker_report.add_listener(self._on_report)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._ready:
            self._send(worker, {"op": "stop"})
        deadline = time.monotonic() + _LEAVE_S
        for process in self._processes.values():
            for end in (process.terminate, process.kill):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(_POLL_S, deadline - time.monotonic()))
                    break
                end()
            process.wait()
        context = self._runner.server.socket.context
        self._runner.greenlet.kill()
        self._runner.server.close(linger=_LINGER_MS)
        context.term()  # sends the last messages

    def __len__(self) -> int:
        return len(self._workers)

    @property
    def longest_round_trip_ns(self) -> int:
        """The longest round trip of a message to a worker and its reply, in ns."""
        return 2 * max(offset.uncertainty_ns for offset in self.offsets)

    def peers(self) -> list[Peer]:
        """Return the workers, as shown to the user."""
        return [
            Peer(self._name(worker), offset.ahead_ns / 1e9, offset.uncertainty_ns / 1e9)
            for worker, offset in zip(self._workers, self.offsets, strict=True)
        ]

    # Members of the pool.

    def start(self, cores: Sequence[frozenset[int]], *, spin: bool) -> None:
        """Start a worker for each set of cores.

        Raises:
            MeasurementError: A worker does not start.
        """
        master = f"127.0.0.1:{self._runner.server.port}"
        commands = [worker_command(own, spin=spin, master=master) for own in cores]
        started = [subprocess.Popen(each, stdin=subprocess.DEVNULL, env=environment()) for each in commands]
        self._processes = {str(process.pid): process for process in started}
        self._complete(len(cores), _START_S, "The generator's log says why.")

    def await_workers(self, count: int) -> None:
        """Wait until `count` workers have joined.

        Raises:
            MeasurementError: Not all workers joined in time.
            UsageError: A worker has another version.
        """
        self._complete(count, _JOIN_S, "On each of the other machines: harness worker --master HOST:PORT")

    def _complete(self, count: int, deadline_s: float, remedy: str) -> None:
        deadline = time.monotonic() + deadline_s
        while self._count_joined(count) < count:
            ended = [process.pid for process in self._processes.values() if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                where = f"{self._runner.master_bind_host}:{self._runner.server.port}"
                cause = f"process {ended[0]} ended" if ended else f"{len(self._joined)} of {count} joined"
                raise MeasurementError("workers missing", where=where, cause=cause, remedy=remedy)
            self._await_report()
        self._workers = sorted(self._joined[:count], key=self._name)
        for worker in self._joined[count:]:
            self._dismiss(worker)
        self.offsets = [self._offset(worker) for worker in self._workers]

    def _count_joined(self, wanted: int) -> int:
        """Add the workers that are ready now, drop those that left, and return the number of workers."""
        for worker in [one for one in self._joined if self._is_missing(one)]:
            self._joined.remove(worker)
            self._tell(f"worker {self._name(worker)} left: {len(self._joined)} of {wanted} are here")
            del self._ready[worker]
        for worker in [one for one in self._ready if one not in self._joined]:
            self._check_version(worker)
            self._joined.append(worker)
            if not self._processes:
                self._tell(f"worker {self._name(worker)} joined: {len(self._joined)} of {wanted} are here")
        return len(self._joined)

    def _check_version(self, worker: str) -> None:
        theirs, own = ((one["harness"], one["protocol"]) for one in (self._ready[worker], protocol.identity()))
        if theirs != own:
            raise UsageError(
                "worker of another version",
                where=f"worker {self._name(worker)}",
                cause="it has harness {} with protocol {}; this machine has {} with {}".format(*theirs, *own),
                remedy="Install the same version on both machines.",
            )

    def _offset(self, worker: str) -> Offset:
        own, theirs = protocol.identity(), self._ready[worker]
        if own["clock"] == theirs["clock"]:
            return Offset()
        readings = []
        for _ in range(_CLOCK_READINGS):
            sent_ns = time.perf_counter_ns()
            [reply] = self._ask({worker: {"op": "clock"}}, "clock", _CLOCK_S)
            readings.append(Reading(sent_ns, reply["now_ns"], time.perf_counter_ns()))
        return offset_of(readings)

    def _on_report(self, client_id: str, data: Mapping[str, Any]) -> None:
        report = data.get(protocol.MESSAGE)
        if report is None or not self._reports.note(client_id, report):
            return
        if report["message"]["reply"] == "ready":
            self._admit(client_id, report["message"])
        self._has_report.set()

    def _admit(self, worker: str, identity: Mapping[str, Any]) -> None:
        self._ready[worker] = identity
        if self._workers:
            self._dismiss(worker)

    def _dismiss(self, worker: str) -> None:
        self._send(worker, {"op": "stop"})
        driving = f"{len(self._workers)} drive{'s' if len(self._workers) == 1 else ''} the load"
        self._tell(f"worker {self._name(worker)} came too late and was sent away: {driving}")

    def _is_missing(self, worker: str) -> bool:
        clients = self._runner.clients
        return worker not in clients or clients[worker] in clients.missing

    def _name(self, worker: str) -> str:
        identity = self._ready[worker]
        return f"{identity['host']}:{identity['pid']}"

    # Messages to the workers.

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Send one message each to the first workers, without waiting for replies."""
        for worker, message in zip(self._workers, messages, strict=False):
            self._send(worker, message)

    def ask(self, messages: Sequence[Mapping[str, Any]], reply: str, deadline_s: float) -> list[dict[str, Any]]:
        """Send one message each to the first workers, and return their replies.

        Raises:
            HarnessError: A worker replied with this error.
            MeasurementError: A worker is lost, or does not reply in time.
        """
        return self._ask(dict(zip(self._workers, messages, strict=False)), reply, deadline_s)

    def _ask(self, messages: Mapping[str, Mapping[str, Any]], reply: str, deadline_s: float) -> list[dict[str, Any]]:
        self._ticket += 1
        for worker, message in messages.items():
            self._send(worker, message)
        deadline = time.monotonic() + deadline_s
        while pending := [worker for worker in messages if self._reports.newest(worker).get("ticket") != self._ticket]:
            for worker in pending:
                self._check_running(worker)
            if time.monotonic() > deadline:
                raise self._lost(pending[0], f"it does not answer within {deadline_s:g} s")
            self._await_report()
        replies = {worker: self._reports.newest(worker)["message"] for worker in messages}
        for worker, message in replies.items():
            if message["reply"] == "error":
                raise protocol.decode_error(message)
            if message["reply"] != reply:
                raise self._lost(worker, f"it answered {message['reply']!r} instead of {reply!r}")
        return list(replies.values())

    def _send(self, worker: str, message: Mapping[str, Any]) -> None:
        self._runner.send_message(protocol.MESSAGE, {**message, "ticket": self._ticket}, client_id=worker)

    def _await_report(self) -> None:
        self._has_report.wait(_POLL_S)
        self._has_report.clear()

    def _check_running(self, worker: str) -> None:
        process = self._processes.get(str(self._ready[worker]["pid"]))
        if process is not None and process.poll() is not None:
            raise self._lost(worker, f"it ended with status {process.returncode}")
        if self._is_missing(worker):
            raise self._lost(worker, "its heartbeats are missing")

    def _lost(self, worker: str, cause: str) -> HarnessError:
        return MeasurementError(
            "a worker is lost",
            where=f"worker {self._name(worker)}",
            cause=cause,
            remedy="The slice is not valid without this worker. Run again with all workers.",
        )
