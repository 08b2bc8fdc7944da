"""The master's process: `python -m harness.load.process.master`, which drives nothing and commands those who do.

It speaks with the harness as `worker` does, and with its workers over Locust's own master and workers: Locust carries
the messages, knows who is there and notices who is gone. Each slice is prepared by all, begun by all at one instant of
their clocks, and added up from all. A worker that is gone makes a slice invalid, never smaller.

    > it says first    {"reply": "ready", ..., "workers": [{"name": ..., "offset_s": ..., "uncertainty_s": ...}, ...]}
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import locust
from locust.env import Environment
from locust.exception import RPCError

from harness.errors import HarnessError, MachineError
from harness.load import protocol
from harness.load.address import endpoint_of
from harness.load.process.channel import Channel, Stopped, answer, settle_on, take_stdout
from harness.load.process.merge import merge
from harness.load.process.scenarios import load_scenario
from harness.load.process.worker_pool import WorkerPool
from harness.load.processes import cores_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.model import Slice, SliceResult

_ANY_PORT = "127.0.0.1:0"
_LEAD_NS = 10_000_000  # from the word to begin until the beginning
_PREPARE_S = 30.0  # beyond what a time-out allows: users are spawned
_ANSWER_S = 30.0


class Master:
    """Answers operations with the workers on its pool."""

    def __init__(self, channel: Channel, pool: WorkerPool) -> None:
        self._channel = channel
        self._pool = pool

    def serve(self) -> None:
        """Answer until told to stop."""
        peers = [
            {"name": peer.name, "offset_s": peer.offset_s, "uncertainty_s": peer.uncertainty_s}
            for peer in self._pool.peers()
        ]
        self._channel.send({"reply": "ready", **protocol.identity(), "locust": locust.__version__, "workers": peers})
        operations: dict[str, Callable[..., None]] = {
            "load": self._load,
            "slices": self._run,
            "disconnect": self._disconnect,
            "cancel": self._cancel,
        }
        answer(self._channel, operations)

    def _load(self, scenarios: list[str]) -> None:
        for path in scenarios:
            load_scenario(Path(path))  # a bad one is complained about once, with its place on this machine
        sources = {path: Path(path).read_text(encoding="utf-8") for path in scenarios}
        message = {"op": "load", "scenarios": scenarios, "sources": sources}
        replies = self._pool.ask([message] * len(self._pool), "scenarios", _ANSWER_S)
        self._channel.send(replies[0])

    def _run(self, urls: dict[str, str], slices: list[dict[str, Any]]) -> None:
        for data in slices:
            if self._channel.peek() in {"cancel", "stop"}:
                return
            order = protocol.decode_slice(data)
            url = {data["subject"]: urls[data["subject"]]}
            self._channel.send(protocol.encode_result(self._drive(order, {"slices": [data], "urls": url})))

    def _drive(self, order: Slice, what: dict[str, Any]) -> SliceResult:
        """Let as many workers as there are connections for drive a slice.

        Raises:
            HarnessError: One of them cannot, or is gone.
        """
        of = min(len(self._pool), order.load.connections)
        parts = [{"op": "slices", **what, "share": {"index": index, "of": of}} for index in range(of)]
        try:
            self._pool.ask(parts, "prepared", 2 * order.timeout_s + _PREPARE_S)
        except HarnessError:
            self._pool.tell([{"op": "forgo"}] * of)
            raise
        cpu_began = time.process_time()
        at_ns = time.perf_counter_ns() + _LEAD_NS + self._pool.farthest_ns
        begin = [{"op": "begin", "at_ns": at_ns + offset.ahead_ns} for offset in self._pool.offsets[:of]]
        replies = self._pool.ask(begin, "slice", order.duration_s + 2 * order.timeout_s + _ANSWER_S)
        merged = merge([protocol.decode_result(reply) for reply in replies])
        own_cpu_s = time.process_time() - cpu_began
        return replace(merged, generator_cpu_s=merged.generator_cpu_s + own_cpu_s)

    def _disconnect(self, urls: list[str]) -> None:
        self._pool.ask([{"op": "disconnect", "urls": urls}] * len(self._pool), "disconnected", _ANSWER_S)
        self._channel.send({"reply": "disconnected"})

    def _cancel(self) -> None:
        self._channel.send({"reply": "cancelled"})


def _open_pool(bind: str) -> WorkerPool:
    host, port = endpoint_of(bind)
    try:
        return WorkerPool(Environment(user_classes=[]).create_master_runner(host, port))
    except (SystemExit, RPCError) as error:
        raise MachineError(
            "no master",
            where=bind,
            cause="it cannot listen there",
            remedy="Name an address of this machine, and a port that is free.",
        ) from error


def _gather(pool: WorkerPool, options: argparse.Namespace, cpus: Iterable[int]) -> None:
    if options.bind:
        pool.await_workers(options.workers)
        return
    cores = cores_for(options.workers, cpus)
    shared = len(frozenset().union(*cores)) < options.workers
    pool.start(cores, spin=options.spin and not shared)


def main(arguments: list[str]) -> int:
    """Run the master's process and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m harness.load.process.master", description="The load generator's master."
    )
    parser.add_argument("--cpus", required=True, help="the cores of this process and of the workers that it starts")
    parser.add_argument("--workers", type=int, required=True, help="how many workers there are to be")
    parser.add_argument("--spin", action="store_true", help="let workers that have cores of their own spin")
    parser.add_argument("--bind", metavar="HOST:PORT", help="where workers join; without it they are started here")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    cpus = frozenset(map(int, options.cpus.split(",")))
    settle_on(cpus)
    channel = take_stdout()
    with ExitStack() as ending:
        ending.enter_context(contextlib.suppress(Stopped))
        try:
            pool = ending.enter_context(_open_pool(options.bind or _ANY_PORT))
            _gather(pool, options, cpus)
        except HarnessError as error:
            channel.send(protocol.encode_error(error))
            return error.exit_code
        Master(channel, pool).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
