"""The docker runtime on a real engine: what a target gets, how each failure is told, and that nothing is left."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import NotFound

from harness import interrupts
from harness.errors import Interrupted, TargetError
from harness.model import Subject, Target
from harness.runtime.base import Image
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.leftovers import sweep
from harness.runtime.owner import RUN
from tests.e2e.conftest import listed
from tests.e2e.containers import CPU, LAUNCH, ask, get, quiet, until

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
STEP = re.compile(r"---> Running in ([0-9a-f]+)")


class TestBuilding:
    """Images on a real engine."""

    def test_what_is_built_is_found_again_and_carries_its_versions(
        self, engine: APIClient, runtime: DockerRuntime, targets: dict[str, Target], answers: Image
    ) -> None:
        lines: list[str] = []
        again = runtime.build(targets["answers"], lines.append)
        assert lines == []
        assert again == answers
        assert again.versions == {"python": "3.13", "answers": "1.0"}
        assert again.size_bytes == engine.inspect_image(again.identity)["Size"]  # type: ignore[no-untyped-call]

    def test_an_image_without_versions_has_none(self, runtime: DockerRuntime, targets: dict[str, Target]) -> None:
        assert runtime.build(targets["ignores_sigterm"], quiet).versions == {}

    def test_one_that_does_not_build_is_told_with_its_last_lines(
        self, runtime: DockerRuntime, targets: dict[str, Target]
    ) -> None:
        with pytest.raises(TargetError, match="the target does not build") as caught:
            runtime.build(targets["does_not_build"], quiet)
        assert "the missing ingredient is salt" in caught.value.cause.splitlines()
        assert "returned a non-zero code: 7" in caught.value.cause
        assert "does_not_build" in caught.value.where

    def test_one_without_a_dockerfile_does_not_build(
        self, runtime: DockerRuntime, targets: dict[str, Target], tmp_path: Path
    ) -> None:
        target = replace(targets["answers"], folder=tmp_path)
        with pytest.raises(TargetError, match="Dockerfile"):
            runtime.build(target, quiet)

    def test_an_interrupt_ends_the_build_and_its_step(
        self, engine: APIClient, runtime: DockerRuntime, targets: dict[str, Target], tmp_path: Path
    ) -> None:
        steps: list[str] = []

        def interrupt(line: str) -> None:
            steps.extend(STEP.findall(line))
            if steps:
                os.kill(os.getpid(), signal.SIGINT)

        target = replace(targets["answers"], folder=slow(tmp_path))
        with interrupts.raising(), pytest.raises(Interrupted):
            runtime.build(target, interrupt)
        assert not exists(engine, steps[0])

    def test_an_interrupt_between_two_lines_ends_the_build_too(
        self, engine: APIClient, runtime: DockerRuntime, targets: dict[str, Target], tmp_path: Path
    ) -> None:
        """The signal comes while the build's next line is waited for, deep inside docker-py."""
        steps: list[str] = []

        def interrupt_soon(line: str) -> None:
            steps.extend(STEP.findall(line))
            if steps:
                threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()

        target = replace(targets["answers"], folder=slow(tmp_path))
        with interrupts.raising(), pytest.raises(Interrupted):
            runtime.build(target, interrupt_soon)
        assert not exists(engine, steps[0])

    def test_a_killed_harness_leaves_no_build_behind(
        self, engine: APIClient, run_id: str, targets: dict[str, Target], tmp_path: Path
    ) -> None:
        target = replace(targets["answers"], folder=slow(tmp_path))
        with harness(BUILDING, run_id, str(target.folder)) as process:
            step = STEP.findall(said(process, "Running in"))[0]
            process.kill()
        until(lambda: not exists(engine, step))


class TestConditions:
    """What a container is given, seen from inside."""

    @pytest.fixture
    def inside(self, container: Container) -> dict[str, Any]:
        conditions: dict[str, Any] = json.loads(get(container, "/conditions"))
        return conditions

    def test_it_is_nobody_without_any_capability(self, inside: dict[str, Any]) -> None:
        assert inside["user"] == [65534, 65534]
        assert inside["capabilities"] == [0, 0, 0, 0, 0]
        assert inside["no_new_privileges"] == "1"

    def test_it_can_write_to_tmp_alone(self, inside: dict[str, Any]) -> None:
        assert inside["writable"] == ["/tmp"]  # noqa: S108 - the container's own

    def test_it_has_its_cpu_and_its_files_and_is_the_first_process(self, inside: dict[str, Any]) -> None:
        assert inside["cpus"] == [CPU]
        assert inside["open_files"] == [16384, 16384]
        assert inside["pid"] == 1

    def test_it_may_hold_as_much_memory_and_as_many_processes_as_it_was_given(
        self, engine: APIClient, run_id: str, container: Container
    ) -> None:
        assert container.running()
        (identity,) = listed(engine, f"{RUN}={run_id}")
        host = engine.inspect_container(identity)["HostConfig"]
        assert host["Memory"] == host["MemorySwap"] == 256 << 20
        assert host["PidsLimit"] == 64

    def test_a_variant_brings_its_command_and_its_environment(self, runtime: DockerRuntime, answers: Image) -> None:
        with runtime.create(answers, Subject("answers", "named"), LAUNCH) as container:
            container.start()
            inside = json.loads(get(container, "/conditions"))
        assert (inside["arguments"], inside["colour"]) == (["named"], "green")

    def test_it_listens_on_the_loopback_only(self, container: Container) -> None:
        port = int(container.url.rpartition(":")[2])
        sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        listening = {fields[1] for fields in sockets if fields[3] == "0A"}
        assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


class TestReading:
    """The counters of a real container."""

    def test_allocated_memory_is_seen_and_stays_in_the_peak_until_that_is_reset(self, container: Container) -> None:
        before = container.counters()
        get(container, "/allocate")
        after = container.counters()
        assert 64 << 20 <= after.memory_bytes - before.memory_bytes < 66 << 20
        assert after.peak_bytes is not None
        assert after.peak_bytes >= after.memory_bytes
        assert after.cpu_s > before.cpu_s > 0
        assert (after.throttled_s, after.oom_kills) == (0.0, 0)

    def test_what_it_printed_is_there(self, container: Container) -> None:
        for _ in range(3):
            get(container)
        assert len(container.logs(lines=2).splitlines()) == 2
        assert "GET / HTTP" in container.logs()

    def test_a_stopped_one_has_ended_well(self, container: Container) -> None:
        container.stop()
        assert not container.running()


class TestFailing:
    """Targets that fail, each in its own way; the run's containers are counted after each."""

    def test_one_that_ends_before_it_listens_is_told_with_its_message(
        self, runtime: DockerRuntime, targets: dict[str, Target]
    ) -> None:
        image = runtime.build(targets["does_not_start"], quiet)
        container = runtime.create(image, Subject("does_not_start", "own"), LAUNCH)
        container.start()
        until(lambda: not container.running())
        assert container.logs() == "no setting SECRET_INGREDIENT"
        with pytest.raises(TargetError, match=r"does not run any more.*it exited with code 1.*\nno setting SECRET"):
            container.counters()
        with pytest.raises(TargetError, match=r"does not stop .*: it exited with code 1; its last lines:\nno setting"):
            container.stop()

    def test_a_command_that_is_not_there_does_not_start(self, runtime: DockerRuntime, answers: Image) -> None:
        container = runtime.create(answers, Subject("answers", "missing"), LAUNCH)
        with pytest.raises(TargetError, match=r"does not start .*no such file or directory"), container:
            container.start()

    def test_cpus_that_are_not_there_are_told(self, runtime: DockerRuntime, answers: Image) -> None:
        launch = replace(LAUNCH, cpus=frozenset({4095}))
        with pytest.raises(TargetError, match=r"(?i)cpu"):
            runtime.create(answers, Subject("answers", "own"), launch).start()

    def test_one_that_ignores_sigterm_is_killed_and_told(
        self, runtime: DockerRuntime, targets: dict[str, Target]
    ) -> None:
        image = runtime.build(targets["ignores_sigterm"], quiet)
        container = runtime.create(image, Subject("ignores_sigterm", "own"), LAUNCH)
        container.start()
        until(lambda: container.logs() == "ready")
        with pytest.raises(TargetError, match="it was killed, as what does not end within 5 s of SIGTERM"):
            container.stop()

    def test_one_that_takes_more_memory_than_it_may_is_told(self, runtime: DockerRuntime, answers: Image) -> None:
        container = runtime.create(answers, Subject("answers", "own"), replace(LAUNCH, memory_limit_bytes=48 << 20))
        container.start()
        get(container)
        with pytest.raises(OSError, match=r"closed connection|reset"):
            ask(container, "/allocate")
        until(lambda: not container.running())
        with pytest.raises(TargetError, match="the kernel ended a process of it for want of memory"):
            container.stop()


class TestLeavingNothing:
    """Whatever ends a harness, its containers go."""

    def test_closing_removes_created_running_and_ended_ones(
        self, engine: APIClient, run_id: str, runtime: DockerRuntime, targets: dict[str, Target], answers: Image
    ) -> None:
        ends = runtime.build(targets["does_not_start"], quiet)
        runtime.create(answers, Subject("answers", "own"), LAUNCH)
        runtime.create(answers, Subject("answers", "own"), LAUNCH).start()
        ended = runtime.create(ends, Subject("does_not_start", "own"), LAUNCH)
        ended.start()
        until(lambda: not ended.running())
        assert len(listed(engine, f"{RUN}={run_id}")) == 3
        runtime.close()
        assert listed(engine, f"{RUN}={run_id}") == []

    def test_two_that_close_one_run_at_once_do_not_hinder_each_other(
        self, engine: APIClient, run_id: str, runtime: DockerRuntime, answers: Image
    ) -> None:
        for _ in range(3):
            runtime.create(answers, Subject("answers", "own"), LAUNCH).start()
        others = [DockerRuntime.open(run_id) for _ in range(2)]
        threads = [threading.Thread(target=other.close) for other in others]
        for thread in threads:
            thread.start()
        runtime.close()
        for thread in threads:
            thread.join()
        assert listed(engine, f"{RUN}={run_id}") == []

    def test_what_a_killed_harness_left_is_swept_and_what_a_living_one_has_is_not(
        self, engine: APIClient, run_id: str, container: Container, answers: Image
    ) -> None:
        (own,) = listed(engine, f"{RUN}={run_id}")
        dead_run = f"{run_id}-dead"
        with harness(STARTING, dead_run, answers.identity) as process:
            said(process, "started")
            (left,) = listed(engine, f"{RUN}={dead_run}")
            assert left not in {leftover.container for leftover in sweep(engine)}
            process.kill()
        assert engine.inspect_container(left)["State"]["Running"]
        swept = {leftover.container: leftover for leftover in sweep(engine)}
        assert swept[left].run_id == dead_run
        assert swept[left].subject == "answers:own"
        assert not exists(engine, left)
        assert own not in swept
        assert container.running()


BUILDING = """
import sys
from dataclasses import replace
from pathlib import Path
from harness.manifest import load_targets
from harness.runtime.docker.containers import DockerRuntime

run_id, folder = sys.argv[1:]
target = replace(load_targets(Path("tests/e2e"))["answers"], folder=Path(folder))
DockerRuntime.open(run_id).build(target, lambda line: print(line, flush=True))
"""

STARTING = """
import sys
from pathlib import Path
from harness.manifest import load_targets
from harness.model import Subject
from harness.runtime.base import Image, Launch
from harness.runtime.docker.containers import DockerRuntime

run_id, identity = sys.argv[1:]
image = Image(load_targets(Path("tests/e2e"))["answers"], identity, 0)
DockerRuntime.open(run_id).create(image, Subject("answers", "own"), Launch(frozenset({0}))).start()
print("started", flush=True)
sys.stdin.read()
"""


@contextmanager
def harness(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a harness in a process of its own, and wait for its end."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str], word: str) -> str:
    """Read what a process prints up to a line with a word, and return that line."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return line
    raise AssertionError(f"it ended without {word!r}: {''.join(lines)}")


def slow(folder: Path) -> Path:
    """Make a target whose build takes long at its first step, differently each time."""
    (folder / "Dockerfile").write_text(f"ARG PYTHON_BASE\nFROM ${{PYTHON_BASE}}\nRUN sleep 300 # {time.time_ns()}\n")
    return folder


def exists(engine: APIClient, container: str) -> bool:
    """Tell whether the engine knows a container."""
    try:
        engine.inspect_container(container)
    except NotFound:
        return False
    return True
