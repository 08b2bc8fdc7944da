"""A real run of a target that keeps memory for each request: its samples grow under load, and the page shows them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.model import StoredRun, Trial
from harness.store import RunFolder
from tests.project import write

ROOT = Path(__file__).parents[2]
PIECE_BYTES = 8192  # of each request, in the target's app.py

pytestmark = [pytest.mark.locust, pytest.mark.slow]


def harness(project: Path, *words: str, module: str = "harness") -> subprocess.CompletedProcess[str]:
    variables = {"HARNESS_RESULTS": str(project / "results"), "HARNESS_CACHE": str(project / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project")
    (project / "scenarios").symlink_to(ROOT / "scenarios")
    write(project / "project.toml", 'title = "Growing"\nreference = "unruly"\ntargets = ["unruly"]\n')
    shutil.copytree(ROOT / "tests/e2e/targets/unruly", project / "targets" / "unruly")
    return project


@pytest.fixture(scope="module")
def document(project: Path) -> dict[str, Any]:
    words = ("run", "--profile", "smoke", "--runtime", "process", "--target", "unruly:well,unruly:growing", "--json")
    read: dict[str, Any] = json.loads(harness(project, *words, module="tests.e2e.brief_blocks").stdout)
    return read


@pytest.fixture(scope="module")
def stored(project: Path, document: dict[str, Any]) -> StoredRun:
    return RunFolder(project / "results" / document["run"]["id"]).load()


def growth_of(trial: Trial) -> int:
    assert trial.memory is not None
    return trial.memory.size_bytes[-1] - trial.memory.size_bytes[0]


def test_the_samples_grow_with_the_requests_of_the_load(stored: StoredRun) -> None:
    growing = [trial for trial in stored.trials if trial.subject.variant == "growing"]
    assert len(growing) == 2
    for trial in growing:
        assert trial.memory is not None
        samples = list(zip(trial.memory.at_s, trial.memory.size_bytes, strict=True))
        before, after = ([size for at_s, size in samples if (at_s > 0) is later] for later in (False, True))
        assert max(before) < min(after)
        assert after[0] < after[-1]
        assert growth_of(trial) >= PIECE_BYTES * sum(one.result.sent for one in trial.slices)


def test_it_grows_more_than_the_same_server_that_keeps_nothing(stored: StoredRun) -> None:
    by_block = {(trial.block, trial.subject.variant): growth_of(trial) for trial in stored.trials}
    assert all(by_block[block, "growing"] > by_block[block, "well"] for block in range(2))


def test_the_document_has_the_curve_of_both(document: dict[str, Any]) -> None:
    curves = {one["variant"]: one for one in document["memory_curves"]}
    assert [(one["trials"], one["reason"]) for one in curves.values()] == [(2, None), (2, None)]
    ready, end = (curves["growing"][name] for name in ("ready", "points"))
    assert ready["largest_bytes"] < end[-1]["smallest_bytes"]
    assert ready["at_s"] <= end[0]["at_s"] == 0 < end[-1]["at_s"]


def test_the_page_shows_it_and_every_number_is_computed_again(project: Path, document: dict[str, Any]) -> None:
    name = document["run"]["id"]
    harness(project, "report", name, "--format", "html")
    page = project / "results" / name / "report" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert "seconds since the first load" in text
    assert "Unruly growing grows most" in text
    harness(project, "render", "--check", str(page))
