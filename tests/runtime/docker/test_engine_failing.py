"""A full disk, an ending or a restarted engine: a machine error and no failure of a target, so the run can go on."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient

from harness.errors import MachineError, TargetError
from harness.model import Subject
from harness.runtime.base import Image, Launch
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.lifeline import Lifeline
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

OWN = Subject("flask_app", "own")
LAUNCH = Launch(cpus=frozenset({1}))
FULL = "the engine's disk is full"
ENDING = "the container engine is ending"
REASONS = {
    "mkdir /var/lib/docker/overlay2/ab-init: no space left on device": FULL,
    "failed to create shim task: write x: No space left on device: unknown": FULL,
    "open /var/lib/docker/tmp/x: disk quota exceeded": FULL,
    "transport is closing: unknown": ENDING,
    "grpc: the client connection is closing": ENDING,
    '"error while dialing: dial unix:///run/containerd/containerd.sock: connect: connection refused"': ENDING,
}


@pytest.fixture
def runtime(api: APIClient) -> DockerRuntime:
    return DockerRuntime(api, "run-1", {"network": "host", "counters": "kernel"})


def cut() -> Lifeline:
    here, there = socket.socketpair()
    there.close()
    return Lifeline(here)


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("call", ["POST create", "POST start"])
def test_a_failure_of_the_engine_itself_is_said_at_a_creation_and_at_a_start(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image, reason: str, call: str
) -> None:
    fake_engine.refuse(call, Refusal(500, reason))
    with pytest.raises(MachineError) as caught, runtime.create(image, OWN, LAUNCH) as container:
        container.start()
    assert (caught.value.what, caught.value.exit_code) == (REASONS[reason], 3)
    assert caught.value.cause == reason
    assert fake_engine.containers == {}


def test_a_command_that_only_contains_these_words_is_the_targets_failure(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
) -> None:
    reason = 'exec: "no space left on device": executable file not found in $PATH: unknown'
    fake_engine.refuse("POST start", Refusal(400, reason))
    with pytest.raises(TargetError, match="executable file not found"), runtime.create(image, OWN, LAUNCH) as container:
        container.start()


@pytest.mark.usefixtures("fake_engine")
def test_a_target_that_ended_with_its_engine_has_not_failed(api: APIClient) -> None:
    lifeline = cut()
    container = Container(api, "c" * 64, OWN, "http://127.0.0.1:1", 1, lifeline=lifeline)
    with pytest.raises(MachineError, match="the container engine has restarted"):
        container.ending()
    lifeline.close()


def test_no_container_is_created_after_a_restart(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_lifeline", cut())
    with pytest.raises(MachineError, match="the container engine has restarted"):
        runtime.create(image, OWN, LAUNCH)
    runtime.close()
    assert "POST create" not in fake_engine.journal


def serve(runtime: DockerRuntime, image: Image) -> None:
    with runtime.create(image, OWN, LAUNCH) as container:
        container.start()


@pytest.fixture
def ending(runtime: DockerRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lifeline]:
    """Lifeline to an engine that takes no new connection any more."""
    here, there = socket.socketpair()
    here.settimeout(0)
    with there:
        lifeline = Lifeline(here, str(tmp_path / "gone"))
        monkeypatch.setattr(runtime, "_lifeline", lifeline)
        yield lifeline
        lifeline.close()


@pytest.mark.usefixtures("ending")
@pytest.mark.parametrize("call", ["POST build", "POST create", "POST start"])
def test_no_target_is_blamed_for_a_call_that_an_ending_engine_refuses(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image, call: str
) -> None:
    fake_engine.add_image(image.target.bases[0].registry, "sha256:registry")
    fake_engine.refuse(call, Refusal(500, "context canceled"))
    with pytest.raises(MachineError, match="the container engine is ending"):
        serve(runtime, runtime.build(image.target, print) if call == "POST build" else image)
    assert fake_engine.containers == {}


@pytest.mark.usefixtures("ending")
def test_a_target_that_an_ending_engine_ended_has_not_failed(
    fake_engine: FakeEngine, runtime: DockerRuntime, image: Image
) -> None:
    container = runtime.create(image, OWN, LAUNCH)
    container.start()
    [created] = fake_engine.containers.values()
    created.state.update(Running=False, ExitCode=143)
    with pytest.raises(MachineError, match="the container engine is ending"):
        container.ending()
