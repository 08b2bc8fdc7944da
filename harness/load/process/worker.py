"""The generator process: `python -m harness.load.process.worker`, which lives for a run and takes slices.

It owns its collector and the conversation; user groups make the load. It speaks JSON, one object a line on stdin and
stdout, or a message each over Locust's own transport (`remote`); whatever a scenario prints goes to stderr.

    > it says first       {"reply": "ready", "protocol": 3, "host": ..., "pid": ..., "clock": ..., ...}

    < {"op": "load", "scenarios": ["/abs/scenarios/hello.py", ...], "sources": {...}}     the texts, for another machine
    > {"reply": "scenarios", "requests": {"hello": ["GET /"], ...}}

    < {"op": "slices", "urls": {"flask_app:gthread": "http://127.0.0.1:4001", ...}, "slices": [{...}, ...]}
    > {"reply": "slice", "number": 1, "sent": ..., ...}           one for each slice, in order, as it finishes

    < {"op": "slices", ..., "share": {"index": 0, "of": 2}}        this part of each slice, which other workers share
    > {"reply": "prepared"}                                       users and connections are there
    < {"op": "begin", "at_ns": ...}, or {"op": "forgo"}           an instant on this machine's CLOCK_MONOTONIC
    > {"reply": "slice", ...}

    < {"op": "disconnect", "urls": ["http://127.0.0.1:4001"]}     before these targets stop
    > {"reply": "disconnected"}

    < {"op": "clock"}
    > {"reply": "clock", "now_ns": ...}                           CLOCK_MONOTONIC

    < {"op": "cancel"}                                            also while slices run: those not begun are dropped
    > {"reply": "cancelled"}

    < {"op": "stop"}, or the end of stdin                         it exits with status 0; between slices, if some run

Instead of its answer an operation may have {"reply": "error", "kind": "usage" | "machine" | "measurement", "what": ...,
"where": ..., "cause": ..., "remedy": ...}; the slices that were to follow are then dropped. A slice is a `model.Slice`
with its subject as `target:variant`, a result is a `model.SliceResult`.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
import locust

from harness.errors import MeasurementError
from harness.load import protocol
from harness.load.process.channel import Channel, Stopped, answer, settle_on, take_stdout
from harness.load.process.foreign import ForeignUserGroup
from harness.load.process.lane import Lane
from harness.load.process.recorder import Recorder
from harness.load.process.remote import RemoteChannel
from harness.load.process.scenarios import LoadedScenario, load_scenario
from harness.load.process.user_groups import LaneUserGroup, UserGroup
from harness.load.share import LoadShare
from harness.model import LoadKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model import Slice

_MOST_MISSED = 0.25  # of a slice of closed load, which is not a part of the same slice then
_WAKE_S = 0.002  # a sleep may end so late: the rest is spun


class Worker:
    """Answers operations with the user groups that it keeps."""

    def __init__(self, channel: Channel, ending: ExitStack, *, spin: bool) -> None:
        self._channel = channel
        self._ending = ending
        self._spin = spin
        self._lane = Lane(Recorder())
        self._scenarios: dict[str, LoadedScenario] = {}
        self._groups: dict[str, tuple[str, UserGroup]] = {}  # by URL

    def serve(self) -> None:
        """Answer until told to stop."""
        self._channel.send({"reply": "ready", **protocol.identity(), "locust": locust.__version__})
        operations: dict[str, Callable[..., None]] = {
            "load": self._load,
            "slices": self._run,
            "disconnect": self._disconnect,
            "cancel": self._cancel,
            "clock": self._tell_clock,
            "forgo": lambda: None,
        }
        answer(self._channel, operations)

    def _load(self, scenarios: Iterable[str], sources: dict[str, str] | None = None) -> None:
        paths = [self._at_hand(Path(path), (sources or {}).get(path)) for path in scenarios]
        self._scenarios = {path.stem: load_scenario(path) for path in paths}
        self._channel.send(
            {"reply": "scenarios", "requests": {name: loaded.requests for name, loaded in self._scenarios.items()}}
        )
        gc.collect()
        gc.freeze()
        gc.disable()

    def _at_hand(self, path: Path, source: str | None) -> Path:
        """Return where a scenario can be read: where it is on the other machine, if this one has the same there."""
        if source is None or (path.is_file() and path.read_text(encoding="utf-8") == source):
            return path
        copy = Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="harness-"))) / path.name
        copy.write_text(source, encoding="utf-8")
        return copy

    def _run(self, urls: dict[str, str], slices: list[dict[str, Any]], share: dict[str, int] | None = None) -> None:
        for data in slices:
            if self._channel.peek() in {"cancel", "stop"}:
                return
            order = protocol.decode_slice(data)
            group = self._group_for(order, urls[str(order.subject)])
            if share is None:
                result = group.run(order)
            else:
                result = group.run(order, LoadShare(**share), partial(self._await_the_others, order))
            self._channel.send(protocol.encode_result(result))
        gc.collect()

    def _await_the_others(self, order: Slice) -> int:
        """Say that this part is ready, and return at the instant at which all parts begin.

        Raises:
            MeasurementError: The slice was given up, or this process comes too late.
        """
        self._channel.send({"reply": "prepared"})
        message = self._channel.receive()
        if message["op"] != "begin":
            raise _invalid(order, "another worker was not ready")
        at_ns: int = message["at_ns"]
        gevent.sleep(max(0.0, (at_ns - time.perf_counter_ns()) / 1e9 - _WAKE_S))
        while (late_ns := time.perf_counter_ns() - at_ns) < 0:
            pass
        # in open load a late beginning is lateness of the requests, and is counted as such
        if order.load.kind is LoadKind.CLOSED and late_ns > max(order.discard_s, order.duration_s * _MOST_MISSED) * 1e9:
            raise _invalid(order, f"a worker began {late_ns / 1e6:.0f} ms after the others")
        return at_ns

    def _group_for(self, order: Slice, url: str) -> UserGroup:
        name, group = self._groups.get(url, (None, None))
        if group is None or name != order.scenario:
            self._disconnect_from([url])
            group = self._new_group(self._scenarios[order.scenario], url)
            self._groups[url] = (order.scenario, group)
        return group

    def _new_group(self, scenario: LoadedScenario, url: str) -> UserGroup:
        if scenario.lane_users:
            return LaneUserGroup(self._lane, scenario.lane_users, url, spin=self._spin)
        return ForeignUserGroup(self._lane.recorder, scenario.other_users, url)

    def _disconnect(self, urls: list[str]) -> None:
        self._disconnect_from(urls)
        self._channel.send({"reply": "disconnected"})

    def _disconnect_from(self, urls: Iterable[str]) -> None:
        for url in urls:
            if url in self._groups:
                self._groups.pop(url)[1].dismiss()

    def _cancel(self) -> None:
        self._channel.send({"reply": "cancelled"})

    def _tell_clock(self) -> None:
        self._channel.send({"reply": "clock", "now_ns": time.perf_counter_ns()})


def _invalid(order: Slice, cause: str) -> MeasurementError:
    return MeasurementError(
        "slice not valid", where=f"{order.subject} {order.load}", cause=cause, remedy="Run it again on a quiet machine."
    )


def main(arguments: list[str]) -> int:
    """Run the generator process and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.load.process.worker", description="The load generator's process."
    )
    parser.add_argument("--cpus", required=True, help="the cores to run on, as in 1 or 1,3")
    parser.add_argument("--spin", action="store_true", help="wait for due times by spinning")
    parser.add_argument("--master", metavar="HOST:PORT", help="whom to obey instead of stdin")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    settle_on(frozenset(map(int, options.cpus.split(","))))
    with ExitStack() as ending:
        ending.enter_context(contextlib.suppress(Stopped))
        channel = ending.enter_context(RemoteChannel(options.master)) if options.master else take_stdout()
        Worker(channel, ending, spin=options.spin).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
