"""Fixtures of a real engine, a run id whose containers must be gone after the test, and the targets in this folder."""

import gc
import os
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient

from harness.errors import MachineError
from harness.manifest import load_targets
from harness.model import Subject, Target
from harness.runtime.base import Image
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.engine import connect
from harness.runtime.docker.leftovers import TARGET, remove_run
from harness.runtime.owner import PID, RUN
from tests.e2e.browser import browser, opened
from tests.e2e.containers import LAUNCH, get, quiet

__all__ = ["browser", "opened"]


@pytest.fixture(scope="session")
def engine() -> Iterator[APIClient]:
    """Yield the engine. Without one the test is skipped, or fails if HARNESS_REQUIRE_ENGINE=1 is set."""
    api, why = _connect()
    if api is None:
        (pytest.fail if os.environ.get("HARNESS_REQUIRE_ENGINE") == "1" else pytest.skip)(why)
    yield api
    api.close()


def _connect() -> tuple[APIClient | None, str]:
    try:
        return connect(), ""
    except MachineError as error:
        why = str(error)
    with warnings.catch_warnings():  # docker-py leaves its socket open if there is no engine
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    return None, why


@pytest.fixture(scope="session")
def targets(engine: APIClient) -> Iterator[dict[str, Target]]:
    """Yield the targets in this folder; remove their images at the end."""
    found = load_targets(Path(__file__).parent)
    yield found
    for name in found:
        for image in engine.images(filters={"label": [f"{TARGET}={name}"]}):
            engine.remove_image(image["Id"], force=True)


@pytest.fixture
def run_id(engine: APIClient) -> Iterator[str]:
    """Yield a new run id; fail the test if a container of the run, or of this process, is left after the test."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    left = [*listed(engine, f"{RUN}={name}"), *listed(engine, f"{PID}={os.getpid()}")]
    remove_run(engine, name)
    assert left == []


@pytest.fixture
def runtime(run_id: str) -> Iterator[DockerRuntime]:
    """Yield the docker runtime, and close it at the end."""
    opened = DockerRuntime.open(run_id)
    yield opened
    opened.close()


@pytest.fixture
def answers(runtime: DockerRuntime, targets: dict[str, Target]) -> Image:
    """Build the target that answers correctly, and return its image."""
    return runtime.build(targets["answers"], quiet)


@pytest.fixture
def container(runtime: DockerRuntime, answers: Image) -> Iterator[Container]:
    """Yield a container of that image that answers."""
    with runtime.create(answers, Subject("answers", "own"), LAUNCH) as container:
        container.start()
        get(container)
        yield container


def listed(engine: APIClient, label: str) -> list[str]:
    """Return the ids of the containers with a label, running or not."""
    return [container["Id"] for container in engine.containers(all=True, filters={"label": [label]})]
