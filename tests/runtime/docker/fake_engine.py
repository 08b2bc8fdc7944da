"""Fake container engine: the calls of its HTTP API that the runtime uses, with state in memory.

It serves real HTTP on the loopback, so that tests assert the requests that docker-py sends to an engine.
"""

import io
import json
import platform
import re
import sys
import tarfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import docker
from docker import APIClient

VERSION = "1.41"
Json = dict[str, Any]
Query = dict[str, list[str]]
Reply = tuple[int, bytes] | tuple[int, bytes, dict[str, str]]


@dataclass
class FakeContainer:
    """Container of the fake engine: the request that created it, and its state."""

    id: str
    created_with: Json
    state: Json = field(default_factory=lambda: {"Running": False, "ExitCode": 0, "OOMKilled": False, "Pid": 0})
    exit_code: int = 0
    output: bytes = b""
    ports: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class Archive:
    """Archive that the engine sends for a file, as it is."""

    data: bytes


@dataclass(frozen=True)
class Refusal:
    """Answer that refuses a call; with status 0 the engine closes the connection without an answer."""

    status: int
    message: str = "refused"


def archive_of(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of these files, each of which may be executed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class FakeEngine:
    """Fake engine with a journal of its calls.

    Attributes:
        journal: One line per call: `POST create`, `POST start`, `DELETE container`, ...
        queries: Query of the last call, by line of the journal.
        refusals: Answers to the next calls, by line of the journal; after them the call works again.
        after: Functions to call after the effect of a call and before its answer, by line of the journal.
        build_events: Events of a build. Instead of an event, `hang` waits until the client closes the connection, and
            `hang up` closes it.
        silent: Lines of the journal whose calls get no reply.
    """

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.refusals: dict[str, deque[Refusal]] = {}
        self.after: dict[str, Callable[[], None]] = {}
        self.containers: dict[str, FakeContainer] = {}
        self.images: dict[str, Json] = {}
        self.files: dict[str, bytes | Archive] = {}
        self.system = archive_of({})
        self.built_id = "sha256:built"
        self.build_events: list[Json | str] = [{"stream": "Step 1/1 : FROM base\n"}]
        self.build_context: dict[str, bytes] = {}
        self.pull_events: list[Json | str] = []
        self.queries: dict[str, Query] = {}
        self.hung_up = threading.Event()
        self.silent: set[str] = set()
        self.info: Json = {
            "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
            "KernelVersion": platform.release(),
            "CgroupVersion": "2",
            "CgroupDriver": "systemd",
            "Driver": "overlay2",
            "SecurityOptions": ["name=seccomp,profile=default"],
        }
        self.statistics: Json = {}
        self.components = [{"Name": "Engine", "Version": "20.10.24"}, {"Name": "runc", "Version": "1.1.5"}]
        self.exit_code = 0
        self.output = b""
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator["FakeEngine"]:
        """Serve until the context ends."""
        server = _Server(self)
        self.url = f"tcp://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    @contextmanager
    def client(self) -> Iterator[APIClient]:
        """Connect a client to the engine."""
        api = docker.APIClient(base_url=self.url, version=VERSION)
        try:
            yield api
        finally:
            api.close()

    def refuse(self, call: str, *refusals: Refusal) -> None:
        """Answer the next calls of a kind with these refusals."""
        self.refusals[call] = deque(refusals)

    def add_image(self, name: str, identity: str) -> None:
        """Add an image."""
        self.images[name] = {"Id": identity, "Size": 1000, "RepoTags": [name], "Labels": {}}

    def add_container(self, identity: str, labels: dict[str, str], ports: list[Json] | None = None) -> None:
        """Add a container with these labels and published ports."""
        self.containers[identity] = FakeContainer(identity, {"Labels": labels}, ports=ports or [])

    def created(self) -> Json:
        """Return the request that created the only container."""
        (container,) = self.containers.values()
        return container.created_with


class _Server(ThreadingHTTPServer):
    def __init__(self, engine: FakeEngine) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.engine = engine

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as inherited
        if not isinstance(sys.exception(), ConnectionError):  # a client may close its connection
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def engine(self) -> FakeEngine:
        return cast("_Server", self.server).engine

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        parts = urlsplit(self.path)
        body = self._body()
        call, answer, arguments = _route(method, unquote(parts.path))
        engine = self.engine
        engine.journal.append(call)
        if call in engine.silent:
            self.rfile.read(1)
            self.close_connection = True
            return
        waiting = engine.refusals.get(call)
        refusal = waiting.popleft() if waiting else None
        if refusal is not None and refusal.status:
            self._send(refusal.status, json.dumps({"message": refusal.message}).encode())
            return
        engine.queries[call] = query = parse_qs(parts.query)
        reply = answer(self, *arguments, query=query, body=body)
        if (after := engine.after.get(call)) is not None:
            after()
        if refusal is not None:
            self.close_connection = True
        elif reply is not None:
            self._send(*reply)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(key, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, events: list[Json | str], effect: Callable[[], None]) -> None:
        """Send events one by one, with the effect of the call before the end; an error or a hang-up leaves it out."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            if event == "hang":
                self.rfile.read(1)
                self.engine.hung_up.set()
            if isinstance(event, str):
                self.close_connection = True
                return
            data = json.dumps(event).encode() + b"\r\n"
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        if not any("error" in event for event in events):
            effect()
        self.wfile.write(b"0\r\n\r\n")

    def version(self, **_: object) -> Reply:
        return _json(
            {
                "Version": "20.10.24",
                "ApiVersion": VERSION,
                "MinAPIVersion": "1.12",
                "Components": self.engine.components,
            }
        )

    def listing(self, query: Query, **_: object) -> Reply:
        filters = json.loads(query["filters"][0]) if "filters" in query else {}
        wanted = [label.partition("=") for label in filters.get("label", ())]
        listed = [
            {
                "Id": container.id,
                "Image": container.created_with.get("Image", "sha256:1"),
                "Labels": labels,
                "Ports": container.ports,
            }
            for container in self.engine.containers.values()
            for labels in [container.created_with["Labels"]]
            if all(key in labels and value in {"", labels[key]} for key, _, value in wanted)
        ]
        return _json(listed)

    def create(self, body: bytes, **_: object) -> Reply:
        identity = f"{len(self.engine.journal):064x}"
        self.engine.containers[identity] = FakeContainer(
            identity, json.loads(body), exit_code=self.engine.exit_code, output=self.engine.output
        )
        return _json({"Id": identity, "Warnings": []}, status=201)

    def start(self, identity: str, **_: object) -> Reply:
        self.engine.containers[identity].state.update(Running=True, Pid=4242)
        return 204, b""

    def stop(self, identity: str, **_: object) -> Reply:
        container = self.engine.containers.get(identity)
        if container is None:
            return _missing()
        container.state.update(Running=False, Pid=0, ExitCode=container.exit_code)
        return 204, b""

    def wait(self, identity: str, **_: object) -> Reply:
        return _json({"StatusCode": self.engine.containers[identity].exit_code})

    def inspect(self, identity: str, **_: object) -> Reply:
        container = self.engine.containers.get(identity)
        if container is None:
            return _missing()
        return _json({"Id": identity, "State": container.state, "Config": {"Tty": False}})

    def logs(self, identity: str, query: Query, **_: object) -> Reply:
        container = self.engine.containers.get(identity)
        if container is None:
            return _missing()
        text = b"".join(container.output.splitlines(keepends=True)[-int(query["tail"][0]) :])
        return 200, b"\x01\0\0\0" + len(text).to_bytes(4, "big") + text

    def remove(self, identity: str, **_: object) -> Reply:
        return (204, b"") if self.engine.containers.pop(identity, None) else _missing()

    def archive(self, identity: str, query: Query, **_: object) -> Reply:
        assert identity in self.engine.containers
        path = query["path"][0]
        content = self.engine.files.get(path)
        if content is None:
            return _missing()
        if isinstance(content, Archive):
            return 200, content.data, {"X-Docker-Container-Path-Stat": "e30="}
        return 200, archive_of({path.rpartition("/")[2]: content}), {"X-Docker-Container-Path-Stat": "e30="}

    def export(self, identity: str, **_: object) -> Reply:
        assert identity in self.engine.containers
        return 200, self.engine.system

    def image(self, name: str, **_: object) -> Reply:
        image = self.engine.images.get(name)
        return _missing(f"No such image: {name}") if image is None else _json(image)

    def image_list(self, query: Query, **_: object) -> Reply:
        (label,) = json.loads(query["filters"][0])["label"]
        return _json([image for image in self.engine.images.values() if label in image["Labels"]])

    def image_remove(self, name: str, **_: object) -> Reply:
        del self.engine.images[name]
        return _json([])

    def build(self, query: Query, body: bytes, **_: object) -> None:
        engine = self.engine
        with tarfile.open(fileobj=io.BytesIO(body)) as context:
            members = {member.name: context.extractfile(member) for member in context}
            engine.build_context = {name: file.read() for name, file in members.items() if file is not None}
        (tag,) = query["t"]

        def add() -> None:
            engine.add_image(tag, engine.built_id)
            engine.images[tag]["Labels"] = json.loads(query["labels"][0])

        self.stream(engine.build_events, add)

    def pull(self, query: Query, **_: object) -> None:
        (name,), (tag,) = query["fromImage"], query["tag"]
        full = f"{name}{'@' if tag.startswith('sha256:') else ':'}{tag}"
        self.stream(self.engine.pull_events, lambda: self.engine.add_image(full, "sha256:pulled"))


def _route(method: str, path: str) -> tuple[str, Callable[..., Reply | None], tuple[str, ...]]:
    for pattern, call, answer in _ROUTES:
        match = re.fullmatch(rf"(?:/v{VERSION})?{pattern}", path)
        if match and call.startswith(method):
            return call, answer, match.groups()
    raise AssertionError(f"the fake engine has no {method} {path}")


def _json(value: object, status: int = 200) -> Reply:
    return status, json.dumps(value).encode()


def _missing(message: str = "No such container") -> Reply:
    return _json({"message": message}, status=404)


_ROUTES: list[tuple[str, str, Callable[..., Reply | None]]] = [
    ("/version", "GET version", _Handler.version),
    ("/info", "GET info", lambda handler, **_: _json(handler.engine.info)),
    ("/containers/json", "GET containers", _Handler.listing),
    ("/containers/create", "POST create", _Handler.create),
    ("/containers/([^/]+)/start", "POST start", _Handler.start),
    ("/containers/([^/]+)/stop", "POST stop", _Handler.stop),
    ("/containers/([^/]+)/wait", "POST wait", _Handler.wait),
    ("/containers/([^/]+)/json", "GET container", _Handler.inspect),
    ("/containers/([^/]+)/stats", "GET stats", lambda handler, *_, **__: _json(handler.engine.statistics)),
    ("/containers/([^/]+)/logs", "GET logs", _Handler.logs),
    ("/containers/([^/]+)/archive", "GET archive", _Handler.archive),
    ("/containers/([^/]+)/export", "GET export", _Handler.export),
    ("/containers/([^/]+)", "DELETE container", _Handler.remove),
    ("/images/json", "GET images", _Handler.image_list),
    ("/images/create", "POST pull", _Handler.pull),
    ("/images/(.+)/json", "GET image", _Handler.image),
    ("/images/(.+)", "DELETE image", _Handler.image_remove),
    ("/build", "POST build", _Handler.build),
]
