"""Worker process of the generator, `python -m harness.load.process.worker`: runs for a whole run and drives slices.

It controls its garbage collector and the command channel; user groups create the load. Messages are JSON objects, one
per line on stdin and stdout, or Locust's own messages (`remote`). All other output of scenarios goes to stderr.

    > at the start        {"reply": "ready", "protocol": 5, "host": ..., "pid": ..., "clock": ..., ...}

    < {"op": "load", "scenarios": ["/abs/scenarios/hello.py", ...], "arguments": "--whom Ada"}
    < {"op": "load", ..., "sources": {...}, "configs": [...]}     the texts of all files, for another machine
    > {"reply": "scenarios", "traits": [{...}, ...]}              one `model.ScenarioTraits` for each scenario

    < {"op": "contracts", "contracts": {"my_app": {"hello": {...}}}}   a `model.ContractPart` by target and scenario
    > {"reply": "contracts"}

    < {"op": "slices", "urls": {"flask_app:gthread": "http://127.0.0.1:4001", ...}, "slices": [{...}, ...]}
    > {"reply": "slice", "number": 1, "sent": ..., ...}           one per slice, in order, at its end

    < {"op": "slices", ..., "share": {"index": 0, "of": 2}}        drive this share of each slice
    > {"reply": "prepared"}                                       users and connections exist
    < {"op": "begin", "at_ns": ...}, or {"op": "forgo"}           a time on this machine's CLOCK_MONOTONIC; or no slice
    > {"reply": "slice", ...}

    < {"op": "disconnect", "urls": ["http://127.0.0.1:4001"]}     before these targets stop
    > {"reply": "disconnected"}

    < {"op": "clock"}
    > {"reply": "clock", "now_ns": ...}                           CLOCK_MONOTONIC

    < {"op": "cancel"}                                            also during slices: the remaining ones are dropped
    > {"reply": "cancelled"}

    < {"op": "stop"}, or the end of stdin                         exit with status 0, after the current slice if any

The reply to a failed operation is {"reply": "error", "kind": "usage" | "machine" | "measurement", "what": ...,
"where": ..., "cause": ..., "remedy": ...}; the remaining slices are then dropped. A slice is a `model.Slice` with its
subject as `target:variant`; a result is a `model.SliceResult`.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import logging
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
import locust

from harness.errors import HarnessError, MeasurementError
from harness.load import protocol
from harness.load.process import guard, own_contracts
from harness.load.process.arguments import config_files
from harness.load.process.bounded import BoundedLog
from harness.load.process.channel import Channel, Stopped, answer, configure_process, take_stdin_and_stdout
from harness.load.process.foreign import ForeignUserGroup
from harness.load.process.lane import Lane
from harness.load.process.recorder import Recorder
from harness.load.process.remote import RemoteChannel
from harness.load.process.scenarios import LoadedScenario, load_scenarios
from harness.load.process.user_groups import LaneUserGroup, UserGroup
from harness.load.processes import LOAD_S
from harness.load.share import LoadShare
from harness.model import LoadKind
from harness.temporary_folders import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.model import ContractPart, Slice

_MAX_MISSED = 0.25  # of a slice of closed load; a later beginning is an error
_WAKE_S = 0.002  # a sleep may end this late: the last part of a wait is spun


class Worker:
    """Worker: executes operations with its user groups."""

    def __init__(self, channel: Channel, ending: ExitStack, *, spin: bool) -> None:
        self._channel = channel
        self._ending = ending
        self._lane = Lane(Recorder(guard.install().take_refused), spin=spin)
        self._scenarios: dict[str, LoadedScenario] = {}
        self._contracts: own_contracts.Contracts = {}
        self._groups: dict[str, tuple[str, UserGroup]] = {}  # by URL

    def serve(self) -> None:
        """Execute operations until `stop`."""
        self._channel.send({"reply": "ready", **protocol.identity(), "locust": locust.__version__})
        operations: dict[str, Callable[..., None]] = {
            "load": self._load,
            "contracts": self._keep_contracts,
            "slices": self._run,
            "disconnect": self._disconnect,
            "cancel": self._cancel,
            "clock": self._send_clock,
            "forgo": lambda: None,
        }
        answer(self._channel, operations)

    def _load(
        self,
        scenarios: Sequence[str],
        arguments: str = "",
        load_s: float = LOAD_S,
        sources: dict[str, str] | None = None,
        configs: Sequence[str] | None = None,
    ) -> None:
        local = {path: self._local_file(Path(path), text) for path, text in (sources or {}).items()}
        paths = [local.get(path, Path(path)) for path in scenarios]
        found = config_files(paths) if configs is None else [local[path] for path in configs]
        self._scenarios = load_scenarios(paths, arguments, found, load_s=load_s)
        self._channel.send(protocol.encode_traits([loaded.traits for loaded in self._scenarios.values()]))
        gc.collect()
        gc.freeze()
        gc.disable()

    def _keep_contracts(self, contracts: dict[str, Any]) -> None:
        self._contracts = own_contracts.decode(contracts)
        for name in {name for parts in self._contracts.values() for name in parts} & self._scenarios.keys():
            own_contracts.require_one_request(name, self._scenarios[name])
        self._channel.send({"reply": "contracts"})

    def _local_file(self, path: Path, source: str) -> Path:
        """Return the path of a file on this machine: the given one if it has this text, else that of a copy."""
        if path.is_file() and path.read_text(encoding="utf-8") == source:
            return path
        copy = self._ending.enter_context(temporary_folder()) / path.name
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
                result = group.run(order, LoadShare(**share), partial(self._await_begin, order))
            self._channel.send(protocol.encode_result(result))
        gc.collect()

    def _await_begin(self, order: Slice) -> int:
        """Report that this share is prepared, wait for the beginning of the slice, and return its time.

        Raises:
            MeasurementError: The slice was dropped, or this process is too late.
        """
        self._channel.send({"reply": "prepared"})
        message = self._channel.receive()
        if message["op"] != "begin":
            raise _invalid(order, "another worker was not ready")
        at_ns: int = message["at_ns"]
        gevent.sleep(max(0.0, (at_ns - time.perf_counter_ns()) / 1e9 - _WAKE_S))
        while (late_ns := time.perf_counter_ns() - at_ns) < 0:
            pass
        # in open load a late beginning counts as lateness of the requests
        if order.load.kind is LoadKind.CLOSED and late_ns > max(order.discard_s, order.duration_s * _MAX_MISSED) * 1e9:
            raise _invalid(order, f"a worker began {late_ns / 1e6:.0f} ms after the others")
        return at_ns

    def _group_for(self, order: Slice, url: str) -> UserGroup:
        name, group = self._groups.get(url, (None, None))
        if group is None or name != order.scenario:
            self._disconnect_from([url])
            part = self._contracts.get(order.subject.target, {}).get(order.scenario)
            group = self._new_group(self._scenarios[order.scenario], url, part)
            self._groups[url] = (order.scenario, group)
        return group

    def _new_group(self, scenario: LoadedScenario, url: str, part: ContractPart | None) -> UserGroup:
        if scenario.lane_users:
            kinds = own_contracts.bound(scenario.lane_users, part)
            return LaneUserGroup(self._lane, dataclasses.replace(scenario, lane_users=kinds), url)
        return ForeignUserGroup(self._lane.recorder, scenario, url)

    def _disconnect(self, urls: list[str]) -> None:
        self._disconnect_from(urls)
        self._channel.send({"reply": "disconnected"})

    def _disconnect_from(self, urls: Iterable[str]) -> None:
        for url in urls:
            if url in self._groups:
                self._groups.pop(url)[1].dismiss()

    def _cancel(self) -> None:
        self._channel.send({"reply": "cancelled"})

    def _send_clock(self) -> None:
        self._channel.send({"reply": "clock", "now_ns": time.perf_counter_ns()})


def _invalid(order: Slice, cause: str) -> MeasurementError:
    return MeasurementError(
        "slice not valid", where=f"{order.subject} {order.load}", cause=cause, remedy="Run it again on a quiet machine."
    )


def main(arguments: list[str]) -> int:
    """Run the worker process and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.load.process.worker", description="Worker process of the load generator."
    )
    parser.add_argument("--cpus", required=True, help="the cores to run on, as in 1 or 1,3")
    parser.add_argument("--spin", action="store_true", help="wait for due times by spinning")
    parser.add_argument("--master", metavar="HOST:PORT", help="the master that sends the operations, instead of stdin")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.addFilter(BoundedLog())
    configure_process(frozenset(map(int, options.cpus.split(","))))
    with ExitStack() as ending:
        ending.enter_context(contextlib.suppress(Stopped))
        try:
            channel = ending.enter_context(RemoteChannel(options.master)) if options.master else take_stdin_and_stdout()
        except HarnessError as error:
            sys.stderr.write(f"error: {error}\n")
            return error.exit_code
        Worker(channel, ending, spin=options.spin).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
