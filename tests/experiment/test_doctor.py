"""The finding of each fact; tests/e2e tests the whole command."""

import resource
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.experiment import doctor
from harness.experiment.doctor import Finding, State
from harness.experiment.environment import plan_cpus
from harness.model import BaseImage, ErrorKind, Load, LoadKind, Scenario, Slice
from harness.runtime.capabilities import EngineFacts
from harness.runtime.docker.engine import NO_SOCKET
from tests.examples import TARGET
from tests.fakes import FLASK_SYNC, driven, histogram_of

FACTS = EngineFacts({"engine": "28.2", "engine_interface": "1.50", "network": "host", "counters": "kernel"}, (), 0)
NO_ENGINE = MachineError("no container engine answers", where="the socket", cause="no such file", remedy="Start it.")
RESULT = driven(Slice(1, FLASK_SYNC, "hello", Load(LoadKind.CLOSED, 32), 1.0, 0.0, seed=1))


def test_a_finding_has_a_fix_unless_its_state_is_ok() -> None:
    for state in (State.WARNING, State.MISSING):
        with pytest.raises(ValueError, match="with fix ''"):
            Finding("cpus", state, "one")
    with pytest.raises(ValueError, match="ok with fix 'Buy one"):
        Finding("cpus", State.OK, "one", "Buy one.")


def test_an_engine_that_answers_is_named() -> None:
    assert doctor.engine(FACTS) == Finding("engine", State.OK, "28.2, interface 1.50")
    assert doctor.docker_runtime(FACTS).state is State.OK
    assert doctor.base_images(FACTS).state is State.OK


def test_without_an_engine_every_finding_that_needs_one_is_missing_with_the_errors_remedy() -> None:
    for finding in (doctor.engine(NO_ENGINE), doctor.docker_runtime(NO_ENGINE), doctor.base_images(NO_ENGINE)):
        assert (finding.state, finding.fix) == (State.MISSING, "Start it.")
    assert doctor.engine(NO_ENGINE).detail == "no container engine answers (the socket): no such file"


def test_the_engines_are_those_places_where_something_is_and_all_of_them_are_kept() -> None:
    lines = ("DOCKER_HOST (a): answers; it is used", f"Colima (b): {NO_SOCKET}", f"Podman (c): {NO_SOCKET}")
    finding = doctor.engines(FACTS, lines)
    assert finding.detail == "DOCKER_HOST (a): answers; it is used; no socket at 2 other usual places"
    assert doctor.document_of([finding]).findings[0].lines == list(lines)
    assert doctor.engines(NO_ENGINE, lines[:1]).detail == lines[0]


def test_an_engine_that_forwards_ports_is_a_warning() -> None:
    assert (
        doctor.docker_runtime(replace(FACTS, about={"network": "published", "counters": "kernel"})).state
        is State.WARNING
    )


def test_bases_made_on_this_machine_and_bases_without_a_digest_are_named_and_no_fault() -> None:
    pin = f"golang:1.26@sha256:{'0f' * 32}"
    bases = (BaseImage("PYTHON_BASE", "python:3.13", "local/python"), BaseImage("GO_BASE", pin, "local/golang"))
    assert doctor.base_images(FACTS, bases[1:]).detail == "the engine has every base image"
    finding = doctor.base_images(replace(FACTS, stand_ins=(pin, pin)), bases)
    assert finding.state is State.OK
    assert finding.detail == (
        "made on this machine, in place of: golang:1.26@sha256:0f0f0f0f0f0f…; not pinned by a digest, which is "
        "allowed: python:3.13"
    )


def test_missing_base_images_are_named() -> None:
    finding = doctor.base_images(replace(FACTS, missing_bases=("python:3.13", "golang:1.26")))
    assert (finding.state, finding.detail) == (State.WARNING, "missing: python:3.13, golang:1.26")


@pytest.mark.parametrize(
    ("has_venv", "has_go", "state"),
    [
        (True, True, State.OK),
        (True, False, State.WARNING),
        (False, True, State.WARNING),
        (False, False, State.MISSING),
    ],
)
def test_processes_need_a_toolchain(*, has_venv: bool, has_go: bool, state: State) -> None:
    assert doctor.process_runtime(has_venv=has_venv, has_go=has_go).state is state


def test_a_machine_can_run_no_target_only_if_both_runtimes_are_missing() -> None:
    no_docker = doctor.docker_runtime(NO_ENGINE)
    assert doctor.incapacity([no_docker, doctor.process_runtime(has_venv=True, has_go=False)]) is None
    assert (
        doctor.incapacity([doctor.docker_runtime(FACTS), doctor.process_runtime(has_venv=False, has_go=False)]) is None
    )
    problem = doctor.incapacity([no_docker, doctor.process_runtime(has_venv=False, has_go=False)])
    assert problem is not None
    assert problem.exit_code == 3
    assert problem.cause == "there is no engine to run containers; neither Python's venv nor Go is installed"


def test_one_cpu_for_target_and_generator_is_a_warning() -> None:
    assert doctor.cpu_share(plan_cpus(frozenset({3}))).state is State.WARNING
    finding = doctor.cpu_share(plan_cpus(frozenset({1, 2})))
    assert finding.state is State.OK
    assert finding.detail.endswith("; target 1, generator 2")


def test_counters_that_cannot_be_read_are_a_warning(tmp_path: Path) -> None:
    assert doctor.cgroups(tmp_path).state is State.WARNING


@pytest.mark.parametrize(
    ("hard", "state", "detail"),
    [
        (resource.RLIM_INFINITY, State.OK, "up to any number per process"),
        (4096, State.OK, "up to 4,096 per process"),
        (4095, State.WARNING, "up to 4,095 per process"),
    ],
)
def test_a_low_limit_of_open_files_is_a_warning(hard: int, state: State, detail: str) -> None:
    finding = doctor.open_files(hard)
    assert (finding.state, finding.detail) == (state, detail)


def test_disk_space_is_that_of_the_nearest_folder_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 3 << 30})
    monkeypatch.setattr(shutil, "disk_usage", {tmp_path: usage}.__getitem__)
    assert doctor.disk(tmp_path / "not" / "yet") == Finding("disk", State.OK, "3.0 GiB free for results")
    usage.free = 1 << 30  # type: ignore[attr-defined]
    assert doctor.disk(tmp_path).state is State.WARNING


def test_leftovers_are_counted_with_and_without_an_engine() -> None:
    assert doctor.leftovers(FACTS, 0).state is State.OK
    assert doctor.leftovers(replace(FACTS, leftovers=2), 1).detail == "2 containers and 1 processes of dead runs"
    assert doctor.leftovers(NO_ENGINE, 1).state is State.WARNING


@pytest.mark.parametrize(
    ("load", "steal_percent", "state"),
    [(1.0, 1.0, State.OK), (1.01, 0.0, State.WARNING), (0.0, 1.01, State.WARNING)],
)
def test_a_busy_machine_or_stolen_cpu_time_is_a_warning(load: float, steal_percent: float, state: State) -> None:
    assert doctor.noise(load, steal_percent, cpus=2).state is state


def test_a_power_saving_governor_is_a_warning_and_an_unknown_one_is_not() -> None:
    assert doctor.frequency("powersave", turbo=True).state is State.WARNING
    assert doctor.frequency("performance", turbo=False).detail == "governor performance, turbo off"
    assert doctor.frequency(None, turbo=None).state is State.OK


def test_the_finding_of_the_generator_has_its_rate_and_lateness() -> None:
    on_time = replace(RESULT, lateness=histogram_of([1e-5]))
    finding = doctor.ceiling(replace(RESULT, counted=90_000, counted_s=1.0), on_time)
    assert finding.state is State.OK
    assert finding.detail == "90,000 requests/s on the null target, p99 lateness 10 µs"


def test_a_late_generator_or_a_failed_request_is_a_warning() -> None:
    late = replace(RESULT, lateness=histogram_of([0.002]))
    assert doctor.ceiling(RESULT, late).state is State.WARNING
    failed = doctor.ceiling(
        replace(RESULT, errors={ErrorKind.RESET: 2}), replace(RESULT, lateness=histogram_of([1e-5]))
    )
    assert failed.state is State.WARNING
    assert failed.detail.endswith(", 2 failed")


def test_where_no_runtime_can_build_the_null_target_it_is_not_driven() -> None:
    processes = doctor.process_runtime(has_venv=True, has_go=False)
    cpus, docker = plan_cpus(frozenset({0, 1})), doctor.docker_runtime(NO_ENGINE)
    finding = doctor.calibration(TARGET, Scenario("hello", "", Path()), cpus, docker, processes)
    assert (finding.state, finding.fix) == (State.WARNING, processes.fix)


def test_the_document_has_one_row_per_finding() -> None:
    document = doctor.document_of([Finding("cpus", State.WARNING, "one", "Buy one.")])
    [row] = document.findings
    assert (document.schema, row.name, row.state, row.detail, row.fix) == (
        "harness.doctor/1",
        "cpus",
        "warning",
        "one",
        "Buy one.",
    )
