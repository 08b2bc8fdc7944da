"""The job for other people's CI: action.yml, the workflows, GitLab's jobs, and the script that they call."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.checkout import ROOT

SCRIPT = ROOT / "tools/ci-job"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
FILES = {
    "action.yml": ["vendor.github-actions"],
    ".github/workflows/weekly.yml": ["vendor.github-workflows"],
    ".github/workflows/pull-request.yml": ["vendor.github-workflows"],
    ".gitlab-ci.yml": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
FAKE = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case $1 in
run) [[ -z $DOCUMENT ]] || echo "$DOCUMENT"; exit "$RUN_CODE" ;;
report) echo "$REPORT/index.html" ;;
check) echo 'one figure'; exit "$CHECK_CODE" ;;
esac
"""


def job(**settings: str) -> subprocess.CompletedProcess[str]:
    ours = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run([SCRIPT], env=ours | settings, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def faked(tmp_path: Path) -> dict[str, str]:
    """Return the settings of a job whose harness only notes how it was called."""
    program = tmp_path / "harness"
    program.write_text(FAKE, encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "report/github").mkdir(parents=True)
    (tmp_path / "report/github/annotations.txt").write_text("::warning ::x\n", encoding="utf-8")
    (tmp_path / "report/report.md").write_text("# Page\n", encoding="utf-8")
    document = json.dumps({"run": {"id": "20260601-120000-quick-0123"}})
    return {
        "HARNESS": str(program),
        "CALLS": str(tmp_path / "calls"),
        "REPORT": str(tmp_path / "report"),
        "DOCUMENT": document,
        "RUN_CODE": "0",
        "CHECK_CODE": "0",
    }


def calls(faked: dict[str, str]) -> list[str]:
    return Path(faked["CALLS"]).read_text(encoding="utf-8").splitlines()


@pytest.mark.program
@pytest.mark.parametrize("name", FILES)
def test_each_file_has_the_form_that_its_system_publishes(name: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *FILES[name], name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_input_of_the_action_is_a_setting_of_the_script_and_used() -> None:
    steps = ACTION["runs"]["steps"]
    settings = next(step for step in steps if step.get("id") == "job")["env"]
    named = set(re.findall(r"^#   ([A-Z_]+) ", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(settings) | {"HARNESS"} == named
    used = set(re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text(encoding="utf-8")))
    assert used == set(ACTION["inputs"])


@pytest.mark.parametrize("name", [".github/workflows/weekly.yml", ".github/workflows/pull-request.yml"])
def test_a_workflow_gives_the_action_only_inputs_that_it_has(name: str) -> None:
    workflow = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    (of_job,) = workflow["jobs"].values()
    (ours,) = (step for step in of_job["steps"] if step.get("uses") == "./")
    assert set(ours["with"]) <= set(ACTION["inputs"])


def test_gitlab_gives_the_script_only_settings_that_it_has() -> None:
    jobs = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    named = set(re.findall(r"^#   ([A-Z_]+) ", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE))
    for name in ("weekly-report", "merge-request"):
        assert set(jobs[name]["variables"]) <= named | {"GIT_DEPTH"}


def test_all_settings_reach_the_run_and_the_check(faked: dict[str, str]) -> None:
    asked = {
        "TARGETS": "a,b",
        "SCENARIOS": "hello",
        "AGAINST": "main",
        "THRESHOLDS": "throughput<-5%",
        "FAIL_ON": "refuted",
    }
    assert job(**faked, **asked, PROFILE="smoke").returncode == 0
    run, report, check = calls(faked)
    assert run == ("run --profile smoke --json --target a,b --scenario hello --against main --fail-on throughput<-5%")
    assert report.startswith("report 20260601-120000-quick-0123 --format html,md,")
    assert check == "check --run 20260601-120000-quick-0123 --fail-on refuted"


@pytest.mark.parametrize(
    ("run_code", "check_code", "expected"), [("0", "1", 1), ("1", "0", 1), ("4", "1", 4), ("0", "0", 0)]
)
def test_the_exit_code_is_that_of_the_run_or_else_of_the_check(
    faked: dict[str, str], run_code: str, check_code: str, expected: int
) -> None:
    assert job(**faked | {"RUN_CODE": run_code, "CHECK_CODE": check_code}).returncode == expected
    assert len(calls(faked)) == 3  # a run that failed has its report, too


@pytest.mark.parametrize(("code", "expected"), [("3", 3), ("0", 5)])
def test_without_a_document_of_the_run_nothing_is_reported(faked: dict[str, str], code: str, expected: int) -> None:
    done = job(**faked | {"DOCUMENT": "", "RUN_CODE": code})
    assert done.returncode == expected
    assert "no run to report" in done.stderr
    assert len(calls(faked)) == 1


def test_github_gets_annotations_a_summary_and_outputs(faked: dict[str, str], tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    done = job(**faked, **files, GITHUB_ACTIONS="true")
    assert "::warning ::x\n" in done.stdout
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8") == "# Page\n"
    outputs = (tmp_path / "GITHUB_OUTPUT").read_text(encoding="utf-8")
    assert outputs == f"run=20260601-120000-quick-0123\nreport={faked['REPORT']}\n"
    assert "::warning" not in job(**faked).stdout


@pytest.mark.program
def test_a_stored_run_is_reported_and_judged_without_a_measurement(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "results/reference", tmp_path / "reference")
    harness = Path(sys.executable).with_name("harness")
    ours = {"HARNESS": str(harness), "HARNESS_RESULTS": str(tmp_path), "RUN": "reference", "GITHUB_ACTIONS": "true"}
    done = subprocess.run(
        [SCRIPT], cwd=ROOT, env=os.environ | ours | {"FAIL_ON": "refuted"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert re.search(r"^::warning file=figures/flask_vs_gin\.toml,line=\d+,title=refuted", done.stdout, re.MULTILINE)
    assert (tmp_path / "reference/report/junit.xml").is_file()
