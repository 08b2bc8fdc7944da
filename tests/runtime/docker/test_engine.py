"""Connecting to an engine, what is said when none answers, and what is recorded of one that does."""

import os
import platform
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import docker
import pytest
from docker import APIClient

from harness.errors import Interrupted, MachineError
from harness.runtime.docker.engine import Network, connect, describe, speaking
from tests.runtime.docker.fake_engine import FakeEngine, Refusal


@pytest.fixture
def refusing(_docker_py_forgets_sockets: None, tmp_path: Path) -> Iterator[str]:
    """A socket on which nobody listens."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        yield f"unix://{path}"


def test_the_engine_of_the_environment_is_connected_to(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    api = connect()
    assert api.api_version == "1.41"
    api.close()


def test_where_there_is_none_it_says_what_was_tried_and_what_to_do(no_engine: str) -> None:
    with pytest.raises(MachineError) as caught:
        connect()
    assert str(caught.value) == (
        f"no container engine answers ({no_engine}): [Errno 2] No such file or directory. Start the "
        "engine, or install one (`make engine` does on Debian as root), or name one with DOCKER_HOST; "
        "`docker version` must show a server."
    )
    assert caught.value.exit_code == 3


def test_where_it_does_not_run_it_says_so(monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", refusing)
    with pytest.raises(MachineError, match=r"Connection refused.*make engine"):
        connect()


def test_who_may_not_use_it_is_told_about_the_group(monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    def forbid(_self: socket.socket, _address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("DOCKER_HOST", refusing)
    monkeypatch.setattr(socket.socket, "connect", forbid)
    with pytest.raises(MachineError, match=r"Permission denied\. Add this user to the group"):
        connect()


@pytest.mark.usefixtures("_docker_py_forgets_sockets")
@pytest.mark.parametrize("host", ["fish://nowhere", "tcp://127.0.0.1:99999", "::::"])
def test_a_name_that_names_no_engine_is_an_error(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(MachineError, match="no container engine answers"):
        connect()


class TestWhereItIs:
    """Targets are measured beside the generator, so the engine must be on this machine."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The engines that were asked anything; each answers."""
        asked: list[str] = []

        def answer() -> SimpleNamespace:
            asked.append(os.environ["DOCKER_HOST"])
            return SimpleNamespace(api=SimpleNamespace(base_url=asked[-1]))

        monkeypatch.setattr(docker, "from_env", answer)
        return asked

    @pytest.mark.parametrize(
        "host", ["tcp://192.0.2.1:2375", "https://engine.example:2376", "ssh://somebody@localhost", "192.0.2.1:2375"]
    )
    def test_another_machines_is_refused_and_not_even_asked(
        self, asked: list[str], monkeypatch: pytest.MonkeyPatch, host: str
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(MachineError, match=r"it runs on another machine\. Targets are measured beside"):
            connect()
        assert asked == []

    @pytest.mark.parametrize(
        "host",
        [
            "unix:///var/run/docker.sock",
            "npipe:////./pipe/docker_engine",
            "tcp://localhost:2375",
            "127.0.0.1:2375",
            "https://[::1]:2376",
        ],
    )
    def test_this_machines_is_used(self, asked: list[str], monkeypatch: pytest.MonkeyPatch, host: str) -> None:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert connect().base_url == host
        assert asked == [host]


def test_what_numbers_depend_on_is_described(fake_engine: FakeEngine, api: APIClient) -> None:
    assert describe(api) == {
        "engine": "20.10.24",
        "engine_interface": "1.41",
        "engine_system": "Debian GNU/Linux 12 (bookworm)",
        "kernel": platform.release(),
        "cgroup_version": "2",
        "cgroup_driver": "systemd",
        "storage_driver": "overlay2",
        "containerd": "unknown",
        "runc": "1.1.5",
        "network": "host",
    }
    assert fake_engine.journal == ["GET info", "GET version"]


def test_an_engine_in_a_virtual_machine_has_another_network(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.info["KernelVersion"] = "6.10.14-linuxkit"
    assert describe(api)["network"] == Network.PUBLISHED


def test_a_rootless_engine_has_another_network(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.info["SecurityOptions"].append("name=rootless")
    assert describe(api)["network"] == Network.PUBLISHED


def test_a_refusal_that_nobody_expected_is_one_sentence(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.refuse("GET info", Refusal(500, "database is locked"))
    with pytest.raises(MachineError) as caught:
        describe(api)
    assert str(caught.value) == (
        "could not describe the engine (container engine): database is locked. See whether the engine runs "
        "(`docker version`) and what it logged, then repeat the command."
    )


def test_an_error_that_has_nothing_to_do_with_the_engine_passes() -> None:
    with pytest.raises(ZeroDivisionError), speaking("divide"):
        raise ZeroDivisionError


def test_an_engine_that_fails_while_an_interrupt_is_handled_is_told_by_its_own_cause() -> None:
    failure = OSError("the socket is gone")
    failure.__context__ = Interrupted(2, where="run")
    with pytest.raises(MachineError, match=r"container engine\): the socket is gone\."), speaking("list containers"):
        raise failure
