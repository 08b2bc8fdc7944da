"""The docker runtime on a real engine: the conditions of a target, the error of each failure, and no leftovers."""

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
from harness.errors import Interrupted, TargetEndedError, TargetError
from harness.model import Subject, Target
from harness.runtime.base import Image
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.leftovers import remove_dead_runs
from harness.runtime.owner import RUN
from tests.e2e.conftest import listed
from tests.e2e.containers import CPU, LAUNCH, ask, get, quiet, until

pytestmark = [pytest.mark.engine, pytest.mark.machine]

ROOT = Path(__file__).parents[2]
STEP = re.compile(r"---> Running in ([0-9a-f]+)")


class TestBuilding:
    """Images on a real engine."""

    def test_an_image_is_built_only_once_and_has_its_versions(
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

    def test_the_error_of_a_failed_build_has_its_last_lines(
        self, runtime: DockerRuntime, targets: dict[str, Target]
    ) -> None:
        with pytest.raises(TargetError, match="the target does not build") as caught:
            runtime.build(targets["does_not_build"], quiet)
        assert "  the missing ingredient is salt" in caught.value.cause.splitlines()
        assert "returned a non-zero code: 7" in caught.value.cause
        assert "does_not_build" in caught.value.where

    def test_a_target_without_a_dockerfile_does_not_build(
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

    def test_an_interrupt_between_two_lines_ends_the_build_as_well(
        self, engine: APIClient, runtime: DockerRuntime, targets: dict[str, Target], tmp_path: Path
    ) -> None:
        """The signal arrives while docker-py waits for the next line of the build."""
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
            step = STEP.findall(line_with(process, "Running in"))[0]
            process.kill()
        until(lambda: not exists(engine, step))


class TestConditions:
    """The limits of a container, as its first process reads them."""

    @pytest.fixture
    def inside(self, container: Container) -> dict[str, Any]:
        conditions: dict[str, Any] = json.loads(get(container, "/conditions"))
        return conditions

    def test_it_runs_as_user_65534_without_capabilities(self, inside: dict[str, Any]) -> None:
        assert inside["user"] == [65534, 65534]
        assert inside["capabilities"] == [0, 0, 0, 0, 0]
        assert inside["no_new_privileges"] == "1"

    def test_it_can_write_only_to_tmp(self, inside: dict[str, Any]) -> None:
        assert inside["writable"] == ["/tmp"]  # noqa: S108 - the container's own

    def test_it_has_its_cpu_and_its_limit_of_open_files_and_the_init_process_is_its_parent(
        self, inside: dict[str, Any]
    ) -> None:
        assert inside["cpus"] == [CPU]
        assert inside["open_files"] == [16384, 16384]
        assert inside["parent"] == 1

    def test_it_has_its_limits_of_memory_and_processes(
        self, engine: APIClient, run_id: str, container: Container
    ) -> None:
        assert container.running()
        (identity,) = listed(engine, f"{RUN}={run_id}")
        host = engine.inspect_container(identity)["HostConfig"]
        assert host["Memory"] == host["MemorySwap"] == 256 << 20
        assert host["PidsLimit"] == 64

    def test_a_variant_runs_its_command_with_its_environment(self, runtime: DockerRuntime, answers: Image) -> None:
        with runtime.create(answers, Subject("answers", "named"), LAUNCH) as container:
            container.start()
            inside = json.loads(get(container, "/conditions"))
        assert (inside["arguments"], inside["colour"]) == (["named"], "green")

    def test_it_listens_only_on_the_loopback_address(self, container: Container) -> None:
        port = int(container.url.rpartition(":")[2])
        sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        listening = {fields[1] for fields in sockets if fields[3] == "0A"}
        assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


class TestReading:
    """The counters of a real container."""

    def test_allocated_memory_is_counted_and_is_in_the_peak(self, container: Container) -> None:
        before = container.counters()
        get(container, "/allocate")
        after = container.counters()
        assert 64 << 20 <= after.memory_bytes - before.memory_bytes < 66 << 20
        assert after.peak_bytes is not None
        assert after.peak_bytes >= after.memory_bytes
        assert after.cpu_s > before.cpu_s > 0
        assert (after.throttled_s, after.oom_kills) == (0.0, 0)

    def test_its_output_can_be_read(self, container: Container) -> None:
        for _ in range(3):
            get(container)
        assert len(container.logs(lines=2).splitlines()) == 2
        assert "GET / HTTP" in container.logs()

    def test_a_stopped_container_does_not_run(self, container: Container) -> None:
        container.stop()
        assert not container.running()


class TestFailing:
    """Targets that fail in different ways; a fixture counts the run's containers after each test."""

    def test_the_error_of_a_target_that_ends_before_it_listens_has_its_message(
        self, runtime: DockerRuntime, targets: dict[str, Target]
    ) -> None:
        image = runtime.build(targets["does_not_start"], quiet)
        container = runtime.create(image, Subject("does_not_start", "own"), LAUNCH)
        container.start()
        until(lambda: not container.running())
        assert container.logs() == "no setting SECRET_INGREDIENT"
        with pytest.raises(
            TargetEndedError, match=r"broke down .*it exited with code 1\. .*\nIt last printed:\n  no setting"
        ):
            container.counters()
        with pytest.raises(
            TargetEndedError, match=r"broke down .*it exited with code 1\. .*\nIt last printed:\n  no setting"
        ):
            container.stop()

    def test_a_command_that_does_not_exist_is_said(self, runtime: DockerRuntime, answers: Image) -> None:
        container = runtime.create(answers, Subject("answers", "missing"), LAUNCH)
        container.start()
        until(lambda: not container.running())
        assert container.ending() == "it exited with code 127"
        assert "No such file or directory" in container.logs()
        container.discard()

    def test_cpus_that_do_not_exist_are_an_error(self, runtime: DockerRuntime, answers: Image) -> None:
        launch = replace(LAUNCH, cpus=frozenset({4095}))
        with pytest.raises(TargetError, match=r"(?i)cpu"):
            runtime.create(answers, Subject("answers", "own"), launch).start()

    def test_a_target_that_ignores_sigterm_is_killed_and_this_is_said(
        self, runtime: DockerRuntime, targets: dict[str, Target]
    ) -> None:
        image = runtime.build(targets["ignores_sigterm"], quiet)
        container = runtime.create(image, Subject("ignores_sigterm", "own"), LAUNCH)
        container.start()
        until(lambda: container.logs() == "ready")
        assert container.stop() == "it did not end within 5 s of SIGTERM and was killed"

    def test_a_target_that_exceeds_its_memory_limit_is_an_error(self, runtime: DockerRuntime, answers: Image) -> None:
        container = runtime.create(answers, Subject("answers", "own"), replace(LAUNCH, memory_limit_bytes=48 << 20))
        container.start()
        get(container)
        with pytest.raises(OSError, match=r"closed connection|reset"):
            ask(container, "/allocate")
        until(lambda: not container.running())
        told = "the kernel ended a process of it for lack of memory: it may use 50,331,648 bytes and used all of them"
        with pytest.raises(TargetEndedError, match=told):
            container.stop()


class TestLeavingNothing:
    """Every end of a harness removes its containers."""

    def test_closing_removes_created_running_and_ended_containers(
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

    def test_several_runtimes_can_close_one_run_at_the_same_time(
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

    def test_leftovers_of_a_killed_harness_are_swept_and_containers_of_a_running_one_stay(
        self, engine: APIClient, run_id: str, container: Container, answers: Image
    ) -> None:
        (own,) = listed(engine, f"{RUN}={run_id}")
        dead_run = f"{run_id}-dead"
        with harness(STARTING, dead_run, answers.identity) as process:
            line_with(process, "started")
            (left,) = listed(engine, f"{RUN}={dead_run}")
            assert left not in {leftover.container for leftover in remove_dead_runs(engine)}
            process.kill()
        assert engine.inspect_container(left)["State"]["Running"]
        swept = {leftover.container: leftover for leftover in remove_dead_runs(engine)}
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
    """Run a harness in its own process, and wait for its end."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_with(process: subprocess.Popen[str], word: str) -> str:
    """Read the output of a process up to the first line with a word, and return that line."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return line
    raise AssertionError(f"it ended without {word!r}: {''.join(lines)}")


def slow(folder: Path) -> Path:
    """Write a Dockerfile with a slow first step, which differs each time, and return the folder."""
    (folder / "Dockerfile").write_text(f"ARG PYTHON_BASE\nFROM ${{PYTHON_BASE}}\nRUN sleep 300 # {time.time_ns()}\n")
    return folder


def exists(engine: APIClient, container: str) -> bool:
    """Return whether the engine has a container."""
    try:
        engine.inspect_container(container)
    except NotFound:
        return False
    return True
