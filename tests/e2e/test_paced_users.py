"""Paced users beside another scenario, on the process runtime: their rate is that of their pauses."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAUSE_S = 0.1
VISITOR = """
from locust import FastHttpUser, between, task


class Visitor(FastHttpUser):
    wait_time = between(0.05, 0.15)

    @task
    def greet(self):
        self.client.get("/")
"""

pytestmark = [pytest.mark.locust, pytest.mark.slow]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the document of a brief run of the null target, with 32 visitors after the greeting."""
    project = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "project.toml", project)
    shutil.copytree(ROOT / "targets", project / "targets", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "figures").symlink_to(ROOT / "figures")
    (project / "scenarios").mkdir()
    shutil.copy(ROOT / "scenarios" / "hello.py", project / "scenarios")
    (project / "scenarios" / "visitor.py").write_text(VISITOR, encoding="utf-8")
    words = ("run", "--profile", "smoke", "--runtime", "process", "--target", "null_app", "--scenario", "hello,visitor")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HARNESS_RESULTS": str(project / "results")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.brief_blocks", *words, "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def row(document: dict[str, Any], metric: str) -> dict[str, Any]:
    (found,) = [one for one in document["results"] if (one["scenario"], one["metric"]) == ("visitor", metric)]
    return found  # type: ignore[no-any-return]


def test_their_rate_is_that_of_their_pauses_and_response_times(document: dict[str, Any]) -> None:
    rate, mean = row(document, "paced.rate.u32"), row(document, "paced.latency.u32.mean")
    assert rate["estimate"] is not None, rate["reason"]
    # a busy machine wakes users late, so a pause can be longer, and never shorter
    assert 0.6 < rate["estimate"] * (PAUSE_S + mean["estimate"]) / 32 < 1.1
    assert rate["trials"] == 2
    assert rate["detail"].startswith("paced; ")


def test_they_have_numbers_of_their_own_only_and_no_comparison(document: dict[str, Any]) -> None:
    of_visitor = {one["metric"] for one in document["results"] if one["scenario"] == "visitor"}
    assert {name.split(".")[0] for name in of_visitor} == {"paced"}
    assert {one["bound"] for one in document["results"] if one["scenario"] == "visitor"} == {None}
    assert [one for one in document["comparisons"] if one["scenario"] == "visitor"] == []
    rates = [one for one in document["results"] if one["metric"] == "throughput.closed.c32"]
    assert [one["scenario"] for one in rates] == ["hello"]
