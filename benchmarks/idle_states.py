"""Show how the idle states of a core scatter the rate over one connection.

    .venv/bin/python benchmarks/idle_states.py [--slices 60] [--rounds 3] [--json]

A core without work sleeps, and the next request must wake it: on a virtual machine through the hypervisor, which takes
now more time, now less. A process on the last core answers one connection; this one asks without a pause from the first
core, in slices of 100 ms with rests between them. Groups of slices alternate: the cores may sleep, or are kept awake by
/dev/cpu_dma_latency, held open with a latency of 0, as cyclictest does. Printed are the median rate of a group, and the
standard deviations of the logarithms of single slices and of the ratios of each two. It needs root and two cores; the
exit code is 3 without them.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import socket
import statistics
import struct
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DEVICE = Path("/dev/cpu_dma_latency")
HEAD_S, COUNTED_S, REST_S = 0.03, 0.06, 0.1
_FEWEST, _MOST = 4, 1000
_LONGEST_WAIT_S = 10.0  # for the connection: if this process is killed, the other one ends
_REQUEST, _ANSWER = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def serve(listener: socket.socket, core: int) -> None:
    """Answer one connection on a core, until it is closed."""
    os.sched_setaffinity(0, {core})
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while connection.recv(65536):
            connection.sendall(_ANSWER)


@contextmanager
def awake(*, is_held: bool) -> Iterator[None]:
    """Keep all cores awake if it is wished, until the context ends."""
    if not is_held:
        yield
        return
    with DEVICE.open("wb", buffering=0) as device:
        device.write(struct.pack("i", 0))
        yield


def ask(connection: socket.socket, duration_s: float) -> float:
    """Return the answers per second over a connection that does not block."""
    begun = now = time.perf_counter()
    answers = 0
    while now < begun + duration_s:
        connection.send(_REQUEST)
        while True:
            try:
                connection.recv(65536)
                break
            except BlockingIOError:
                pass
        answers += 1
        now = time.perf_counter()
    return answers / (now - begun)


def rates(connection: socket.socket, slices: int) -> list[float]:
    """Return the rate of each slice."""
    found = []
    for _ in range(slices):
        time.sleep(REST_S)
        ask(connection, HEAD_S)
        found.append(ask(connection, COUNTED_S))
    return found


def scatter(of: Sequence[float]) -> Mapping[str, float]:
    """Return the median of rates, and the standard deviation of single ones and of pairs, as logarithms."""
    logs = [math.log(one) for one in of]
    pairs = [one - other for one, other in zip(logs[::2], logs[1::2], strict=False)]
    return {
        "median_per_s": statistics.median(of),
        "deviation": statistics.stdev(logs),
        "deviation_of_pairs": statistics.stdev(pairs),
    }


def measured(slices: int, rounds: int) -> Iterator[Mapping[str, Mapping[str, float]]]:
    """Yield the scatter of each round, with cores that may sleep and with cores that may not."""
    first, last = min(os.sched_getaffinity(0)), max(os.sched_getaffinity(0))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_LONGEST_WAIT_S)
        child = os.fork()
        if child == 0:
            serve(listener, last)
            os._exit(0)
        try:
            os.sched_setaffinity(0, {first})
            with socket.create_connection(listener.getsockname()) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(0)
                for _ in range(rounds):
                    of_round = {}
                    for name, is_held in (("may_sleep", False), ("awake", True)):
                        with awake(is_held=is_held):
                            of_round[name] = scatter(rates(connection, slices))
                    yield of_round
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description="Show how the idle states of a core scatter rates.")
    parser.add_argument("--slices", type=int, default=60, metavar="N", help=f"slices of a group, from {_FEWEST} on")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="groups of each kind")
    parser.add_argument("--json", action="store_true", help="print one document")
    wanted = parser.parse_args(words)
    if not (_FEWEST <= wanted.slices <= _MOST and 1 <= wanted.rounds <= _MOST):
        parser.error(f"--slices is {_FEWEST} to {_MOST}, and --rounds 1 to {_MOST}")
    if len(os.sched_getaffinity(0)) < 2 or not os.access(DEVICE, os.W_OK):  # noqa: PLR2004 - one core asks, one answers
        sys.stderr.write(f"error: two cores and the right to write {DEVICE} are needed. Run it as root.\n")
        return 3
    found = []
    for number, of_round in enumerate(measured(wanted.slices, wanted.rounds), 1):
        found.append(of_round)
        for name, one in of_round.items() if not wanted.json else ():
            sys.stdout.write(
                f"round {number}, {name.replace('_', ' ')}: {one['median_per_s']:,.0f}/s, slices scatter by "
                f"{one['deviation']:.1%}, pairs by {one['deviation_of_pairs']:.1%}\n"
            )
    if wanted.json:
        sys.stdout.write(f"{json.dumps({'schema': 'benchmarks.idle_states/1', 'rounds': found})}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
