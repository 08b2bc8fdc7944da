"""Targets that listen beyond this machine: at their start or later, also those that made themselves unreadable."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.errors import MachineError, TargetError
from harness.model import Subject
from harness.program_output import ProgramOutput
from harness.runtime import proctree
from harness.runtime.process import processes
from harness.runtime.process.processes import ProcessInstance
from harness.runtime.process.supervisor_client import Request, Supervisor
from tests.runtime.awaiting import until

pytestmark = pytest.mark.program

PROGRAM = "import time; print('up', flush=True); time.sleep(600)"
BEFORE = ("0.0.0.0", 22)  # noqa: S104 - a socket of the test


LATER = """
import signal, socket
wake = signal.sigwait
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM})
print("up", flush=True)
wake({signal.SIGUSR1})
server = socket.create_server(("0.0.0.0", 0))
print("open on", server.getsockname()[1], flush=True)
wake({signal.SIGTERM})
"""


def started(program: str) -> ProcessInstance:
    request = Request((sys.executable, "-I", "-S", "-c", program), {}, "/", tuple(os.sched_getaffinity(0)), 64, None)
    output = ProgramOutput()
    supervisor = Supervisor.prepare(request, {}, output.descriptor)
    instance = ProcessInstance(supervisor, output, Subject("flask_app", "own"), "http://127.0.0.1:80", 1 << 30)
    instance.start()
    until(lambda: instance.logs() == "up")
    return instance


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessInstance]:
    """A running target; the kernel does not let its sockets be read."""

    def refuse(process: psutil.Process, **_: object) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "net_connections", refuse)
    monkeypatch.setattr(processes, "listening", lambda: frozenset({BEFORE}))
    instance = started(PROGRAM)
    yield instance
    instance.discard()


@pytest.fixture
def later() -> Iterator[ProcessInstance]:
    """A running target that listens on all addresses after its first reading."""
    instance = started(LATER)
    instance.counters()
    (child,) = psutil.Process(instance._supervisor.pid).children()
    child.send_signal(signal.SIGUSR1)
    until(lambda: "open on" in instance.logs())
    yield instance
    instance.discard()


def test_one_that_begins_to_listen_beyond_this_machine_after_its_start_is_refused_when_it_is_stopped(
    later: ProcessInstance,
) -> None:
    port = later.logs().split()[-1]
    (child,) = psutil.Process(later._supervisor.pid).children()
    assert later.counters().memory_bytes > 0
    with pytest.raises(
        TargetError, match=rf"listens beyond this machine .*it accepts connections on 0\.0\.0\.0:{port}"
    ):
        later.stop()
    assert not child.is_running()


def test_what_began_to_listen_beside_one_that_can_not_be_read_is_noted_when_it_is_stopped(
    instance: ProcessInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ended_badly", lambda _: None)  # the program ignores no signal
    monkeypatch.setattr(proctree, "listening", lambda: frozenset({BEFORE, ("192.0.2.1", 80)}))
    assert instance.stop() == (
        "192.0.2.1:80 began to listen beyond this machine while it ran: it can't be seen whose it is"
    )


def test_one_that_listens_beyond_this_machine_is_refused(
    instance: ProcessInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proctree, "listening", lambda: frozenset({BEFORE, ("192.0.2.1", 80)}))
    with pytest.raises(TargetError, match=r"listens beyond this machine .*it accepts connections on 192\.0\.2\.1:80"):
        instance.counters()


def test_one_that_does_not_is_read(instance: ProcessInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proctree, "listening", lambda: frozenset({BEFORE, ("127.0.0.1", 80)}))
    assert instance.counters().memory_bytes > 0


def test_it_is_said_if_nothing_can_be_known(instance: ProcessInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proctree, "listening", lambda: None)
    with pytest.raises(MachineError, match="can't tell where a target listens"):
        instance.counters()


def test_one_that_hides_its_memory_fails_alone(instance: ProcessInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError

    monkeypatch.setattr(proctree, "listening", lambda: frozenset({BEFORE}))
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(TargetError, match=r"can't read a target's memory \(flask_app:own, /proc/"):
        instance.counters()
