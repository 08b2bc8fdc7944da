"""Client of the truth server, and the server's report.

The server runs in its own process, on the target's cores: see `truth_server`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import select
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from harness.errors import MeasurementError
from harness.selftest.behaviours import Wrong, encode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from numpy.typing import NDArray

    from harness.selftest.behaviours import Behaviour

_DEADLINE_S = 20.0
_STOP_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class Truth:
    """The server's record since its behaviour was last set.

    Attributes:
        received_ns: The arrival time of each request, in the order of arrival.
        due_ns: The due time of each answer; 0 where there is no answer.
        sent_ns: The send time of each answer; 0 where there is no answer.
        connection: The number of each request's connection. A number is reused after its connection has ended.
        wrong: Wrong answers sent, by kind.
        connections: Connections accepted.
        right_bytes: Bytes of all correct answers.
    """

    received_ns: NDArray[np.int64]
    due_ns: NDArray[np.int64]
    sent_ns: NDArray[np.int64]
    connection: NDArray[np.int64]
    wrong: Mapping[Wrong, int]
    connections: int
    right_bytes: int

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Self:
        """Return the record from the server's report message."""
        columns = {
            name: np.frombuffer(base64.b64decode(report[name]), np.int64)
            for name in ("received_ns", "due_ns", "sent_ns", "connection")
        }
        wrong = {Wrong(kind): count for kind, count in report["wrong"].items()}
        return cls(**columns, wrong=wrong, connections=report["connections"], right_bytes=report["right_bytes"])

    @property
    def received(self) -> int:
        """The number of requests that arrived."""
        return len(self.received_ns)

    @property
    def answered(self) -> int:
        """The number of requests that got an answer, correct or wrong."""
        return int(np.count_nonzero(self.sent_ns))

    @property
    def answered_rightly(self) -> int:
        """The number of correct answers."""
        return self.answered - sum(self.wrong.values())

    @property
    def dwell_ns(self) -> NDArray[np.int64]:
        """The time that each answered request spent in the server, in ns."""
        return (self.sent_ns - self.received_ns)[self.sent_ns > 0]

    def cycles_ns(self, start_ns: float = -math.inf, end_ns: float = math.inf) -> NDArray[np.int64]:
        """Return the time from each arrival to the next one on the same connection, in ns.

        Args:
            start_ns: Only cycles that began from this time on, on the server's clock.
            end_ns: Only cycles that began before this time.
        """
        order = np.argsort(self.connection, kind="stable")
        began_ns = self.received_ns[order]
        same = np.diff(self.connection[order]) == 0
        within = (began_ns[:-1] >= start_ns) & (began_ns[:-1] < end_ns)
        cycles_ns: NDArray[np.int64] = np.diff(began_ns)[same & within]
        return cycles_ns


class TruthServer:
    """The server process, as a context manager that ends it."""

    def __init__(self, cpus: frozenset[int], *, spin: bool) -> None:
        """Start the process.

        Args:
            cpus: The cores it may use.
            spin: Whether to wait for due times by spinning; only where no other process uses these cores.

        Raises:
            MeasurementError: It does not start.
        """
        command = [sys.executable, "-m", "harness.selftest.truth_server", "--cpus", ",".join(map(str, sorted(cpus)))]
        self._process = subprocess.Popen(
            [*command, *(["--spin"] if spin else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            self.url = f"http://127.0.0.1:{self._read_message()['port']}"
        except BaseException:
            self.close()
            raise

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

    def behave(self, behaviour: Behaviour) -> None:
        """Set the server's behaviour and clear its record."""
        self._ask({"op": "behave", "behaviour": encode(behaviour)})

    def received(self) -> int:
        """Return how many requests have arrived since the behaviour was set."""
        return int(self._ask({"op": "count"})["received"])

    def report(self) -> Truth:
        """Return the server's record since the behaviour was set."""
        return Truth.of(self._ask({"op": "report"}))

    def close(self) -> None:
        """End the process. Calling it again does nothing."""
        process = self._process
        assert process.stdin is not None  # noqa: S101 - they were opened as pipes
        assert process.stdout is not None  # noqa: S101
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_STOP_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - it was opened as a pipe
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise self._failure(str(error)) from error
        return self._read_message()

    def _read_message(self) -> dict[str, Any]:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - it was opened as a pipe
        if not select.select([stdout], [], [], _DEADLINE_S)[0]:  # between two answers nothing is buffered
            raise self._failure("it does not answer")
        line = stdout.readline()
        if not line:
            raise self._failure(f"it ended with status {self._process.wait()}")
        message: dict[str, Any] = json.loads(line)
        return message

    def _failure(self, cause: str) -> MeasurementError:
        return MeasurementError(
            "the truth server failed", where=f"process {self._process.pid}", cause=cause, remedy="Run it again."
        )
