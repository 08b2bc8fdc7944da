"""The addresses where an engine may answer: their order, contexts of the docker command, and other machines."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.errors import MachineError, UsageError
from harness.runtime.capabilities import engines_in_words
from harness.runtime.docker.endpoints import Candidate, candidates, require_target_host, to_try
from harness.runtime.docker.engine import connect

VARIABLES = ("HARNESS_ENGINE", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "COLIMA_HOME")
# docker-py leaves its socket open if a connection fails.
LEAVES_SOCKETS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
REMOTE = "tcp://192.0.2.1:2376"

# The answer of Docker 20.10.24 to GET /version, shortened.
RECORDED_VERSION = {"Version": "20.10.24+dfsg1", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux"}


class _Replay(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(RECORDED_VERSION).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "a client of the socket"

    def log_message(self, *_: object) -> None:
        pass


class _OnSocket(HTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)


class Home:
    """A user's home folder and its sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._servers: list[tuple[_OnSocket, threading.Thread]] = []

    def add_context(self, name: str, host: str) -> None:
        """Write a context as `docker context create` does."""
        folder = self.folder / ".docker/contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
        folder.mkdir(parents=True)
        endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
        (folder / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))

    def choose(self, name: str) -> None:
        """Write the current context as `docker context use` does."""
        (self.folder / ".docker").mkdir(exist_ok=True)
        (self.folder / ".docker/config.json").write_text(json.dumps({"auths": {}, "currentContext": name}))

    def serve(self, path: str) -> str:
        """Answer as a recorded engine on a socket below the home folder."""
        where = self.folder / path
        where.parent.mkdir(parents=True, exist_ok=True)
        server = _OnSocket(str(where), _Replay)  # type: ignore[arg-type]  # typeshed knows addresses of INET only
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self._servers.append((server, thread))
        return f"unix://{where}"

    def close(self) -> None:
        for server, thread in self._servers:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _docker_py_closes_sockets: None) -> Iterator[Home]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setattr("harness.runtime.docker.endpoints._DEFAULT_ADDRESS", f"unix://{tmp_path}/default.sock")
    made = Home(tmp_path)
    yield made
    made.close()


def first() -> Candidate:
    return to_try(candidates())[0]


def test_the_usual_sockets_are_tried_in_one_order(home: Home) -> None:
    assert [(one.name, one.address) for one in to_try(candidates())] == [
        ("default socket", f"unix://{home.folder}/default.sock"),
        ("rootless Docker", f"unix://{home.folder}/run/docker.sock"),
        ("Docker Desktop", f"unix://{home.folder}/.docker/run/docker.sock"),
        ("Docker Desktop on Linux", f"unix://{home.folder}/.docker/desktop/docker.sock"),
        ("Colima", f"unix://{home.folder}/.colima/default/docker.sock"),
        ("rootless Podman", f"unix://{home.folder}/run/podman/podman.sock"),
        ("Podman", "unix:///run/podman/podman.sock"),
    ]


def test_the_names_come_in_the_order_of_the_docker_command(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.add_context("of-config", "unix:///c.sock")
    home.add_context("of-variable", "unix:///v.sock")
    home.choose("of-config")
    assert (first().name, first().address) == ("current context of-config", "unix:///c.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "of-variable")
    assert (first().name, first().address) == ("DOCKER_CONTEXT of-variable", "unix:///v.sock")
    monkeypatch.setenv("DOCKER_HOST", "unix:///h.sock")
    assert (first().name, first().address) == ("DOCKER_HOST", "unix:///h.sock")
    monkeypatch.setenv("HARNESS_ENGINE", REMOTE)
    assert (first().name, first().address) == ("HARNESS_ENGINE", REMOTE)
    assert [one.name for one in to_try(candidates())] == ["HARNESS_ENGINE"]


def test_a_context_is_found_without_a_config_file_and_in_docker_config(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home.add_context("mine", "unix:///m.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    assert first().address == "unix:///m.sock"
    (home.folder / ".docker").rename(tmp_path / "moved")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "moved"))
    assert first().address == "unix:///m.sock"


def test_the_context_default_is_the_default_socket_whatever_the_configuration_says(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.add_context("other", "unix:///o.sock")
    home.choose("other")
    monkeypatch.setenv("DOCKER_CONTEXT", "default")
    assert first().address == f"unix://{home.folder}/default.sock"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is damaged: Invalid JSON"),
        ('{"Endpoints": {}}', "is damaged: no 'docker'"),
        ('{"Endpoints": {"docker": {"Host": 5}}}', "is damaged: Endpoints.docker.Host: Input should be a valid string"),
    ],
)
def test_a_damaged_context_is_an_error_that_names_its_file(
    home: Home, monkeypatch: pytest.MonkeyPatch, content: str, problem: str
) -> None:
    home.add_context("mine", "")
    [file] = home.folder.glob(".docker/contexts/meta/*/meta.json")
    file.write_text(content)
    monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    with pytest.raises(MachineError) as caught:
        connect()
    assert f"{file} {problem}" in caught.value.cause


def test_a_context_that_does_not_exist_is_an_error(home: Home) -> None:
    home.choose("gone")
    with pytest.raises(
        MachineError, match=r"\(current context gone\): there is no context gone in .*docker context ls"
    ):
        connect()


def test_a_configuration_that_can_not_be_read_is_an_error(home: Home) -> None:
    home.choose("x")
    (home.folder / ".docker/config.json").write_text("[]")
    with pytest.raises(MachineError, match=r"\(current context\): Input should be an object"):
        connect()


def test_certificates_of_a_context_are_used(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.add_context("far", REMOTE)
    key = hashlib.sha256(b"far").hexdigest()
    folder = home.folder / ".docker/contexts/tls" / key / "docker"
    folder.mkdir(parents=True)
    for name in ("ca", "cert", "key"):
        (folder / f"{name}.pem").touch()
    monkeypatch.setenv("HARNESS_ENGINE", "far")
    tls = first().tls
    assert tls is not None
    assert (tls.ca_cert, tls.cert) == (f"{folder}/ca.pem", (f"{folder}/cert.pem", f"{folder}/key.pem"))
    assert tls.verify is True


@pytest.mark.parametrize("by", ["current context", "DOCKER_CONTEXT"])
@pytest.mark.parametrize("host", [REMOTE, "ssh://somebody@192.0.2.1"])
def test_a_context_on_another_machine_is_not_contacted(
    home: Home, monkeypatch: pytest.MonkeyPatch, host: str, by: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a request was sent")

    monkeypatch.setattr("harness.runtime.docker.engine.EngineClient", refuse)
    home.add_context("far", host)
    if by == "DOCKER_CONTEXT":
        monkeypatch.setenv(by, "far")
    else:
        home.choose("far")
    with pytest.raises(MachineError) as caught:
        connect()
    assert str(caught.value) == (
        f"the container engine is on another machine ({host}): not contacted: {by} far names an engine on another "
        "machine, and only HARNESS_ENGINE allows one. Name an engine on this machine with DOCKER_HOST, or set "
        "HARNESS_ENGINE to this address to run targets there (docs/platforms.md)."
    )
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    "path",
    [
        "default.sock",
        "run/docker.sock",
        ".docker/run/docker.sock",
        ".docker/desktop/docker.sock",
        ".colima/default/docker.sock",
        "run/podman/podman.sock",
    ],
)
def test_an_engine_is_found_at_each_usual_socket(home: Home, path: str) -> None:
    home.serve(path)
    connect().close()
    assert [line for line in engines_in_words() if "answers" in line] == [
        next(f"{one}: answers; it is used, because it is the first one that answers" for one in candidates()
             if one.address.endswith(f"/{path}"))
    ]  # fmt: skip


@LEAVES_SOCKETS
def test_a_socket_without_an_engine_is_passed_over(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(home.folder / "default.sock"))
        home.serve(".colima/default/docker.sock")
        connect().close()
        lines = engines_in_words()
    assert lines[0] == f"default socket (unix://{home.folder}/default.sock): [Errno 111] Connection refused"
    assert lines[1] == f"rootless Docker (unix://{home.folder}/run/docker.sock): there is no such socket"
    assert lines[4].endswith("answers; it is used, because it is the first one that answers")


@LEAVES_SOCKETS
def test_a_named_engine_that_does_not_answer_is_not_replaced_by_another(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.serve("default.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home.folder}/none.sock")
    with pytest.raises(MachineError, match="No such file"):
        connect()
    lines = engines_in_words()
    assert lines[0].endswith("none.sock): [Errno 2] No such file or directory")
    assert lines[1].endswith("answers; it is not used, because DOCKER_HOST comes first")


def test_the_first_named_engine_is_used_and_each_later_one_says_which(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.add_context("colima", home.serve(".colima/default/docker.sock"))
    home.choose("colima")
    home.serve("default.sock")
    lines = engines_in_words()
    assert lines[0].endswith("answers; it is used, because it is the first one that is named")
    assert lines[1].endswith("answers; it is not used, because current context colima comes first")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home.folder}/default.sock")
    assert engines_in_words()[1].endswith("answers; it is not used, because DOCKER_HOST comes first")


def test_an_address_is_shown_without_its_password() -> None:
    assert str(Candidate("DOCKER_HOST", "tcp://me:secret@127.0.0.1:2375")) == "DOCKER_HOST (tcp://me@127.0.0.1:2375)"


def test_an_engine_elsewhere_needs_an_address_of_its_machine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert home.folder.exists()
    require_target_host("127.0.0.1")
    monkeypatch.setenv("HARNESS_ENGINE", "tcp://127.0.0.1:2375")  # the end of a tunnel
    require_target_host("127.0.0.1")
    monkeypatch.setenv("HARNESS_ENGINE", REMOTE)
    require_target_host("192.0.2.1")
    with pytest.raises(UsageError, match=r"the address of the targets is missing .*--target-host"):
        require_target_host("127.0.0.1")


def test_a_user_without_a_home_folder_has_the_usual_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody_knows)
    assert "/var/run/docker.sock" in {str(one.socket) for one in candidates({})}
