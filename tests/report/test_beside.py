"""The process that draws beside the command; the programs of these tests have one thread, which a fork needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from harness.report import Format, render
from harness.report.beside import beside
from tests.checkout import ROOT
from tests.report.material import material
from tests.runtime.awaiting import lives, until

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = frozenset({Format.HTML, Format.MARKDOWN, Format.SVG})
BEGIN = """
import os, signal, sys, time
from pathlib import Path
os.sched_getaffinity = lambda _: {0, 1}
from harness.errors import HarnessError, UsageError
from harness.report import Format, render
from harness.report.beside import beside
from tests.report.material import material
FORMATS = frozenset({Format.HTML, Format.MARKDOWN, Format.SVG})

def children():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return "no child"
"""


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", BEGIN + program, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def printed(program: str, *arguments: str) -> list[str]:
    with started(program, *arguments) as process:
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    assert process.returncode == 0
    return lines


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.program
def test_charts_that_are_drawn_beside_have_the_same_bytes_and_matplotlib_is_imported_only_there(tmp_path: Path) -> None:
    program = """
with beside() as other:
    render(material(), Path(sys.argv[1]), FORMATS, other)
    print(other.submit(os.getpid).result() != os.getpid())
print("matplotlib" in sys.modules, children())
"""
    assert printed(program, str(tmp_path / "beside")) == ["True", "False no child"]
    render(material(), tmp_path / "here", FORMATS)
    assert files_of(tmp_path / "beside") == files_of(tmp_path / "here")


@pytest.mark.program
def test_an_error_of_a_chart_reaches_the_caller_and_leaves_no_process(tmp_path: Path) -> None:
    program = """
from harness.report import plots

def memory_chart(lines, description):
    raise UsageError("can't draw", where="memory", cause=description[:6], remedy="Draw less.")

plots.memory_chart = memory_chart
try:
    with beside() as other:
        render(material(), Path(sys.argv[1]), FORMATS, other)
except HarnessError as error:
    print(type(error).__name__, error)
print(children())
"""
    assert printed(program, str(tmp_path)) == ["UsageError can't draw (memory): Memory. Draw less.", "no child"]


@pytest.mark.program
def test_an_interrupt_ends_the_process_which_itself_ignores_it() -> None:
    program = """
from harness import interrupts
try:
    with interrupts.raising(), beside() as other:
        pid = other.submit(os.getpid).result()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(pid, number)
        print(other.submit(os.getpid).result() == pid)
        for _ in range(1000):
            other.submit(time.sleep, 0.1)
        os.kill(os.getpid(), signal.SIGINT)
except HarnessError as error:
    print(error.exit_code)
print(children())
"""
    assert printed(program) == ["True", "130", "no child"]


@pytest.mark.program
def test_the_process_ends_when_its_command_is_killed() -> None:
    program = """
with beside() as other:
    print(other.submit(os.getpid).result(), flush=True)
    signal.pause()
"""
    with started(program) as command:
        assert command.stdout is not None
        pid = int(command.stdout.readline())
        assert lives(pid)
        command.kill()
    until(lambda: not lives(pid))


@pytest.mark.program
def test_a_process_that_was_killed_is_an_error_of_the_machine() -> None:
    program = """
try:
    with beside() as other:
        os.kill(other.submit(os.getpid).result(), signal.SIGKILL)
        other.submit(os.getpid).result()
except HarnessError as error:
    print(error.exit_code, error)
print(children())
"""
    cause = "the process that draws them was ended: memory may have run out"
    assert printed(program) == [f"3 can't draw the charts (report): {cause}. Repeat the command.", "no child"]


@pytest.mark.program
def test_every_second_item_is_taken_by_a_fork_of_the_process_and_the_order_stays() -> None:
    program = """
from harness.report.beside import in_halves

def marked(item):
    return item, os.getpid()

with beside() as other:
    pid = other.submit(os.getpid).result()
    for count in range(4):
        found = other.submit(in_halves, marked, list(range(count))).result()
        print([item for item, _ in found], [by == pid for _, by in found])
print(children())
"""
    assert printed(program) == [
        "[] []",
        "[0] [True]",
        "[0, 1] [True, False]",
        "[0, 1, 2] [True, False, True]",
        "no child",
    ]


@pytest.mark.program
def test_a_fork_that_was_killed_with_half_of_the_charts_is_an_error_of_the_machine() -> None:
    program = """
from harness.report.beside import in_halves

def drawing(item):
    if item:
        os.kill(os.getpid(), signal.SIGKILL)

try:
    with beside() as other:
        other.submit(in_halves, drawing, [0, 1]).result()
except HarnessError as error:
    print(error.exit_code, error.what)
print(children())
"""
    assert printed(program) == ["3 can't draw the charts", "no child"]


@pytest.mark.parametrize("place", ["os.sched_getaffinity", "harness.report.beside.ProcessPoolExecutor"])
def test_without_a_second_core_or_semaphores_a_thread_draws_the_same(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> set[int]:
        if place.startswith("os."):
            return {0}
        raise OSError("no semaphores")

    monkeypatch.setattr("harness.report.beside._is_single_threaded", lambda: True)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(place, refused)
    with beside() as other:
        assert isinstance(other, ThreadPoolExecutor)
        render(material(), tmp_path / "beside", FORMATS, other)
    render(material(), tmp_path / "here", FORMATS)
    assert files_of(tmp_path / "beside") == files_of(tmp_path / "here")


def test_a_process_with_several_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1})
    with ThreadPoolExecutor(1) as threads, beside() as other:
        threads.submit(signal.getsignal, signal.SIGINT).result()
        assert isinstance(other, ThreadPoolExecutor)
