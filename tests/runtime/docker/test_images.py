"""Images: found by the hash of their content, built by the engine, and the errors of failed builds."""

import io
import json
import os
import signal
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from docker import APIClient

from harness import interrupts
from harness.documents.sbom import Package, Source, sbom
from harness.errors import Interrupted, MachineError, TargetError
from harness.model import Target
from harness.runtime.base import Image, Runtime
from harness.runtime.building import build_within
from harness.runtime.context import digest, source_of
from harness.runtime.docker.images import build
from tests.runtime.docker.fake_engine import Archive, FakeEngine, Refusal, archive_of

REGISTRY = "python:3.13-slim"
LABELS = {"harness.run": "run-1"}
STEP = "77a7ac171bc9"
LIMIT_S = 59.0


@pytest.fixture
def engine(fake_engine: FakeEngine) -> FakeEngine:
    fake_engine.add_image(REGISTRY, "sha256:registry")
    return fake_engine


def built(api: APIClient, target: Target, lines: list[str] | None = None) -> Image:
    log: list[str] = [] if lines is None else lines
    return build(api, target, LABELS, log.append)


def step_runs(engine: FakeEngine, line: str) -> None:
    """Log a line of a build; the container of a step exists once the engine has said so."""
    if STEP in line:
        engine.add_container(STEP, {})


def pass_the_limit(line: str) -> None:
    """Log a line of a build; its limit ends when a step runs, however late that is on this machine."""
    if STEP in line:
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= LIMIT_S
        signal.raise_signal(signal.SIGALRM)


def tag_of(engine: FakeEngine) -> str:
    (tag,) = (name for name in engine.images if name.startswith("harness/"))
    return tag


def test_a_new_image_is_built_and_tagged_with_the_hash_of_its_content(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    engine.files["/versions.json"] = b'{"python": "3.13.5", "flask": "3.1.3"}'
    image = built(api, target)
    content = digest(target.folder, ("Dockerfile", "app.py"), ["sha256:registry"])
    assert tag_of(engine) == f"harness/flask_app:{content}"
    versions, bases = {"python": "3.13.5", "flask": "3.1.3"}, {REGISTRY: "sha256:registry"}
    bill = sbom(target.name, "sha256:built", {Package(Source.DECLARED, *one) for one in versions.items()})
    assert image == Image(target, "sha256:built", 1000, versions, None, bases, source=source_of(target), sbom=bill)


def test_the_request_of_a_build_has_exactly_these_settings(engine: FakeEngine, api: APIClient, target: Target) -> None:
    built(api, target)
    query = engine.queries["POST build"]
    assert json.loads(query["labels"][0]) == {"harness.target": "flask_app"}
    assert json.loads(query["buildargs"][0])["PYTHON_BASE"] == REGISTRY
    assert (query["rm"], query["forcerm"], query["pull"]) == (["True"], ["True"], ["False"])
    assert set(engine.build_context) == {"Dockerfile", "app.py"}


def test_an_existing_image_is_found(engine: FakeEngine, api: APIClient, target: Target) -> None:
    first = built(api, target)
    assert built(api, target) == first
    assert engine.journal.count("POST build") == 1


def test_every_line_of_progress_is_logged(engine: FakeEngine, api: APIClient, target: Target) -> None:
    engine.build_events = [{"stream": "Step 1/2\nStep 2/2\n"}, {"stream": "\n"}, {"status": "done"}, {"aux": {}}]
    lines: list[str] = []
    built(api, target, lines)
    assert lines == ["Step 1/2", "Step 2/2", "done"]


def test_the_colours_that_the_engine_puts_around_stderr_are_not_logged(
    engine: FakeEngine, api: APIClient, target: Target
) -> None:
    engine.build_events = [{"stream": "\x1b[91mnpm ERR!\n\x1b[0m"}, {"stream": "\x1b[0m\n"}, {"status": "done"}]
    lines: list[str] = []
    built(api, target, lines)
    assert lines == ["npm ERR!", "done"]


def test_files_that_dockerignore_names_are_not_sent(engine: FakeEngine, api: APIClient, target: Target) -> None:
    (target.folder / ".dockerignore").write_text("*.md\n")
    (target.folder / "README.md").write_text("read me")
    built(api, target)
    assert set(engine.build_context) == {".dockerignore", "Dockerfile", "app.py"}


def test_a_missing_folder_is_a_target_error(engine: FakeEngine, api: APIClient, target: Target) -> None:
    target.folder.rename(target.folder.with_name("moved"))
    with pytest.raises(TargetError, match=r"does not build \(flask_app, .*flask_app\): No such file"):
        built(api, target)
    assert "POST build" not in engine.journal


class TestFailures:
    """The error of a failed build has its last lines, and no container is left."""

    def test_the_last_twenty_lines_are_in_the_error(self, engine: FakeEngine, api: APIClient, target: Target) -> None:
        engine.build_events = [{"stream": f"line {n}\n"} for n in range(1, 31)]
        engine.build_events.append({"error": "The command '/bin/sh -c false' returned a non-zero code: 1"})
        with pytest.raises(TargetError) as caught:
            built(api, target)
        lines = caught.value.cause.splitlines()
        assert lines[:2] == ["its build failed", "Its last lines:"]
        assert lines[2:-1] == [f"  line {n}" for n in range(12, 31)]
        assert lines[-1] == "  The command '/bin/sh -c false' returned a non-zero code: 1"
        assert caught.value.where == f"flask_app, {target.folder / 'Dockerfile'}"
        assert caught.value.exit_code == 4

    def test_a_refused_build_is_a_target_error(self, engine: FakeEngine, api: APIClient, target: Target) -> None:
        engine.refuse("POST build", Refusal(400, "dockerfile parse error line 1: unknown instruction: FORM"))
        with pytest.raises(TargetError, match="unknown instruction: FORM"):
            built(api, target)

    def test_an_engine_that_closes_the_connection_is_a_machine_error(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        engine.build_events = [{"stream": "Step 1/1\n"}, "hang up"]
        with pytest.raises(MachineError, match="could not build flask_app"):
            built(api, target)

    def test_an_interrupt_closes_the_connection_and_removes_the_container_of_the_step(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        engine.build_events = [{"stream": f" ---> Running in {STEP}\n"}, "hang"]

        def interrupt(line: str) -> None:
            step_runs(engine, line)
            if STEP in line:
                os.kill(os.getpid(), signal.SIGINT)

        with interrupts.raising(), pytest.raises(Interrupted):
            build(api, target, LABELS, interrupt)
        assert engine.hung_up.wait(timeout=60)
        assert engine.containers == {}
        assert api.hooks["response"] == []

    def test_a_container_whose_id_a_step_prints_as_that_of_its_own_stays(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        engine.add_container(STEP, {})
        engine.build_events = [{"stream": f" ---> Running in {STEP}\n"}, "hang"]
        with pytest.raises(TargetError, match="its build was stopped"):
            build_within(LIMIT_S, cast("Runtime", _ApiRuntime(api)), target, pass_the_limit)
        assert engine.hung_up.wait(timeout=60)
        assert set(engine.containers) == {STEP}

    def test_a_build_beyond_its_limit_is_stopped_and_nothing_is_left(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        engine.build_events = [{"stream": f"Step 2/2 : RUN sleep\n ---> Running in {STEP}\n"}, "hang"]

        def run_and_pass(line: str) -> None:
            step_runs(engine, line)
            pass_the_limit(line)

        with pytest.raises(TargetError) as caught:
            build_within(LIMIT_S, cast("Runtime", _ApiRuntime(api)), target, run_and_pass)
        assert caught.value.cause == "its build was stopped after 59 s, in: Step 2/2 : RUN sleep"
        assert engine.hung_up.wait(timeout=60)
        assert engine.containers == {}


class _ApiRuntime:
    """The part of the docker runtime that builds."""

    def __init__(self, api: APIClient) -> None:
        self._api = api

    def build(self, target: Target, log: Callable[[str], None]) -> Image:
        return build(self._api, target, LABELS, log)


def archive(kind: str) -> bytes:
    """Return an archive of a file of a kind that is not expected."""
    content = {"long": b" " * (1 << 19), "cut": b"{}" * 5000}.get(kind, b"")
    member = tarfile.TarInfo("versions.json")
    member.size = len(content)
    if kind in {"link", "folder"}:
        member.type, member.linkname = (tarfile.SYMTYPE, "/etc/shadow") if kind == "link" else (tarfile.DIRTYPE, "")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as written:
        written.addfile(member, io.BytesIO(content))
    whole = packed.getvalue()
    return {"cut": whole[:3000], "none": b"", "noise": b"\x1f\x8b" + b"noise" * 200}.get(kind, whole)


class TestVersions:
    """The versions that an image's file names."""

    def test_an_image_without_the_file_has_no_versions(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        assert engine.files == {}
        assert built(api, target).versions == {}

    def test_versions_are_read_from_a_labelled_container_that_is_not_started_and_is_removed(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        labels: list[dict[str, str]] = []
        engine.after["POST create"] = lambda: labels.append(engine.created()["Labels"])
        built(api, target)
        assert labels == [LABELS]
        assert engine.containers == {}
        assert engine.journal[-4:] == ["POST create", "GET archive", "GET export", "DELETE container"]

    @pytest.mark.parametrize("text", [b"{", b"[1]", b'"3.13"', b"\xff"])
    def test_a_file_of_another_shape_is_a_target_error(
        self, engine: FakeEngine, api: APIClient, target: Target, text: bytes
    ) -> None:
        engine.files["/versions.json"] = text
        with pytest.raises(TargetError, match=r"can't be read \(flask_app, /versions.json in its image\)"):
            built(api, target)
        assert engine.containers == {}

    @pytest.mark.parametrize(
        ("kind", "cause"),
        [
            ("link", "it is no regular file"),
            ("folder", "it is no regular file"),
            ("long", "it is longer than 262,144 bytes"),
            ("cut", "the engine's archive of it is damaged"),
            ("none", "the engine's archive of it is damaged"),
            ("noise", "the engine's archive of it is damaged"),
        ],
    )
    def test_no_archive_of_it_ends_the_harness(
        self, engine: FakeEngine, api: APIClient, target: Target, kind: str, cause: str
    ) -> None:
        engine.files["/versions.json"] = Archive(archive(kind))
        with pytest.raises(TargetError, match=cause):
            built(api, target)
        assert engine.containers == {}

    @pytest.mark.parametrize("text", [b"[" * 60_000, b'{"a": "\\ud800"}', b'{"a": [1]}', b'{"%s": ""}' % (b"a" * 300)])
    def test_no_text_of_it_ends_the_harness(
        self, engine: FakeEngine, api: APIClient, target: Target, text: bytes
    ) -> None:
        engine.files["/versions.json"] = text
        with pytest.raises(TargetError, match="not a JSON object of names and versions"):
            built(api, target)

    def test_a_refused_container_is_a_machine_error(self, engine: FakeEngine, api: APIClient, target: Target) -> None:
        engine.refuse("POST create", Refusal(500, "no space left on device"))
        with pytest.raises(MachineError, match=r"the engine's disk is full .*: no space left on device"):
            built(api, target)


def test_a_target_without_a_base_image_is_built(fake_engine: FakeEngine, api: APIClient, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    target = Target("plain", "Plain", "c", "No base.", tmp_path, (), "own")
    assert built(api, target).identity == "sha256:built"
    assert fake_engine.journal[0] == "GET image"


class TestBillOfMaterials:
    """The bill of materials of an image: kept by the id of the image, and never the end of a build."""

    @pytest.fixture(autouse=True)
    def cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
        return tmp_path / "cache"

    def test_it_has_the_packages_of_the_file_system_and_the_declared_ones_that_no_list_has(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        engine.files["/versions.json"] = b'{"python": "3.13.5", "flask": "3.1.3", "debian:puma": "1"}'
        engine.system = archive_of({"a/flask-3.1.3.dist-info/METADATA": b"Name: Flask\nVersion: 3.1.3\n"})
        bill = built(api, target).sbom
        assert bill is not None
        urls = sorted(one["purl"] for one in json.loads(bill)["components"])
        assert urls == ["pkg:generic/python@3.13.5", "pkg:pypi/flask@3.1.3"]

    def test_the_file_system_of_an_image_is_read_once(
        self, engine: FakeEngine, api: APIClient, target: Target, cache: Path
    ) -> None:
        engine.built_id = f"sha256:{'b' * 64}"
        first = built(api, target)
        assert [path.name for path in cache.rglob("*.cdx.json")] == [f"{'b' * 64}-flask_app.cdx.json"]
        assert built(api, target).sbom == first.sbom
        assert engine.journal.count("GET export") == 1

    @pytest.mark.parametrize("system", [b"no archive", archive_of({"node_modules/.package-lock.json": b"["})])
    def test_a_file_system_that_cannot_be_read_is_said_and_the_image_is_there(
        self, engine: FakeEngine, api: APIClient, target: Target, system: bytes
    ) -> None:
        engine.system = system
        image = built(api, target)
        assert (image.identity, image.sbom) == ("sha256:built", None)
        assert image.sbom_gap

    def test_an_engine_that_refuses_is_said(self, engine: FakeEngine, api: APIClient, target: Target) -> None:
        engine.refuse("GET export", Refusal(500, "no space left on device"))
        assert built(api, target).sbom_gap == "no space left on device"

    def test_a_cache_that_cannot_be_written_is_said(
        self, engine: FakeEngine, api: APIClient, target: Target, cache: Path
    ) -> None:
        engine.built_id = f"sha256:{'b' * 64}"
        cache.write_text("a file in its place")
        assert "cache" in built(api, target).sbom_gap
