"""A target that made itself unreadable: what began to listen counts as its own, and its failure is its own."""

import os
import sys
from collections.abc import Iterator

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


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessInstance]:
    """A running target; the kernel does not let its sockets be read."""

    def refuse(process: psutil.Process, **_: object) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "net_connections", refuse)
    monkeypatch.setattr(processes, "listening", lambda: frozenset({BEFORE}))
    request = Request((sys.executable, "-I", "-S", "-c", PROGRAM), {}, "/", tuple(os.sched_getaffinity(0)), 64, None)
    output = ProgramOutput()
    supervisor = Supervisor.prepare(request, {}, output.descriptor)
    instance = ProcessInstance(supervisor, output, Subject("flask_app", "own"), "http://127.0.0.1:80", 1 << 30)
    instance.start()
    until(lambda: instance.logs() == "up")
    yield instance
    instance.discard()


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
    def refuse(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(proctree, "listening", lambda: frozenset({BEFORE}))
    monkeypatch.setattr(psutil.Process, "memory_full_info", refuse)
    with pytest.raises(TargetError, match=r"can't read a target's memory \(flask_app:own, /proc/"):
        instance.counters()
