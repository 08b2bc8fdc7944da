"""A real engine whose disk is full, and one that ends in order: the machine's failure, and no target is blamed."""

import gc
import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from docker import APIClient

from harness.errors import MachineError
from harness.model import Subject, Target, Variant, VariantClass
from harness.runtime.base import Image
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.engine import describe
from tests.e2e.containers import LAUNCH, quiet, until
from tests.e2e.own_engine import IMAGE, OwnEngine, own_engine

pytestmark = [pytest.mark.engine, pytest.mark.machine]

SLEEPER = Subject("sleeper", "own")
FULL = "the engine's disk is full"


@pytest.fixture
def own() -> Iterator[OwnEngine]:
    with own_engine() as engine:
        yield engine


@pytest.fixture
def api(own: OwnEngine) -> Iterator[APIClient]:
    with own.client() as api:
        yield api


@pytest.fixture
def runtime(api: APIClient) -> Iterator[DockerRuntime]:
    runtime = DockerRuntime(api, "test-own-engine", describe(api))
    yield runtime
    with warnings.catch_warnings():  # docker-py leaves sockets open if an engine has gone
        warnings.simplefilter("ignore", ResourceWarning)
        with suppress(MachineError):
            runtime.close()
        gc.collect()


@pytest.fixture
def image(api: APIClient, tmp_path: Path) -> Image:
    """Return the image of a target that sleeps, and that a build would make larger."""
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY large /large\n")
    (tmp_path / "large").write_bytes(os.urandom(1 << 20))
    own = Variant("own", VariantClass.PRODUCTION, "It sleeps.", command=("/sleep", "600"))
    target = Target("sleeper", "Sleeper", "C", "It sleeps.", tmp_path, (own,), default_variant="own")
    return Image(target, api.inspect_image(IMAGE)["Id"], 1)  # type: ignore[no-untyped-call]


def started(runtime: DockerRuntime, image: Image) -> Container:
    container = runtime.create(image, SLEEPER, LAUNCH)
    container.start()
    return container


@contextmanager
def stubborn(api: APIClient) -> Iterator[None]:
    """Run a container that ignores SIGTERM, until the context ends."""
    created = api.create_container(IMAGE, ["/sleep", "600"], host_config=api.create_host_config(network_mode="host"))
    api.start(created)
    pid = api.inspect_container(created)["State"]["Pid"]
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)


def watch_end(container: Container) -> str | None:
    until(lambda: not container.running())
    return container.ending()


def test_a_full_disk_is_said_at_a_start_a_creation_and_a_build_and_with_room_all_go_on(
    own: OwnEngine, runtime: DockerRuntime, image: Image
) -> None:
    container = runtime.create(image, SLEEPER, LAUNCH)
    own.fill()
    with pytest.raises(MachineError, match=FULL):
        container.start()
    with pytest.raises(MachineError, match=FULL):
        started(runtime, image)
    with pytest.raises(MachineError, match=FULL):
        runtime.build(image.target, quiet)
    own.make_room()
    assert runtime.build(image.target, quiet).size_bytes > 1 << 20
    assert started(runtime, image).ending() is None
    runtime.close()


def test_no_target_is_blamed_for_its_end_while_an_engine_ends_in_order_and_still_answers(
    own: OwnEngine, api: APIClient, runtime: DockerRuntime, image: Image
) -> None:
    container = started(runtime, image)
    assert container.running()  # the connection of this call stays open
    with stubborn(api):  # the engine waits for its end
        own.end()
        with pytest.raises(MachineError):  # which one depends on the moment: ending, ended, or no answer at all
            watch_end(container)
