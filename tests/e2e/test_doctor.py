"""`harness doctor` as a command, with an engine and without one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient

from harness.runtime.docker.leftovers import dead_runs
from harness.runtime.process.leftovers import leftover_processes

ROOT = Path(__file__).parents[2]
NAMES = [
    "engine",
    "engines",
    "docker_runtime",
    "process_runtime",
    "base_images",
    "cpus",
    "cgroups",
    "open_files",
    "disk",
    "leftovers",
    "noise",
    "frequency",
    "generator",
]
OF_AN_ENGINE = ("engine", "engines", "docker_runtime", "base_images")

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]


def doctor(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "doctor", *words]
    environment = os.environ | variables
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False, env=environment)


def findings(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Return the findings by name; assert that each has a fix unless its state is ok."""
    document = json.loads(done.stdout)
    assert document["schema"] == "harness.doctor/1"
    assert [one["name"] for one in document["findings"]] == NAMES
    assert [one for one in document["findings"] if (one["state"] == "ok") == bool(one["fix"])] == []
    return {one["name"]: one for one in document["findings"]}


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    """Return the address of an engine that does not exist."""
    return f"unix://{tmp_path}/none.sock"


@pytest.mark.engine
def test_with_an_engine_the_null_target_is_driven_in_a_container_and_nothing_is_left(engine: APIClient) -> None:
    done = doctor("--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert dead_runs(engine) == ()
    assert leftover_processes() == ()
    found = findings(done)
    assert {found[name]["state"] for name in OF_AN_ENGINE} == {"ok"}
    assert "requests/s on the null target" in found["generator"]["detail"]


def test_without_an_engine_the_null_target_is_driven_as_a_process_and_nothing_is_left(nowhere: str) -> None:
    done = doctor("--json", DOCKER_HOST=nowhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert leftover_processes() == ()
    found = findings(done)
    assert {found[name]["state"] for name in OF_AN_ENGINE} == {"missing"}
    assert "DOCKER_HOST" in found["engine"]["fix"]
    assert "requests/s on the null target" in found["generator"]["detail"]


def test_the_table_names_every_finding_and_the_fix_of_each_that_is_not_ok(nowhere: str) -> None:
    done = doctor(DOCKER_HOST=nowhere, COLUMNS="300")
    assert (done.returncode, done.stderr) == (0, "")
    first_words = {line.strip(" │┃").split(" ")[0] for line in done.stdout.splitlines()}
    assert set(NAMES) <= first_words
    assert "\nengine: Start the engine, or install one" in done.stdout
