"""The engine's statistics as counters.

stats_v1.json is the answer of Docker 20.10.24 on control groups of version 1, to a container that holds 60 MiB of its
own and 40 MiB of shared memory; the kernel's own counters of that moment stand in the test. stats_podman.json is the
answer of Podman 4.3.1 to the null target. stats_v2.json is written by the engine's documentation and source (moby,
daemon/stats_unix.go).
"""

import json
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient

from harness.errors import MachineError, TargetEndedError
from harness.measure.memory import level
from harness.metrics.catalogue import MEMORY_IDLE
from harness.model import Subject
from harness.runtime.base import Image, Launch
from harness.runtime.docker.containers import Container, DockerRuntime
from harness.runtime.docker.statistics import EngineCounters, counters_of
from tests.runtime.docker.fake_engine import FakeEngine

RECORDED = Path(__file__).parent / "recorded"
LAUNCH = Launch(cpus=frozenset({0}), host="192.0.2.7")


def recorded(name: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((RECORDED / name).read_text(encoding="utf-8"))
    return answer


@pytest.fixture
def elsewhere(fake_engine: FakeEngine, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> DockerRuntime:
    """Runtime with an engine that the user says is on another machine."""
    monkeypatch.setenv("HARNESS_ENGINE", fake_engine.url)
    return DockerRuntime(api, "run-1", {"network": "published", "counters": "engine"})


@pytest.fixture
def container(elsewhere: DockerRuntime, image: Image) -> Container:
    return elsewhere.create(image, Subject("flask_app", "own"), LAUNCH)


def test_version_1_adds_up_anonymous_and_shared_pages() -> None:
    found = counters_of(recorded("stats_v1.json"))
    rss, shmem = 65_765_376, 41_943_040  # total_rss and total_shmem, read from the control group
    assert (found.cpu_s, found.throttled_s, found.oom_kills) == (0.091984343, 0.0, 0)
    assert found.memory_bytes == pytest.approx(rss + shmem, abs=65_536)  # pages on their way to a list
    assert found.peak_bytes == 119_529_472


def test_version_2_adds_up_anonymous_shared_and_kernel_memory() -> None:
    found = counters_of(recorded("stats_v2.json"))
    assert found.memory_bytes == 60_000_000 + 41_943_040 + 65_536 + 400_000
    assert found.memory_parts == ("anon", "shmem", "kernel_stack", "slab")
    assert (found.cpu_s, found.throttled_s, found.peak_bytes) == (0.091984, 0.03, None)


def test_an_engine_that_passes_on_a_total_only_is_read_with_its_page_cache() -> None:
    found = counters_of(recorded("stats_podman.json"))
    assert (found.memory_bytes, found.memory_parts) == (2_195_456, ("usage",))
    assert (found.cpu_s, found.peak_bytes) == (0.030837549, None)


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        ("stats_v1.json", "without its kernel memory, which the engine does not report"),
        ("stats_v2.json", "without its page tables, which the engine does not report"),
        ("stats_podman.json", "with its page cache, which the engine does not report apart"),
    ],
)
def test_a_level_of_memory_says_what_the_engine_does_not_report(name: str, warning: str) -> None:
    assert level(MEMORY_IDLE, counters_of(recorded(name))).warnings == (warning,)


def test_the_counters_of_a_target_elsewhere_are_one_request_each(fake_engine: FakeEngine, container: Container) -> None:
    fake_engine.statistics = recorded("stats_v1.json")
    container.start()
    before = len(fake_engine.journal)
    assert container.counters() == counters_of(recorded("stats_v1.json"))
    assert fake_engine.journal[before:] == ["GET stats"]
    assert fake_engine.queries["GET stats"] == {"stream": ["False"], "one-shot": ["True"]}
    assert container.reset_peak() is False


def test_a_target_elsewhere_has_no_process_and_no_listeners_on_this_machine(container: Container) -> None:
    container.start()
    assert container.pid() is None
    assert container.listens_on() == ()


def test_the_port_of_a_target_elsewhere_is_published_at_its_own_address(
    fake_engine: FakeEngine, container: Container
) -> None:
    port = container.url.rpartition(":")[2]
    assert container.url == f"http://192.0.2.7:{port}"
    bindings = fake_engine.created()["HostConfig"]["PortBindings"]
    assert bindings == {"8080/tcp": [{"HostIp": "192.0.2.7", "HostPort": port}]}


def test_a_port_that_the_engine_has_published_is_not_taken(
    fake_engine: FakeEngine, elsewhere: DockerRuntime, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter([20_000, 20_001])
    monkeypatch.setattr("harness.runtime.ports.random.randrange", lambda *_: next(drawn))
    fake_engine.add_container("another", {}, ports=[{"PrivatePort": 80, "PublicPort": 20_000, "Type": "tcp"}])
    assert elsewhere.create(image, Subject("flask_app", "own"), LAUNCH).url == "http://192.0.2.7:20001"


def test_a_target_elsewhere_that_ran_out_of_memory_is_named_by_the_engines_state(
    fake_engine: FakeEngine, container: Container
) -> None:
    container.start()
    [state] = [one.state for one in fake_engine.containers.values()]
    state.update(Running=False, ExitCode=137, OOMKilled=True)
    with pytest.raises(TargetEndedError, match="for lack of memory"):
        container.stop()


def test_statistics_without_a_counter_are_an_error_that_names_it(fake_engine: FakeEngine, api: APIClient) -> None:
    fake_engine.add_container("ended", {})
    fake_engine.statistics = {"cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}}
    with pytest.raises(MachineError, match=r"can't read the engine's counters .*the engine reports no usage"):
        EngineCounters(api, "ended").read()
