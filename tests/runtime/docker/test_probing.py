"""A probe script in its target's own image: how it is held, what is taken from it, and that nothing is left."""

from dataclasses import replace

import pytest
from docker import APIClient

from harness.errors import TargetError
from harness.model import Probes, Target
from harness.runtime.docker.images import build
from harness.runtime.docker.probing import run_script
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

LABELS = {"harness.run": "run-1"}


@pytest.fixture
def asked(target: Target) -> Target:
    (target.folder / "probe.py").write_text("print('{}')")
    (target.folder / ".dockerignore").write_text("probe.py\n")
    return replace(target, probes=Probes("probe.py", "hello.py"))


def test_a_script_runs_as_nobody_without_network_and_writes_nowhere(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    created = []
    fake_engine.after["POST start"] = lambda: created.append(fake_engine.created())
    fake_engine.output = b'{"footprint": []}\n'
    assert run_script(api, target, "sha256:1", "print()", LABELS) == '{"footprint": []}'
    (asked,) = created
    host = asked["HostConfig"]
    assert asked["Entrypoint"] == ["python", "-I", "-c", "print()"]
    assert (asked["User"], host["NetworkMode"], host["ReadonlyRootfs"]) == ("65534:65534", "none", True)
    assert (host["CapDrop"], host["SecurityOpt"]) == (["ALL"], ["no-new-privileges:true"])
    assert asked["Labels"] == LABELS
    assert fake_engine.containers == {}


def test_a_script_that_fails_is_quoted_and_leaves_no_container(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.exit_code = 1
    fake_engine.output = b"ModuleNotFoundError: No module named 'flask'\n"
    with pytest.raises(TargetError, match=r"probes failed .*exit code 1; ModuleNotFoundError"):
        run_script(api, target, "sha256:1", "import flask", LABELS)
    assert fake_engine.containers == {}


def test_a_script_that_the_engine_does_not_start_leaves_no_container(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.refuse("POST start", Refusal(400, "python: no such file"))
    with pytest.raises(TargetError, match="no such file"):
        run_script(api, target, "sha256:1", "", LABELS)
    assert fake_engine.containers == {}


def test_an_image_is_asked_by_its_targets_script(fake_engine: FakeEngine, api: APIClient, asked: Target) -> None:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    fake_engine.output = b"{}\n"
    assert build(api, asked, LABELS, lambda _: None).findings == "{}"


def test_what_the_build_found_out_itself_is_taken_from_the_image(
    fake_engine: FakeEngine, api: APIClient, asked: Target
) -> None:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    fake_engine.files["/probes.json"] = b'{"attributes": []}'
    assert build(api, asked, LABELS, lambda _: None).findings == '{"attributes": []}'
    assert "POST start" not in fake_engine.journal


def test_a_script_that_is_not_there_is_named(fake_engine: FakeEngine, api: APIClient, asked: Target) -> None:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    with pytest.raises(TargetError, match=r"probes failed .*gone\.py"):
        build(api, replace(asked, probes=Probes("gone.py", "hello.py")), LABELS, lambda _: None)
