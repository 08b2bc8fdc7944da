"""The docker runtime on a fake engine: its requests, their order, and its errors."""

import os
import signal
import socket
import time
from typing import Any

import pytest
from docker import APIClient

from harness import interrupts
from harness.errors import Interrupted, MachineError
from harness.model import Subject, Target
from harness.runtime.base import Image, Instance, Launch, Runtime
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.owner import Owner
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

OWN = Subject("flask_app", "own")
LAUNCH = Launch(cpus=frozenset({3, 1}), memory_limit_bytes=512 << 20, pids_limit=99)


@pytest.fixture
def runtime(api: APIClient) -> DockerRuntime:
    return DockerRuntime(api, "run-1", {"network": "host", "counters": "kernel"})


@pytest.fixture
def published(api: APIClient) -> DockerRuntime:
    return DockerRuntime(api, "run-1", {"network": "published", "counters": "kernel"})


@pytest.fixture
def container(runtime: DockerRuntime, image: Image) -> Container:
    return runtime.create(image, OWN, LAUNCH)


def test_the_docker_runtime_is_a_runtime_and_its_containers_are_instances(
    runtime: DockerRuntime, container: Container
) -> None:
    as_runtime: Runtime = runtime
    as_instance: Instance = container
    assert as_runtime.name == "docker"
    assert as_instance.subject == OWN


class TestLaunchConditions:
    """The launch conditions of a target, as the engine receives them."""

    @pytest.fixture
    def config(self, fake_engine: FakeEngine, container: Container) -> dict[str, Any]:
        assert container.url
        config: dict[str, Any] = fake_engine.created()
        return config

    @pytest.fixture
    def host(self, config: dict[str, Any]) -> dict[str, Any]:
        host: dict[str, Any] = config["HostConfig"]
        return host

    def test_the_image_is_named_by_its_id(self, config: dict[str, Any]) -> None:
        assert config["Image"] == "sha256:f1a5"

    def test_a_variant_without_a_command_runs_the_command_of_the_image(self, config: dict[str, Any]) -> None:
        assert "Cmd" not in config
        assert "Entrypoint" not in config

    def test_the_target_runs_as_user_nobody(self, config: dict[str, Any]) -> None:
        assert config["User"] == "65534:65534"

    def test_the_stop_signal_is_always_sigterm(self, config: dict[str, Any]) -> None:
        assert config["StopSignal"] == "SIGTERM"

    def test_all_files_except_tmp_are_read_only(self, host: dict[str, Any]) -> None:
        assert host["ReadonlyRootfs"] is True
        assert host["Tmpfs"] == {"/tmp": "rw,nosuid,nodev,noexec,size=64m,mode=1777"}  # noqa: S108

    def test_the_target_has_no_capabilities_and_can_gain_none(self, host: dict[str, Any]) -> None:
        assert host["CapDrop"] == ["ALL"]
        assert "CapAdd" not in host
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert not host.get("Privileged")

    def test_memory_is_limited_without_swap(self, host: dict[str, Any]) -> None:
        assert host["Memory"] == host["MemorySwap"] == 512 << 20

    def test_processes_and_open_files_are_limited(self, host: dict[str, Any]) -> None:
        assert host["PidsLimit"] == 99
        assert host["Ulimits"] == [{"Name": "nofile", "Soft": 16384, "Hard": 16384}]

    def test_the_target_is_bound_to_its_cpus(self, host: dict[str, Any]) -> None:
        assert host["CpusetCpus"] == "1,3"

    def test_the_log_is_limited_in_size(self, host: dict[str, Any]) -> None:
        assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "16m", "max-file": "2"}}

    def test_the_target_listens_on_the_loopback_of_the_machine(
        self, config: dict[str, Any], host: dict[str, Any], container: Container
    ) -> None:
        port = container.url.rpartition(":")[2]
        assert container.url == f"http://127.0.0.1:{port}"
        assert sorted(config["Env"]) == ["HOST=127.0.0.1", f"PORT={port}"]
        assert host["NetworkMode"] == "host"
        assert "PortBindings" not in host

    def test_the_container_is_labelled_with_its_run_owner_and_subject(self, config: dict[str, Any]) -> None:
        owner = Owner.current()
        assert config["Labels"] == {
            "harness.run": "run-1",
            "harness.host": socket.gethostname(),
            "harness.pid": str(os.getpid()),
            "harness.pid_start": owner.start,
            "harness.boot": owner.boot,
            "harness.pid_namespace": owner.namespace,
            "harness.machine": owner.machine,
            "harness.subject": "flask_app:own",
        }
        assert owner.start.isdigit()

    def test_the_request_has_no_other_settings(self, host: dict[str, Any]) -> None:
        assert {key for key, value in host.items() if value is not None} == {
            "CapDrop", "CpusetCpus", "Init", "LogConfig", "Memory", "MemorySwap", "NetworkMode", "PidsLimit",
            "ReadonlyRootfs", "SecurityOpt", "Tmpfs", "Ulimits",
        }  # fmt: skip


def test_the_command_of_a_variant_replaces_the_command_of_the_image(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
) -> None:
    runtime.create(image, Subject("flask_app", "tuned"), LAUNCH)
    assert fake_engine.created()["Entrypoint"] == ["python", "-m", "app"]
    assert "Cmd" not in fake_engine.created()


def test_the_environment_of_a_variant_is_added_but_can_not_change_the_port(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
) -> None:
    url = runtime.create(image, Subject("flask_app", "tuned"), LAUNCH).url
    port = url.rpartition(":")[2]
    assert sorted(fake_engine.created()["Env"]) == ["HOST=127.0.0.1", f"PORT={port}", "WORKERS=2"]


def test_without_the_host_network_the_port_is_published_on_the_loopback_only(
    fake_engine: FakeEngine, published: DockerRuntime, image: Image
) -> None:
    port = published.create(image, OWN, LAUNCH).url.rpartition(":")[2]
    config = fake_engine.created()
    assert sorted(config["Env"]) == ["HOST=0.0.0.0", "PORT=8080"]
    assert config["ExposedPorts"] == {"8080/tcp": {}}
    assert config["HostConfig"]["NetworkMode"] == "bridge"
    assert config["HostConfig"]["PortBindings"] == {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": port}]}


def test_every_container_gets_a_different_port(runtime: DockerRuntime, image: Image) -> None:
    urls = {runtime.create(image, OWN, LAUNCH).url for _ in range(20)}
    assert len(urls) == 20


def test_create_and_start_are_one_call_each(fake_engine: FakeEngine, container: Container) -> None:
    container.start()
    assert fake_engine.journal == ["POST create", "POST start"]


def test_at_its_end_a_container_is_stopped_inspected_and_removed(fake_engine: FakeEngine, container: Container) -> None:
    with container:
        container.start()
        assert container.running()
    assert fake_engine.journal[-3:] == ["POST stop", "GET container", "DELETE container"]
    assert fake_engine.containers == {}


def test_a_container_has_five_seconds_to_stop(fake_engine: FakeEngine, container: Container) -> None:
    container.start()
    container.stop()
    assert fake_engine.queries["POST stop"] == {"t": ["5"]}


def test_a_second_stop_does_nothing(fake_engine: FakeEngine, container: Container) -> None:
    container.start()
    container.stop()
    calls = len(fake_engine.journal)
    container.stop()
    container.discard()
    assert len(fake_engine.journal) == calls


def test_a_container_that_was_never_started_is_only_removed(fake_engine: FakeEngine, container: Container) -> None:
    container.stop()
    assert fake_engine.journal == ["POST create", "DELETE container"]
    assert fake_engine.containers == {}


def test_discarding_removes_the_container_without_a_stop(fake_engine: FakeEngine, container: Container) -> None:
    container.start()
    container.discard()
    assert fake_engine.journal == ["POST create", "POST start", "DELETE container"]
    assert fake_engine.queries["DELETE container"] == {"force": ["True"], "v": ["True"], "link": ["False"]}


def test_an_error_inside_the_context_discards_the_container_and_is_raised_unchanged(
    fake_engine: FakeEngine, container: Container
) -> None:
    fake_engine.refuse("DELETE container", Refusal(500))

    container.start()
    with pytest.raises(ValueError, match="mine"), container:
        raise ValueError("mine")
    assert fake_engine.journal[-1] == "DELETE container"


def test_a_removed_container_is_not_running_and_has_no_logs(container: Container) -> None:
    container.start()
    container.stop()
    assert container.running() is False
    assert container.logs() == ""


class TestClosing:
    """Closing the runtime removes all containers of its run."""

    def test_a_container_is_removed_if_the_engine_closed_the_connection_at_its_creation(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.refuse("POST create", Refusal(0))
        with pytest.raises(MachineError):
            runtime.create(image, OWN, LAUNCH)
        assert len(fake_engine.containers) == 1
        runtime.close()
        assert fake_engine.containers == {}

    def test_a_container_whose_removal_failed_is_removed_by_close(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, container: Container
    ) -> None:
        fake_engine.refuse("DELETE container", Refusal(500))
        container.start()
        container.stop()
        assert len(fake_engine.containers) == 1
        runtime.close()
        assert fake_engine.containers == {}

    def test_only_containers_of_this_run_are_removed(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, container: Container
    ) -> None:
        container.start()
        fake_engine.add_container("another-run", {"harness.run": "run-2"})
        fake_engine.add_container("no-labels", {})
        runtime.close()
        assert set(fake_engine.containers) == {"another-run", "no-labels"}

    def test_closing_twice_is_no_error(self, fake_engine: FakeEngine, runtime: DockerRuntime) -> None:
        runtime.close()
        runtime.close()
        assert fake_engine.journal == ["GET containers", "GET containers"]

    def test_an_interrupt_during_creation_waits_until_the_container_can_be_removed(
        self, fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
    ) -> None:
        fake_engine.after["POST create"] = lambda: os.kill(os.getpid(), signal.SIGINT)
        with interrupts.raising():
            with pytest.raises(Interrupted):
                runtime.create(image, OWN, LAUNCH)
            assert len(fake_engine.containers) == 1
            runtime.close()
        assert fake_engine.containers == {}

    def test_an_interrupt_during_a_stop_waits_until_the_container_is_removed(
        self, fake_engine: FakeEngine, container: Container
    ) -> None:
        fake_engine.after["POST stop"] = lambda: os.kill(os.getpid(), signal.SIGTERM)
        container.start()
        with interrupts.raising(), pytest.raises(Interrupted):
            container.stop()
        assert fake_engine.containers == {}


def test_opening_connects_to_the_engine_and_reads_its_description(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    runtime = DockerRuntime.open("run-1")
    assert runtime.describe()["engine"] == "20.10.24"
    runtime.close()


def test_a_container_created_by_a_build_has_the_labels_of_the_run(
    fake_engine: FakeEngine, runtime: DockerRuntime, target: Target
) -> None:
    seen: list[dict[str, str]] = []
    fake_engine.add_image("python:3.13-slim", "sha256:base")
    fake_engine.after["POST create"] = lambda: seen.append(fake_engine.created()["Labels"])
    runtime.build(target, lambda _line: None)
    assert [labels["harness.run"] for labels in seen] == ["run-1"]


def test_the_start_time_of_this_process_is_in_ticks_since_boot() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    up_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert 0 < int(Owner.current().start) / ticks < up_s
