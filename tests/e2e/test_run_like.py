"""`harness run --like RUN` and `compare` on a real engine: a plan is measured again, and its conclusions are held."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.engine, pytest.mark.locust, pytest.mark.slow, pytest.mark.usefixtures("engine")]


def harness(project: Path, *words: str, module: str = "harness") -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, *words, "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ | {"HARNESS_RESULTS": str(project / "results"), "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_a_run_is_measured_again_in_containers_and_its_conclusions_hold(tmp_path: Path) -> None:
    for name in ("scenarios", "figures"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "project.toml", tmp_path)
    shutil.copytree(ROOT / "targets", tmp_path / "targets", ignore=shutil.ignore_patterns("__pycache__"))
    words = ("run", "--profile", "smoke", "--target", "flask_app,gin_app", "--runtime", "docker")
    first = harness(tmp_path, *words, module="tests.e2e.brief_blocks")["run"]
    second = harness(tmp_path, "run", "--like", first["id"])["run"]
    stored, again = (json.loads((tmp_path / "results" / one["id"] / "run.json").read_text()) for one in (first, second))
    assert (again["like"], again["plan"]["profile"]) == (first["id"], stored["plan"]["profile"])
    assert again["environment"]["images"] == stored["environment"]["images"]
    assert again["plan"]["seed"] != stored["plan"]["seed"]
    compared = harness(tmp_path, "compare", first["id"], second["id"])
    outcomes = {(one["kind"], one["metric"]): one["outcome"] for one in compared["conclusions"]}
    assert outcomes["comparison", "memory.idle"].startswith("holds")  # a third of it, whatever else this machine does
    assert "reversed" not in outcomes.values()
    assert compared["differences"] == []
