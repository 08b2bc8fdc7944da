"""Which runtime a command gets."""

import pytest

from harness.errors import MachineError
from harness.runtime.choice import RuntimeName, choose, open_runtime
from harness.runtime.docker.containers import DockerRuntime
from harness.runtime.process.processes import ProcessRuntime
from tests.runtime.docker.fake_engine import FakeEngine


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("asked", [RuntimeName.DOCKER, RuntimeName.PROCESS])
def test_what_is_asked_for_is_taken_whatever_there_is(asked: RuntimeName) -> None:
    said: list[str] = []
    assert choose(asked, said.append) is asked
    assert said == []


def test_where_an_engine_answers_targets_run_in_containers(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    said: list[str] = []
    assert choose(RuntimeName.AUTO, said.append) is RuntimeName.DOCKER
    assert said == []


def test_where_none_does_they_run_as_processes_and_that_is_said(no_engine: str) -> None:
    said: list[str] = []
    assert choose(RuntimeName.AUTO, said.append) is RuntimeName.PROCESS
    assert said == [f"no container engine answers ({no_engine}): targets run as processes of this machine"]


@pytest.mark.usefixtures("no_engine")
def test_containers_that_are_asked_for_need_an_engine() -> None:
    with pytest.raises(MachineError, match="no container engine answers"):
        open_runtime(RuntimeName.DOCKER, "run-1")


def test_a_runtime_is_opened_by_its_name(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    for name, kind in {RuntimeName.DOCKER: DockerRuntime, RuntimeName.PROCESS: ProcessRuntime}.items():
        runtime = open_runtime(name, "run-1")
        assert isinstance(runtime, kind)
        assert runtime.name == name
        runtime.close()
