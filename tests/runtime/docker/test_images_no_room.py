"""No room for a build, on the engine's disk or in TMPDIR: the machine's failure, and nothing of the build is left."""

import tempfile
from functools import partial
from pathlib import Path

import pytest
from docker import APIClient

from harness.errors import MachineError, TargetError
from harness.model import Target
from harness.runtime.docker.images import build
from tests.runtime.docker.fake_engine import FakeEngine, Refusal
from tests.runtime.docker.test_images import LABELS, REGISTRY, STEP, built, step_runs
from tests.small_disk import small_disk


@pytest.fixture
def engine(fake_engine: FakeEngine) -> FakeEngine:
    fake_engine.add_image(REGISTRY, "sha256:registry")
    return fake_engine


class TestNoRoom:
    """No room for a build: the machine's failure, and nothing of it is left."""

    FULL = "write /var/lib/docker/tmp/layer: no space left on device"

    def test_at_the_end_of_a_build_it_is_the_engines_disk(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        engine.build_events = [{"stream": f" ---> Running in {STEP}\n"}, {"error": self.FULL}]
        with pytest.raises(MachineError, match="the engine's disk is full") as caught:
            build(api, target, LABELS, partial(step_runs, engine))
        assert caught.value.exit_code == 3
        assert engine.containers == {}
        assert not [name for name in engine.images if name.startswith("harness/")]

    def test_a_refused_build_and_a_pull_say_it_too(
        self, fake_engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        fake_engine.pull_events = [{"status": "Pulling"}, {"error": f"failed to register layer: {self.FULL}"}]
        with pytest.raises(MachineError, match="the engine's disk is full"):
            built(api, target)
        fake_engine.add_image(REGISTRY, "sha256:registry")
        fake_engine.refuse("POST build", Refusal(500, self.FULL))
        with pytest.raises(MachineError, match="the engine's disk is full"):
            built(api, target)

    def test_a_step_that_only_prints_so_is_the_targets_failure(
        self, engine: FakeEngine, api: APIClient, target: Target
    ) -> None:
        said = "The command '/bin/sh -c echo no space left on device; false' returned a non-zero code: 1"
        engine.build_events = [{"stream": f"{self.FULL}\n"}, {"error": said}]
        with pytest.raises(TargetError, match="no space left on device"):
            built(api, target)

    def test_no_room_in_tmpdir_names_tmpdir_and_not_the_engine(
        self, engine: FakeEngine, api: APIClient, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (target.folder / "large").write_bytes(b"x" * 2**18)
        with small_disk(tmp_path / "disk") as disk:
            monkeypatch.setenv("TMPDIR", str(disk))
            monkeypatch.setattr(tempfile, "tempdir", str(disk))
            with pytest.raises(MachineError) as caught:
                built(api, target)
            assert str(caught.value) == (
                f"can't write a build context (flask_app, {disk}): No space left on device. "
                "Free some space, or name another folder with TMPDIR."
            )
            assert list(disk.iterdir()) == []
        assert "POST build" not in engine.journal
