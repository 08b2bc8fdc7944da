"""A signal during a real run ends it with the exit code of the signal, on both runtimes, and nothing is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from docker import APIClient

from harness.runtime.owner import PID
from tests.checkout import ROOT
from tests.e2e.conftest import listed
from tests.e2e.containers import PATIENCE_S

pytestmark = [pytest.mark.engine, pytest.mark.locust, pytest.mark.slow]


def processes_of(pid: int) -> list[str]:
    """Return the commands of the targets' processes that a harness process has started and that are running."""
    found: list[str] = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            marks = environ.read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if f"HARNESS_PID={pid}".encode() in marks:
            found.append(environ.parent.name)
    return found


@pytest.mark.parametrize("runtime", ["docker", "process"])
def test_a_hangup_during_a_run_is_exit_129_and_leaves_nothing(engine: APIClient, tmp_path: Path, runtime: str) -> None:
    command = [sys.executable, "-m", "harness", "run", "--profile", "smoke", "--target", "null_app"]
    environment = os.environ | {"HARNESS_RESULTS": str(tmp_path)}
    with subprocess.Popen(
        [*command, "--runtime", runtime], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as run:
        began_s = time.monotonic()
        while not (listed(engine, f"{PID}={run.pid}") if runtime == "docker" else processes_of(run.pid)):
            assert run.poll() is None
            assert time.monotonic() < began_s + PATIENCE_S
            time.sleep(0.05)
        run.send_signal(signal.SIGHUP)
        _, printed = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 129, printed
    assert "Traceback" not in printed
    assert listed(engine, f"{PID}={run.pid}") == []
    assert processes_of(run.pid) == []
