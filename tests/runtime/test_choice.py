"""Choice of the runtime."""

import pytest

from harness.errors import MachineError
from harness.runtime.choice import RuntimeName, choose, open_runtime
from harness.runtime.docker.containers import DockerRuntime
from harness.runtime.process.processes import ProcessRuntime
from tests.runtime.docker.fake_engine import FakeEngine


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("requested", [RuntimeName.DOCKER, RuntimeName.PROCESS])
def test_a_requested_runtime_is_taken_even_without_an_engine(requested: RuntimeName) -> None:
    messages: list[str] = []
    assert choose(requested, messages.append) is requested
    assert messages == []


def test_auto_takes_docker_if_an_engine_answers(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    messages: list[str] = []
    assert choose(RuntimeName.AUTO, messages.append) is RuntimeName.DOCKER
    assert messages == []


def test_auto_takes_process_without_an_engine_and_a_message_says_so(no_engine: str) -> None:
    messages: list[str] = []
    assert choose(RuntimeName.AUTO, messages.append) is RuntimeName.PROCESS
    assert messages == [f"no container engine answers ({no_engine}): targets run as processes of this machine"]


@pytest.mark.usefixtures("no_engine")
def test_opening_docker_without_an_engine_is_a_machine_error() -> None:
    with pytest.raises(MachineError, match="no container engine answers"):
        open_runtime(RuntimeName.DOCKER, "run-1")


def test_a_runtime_is_opened_by_its_name(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    for name, kind in {RuntimeName.DOCKER: DockerRuntime, RuntimeName.PROCESS: ProcessRuntime}.items():
        runtime = open_runtime(name, "run-1")
        assert isinstance(runtime, kind)
        assert runtime.name == name
        runtime.close()
