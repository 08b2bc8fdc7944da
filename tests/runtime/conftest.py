"""Fixtures: a fake engine and its client, a missing engine, a target, its image, and a dead owner."""

import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient
from docker.transport.unixconn import UnixHTTPConnection

from harness.model import BaseImage, Target, Variant, VariantClass
from harness.runtime import owner
from harness.runtime.base import Image
from harness.runtime.owner import Owner
from tests.runtime.docker.fake_engine import FakeEngine


@pytest.fixture
def fake_engine() -> Iterator[FakeEngine]:
    with FakeEngine().serving() as engine:
        yield engine


@pytest.fixture
def _docker_py_closes_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close the socket of a failed connection; docker-py leaves it to the collector, and any later test may warn."""

    def connect(self: UnixHTTPConnection) -> None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(self.timeout)
            sock.connect(self.unix_socket)
        except OSError:
            sock.close()
            raise
        self.sock = sock

    monkeypatch.setattr(UnixHTTPConnection, "connect", connect)


@pytest.fixture
def no_engine(_docker_py_closes_sockets: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Address of a missing engine, which the environment names."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    return f"unix://{tmp_path}/none.sock"


@pytest.fixture
def api(fake_engine: FakeEngine) -> Iterator[APIClient]:
    with fake_engine.client() as client:
        yield client


@pytest.fixture
def target(tmp_path: Path) -> Target:
    folder = tmp_path / "flask_app"
    folder.mkdir()
    (folder / "Dockerfile").write_text("ARG PYTHON_BASE\nFROM ${PYTHON_BASE}\n")
    (folder / "app.py").write_text("print('hello')\n")
    return Target(
        name="flask_app",
        title="Flask",
        language="python",
        summary="A target.",
        folder=folder,
        variants=(
            Variant("own", VariantClass.PRODUCTION, "The image's own command."),
            Variant(
                "tuned",
                VariantClass.TUNED,
                "Another command.",
                command=("python", "-m", "app"),
                environment={"WORKERS": "2", "PORT": "1"},
            ),
        ),
        default_variant="own",
        bases=(BaseImage("PYTHON_BASE", "python:3.13-slim", "local/python:3.13-trixie"),),
    )


@pytest.fixture
def image(target: Target) -> Image:
    return Image(target=target, identity="sha256:f1a5", size_bytes=1000)


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> Owner:
    """Owner whose process has ended, on a host name of the test's own: other runs leave what it left alone."""
    host = f"test-{uuid.uuid4().hex[:12]}"
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = owner._start_time(process.pid)
    process.communicate(b"\n")
    assert start
    return Owner(host, process.pid, start)
