"""The main job without a container engine: the commands of a user, their output, and no leftovers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.measure.unscheduled import NO_OPEN_LOAD
from harness.report import Format
from tests.hostile_text import commands
from tests.runtime.awaiting import marked, until

ROOT = Path(__file__).parents[2]
HARNESS = (sys.executable, "-m", "harness")
BRIEF = (sys.executable, "-m", "tests.e2e.brief_blocks")
METRICS = ("throughput.closed.", "latency.", "cpu_per_request.", "memory_pss.idle", "process_start.ready")
CONTAINERS_METRICS = ("memory.", "cold_start.")
UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new project with the real scenarios, figures and targets, and an empty cache."""
    project = tmp_path_factory.mktemp("project")
    (project / "figures").symlink_to(ROOT / "figures")
    shutil.copytree(ROOT / "scenarios", project / "scenarios")
    shutil.copy(ROOT / "tests/e2e/hostile_scenario.py", project / "scenarios" / "hostile.py")
    shutil.copy(ROOT / "project.toml", project)
    shutil.copytree(ROOT / "targets", project / "targets", ignore=shutil.ignore_patterns("__pycache__"))
    return project


@pytest.fixture(scope="module")
def without_engine(project: Path) -> dict[str, str]:
    """Return an environment with the address of an engine that does not exist."""
    return os.environ | {
        "DOCKER_HOST": f"unix://{project}/none.sock",
        "HARNESS_RESULTS": str(project / "results"),
        "HARNESS_CACHE": str(project / "cache"),
        "PYTHONPATH": str(ROOT),
        "BRIEF_OPEN_RATES": "500",
    }


@pytest.fixture(scope="module")
def run(project: Path, without_engine: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Execute one brief run with an empty cache."""
    words = ("run", "--profile", "smoke", "--runtime", "auto", "--json")
    return harness(project, without_engine, *words, command=BRIEF)


def harness(
    project: Path, environment: dict[str, str], *words: str, command: tuple[str, ...] = HARNESS
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, *words], cwd=project, capture_output=True, text=True, timeout=1800, check=False, env=environment
    )


@pytest.fixture
def started(project: Path, without_engine: dict[str, str], run: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield a run with a running target, and its id; the targets are already built."""
    assert run
    before = runs(project)
    words = [*HARNESS, "run", "--profile", "smoke", "--runtime", "process"]
    with subprocess.Popen(
        words, cwd=project, env=without_engine, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        until(lambda: child.poll() is not None or bool(runs(project) - before))
        (run_id,) = runs(project) - before
        until(lambda: child.poll() is not None or bool(marked(run_id)))
        assert child.poll() is None
        yield child, run_id
        child.kill()


def runs(project: Path) -> set[str]:
    return {path.parent.name for path in (project / "results").glob("*/run.json")}


def test_a_brief_run_gives_both_targets_their_metrics(run: subprocess.CompletedProcess[str]) -> None:
    assert run.returncode == 0, run.stderr
    assert "targets run as processes of this machine" in run.stderr
    document = json.loads(run.stdout)
    assert (document["run"]["status"], document["run"]["runtime"]) == ("complete", "process")
    for target in ("flask_app", "gin_app"):
        for metric in METRICS:
            rows = [r for r in document["results"] if r["target"] == target and r["metric"].startswith(metric)]
            assert [r for r in rows if r["estimate"] is not None], (target, metric)
    assert [r for r in document["results"] if r["metric"].startswith(CONTAINERS_METRICS)] == []
    assert marked(document["run"]["id"]) == []


def test_the_environment_of_a_run_is_in_its_document(run: subprocess.CompletedProcess[str]) -> None:
    environment: dict[str, Any] = json.loads(run.stdout)["environment"]
    assert environment["runtime"]["process_limit"] == "none"
    images = environment["images"]
    assert all(image["id"].startswith("process:") and image["size_bytes"] > 0 for image in images.values())
    assert {"python", "flask", "gunicorn", "werkzeug"} <= set(images["flask_app"]["versions"])
    assert {"go", "github.com/gin-gonic/gin"} <= set(images["gin_app"]["versions"])


def test_report_and_check_accept_a_run_of_processes(
    project: Path, without_engine: dict[str, str], run: subprocess.CompletedProcess[str]
) -> None:
    run_id = json.loads(run.stdout)["run"]["id"]
    reported = harness(project, without_engine, "report", run_id, "--format", "html,md,json,csv")
    assert reported.returncode == 0, reported.stderr
    page = (project / "results" / run_id / "report" / "report_full.md").read_text(encoding="utf-8")
    assert "without containers" in page
    checked = harness(project, without_engine, "check", "--run", run_id, "--json")
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["run"] == run_id


def test_an_interrupt_leaves_nothing_behind(started: tuple[subprocess.Popen[str], str], project: Path) -> None:
    """The other signals are in test_signals.py and test_signals_at_stages.py."""
    child, run_id = started
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=300)
    assert (child.returncode, "Traceback" in errors) == (130, False), errors
    assert marked(run_id) == []
    stored = json.loads((project / "results" / run_id / "run.json").read_text(encoding="utf-8"))
    assert stored["status"] == "interrupted"


def test_a_killed_run_leaves_no_processes_behind(started: tuple[subprocess.Popen[str], str]) -> None:
    child, run_id = started
    child.kill()
    until(lambda: marked(run_id) == [])


def test_the_docker_runtime_needs_an_engine(project: Path, without_engine: dict[str, str]) -> None:
    done = harness(project, without_engine, "run", "--profile", "smoke", "--runtime", "docker")
    assert (done.returncode, "Traceback" in done.stderr) == (3, False)
    assert "no container engine answers" in done.stderr


def test_clean_removes_the_built_targets(
    project: Path, without_engine: dict[str, str], run: subprocess.CompletedProcess[str]
) -> None:
    assert run.returncode == 0, run.stderr
    done = harness(project, without_engine, "clean", "--images", "--json")
    assert done.returncode == 0, done.stderr
    built = {name.rpartition("-")[0] for name in json.loads(done.stdout)["images"]}
    assert built == {"flask_app", "gin_app", "null_app"}
    assert harness(project, without_engine, "clean", "--images").stdout == "nothing to remove\n"


SHORT = """
from dataclasses import replace
from harness import manifest
from harness.cli import main
conditions = manifest.load_profiles()["conditions"]
few = {"blocks": 2, "cold_starts": 2, "discarded_starts": 0, "connections": (1, 8), "other_connections": 8}
short = replace(conditions, **few, level_s=0.4, least_rounds=1, warmup_s=0.2)
manifest.load_profiles = lambda: {"conditions": short}
main()
"""


def test_a_short_run_of_the_conditions_measures_every_variant_of_a_target(
    project: Path, without_engine: dict[str, str], run: object
) -> None:
    assert run
    words = ["run", "--profile", "conditions", "--target", "gin_app", "--runtime", "process", "--json"]
    command = [sys.executable, "-c", SHORT, *words]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, timeout=1800, check=False, env=without_engine
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    rates = {
        row["variant"]: row["estimate"]
        for row in document["results"]
        if row["target"] == "gin_app" and row["metric"] == "throughput.closed.c8"
    }
    assert list(rates) == ["release", "no-keepalive", "debug-logger"]
    assert all(rates.values())
    run_id = document["run"]["id"]
    assert harness(project, without_engine, "report", run_id, "--format", "html,md").returncode == 0
    page = (project / "results" / run_id / "report" / "report_full.md").read_text(encoding="utf-8")
    assert "| Gin | no-keepalive | tuned | 1 | 1 | closed |" in page
    assert harness(project, without_engine, "check", "--run", run_id).returncode == 0


@pytest.fixture(scope="module")
def of_users(project: Path, without_engine: dict[str, str], run: object) -> subprocess.CompletedProcess[str]:
    """Execute a run whose scenario has users of Locust with hostile texts."""
    assert run
    words = ("--profile", "smoke", "--target", "flask_app", "--scenario", "hostile", "--json")
    return harness(project, without_engine, "run", *words)


def test_users_of_locust_are_a_headline_in_closed_load_and_their_open_load_is_absent(
    of_users: subprocess.CompletedProcess[str],
) -> None:
    assert of_users.returncode == 0, of_users.stderr
    rows = {row["metric"]: row for row in json.loads(of_users.stdout)["results"] if row["target"] == "flask_app"}
    assert rows["throughput.closed.c32"]["estimate"], rows["throughput.closed.c32"]["reason"]
    assert (rows["latency.open.r500.p50"]["estimate"], rows["latency.open.r500.p50"]["reason"]) == (None, NO_OPEN_LOAD)
    assert f"scenario hostile: {NO_OPEN_LOAD}" in of_users.stderr, "said before the first block"


def test_hostile_texts_of_a_locustfile_are_its_complaints_and_stay_text(
    project: Path, without_engine: dict[str, str], of_users: subprocess.CompletedProcess[str]
) -> None:
    document = json.loads(of_users.stdout)
    [peak] = [row for row in document["results"] if (row["target"], row["metric"]) == ("flask_app", "throughput.peak")]
    assert "from the script, and not from the target" in peak["warnings"][0]
    formats = ",".join(Format)
    reported = harness(project, without_engine, "report", document["run"]["id"], "--format", formats)
    assert reported.returncode == 0, reported.stderr
    texts = {path: path.read_text(encoding="utf-8") for path in map(Path, reported.stdout.split()) if is_text(path)}
    assert len(texts) > len(Format)
    for text in (of_users.stdout, of_users.stderr, *texts.values()):
        assert not [char for char in set(text) - {"\n", "\t"} if unicodedata.category(char) in UNPRINTABLE]
        assert not [line for line in commands(text) if not line.lstrip().startswith('"')]


def is_text(path: Path) -> bool:
    return path.suffix not in {".parquet", ".txt"}  # the second is the harness's own commands
