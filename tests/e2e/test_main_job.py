"""The main job on a real engine: the commands of a user, their output, and no leftovers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.analysis.summary import summarise
from harness.experiment.environment import plan_cpus
from harness.metrics.catalogue import Family, family_of
from harness.model import Difference, FlagKind, Target
from harness.selftest.disturbances import burning
from harness.store import Store

ROOT = Path(__file__).parents[2]
HARNESS = (sys.executable, "-m", "harness")
BRIEF = (sys.executable, "-m", "tests.e2e.brief_blocks")
METRICS = ("throughput.closed.", "latency.", "memory.idle", "cold_start.ready")

pytestmark = [pytest.mark.engine, pytest.mark.locust, pytest.mark.machine, pytest.mark.usefixtures("engine")]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a new project with the real scenarios, figures and targets."""
    for name in ("scenarios", "figures"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "project.toml", tmp_path)
    shutil.copytree(ROOT / "targets", tmp_path / "targets", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def project_of_liars(project: Path, targets: dict[str, Target]) -> Path:
    """Return the same project with additional targets that fail."""
    for name in ("liar", "does_not_build"):
        shutil.copytree(targets[name].folder, project / "targets" / name)
    return project


@pytest.fixture(autouse=True)
def nothing_is_left(project: Path) -> Iterator[None]:
    yield
    assert containers(project) == []


def containers(project: Path) -> list[str]:
    """Return the containers of the runs that are stored in a project, and of no other run on this engine."""
    runs = {path.parent.name for path in project.glob("*/*/run.json")}
    listed = ["docker", "ps", "--all", "--filter", "label=harness.run", "--format", '{{.ID}} {{.Label "harness.run"}}']
    lines = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
    return [container for container, run in map(str.split, lines) if run in runs]


def harness(
    project: Path, *words: str, command: tuple[str, ...] = HARNESS, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=environment(project) | variables,
    )


def environment(project: Path) -> dict[str, str]:
    return os.environ | {"HARNESS_RESULTS": str(project / "results"), "PYTHONPATH": str(ROOT)}


def only_run(project: Path) -> dict[str, Any]:
    [path] = (project / "results").glob("*/run.json")
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_a_smoke_run_gives_both_targets_all_four_metrics_and_a_page(project: Path) -> None:
    done = harness(project, "run", "--profile", "smoke", "--json", "--seed", "7")
    assert (done.returncode, done.stdout[:1]) == (0, "{"), done.stderr
    document = json.loads(done.stdout)
    assert document["run"]["status"] == "complete"
    for target in ("flask_app", "gin_app"):
        for metric in METRICS:
            rows = [r for r in document["results"] if r["target"] == target and r["metric"].startswith(metric)]
            assert [r for r in rows if r["estimate"] is not None], (target, metric)
    assert harness(project, "report", "--format", "html,md,json,csv,svg").returncode == 0
    page = project / "results" / document["run"]["id"] / "report" / "index.html"
    before = page.read_bytes()
    assert harness(project, "report").returncode == 0
    assert page.read_bytes() == before
    judged = json.loads(harness(project, "check", "--json").stdout)
    assert judged["run"] == document["run"]["id"]
    assert judged["totals"]["refuted"] > 0


@pytest.mark.slow
def test_a_run_beside_a_burner_is_flagged_and_answers_what_a_burner_cannot_change(project: Path) -> None:
    with burning(plan_cpus().target):
        words = ("run", "--profile", "smoke", "--seed", "7", "--verbose")
        done = harness(project, *words, command=BRIEF, BRIEF_OPEN_RATES="500")
    assert done.returncode == 0, done.stderr
    (folder,) = Store(project / "results").folders().values()
    stored = folder.load()
    assert {FlagKind.OTHER_LOAD in {flag.kind for flag in trial.flags} for trial in stored.trials} == {True}
    summary = summarise(stored)
    measured = [result for result in summary.results if result.estimate is not None and result.trials > 1]
    warned = {one.metric for one in measured if any("disturbed in 2 of 2" in text for text in one.warnings)}
    touched = {one.metric for one in measured if family_of(one.metric) is not Family.MEMORY}
    assert touched
    assert warned == touched
    verdicts = {(one.metric, one.scenario): one.verdict for one in summary.comparisons}
    assert verdicts["memory.idle", None] is Difference.LOWER
    # Gin is faster; two blocks may not show it, also after the correction for several comparisons
    assert verdicts["throughput.closed.c32", "hello"] not in {Difference.LOWER, Difference.EQUIVALENT}
    assert "disturbed in 2 of 2 blocks" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_target_that_answers_wrongly_has_no_number_and_a_correct_one_beside_it_has(project_of_liars: Path) -> None:
    lies = {
        "status": "verify",
        "body": "verify",
        "content-type": "verify",
        "date": "verify",
        "later": "load",
        "no-port": "start",
    }
    subjects = ",".join(["liar:honest", *(f"liar:{lie}" for lie in lies), "does_not_build"])
    words = ("run", "--profile", "smoke", "--target", subjects, "--json")
    done = harness(project_of_liars, *words, command=BRIEF)
    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    failures = {(row["target"], row["variant"]): row for row in document["failures"]}
    assert {variant: row["stage"] for (target, variant), row in failures.items() if target == "liar"} == lies
    assert "I will not listen" in failures["liar", "no-port"]["message"]
    unbuilt = failures["does_not_build", "own"]
    assert unbuilt["stage"] == "build"
    assert "the missing ingredient is salt" in unbuilt["message"]
    numbers = {(row["target"], row["variant"]) for row in document["results"] if row["estimate"] is not None}
    assert numbers == {("liar", "honest"), ("null_app", "raw")}
    assert document["run"]["status"] == "failed"


def a_container_exists(_: psutil.Process, project: Path) -> bool:
    return bool(containers(project))


def the_generator_is_busy(child: psutil.Process, _: Path) -> bool:
    """Return whether the generator has a connection to a target; it has no other connection."""
    try:
        workers = [one for one in child.children() if "harness.load.process.worker" in " ".join(one.cmdline())]
        return any(one.status == psutil.CONN_ESTABLISHED for worker in workers for one in worker.net_connections("tcp"))
    except psutil.Error:  # a child has ended meanwhile: ask again
        return False


@pytest.mark.parametrize(
    ("moment", "number", "code"),  # test_signals_at_stages.py has every signal at every stage
    [(a_container_exists, signal.SIGTERM, 143), (the_generator_is_busy, signal.SIGINT, 130)],
)
def test_an_interrupt_leaves_nothing_behind(
    project: Path, moment: Callable[[psutil.Process, Path], bool], number: signal.Signals, code: int
) -> None:
    child = start(project)
    processes = wait_for(child, lambda process: moment(process, project))
    child.send_signal(number)
    _, errors = child.communicate(timeout=600)
    assert (child.returncode, "Traceback" in errors) == (code, False), errors
    assert only_run(project)["status"] == "interrupted"
    psutil.wait_procs(processes, timeout=300)
    assert [process for process in processes if process.is_running()] == []


@pytest.mark.slow
def test_clean_removes_the_leftovers_of_a_killed_run_and_nothing_else(project: Path) -> None:
    child = start(project)
    processes = wait_for(child, lambda process: the_generator_is_busy(process, project))
    child.kill()
    child.communicate(timeout=600)
    psutil.wait_procs(processes, timeout=300)
    assert [process for process in processes if process.is_running()] == []
    left = containers(project)
    bystander = start(project, "--target", "gin_app", results="other")
    try:
        wait_for(bystander, lambda _: bool(set(containers(project)) - set(left)))
        swept = json.loads(harness(project, "clean", "--json").stdout)
        assert {name[:12] for name in swept["containers"]} >= set(left)
        assert not set(containers(project)) & set(left)
        assert len(left) == 3
        assert bystander.poll() is None
    finally:
        bystander.send_signal(signal.SIGINT)
        bystander.communicate(timeout=600)


@pytest.mark.slow
def test_a_killed_run_can_be_resumed_and_leaves_nothing_behind(project: Path) -> None:
    child = start(project, "--target", "gin_app", command=BRIEF)
    wait_for(child, lambda _: bool(trials(project)))
    child.kill()
    child.communicate(timeout=600)
    run, before = only_run(project), trials(project)
    assert run["status"] == "running"
    done = harness(project, "run", "--resume", run["id"], "--json", command=BRIEF)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["run"]["id"], document["run"]["status"]) == (run["id"], "complete")
    rates = [row for row in document["results"] if row["metric"] == "throughput.closed.c32"]
    assert {row["trials"] for row in rates} == {len(run["plan"]["orders"])}
    whole = len(before) // 2 * 2
    assert trials(project)[:whole] == before[:whole]
    again = harness(project, "run", "--resume", run["id"])
    assert (again.returncode, "its status is complete" in again.stderr) == (2, True), again.stderr


def trials(project: Path) -> list[str]:
    """Return the lines of the finished trials; a block of the target and the null target has two."""
    return [line for path in (project / "results").glob("*/trials.jsonl") for line in path.read_text().splitlines()]


def start(
    project: Path, *words: str, results: str = "results", command: tuple[str, ...] = HARNESS
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command, "run", "--profile", "smoke", *words],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(project) | {"HARNESS_RESULTS": str(project / results)},
    )


def wait_for(child: subprocess.Popen[str], moment: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Wait until a run has reached a moment; return the processes that it has started by then."""
    process = psutil.Process(child.pid)
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        assert child.poll() is None, child.communicate()
        if moment(process):
            return process.children(recursive=True)
        time.sleep(0.02)
    raise AssertionError("the run did not reach that moment in time")
