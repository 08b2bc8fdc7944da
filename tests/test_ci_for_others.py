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

from harness.manifest import load_targets
from harness.model import Verdict
from tests.checkout import ROOT

SCRIPT, COMMENT = ROOT / "tools/ci-job", ROOT / "tools/ci-comment"
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
FILES = {
    "action.yml": ["vendor.github-actions"],
    ".github/workflows/weekly.yml": ["vendor.github-workflows"],
    ".github/workflows/pull-request.yml": ["vendor.github-workflows"],
    ".github/workflows/release.yml": ["vendor.github-workflows"],
    ".gitlab-ci.yml": ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}
CI_FILES = sorted({*FILES, *(str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.y*ml"))})
PINNED = re.compile(r"[a-z][\w./-]*:[\w.-]+@sha256:[0-9a-f]{64}")
KNOWN = "python|node|golang|ruby|debian|ubuntu|alpine|busybox|docker|hello-world|buildpack-deps"
IMAGE = re.compile(rf"(?<![\w./-])(?:{KNOWN}):[\w.-]+(?:@sha256:\w+)?")  # `local/python:3.13` is made here
PLACE = re.compile(r"(?:\b(?:image|container): +|\bimage=|docker://)(?![{$])(\S+)")
FAKE = """#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case $1 in
run) [[ -z $DOCUMENT ]] || echo "$DOCUMENT"; exit "$RUN_CODE" ;;
report) echo "$REPORT/index.html"; exit "${REPORT_CODE:-0}" ;;
check) echo 'one figure'; exit "$CHECK_CODE" ;;
esac
"""
FAKE_GH = """#!/usr/bin/env bash
echo "gh $*" >>"$CALLS"
for word in "$@"; do
  case $word in body=@*) cp "${word#body=@}" "$CALLS.body" ;; esac
done
[[ $* != *--paginate* ]] || printf '%s' "${KNOWN:-}"
"""
PAGE = "# Page\n\n![A picture](claims.svg)\n\n- [one](pairs/a_vs_b/report.md)\n- [all](report_full.md)\n"


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
    (tmp_path / "report/report.md").write_text(PAGE, encoding="utf-8")
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


@pytest.mark.parametrize("name", [name for name in FILES if name != ".gitlab-ci.yml"])
def test_every_action_of_others_is_pinned_to_a_commit_with_its_version_beside_it(name: str) -> None:
    used = re.findall(r"uses: (?!\./)(.*)", (ROOT / name).read_text(encoding="utf-8"))
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)] == []


def test_all_files_use_the_same_commit_of_an_action() -> None:
    texts = ((ROOT / name).read_text(encoding="utf-8") for name in FILES)
    used = {tuple(one.split("@")) for text in texts for one in re.findall(r"uses: ([^.\s]\S+)", text)}
    assert len(used) == len(dict(used))


def test_every_image_is_pinned_by_tag_and_digest_as_the_targets_are() -> None:
    """Look for known images anywhere in a file of CI or a tool, and for others where a system of CI has a place."""
    tags_alone = {"pin-bases"}  # in its messages
    tools = [path for path in (ROOT / "tools").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    of_ci, of_tools = (
        "\n".join(path.read_text(encoding="utf-8") for path in paths)
        for paths in ([ROOT / name for name in CI_FILES], [path for path in tools if path.name not in tags_alone])
    )
    named = set(IMAGE.findall(of_ci + of_tools))
    assert {image.partition(":")[0] for image in named} == {"python", "hello-world"}
    assert [image for image in named if not PINNED.fullmatch(image)] == []
    bases = {base.registry for target in load_targets(ROOT).values() for base in target.bases}
    assert {image for image in named if image.startswith("python:")} <= bases, "one digest for each tag"
    assert [word for word in PLACE.findall(of_ci) if not PINNED.fullmatch(word)] == []


def test_the_release_gives_no_job_a_token_but_the_publisher_its_identity() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert (workflow["permissions"], "secrets." in text) == ({"contents": "read"}, False)
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    assert "permissions" not in build
    assert (publish["permissions"], publish["needs"]) == ({"id-token": "write"}, "build")
    assert publish["steps"][-1]["with"] == {"attestations": True}
    assert any(step.get("run") == "make dist" for step in build["steps"])


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
        "BASELINE": "reference",
    }
    assert job(**faked, **asked, PROFILE="smoke").returncode == 0
    run, report, check = calls(faked)
    assert run == ("run --profile smoke --json --target a,b --scenario hello --against main --fail-on throughput<-5%")
    assert report.startswith("report 20260601-120000-quick-0123 --format html,md,")
    assert check == "check --run 20260601-120000-quick-0123 --fail-on refuted --baseline reference"


@pytest.mark.parametrize(
    ("run_code", "check_code", "expected"), [("0", "1", 1), ("1", "0", 1), ("4", "1", 4), ("0", "0", 0)]
)
def test_the_exit_code_is_that_of_the_run_or_else_of_the_check(
    faked: dict[str, str], run_code: str, check_code: str, expected: int
) -> None:
    assert job(**faked | {"RUN_CODE": run_code, "CHECK_CODE": check_code, "FAIL_ON": "refuted"}).returncode == expected
    assert len(calls(faked)) == 3  # a run that failed has its report, too


@pytest.mark.parametrize(("run_code", "expected"), [("0", 0), ("1", 1)])
def test_without_verdicts_that_fail_the_check_decides_nothing(
    faked: dict[str, str], run_code: str, expected: int
) -> None:
    done = job(**faked | {"RUN_CODE": run_code, "CHECK_CODE": "2"})  # a project without published figures
    assert done.returncode == expected
    assert "one figure" in done.stdout
    assert "fail no job without FAIL_ON" in done.stderr


def test_a_baseline_without_verdicts_that_fail_is_refused_before_the_run(faked: dict[str, str]) -> None:
    done = job(**faked, BASELINE="reference")
    assert (done.returncode, done.stdout) == (2, "")
    assert "BASELINE needs FAIL_ON" in done.stderr
    assert not Path(faked["CALLS"]).exists()


@pytest.mark.parametrize(("code", "expected"), [("3", 3), ("0", 5)])
def test_without_a_document_of_the_run_nothing_is_reported(faked: dict[str, str], code: str, expected: int) -> None:
    done = job(**faked | {"DOCUMENT": "", "RUN_CODE": code})
    assert done.returncode == expected
    assert "no run to report" in done.stderr
    assert len(calls(faked)) == 1


def test_github_gets_annotations_a_summary_and_outputs(faked: dict[str, str], tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    ours = {"GITHUB_SERVER_URL": "https://example.com", "GITHUB_REPOSITORY": "a/b", "GITHUB_RUN_ID": "7"}
    done = job(**faked, **files, **ours, GITHUB_ACTIONS="true")
    assert "::warning ::x\n" in done.stdout
    summary = (tmp_path / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    to_job = "(https://example.com/a/b/actions/runs/7)"
    assert summary.split() == ["#", "Page", "-", f"[one]{to_job}", "-", f"[all]{to_job}"]  # no link leads nowhere
    outputs = dict(line.split("=") for line in (tmp_path / "GITHUB_OUTPUT").read_text(encoding="utf-8").splitlines())
    assert outputs.keys() == {"run", "report", "summary"}
    assert (outputs["run"], outputs["report"]) == ("20260601-120000-quick-0123", faked["REPORT"])
    assert Path(outputs["summary"]).read_text(encoding="utf-8") == summary
    assert "::warning" not in job(**faked).stdout


def test_a_run_whose_report_failed_is_named_so_that_it_is_kept(faked: dict[str, str], tmp_path: Path) -> None:
    done = job(**faked, REPORT_CODE="3", GITHUB_OUTPUT=str(tmp_path / "outputs"), GITHUB_ACTIONS="true")
    assert done.returncode == 3
    assert (tmp_path / "outputs").read_text(encoding="utf-8") == "run=20260601-120000-quick-0123\n"


@pytest.mark.program
def test_a_stored_run_is_reported_and_judged_without_a_measurement(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "results/reference", tmp_path / "reference")
    harness = Path(sys.executable).with_name("harness")
    ours = {"HARNESS": str(harness), "HARNESS_RESULTS": str(tmp_path), "RUN": "reference", "GITHUB_ACTIONS": "true"}
    done = subprocess.run(
        [SCRIPT], cwd=ROOT, env=os.environ | ours | {"FAIL_ON": "refuted"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert re.search(
        r"^::warning file=figures/flask_vs_gin\.toml,line=\d+,col=\d+,title=refuted", done.stdout, re.MULTILINE
    )
    of_gitlab = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text(encoding="utf-8"))[".harness"]["artifacts"]
    for pattern in (*of_gitlab["paths"], *of_gitlab["reports"].values()):
        assert list(tmp_path.glob(pattern.removeprefix("results/"))), pattern


# The scripts inside the files, as GitHub and GitLab run them.


@pytest.fixture
def checkout(faked: dict[str, str], tmp_path: Path) -> Path:
    """Return a checkout whose harness is the fake one, beside programs that only note how they were called."""
    folder = tmp_path / "checkout"
    (folder / ".venv/bin").mkdir(parents=True)
    shutil.copy(faked["HARNESS"], folder / ".venv/bin/harness")
    (folder / "tools").mkdir()
    for script in (SCRIPT, COMMENT):
        shutil.copy(script, folder / "tools")
    for name, text in (("make", '#!/usr/bin/env bash\necho "make $*" >>"$CALLS"\n'), ("gh", FAKE_GH)):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    return folder


def in_shell(script: str, folder: Path, faked: dict[str, str], **settings: str) -> subprocess.CompletedProcess[str]:
    path = f"{folder.parent / 'bin'}:{os.environ['PATH']}"
    ours = {name: value for name, value in faked.items() if name != "HARNESS"} | settings | {"PATH": path}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=ours, capture_output=True, text=True, timeout=120, check=False)


def filled(template: str, known: dict[str, str]) -> str:
    """Return a text with its expressions filled; one that is not known is an error."""
    return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: known[found[1]], template)


def test_the_steps_of_the_action_run_with_their_inputs(faked: dict[str, str], checkout: Path, tmp_path: Path) -> None:
    inputs = {f"inputs.{name}": str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
    known = {
        **inputs | {"inputs.against": "main", "inputs.fail-on": "refuted"},
        "github.token": "t",
        "github.event.pull_request.number": "7",
        "steps.job.outputs.summary": f"{faked['REPORT']}/github/summary.md",
    }
    outputs = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    github = outputs | {"GITHUB_ACTION_PATH": str(checkout), "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "a/b"}
    for step in (step for step in ACTION["runs"]["steps"] if "run" in step):
        environment = {name: filled(value, known) for name, value in step.get("env", {}).items()}
        done = in_shell(step["run"], checkout, faked, **environment, **github)
        assert done.returncode == 0, done.stderr
    set_up, run, report, check, _, comment = calls(faked)
    assert set_up == f"make -C {checkout} env"
    assert run == "run --profile quick --json --against main"
    assert report.startswith("report 20260601-120000-quick-0123 --format html,")
    assert check == "check --run 20260601-120000-quick-0123 --fail-on refuted"
    assert comment.startswith("gh api --method POST repos/a/b/issues/7/comments --field body=@")
    assert Path(f"{faked['CALLS']}.body").read_text(encoding="utf-8").startswith("<!-- harness: . -->\n# Page\n")


@pytest.mark.parametrize(
    ("known", "call"),
    [
        ("", "gh api --method POST repos/a/b/issues/7/comments --field body=@"),
        ("11\n12\n", "gh api --method PATCH repos/a/b/issues/comments/11 --field body=@"),
    ],
)
def test_each_push_edits_the_comment_of_its_project_and_no_other(
    faked: dict[str, str], checkout: Path, known: str, call: str
) -> None:
    ours = {"GITHUB_REPOSITORY": "a/b", "PULL_REQUEST": "7", "PROJECT": "bench", "KNOWN": known}
    done = in_shell(f"tools/ci-comment {faked['REPORT']}/report.md", checkout, faked, **ours)
    assert done.returncode == 0, done.stderr
    asked, wrote = calls(faked)
    assert asked.startswith("gh api repos/a/b/issues/7/comments --paginate --jq ")
    assert 'select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER)))' in asked
    assert wrote.startswith(call)
    assert Path(f"{faked['CALLS']}.body").read_text(encoding="utf-8") == f"<!-- harness: bench -->\n{PAGE}"


def test_a_comment_is_written_only_where_the_token_may_write() -> None:
    (step,) = (one for one in ACTION["runs"]["steps"] if one.get("name") == "Comment")
    assert "github.event.pull_request.head.repo.full_name == github.repository" in step["if"]


@pytest.mark.parametrize("name", ["weekly-report", "merge-request"])
def test_the_scripts_of_gitlab_run_with_their_variables(faked: dict[str, str], checkout: Path, name: str) -> None:
    jobs = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    ours = jobs[jobs[name]["extends"]]
    variables = {
        key: value.replace("$CI_MERGE_REQUEST_DIFF_BASE_SHA", "0123") for key, value in jobs[name]["variables"].items()
    }
    done = in_shell("\n".join([*ours["before_script"], *ours["script"]]), checkout, faked, **variables)
    assert done.returncode == 0, done.stderr
    set_up, run, _, check = calls(faked)
    assert set_up == "make engine env"
    assert ("--against 0123 --fail-on throughput<-5%,memory.loaded>5%" in run) is (name == "merge-request")
    assert ("--fail-on refuted,contradicted" in check) is (name == "weekly-report")


def test_the_page_names_only_inputs_and_verdicts_that_exist() -> None:
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    named = {span.partition(":")[0] for span in re.findall(r"`([^`]+)`", text)}
    others = {"uses", "pull-requests", "action.yml", "tools/ci-job", "harness compare", "reference"}
    others |= {"make engine", "make bases"}
    assert named - others <= set(ACTION["inputs"]) | set(ACTION["outputs"]) | set(Verdict)
    workflow = (ROOT / ".github/workflows/pull-request.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(workflow)["permissions"]["pull-requests"] == "write"
