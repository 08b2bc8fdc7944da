"""The generator as the harness holds it: a child process on cores of its own, slices in, results out.

The process lives for a run and keeps its connections open, so that targets can alternate every fifth of a second.
This module never imports Locust, whose import patches the whole process: it talks to `worker` in JSON lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Any, Protocol, Self

from harness.errors import MeasurementError, UsageError, nearest
from harness.interrupts import shielded
from harness.load import protocol
from harness.load.processes import Peer, environment, master_command, worker_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from harness.model import Scenario, Slice, SliceResult, Subject

_START_DEADLINE_S = 60.0
_JOIN_DEADLINE_S = 660.0  # the master itself gives up before
_REPLY_DEADLINE_S = 30.0  # beyond what a slice itself may take
_STOP_DEADLINE_S = 5.0
_LAST_LINES = 12
_READ_BYTES = 1 << 16


class LoadGenerator(Protocol):
    """Something that drives slices of load and says what came of each."""

    @property
    def pid(self) -> int:
        """The process that drives the load, or is the master of those that do."""
        ...

    def describe(self) -> Mapping[str, tuple[str, ...]]:
        """Return what each scenario requests, by scenario name."""
        ...

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        """Drive slices one after the other and yield each result as it comes.

        Raises:
            UsageError: A URL is not on this machine, or a scenario cannot be driven so.
            MeasurementError: The generator failed.
        """
        ...

    def disconnect(self, urls: Sequence[str]) -> None:
        """Close the connections to targets that are about to stop."""
        ...


class Generator:
    """The generator process; a context manager that ends it.

    It runs in a session of its own, so that Ctrl-C in a terminal reaches the harness alone, and dies with the thread
    that started it. Not for use by several threads at once.

    Attributes:
        workers: The workers of its own that it commands; none where it drives the load itself.
    """

    def __init__(
        self,
        scenarios: Sequence[Scenario],
        cpus: frozenset[int],
        *,
        spin: bool = True,
        workers: int = 1,
        bind: str | None = None,
    ) -> None:
        """Start the process and let it load the scenarios.

        Args:
            scenarios: What slices may name.
            cpus: The cores it may use.
            spin: Whether these are its own, so that it may wait for due times by spinning.
            workers: How many processes drive the load; they share the cores out. One drives it itself, several are
                workers of the process, which is their master then.
            bind: Where workers join the process from other machines, as `HOST:PORT`; it starts none itself then.

        Raises:
            UsageError: A scenario cannot be loaded.
            MachineError: It cannot listen for workers.
            MeasurementError: The process does not start, or workers are missing.
        """
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        if workers == 1 and bind is None:
            command = worker_command(cpus, spin=spin)
        else:
            command = master_command(cpus, workers, spin=spin, bind=bind)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            start_new_session=True,
            env=environment(),
        )
        self._received = b""
        self._pending_s = 0.0  # how long one of the slices that are under way may take; 0 when none is
        try:
            ready = self._expect("ready", _START_DEADLINE_S if bind is None else _JOIN_DEADLINE_S)
            self._ask({"op": "load", "scenarios": [str(scenario.path.resolve()) for scenario in scenarios]})
            loaded = self._expect("scenarios", _START_DEADLINE_S)
        except BaseException:
            self.close()
            raise
        self.workers = tuple(Peer(**peer) for peer in ready.get("workers", ()))
        self._requests = {name: tuple(requests) for name, requests in loaded["requests"].items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def describe(self) -> Mapping[str, tuple[str, ...]]:
        """Return what each scenario requests, by scenario name."""
        return self._requests

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        """Drive slices one after the other and yield each result as it comes.

        Slices that nobody waits for any more, because the caller stopped listening or was interrupted, are cancelled
        ahead of whatever the process is asked next.

        Raises:
            UsageError: A URL is not on this machine, or a scenario cannot be driven so.
            MeasurementError: The generator failed.
        """
        for name in {order.scenario for order in slices} - self._requests.keys():
            raise UsageError(
                "unknown scenario", where=name, cause="it was not loaded", remedy=nearest(name, self._requests)
            )
        named = {str(subject): url for subject, url in urls.items()}
        self._cancel_pending()
        self._pending_s = max((order.duration_s + 2 * order.timeout_s for order in slices), default=0.0)
        self._ask({"op": "slices", "urls": named, "slices": [protocol.encode_slice(order) for order in slices]})
        for order in slices:
            deadline_s = order.duration_s + 2 * order.timeout_s + _REPLY_DEADLINE_S
            result = protocol.decode_result(self._expect("slice", deadline_s))
            if result.number != order.number:
                raise self._failure(f"it answered slice {result.number} where {order.number} was due")
            if order is slices[-1]:
                self._pending_s = 0.0
            yield result

    def disconnect(self, urls: Sequence[str]) -> None:
        """Close the connections to targets that are about to stop.

        Raises:
            MeasurementError: The generator failed.
        """
        self._cancel_pending()
        self._ask({"op": "disconnect", "urls": list(urls)})
        self._expect("disconnected", _REPLY_DEADLINE_S)

    def close(self) -> None:
        """End the process: ask it, then terminate it, then kill it. Calling it again does nothing."""
        process = self._process
        if process.stdin is not None and process.stdout is not None and not process.stdin.closed:
            with contextlib.suppress(OSError):
                process.stdin.write(protocol.line({"op": "stop"}))
            with contextlib.suppress(OSError):
                process.stdin.close()
            for end in (process.terminate, process.kill):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_DEADLINE_S)
                    break
                end()
            process.wait()
            process.stdout.close()
            self._log.close()

    def _cancel_pending(self) -> None:
        if self._pending_s:
            self._ask({"op": "cancel"})
            while self._reply(self._pending_s + _REPLY_DEADLINE_S).get("reply") != "cancelled":
                pass
            self._pending_s = 0.0

    def _ask(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        data = memoryview(protocol.line(message))
        try:
            with shielded():  # half a message would leave the process waiting for the rest
                while data:
                    data = data[self._process.stdin.write(data) :]
        except (OSError, ValueError) as error:
            raise self._failure(str(error)) from error

    def _expect(self, reply: str, deadline_s: float) -> dict[str, Any]:
        message = self._reply(deadline_s)
        if message.get("reply") == "error":
            raise protocol.decode_error(message)
        if message.get("reply") != reply:
            raise self._failure(f"it answered {message.get('reply')!r} where {reply!r} was due")
        return message

    def _reply(self, deadline_s: float) -> dict[str, Any]:
        line = self._line(time.monotonic() + deadline_s)
        try:
            message = json.loads(line)
        except ValueError as error:
            raise self._failure(f"it said {line[:80]!r}") from error
        if not isinstance(message, dict):
            raise self._failure(f"it said {line[:80]!r}")
        return message

    def _line(self, deadline: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - it was opened as a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._received:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise self._failure("it does not answer")
                with shielded():
                    data = os.read(self._process.stdout.fileno(), _READ_BYTES)
                    self._received += data
                if not data:
                    raise self._failure(f"it ended with status {self._process.wait()}")
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _failure(self, cause: str) -> MeasurementError:
        lines = []
        if not self._log.closed:
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
        said = f". It said last:\n  {chr(10).join(lines)}" if lines else ""
        return MeasurementError(
            "the load generator failed",
            where=f"process {self._process.pid}",
            cause=cause + said,
            remedy="Run it again; if it fails again, try one scenario at a time.",
        )
