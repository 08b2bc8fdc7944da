"""Habits of other people's servers under load, with another person's scenario: what has a number, and its remarks."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
HABITS = ("recycle", "silent-close", "sleep-60", "sleep-100")
RECYCLED, STAMPED, PARSED = ("recycled", "stamped", "parsed")
RATE = "throughput.closed.c32"
ONE = "throughput.closed.c1"
OWN_TIME = "the generator's own time per request differs: "
ACCUSATIONS = ("requests failed", "not steady", "law", "killed", "exit")

FLASK_VARIANT = """
[variants.recycled]
class = "tuned"
summary = "as gthread, each worker replaced after 200 requests"
command = ["python", "-m", "gunicorn", "--config", "gunicorn_conf.py", "--max-requests", "200", "app:app"]
environment = { GUNICORN_WORKER_CLASS = "gthread" }
workers_per_cpu = 1
"""
GIN_VARIANT = """
[variants.%s]
class = "tuned"
summary = "as release, with a header that differs on every answer"
command = ["./gin_app"]
environment = { GIN_MODE = "release", STAMP = "%s" }
workers_per_cpu = 1
"""
ANCHOR = "\trouter.Use(gin.Recovery())\n"
MIDDLEWARE = """\tif name := os.Getenv("STAMP"); name != "" {
\t\trouter.Use(func(c *gin.Context) {
\t\t\tc.Header(name, strconv.FormatInt(time.Now().UnixNano(), 10))
\t\t\tc.Next()
\t\t})
\t}
"""

pytestmark = [pytest.mark.locust, pytest.mark.slow]


def stamp(gin: Path) -> None:
    """Give a copy of the Gin target variants with a stamp; an answer with another Content-Range is always parsed."""
    source = (gin / "main.go").read_text(encoding="utf-8")
    assert source.count(ANCHOR) == 1
    (gin / "main.go").write_text(source.replace(ANCHOR, ANCHOR + MIDDLEWARE), encoding="utf-8")
    with (gin / "target.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(GIN_VARIANT % (STAMPED, "X-Process-Time") + GIN_VARIANT % (PARSED, "Content-Range"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with targets of such habits, and a scenario of somebody's own."""
    project = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "project.toml", project)
    for name in ("flask_app", "gin_app", "null_app"):
        shutil.copytree(ROOT / "targets" / name, project / "targets" / name)
    shutil.copytree(ROOT / "tests/e2e/targets/suite_app", project / "targets" / "suite_app")
    with (project / "targets/flask_app/target.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(FLASK_VARIANT)
    stamp(project / "targets/gin_app")
    (project / "figures").symlink_to(ROOT / "figures")
    (project / "scenarios").mkdir()
    shutil.copy(ROOT / "tests/load/locustfiles/profile_page.py", project / "scenarios")
    shutil.copy(ROOT / "scenarios/hello.py", project / "scenarios")
    return project


def measured(project: Path, scenario: str, connections: int, subjects: Sequence[str]) -> dict[str, Any]:
    """Run targets as processes, and return the document of the run."""
    words = ("--profile", "smoke", "--runtime", "process", "--target", ",".join(subjects), "--scenario", scenario)
    environment = {"PYTHONPATH": str(ROOT), "HARNESS_RESULTS": str(project / "results")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.brief_blocks", "run", *words, "--json"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env=os.environ | environment | {"BRIEF_CONNECTIONS": str(connections)},
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["failures"] == []
    return document


@pytest.fixture(scope="module")
def document(project: Path) -> dict[str, Any]:
    subjects = [*(f"suite_app:{variant}" for variant in HABITS), f"flask_app:{RECYCLED}"]
    return measured(project, "profile_page", 32, subjects)


@pytest.fixture(scope="module")
def stamped(project: Path) -> dict[str, Any]:
    return measured(project, "hello", 1, ["gin_app", f"gin_app:{STAMPED}", f"gin_app:{PARSED}"])


def row(document: dict[str, Any], variant: str, metric: str = RATE) -> dict[str, Any]:
    rows = [one for one in document["results"] if (one["variant"], one["metric"]) == (variant, metric)]
    (found,) = rows
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("variant", [*HABITS, RECYCLED])
def test_each_habit_has_a_rate(document: dict[str, Any], variant: str) -> None:
    assert row(document, variant)["estimate"], row(document, variant)


@pytest.mark.parametrize("variant", ["recycle", "silent-close"])
def test_requests_that_met_the_end_of_a_connection_are_counted_beside_the_rate(
    document: dict[str, Any], variant: str
) -> None:
    assert any("were sent again" in warning for warning in row(document, variant)["warnings"])


def test_a_recycled_worker_is_told_by_its_connections_and_is_accused_of_nothing(document: dict[str, Any]) -> None:
    warnings = row(document, RECYCLED)["warnings"]
    assert any("of 1,000 requests opened a new connection: " in warning for warning in warnings), warnings
    assert [warning for warning in warnings if any(word in warning for word in ACCUSATIONS)] == []


def test_the_ratio_of_two_slow_handlers_is_that_of_their_times(document: dict[str, Any]) -> None:
    rates = [row(document, variant)["estimate"] for variant in ("sleep-60", "sleep-100")]
    assert 1 < rates[0] / rates[1] < 1.7  # 100 / 60, less what the app itself, on a busy machine, adds to both


def ratio(document: dict[str, Any], variant: str) -> dict[str, Any]:
    named = [one for one in document["comparisons"] if (one["metric"], one["subject"]) == (ONE, f"gin_app:{variant}")]
    (found,) = named
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("variant", [STAMPED, PARSED])
def test_a_stamped_answer_is_right_and_its_target_is_accused_of_nothing(stamped: dict[str, Any], variant: str) -> None:
    found = row(stamped, variant, ONE)
    assert found["estimate"], found
    assert [warning for warning in found["warnings"] if any(word in warning for word in ACCUSATIONS)] == []


@pytest.mark.parametrize("variant", [STAMPED, PARSED])
def test_what_the_generator_spends_on_a_stamp_is_said_with_the_ratio_without_it(
    stamped: dict[str, Any], variant: str
) -> None:
    found = ratio(stamped, variant)
    said = [warning for warning in found["warnings"] if warning.startswith(OWN_TIME)]
    bounds = {row(stamped, one, ONE)["bound"] for one in ("release", variant)}
    if variant == PARSED and bounds != {"target"}:  # a parse is a part of the cycle on any machine
        assert said, found
    assert all("; with equal times the ratio would be " in warning for warning in said)
    assert (found["at_least"] is not None) is (found["at_most"] is not None) is bool(said)
