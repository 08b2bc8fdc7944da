"""Builds by BuildKit: chosen by the Dockerfile, run by the docker command line, and refused where there is none.

The docker command line is a program that records its arguments and sends the build context to the fake engine. As
buildx does, it takes a context for a Dockerfile if it is no compressed archive: it knows a plain one by its first 512
bytes alone, and not if these are an extended header. tests/e2e/test_images_engine.py has the real one.
"""

import json
import shlex
import stat
import sys
from pathlib import Path

import pytest
from docker import APIClient

from harness.errors import MachineError, TargetError
from harness.model import Target
from harness.runtime.base import Image
from harness.runtime.docker.images import build
from tests.runtime.awaiting import lives, until
from tests.runtime.docker.fake_engine import FakeEngine

BUILDKIT = "ARG PYTHON_BASE\nFROM ${PYTHON_BASE}\nRUN --mount=type=cache,target=/c true\n"
DOCKER = """#!/bin/sh
'''exec' {python} "$0" "$@" # a line of #! can't have a space in its path
'''
import json, os, sys, time, urllib.parse, urllib.request
folder = {folder!r}
words = sys.argv[1:]
if words == ["buildx", "version"]:
    sys.exit({version_status})
with open(folder + "/call.json", "w") as file:
    kept = ("DOCKER_HOST", "DOCKER_CONTEXT", "BUILDX_BUILDER")
    json.dump([words, {{name: os.environ.get(name) for name in kept}}, os.getpid()], file)
print("#5 [1/2] FROM python", flush=True)
{then}
tag = next(word.partition("=")[2] for word in words if word.startswith("--tag="))
labels = dict(word.split("=", 2)[1:] for word in words if word.startswith("--label="))
sent = sys.stdin.buffer.read()
if sent[:2] != bytes([31, 139]):
    sys.exit("it is taken for a Dockerfile")
query = urllib.parse.urlencode({{"t": tag, "labels": json.dumps(labels)}})
url = os.environ["DOCKER_HOST"].replace("tcp://", "http://") + "/v1.41/build?" + query
urllib.request.urlopen(urllib.request.Request(url, sent, method="POST")).read()
"""


@pytest.fixture
def buildkit_target(target: Target) -> Target:
    (target.folder / "Dockerfile").write_text(BUILDKIT)
    return target


@pytest.fixture
def engine(fake_engine: FakeEngine) -> FakeEngine:
    fake_engine.add_image("python:3.13-slim", "sha256:registry")
    return fake_engine


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, then: str = "", version_status: int = 0) -> None:
    """Put a docker command line on PATH, the only program there."""
    programs = folder / "programs"
    programs.mkdir()
    program = programs / "docker"
    text = DOCKER.format(
        python=shlex.quote(sys.executable), folder=str(folder), then=then, version_status=version_status
    )
    program.write_text(text)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(programs))


def built(api: APIClient, target: Target, lines: list[str] | None = None) -> Image:
    return build(api, target, {}, ([] if lines is None else lines).append)


def test_a_dockerfile_of_buildkit_is_built_by_the_command_line_at_the_same_engine(
    engine: FakeEngine, api: APIClient, buildkit_target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch)
    for name in ("DOCKER_CONTEXT", "BUILDX_BUILDER"):
        monkeypatch.setenv(name, "elsewhere")
    lines: list[str] = []
    image = built(api, buildkit_target, lines)
    words, environment, _ = json.loads((tmp_path / "call.json").read_text())
    assert words == [
        *("buildx", "build", "--builder=default", "--load", "--progress=plain"),
        f"--tag={next(name for name in engine.images if name.startswith('harness/'))}",
        *("--build-arg=PYTHON_BASE=python:3.13-slim", "--label=harness.target=flask_app", "-"),
    ]
    assert environment == {"DOCKER_HOST": engine.url, "DOCKER_CONTEXT": None, "BUILDX_BUILDER": None}
    assert (image.identity, set(engine.build_context)) == ("sha256:built", {"Dockerfile", "app.py"})
    assert lines == ["#5 [1/2] FROM python"]
    assert built(api, buildkit_target).identity == image.identity
    assert engine.journal.count("POST build") == 1


def test_all_other_dockerfiles_are_built_by_the_engine(
    engine: FakeEngine, api: APIClient, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, version_status=1)
    assert built(api, target).identity == "sha256:built"
    assert engine.queries["POST build"]["rm"] == ["True"]
    assert not (tmp_path / "call.json").exists()


def test_an_engine_whose_own_build_has_these_features_needs_no_command_line(
    engine: FakeEngine, api: APIClient, buildkit_target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine.components = [{"Name": "Podman Engine", "Version": "5.4.2"}]
    assert built(api, buildkit_target).identity == "sha256:built"
    assert engine.queries["POST build"]["rm"] == ["True"]


@pytest.mark.parametrize("has_docker", [True, False])
def test_without_buildx_it_is_refused_before_anything_is_built_with_line_and_feature(  # noqa: PLR0913
    engine: FakeEngine,
    api: APIClient,
    buildkit_target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    has_docker: bool,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if has_docker:
        install(tmp_path, monkeypatch, version_status=1)
    with pytest.raises(MachineError) as caught:
        built(api, buildkit_target)
    why = "the docker command line has no buildx" if has_docker else "there is no docker command line"
    assert caught.value.where == f"{buildkit_target.folder / 'Dockerfile'}:3"
    assert caught.value.cause == f"`RUN --mount=type=cache,target=/c` is a feature of BuildKit, and {why}"
    assert "docker-buildx" in caught.value.remedy
    assert (caught.value.exit_code, engine.journal) == (3, ["GET version"])


@pytest.mark.usefixtures("engine")
def test_a_failed_build_has_its_last_lines(
    api: APIClient, buildkit_target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, then="print('ERROR: no space', file=sys.stderr); sys.exit(1)")
    with pytest.raises(TargetError) as caught:
        built(api, buildkit_target)
    assert caught.value.cause == "its build failed\nIts last lines:\n  #5 [1/2] FROM python\n  ERROR: no space"


@pytest.mark.usefixtures("engine")
def test_a_build_that_is_stopped_ends_the_command_line(
    api: APIClient, buildkit_target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, then="time.sleep(60)")

    def stop(_line: str) -> None:
        raise TargetError("too long", where="here", cause="a test", remedy="None.")

    with pytest.raises(TargetError, match="too long"):
        build(api, buildkit_target, {}, stop)
    pid = json.loads((tmp_path / "call.json").read_text())[2]
    until(lambda: not lives(pid))
