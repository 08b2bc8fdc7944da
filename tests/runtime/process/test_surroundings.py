"""What a process prints, and whom it runs as."""

import os
import sys
from pathlib import Path

import pytest

from harness.runtime.process import processes
from harness.runtime.process.processes import ProcessRuntime


class TestWhatItPrints:
    """The file that a target prints to."""

    def test_the_last_lines_are_given(self) -> None:
        printed = processes._Printed()
        os.write(printed.descriptor, b"one\ntwo\nthree \xff\n\n")
        assert printed.tail(3) == "two\nthree \ufffd"
        assert printed.tail(20) == "one\ntwo\nthree \ufffd"
        printed.close()
        assert printed.tail(20) == ""

    def test_no_more_than_the_end_of_it_is_read(self) -> None:
        printed = processes._Printed()
        os.write(printed.descriptor, b"first\n" + b"x" * processes._TAIL_BYTES)
        assert printed.tail(20) == "x" * processes._TAIL_BYTES
        printed.close()

    def test_it_never_fills_the_disk(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(processes, "_LOG_LIMIT_BYTES", 10)
        printed = processes._Printed()
        os.write(printed.descriptor, b"0123456789")
        printed.shorten()
        assert printed.tail(1) == "0123456789"
        os.write(printed.descriptor, b"x")
        printed.shorten()
        os.write(printed.descriptor, b"new\n")
        assert (printed.tail(1), os.fstat(printed.descriptor).st_size) == ("new", 4)
        printed.close()


class TestWhomItRunsAs:
    """Root's targets run as nobody, wherever nobody may read what they need."""

    @pytest.fixture(autouse=True)
    def _as_root(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(sys, "base_prefix", "/usr")
        monkeypatch.setattr(sys, "executable", "/bin/sh")
        tmp_path.chmod(0o755)

    def test_where_everything_is_open_it_is_nobody(self) -> None:
        assert processes._user(Path("/usr/lib")) == 65534
        assert ProcessRuntime("run", Path("/usr/lib")).describe()["user"] == "nobody"

    def test_a_folder_that_is_not_there_yet_counts_by_where_it_will_be(self) -> None:
        assert processes._user(Path("/usr/lib/not/there")) == 65534

    def test_where_something_is_closed_it_is_root_without_power(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        assert processes._user(tmp_path / "cache") is None
        assert ProcessRuntime("run", tmp_path).describe()["user"] == "root, without capabilities"

    def test_anybody_else_stays_who_they_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert processes._user(Path("/usr/lib")) is None
        assert ProcessRuntime("run", Path("/usr/lib")).describe()["user"] == "user 1000"
