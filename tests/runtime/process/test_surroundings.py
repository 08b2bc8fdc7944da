"""User of a target in the process runtime."""

import os
import sys
from pathlib import Path

import pytest

from harness.runtime.process import processes
from harness.runtime.process.processes import ProcessRuntime


class TestUser:
    """Targets of root run as user nobody if that user can read all that they need."""

    @pytest.fixture(autouse=True)
    def _as_root(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(sys, "base_prefix", "/usr")
        monkeypatch.setattr(sys, "executable", "/bin/sh")
        tmp_path.chmod(0o755)

    def test_targets_of_root_run_as_nobody_if_all_folders_are_readable(self) -> None:
        assert processes._user(Path("/usr/lib")) == 65534
        assert ProcessRuntime("run", Path("/usr/lib")).describe()["user"] == "nobody"

    def test_a_missing_folder_counts_by_its_parent(self) -> None:
        assert processes._user(Path("/usr/lib/not/there")) == 65534

    def test_targets_run_as_root_without_capabilities_if_a_folder_is_not_readable(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        assert processes._user(tmp_path / "cache") is None
        assert ProcessRuntime("run", tmp_path).describe()["user"] == "root, without capabilities"

    def test_targets_of_another_user_run_as_that_user(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert processes._user(Path("/usr/lib")) is None
        assert ProcessRuntime("run", Path("/usr/lib")).describe()["user"] == "user 1000"
