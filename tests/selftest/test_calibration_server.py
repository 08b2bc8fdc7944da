"""The calibration target spends and holds what it is told, and ends when it is told to."""

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
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            with suppress(OSError):
                assert self.ask("/") == "Hello, World!"
                return

    def ask(self, path: str) -> str:
        with urlopen(self.url + path, timeout=10) as answer:  # noqa: S310 - a URL of ours
            text: str = answer.read().decode()
            return text

    def tell(self, path: str) -> Mapping[str, int]:
        did: Mapping[str, int] = json.loads(self.ask(path))
        return did

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def calibrated() -> Iterator[CalibrationTarget]:
    calibrated = CalibrationTarget()
    yield calibrated
    family = calibrated.family()
    calibrated.process.send_signal(signal.SIGTERM)
    assert calibrated.process.wait(10) == 0
    assert not [process for process in family if process.is_running()], "it left a child behind"


@pytest.fixture(autouse=True)
def _nothing_is_held_after_a_test(calibrated: CalibrationTarget) -> Iterator[None]:
    yield
    calibrated.tell("/release")
    calibrated.tell("/spin/0")


@pytest.mark.parametrize("kind", ["private", "shared"])
def test_it_holds_what_it_is_told(calibrated: CalibrationTarget, kind: str) -> None:
    assert calibrated.tell(f"/hold/{kind}/{8 * MIB}")["resident_bytes"] >= 8 * MIB
    assert -8 * MIB < calibrated.tell(f"/spike/{4 * MIB}/0")["resident_bytes"] < 8 * MIB


def test_it_spends_cpu_time_in_a_child_of_its_first_process(calibrated: CalibrationTarget) -> None:
    (server,) = calibrated.family()
    before = server.cpu_times().user + server.cpu_times().system
    calibrated.tell("/spin/60000000")
    calibrated.ask("/")
    calibrated.tell("/wait/1")
    calibrated.ask("/")
    spent_s = server.cpu_times().user + server.cpu_times().system - before
    assert round(spent_s * 100) >= 5  # the kernel counts in hundredths, whose sums are no exact floats


def test_its_children_come_and_go(calibrated: CalibrationTarget) -> None:
    assert calibrated.tell(f"/fork/2/{MIB}")["resident_bytes"] > 2 * MIB
    assert len(calibrated.family()) == 3
    calibrated.tell("/release")
    assert len(calibrated.family()) == 1


def test_it_reads_the_whole_ballast(calibrated: CalibrationTarget) -> None:
    assert calibrated.tell("/read") == {"read_bytes": 200_000_000}


def test_it_listened_before_it_answered(calibrated: CalibrationTarget) -> None:
    stamps = calibrated.tell("/stamps")
    assert 0 < stamps["listening_ns"] <= stamps["answering_ns"] < time.monotonic_ns()


@pytest.mark.parametrize("path", ["/jump", "/hold/private", "/spin/fast", "/hold/public/1"])
def test_what_it_does_not_know_it_refuses(calibrated: CalibrationTarget, path: str) -> None:
    with pytest.raises(HTTPError, match="400") as caught:
        calibrated.ask(path)
    caught.value.close()
