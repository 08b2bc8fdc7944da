"""The null target for the self-test: in a container where an engine answers, otherwise built with this machine's Go."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MachineError, TargetError
from harness.experiment.loop import new_id
from harness.manifest import load_targets
from harness.measure.coldstart import answers_rightly, start_timed
from harness.model import Subject
from harness.runtime.base import Launch
from harness.runtime.ports import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.model import Target

_READY_DEADLINE_S = 10.0
_BUILD_DEADLINE_S = 300.0
_STOP_DEADLINE_S = 5.0
_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class NullTarget:
    """A running null target.

    Attributes:
        url: Its base URL.
        source: How it was built, in words.
        cpu_s: Reads the CPU time that it has used, in seconds.
    """

    url: str
    source: str
    cpu_s: Callable[[], float]


@contextmanager
def null_target(stock: Path, cpus: frozenset[int]) -> Iterator[NullTarget]:
    """Run the null target while the context lasts.

    Raises:
        MachineError: There is neither an engine nor Go to build it with.
        TargetError: It does not build or start.
    """
    target = next((target for target in load_targets(stock).values() if target.is_null), None)
    if target is None:
        raise _missing(stock / "targets", "no target in this folder has the null role")
    with ExitStack() as ending:
        try:
            started = ending.enter_context(_contained(target, cpus))
        except MachineError as problem:
            go = shutil.which("go")
            if go is None:
                raise _missing(target.folder, f"{problem.cause}; and Go is not installed") from problem
            started = ending.enter_context(_local(target, cpus, go))
        yield started


def _missing(where: Path, cause: str) -> MachineError:
    remedy = "Start an engine (`make engine` on Debian), or install Go."
    return MachineError("no null target", where=str(where), cause=cause, remedy=remedy)


@contextmanager
def _contained(target: Target, cpus: frozenset[int]) -> Iterator[NullTarget]:
    from harness.runtime.docker.containers import DockerRuntime  # noqa: PLC0415 - nothing else here needs the engine's client

    runtime = DockerRuntime.open(new_id("selftest"))
    try:
        image = runtime.build(target, lambda _line: None)
        subject = Subject(target.name, target.default_variant)
        with start_timed(runtime, image, subject, Launch(cpus), cpus)[0] as instance:
            yield NullTarget(instance.url, f"image {image.identity[:19]}", lambda: instance.counters().cpu_s)
    finally:
        runtime.close()


@contextmanager
def _local(target: Target, cpus: frozenset[int], go: str) -> Iterator[NullTarget]:
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        program = Path(folder) / target.name
        _build(target, go, program)
        port = free_port()
        process = _spawn_on(cpus, program, port)
        try:
            _await_answer(process, target, port)
            yield NullTarget(f"http://{LOOPBACK}:{port}", "built with this machine's Go", lambda: cpu_s_of(process.pid))
        finally:
            _end(process)


def _build(target: Target, go: str, program: Path) -> None:
    done = subprocess.run(
        [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(program), "."],
        cwd=target.folder,
        env={**os.environ, "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=_BUILD_DEADLINE_S,
        check=False,
    )
    if done.returncode:
        remedy = "Correct its source."
        raise TargetError("the target does not build", where=target.name, cause=done.stderr.strip(), remedy=remedy)


def _spawn_on(cpus: frozenset[int], program: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a program on the given cores. It inherits them, so that its first threads also run there."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        return subprocess.Popen([program], env={"HOST": LOOPBACK, "PORT": str(port)}, start_new_session=True)
    finally:
        os.sched_setaffinity(0, own)


def _await_answer(process: subprocess.Popen[bytes], target: Target, port: int) -> None:
    deadline = time.monotonic() + _READY_DEADLINE_S
    while not answers_rightly(LOOPBACK, port):
        if process.poll() is not None or time.monotonic() > deadline:
            cause = f"it ended, or did not answer within {_READY_DEADLINE_S:g} s"
            raise TargetError("the target does not start", where=target.name, cause=cause, remedy="Run its own tests.")
        time.sleep(_POLL_S)


def cpu_s_of(pid: int) -> float:
    """Return the CPU time of all threads of a process, in seconds, from the scheduler's nanosecond counters."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
