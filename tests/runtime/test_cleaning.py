"""Removal of everything that dead runs left, in all runtimes."""

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from harness.machine_lock import machine_lock
from harness.model import Target, Toolchain
from harness.runtime.cleaning import clean
from harness.runtime.owner import Owner
from harness.runtime.process.builds import Builds
from harness.runtime.process.leftovers import marks
from tests.runtime.awaiting import lives, until_executed
from tests.runtime.docker.fake_engine import FakeEngine

pytestmark = [pytest.mark.program, pytest.mark.machine]


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def leftover(dead: Owner) -> Iterator[str]:
    """Leftover process of a dead run, in the words of `clean`."""
    run_id = f"test-{uuid.uuid4().hex}"
    with subprocess.Popen(["sleep", "60"], env=marks(run_id, "flask_app:sync", dead)) as process:
        until_executed(process.pid, "sleep", "60")
        yield f"{process.pid} (flask_app:sync, run {run_id})"
        process.kill()


@pytest.fixture
def build(cache: Path, target: Target) -> str:
    target = replace(target, toolchain=Toolchain.PYTHON_VENV)
    with ExitStack() as uses:
        identity = Builds(cache).build(target, uses, lambda _: None).identity
    return f"flask_app-{identity.removeprefix('process:')}"


def test_containers_processes_and_builds_are_removed(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, dead: Owner, leftover: str, build: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    fake_engine.add_container("d" * 64, {"harness.run": "run-1", "harness.subject": "gin_app:own", **dead.labels()})
    fake_engine.add_image("harness/gin_app:1", "sha256:1")
    fake_engine.images["harness/gin_app:1"]["Labels"] = {"harness.target": "gin_app"}
    messages: list[str] = []
    cleaned = clean(messages.append, images=False)
    assert cleaned.containers == ("dddddddddddd (gin_app:own, run run-1)",)
    assert leftover in cleaned.processes
    assert not lives(int(leftover.split(maxsplit=1)[0]))
    assert cleaned.images == ()
    assert clean(messages.append, images=True).images == (build, "harness/gin_app:1")
    assert messages == []


def test_images_stay_while_a_run_is_under_way(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    monkeypatch.setenv("HARNESS_LOCK", str(tmp_path / "lock"))
    fake_engine.add_image("harness/gin_app:1", "sha256:1")
    fake_engine.images["harness/gin_app:1"]["Labels"] = {"harness.target": "gin_app"}
    messages: list[str] = []
    with machine_lock():
        assert clean(messages.append, images=True).images == ()
    assert messages == [f"another run is measuring ({tmp_path}/lock): images were not removed"]
    assert clean(messages.append, images=True).images == ("harness/gin_app:1",)


def test_without_an_engine_processes_are_removed_and_a_message_says_so(
    no_engine: str, leftover: str, build: str
) -> None:
    messages: list[str] = []
    cleaned = clean(messages.append, images=True)
    assert leftover in cleaned.processes
    assert (cleaned.containers, cleaned.images) == ((), (build,))
    assert messages == [f"no container engine answers ({no_engine}): containers were not checked"]
