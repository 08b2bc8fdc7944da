"""Probe scripts in their target's image: restrictions, output, and no leftover containers."""

from dataclasses import replace

import pytest
from docker import APIClient

from harness.errors import TargetError
from harness.model import Probes, Target
from harness.runtime.docker.images import build
from harness.runtime.docker.probing import run_script
from tests.runtime.docker.fake_engine import FakeEngine, Refusal

LABELS = {"harness.run": "run-1"}
COMMAND = ("python", "-I", "-c", "print()")


@pytest.fixture
def probed(target: Target) -> Target:
    (target.folder / "probe.py").write_text("print('{}')")
    (target.folder / ".dockerignore").write_text("probe.py\n")
    return replace(target, probes=Probes("probe.py", "hello.py"))


def test_a_script_runs_as_user_nobody_without_network_and_with_read_only_files(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    created = []
    fake_engine.after["POST start"] = lambda: created.append(fake_engine.created())
    fake_engine.output = b'{"footprint": []}\n'
    assert run_script(api, target, "sha256:1", COMMAND, LABELS) == '{"footprint": []}'
    (request,) = created
    host = request["HostConfig"]
    assert request["Entrypoint"] == list(COMMAND)
    assert (request["User"], host["NetworkMode"], host["ReadonlyRootfs"]) == ("65534:65534", "none", True)
    assert (host["CapDrop"], host["SecurityOpt"]) == (["ALL"], ["no-new-privileges:true"])
    assert request["Labels"] == LABELS
    assert fake_engine.containers == {}


def test_a_failed_script_is_an_error_with_its_output_and_leaves_no_container(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.exit_code = 1
    fake_engine.output = b"ModuleNotFoundError: No module named 'flask'\n"
    with pytest.raises(TargetError, match=r"probes failed .*it exited with code 1; ModuleNotFoundError"):
        run_script(api, target, "sha256:1", COMMAND, LABELS)
    assert fake_engine.containers == {}


def test_a_script_that_was_killed_says_so_and_nothing_of_an_output_that_it_does_not_have(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.exit_code, fake_engine.output = 137, b""
    with pytest.raises(TargetError) as raised:
        run_script(api, target, "sha256:1", COMMAND, LABELS)
    assert raised.value.cause == "it was ended by signal 9 (SIGKILL)"


def test_a_script_whose_start_is_refused_leaves_no_container(
    fake_engine: FakeEngine, api: APIClient, target: Target
) -> None:
    fake_engine.refuse("POST start", Refusal(400, "python: no such file"))
    with pytest.raises(TargetError, match="no such file"):
        run_script(api, target, "sha256:1", COMMAND, LABELS)
    assert fake_engine.containers == {}


def test_a_build_runs_the_probe_script_of_its_target(fake_engine: FakeEngine, api: APIClient, probed: Target) -> None:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    fake_engine.output = b"{}\n"
    assert build(api, probed, LABELS, lambda _: None).findings == "{}"


def test_findings_that_the_build_wrote_are_read_from_the_image(
    fake_engine: FakeEngine, api: APIClient, probed: Target
) -> None:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    fake_engine.files["/probes.json"] = b'{"attributes": []}'
    assert build(api, probed, LABELS, lambda _: None).findings == '{"attributes": []}'
    assert "POST start" not in fake_engine.journal


def test_the_error_names_a_missing_script(fake_engine: FakeEngine, api: APIClient, probed: Target) -> None:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    with pytest.raises(TargetError, match=r"probes failed .*missing\.py"):
        build(api, replace(probed, probes=Probes("missing.py", "hello.py")), LABELS, lambda _: None)
