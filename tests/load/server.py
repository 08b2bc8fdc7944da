"""Server with scripted answers that counts its requests, for comparison with the generator's numbers."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 60.0  # ends a test that hangs; no test that passes waits for it


class Then(Enum):
    """State of the connection after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True)
class Call:
    """Received request; `number` counts from 1 over all connections."""

    number: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """Bytes to write: each piece in a separate segment, `pause_s` apart.

    Attributes:
        await_calls: Number of requests that must be received before it is written.
        once: Condition that must have come true before it is written.
    """

    pieces: tuple[bytes, ...]
    then: Then = Then.KEEP
    pause_s: float = 0.0
    await_calls: int = 0
    once: Callable[[], bool] = lambda: True


def response(
    body: bytes = b"Hello, World!",
    *,
    status: str = "200 OK",
    media_type: str = "text/plain; charset=utf-8",
    headers: tuple[str, ...] = (),
    length: int | None = None,
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body) if length is None else length}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def unheard() -> Iterator[str]:
    """Hold a port at which nobody listens, and return its URL."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def hello(_call: Call) -> Answer:
    return Answer((response(),))


def contract(call: Call) -> Answer:
    """Answer as targets/CONTRACT.md requires."""
    if call.method == "POST":
        person = json.loads(call.body)
        message = f"Hello, {person['name']}! You are {person['age']}."
        return Answer((response(json.dumps({"message": message}).encode(), media_type="application/json"),))
    if call.path == "/json":
        return Answer((response(b'{"message":"Hello, World!"}\n', media_type="application/json"),))
    if match := re.fullmatch(r"/hello/(\w+)", call.path):
        return Answer((response(f"Hello, {match[1]}!".encode()),))
    return Answer((response(),))


@dataclass
class Server:
    """Server in a separate thread; a context manager.

    Attributes:
        calls: Number of completely received requests.
        connections: Number of accepted connections.
        seen: The requests.
        listener: Bound socket to listen on, instead of host and port.
    """

    answer: Callable[[Call], Answer] = hello
    host: str = "127.0.0.1"
    port: int = 0
    listener: socket.socket | None = None
    calls: int = 0
    connections: int = 0
    seen: list[Call] = field(default_factory=list)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _talking: set[asyncio.Task[None]] = field(default_factory=set)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def open_connections(self) -> int:
        return len(self._writers)

    def await_open_connections(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while len(self._writers) != count:
            assert time.monotonic() < deadline, f"{len(self._writers)} connections are open, not {count}"
            time.sleep(0.005)

    def await_calls(self, count: int) -> None:
        """Wait until so many requests have arrived: what was sent may lie in a socket when its sender gives up."""
        deadline = time.monotonic() + PATIENCE_S
        while self.calls < count:
            assert time.monotonic() < deadline, f"{self.calls} requests arrived, not {count}"
            time.sleep(0.001)

    def drop_connections(self) -> None:
        """Close every connection, as a server does after an idle time."""
        done = threading.Event()

        def close() -> None:
            for writer in self._writers:
                writer.close()
            done.set()

        self._loop.call_soon_threadsafe(close)
        assert done.wait(PATIENCE_S)

    def _run(self, started: threading.Event) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(started))

    async def _serve(self, started: threading.Event) -> None:
        self._stop = asyncio.Event()
        place = {"host": self.host, "port": self.port} if self.listener is None else {"sock": self.listener}
        server = await asyncio.start_server(self._talk, backlog=1024, **place)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._stop.wait()
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        await asyncio.sleep(0)  # a connection that is accepted begins before the server closes, or it would stay open
        server.close()
        while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in self._talking:
                task.cancel()
            await asyncio.wait(tasks)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stop.is_set():  # a task that is cancelled before it begins would leave its connection open
            writer.transport.abort()
            return
        talking = asyncio.current_task()
        assert talking is not None
        self._talking.add(talking)
        self.connections += 1
        self._writers.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._talking.discard(talking)
            self._writers.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.calls += 1
        method, path, _ = first.split(" ")
        call = Call(self.calls, method, path, headers, body)
        self.seen.append(call)
        return await self._write(self.answer(call), writer)

    async def _write(self, answer: Answer, writer: asyncio.StreamWriter) -> bool:
        while self.calls < answer.await_calls or not answer.once():  # noqa: ASYNC110 - they have no event
            await asyncio.sleep(0.001)
        for number, piece in enumerate(answer.pieces):
            if number:
                await writer.drain()
                await asyncio.sleep(answer.pause_s)
            writer.write(piece)
        await writer.drain()
        if answer.then is Then.HANG:
            await self._stop.wait()
        if answer.then is Then.RESET:
            writer.transport.abort()
        return answer.then is Then.KEEP
