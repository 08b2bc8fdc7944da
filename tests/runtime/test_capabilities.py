"""Capabilities of this machine, read without any change to it."""

import importlib.util
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.model import BaseImage
from harness.runtime.capabilities import can_make_venv, has_go, inspect_engine
from harness.runtime.owner import Owner
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

PYTHON = BaseImage("PYTHON_BASE", "python:3.13-slim", "local/python:3.13-trixie")
GO = BaseImage("GO_BASE", "golang:1.26", "local/golang:1.26")


@pytest.fixture
def engine(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Fake engine that the environment names."""
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    return fake_engine


@pytest.mark.parametrize("name", [PYTHON.registry, PYTHON.local])
def test_a_base_image_is_found_under_either_of_its_names(engine: FakeEngine, name: str) -> None:
    engine.add_image(name, "sha256:1")
    facts = inspect_engine([PYTHON, GO])
    assert facts.missing_bases == (GO.registry,)
    assert facts.stand_ins == ((PYTHON.registry,) if name == PYTHON.local else ())


@pytest.mark.usefixtures("engine")
def test_the_facts_have_the_description_of_the_engine() -> None:
    about = inspect_engine([]).about
    assert about["engine_interface"] == "1.41"
    assert about["network"] in {"host", "published"}


def test_containers_of_dead_runs_are_counted_and_not_removed(engine: FakeEngine, dead: Owner) -> None:
    engine.add_container("dead", {"harness.run": "run-1", **dead.labels()})
    engine.add_container("alive", {"harness.run": "run-2", **Owner.current().labels()})
    assert inspect_engine([]).leftovers == 1
    assert set(engine.containers) == {"dead", "alive"}


def test_only_get_requests_are_sent_to_the_engine(engine: FakeEngine, dead: Owner) -> None:
    engine.add_container("dead", {"harness.run": "run-1", **dead.labels()})
    inspect_engine([PYTHON, GO])
    assert [call for call in engine.journal if not call.startswith("GET ")] == []


def test_an_engine_that_fails_during_the_inspection_is_a_machine_error(engine: FakeEngine) -> None:
    engine.refuse("GET image", Refusal(500, "the disk is gone"))
    with pytest.raises(MachineError, match=r"could not look for base images .*the disk is gone"):
        inspect_engine([PYTHON])


def test_a_missing_engine_is_a_machine_error(no_engine: str) -> None:
    with pytest.raises(MachineError, match="no container engine answers") as caught:
        inspect_engine([PYTHON])
    assert caught.value.where == no_engine


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_or_ensurepip_can_not_make_environments(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    assert can_make_venv() is True
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find(name))
    assert can_make_venv() is False


def test_go_is_looked_up_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert has_go() is False
    (tmp_path / "go").touch(mode=0o755)
    assert has_go() is True
