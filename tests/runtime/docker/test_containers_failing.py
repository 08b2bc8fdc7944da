"""Failing targets and unreadable counters: target error or machine error, and no leftover containers."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from docker import APIClient

from harness.errors import MachineError, TargetEndedError, TargetError
from harness.model import Subject
from harness.runtime import ending, exposure
from harness.runtime.base import Counters, Image, Launch, Resident
from harness.runtime.counters import CgroupCounters
from harness.runtime.docker import containers, engine
from harness.runtime.docker.containers import Container, DockerRuntime
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

OWN = Subject("flask_app", "own")
LAUNCH = Launch(cpus=frozenset({1}))
STARVED = "the kernel ended a process of it for lack of memory:"
RESIDENT = Resident(now_bytes=123, largest_bytes=456)
READING = Counters(1.5, 1000, ("anon",), 2000, 0.0, 0)


@pytest.fixture
def runtime(api: APIClient) -> DockerRuntime:
    return DockerRuntime(api, "run-1", {"network": "host", "counters": "kernel"})


@pytest.fixture
def container(runtime: DockerRuntime, image: Image) -> Container:
    return runtime.create(image, OWN, LAUNCH)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Counters | Exception]]:
    """Scripted readings of the counters, the last one for ever; checks that the counters are opened once and closed."""
    scripted: list[Counters | Exception] = []
    events: list[str] = []

    class FakeCounters(CgroupCounters):
        def __init__(self) -> None:
            pass

        def read(self) -> Counters:
            reading = scripted.pop(0) if len(scripted) > 1 else scripted[0]
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
    yield scripted
    assert events == ["open", "close"]


class TestFailures:
    """The error of a failed target has its last lines, and its container is removed."""

    @pytest.mark.parametrize(
        ("code", "note"),
        [
            (0, None),
            (1, "after SIGTERM it exited with code 1 instead of code 0"),
            (2, "after SIGTERM it exited with code 2 instead of code 0"),
            (143, "after SIGTERM it was ended by signal 15 (SIGTERM) instead of code 0"),
            (137, "it did not end within 5 s of SIGTERM and was killed"),
        ],
    )
    def test_an_end_after_sigterm_that_is_not_the_contracts_is_said_and_is_no_failure(
        self, code: int, note: str | None, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.exit_code = code
        container = runtime.create(image, OWN, LAUNCH)
        container.start()
        assert container.stop() == note
        assert fake_engine.containers == {}

    def test_the_error_says_that_a_target_lacked_memory_even_if_it_exited_with_0(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        container.start()
        (created,) = fake_engine.containers.values()
        created.state["OOMKilled"] = True
        with pytest.raises(TargetError, match="the kernel ended a process of it for lack of memory"):
            container.stop()

    def test_a_container_removed_from_outside_is_a_failure_to_stop(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        container.start()
        fake_engine.containers.clear()
        with pytest.raises(TargetError, match="its container was removed"):
            container.stop()

    def test_a_refused_creation_is_a_target_error(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.refuse("POST create", Refusal(400, "requested CPUs are not available"))
        with pytest.raises(TargetError, match=r"does not start \(flask_app:own\): requested CPUs are not available"):
            runtime.create(image, OWN, LAUNCH)

    def test_a_container_whose_start_is_refused_is_removed(self, fake_engine: FakeEngine, container: Container) -> None:
        fake_engine.refuse("POST start", Refusal(400, 'exec: "nothing": not found'))
        with pytest.raises(TargetError, match='exec: "nothing": not found'), container:
            container.start()
        assert fake_engine.containers == {}

    def test_a_container_whose_stop_is_refused_is_removed(self, fake_engine: FakeEngine, container: Container) -> None:
        fake_engine.refuse("POST stop", Refusal(500, "no"))
        container.start()
        with pytest.raises(MachineError, match=r"could not stop flask_app:own \(container engine\): no"):
            container.stop()
        assert fake_engine.containers == {}

    def test_an_engine_that_closes_the_connection_is_a_machine_error(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        fake_engine.refuse("POST start", Refusal(0))
        with pytest.raises(MachineError, match="could not start flask_app:own") as caught:
            container.start()
        assert caught.value.exit_code == 3


class TestCounters:
    """The kernel's counters, opened by the first reading."""

    def test_counters_are_opened_once_and_closed(
        self, fake_engine: FakeEngine, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings.append(READING)
        container.start()
        assert container.counters() == container.counters() == READING
        assert container.reset_peak() is True
        assert fake_engine.journal == ["POST create", "POST start", "GET container"]
        container.stop()

    def test_unreadable_counters_of_a_running_target_are_a_machine_error(
        self, container: Container, readings: list[Counters | Exception], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ending, "SETTLES_WITHIN_S", 0.0)
        readings.append(MachineError("can't read", where="here", cause="why", remedy="do"))
        container.start()
        with pytest.raises(MachineError, match="can't read"):
            container.counters()
        container.discard()

    def test_unreadable_counters_of_an_ended_target_are_a_target_error(
        self, fake_engine: FakeEngine, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings += [READING, MachineError("can't read", where="here", cause="why", remedy="do")]
        container.start()
        container.counters()
        asked = ends_when_asked(fake_engine, 3, Running=False, ExitCode=9)
        with pytest.raises(TargetEndedError, match=r"broke down \(flask_app:own\): it exited with code 9"):
            container.counters()
        assert asked == [3]
        container.discard()

    def test_an_ended_target_has_no_counters(self, fake_engine: FakeEngine, container: Container) -> None:
        container.start()
        (created,) = fake_engine.containers.values()
        created.state["Running"] = False
        with pytest.raises(TargetEndedError, match=r"broke down .* it exited with code 0"):
            container.counters()
        with pytest.raises(TargetEndedError, match=r"broke down .* it exited with code 0"):
            container.pid()

    def test_the_pid_is_the_one_that_the_engine_reports(self, container: Container) -> None:
        container.start()
        assert container.pid() == 4242

    def test_a_target_fails_if_the_kernel_killed_one_of_its_workers(
        self, container: Container, readings: list[Counters | Exception]
    ) -> None:
        readings.append(replace(READING, oom_kills=2, peak_bytes=1 << 30))
        container.start()
        with pytest.raises(TargetEndedError) as caught:
            container.counters()
        assert caught.value.what == "the target broke down"
        told = "may use 1,073,741,824 bytes and used 1,073,741,824"
        assert caught.value.cause == f"the kernel ended 2 of its processes for lack of memory: it {told}"
        assert container.ending() == caught.value.cause
        container.discard()


def ends_when_asked(engine: FakeEngine, times: int, **state: object) -> list[int]:
    """Let the only container change state at the n-th inspection; the returned list has n once that has happened."""
    (held,) = engine.containers.values()
    asked = 0
    ended: list[int] = []

    def ask() -> None:
        nonlocal asked
        asked += 1
        if asked == times:
            held.state.update(state)
            ended.append(times)

    engine.after["GET container"] = ask
    return ended


class TestEndings:
    """The ending of a container, from the engine, as soon as the engine knows it."""

    @pytest.mark.parametrize(
        ("state", "told"),
        [
            ({"ExitCode": 0}, "it exited with code 0"),
            ({"ExitCode": 3}, "it exited with code 3"),
            ({"ExitCode": 139}, "it was ended by signal 11 (SIGSEGV)"),
            ({"ExitCode": 137}, "it was ended by signal 9 (SIGKILL)"),
            ({"ExitCode": 255}, "it exited with code 255"),
            (
                {"ExitCode": 137, "OOMKilled": True},
                f"{STARVED} it may use 1,073,741,824 bytes and used all of them",
            ),
        ],
    )
    def test_the_words_name_code_signal_or_memory(
        self, fake_engine: FakeEngine, container: Container, state: dict[str, object], told: str
    ) -> None:
        container.start()
        assert container.ending() is None
        (held,) = fake_engine.containers.values()
        held.state |= {"Running": False, **state}
        assert container.ending() == told
        with pytest.raises(TargetEndedError, match=r"^the target broke down \(flask_app:own\): "):
            container.stop()

    def test_a_removed_container_has_no_exit_code(self, container: Container) -> None:
        container.start()
        container.discard()
        assert container.ending() == "its container was removed"

    def test_an_end_that_the_engine_does_not_know_yet_is_awaited(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        container.start()
        ends_when_asked(fake_engine, 4, Running=False, ExitCode=5)
        assert container.ending() is None
        assert container.ending(within_s=60.0) == "it exited with code 5"

    def test_a_lack_of_memory_is_found_though_the_engine_learns_of_it_after_the_end(
        self, fake_engine: FakeEngine, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        container.start()
        (held,) = fake_engine.containers.values()
        held.state |= {"Running": False, "ExitCode": 137}
        ends_when_asked(fake_engine, 3, OOMKilled=True)
        kills = ending.oom_kills() + 1
        monkeypatch.setattr(containers, "oom_kills", lambda: kills)
        told = container.ending()
        assert told is not None
        assert told.startswith(STARVED)

    def test_a_killed_container_is_not_awaited_for_ever_when_memory_ran_out_elsewhere(
        self, fake_engine: FakeEngine, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        container.start()
        (held,) = fake_engine.containers.values()
        held.state |= {"Running": False, "ExitCode": 137}
        kills = ending.oom_kills() + 1
        monkeypatch.setattr(containers, "oom_kills", lambda: kills)
        monkeypatch.setattr(containers, "_OOM_KNOWN_WITHIN_S", 0.0)
        assert container.ending() == "it was ended by signal 9 (SIGKILL)"

    def test_without_the_kernels_counters_the_engine_tells_that_a_process_is_lost(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        container.start()
        (held,) = fake_engine.containers.values()
        held.state["OOMKilled"] = True
        told = container.ending()
        assert told is not None
        assert told.startswith(STARVED)


class TestExposedTargets:
    @pytest.fixture
    def checked(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
        """Let every container listen on all addresses, and return the processes that were checked."""
        checked: list[tuple[int, str]] = []

        def exposed_by(pid: int, url: str, _before: object) -> tuple[str, ...]:
            checked.append((pid, url))
            return ("[::]:8080",)

        monkeypatch.setattr(exposure, "exposed_by", exposed_by)
        return checked

    def test_one_that_begins_to_listen_later_is_refused_when_it_is_stopped(
        self, fake_engine: FakeEngine, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        container.start()
        monkeypatch.setattr(exposure, "own_exposed", lambda pid, url: (f"[::]:{pid}",) if url == container.url else ())
        with pytest.raises(TargetError, match=r"listens beyond this machine \(flask_app:own\): .* on \[::\]:4242"):
            container.stop()
        assert fake_engine.containers == {}

    def test_an_exposed_target_is_refused(self, container: Container, checked: list[tuple[int, str]]) -> None:
        container.start()
        with pytest.raises(TargetError, match=r"listens beyond this machine \(flask_app:own\): .* on \[::\]:8080"):
            container.counters()
        assert checked == [(4242, container.url)]
        container.discard()

    def test_a_target_in_a_separate_network_is_not_checked(
        self,
        api: APIClient,
        image: Image,
        checked: list[tuple[int, str]],
        readings: list[Counters | Exception],
    ) -> None:
        readings.append(READING)
        container = DockerRuntime(api, "run-1", {"network": "published", "counters": "kernel"}).create(
            image, OWN, LAUNCH
        )
        container.start()
        assert container.counters() == READING
        assert checked == []
        container.discard()


class TestResident:
    """Resident sizes are those of the processes below the container's first one."""

    def test_they_are_read_below_the_init_process(self, container: Container, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(containers, "resident_below", {4242: RESIDENT}.__getitem__)
        container.start()
        assert container.resident() == RESIDENT
        container.discard()

    def test_they_can_not_be_read_on_a_kernel_of_the_engines_own(
        self, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(container, "_has_own_kernel", True)
        with pytest.raises(MachineError, match="the engine runs on another kernel, whose processes can't be read here"):
            container.resident()
        container.discard()

    def test_a_target_that_ends_during_the_reading_is_a_target_error(
        self, fake_engine: FakeEngine, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def ends(_pid: int) -> Resident:
            (created,) = fake_engine.containers.values()
            created.state |= {"Running": False, "ExitCode": 3}
            raise ProcessLookupError

        monkeypatch.setattr(containers, "resident_below", ends)
        container.start()
        with pytest.raises(TargetError, match="exited with code 3"):
            container.resident()
        container.discard()


def test_an_engine_that_never_replies_is_waited_for_once_in_a_cleanup(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_CLEANUP_TIMEOUT_S", 0.2)
    monkeypatch.setattr(engine, "_SILENT_TIMEOUT_S", 0.05)
    created = [runtime.create(image, OWN, LAUNCH) for _ in range(3)]
    fake_engine.silent = {"DELETE container", "GET containers"}
    for container in created:
        container.discard()
    assert api.timeout == 0.05
    with pytest.raises(MachineError, match="could not list containers"):
        runtime.close()


def test_a_cleanup_does_not_change_how_long_other_calls_may_take(
    runtime: DockerRuntime, image: Image, api: APIClient
) -> None:
    before_s = api.timeout
    runtime.create(image, OWN, LAUNCH).discard()
    assert api.timeout == before_s == 60
