"""The calibration target uses the CPU time and memory that commands set, and ends on SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil
import pytest

from harness.runtime.ports import free_port

pytestmark = pytest.mark.program

SERVER = Path(__file__).resolve().parents[2] / "harness" / "selftest" / "targets" / "calibration" / "server.py"
MIB = 1 << 20


class CalibrationTarget:
    def __init__(self) -> None:
        port = free_port()
        environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}
        self.process = subprocess.Popen([sys.executable, SERVER], env=environment)
        self.url = f"http://127.0.0.1:{port}"
        deadline_s = time.monotonic() + 60
        while time.monotonic() < deadline_s:
            with suppress(OSError):
                assert self.ask("/") == "Hello, World!"
                return

    def ask(self, path: str) -> str:
        with urlopen(self.url + path, timeout=60) as answer:  # noqa: S310 - a URL of ours
            text: str = answer.read().decode()
            return text

    def send_command(self, path: str) -> Mapping[str, int]:
        reported: Mapping[str, int] = json.loads(self.ask(path))
        return reported

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def calibrated() -> Iterator[CalibrationTarget]:
    calibrated = CalibrationTarget()
    yield calibrated
    children = calibrated.children()
    calibrated.process.send_signal(signal.SIGTERM)
    assert calibrated.process.wait(60) == 0
    assert not [process for process in children if process.is_running()], "it left a child behind"


@pytest.fixture(autouse=True)
def _nothing_is_held_after_a_test(calibrated: CalibrationTarget) -> Iterator[None]:
    yield
    calibrated.send_command("/release")
    calibrated.send_command("/spin/0")


@pytest.mark.parametrize("kind", ["private", "shared"])
def test_it_takes_the_memory_of_a_command(calibrated: CalibrationTarget, kind: str) -> None:
    assert calibrated.send_command(f"/hold/{kind}/{8 * MIB}")["resident_bytes"] >= 8 * MIB
    assert -8 * MIB < calibrated.send_command(f"/spike/{4 * MIB}/0")["resident_bytes"] < 8 * MIB


def test_it_spends_cpu_time_in_a_child_of_its_first_process(calibrated: CalibrationTarget) -> None:
    (server,) = calibrated.children()
    before = server.cpu_times().user + server.cpu_times().system
    calibrated.send_command("/spin/60000000")
    calibrated.ask("/")
    calibrated.send_command("/wait/1")
    calibrated.ask("/")
    spent_s = server.cpu_times().user + server.cpu_times().system - before
    assert round(spent_s * 100) >= 5  # the kernel counts in hundredths of a second; their sums are not exact floats


def test_it_reports_the_cpu_time_of_its_process_and_the_requests_that_it_served(calibrated: CalibrationTarget) -> None:
    calibrated.send_command("/spin/60000000")
    before = calibrated.send_command("/clock")
    calibrated.ask("/")
    calibrated.ask("/")
    after = calibrated.send_command("/clock")
    assert after["served"] - before["served"] == 2
    assert after["cpu_ns"] - before["cpu_ns"] >= 2 * 60_000_000


def test_a_fork_command_starts_children_and_a_release_ends_them(calibrated: CalibrationTarget) -> None:
    assert calibrated.send_command(f"/fork/2/{MIB}")["resident_bytes"] > 2 * MIB
    assert len(calibrated.children()) == 3
    calibrated.send_command("/release")
    assert len(calibrated.children()) == 1


def test_it_reads_the_whole_ballast(calibrated: CalibrationTarget) -> None:
    assert calibrated.send_command("/read") == {"read_bytes": 200_000_000}


def test_its_stamp_of_listening_is_before_its_stamp_of_answering(calibrated: CalibrationTarget) -> None:
    stamps = calibrated.send_command("/stamps")
    assert 0 < stamps["listening_ns"] <= stamps["answering_ns"] < time.monotonic_ns()


@pytest.mark.parametrize("path", ["/jump", "/hold/private", "/spin/fast", "/hold/public/1"])
def test_it_refuses_an_unknown_command_with_status_400(calibrated: CalibrationTarget, path: str) -> None:
    with pytest.raises(HTTPError, match="400") as caught:
        calibrated.ask(path)
    caught.value.close()
