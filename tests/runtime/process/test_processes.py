"""The process runtime on correct and on failing targets: counters, errors, and no leftover processes."""

import json
import os
import re
import signal
import socket
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import interrupts
from harness.errors import Interrupted, MachineError, TargetEndedError, TargetError
from harness.model import Subject, Target, Toolchain, Variant, VariantClass
from harness.runtime.base import Image, Instance, Launch, Metering, Runtime
from harness.runtime.process.processes import ProcessInstance, ProcessRuntime
from harness.runtime.process.supervisor_client import Supervisor
from tests.runtime.awaiting import PATIENCE_S, marked, until

pytestmark = pytest.mark.program

MIB = 1 << 20
CPU = min(os.sched_getaffinity(0))
LAUNCH = Launch(cpus=frozenset({CPU}))
BEHAVIOUR = Path(__file__).with_name("behaviour.py")
Start = Callable[..., ProcessInstance]


def a_variant(name: str, *arguments: str) -> Variant:
    return Variant(name, VariantClass.TUNED, "It.", command=("python", "behaviour.py", *(arguments or (name,))))


VARIANTS = (
    *map(a_variant, ("fine", "gives_up", "fails_at_the_end", "ignores_sigterm", "dies_of_sigterm")),
    *map(a_variant, ("orphans", "helped", "crowd", "burns", "occupies")),
    replace(a_variant("describes_itself"), environment={"WORKERS": "2", "PORT": "1", "HOST": "192.0.2.1"}),
    a_variant("listens", "listens", "127.0.0.1"),
    a_variant("listens_everywhere", "listens", "0.0.0.0"),  # noqa: S104 - the test needs this address
    a_variant("listens_on_every_ipv6", "listens", "::"),
    Variant("imageless", VariantClass.TUNED, "It has no command."),
    Variant("unknown", VariantClass.TUNED, "Its command does not exist.", command=("no-such-command",)),
)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Target:
    folder = tmp_path_factory.mktemp("targets") / "behaviour"
    folder.mkdir()
    (folder / "behaviour.py").write_text(BEHAVIOUR.read_text(encoding="utf-8"), encoding="utf-8")
    return Target(
        name="behaviour",
        title="Behaviour",
        language="Python",
        summary="A target.",
        folder=folder,
        variants=VARIANTS,
        default_variant="fine",
        toolchain=Toolchain.PYTHON_VENV,
    )


@pytest.fixture
def run_id() -> Iterator[str]:
    """A separate run for the test; the test fails if a process of the run is left."""
    name = f"test-{uuid.uuid4().hex}"
    yield name
    left = marked(name)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


@pytest.fixture
def runtime(run_id: str, cache: Path) -> Iterator[ProcessRuntime]:
    runtime = ProcessRuntime(run_id, cache)
    yield runtime
    runtime.close()


@pytest.fixture
def image(runtime: ProcessRuntime, target: Target) -> Image:
    return runtime.build(target, lambda _: None)


@pytest.fixture
def start(runtime: ProcessRuntime, image: Image, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a variant and wait until it prints a word; discard it at the end of the test."""
    monkeypatch.setattr("harness.runtime.process.processes.GRACE_S", PATIENCE_S)  # not a test of this machine's speed
    started: list[ProcessInstance] = []

    def start(variant: str, word: str = "ready", launch: Launch = LAUNCH) -> ProcessInstance:
        instance = runtime.create(image, Subject("behaviour", variant), launch)
        started.append(instance)
        instance.start()
        until(lambda: word in instance.logs())
        return instance

    yield start
    for instance in started:
        instance.discard()


def printed_json(instance: ProcessInstance) -> dict[str, Any]:
    line, *_ = [line for line in instance.logs().splitlines() if line.startswith("{")]
    found: dict[str, Any] = json.loads(line)
    return found


def leader(instance: ProcessInstance) -> int:
    (child,) = (process for process in instance._tree._members() if process.ppid() == instance._supervisor.pid)
    return child.pid


def test_the_process_runtime_is_a_runtime_and_creates_instances(runtime: ProcessRuntime, start: Start) -> None:
    as_runtime: Runtime = runtime
    as_instance: Instance = start("fine")
    assert as_runtime.name == "process"
    assert as_instance.subject == Subject("behaviour", "fine")


def test_metrics_measured_in_another_way_than_in_containers_have_other_names(runtime: ProcessRuntime) -> None:
    assert runtime.metering == Metering.PROCESSES


def test_the_description_names_the_differences_from_a_container(runtime: ProcessRuntime) -> None:
    found = runtime.describe()
    assert (found["network"], found["memory_limit"], found["process_limit"]) == ("host", "at each reading", "none")
    assert found["kernel"] == os.uname().release


class TestLaunchConditions:
    """The launch conditions of a target, as the target itself reads them."""

    @pytest.fixture
    def instance(self, start: Start) -> ProcessInstance:
        return start("describes_itself")

    @pytest.fixture
    def found(self, instance: ProcessInstance) -> dict[str, Any]:
        return printed_json(instance)

    def test_the_environment_has_the_variables_of_the_variant_and_none_of_the_harness(
        self, runtime: ProcessRuntime, instance: ProcessInstance, found: dict[str, Any], run_id: str
    ) -> None:
        environment = found["environment"]
        marks = {name for name in environment if name.startswith("HARNESS_")}
        of_owner = ("HOST", "PID", "PID_START", "BOOT", "PID_NAMESPACE", "MACHINE")
        assert marks == {f"HARNESS_{name}" for name in ("RUN", "SUBJECT", "TREE", *of_owner)}
        assert (environment["HARNESS_RUN"], environment["HARNESS_PID"]) == (run_id, str(os.getpid()))
        port = instance.url.removeprefix("http://127.0.0.1:")
        rest = {name: value for name, value in environment.items() if name not in marks | {"PATH", "LC_CTYPE"}}
        assert rest == {
            "HOST": "127.0.0.1",
            "PORT": port,
            "WORKERS": "2",
            "HOME": "/proc/nonexistent",
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }
        assert runtime.name == "process"

    def test_the_target_runs_the_python_of_its_own_environment(self, found: dict[str, Any], cache: Path) -> None:
        assert Path(found["python"]).is_relative_to(cache)
        assert found["environment"]["PATH"] == f"{found['python']}/bin:/usr/local/bin:/usr/bin:/bin"

    def test_the_target_runs_in_a_copy_of_its_folder_and_can_not_write_there(
        self, found: dict[str, Any], target: Target
    ) -> None:
        assert Path(found["folder"]) != target.folder
        assert found["files"] == ["__pycache__", "behaviour.py"]

    def test_the_target_has_the_cpus_of_the_launch(self, found: dict[str, Any]) -> None:
        assert found["cpus"] == [CPU]

    def test_the_target_may_open_16384_files_and_dumps_no_core(self, found: dict[str, Any]) -> None:
        assert found["open_files"] == [16_384, 16_384]
        assert found["core"] == [0, 0]

    def test_the_target_leads_a_session_has_an_empty_input_and_is_killed_first_without_memory(
        self, found: dict[str, Any]
    ) -> None:
        assert (found["leads"], found["input"], found["oom_score_adj"]) == (True, "", 1000)
        assert found["descriptors"] == [0, 1, 2]

    def test_two_targets_get_different_ports(self, start: Start) -> None:
        assert start("fine").url != start("fine").url


class TestLifeCycle:
    """An instance from its creation to its end, without failures."""

    def test_an_instance_is_not_running_before_its_start(self, runtime: ProcessRuntime, image: Image) -> None:
        with runtime.create(image, Subject("behaviour", "fine"), LAUNCH) as instance:
            assert instance.running() is False
            assert instance.logs() == ""

    def test_a_stop_ends_all_processes(self, start: Start, run_id: str) -> None:
        instance = start("fine")
        assert instance.running() is True
        assert len(marked(run_id)) == 2, "the supervisor and the target"
        instance.stop()
        assert instance.running() is False
        assert marked(run_id) == []
        assert instance.logs() == ""
        instance.stop()
        instance.discard()

    def test_the_end_of_the_context_stops_the_target_and_an_error_discards_it(
        self, runtime: ProcessRuntime, image: Image, run_id: str
    ) -> None:
        with runtime.create(image, Subject("behaviour", "fine"), LAUNCH) as instance:
            instance.start()
            until(lambda: "ready" in instance.logs())
        assert marked(run_id) == []
        with pytest.raises(ZeroDivisionError):
            self.fail_beside(runtime.create(image, Subject("behaviour", "ignores_sigterm"), LAUNCH))
        assert marked(run_id) == []

    @staticmethod
    def fail_beside(instance: ProcessInstance) -> None:
        with instance:
            instance.start()
            until(lambda: "ready" in instance.logs())
            raise ZeroDivisionError

    def test_discarding_does_not_wait_for_the_target(
        self, start: Start, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        instance = start("ignores_sigterm")
        asked: list[str] = []
        for question in ("stop", "exit_code"):
            monkeypatch.setattr(instance._supervisor, question, lambda *_, question=question: asked.append(question))
        instance.discard()
        assert asked == []
        assert marked(run_id) == []

    def test_an_interrupt_during_creation_leaves_no_process(
        self, runtime: ProcessRuntime, image: Image, run_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        prepare = Supervisor.prepare

        def interrupted(*arguments: Any) -> Supervisor:  # noqa: ANN401 - the arguments of the original
            os.kill(os.getpid(), signal.SIGINT)
            return prepare(*arguments)

        monkeypatch.setattr(Supervisor, "prepare", interrupted)
        with pytest.raises(Interrupted), interrupts.raising():
            runtime.create(image, Subject("behaviour", "fine"), LAUNCH)
        assert marked(run_id) == []


class TestFailures:
    """Each failure is an error with the target's last lines."""

    def test_the_error_of_a_target_that_exited_has_its_last_lines(self, start: Start) -> None:
        instance = start("gives_up", word="thread")
        until(lambda: not instance.running())
        with pytest.raises(TargetError) as caught:
            instance.counters()
        assert str(caught.value) == (
            "the target broke down (behaviour:gives_up): it exited with code 3. Correct what ended "
            "it, or give it more memory or processes.\nIt last printed:\n  the socket is out of thread"
        )
        with pytest.raises(TargetEndedError, match=r"the target broke down .* it exited with code 3"):
            instance.stop()

    @pytest.mark.parametrize(
        ("variant", "note"),
        [
            ("fine", None),
            ("fails_at_the_end", "after SIGTERM it exited with code 4 instead of code 0"),
            ("dies_of_sigterm", "after SIGTERM it was ended by signal 15 (SIGTERM) instead of code 0"),
        ],
    )
    def test_an_end_after_sigterm_that_is_not_the_contracts_is_said_and_is_no_failure(
        self, start: Start, variant: str, note: str | None
    ) -> None:
        assert start(variant).stop() == note

    def test_a_target_that_ignores_sigterm_is_killed_after_the_grace_time(
        self, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("harness.runtime.process.processes.GRACE_S", 0.2)
        instance = start("ignores_sigterm")
        assert instance.stop() == "it did not end within 5 s of SIGTERM and was killed"

    def test_a_command_that_does_not_exist_does_not_start(self, runtime: ProcessRuntime, image: Image) -> None:
        instance = runtime.create(image, Subject("behaviour", "unknown"), LAUNCH)
        with pytest.raises(TargetError, match=r"does not start \(behaviour:unknown\): no program .* is in PATH"):
            instance.start()
        instance.discard()

    def test_a_variant_without_a_command_does_not_start(self, runtime: ProcessRuntime, image: Image) -> None:
        with pytest.raises(TargetError, match="its variant has no command"):
            runtime.create(image, Subject("behaviour", "imageless"), LAUNCH)

    def test_a_launch_on_a_missing_cpu_does_not_start(self, runtime: ProcessRuntime, image: Image) -> None:
        with pytest.raises(TargetError, match=r"does not start .*Invalid argument"):
            runtime.create(image, Subject("behaviour", "fine"), Launch(cpus=frozenset({1023})))

    def test_a_target_above_its_memory_limit_fails_at_a_reading(self, start: Start) -> None:
        instance = start("fine", launch=replace(LAUNCH, memory_limit_bytes=1 * MIB))
        with pytest.raises(TargetError, match=r"it uses [\d,]+ bytes, and its limit is 1,048,576 bytes"):
            instance.counters()

    @pytest.mark.parametrize(
        ("variant", "address"),
        [("listens_everywhere", "0.0.0.0"), ("listens_on_every_ipv6", "[::]")],  # noqa: S104 - the test needs this address
    )
    def test_a_target_open_to_other_machines_is_refused(self, start: Start, variant: str, address: str) -> None:
        if address == "[::]" and not socket.has_ipv6:
            pytest.skip("this machine has no IPv6")
        instance = start(variant)
        port = instance.url.rpartition(":")[2]
        with pytest.raises(TargetError) as caught:
            instance.counters()
        assert caught.value.what == "the target listens beyond this machine"
        assert caught.value.cause == f"it accepts connections on {address}:{port}"

    def test_a_target_that_listens_on_its_own_address_is_read(self, start: Start) -> None:
        assert start("listens").counters().memory_bytes > 0


class TestNoProcessIsLeft:
    """All processes that a target starts end with it."""

    @pytest.mark.parametrize(("variant", "processes", "orphaned"), [("orphans", 3, 1), ("crowd", 6, 2)])
    def test_orphans_are_killed_at_the_stop_and_counted(
        self, start: Start, run_id: str, variant: str, processes: int, orphaned: int
    ) -> None:
        instance = start(variant)
        until(lambda: len(marked(run_id)) == processes)
        assert instance.stop() == f"it orphaned processes that had to be ended: {orphaned}"
        assert marked(run_id) == []

    def test_a_helper_that_ends_with_its_parent_is_no_orphan(self, start: Start, run_id: str) -> None:
        instance = start("helped")
        instance.stop()
        assert marked(run_id) == []

    def test_closing_the_runtime_kills_all_remaining_processes(
        self, runtime: ProcessRuntime, start: Start, run_id: str
    ) -> None:
        start("orphans")
        start("fine")
        runtime.close()
        assert marked(run_id) == []
        runtime.close()


class TestCounters:
    """Counters, compared with the numbers that the target itself prints."""

    def test_cpu_time_includes_that_of_ended_processes(self, start: Start) -> None:
        instance = start("burns", word="orphan burned")
        until(lambda: len(instance._tree._members()) == 1)
        burned_s = sum(map(float, re.findall(r"burned ([\d.]+)", instance.logs())))
        first, second = instance.counters(), instance.counters()
        # Two ended processes are read in ticks of 10 ms each.
        assert first.cpu_s == pytest.approx(burned_s, abs=0.03)
        assert 0 <= second.cpu_s - first.cpu_s < 0.01

    def test_the_pid_is_the_parent_of_the_first_process(self, start: Start) -> None:
        instance = start("fine")
        assert Path(f"/proc/{leader(instance)}/stat").read_text().split()[3] == str(instance.pid())

    def test_shared_memory_counts_once(self, start: Start) -> None:
        instance = start("occupies")
        empty = instance.counters()
        os.kill(leader(instance), signal.SIGUSR1)
        until(lambda: "taken" in instance.logs())
        full = instance.counters()
        assert full.memory_bytes - empty.memory_bytes == pytest.approx(50 * MIB, rel=0.01)
        os.kill(leader(instance), signal.SIGUSR1)
        until(lambda: instance.logs().count("shared") == 2)
        shared = instance.counters()
        assert shared.memory_bytes - full.memory_bytes < 10 * MIB
        assert (shared.memory_parts, shared.throttled_s, shared.oom_kills) == (("Pss",), 0.0, 0)

    def test_an_instance_has_no_peak(self, start: Start) -> None:
        instance = start("fine")
        assert instance.reset_peak() is False
        assert instance.counters().peak_bytes is None


def test_the_runtime_opens_only_on_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(ProcessRuntime.open("run"), ProcessRuntime)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(MachineError, match="targets can't run as processes here"):
        ProcessRuntime.open("run")
