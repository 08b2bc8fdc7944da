"""Habits of other people's servers under load, with another person's scenario: what has a number, and its remarks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VARIANTS = ("recycle", "silent-close", "sleep-60", "sleep-100")
RATE = "throughput.closed.c32"

pytestmark = [pytest.mark.locust, pytest.mark.slow]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the document of a run of the suite's app as processes, with a scenario of somebody's own."""
    project = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "project.toml", project)
    for name in ("flask_app", "gin_app", "null_app"):
        shutil.copytree(ROOT / "targets" / name, project / "targets" / name)
    shutil.copytree(ROOT / "tests/e2e/targets/suite_app", project / "targets" / "suite_app")
    (project / "figures").symlink_to(ROOT / "figures")
    (project / "scenarios").mkdir()
    shutil.copy(ROOT / "tests/load/locustfiles/profile_page.py", project / "scenarios")
    subjects = ",".join(f"suite_app:{variant}" for variant in VARIANTS)
    words = ("--profile", "smoke", "--runtime", "process", "--target", subjects, "--scenario", "profile_page", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.brief_blocks", "run", *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT), "HARNESS_RESULTS": str(project / "results")},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def row(document: dict[str, Any], variant: str) -> dict[str, Any]:
    rows = [one for one in document["results"] if (one["variant"], one["metric"]) == (variant, RATE)]
    (found,) = rows
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_habit_has_a_rate(document: dict[str, Any], variant: str) -> None:
    assert row(document, variant)["estimate"], row(document, variant)


@pytest.mark.parametrize("variant", ["recycle", "silent-close"])
def test_requests_that_met_the_end_of_a_connection_are_counted_beside_the_rate(
    document: dict[str, Any], variant: str
) -> None:
    assert any("were sent again" in warning for warning in row(document, variant)["warnings"])


def test_the_ratio_of_two_slow_handlers_is_that_of_their_times(document: dict[str, Any]) -> None:
    rates = [row(document, variant)["estimate"] for variant in ("sleep-60", "sleep-100")]
    assert 1.5 < rates[0] / rates[1] < 1.7  # 100 / 60, less what the app itself adds to both
