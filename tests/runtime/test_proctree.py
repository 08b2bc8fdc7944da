"""Reading a tree of processes: exact on what is scripted, and never twice what was counted once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NamedTuple, cast

import psutil
import pytest

from harness.errors import MachineError
from harness.runtime import proctree
from harness.runtime.proctree import ProcessTree, Usage


class Address(NamedTuple):
    ip: str
    port: int


class Scripted:
    """A process that says what it is told to say."""

    def __init__(self, pid: int, pss: int | psutil.Error = 0, waited_for_s: float = 0.0) -> None:
        self.pid = pid
        self._pss = pss
        self._waited_for_s = waited_for_s
        self.listens: list[SimpleNamespace] = []

    def memory_full_info(self) -> SimpleNamespace:
        if isinstance(self._pss, psutil.Error):
            raise self._pss
        return SimpleNamespace(pss=self._pss)

    def cpu_times(self) -> SimpleNamespace:
        return SimpleNamespace(children_user=self._waited_for_s, children_system=self._waited_for_s)

    def net_connections(self, kind: str) -> list[SimpleNamespace]:
        assert kind == "tcp"
        return self.listens


class Root(Scripted):
    """The process above a tree that changes from look to look."""

    def __init__(self, *looks: list[Scripted]) -> None:
        super().__init__(1, waited_for_s=0.25)
        self._looks = list(looks)

    def children(self, *, recursive: bool) -> list[Scripted]:
        assert recursive
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


def a_tree(*looks: list[Scripted]) -> ProcessTree:
    tree = ProcessTree(os.getpid())
    tree._root = cast("psutil.Process", Root(*looks))
    return tree


@pytest.fixture
def _one_second_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proctree, "_own_s", lambda _: 1.0)


@pytest.mark.usefixtures("_one_second_each")
class TestReading:
    def test_all_are_added_up_with_those_that_ended(self) -> None:
        members = [Scripted(2, pss=10, waited_for_s=0.5), Scripted(3, pss=20)]
        assert a_tree(members).read() == Usage(cpu_s=1 + 1 + 2 * 0.25 + 2 * 0.5, pss_bytes=30)

    def test_a_zombie_has_no_memory(self) -> None:
        assert a_tree([Scripted(2, pss=10), Scripted(3, pss=psutil.ZombieProcess(3))]).read().pss_bytes == 10

    def test_a_reading_during_which_one_went_is_made_again(self) -> None:
        here, gone = Scripted(2, pss=10), Scripted(3, pss=20)
        assert a_tree([here, gone], [here], [here], [here]).read().pss_bytes == 10

    def test_a_reading_during_which_one_vanished_is_made_again(self) -> None:
        here, gone = Scripted(2, pss=10), Scripted(3, pss=psutil.NoSuchProcess(3))
        assert a_tree([here, gone], [here]).read().pss_bytes == 10

    def test_a_tree_that_never_holds_still_can_not_be_read(self) -> None:
        one, other = [Scripted(2)], [Scripted(3)]
        with pytest.raises(MachineError, match="others were there after each of 20 readings"):
            a_tree(*([one, other] * 20)).read()

    def test_what_may_not_be_read_is_named(self) -> None:
        with pytest.raises(MachineError, match=r"can't read a target's memory \(/proc/2/smaps_rollup\)"):
            a_tree([Scripted(2, pss=psutil.AccessDenied(2))]).read()


@pytest.mark.parametrize(
    ("address", "exposed"),
    [
        ("127.0.0.1", ()),
        ("127.9.9.9", ()),
        ("::1", ()),
        ("::ffff:127.0.0.1", ()),
        ("0.0.0.0", ("0.0.0.0:80",)),  # noqa: S104 - what must be found
        ("192.0.2.1", ("192.0.2.1:80",)),
        ("::", (":::80",)),
        ("::ffff:192.0.2.1", ("::ffff:192.0.2.1:80",)),
    ],
)
def test_only_loopback_is_out_of_others_reach(address: str, exposed: tuple[str, ...]) -> None:
    process = Scripted(2)
    laddr = Address(address, 80)
    process.listens = [SimpleNamespace(status=psutil.CONN_LISTEN, laddr=laddr)]
    assert a_tree([process]).exposed() == exposed
    process.listens = [SimpleNamespace(status=psutil.CONN_ESTABLISHED, laddr=laddr)]
    assert a_tree([process]).exposed() == ()


@pytest.mark.parametrize(
    ("address", "exposed"),
    [("127.0.0.1", ()), ("192.0.2.1", ()), ("0.0.0.0", ("0.0.0.0:80",))],  # noqa: S104 - what must be found
)
def test_where_a_container_was_asked_to_listen_it_may(
    address: str, exposed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Scripted(2)
    process.listens = [SimpleNamespace(status=psutil.CONN_LISTEN, laddr=Address(address, 80))]
    process.children = lambda **_: []  # type: ignore[attr-defined]
    monkeypatch.setattr(psutil, "Process", lambda _pid: process)
    assert proctree.exposed_by(2, "http://192.0.2.1:80") == exposed


@pytest.mark.parametrize("error", [psutil.NoSuchProcess(2), psutil.AccessDenied(2)])
def test_of_a_process_that_cannot_be_looked_into_nothing_is_known(
    error: psutil.Error, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_pid: int) -> psutil.Process:
        raise error

    monkeypatch.setattr(psutil, "Process", refuse)
    assert proctree.exposed_by(2, "http://127.0.0.1:80") == ()


class TestTheKernelsClock:
    @pytest.fixture
    def process(self) -> Iterator[subprocess.Popen[str]]:
        program = "import time\nwhile time.process_time() < 0.05: pass\nprint(time.process_time(), flush=True)\ninput()"
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield process

    def test_it_counts_finer_than_ticks(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        own_s = float(process.stdout.readline())
        assert own_s <= proctree._own_s(psutil.Process(process.pid)) < own_s + 0.009

    def test_a_process_that_has_gone_has_none(self, process: subprocess.Popen[str]) -> None:
        gone = psutil.Process(process.pid)
        process.communicate("\n")
        with pytest.raises(psutil.NoSuchProcess):
            proctree._own_s(gone)

    def test_below_a_process_that_has_gone_nothing_can_be_read(self, process: subprocess.Popen[str]) -> None:
        tree = ProcessTree(process.pid)
        process.communicate("\n")
        with pytest.raises(ProcessLookupError):
            tree.read()
