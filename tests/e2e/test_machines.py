"""The commands of docs/distributed.md, on two machines: network namespaces with a cable between them.

A container is on this machine's own network, so its address for other machines is one that the test adds to the
loopback and removes.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.namespaces import HERE, cabled, inside, needs_namespaces
from tests.project import write

ROOT = Path(__file__).parents[2]
MASTER = f"{HERE}:5557"
OTHER = "198.51.100.7"
LISTEN = psutil.CONN_LISTEN
HARNESS = (sys.executable, "-m", "harness")
BRIEF = (sys.executable, "-m", "tests.e2e.brief_blocks")
RUN = (
    *("run", "--workers-expected", "2", "--master-bind", MASTER, "--target-host", HERE),
    *("--profile", "smoke", "--runtime", "process", "--target", "null_app", "--scenario", "hello", "--json"),
)

pytestmark = [pytest.mark.locust, pytest.mark.slow, needs_namespaces]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the null target."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    write(tmp_path / "project.toml", 'title = "Two machines"\nreference = "null_app"\ntargets = ["null_app"]\n')
    shutil.copytree(ROOT / "targets" / "null_app", tmp_path / "targets" / "null_app")
    return tmp_path


@pytest.fixture
def machines(project: Path) -> Iterator[tuple[subprocess.Popen[str], list[subprocess.Popen[str]]]]:
    """Yield a run on the near machine, and two workers on the far one, the first of them started before the run."""
    with cabled() as (near, far), ExitStack() as ending:

        def start(
            namespace: str, *words: str, command: tuple[str, ...] = HARNESS, **environment: str
        ) -> subprocess.Popen[str]:
            started = subprocess.Popen(
                inside(namespace, *command, *words),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=project,
                env=os.environ | {"HARNESS_RESULTS": str(project / "results"), "PYTHONPATH": str(ROOT)} | environment,
            )
            ending.enter_context(started)
            ending.callback(started.kill)
            return started

        worker = ("worker", "--master", MASTER, "--cpus", "0")
        early = start(far, *worker, HARNESS_HOSTS=HERE)
        assert early.stderr is not None
        assert "Connection refused" in early.stderr.readline()
        run = start(near, *RUN, command=BRIEF, BRIEF_HEAD_S="0.8")  # a busy machine wakes a worker late
        yield run, [early, start(far, *worker, HARNESS_HOSTS=HERE)]


@pytest.fixture
def other_address() -> Iterator[str]:
    """Yield an address of this machine besides 127.0.0.1."""
    change = ("ip", "address", "{}", f"{OTHER}/32", "dev", "lo")
    subprocess.run([word.format("add") for word in change], check=True, timeout=60)
    yield OTHER
    subprocess.run([word.format("delete") for word in change], check=True, timeout=60)


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_a_container_listens_on_the_given_address_alone_and_is_measured_there(
    project: Path, other_address: str
) -> None:
    words = ("--profile", "smoke", "--runtime", "docker", "--target-host", other_address, "--scenario", "hello")
    run = subprocess.Popen(
        [*BRIEF, "run", *words, "--target", "null_app", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=project,
        env=os.environ | {"HARNESS_RESULTS": str(project / "results"), "PYTHONPATH": str(ROOT)},
    )
    with run:
        listened = False
        while run.poll() is None and not listened:
            listened = other_address in {
                one.laddr.ip for one in psutil.net_connections("tcp4") if one.laddr and one.status == LISTEN
            }
            time.sleep(0.05)
        printed, errors = run.communicate(timeout=600)
    assert (run.returncode, listened) == (0, True), errors
    assert rates(json.loads(printed))["throughput.closed.c32"] > 0


def rates(document: dict[str, Any]) -> dict[str, float]:
    return {row["metric"]: row["estimate"] for row in document["results"] if row["estimate"]}


def test_a_run_with_workers_on_another_machine_has_its_numbers_and_names_its_workers(
    machines: tuple[subprocess.Popen[str], list[subprocess.Popen[str]]],
) -> None:
    run, workers = machines
    printed, errors = run.communicate(timeout=600)
    assert run.returncode == 0, errors
    document: dict[str, Any] = json.loads(printed)
    assert document["run"]["status"] == "complete"
    assert rates(document)["throughput.closed.c32"] > 0
    joined = [line.split()[1] for line in errors.splitlines() if " joined: " in line]
    assert len(set(joined)) == 2
    assert all(f"worker {name}\n" in errors for name in joined), errors
    assert [worker.wait(60) for worker in workers] == [0, 0]
