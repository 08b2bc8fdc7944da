"""Connection to an engine, errors without one, and the description of the engine."""

import platform
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker import APIClient

from harness.errors import Interrupted, MachineError
from harness.runtime.docker import engine
from harness.runtime.docker.engine import Network, connect, describe, engine_call
from tests.runtime.docker.fake_engine import FakeEngine, Refusal


@pytest.fixture
def refusing(_docker_py_closes_sockets: None, tmp_path: Path) -> Iterator[str]:
    """Socket without a listening engine."""
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        yield f"unix://{path}"


def test_connect_uses_the_engine_that_the_environment_names(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    api = connect()
    assert api.api_version == "1.41"
    api.close()


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_gets_no_request_to_an_engine_on_this_machine(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for one in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(one, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    with closing(connect()) as api:
        assert describe(api)["engine"] == "20.10.24"


class TestTheSettingsOfARequest:
    """They are those of the docker command."""

    @staticmethod
    def settings(address: str, authority: str | None = None) -> Mapping[str, Any]:
        with closing(engine.EngineClient(base_url=address, version="1.41")) as api:
            api.verify = authority or api.verify
            found: Mapping[str, Any] = api.merge_environment_settings(f"{api.base_url}/info", {}, None, None, None)
            return found

    def test_an_engine_elsewhere_is_asked_through_the_proxy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
        found = self.settings("tcp://engine.example:2375")
        assert found["proxies"]["http"] == "http://proxy.example:3128"

    @pytest.mark.parametrize(
        ("own", "used"), [("/certificates/ca.pem", "/certificates/ca.pem"), (None, "/etc/all.pem")]
    )
    def test_the_authority_of_the_engine_comes_before_that_of_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, own: str | None, used: str
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/all.pem")
        assert self.settings("tcp://127.0.0.1:2376", own)["verify"] == used


def test_the_error_without_an_engine_names_its_address_and_a_remedy(no_engine: str) -> None:
    with pytest.raises(MachineError) as caught:
        connect()
    assert str(caught.value) == (
        f"no container engine answers ({no_engine}): [Errno 2] No such file or directory. Start the "
        "engine, or install one (on Debian, as root: `make engine`), or name one with DOCKER_HOST; "
        "`docker version` must show a server."
    )
    assert caught.value.exit_code == 3


def test_the_error_says_that_the_engine_refused_the_connection(monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", refusing)
    with pytest.raises(MachineError, match=r"Connection refused.*make engine"):
        connect()


def test_the_remedy_of_a_missing_permission_is_the_group(monkeypatch: pytest.MonkeyPatch, refusing: str) -> None:
    def forbid(_self: socket.socket, _address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("DOCKER_HOST", refusing)
    monkeypatch.setattr(socket.socket, "connect", forbid)
    with pytest.raises(MachineError, match=r"Permission denied\. Add this user to the group"):
        connect()


@pytest.mark.usefixtures("_docker_py_closes_sockets")
@pytest.mark.parametrize("host", ["fish://nowhere", "tcp://127.0.0.1:99999", "::::"])
def test_a_docker_host_that_is_no_address_is_an_error(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(MachineError, match="no container engine answers"):
        connect()


class TestTheMachineOfTheEngine:
    """Targets run on the generator's machine, so the engine must be on this machine."""

    @pytest.fixture
    def requested(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The engines that got a request; each answers."""
        requested: list[str] = []

        def answer(base_url: str, version: str, **_: object) -> SimpleNamespace:
            requested.append(base_url)
            return SimpleNamespace(base_url=base_url, api_version=version, close=lambda: None)

        monkeypatch.setattr(engine, "EngineClient", answer)
        return requested

    @pytest.mark.parametrize(
        "host", ["tcp://192.0.2.1:2375", "https://engine.example:2376", "ssh://somebody@localhost", "192.0.2.1:2375"]
    )
    def test_an_engine_on_another_machine_is_refused_without_a_request(
        self, requested: list[str], monkeypatch: pytest.MonkeyPatch, host: str
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", host)
        with pytest.raises(MachineError, match=r"engine is on another machine .*not contacted: DOCKER_HOST") as caught:
            connect()
        assert requested == []
        assert caught.value.exit_code == 3

    @pytest.mark.parametrize("host", ["tcp://192.0.2.1:2375", "ssh://somebody@192.0.2.1"])
    def test_an_engine_on_another_machine_is_used_if_harness_engine_asks_for_it(
        self, requested: list[str], monkeypatch: pytest.MonkeyPatch, host: str
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
        monkeypatch.setenv("HARNESS_ENGINE", host)
        assert connect().base_url == host
        assert set(requested) == {host}

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
    def test_an_engine_on_this_machine_is_used(
        self, requested: list[str], monkeypatch: pytest.MonkeyPatch, host: str
    ) -> None:
        monkeypatch.setenv("DOCKER_HOST", host)
        assert connect().base_url == host
        assert set(requested) == {host}


def test_the_description_has_the_versions_and_settings_of_the_engine(fake_engine: FakeEngine, api: APIClient) -> None:
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
        "counters": "kernel",
    }
    assert fake_engine.journal == ["GET info", "GET version"]


def test_an_engine_in_a_virtual_machine_publishes_ports(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.info["KernelVersion"] = "6.10.14-linuxkit"
    assert describe(api)["network"] == Network.PUBLISHED


@pytest.mark.parametrize(
    ("kernel", "asked", "counters"),
    [
        (platform.release(), "", "kernel"),
        ("6.10.14-linuxkit", "", "engine"),
        (platform.release(), "tcp://192.0.2.1:2375", "engine"),
    ],
)
def test_counters_are_the_engines_if_containers_run_under_another_kernel(  # noqa: PLR0913 - two fixtures, three values
    fake_engine: FakeEngine, api: APIClient, monkeypatch: pytest.MonkeyPatch, *, kernel: str, asked: str, counters: str
) -> None:
    monkeypatch.setenv("HARNESS_ENGINE", asked)
    fake_engine.info["KernelVersion"] = kernel
    assert describe(api)["counters"] == counters


def test_a_rootless_engine_publishes_ports(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.info["SecurityOptions"].append("name=rootless")
    assert describe(api)["network"] == Network.PUBLISHED


def test_an_unexpected_refusal_is_a_machine_error(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.refuse("GET info", Refusal(500, "database is locked"))
    with pytest.raises(MachineError) as caught:
        describe(api)
    assert str(caught.value) == (
        "could not describe the engine (container engine): database is locked. Check whether the engine runs "
        "(`docker version`), read its log, then repeat the command."
    )


def test_an_error_of_another_kind_is_raised_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), engine_call("divide"):
        raise ZeroDivisionError


def test_the_cause_is_the_error_of_the_engine_and_not_an_interrupt_before_it() -> None:
    failure = OSError("the socket is gone")
    failure.__context__ = Interrupted(2, where="run")
    with pytest.raises(MachineError, match=r"container engine\): the socket is gone\."), engine_call("list containers"):
        raise failure
