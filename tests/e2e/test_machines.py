"""The commands of docs/distributed.md, on two machines: network namespaces with a cable between them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.namespaces import HERE, cabled, inside, needs_namespaces
from tests.project import write

ROOT = Path(__file__).parents[2]
MASTER = f"{HERE}:5557"
HARNESS = (sys.executable, "-m", "harness")
RUN = (
    *("run", "--workers-expected", "2", "--master-bind", MASTER, "--target-host", HERE),
    *("--profile", "smoke", "--runtime", "process", "--target", "null_app", "--scenario", "hello", "--json"),
)

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow, needs_namespaces]


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

        def start(namespace: str, *words: str, **environment: str) -> subprocess.Popen[str]:
            started = subprocess.Popen(
                inside(namespace, *HARNESS, *words),
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
        run = start(near, *RUN)
        yield run, [early, start(far, *worker, HARNESS_HOSTS=HERE)]


def test_a_run_with_workers_on_another_machine_has_its_numbers_and_names_its_workers(
    machines: tuple[subprocess.Popen[str], list[subprocess.Popen[str]]],
) -> None:
    run, workers = machines
    printed, errors = run.communicate(timeout=600)
    assert run.returncode == 0, errors
    document: dict[str, Any] = json.loads(printed)
    assert document["run"]["status"] == "complete"
    rows = {row["metric"]: row for row in document["results"]}
    assert rows["throughput.closed.c32"]["estimate"] > 0
    joined = [line.split()[1] for line in errors.splitlines() if " joined: " in line]
    assert len(set(joined)) == 2
    assert all(f"worker {name}\n" in errors for name in joined), errors
    assert [worker.wait(60) for worker in workers] == [0, 0]
