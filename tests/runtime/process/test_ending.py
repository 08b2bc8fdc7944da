"""How targets that run as processes end: by their code, by a signal, and where the kernel has no memory for them."""

import os
import signal
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import cast

import psutil
import pytest

from harness.errors import TargetEndedError
from harness.model import Subject
from harness.program_output import ProgramOutput
from harness.runtime.process import processes
from harness.runtime.process.processes import ProcessInstance
from harness.runtime.process.supervisor_client import Request, Supervisor
from tests.runtime.awaiting import PATIENCE_S, lives, until

MIB = 1 << 20
LIMIT_BYTES = 1 << 30
SUBJECT = Subject("flask_app", "own")
FILLS = "import signal; signal.sigwait({signal.SIGUSR1}); hoard = bytearray(b'x') * (256 << 20)"
BLOCKS = "import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM}); "
HAS_A_WORKER = f"""{BLOCKS}
if os.fork() == 0:
    print('worker', flush=True)
    {FILLS}
os.wait()
signal.sigwait({{signal.SIGTERM}})
"""
KILLS_ITS_PARENT = f"""{BLOCKS}
if os.fork() == 0:
    os.setsid()
    print('worker', flush=True)
    signal.pause()
signal.sigwait({{signal.SIGUSR1}})
os.kill(os.getppid(), signal.SIGKILL)
signal.pause()
"""
GROUPS = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
Start = Callable[..., ProcessInstance]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program, and wait until it has printed a word."""
    started: list[ProcessInstance] = []

    def start(program: str, said: str = "") -> ProcessInstance:
        cpus = tuple(os.sched_getaffinity(0))
        request = Request((sys.executable, "-I", "-S", "-c", program), {}, "/", cpus, open_files=64, user=None)
        printed = ProgramOutput()
        supervisor = Supervisor.prepare(request, {}, printed.descriptor)
        started.append(ProcessInstance(supervisor, printed, SUBJECT, "http://127.0.0.1:1", LIMIT_BYTES))
        started[-1].start()
        until(lambda: said in started[-1].logs())
        return started[-1]

    yield start
    for instance in started:
        instance.discard()


@pytest.fixture
def confine() -> Iterator[Callable[[int], None]]:
    """Put a process into a control group of 32 MiB."""
    folder, limit = _memory_group()

    def confine(pid: int) -> None:
        (folder / limit).write_text(str(32 * MIB))
        with suppress(OSError):  # no swap, where the kernel has any
            (folder / ("memory.swap.max" if limit == "memory.max" else "memory.swappiness")).write_text("0")
        (folder / "cgroup.procs").write_text(str(pid))

    yield confine
    until(lambda: not (folder / "cgroup.procs").read_text())
    folder.rmdir()


def _memory_group() -> tuple[Path, str]:
    for root in GROUPS:
        folder = root / f"harness-test-{uuid.uuid4().hex}"
        try:
            folder.mkdir()
        except OSError:
            continue
        limits = [name for name in ("memory.limit_in_bytes", "memory.max") if (folder / name).exists()]
        if limits:
            return folder, limits[0]
        folder.rmdir()
    pytest.skip("only root can make a control group, where one is mounted for writing")


def below(instance: ProcessInstance) -> list[int]:
    """Return the processes of a target, parents first."""
    return [process.pid for process in psutil.Process(instance._supervisor.pid).children(recursive=True)]


class TestInWords:
    def test_an_exit_code_is_told_with_the_last_lines(self, start: Start) -> None:
        instance = start("print('no more'); raise SystemExit(3)")
        assert instance.ending(within_s=PATIENCE_S) == "it exited with code 3"
        with pytest.raises(
            TargetEndedError, match=r"broke down \(flask_app:own\): .* code 3\. .*\nIt last printed:\n  no more"
        ):
            instance.pid()

    def test_a_signal_is_told_by_its_name(self, start: Start) -> None:
        instance = start("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
        assert instance.ending(within_s=PATIENCE_S) == "it was ended by signal 11 (SIGSEGV)"

    def test_a_killed_target_says_so(self, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processes, "oom_kills", lambda: 0)  # whatever else runs out of memory on this machine
        instance = start("import time; time.sleep(600)")
        os.kill(below(instance)[0], signal.SIGKILL)
        assert instance.ending(within_s=PATIENCE_S) == "it was ended by signal 9 (SIGKILL)"

    def test_one_that_ends_well_before_it_is_asked_to_has_broken_down(self, start: Start) -> None:
        instance = start("pass")
        assert instance.ending(within_s=PATIENCE_S) == "it exited with code 0"
        with pytest.raises(TargetEndedError, match="it exited with code 0"):
            instance.stop()

    def test_one_that_puts_itself_into_the_background_has_broken_down_at_once(self, start: Start) -> None:
        program = "import os, time\nprint(os.getpid(), 'leads', flush=True)\nif os.fork() == 0: time.sleep(600)"
        instance = start(program, "leads")
        first = int(instance.logs().split()[0])
        until(lambda: not lives(first))
        with pytest.raises(TargetEndedError, match=r"it exited with code 0\. A target runs in the foreground"):
            instance.stop()

    def test_one_that_lives_has_not_ended(self, start: Start) -> None:
        assert start("import time; time.sleep(600)").ending() is None


class TestWhereMemoryEnds:
    """The kernel itself ends what is too big for its control group."""

    def test_the_first_process_is_told_with_its_use(self, start: Start, confine: Callable[[int], None]) -> None:
        instance = start(f"{BLOCKS} print('ready', flush=True); {FILLS}", "ready")
        [first] = below(instance)
        confine(first)
        os.kill(first, signal.SIGUSR1)
        told = instance.ending(within_s=PATIENCE_S)
        assert told is not None
        before, _, used = told.rpartition(" ")
        assert before == (
            "the kernel ended its first process for lack of memory: "
            "it may use 1,073,741,824 bytes and its largest process used"
        )
        assert 16 * MIB < int(used.replace(",", "")) < 64 * MIB

    def test_a_worker_is_told_though_the_first_process_lives(
        self, start: Start, confine: Callable[[int], None]
    ) -> None:
        instance = start(HAS_A_WORKER, "worker")
        occupied_bytes = instance.counters().memory_bytes
        first, worker = below(instance)
        confine(worker)
        os.kill(worker, signal.SIGUSR1)
        until(lambda: instance.ending() is not None)
        assert instance.running()
        assert first in below(instance)
        with pytest.raises(TargetEndedError) as caught:
            instance.counters()
        assert caught.value.cause.startswith(
            "the kernel ended 1 of its processes for lack of memory: "
            f"it may use 1,073,741,824 bytes and used {occupied_bytes:,} when it was last read"
        )


class ScriptedSupervisor:
    """A supervisor whose target has ended as scripted."""

    pid = os.getpid()
    orphans = 0
    lost: int | None = None

    def __init__(self, code: int, peak_bytes: int | None) -> None:
        self.code = code
        self.peak_bytes = peak_bytes

    def exit_code(self, _within_s: float = 0.0) -> int:
        return self.code


@pytest.mark.parametrize(
    ("kills", "peak_bytes", "told"),
    [
        (0, 5000, "it was ended by signal 9 (SIGKILL)"),
        (1, 5000, "for lack of memory: it may use 1,073,741,824 bytes and its largest process used 5,000"),
        (1, None, "the kernel ended its first process for lack of memory: it may use 1,073,741,824 bytes"),
    ],
)
def test_a_kill_is_the_kernels_only_where_it_has_counted_one(
    kills: int, peak_bytes: int | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = iter([7, 7 + kills])
    monkeypatch.setattr(processes, "oom_kills", lambda: next(counted))
    supervisor = cast("Supervisor", ScriptedSupervisor(-signal.SIGKILL, peak_bytes))
    instance = ProcessInstance(supervisor, ProgramOutput(), SUBJECT, "http://127.0.0.1:1", LIMIT_BYTES)
    ended = instance.ending()
    assert ended is not None
    assert ended.endswith(told)
    instance._output.close()


def test_one_that_kills_its_supervisor_breaks_down_alone_and_nothing_of_it_is_left(start: Start) -> None:
    instance = start(KILLS_ITS_PARENT, "worker")
    left = below(instance)
    os.kill(left[0], signal.SIGUSR1)
    until(lambda: instance.ending() is not None)
    told = "its supervisor, the parent of its first process, ended before it: it was ended by signal 9 (SIGKILL)"
    assert instance.ending() == told
    with pytest.raises(TargetEndedError, match=r"the target broke down .*its supervisor"):
        instance.counters()
    assert [pid for pid in left if lives(pid)] == []
    with pytest.raises(TargetEndedError):
        instance.stop()


def test_one_that_stops_its_supervisor_breaks_down_when_it_is_stopped(start: Start) -> None:
    instance = start("import os, signal; os.kill(os.getppid(), signal.SIGSTOP); signal.pause()")
    until(instance._supervisor.is_stopped)
    left = below(instance)
    with pytest.raises(TargetEndedError, match="its supervisor, the parent of its first process, is stopped"):
        instance.stop()
    until(lambda: [pid for pid in left if lives(pid)] == [])
