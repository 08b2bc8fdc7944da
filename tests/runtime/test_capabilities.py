"""What this machine offers to run targets on, read without changing anything."""

import importlib.util
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.model import BaseImage
from harness.runtime.capabilities import can_make_venv, has_go, look_at_engine
from harness.runtime.owner import Owner
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

PYTHON = BaseImage("PYTHON_BASE", "python:3.13-slim", "local/python:3.13-trixie")
GO = BaseImage("GO_BASE", "golang:1.26", "local/golang:1.26")


@pytest.fixture
def engine(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """An engine that the environment names."""
    monkeypatch.setenv("DOCKER_HOST", fake_engine.url)
    return fake_engine


@pytest.mark.parametrize("name", [PYTHON.registry, PYTHON.local])
def test_a_base_image_is_here_under_either_of_its_names(engine: FakeEngine, name: str) -> None:
    engine.add_image(name, "sha256:1")
    assert look_at_engine([PYTHON, GO]).missing_bases == (GO.registry,)


@pytest.mark.usefixtures("engine")
def test_what_is_recorded_of_an_engine_is_said_of_it() -> None:
    about = look_at_engine([]).about
    assert about["engine_interface"] == "1.41"
    assert about["network"] in {"host", "published"}


def test_what_dead_runs_left_is_counted_and_stays(engine: FakeEngine, dead: Owner) -> None:
    engine.add_container("dead", {"harness.run": "run-1", **dead.labels()})
    engine.add_container("alive", {"harness.run": "run-2", **Owner.current().labels()})
    assert look_at_engine([]).leftovers == 1
    assert set(engine.containers) == {"dead", "alive"}


def test_nothing_is_asked_of_an_engine_but_to_tell(engine: FakeEngine, dead: Owner) -> None:
    engine.add_container("dead", {"harness.run": "run-1", **dead.labels()})
    look_at_engine([PYTHON, GO])
    assert [call for call in engine.journal if not call.startswith("GET ")] == []


def test_an_engine_that_fails_while_it_is_looked_at_is_told(engine: FakeEngine) -> None:
    engine.refuse("GET image", Refusal(500, "the disk is gone"))
    with pytest.raises(MachineError, match=r"could not look for base images .*the disk is gone"):
        look_at_engine([PYTHON])


def test_without_an_engine_there_is_nothing_to_look_at(no_engine: str) -> None:
    with pytest.raises(MachineError, match="no container engine answers") as caught:
        look_at_engine([PYTHON])
    assert caught.value.where == no_engine


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_a_part_of_venv_makes_none(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    assert can_make_venv() is True
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else find(name))
    assert can_make_venv() is False


def test_go_is_what_path_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert has_go() is False
    (tmp_path / "go").touch(mode=0o755)
    assert has_go() is True
