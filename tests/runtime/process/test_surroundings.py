"""Output and user of a target in the process runtime."""

import os
import sys
from pathlib import Path

import pytest

from harness.runtime.process import processes
from harness.runtime.process.processes import ProcessRuntime


class TestOutput:
    """The file with a target's output."""

    def test_the_last_lines_are_returned(self) -> None:
        output = processes._Output()
        os.write(output.descriptor, b"one\ntwo\nthree \xff\n\n")
        assert output.tail(3) == "two\nthree \ufffd"
        assert output.tail(20) == "one\ntwo\nthree \ufffd"
        output.close()
        assert output.tail(20) == ""

    def test_only_the_end_of_the_file_is_read(self) -> None:
        output = processes._Output()
        os.write(output.descriptor, b"first\n" + b"x" * processes._TAIL_BYTES)
        assert output.tail(20) == "x" * processes._TAIL_BYTES
        output.close()

    def test_the_file_is_shortened_above_its_limit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processes, "_LOG_LIMIT_BYTES", 10)
        output = processes._Output()
        os.write(output.descriptor, b"0123456789")
        output.shorten()
        assert output.tail(1) == "0123456789"
        os.write(output.descriptor, b"x")
        output.shorten()
        os.write(output.descriptor, b"new\n")
        assert (output.tail(1), os.fstat(output.descriptor).st_size) == ("new", 4)
        output.close()


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
