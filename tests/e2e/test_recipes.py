"""The recipes of CONTRIBUTING.md, applied unchanged in a new project and a copy of the package.

The page is the source: its code blocks are the files, appended lines and changes that these tests apply.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+)( \(append\))?)?\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
FILES = {path: text for _, path, appended, text in BLOCKS if path and not appended}
APPENDED = {path: text for _, path, appended, text in BLOCKS if appended}
CHANGES = [text for language, _, _, text in BLOCKS if language == "diff"]

pytestmark = pytest.mark.program


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project with the page's target, scenario and figures, and a package with its metric and format."""
    folder = tmp_path_factory.mktemp("recipes")
    package = folder / "package"
    shutil.copytree(ROOT / "harness", package / "harness", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("targets", "scenarios", "figures"):
        (package / name).symlink_to(ROOT / name)
    for change in CHANGES:
        subprocess.run(["git", "apply"], cwd=package, input=change, text=True, check=True, capture_output=True)
    mine = folder / "project"
    command = [sys.executable, "-m", "harness", "init", str(mine)]
    subprocess.run(command, cwd=folder, env=environment(package), check=True, capture_output=True)
    for path, text in FILES.items():
        (mine / path).parent.mkdir(parents=True, exist_ok=True)
        (mine / path).write_text(text, encoding="utf-8")
    for path, text in APPENDED.items():
        with (mine / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}")
    return mine


def environment(package: Path) -> Mapping[str, str]:
    return os.environ | {"PYTHONPATH": f"{package}:{ROOT}"}


def harness(project: Path, *words: str, module: str = "harness") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *words]
    env = environment(project.with_name("package"))
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stdout.startswith("{"), done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_the_page_has_every_recipe() -> None:
    assert {path.split("/")[0] for path in FILES} == {"targets", "scenarios", "figures"}
    assert set(APPENDED) == {"project.toml"}
    assert len(CHANGES) == 2


def test_the_target_the_scenario_and_the_figures_are_found(project: Path) -> None:
    listed = document(harness(project, "list", "--json"))
    assert "node_app" in {target["name"] for target in listed["targets"]}
    assert "greeting_and_json" in {scenario["name"] for scenario in listed["scenarios"]}
    assert "flask_vs_node" in {comparison["name"] for comparison in listed["comparisons"]}


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.locust
@pytest.mark.usefixtures("engine")
def test_all_five_recipes_are_measured_reported_and_judged(project: Path) -> None:
    scenarios = ("--scenario", "hello,greeting_and_json")
    words = ("run", "--profile", "smoke", "--target", "flask_app,node_app", *scenarios, "--json")
    done = harness(project, *words, module="tests.e2e.brief_blocks")
    run = document(done)
    rows = {(row["target"], row["scenario"], row["metric"]) for row in run["results"] if row["estimate"] is not None}
    assert ("node_app", "greeting_and_json", "throughput.closed.c32") in rows
    assert ("node_app", None, "cpu_time.start_to_load") in rows
    assert harness(project, "report", "--format", "md,jsonl").returncode == 0
    report = project / "results" / run["run"]["id"] / "report"
    assert "CPU time: from start to the end of load" in (report / "report_full.md").read_text(encoding="utf-8")
    lines = (report / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(run["results"])
    judged = document(harness(project, "check", "--json"))
    assert {figure["id"] for figure in judged["figures"]} >= {"summary.rate", "summary.memory"}
    assert {figure["verdict"] for figure in judged["figures"] if figure["target"] == "node_app"} > set()
