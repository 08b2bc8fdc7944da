"""The generator process: `python -m harness.load.worker`, which lives for a run and takes slices.

It owns the process (its cores, its collector, its death with its parent) and the conversation; the load is made by
crews. It speaks JSON lines, one object a line, on stdin and stdout; whatever a scenario prints goes to stderr.

    > it says first       {"reply": "ready", "protocol": 1, "pid": ..., "locust": "2.47.0"}

    < {"op": "load", "scenarios": ["/abs/scenarios/hello.py", ...]}
    > {"reply": "scenarios", "requests": {"hello": ["GET /"], ...}}

    < {"op": "slices", "urls": {"flask_app:gthread": "http://127.0.0.1:4001", ...}, "slices": [{...}, ...]}
    > {"reply": "slice", "number": 1, "sent": ..., ...}           one for each slice, in order, as it finishes

    < {"op": "disconnect", "urls": ["http://127.0.0.1:4001"]}     before these targets stop
    > {"reply": "disconnected"}

    < {"op": "cancel"}                                            also while slices run: those not begun are dropped
    > {"reply": "cancelled"}

    < {"op": "stop"}, or the end of stdin                         it exits with status 0; between slices, if some run

Instead of its answer an operation may have {"reply": "error", "kind": "usage" | "measurement", "what": ..., "where":
..., "cause": ..., "remedy": ...}; the slices that were to follow are then dropped. A slice is a `model.Slice` with its
subject as `target:variant`, a result is a `model.SliceResult`.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import json
import logging
import os
import resource
import select
import signal
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import locust

from harness.errors import HarnessError
from harness.load import protocol
from harness.load.crews import Crew, LaneCrew
from harness.load.foreign import ForeignCrew
from harness.load.lane import Lane
from harness.load.recorder import Recorder
from harness.load.scenarios import LoadedScenario, load_scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model import Slice

_PR_SET_PDEATHSIG, _PR_SET_TIMERSLACK = 1, 29
_READ_BYTES = 1 << 16
_STDIN, _STDOUT, _STDERR = 0, 1, 2


class Stopped(Exception):  # noqa: N818 - it is no error
    """The harness wants no more."""


class Channel:
    """Lines in and lines out."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._lines: deque[bytes] = deque()
        self._rest = b""

    def receive(self) -> dict[str, Any]:
        """Return the next message, when it comes.

        Raises:
            Stopped: There is none any more.
        """
        while not self._lines:
            select.select([self._source], [], [])  # Locust has patched it: other greenlets run meanwhile
            self._read()
        message: dict[str, Any] = json.loads(self._lines.popleft())
        return message

    def peek(self) -> str | None:
        """Return the operation of the next message if it is here already.

        Raises:
            Stopped: There is none any more.
        """
        while not self._lines and select.select([self._source], [], [], 0)[0]:
            self._read()
        return json.loads(self._lines[0])["op"] if self._lines else None

    def send(self, message: dict[str, Any]) -> None:
        """Write one message."""
        data = protocol.line(message)
        while data:
            data = data[os.write(self._sink, data) :]

    def _read(self) -> None:
        data = os.read(self._source, _READ_BYTES)
        if not data:
            raise Stopped
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._lines.extend(whole)


class Worker:
    """Answers operations with the crews that it keeps."""

    def __init__(self, channel: Channel, *, spin: bool) -> None:
        self._channel = channel
        self._spin = spin
        self._lane = Lane(Recorder())
        self._scenarios: dict[str, LoadedScenario] = {}
        self._crews: dict[str, tuple[str, Crew]] = {}  # by URL: a target's connections are those of one crew

    def serve(self) -> None:
        """Answer until told to stop."""
        self._channel.send(
            {"reply": "ready", "protocol": protocol.VERSION, "pid": os.getpid(), "locust": locust.__version__}
        )
        operations: dict[str, Callable[..., None]] = {
            "load": self._load,
            "slices": self._run,
            "disconnect": self._disconnect,
            "cancel": self._cancel,
        }
        while (message := self._channel.receive())["op"] != "stop":
            try:
                operations[message.pop("op")](**message)
            except HarnessError as error:
                self._channel.send(protocol.encode_error(error))

    def _load(self, scenarios: Iterable[str]) -> None:
        self._scenarios = {Path(path).stem: load_scenario(Path(path)) for path in scenarios}
        self._channel.send(
            {"reply": "scenarios", "requests": {name: loaded.requests for name, loaded in self._scenarios.items()}}
        )
        gc.collect()
        gc.freeze()
        gc.disable()

    def _run(self, urls: dict[str, str], slices: list[dict[str, Any]]) -> None:
        for data in slices:
            if self._channel.peek() in {"cancel", "stop"}:
                return
            order = protocol.decode_slice(data)
            crew = self._crew_for(order, urls[str(order.subject)])
            self._channel.send(protocol.encode_result(crew.run(order)))
        gc.collect()

    def _crew_for(self, order: Slice, url: str) -> Crew:
        name, crew = self._crews.get(url, (None, None))
        if crew is None or name != order.scenario:
            self._disconnect_from([url])
            crew = self._new_crew(self._scenarios[order.scenario], url)
            self._crews[url] = (order.scenario, crew)
        return crew

    def _new_crew(self, scenario: LoadedScenario, url: str) -> Crew:
        if scenario.lane_users:
            return LaneCrew(self._lane, scenario.lane_users, url, spin=self._spin)
        return ForeignCrew(self._lane.recorder, scenario.other_users, url)

    def _disconnect(self, urls: list[str]) -> None:
        self._disconnect_from(urls)
        self._channel.send({"reply": "disconnected"})

    def _disconnect_from(self, urls: Iterable[str]) -> None:
        for url in urls:
            if url in self._crews:
                self._crews.pop(url)[1].dismiss()

    def _cancel(self) -> None:
        self._channel.send({"reply": "cancelled"})


def _become_generator(cpus: frozenset[int]) -> Channel:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a dead harness leaves no generator behind
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)  # sleeps end when they should, not up to 50 µs later
    for thread in Path("/proc/self/task").iterdir():
        os.sched_setaffinity(int(thread.name), cpus)
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # every connection is one
    replies = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)  # a scenario may print
    return Channel(_STDIN, replies)


def main(arguments: list[str]) -> int:
    """Run the generator process and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.load.worker", description="The load generator's process.")
    parser.add_argument("--cpus", required=True, help="the cores to run on, as in 1 or 1,3")
    parser.add_argument("--spin", action="store_true", help="wait for due times by spinning")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    channel = _become_generator(frozenset(map(int, options.cpus.split(","))))
    with contextlib.suppress(Stopped):
        Worker(channel, spin=options.spin).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
