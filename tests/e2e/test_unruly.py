"""Runs with targets that misbehave as processes, on both runtimes: each failure is explained, and nothing is left."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient

from tests.e2e.conftest import listed
from tests.project import write
from tests.runtime.awaiting import marked

ROOT = Path(__file__).parents[2]
TARGETS = Path(__file__).parent / "targets"
# A target that hangs takes all of its limits. All others start and answer within a small part of these.
SHORT_LIMITS = {"BRIEF_READY_S": "15", "BRIEF_ANSWER_S": "10", "BRIEF_GIVE_UP_S": "3"}
HOSTILE = "huge endless trickle deep escapes chunks interim bomb old twice turning"

pytestmark = [pytest.mark.locust, pytest.mark.machine, pytest.mark.slow]


@dataclass(frozen=True)
class Outcome:
    """Outcome of a run of unruly targets, with the processes that it left."""

    code: int
    errors: str
    document: dict[str, Any]
    processes: list[int]

    @property
    def failures(self) -> dict[str, tuple[str, str]]:
        """Stage and message by variant."""
        return {row["variant"]: (row["stage"], row["message"]) for row in self.document["failures"]}

    @property
    def measured(self) -> set[str]:
        """The variants that have a throughput."""
        rows = self.document["results"]
        return {row["variant"] for row in rows if row["metric"] == "throughput.closed.c32" and row["estimate"]}

    def warnings_of_throughput(self) -> dict[str, list[str]]:
        """Return the warnings of the throughput, by variant."""
        rows = [row for row in self.document["results"] if row["metric"] == "throughput.closed.c32"]
        return {row["variant"]: row["warnings"] for row in rows}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the null target, one that misbehaves, and one with a contract of its own."""
    project = tmp_path_factory.mktemp("project")
    for name in ("scenarios", "figures"):
        (project / name).symlink_to(ROOT / name)
    write(project / "project.toml", 'title = "Unruly"\nreference = "null_app"\ntargets = ["null_app"]\n')
    (project / "targets").mkdir()
    shutil.copytree(ROOT / "targets" / "null_app", project / "targets" / "null_app")
    for name in ("unruly", "hostile", "as_they_are"):
        shutil.copytree(TARGETS / name, project / "targets" / name)
    return project


@pytest.fixture(scope="module")
def run(project: Path) -> Callable[..., Outcome]:
    """Run the variants that are named on a runtime, in brief blocks."""

    def run(runtime: str, variants: str, *, target: str = "unruly", open_rates: str = "") -> Outcome:
        subjects = ",".join(word if ":" in word else f"{target}:{word}" for word in variants.split())
        words = ("run", "--profile", "smoke", "--runtime", runtime, "--target", subjects, "--json")
        variables = {"HARNESS_RESULTS": str(project / "results"), "BRIEF_OPEN_RATES": open_rates} | SHORT_LIMITS
        done = subprocess.run(
            [sys.executable, "-m", "tests.e2e.brief_blocks", *words],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | variables,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stdout, done.stderr
        document = json.loads(done.stdout)
        return Outcome(done.returncode, done.stderr, document, marked(document["run"]["id"]))

    return run


@pytest.fixture(scope="module")
def as_processes(run: Callable[..., Outcome]) -> Outcome:
    return run("process", "well mute public quitting crashing hungry leaving greedy orphans stubborn")


class TestAsProcesses:
    """As processes, without a container around them."""

    def test_each_failure_has_its_stage_and_cause(self, as_processes: Outcome) -> None:
        assert as_processes.code == 4, as_processes.errors
        failures = as_processes.failures
        assert {variant: stage for variant, (stage, _) in failures.items()} == {
            "mute": "start",
            "public": "start",
            "quitting": "start",
            "crashing": "start",
            "hungry": "start",
            "leaving": "verify",
            "greedy": "load",
        }
        assert "I would rather not" in failures["mute"][1]
        assert "accepts connections on 0.0.0.0:" in failures["public"][1]
        assert re.search(r"it exited with code 7\. .*\nIt last printed:\n  no database", failures["quitting"][1])
        assert re.search(r"signal 11 \(SIGSEGV\)\. .*\nIt last printed:\n  that pointer", failures["crashing"][1])
        assert "and its limit is 1,073,741,824 bytes" in failures["hungry"][1]
        assert re.search(
            r"GET /json\): it exited with code 3; .*\nIt last printed:\n  the cache is gone", failures["leaving"][1]
        )
        assert "and its limit is 1,073,741,824 bytes" in failures["greedy"][1]

    def test_variants_that_end_badly_are_measured_and_how_they_ended_is_said(self, as_processes: Outcome) -> None:
        assert as_processes.measured >= {"well", "orphans", "stubborn"}
        said = as_processes.warnings_of_throughput()
        assert "it orphaned processes that had to be ended: 1 in 2 of 2 trials" in said["orphans"]
        assert "it did not end within 5 s of SIGTERM and was killed in 2 of 2 trials" in said["stubborn"]

    def test_nothing_is_left(self, as_processes: Outcome) -> None:
        assert as_processes.processes == []


@pytest.fixture(scope="module")
def unanswered(run: Callable[..., Outcome]) -> Outcome:
    return run("process", "well silent sluggish", open_rates="500")


class TestLoadWithoutAnswers:
    """Requests beyond the time-out, and an open rate that a target can't serve: absences, and no failed target."""

    def test_the_run_ends_with_the_exit_code_of_invalid_measurements(self, unanswered: Outcome) -> None:
        assert (unanswered.code, unanswered.failures) == (5, {}), unanswered.errors
        assert "requests failed under load" in unanswered.errors
        assert unanswered.processes == []

    def test_every_number_without_answers_is_absent_with_its_reason(self, unanswered: Outcome) -> None:
        rows = {(row["variant"], row["metric"], row["scenario"]): row for row in unanswered.document["results"]}
        for key in (("silent", "throughput.closed.c32", "hello"), ("silent", "cpu_per_request.closed.c32", "hello")):
            reason = rows[key]["reason"] or ""
            assert re.search(r"its answers take \d.* s or more|no answer came in the warm-up", reason), rows[key]
        for percentile in ("p50", "p99"):
            row = rows["sluggish", f"latency.open.r500.{percentile}", "hello"]
            assert (row["reason"] or "").startswith("does not keep up with 500/s: "), row

    def test_the_rest_of_the_run_is_measured(self, unanswered: Outcome) -> None:
        assert "well" in unanswered.measured
        rows = unanswered.document["results"]
        for metric in ("memory_pss.idle", "process_start.ready"):
            found = {row["variant"] for row in rows if row["metric"] == metric and row["estimate"]}
            assert found >= {"well", "silent", "sluggish"}, metric


@pytest.fixture(scope="module")
def in_containers(engine: object, run: Callable[..., Outcome]) -> Outcome:
    assert engine
    variants = "well mute public quitting crashing hungry leaving greedy careless orphans stubborn as_they_are:own"
    return run("docker", variants)


@pytest.mark.engine
class TestInContainers:
    """In containers, where the kernel ends what outlives the first process."""

    def test_each_failure_has_its_stage_and_cause(self, in_containers: Outcome) -> None:
        assert in_containers.code == 4, in_containers.errors
        failures = in_containers.failures
        assert {variant: stage for variant, (stage, _) in failures.items()} == {
            "mute": "start",
            "public": "start",
            "quitting": "start",
            "crashing": "start",
            "hungry": "start",
            "leaving": "verify",
            "greedy": "load",
            "careless": "load",
        }
        starved = "the kernel ended a process of it for lack of memory: it may use 1,073,741,824 bytes and used all of"
        lost = "the kernel ended 1 of its processes for lack of memory: it may use 1,073,741,824 bytes and used 1,07"
        assert "I would rather not" in failures["mute"][1]
        assert "accepts connections on 0.0.0.0:" in failures["public"][1]
        assert re.search(r"it exited with code 7\. .*\nIt last printed:\n  no database", failures["quitting"][1])
        assert re.search(r"\(SIGSEGV\)\. .*\nIt last printed:\n  that pointer again", failures["crashing"][1])
        assert f"unruly:hungry, its first requests): {starved}" in failures["hungry"][1]
        assert re.search(
            r"GET /json\): it exited with code 3; .*\nIt last printed:\n  the cache is gone", failures["leaving"][1]
        )
        assert f"): {starved}" in failures["greedy"][1]
        assert f"): {lost}" in failures["careless"][1]

    def test_variants_that_end_badly_are_measured_and_how_they_ended_is_said(self, in_containers: Outcome) -> None:
        assert in_containers.measured >= {"well", "orphans", "stubborn"}
        said = in_containers.warnings_of_throughput()
        assert "it did not end within 5 s of SIGTERM and was killed in 2 of 2 trials" in said["stubborn"]

    def test_a_target_with_a_contract_of_its_own_is_measured_and_compared_with_no_target_of_another(
        self, in_containers: Outcome
    ) -> None:
        rows = [row for row in in_containers.document["results"] if row["target"] == "as_they_are"]
        numbers = {row["metric"] for row in rows if row["estimate"]}
        assert numbers >= {"throughput.closed.c32", "cpu_per_request.closed.c32", "memory.idle"}
        said = in_containers.warnings_of_throughput()["own"]
        assert any("it answers a contract of its own" in warning for warning in said), said
        compared = [
            (one["subject"], one["reference"])
            for one in in_containers.document["comparisons"]
            if one["scenario"] == "hello"
        ]
        assert compared
        assert not any(word.startswith("as_they_are") for pair in compared for word in pair)

    def test_nothing_is_left(self, engine: APIClient, in_containers: Outcome) -> None:
        assert listed(engine, f"harness.run={in_containers.document['run']['id']}") == []

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can take the control groups away")
    def test_unreadable_control_groups_are_an_error_and_nothing_is_left(self, engine: APIClient, project: Path) -> None:
        hide = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
        words = (sys.executable, "-m", "harness", "run", "--profile", "smoke", "--runtime", "docker")
        environment = os.environ | {"HARNESS_RESULTS": str(project / "blind"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", hide, "sh", *words, "--target", "unruly:well"],
            cwd=project,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
            env=environment,
        )
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
        assert "a user who may read /proc and /sys/fs/cgroup" in done.stderr
        [run] = (path.parent.name for path in (project / "blind").glob("*/run.json"))
        assert listed(engine, f"harness.run={run}") == []


@pytest.fixture(scope="module")
def hostile(engine: object, run: Callable[..., Outcome]) -> Outcome:
    assert engine
    return run("docker", f"well {HOSTILE}", target="hostile")


@pytest.mark.engine
class TestHostileAnswers:
    """Answers that would end or hang a client: each is a wrong answer of its own target."""

    def test_each_is_the_failure_of_its_own_target(self, hostile: Outcome) -> None:
        assert hostile.code == 4, hostile.errors
        assert set(hostile.failures) == set(HOSTILE.split())
        stages = {variant: stage for variant, (stage, _) in hostile.failures.items()}
        assert {variant for variant, stage in stages.items() if stage != "verify"} <= {"turning"}
        assert "a body of more than 65536 bytes" in hostile.failures["endless"][1]
        assert "no answer: " in hostile.failures["trickle"][1]

    def test_the_target_beside_them_is_measured(self, hostile: Outcome) -> None:
        assert "well" in hostile.measured
        assert not hostile.measured & set(HOSTILE.split())

    def test_nothing_that_they_send_or_print_reaches_the_terminal_as_it_was(self, hostile: Outcome) -> None:
        assert not [char for char in hostile.errors if not char.isprintable() and char not in "\n\t"]
        assert not re.search(r"^\s*::|##\[", hostile.errors, re.MULTILINE)

    def test_nothing_is_left(self, engine: APIClient, hostile: Outcome) -> None:
        assert listed(engine, f"harness.run={hostile.document['run']['id']}") == []
