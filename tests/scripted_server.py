"""A real HTTP server on the loopback interface, with scripted answers, in place of a target.

Verification and cold start connect to targets through sockets. So do their tests.
"""

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast
from urllib.parse import unquote


@dataclass(frozen=True)
class Request:
    """Request to a target."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """Answer of a target.

    Attributes:
        date: The Date header; `moves` means one second later in every answer, None means no header.
        is_last: Whether the answer says `Connection: Close`, and the server then closes the connection.
    """

    status: int
    body: bytes
    content_type: str | None
    date: str | None = "moves"
    is_last: bool = False


Answer = Callable[[Request], Reply | None]
"""Returns the answer to a request; None closes the connection without an answer."""


def text(body: str, status: int = 200) -> Reply:
    """Answer with text."""
    return Reply(status, body.encode(), "text/plain; charset=utf-8")


def document(value: object, status: int = 200) -> Reply:
    """Answer with JSON in unusual white space."""
    return Reply(status, json.dumps(value, indent=3).encode(), "application/json")


def right_answer(request: Request) -> Reply:
    """Answer as targets/CONTRACT.md requires."""
    if request.method == "POST":
        return _post_answer(json.loads(request.body))
    if request.path.startswith("/hello/"):
        return text(f"Hello, {unquote(request.path.removeprefix('/hello/'))}!")
    return document({"message": "Hello, World!"}) if request.path == "/json" else text("Hello, World!")


def _post_answer(person: Mapping[str, Any]) -> Reply:
    age = person.get("age")
    if not isinstance(age, int) or not 0 <= age <= 150:
        return document({"error": "age: a whole number from 0 to 150"}, 422)
    return document({"message": f"Hello, {person['name']}! You are {age}."})


class ScriptedServer:
    """A real HTTP server with scripted answers; its port is known at once, and opens with `listen`.

    Attributes:
        requests: All received requests.
        connections: Number of accepted connections.
        answered_ns: Time just before each answer was sent, by `perf_counter_ns`.
    """

    def __init__(self, answer: Answer = right_answer) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.connections = 0
        self.answered_ns: list[int] = []
        self._closing = threading.Event()
        self._seconds = itertools.count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self._server.daemon_threads = False  # closing joins them
        self._server.scripted = self  # type: ignore[attr-defined]
        self._server.server_bind()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.005})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def listen(self) -> None:
        self._server.server_activate()
        self._thread.start()

    def refuse(self) -> None:
        """Listen no more, as a program that has ended; what it is asked on connections that are open it still hears."""
        self._server.socket.shutdown(socket.SHUT_RDWR)  # closing is not enough while a thread waits for connections
        self._server.socket.close()

    def close(self) -> None:
        self._closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def silent(self, _: Request) -> None:
        """Give no answer until the server closes."""
        self._closing.wait()

    def date(self) -> str:
        """Return a Date that is one second later than the previous one."""
        return f"Sat, 31 Jan 2026 12:00:{next(self._seconds):02} GMT"

    @classmethod
    @contextmanager
    def listening(cls, answer: Answer = right_answer) -> Iterator[Self]:
        server = cls(answer)
        server.listen()
        try:
            yield server
        finally:
            server.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are written separately

    def setup(self) -> None:
        super().setup()
        self._scripted = cast("ScriptedServer", self.server.scripted)  # type: ignore[attr-defined]
        self._scripted.connections += 1

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        scripted = self._scripted
        request = Request(method, self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        scripted.requests.append(request)
        reply = scripted.answer(request)
        scripted.answered_ns.append(time.perf_counter_ns())
        self.close_connection |= reply is None or reply.is_last
        if reply is None:
            return
        headers = {"Content-Type": reply.content_type, "Content-Length": str(len(reply.body))}
        headers["Connection"] = "Close" if self.close_connection else None
        headers["Date"] = scripted.date() if reply.date == "moves" else reply.date
        self.send_response_only(reply.status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)
