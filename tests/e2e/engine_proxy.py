"""A proxy in front of the real engine's socket: a real engine with a fault, while others use the same engine."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CALL = re.compile(rb"(GET|POST|DELETE) (?:/v[\d.]+)?(/[^ ?]*)")


class EngineProxy:
    """Proxy between clients and an engine.

    `on_call` sees each call, `POST /containers/create`, before it is forwarded. What it returns is the answer instead.
    """

    def __init__(self, engine: str, on_call: Callable[["EngineProxy", str], bytes | None]) -> None:
        self._engine = engine
        self._on_call = on_call
        self._open: list[socket.socket] = []
        self._is_down = False

    @contextmanager
    def serving(self, path: Path) -> Iterator[str]:
        """Serve at a socket; yield its address."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(64)
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield f"unix://{path}"
            finally:
                listener.shutdown(socket.SHUT_RDWR)
                self._cut()

    @contextmanager
    def down(self) -> Iterator[None]:
        """End all connections, and new ones until the context ends."""
        self._is_down = True
        self._cut()
        yield
        self._is_down = False

    def _cut(self) -> None:
        while self._open:
            with self._open.pop() as end, suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self._is_down:
                client.close()
                continue
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(self._engine)
            self._open += [client, upstream]
            for source, sink, is_client in ((client, upstream, True), (upstream, client, False)):
                threading.Thread(target=self._forward, args=(source, sink, is_client), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, is_client: bool) -> None:  # noqa: FBT001
        with suppress(OSError):
            while data := source.recv(1 << 16):
                call = _CALL.match(data) if is_client else None
                answer = self._on_call(self, b" ".join(call.groups()).decode()) if call else None
                if answer is None:
                    sink.sendall(data)
                else:
                    source.sendall(answer)
                    break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def refusal(message: str) -> bytes:
    """Return an answer with status 500."""
    body = f'{{"message": "{message}"}}'
    return f"HTTP/1.1 500 No\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
