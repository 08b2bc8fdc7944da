"""Readings of a process tree: exact numbers on scripted processes, and the kernel's clock of real ones."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import NamedTuple, cast

import psutil
import pytest

from harness.errors import MachineError
from harness.runtime import proctree
from harness.runtime.base import Resident
from harness.runtime.proctree import ProcessTree, Usage, listened_on_by, resident_below


class Address(NamedTuple):
    ip: str
    port: int


class Scripted:
    """Process with scripted numbers."""

    def __init__(self, pid: int, waited_for_s: float = 0.0, status: str = psutil.STATUS_SLEEPING) -> None:
        self.pid = pid
        self.status = lambda: status
        self._waited_for_s = waited_for_s
        self.listens: list[SimpleNamespace] = []

    def cpu_times(self) -> SimpleNamespace:
        return SimpleNamespace(children_user=self._waited_for_s, children_system=self._waited_for_s)

    def net_connections(self, kind: str) -> list[SimpleNamespace]:
        assert kind == "tcp"
        return self.listens


class Root(Scripted):
    """Process above a tree; the tree changes from listing to listing."""

    def __init__(self, *listings: list[Scripted]) -> None:
        super().__init__(1, waited_for_s=0.25)
        self._listings = list(listings)

    def children(self, *, recursive: bool) -> list[Scripted]:
        assert recursive
        return self._listings.pop(0) if len(self._listings) > 1 else self._listings[0]


def a_tree(*listings: list[Scripted]) -> ProcessTree:
    tree = ProcessTree(os.getpid())
    tree._root = cast("psutil.Process", Root(*listings))
    return tree


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that stands for /proc."""
    monkeypatch.setattr(proctree, "_PROC", tmp_path)
    monkeypatch.setattr(proctree, "_own_s", lambda _: 1.0)
    return tmp_path


def using(  # noqa: PLR0913 - each is one property of a process
    folder: Path, one: Scripted, *, anonymous: int, mapped: int = 0, shared_by: int = 1, program: str = "app"
) -> Scripted:
    """Give a scripted process anonymous memory, which so many share, and mapped files, in KiB."""
    own = folder / str(one.pid)
    own.mkdir()
    (own / "exe").symlink_to(f"/bin/{program}")
    (own / "smaps_rollup").write_text(
        "55724a149000-7ffc8c4e0000 ---p 00000000 00:00 0 [rollup]\n"
        f"Rss: {anonymous + mapped:>10} kB\nPss: {anonymous // shared_by + mapped // 7:>10} kB\n"
        f"Pss_Anon: {anonymous // shared_by} kB\nPss_File: {mapped // 7} kB\nAnonymous: {anonymous} kB\n"
    )
    return one


class TestReading:
    def test_running_and_ended_processes_are_added_up(self, folder: Path) -> None:
        members = [
            using(folder, Scripted(2, waited_for_s=0.5), anonymous=10, program="sh"),
            using(folder, Scripted(3), anonymous=20),
        ]
        assert a_tree(members).read() == Usage(1 + 1 + 2 * 0.25 + 2 * 0.5, 30 * 1024, frozenset({2, 3}))

    def test_anonymous_memory_that_its_processes_share_counts_once(self, folder: Path) -> None:
        members = [using(folder, Scripted(pid), anonymous=60, shared_by=3) for pid in (2, 3, 4)]
        assert a_tree(members).read().memory_bytes == 60 * 1024

    def test_the_files_of_each_program_count_once_and_in_full(self, folder: Path) -> None:
        members = [
            using(folder, Scripted(2), anonymous=1, mapped=14, program="sh"),
            using(folder, Scripted(3), anonymous=10, mapped=700, program="node"),
            using(folder, Scripted(4), anonymous=20, mapped=721, program="node"),
        ]
        assert a_tree(members).read().memory_bytes == (1 + 10 + 20 + 14 + 721) * 1024

    def test_a_zombie_has_no_memory(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        members = [using(folder, Scripted(pid), anonymous=10) for pid in (2, 3)]
        read_text = Path.read_text

        def read(path: Path, **options: str) -> str:
            if path.parent.name == "3":
                raise ProcessLookupError
            return read_text(path, **options)

        monkeypatch.setattr(Path, "read_text", read)
        assert a_tree(members).read().memory_bytes == 10 * 1024

    def test_ended_processes_and_zombies_count_as_lost(self) -> None:
        running, zombie = Scripted(2), Scripted(3, status=psutil.STATUS_ZOMBIE)
        assert a_tree([running, zombie]).lost(frozenset({2})) == 0
        assert a_tree([running, zombie]).lost(frozenset({2, 3, 4})) == 2

    def test_a_reading_is_repeated_if_a_process_ended_after_it_was_read(self, folder: Path) -> None:
        running, ended = (using(folder, Scripted(pid), anonymous=10) for pid in (2, 3))
        assert a_tree([running, ended], [running], [running], [running]).read().memory_bytes == 10 * 1024

    def test_a_reading_is_repeated_if_a_process_ended_before_it_was_read(self, folder: Path) -> None:
        running, ended = using(folder, Scripted(2), anonymous=10), Scripted(3)
        assert a_tree([running, ended], [running]).read().memory_bytes == 10 * 1024

    def test_a_tree_that_changes_during_every_reading_is_a_machine_error(self, folder: Path) -> None:
        one, other = ([using(folder, Scripted(pid), anonymous=1)] for pid in (2, 3))
        with pytest.raises(MachineError, match="processes started or ended during each of 20 readings"):
            a_tree(*([one, other] * 20)).read()

    def test_the_error_names_a_process_that_may_not_be_read(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> str:
            raise PermissionError

        member = using(folder, Scripted(2), anonymous=1)
        monkeypatch.setattr(Path, "read_text", refuse)
        with pytest.raises(MachineError, match=r"can't read a target's memory \(.*/2/smaps_rollup\)"):
            a_tree([member]).read()

    def test_the_error_names_a_kernel_without_the_counter(self, folder: Path) -> None:
        member = using(folder, Scripted(2), anonymous=1)
        (folder / "2/smaps_rollup").write_text("Rss: 3 kB\nPss: 2 kB\nAnonymous: 1 kB\n")
        with pytest.raises(MachineError, match=r"it has no Pss_Anon; Linux has it from 5\.4 on"):
            a_tree([member]).read()

    def test_a_second_copy_of_a_real_program_changes_nothing(self) -> None:
        command = [sys.executable, "-I", "-c", "import json, decimal\nprint(flush=True)\ninput()"]
        read = []
        with subprocess.Popen(["sh", "-c", '"$@"; :', "sh", *command], stdin=PIPE, stdout=PIPE, text=True) as first:
            assert first.stdout
            first.stdout.readline()
            read.append(ProcessTree(first.pid).read().memory_bytes)
            with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True) as second:
                assert second.stdout
                second.stdout.readline()
                read.append(ProcessTree(first.pid).read().memory_bytes)
                second.communicate("\n")
            first.communicate("\n")
        assert read[0] == read[1] > 0


class TestResident:
    @staticmethod
    def status(folder: Path, pid: int, text: str) -> Scripted:
        (folder / str(pid)).mkdir()
        (folder / str(pid) / "status").write_text(f"Name:\tapp\nUid:\t0\t0\t0\t0\n{text}Threads:\t1\n")
        return Scripted(pid)

    def test_the_sizes_of_all_processes_are_added_up(self, folder: Path) -> None:
        members = [
            self.status(folder, 2, "VmHWM:\t      30 kB\nVmRSS:\t      20 kB\n"),
            self.status(folder, 3, "VmHWM:\t       9 kB\nVmRSS:\t       7 kB\n"),
        ]
        assert a_tree(members).resident() == Resident(now_bytes=27 * 1024, largest_bytes=39 * 1024)

    def test_a_zombie_has_no_size(self, folder: Path) -> None:
        members = [self.status(folder, 2, "VmHWM:\t 3 kB\nVmRSS:\t 2 kB\n"), self.status(folder, 3, "")]
        assert a_tree(members).resident() == Resident(2 * 1024, 3 * 1024)

    def test_a_reading_is_repeated_if_a_process_ended_before_it_was_read(self, folder: Path) -> None:
        running, ended = self.status(folder, 2, "VmHWM:\t 3 kB\nVmRSS:\t 2 kB\n"), Scripted(3)
        assert a_tree([running, ended], [running]).resident() == Resident(2 * 1024, 3 * 1024)

    def test_the_error_names_a_status_that_may_not_be_read(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> str:
            raise PermissionError

        member = self.status(folder, 2, "")
        monkeypatch.setattr(Path, "read_text", refuse)
        with pytest.raises(MachineError, match=r"can't read a target's memory \(.*/2/status\): permission denied"):
            a_tree([member]).resident()

    def test_memory_that_two_real_processes_share_counts_twice(self) -> None:
        program = "import os\nheld = b'x' * (50 << 20)\nif os.fork():\n  print(flush=True)\n  os.wait()\nos.read(0, 1)"
        command = [sys.executable, "-I", "-S", "-c", program]
        before = resident_below(os.getpid())
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            process.stdout.readline()
            usage, found = ProcessTree(os.getpid()).read(), resident_below(os.getpid())
            process.communicate()
        assert 100 << 20 < found.now_bytes - before.now_bytes < 140 << 20
        assert found.largest_bytes >= found.now_bytes > usage.memory_bytes + (40 << 20)

    def test_processes_below_an_ended_one_can_not_be_read(self) -> None:
        with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as ended:
            ended.wait()
        with pytest.raises(ProcessLookupError, match=f"process {ended.pid} has ended"):
            resident_below(ended.pid)


@pytest.mark.parametrize(
    ("address", "exposed"),
    [
        ("127.0.0.1", ()),
        ("127.9.9.9", ()),
        ("::1", ()),
        ("::ffff:127.0.0.1", ()),
        ("0.0.0.0", ("0.0.0.0:80",)),  # noqa: S104 - the test needs this address
        ("192.0.2.1", ("192.0.2.1:80",)),
        ("::", ("[::]:80",)),
        ("::ffff:192.0.2.1", ("192.0.2.1:80",)),
    ],
)
def test_every_listening_address_except_the_loopback_is_exposed(
    address: str, exposed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Scripted(2)
    process.children = lambda **_: []  # type: ignore[attr-defined]
    monkeypatch.setattr(psutil, "Process", lambda _pid: process)
    laddr = Address(address, 80)
    process.listens = [SimpleNamespace(status=psutil.CONN_LISTEN, laddr=laddr)]
    assert proctree.exposed_by(2, "http://127.0.0.1:80") == exposed
    process.listens = [SimpleNamespace(status=psutil.CONN_ESTABLISHED, laddr=laddr)]
    assert proctree.exposed_by(2, "http://127.0.0.1:80") == ()


@pytest.mark.parametrize(
    ("address", "exposed"),
    [
        ("127.0.0.1", ()),
        ("192.0.2.1", ()),
        ("::ffff:192.0.2.1", ()),
        ("::ffff:192.0.2.2", ("192.0.2.2:80",)),
        ("0.0.0.0", ("0.0.0.0:80",)),  # noqa: S104 - the test needs this address
    ],
)
def test_a_target_may_listen_on_its_own_url(
    address: str, exposed: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Scripted(2)
    process.listens = [SimpleNamespace(status=psutil.CONN_LISTEN, laddr=Address(address, 80))]
    process.children = lambda **_: []  # type: ignore[attr-defined]
    monkeypatch.setattr(psutil, "Process", lambda _pid: process)
    assert proctree.exposed_by(2, "http://192.0.2.1:80") == exposed


def _refuse(monkeypatch: pytest.MonkeyPatch, error: psutil.Error) -> None:
    def refuse(_pid: int) -> psutil.Process:
        raise error

    monkeypatch.setattr(psutil, "Process", refuse)


def test_a_process_that_has_ended_exposes_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as ended:
        ended.wait()
    _refuse(monkeypatch, psutil.NoSuchProcess(ended.pid))
    assert proctree.exposed_by(ended.pid, "http://127.0.0.1:80") == ()


def test_a_process_that_proc_hides_is_one_that_can_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    pid, everywhere = os.getpid(), ("0.0.0.0", 81)  # noqa: S104 - a socket of the test
    _refuse(monkeypatch, psutil.NoSuchProcess(pid))
    monkeypatch.setattr(proctree, "listening", lambda: frozenset({everywhere}))
    assert proctree.exposed_by(pid, "http://127.0.0.1:80", frozenset()) == ("0.0.0.0:81",)


def test_what_began_to_listen_counts_as_that_of_a_process_that_can_not_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _refuse(monkeypatch, psutil.AccessDenied(2))
    every, own, before = ("0.0.0.0", 81), ("127.0.0.1", 80), ("192.0.2.1", 22)  # noqa: S104 - a socket of the test
    monkeypatch.setattr(proctree, "listening", lambda: frozenset({every, own, before}))
    assert proctree.exposed_by(2, "http://127.0.0.1:80", frozenset({before})) == ("0.0.0.0:81",)
    assert proctree.exposed_by(2, "http://127.0.0.1:80", frozenset({before, every})) == ()


@pytest.mark.parametrize(
    ("now", "before"), [(None, frozenset[tuple[str, int]]()), (frozenset[tuple[str, int]](), None)]
)
def test_it_is_said_if_nothing_can_be_known(
    now: proctree.Listening, before: proctree.Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    _refuse(monkeypatch, psutil.AccessDenied(2))
    monkeypatch.setattr(proctree, "listening", lambda: now)
    with pytest.raises(MachineError, match=r"can't tell where a target listens \(process 2\)"):
        proctree.exposed_by(2, "http://127.0.0.1:80", before)


def test_the_unix_sockets_on_which_a_process_accepts_connections_are_those_of_its_own(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("heard", "bound", "a child's", "ours")]
    program = """if True:
        import os, socket, sys
        sockets = [socket.socket(socket.AF_UNIX) for _ in sys.argv[1:]]
        for one, path in zip(sockets, sys.argv[1:]):
            one.bind(path)
        sockets[0].listen()
        if os.fork() == 0:
            sockets[2].listen()
            print(flush=True)
        else:
            sockets[2].close()
        sys.stdin.read()
    """
    command = [sys.executable, "-c", program, *map(str, paths[:3])]
    with socket.socket(socket.AF_UNIX) as ours:
        ours.bind(str(paths[3]))
        ours.listen()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            assert listened_on_by(process.pid) == (f"unix:{paths[2]}", f"unix:{paths[0]}")
            assert process.stdin is not None
            process.stdin.close()
    assert listened_on_by(process.pid) == ()


class TestTheKernelsClock:
    @pytest.fixture
    def process(self) -> Iterator[subprocess.Popen[str]]:
        program = "import time\nwhile time.process_time() < 0.05: pass\nprint(time.process_time(), flush=True)\ninput()"
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield process

    def test_its_resolution_is_finer_than_ticks_of_10_ms(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        own_s = float(process.stdout.readline())
        assert own_s <= proctree._own_s(psutil.Process(process.pid)) < own_s + 0.009

    def test_an_ended_process_has_no_clock(self, process: subprocess.Popen[str]) -> None:
        ended = psutil.Process(process.pid)
        process.communicate("\n")
        with pytest.raises(psutil.NoSuchProcess):
            proctree._own_s(ended)

    def test_a_tree_below_an_ended_process_can_not_be_read(self, process: subprocess.Popen[str]) -> None:
        tree = ProcessTree(process.pid)
        process.communicate("\n")
        with pytest.raises(ProcessLookupError):
            tree.read()
