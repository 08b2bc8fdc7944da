"""Targets that fail, and counters that can't be read: whose fault it is said to be, and that nothing is left."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from docker import APIClient

from harness.errors import MachineError, TargetError
from harness.model import Subject
from harness.runtime.base import Counters, Image, Launch
from harness.runtime.counters import CgroupCounters
from harness.runtime.docker import containers
from harness.runtime.docker.containers import Container, DockerRuntime
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

OWN = Subject("flask_app", "own")
LAUNCH = Launch(cpus=frozenset({1}))
READING = Counters(1.5, 1000, ("anon",), 2000, 0.0, 0)


@pytest.fixture
def runtime(api: APIClient) -> DockerRuntime:
    return DockerRuntime(api, "run-1", {"network": "host"})


@pytest.fixture
def container(runtime: DockerRuntime, image: Image) -> Container:
    return runtime.create(image, OWN, LAUNCH)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Counters | Exception]]:
    """What the kernel's counters read, in order; checks that they are opened once and closed."""
    waiting: list[Counters | Exception] = []
    events: list[str] = []

    class FakeCounters(CgroupCounters):
        def __init__(self) -> None:
            pass

        def read(self) -> Counters:
            reading = waiting.pop(0)
            if isinstance(reading, Exception):
                raise reading
            return reading

        def reset_peak(self) -> bool:
            return True

        def close(self) -> None:
            events.append("close")

    def of_process(pid: int, name: str) -> CgroupCounters:
        assert pid == 4242
        assert len(name) == 64
        events.append("open")
        return FakeCounters()

    monkeypatch.setattr(CgroupCounters, "of_process", of_process)
    yield waiting
    assert events == ["open", "close"]


class TestFailures:
    """A target that fails is named with what it printed last, and is removed."""

    def test_an_exit_code_other_than_0_is_a_failure_to_stop(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.exit_code = 3
        fake_engine.output = b"".join(b"line %d\n" % n for n in range(1, 31))
        container = runtime.create(image, OWN, LAUNCH)
        container.start()
        with pytest.raises(TargetError) as caught:
            container.stop()
        message = str(caught.value)
        assert message.startswith(
            "the target does not stop (flask_app:own): it exited with code 3; its last lines:\nline 11\n"
        )
        assert message.endswith("line 30. \nIt must exit 0 within 5 s of SIGTERM, as targets/CONTRACT.md asks.")
        assert caught.value.exit_code == 4
        assert fake_engine.containers == {}

    def test_one_that_had_to_be_killed_is_named_so(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.exit_code = 137
        container = runtime.create(image, OWN, LAUNCH)
        container.start()
        with pytest.raises(TargetError, match="it was killed, as what does not end within 5 s of SIGTERM"):
            container.stop()
        assert fake_engine.containers == {}

    def test_one_that_lost_a_process_for_want_of_memory_is_named_so_though_it_exits_0(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        container.start()
        (created,) = fake_engine.containers.values()
        created.state["OOMKilled"] = True
        with pytest.raises(TargetError, match="the kernel ended a process of it for want of memory"):
            container.stop()

    def test_one_that_somebody_removed_did_not_stop(self, fake_engine: FakeEngine, container: Container) -> None:
        container.start()
        fake_engine.containers.clear()
        with pytest.raises(TargetError, match="somebody removed its container"):
            container.stop()

    def test_how_it_ended_is_told_while_it_is_still_there(self, fake_engine: FakeEngine, container: Container) -> None:
        container.start()
        assert container.ending() is None
        (held,) = fake_engine.containers.values()
        held.state |= {"Running": False, "OOMKilled": True, "ExitCode": 137}
        assert container.ending() == "the kernel ended a process of it for want of memory"
        held.state |= {"OOMKilled": False, "ExitCode": 0}
        assert container.ending() == "it exited with code 0"
        container.discard()
        assert container.ending() == "somebody removed its container"

    def test_one_that_the_engine_will_not_create_is_named(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.refuse("POST create", Refusal(400, "requested CPUs are not available"))
        with pytest.raises(TargetError, match=r"does not start \(flask_app:own\): requested CPUs are not available"):
            runtime.create(image, OWN, LAUNCH)

    def test_one_that_the_engine_will_not_start_is_removed(self, fake_engine: FakeEngine, container: Container) -> None:
        fake_engine.refuse("POST start", Refusal(400, 'exec: "nothing": not found'))
        with pytest.raises(TargetError, match='exec: "nothing": not found'), container:
            container.start()
        assert fake_engine.containers == {}

    def test_one_that_the_engine_will_not_stop_is_removed(self, fake_engine: FakeEngine, container: Container) -> None:
        fake_engine.refuse("POST stop", Refusal(500, "no"))
        container.start()
        with pytest.raises(MachineError, match=r"could not stop flask_app:own \(container engine\): no"):
            container.stop()
        assert fake_engine.containers == {}

    def test_an_engine_that_hangs_up_is_the_machines_failure(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        fake_engine.refuse("POST start", Refusal(0))
        with pytest.raises(MachineError, match="could not start flask_app:own") as caught:
            container.start()
        assert caught.value.exit_code == 3


class TestCounters:
    """The kernel's counters, opened once and late."""

    def test_they_are_opened_once_and_closed(
        self, fake_engine: FakeEngine, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings += [READING, READING]
        container.start()
        assert container.counters() == container.counters() == READING
        assert container.reset_peak() is True
        assert fake_engine.journal == ["POST create", "POST start", "GET container"]
        container.stop()

    def test_where_they_can_not_be_read_though_the_target_runs_the_machine_is_at_fault(
        self, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings.append(MachineError("can't read", where="here", cause="why", remedy="do"))
        container.start()
        with pytest.raises(MachineError, match="can't read"):
            container.counters()
        container.discard()

    def test_where_they_can_not_be_read_because_the_target_ended_the_target_is_at_fault(
        self, fake_engine: FakeEngine, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings += [READING, MachineError("can't read", where="here", cause="why", remedy="do")]
        container.start()
        container.counters()
        (created,) = fake_engine.containers.values()
        created.state.update(Running=False, ExitCode=9)
        with pytest.raises(TargetError, match=r"does not run any more \(flask_app:own\): it exited with code 9"):
            container.counters()
        container.discard()

    def test_a_target_that_has_ended_has_none(self, fake_engine: FakeEngine, container: Container) -> None:
        container.start()
        (created,) = fake_engine.containers.values()
        created.state["Running"] = False
        with pytest.raises(TargetError, match=r"does not run any more .* it exited with code 0"):
            container.counters()
        with pytest.raises(TargetError, match=r"does not run any more .* it exited with code 0"):
            container.pid()

    def test_all_of_it_descends_from_the_process_that_the_engine_names(self, container: Container) -> None:
        container.start()
        assert container.pid() == 4242

    def test_a_worker_that_the_kernel_ended_fails_a_target_whose_first_process_lives(
        self, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings.append(replace(READING, oom_kills=2))
        container.start()
        with pytest.raises(TargetError, match=r"does not run any more .* ended 2 of its processes for want of memory"):
            container.counters()
        container.discard()


class TestListeningBeyondThisMachine:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
        """Let every container listen everywhere, and return who was asked about."""
        asked: list[tuple[int, str]] = []

        def exposed_by(pid: int, url: str) -> tuple[str, ...]:
            asked.append((pid, url))
            return (":::8080",)

        monkeypatch.setattr(containers, "exposed_by", exposed_by)
        return asked

    def test_it_is_refused(self, container: Container, asked: list[tuple[int, str]]) -> None:
        container.start()
        with pytest.raises(TargetError, match=r"listens beyond this machine \(flask_app:own\): .* on :::8080"):
            container.counters()
        assert asked == [(4242, container.url)]
        container.discard()

    def test_in_a_network_of_its_own_it_may(
        self,
        api: APIClient,
        image: Image,
        asked: list[tuple[int, str]],
        readings: list[Counters | Exception],
    ) -> None:
        readings.append(READING)
        container = DockerRuntime(api, "run-1", {"network": "published"}).create(image, OWN, LAUNCH)
        container.start()
        assert container.counters() == READING
        assert asked == []
        container.discard()
