"""Restraints on a real container are detected: a pause by the freezer, and a quota on its control group."""

from collections.abc import Iterator

import pytest
from docker import APIClient

from harness.runtime.docker.containers import Container
from harness.runtime.owner import RUN
from harness.runtime.restraints import Restraints
from tests.e2e.conftest import listed
from tests.e2e.containers import get, until
from tests.runtime.awaiting import looks_stopped

pytestmark = [pytest.mark.engine, pytest.mark.machine]


@pytest.fixture
def restraints(container: Container) -> Iterator[Restraints]:
    pid, restraints = container.pid(), Restraints()
    assert pid is not None
    restraints.begin(pid)
    yield restraints
    restraints.end(pid)


@pytest.fixture
def identity(engine: APIClient, run_id: str, container: Container) -> str:
    assert container.running()
    [identity] = listed(engine, f"{RUN}={run_id}")
    return identity


def test_a_pause_is_detected_until_it_ends(engine: APIClient, identity: str, restraints: Restraints) -> None:
    assert not looks_stopped(restraints)
    engine.pause(identity)
    try:
        assert looks_stopped(restraints)
    finally:
        engine.unpause(identity)
    assert not looks_stopped(restraints)


def test_a_quota_is_detected_when_it_throttles_the_target(
    engine: APIClient, container: Container, identity: str, restraints: Restraints
) -> None:
    get(container)
    assert restraints.read().throttled_s == 0.0
    engine.update_container(identity, cpu_period=100_000, cpu_quota=1_000)

    def is_throttled() -> bool:
        get(container)
        return restraints.read().throttled_s > 0

    until(is_throttled)
