"""Master process of the generator, `python -m harness.load.process.master`: commands workers, and drives no load.

Its messages with the harness are those of `worker`. Its messages with the workers use Locust's own master and workers:
Locust transports them, and knows which workers have joined and which are lost. All workers prepare a slice and begin it
at the same time; then the master merges their results. A lost worker makes a slice invalid, never smaller.

    > at the start    {"reply": "ready", ..., "workers": [{"name": ..., "offset_s": ..., "uncertainty_s": ...}, ...]}
    > at any time     {"reply": "notice", "text": ...}      for the user: a worker joined, left, or came too late
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import locust
from locust.env import Environment
from locust.exception import RPCError

from harness.errors import HarnessError, MachineError
from harness.load import protocol
from harness.load.address import endpoint_of
from harness.load.process.arguments import config_files
from harness.load.process.channel import Channel, Stopped, answer, configure_process, take_stdin_and_stdout
from harness.load.process.merge import merge
from harness.load.process.scenarios import load_scenarios
from harness.load.process.worker_pool import WorkerPool
from harness.load.processes import END_S, LOAD_S, cores_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model import Slice, SliceResult

_ANY_PORT = "127.0.0.1:0"
_LEAD_NS = 10_000_000  # from the `begin` message to the beginning of the slice
_PREPARE_S = 30.0  # for the spawn of users, in addition to two time-outs
_ANSWER_S = 30.0
_LOAD_S = 4.0  # in addition to the longest time of all imports


class Master:
    """Master: executes operations with the workers of its pool."""

    def __init__(self, channel: Channel, pool: WorkerPool) -> None:
        self._channel = channel
        self._pool = pool

    def serve(self) -> None:
        """Execute operations until `stop`."""
        peers = [
            {"name": peer.name, "offset_s": peer.offset_s, "uncertainty_s": peer.uncertainty_s}
            for peer in self._pool.peers()
        ]
        self._channel.send({"reply": "ready", **protocol.identity(), "locust": locust.__version__, "workers": peers})
        operations: dict[str, Callable[..., None]] = {
            "load": self._load,
            "contracts": self._pass_contracts,
            "slices": self._run,
            "disconnect": self._disconnect,
            "cancel": self._cancel,
        }
        answer(self._channel, operations)

    def _load(self, scenarios: list[str], arguments: str = "", load_s: float = LOAD_S) -> None:
        paths = [Path(path) for path in scenarios]
        configs = config_files(paths)
        load_scenarios(paths, arguments, configs, load_s=load_s)  # one error, with the path on this machine
        message = {
            "op": "load",
            "scenarios": scenarios,
            "arguments": arguments,
            "load_s": load_s,
            "sources": {path: Path(path).read_text(encoding="utf-8") for path in (*scenarios, *map(str, configs))},
            "configs": [str(path) for path in configs],
        }
        replies = self._pool.ask([message] * len(self._pool), "scenarios", len(scenarios) * load_s + _LOAD_S)
        self._channel.send(replies[0])

    def _pass_contracts(self, contracts: dict[str, Any]) -> None:
        message = {"op": "contracts", "contracts": contracts}
        self._channel.send(self._pool.ask([message] * len(self._pool), "contracts", _ANSWER_S)[0])

    def _run(self, urls: dict[str, str], slices: list[dict[str, Any]]) -> None:
        for data in slices:
            if self._channel.peek() in {"cancel", "stop"}:
                return
            order = protocol.decode_slice(data)
            url = {data["subject"]: urls[data["subject"]]}
            self._channel.send(protocol.encode_result(self._drive(order, {"slices": [data], "urls": url})))

    def _drive(self, order: Slice, message: dict[str, Any]) -> SliceResult:
        """Drive a slice with all workers, or with one per connection if there are fewer connections.

        Raises:
            HarnessError: A worker failed or is lost.
        """
        count = min(len(self._pool), order.load.connections)
        shares = [{"op": "slices", **message, "share": {"index": index, "of": count}} for index in range(count)]
        try:
            self._pool.ask(shares, "prepared", 2 * order.timeout_s + _PREPARE_S)
        except HarnessError:
            self._pool.send([{"op": "forgo"}] * count)
            raise
        cpu_began = time.process_time()
        at_ns = time.perf_counter_ns() + _LEAD_NS + self._pool.longest_round_trip_ns
        begin = [{"op": "begin", "at_ns": at_ns + offset.ahead_ns} for offset in self._pool.offsets[:count]]
        replies = self._pool.ask(begin, "slice", order.duration_s + 2 * order.timeout_s + _ANSWER_S)
        merged = merge([protocol.decode_result(reply) for reply in replies])
        own_cpu_s = time.process_time() - cpu_began
        return replace(merged, generator_cpu_s=round(merged.generator_cpu_s + own_cpu_s, 9))

    def _disconnect(self, urls: list[str]) -> None:
        self._pool.ask(
            [{"op": "disconnect", "urls": urls}] * len(self._pool), "disconnected", _ANSWER_S + len(urls) * END_S
        )
        self._channel.send({"reply": "disconnected"})

    def _cancel(self) -> None:
        self._channel.send({"reply": "cancelled"})


def _open_pool(bind: str, tell: Callable[[str], None]) -> WorkerPool:
    host, port = endpoint_of(bind)
    try:
        return WorkerPool(Environment(user_classes=[]).create_master_runner(host, port), tell)
    except (SystemExit, RPCError) as error:
        raise MachineError(
            "workers can't join",
            where=bind,
            cause="the run can't listen at this address",
            remedy="Name an address of this machine and a free port.",
        ) from error


def _tell(channel: Channel, text: str) -> None:
    channel.send({"reply": "notice", "text": text})


def _fill_pool(pool: WorkerPool, options: argparse.Namespace, cpus: Iterable[int]) -> None:
    if options.bind:
        pool.await_workers(options.workers)
        return
    cores = cores_for(options.workers, cpus)
    shared = len(frozenset().union(*cores)) < options.workers
    pool.start(cores, spin=options.spin and not shared)


def main(arguments: list[str]) -> int:
    """Run the master process and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.load.process.master", description="Master process of the load generator."
    )
    parser.add_argument("--cpus", required=True, help="the cores of this process and of the workers that it starts")
    parser.add_argument("--workers", type=int, required=True, help="number of workers")
    parser.add_argument("--spin", action="store_true", help="let workers with separate cores spin")
    parser.add_argument("--bind", metavar="HOST:PORT", help="where workers join; without it the master starts them")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    cpus = frozenset(map(int, options.cpus.split(",")))
    configure_process(cpus)
    channel = take_stdin_and_stdout()
    with ExitStack() as ending:
        ending.enter_context(contextlib.suppress(Stopped))
        try:
            pool = ending.enter_context(_open_pool(options.bind or _ANY_PORT, partial(_tell, channel)))
            _fill_pool(pool, options, cpus)
        except HarnessError as error:
            channel.send(protocol.encode_error(error))
            return error.exit_code
        Master(channel, pool).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
