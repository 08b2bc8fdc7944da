"""Client of the generator process: starts it on its own cores, sends slices and receives results.

The process runs for a whole run and keeps its connections open, so that targets can alternate every 0.2 s. This module
never imports Locust, because that import patches the whole process. It exchanges JSON lines with `worker`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from harness.errors import HarnessError, MeasurementError, UsageError, nearest
from harness.interrupts import shielded
from harness.load import protocol
from harness.load.processes import END_S, LOAD_S, Peer, environment, master_command, worker_command
from harness.program_output import ProgramOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from harness.model import Contract, Scenario, ScenarioTraits, Slice, SliceResult, Subject

_START_DEADLINE_S = 60.0
_JOIN_DEADLINE_S = 660.0  # longer than the master's own deadline
_LOAD_DEADLINE_S = 5.0  # in addition to the longest time of all imports
_REPLY_DEADLINE_S = 30.0  # in addition to the longest time of a slice itself
_STOP_DEADLINE_S = 5.0
_LAST_LINES = 12
_DUMP_BEGINS_S, _DUMP_S = 10.0, 0.5  # until faulthandler begins to write the stack, and until it has written it
_DUMP_BEGINS = "(most recent call first):\n"
_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_READ_BYTES = 1 << 16


def _is_ours(file: Path) -> bool:
    """Return whether a file is of the harness, of Python, or of an installed library; `<frozen runpy>` is Python's."""
    if str(file).startswith("<frozen "):
        return True
    known = (str(Path(__file__).parents[1]), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
    return any(file.is_relative_to(folder) for folder in known)


class LoadGenerator(Protocol):
    """Load generator: drives slices and returns their results."""

    @property
    def pid(self) -> int:
        """Id of the process that drives the load, or of the master of several workers."""
        ...

    def describe(self) -> Mapping[str, ScenarioTraits]:
        """Return the traits of each scenario, by its name."""
        ...

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        """Drive slices one after the other and yield each result when its slice ends.

        Raises:
            UsageError: A URL may not be loaded, or a scenario can't be driven with this load.
            MeasurementError: The generator failed.
        """
        ...

    def disconnect(self, urls: Sequence[str]) -> None:
        """Close the connections to targets that will stop."""
        ...


class Generator:
    """Client of the generator process; as a context manager, it ends the process.

    The process has its own session, so that Ctrl-C in a terminal reaches only the harness. It ends with the thread that
    started it. A client must not be used by several threads at the same time.

    Attributes:
        workers: The workers of a master; empty if the process drives the load itself.
    """

    def __init__(  # noqa: PLR0913 - a process has this many settings
        self,
        scenarios: Sequence[Scenario],
        cpus: frozenset[int],
        *,
        spin: bool = True,
        workers: int = 1,
        bind: str | None = None,
        arguments: str = "",
        load_s: float = LOAD_S,
        contracts: Mapping[str, Contract] | None = None,
        notify: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Start the process and load the scenarios.

        Args:
            scenarios: The scenarios that slices may name.
            cpus: The cores of the process.
            spin: Whether it waits for due times by spinning, which needs cores of its own.
            workers: Number of workers, which divide the cores. With 1 the process itself is the worker; with more it
                is their master.
            bind: `HOST:PORT` where workers from other machines join; the process then starts no workers.
            arguments: The arguments for the locustfiles, as in a shell.
            load_s: The longest time for the import of a locustfile.
            contracts: The contract of each target that has one of its own, by the target's name.
            notify: Called with what happens to these workers, when a reply is awaited.

        Raises:
            UsageError: A scenario can't be loaded.
            MachineError: The process can't listen for workers.
            MeasurementError: The process does not start, or workers are missing.
        """
        self._log = ProgramOutput()  # a scenario may print each answer
        if workers == 1 and bind is None:
            command = worker_command(cpus, spin=spin)
        else:
            command = master_command(cpus, workers, spin=spin, bind=bind)
        pipe, log = subprocess.PIPE, self._log.descriptor
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=log, bufsize=0, start_new_session=True, env=environment()
        )
        self._log.keep_short()
        self._notify, self._received = notify, b""
        self._pending_s = 0.0  # the longest time of a slice in progress; 0 without one
        try:
            ready = self._expect("ready", _START_DEADLINE_S if bind is None else _JOIN_DEADLINE_S)
            paths = [str(scenario.path.resolve()) for scenario in scenarios]
            self._ask({"op": "load", "scenarios": paths, "arguments": arguments, "load_s": load_s})
            loads = 1 if workers == 1 and bind is None else 2  # by the master, and by its workers
            loaded = self._expect("scenarios", loads * (len(scenarios) * load_s + _LOAD_DEADLINE_S))
            if contracts:
                self._ask({"op": "contracts", "contracts": protocol.encode_contracts(contracts)})
                self._expect("contracts", _REPLY_DEADLINE_S)
        except BaseException:
            self.close()
            raise
        self.workers = tuple(Peer(**peer) for peer in ready.get("workers", ()))
        self._traits = protocol.decode_traits(loaded)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Id of the process."""
        return self._process.pid

    def describe(self) -> Mapping[str, ScenarioTraits]:
        """Return the traits of each scenario, by its name."""
        return self._traits

    def run(self, slices: Sequence[Slice], urls: Mapping[Subject, str]) -> Iterator[SliceResult]:
        """Drive slices one after the other and yield each result when its slice ends.

        If the caller stops the iteration early or is interrupted, the next request to the process first cancels the
        remaining slices.

        Raises:
            UsageError: A URL may not be loaded, or a scenario can't be driven with this load.
            MeasurementError: The generator failed.
        """
        for name in {order.scenario for order in slices} - self._traits.keys():
            raise UsageError(
                "unknown scenario", where=name, cause="it was not loaded", remedy=nearest(name, self._traits)
            )
        named = {str(subject): url for subject, url in urls.items()}
        self._cancel_pending()
        self._pending_s = max((order.duration_s + 2 * order.timeout_s for order in slices), default=0.0)
        self._ask({"op": "slices", "urls": named, "slices": [protocol.encode_slice(order) for order in slices]})
        for order in slices:
            deadline_s = order.duration_s + 2 * order.timeout_s + _REPLY_DEADLINE_S
            result = protocol.decode_result(self._expect("slice", deadline_s))
            if result.number != order.number:
                raise self._failure(f"it answered slice {result.number} instead of {order.number}")
            if order is slices[-1]:
                self._pending_s = 0.0
            yield result

    def disconnect(self, urls: Sequence[str]) -> None:
        """Close the connections to targets that will stop.

        Raises:
            MeasurementError: The generator failed.
        """
        self._cancel_pending()
        self._ask({"op": "disconnect", "urls": list(urls)})
        self._expect("disconnected", _REPLY_DEADLINE_S + len(urls) * END_S)

    def close(self) -> None:
        """End the process: by a message, then by SIGTERM, then by SIGKILL. A second call does nothing."""
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
            with shielded():  # after half a message, the process would wait for the rest
                while data:
                    data = data[self._process.stdin.write(data) :]
        except (OSError, ValueError) as error:
            raise self._failure(str(error)) from error

    def _expect(self, reply: str, deadline_s: float) -> dict[str, Any]:
        message = self._reply(deadline_s)
        if message.get("reply") == "error":
            raise protocol.decode_error(message)
        if message.get("reply") != reply:
            raise self._failure(f"it answered {message.get('reply')!r} instead of {reply!r}")
        return message

    def _reply(self, deadline_s: float) -> dict[str, Any]:
        deadline = time.monotonic() + deadline_s
        while (message := self._message(deadline)).get("reply") == "notice":
            self._notify(message["text"])
        return message

    def _message(self, deadline: float) -> dict[str, Any]:
        line = self._line(deadline)
        try:
            message = json.loads(line)
        except ValueError as error:
            raise self._failure(f"it sent {line[:80]!r}, which is not a reply") from error
        if not isinstance(message, dict):
            raise self._failure(f"it sent {line[:80]!r}, which is not a reply")
        return message

    def _line(self, deadline: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - it was opened as a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._received:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise self._silence()
                with shielded():
                    data = os.read(self._process.stdout.fileno(), _READ_BYTES)
                    self._received += data
                if not data:
                    raise self._failure(f"it ended with status {self._process.wait()}")
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _silence(self) -> HarnessError:
        """Return the error of a process that does not answer: its scenario's, if that is what it is busy with."""
        before_bytes, give_up_s = self._log.size_bytes, time.monotonic() + _DUMP_BEGINS_S
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGUSR1)
        while self._log.size_bytes == before_bytes and time.monotonic() < give_up_s:
            if self._process.poll() is not None:
                break
            time.sleep(_DUMP_S / 10)
        time.sleep(_DUMP_S)
        _, _, dump = self._log.end().rpartition(_DUMP_BEGINS)
        frames = ((found["file"], found["line"]) for found in _FRAME.finditer(dump))
        place = next((f"{file}:{line}" for file, line in frames if not _is_ours(Path(file))), None)
        if place is None:
            return self._failure("it does not answer")
        return UsageError(
            "a scenario stops the load generator",
            where=place,
            cause="it computes, or waits without gevent, for so long that the generator can't answer",
            remedy="Let each task end, let long loops call gevent.sleep, and wait with clients that gevent knows.",
        )

    def _failure(self, cause: str) -> MeasurementError:
        lines = self._log.end().splitlines()[-_LAST_LINES:]
        log = f". The end of its log:\n  {chr(10).join(lines)}" if lines else ""
        return MeasurementError(
            "the load generator failed",
            where=f"process {self._process.pid}",
            cause=cause + log,
            remedy="Run it again; if it fails again, try one scenario at a time.",
        )
