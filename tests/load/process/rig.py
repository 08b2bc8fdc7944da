"""Lane in the test's own process with connections to one server, and a clock in the test's hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

import gevent

from harness.load.address import resolve
from harness.load.process import lane
from harness.load.process.accounts import Extent
from harness.load.process.connection import Connection
from harness.load.process.exchanges import Request, exchanges_for, script
from harness.load.process.expectations import text
from harness.load.process.lane import Lane
from harness.load.process.recorder import Recorder
from tests.load.server import Answer, Server, Then

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

GREETING = Request("GET", "/", expect=text("Hello, World!"))
SECOND_NS = 1_000_000_000
PATIENCE_S = 60.0  # ends a test that hangs; no test that passes waits for it
PATIENCE_NS = round(PATIENCE_S * 1e9)


class Rig:
    """Lane with connections to one server, and its recorder."""

    def __init__(
        self,
        url: str,
        connections: int = 1,
        request: Request = GREETING,
        *,
        keep_alive: bool = True,
        spin: bool = False,
    ) -> None:
        address = resolve(url)
        exchanges = exchanges_for([request], address.authority, keep_alive=keep_alive)
        self.connections = [Connection(address, script(exchanges, seed=1)) for _ in range(connections)]
        self.recorder = Recorder()
        self.lane = Lane(self.recorder, spin=spin)

    def closed(self, duration_s: float = 0.05, timeout_s: float = PATIENCE_S, patience_ns: int = lane.NEVER_NS) -> None:
        now = lane._clock()
        end_ns = now + round(duration_s * 1e9)
        self.recorder.begin(Extent(now, end_ns), is_open=False)
        timeout_ns = round(timeout_s * 1e9)
        self.lane.drive_closed(self.connections, end_ns=end_ns, timeout_ns=timeout_ns, part_ns=end_ns + patience_ns)
        self.lane.settle()

    def closed_until(
        self, is_enough: Callable[[], bool], timeout_s: float = PATIENCE_S, starts_ns: Iterable[int] = lane.AT_ONCE
    ) -> None:
        """Drive until something has come about, however long this machine takes for it."""
        self.recorder.begin(Extent(0, 1 << 62), is_open=False)
        watching = gevent.spawn(self.stop_when, is_enough)
        self.lane.drive_closed(self.connections, timeout_ns=round(timeout_s * 1e9), starts_ns=starts_ns)
        self.lane.settle()
        watching.get()

    def stop_when(self, is_enough: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not is_enough():
            if time.monotonic() > deadline_s:
                self.lane.stop()
                raise AssertionError("it did not come about")
            gevent.sleep(0)
        self.lane.stop()

    def open(
        self,
        due_s: Sequence[float],
        end_s: float,
        timeout_s: float = PATIENCE_S,
        patience_ns: int = PATIENCE_NS,
    ) -> None:
        now = lane._clock() + 1_000_000
        end_ns = now + round(end_s * 1e9)
        self.recorder.begin(Extent(now, end_ns), is_open=True)
        due_ns = (now + round(due * 1e9) for due in due_s)
        timeout_ns = round(timeout_s * 1e9)
        bounds = {"end_ns": end_ns, "timeout_ns": timeout_ns, "part_ns": end_ns + patience_ns}
        planned = self.lane.drive_open(self.connections, due_ns, **bounds)
        assert planned == len(due_s)
        self.lane.settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self.connections:
            self.lane.discard(connection)


def hanging() -> Server:
    return Server(lambda _call: Answer((), Then.HANG))


class Clock:
    """A clock that goes on a little whenever it is read, and otherwise only when it is told to."""

    def __init__(self, step_ns: int) -> None:
        self.now_ns = SECOND_NS
        self.step_ns = step_ns

    def __call__(self) -> int:
        self.now_ns += self.step_ns
        return self.now_ns
