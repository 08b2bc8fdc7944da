"""`harness run --target-cpus N --generator-cpus N` with fakes: what the targets get, what is stored and printed."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from harness.experiment import environment
from harness.experiment.environment import plan_cpus
from harness.model import RunStatus, Slice, SliceResult, Subject
from tests.fakes import ANY_CPU, Script
from tests.project import write
from tests.test_cli_run import RATES_PER_S, SMALL, Bench
from tests.trials import FLASK, GIN

GENERATOR = min(ANY_CPU)  # the pollers of the tests need a CPU of this machine
OTHERS = frozenset(range(1000, 1004))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a bench on a machine of five CPUs, of which the generator gets a real one."""
    bench = Bench(tmp_path, monkeypatch, capsys)

    def plan(
        workers: int = 1, *, target_cpus: int = 1, generator_cpus: int | None = None, most_cpus: int | None = None
    ) -> environment.CpuPlan:
        planned = plan_cpus(
            OTHERS | {2000}, workers, target_cpus=target_cpus, generator_cpus=generator_cpus, most_cpus=most_cpus
        )
        return replace(planned, generator=(planned.generator - {2000}) | {GENERATOR})

    monkeypatch.setattr(environment, "cpus_for_targets", lambda *_: len(OTHERS))
    monkeypatch.setattr(environment, "plan_cpus", plan)
    return bench


def test_every_target_gets_the_cpus_and_the_plan_and_the_environment_have_them(bench: Bench) -> None:
    done = bench.run("run", "--target-cpus", "2", "--json")
    assert done.code == 0, done.err
    assert {launch.cpus for launch in bench.runtime.launches} == {frozenset({1000, 1001})}
    assert (bench.stored().plan.target_cpus, bench.stored().plan.generator_cpus) == (2, None)
    assert bench.stored().environment["cpus"]["target"] == [1000, 1001]
    assert json.loads(done.out)["run"]["target_cpus"] == 2


def test_the_generator_gets_its_cpus_and_those_without_a_worker_are_a_warning(bench: Bench) -> None:
    done = bench.run("run", "--generator-cpus", "2")
    assert bench.stored().environment["cpus"]["generator"] == sorted({GENERATOR, 1003})
    assert "warning: 1 of 2 CPUs of the generator have no worker; use --workers" in done.err


@pytest.mark.parametrize(("words", "each"), [((), "one CPU each"), (("--target-cpus", "2"), "2 CPUs each")])
def test_every_headline_says_the_cpus(bench: Bench, words: tuple[str, ...], each: str) -> None:
    assert bench.run("run", *words).out.splitlines()[0].endswith(f": complete; {each}")
    assert bench.run("report").code == 0
    for name in ("index.html", "report.md"):
        page = (bench.results / bench.stored().id / "report" / name).read_text(encoding="utf-8")
        assert f"Over 32 connections (scenario hello, {each})" in page
    assert f"targets flask_app:gthread, gin_app:release; {each}; " in bench.run("run", "--dry-run", *words).out


def test_a_target_with_fewer_workers_than_cpus_is_a_warning(bench: Bench) -> None:
    manifest = bench.folder / "targets/flask_app/target.toml"
    write(manifest, manifest.read_text().replace("[variants.gthread]", "[variants.gthread]\nworkers = 2"))
    done = bench.run("run", "--target-cpus", "3", "--dry-run")
    assert "warning: flask_app:gthread: 2 workers can't use 3 CPUs" in done.out


@pytest.mark.parametrize("words", [("--target-cpus", "5"), ("--target-cpus", "3", "--generator-cpus", "3")])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_machine_with_too_few_cpus_is_exit_3_and_nothing_is_measured(
    bench: Bench, words: tuple[str, ...], dry: tuple[str, ...]
) -> None:
    done = bench.run("run", *words, *dry)
    assert (done.code, done.out, bench.journal) == (3, "", [])
    assert done.err.startswith("error: too few CPUs (5 for this process): ")


@pytest.mark.parametrize("option", ["--target-cpus", "--generator-cpus"])
def test_zero_cpus_are_wrong_use(bench: Bench, option: str) -> None:
    assert bench.run("run", option, "0").code == 2


def test_a_resumed_run_uses_the_stored_numbers(bench: Bench) -> None:
    drive_well = bench.generator.drive

    def drive(part: Slice) -> SliceResult:
        if bench.journal.count("create flask_app:gthread") > 2:
            os.kill(os.getpid(), signal.SIGINT)
        return drive_well(part)

    bench.generator.drive = drive
    assert bench.run("run", "--target-cpus", "3").code == 130
    bench.generator.drive = drive_well
    bench.runtime.launches.clear()
    assert bench.run("run", "--resume", bench.stored().id).code == 0
    assert {launch.cpus for launch in bench.runtime.launches} == {frozenset({1000, 1001, 1002})}
    assert bench.stored().status is RunStatus.COMPLETE


def test_runs_with_different_numbers_of_cpus_are_not_compared(bench: Bench) -> None:
    bench.run("run")
    one = bench.stored().id
    bench.run("run", "--target-cpus", "2")
    (other,) = {path.name for path in bench.results.iterdir()} - {one}
    done = bench.run("compare", one, other)
    assert done.code == 2
    assert "they differ in target_cpus: 1 and 2" in done.err


BY_CPUS = tuple(replace(one, cpus=cpus) for cpus in (2, 4) for one in (FLASK, GIN))


@pytest.fixture
def by_cpus(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Return a bench whose profile has the throughput by 1, 2, 4 and 8 CPUs; more CPUs give more answers."""
    profile = replace(SMALL, scenarios=("hello", "json_body"), by_cpus=(1, 2, 4, 8))
    monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"quick": profile})
    bench.runtime.scripts |= {one: Script() for one in BY_CPUS}
    for one in BY_CPUS:
        monkeypatch.setitem(RATES_PER_S, one, RATES_PER_S[replace(one, cpus=None)] * (one.cpus or 1))
    return bench


def test_the_throughput_by_cpus_is_measured_on_as_many_as_the_machine_has(by_cpus: Bench) -> None:
    done = by_cpus.run("run", "--json")
    assert done.code == 0, done.err
    assert by_cpus.stored().plan.subjects == (FLASK, GIN, *BY_CPUS)
    launched = dict(zip((one.subject for one in by_cpus.runtime.instances), by_cpus.runtime.launches, strict=True))
    assert {str(one): launch.cpus for one, launch in launched.items()} == {
        "flask_app:gthread": {1000},
        "gin_app:release": {1000},
        "null_app:raw": {1000},
        "flask_app:gthread on 2 CPUs": {1000, 1001},
        "gin_app:release on 2 CPUs": {1000, 1001},
        "flask_app:gthread on 4 CPUs": OTHERS,
        "gin_app:release on 4 CPUs": OTHERS,
    }
    environment = by_cpus.stored().environment["cpus"]
    assert (environment["target"], environment["further"]) == ([1000], [1001, 1002, 1003])
    rates = {
        (row["target"], row["cpus"]): row["estimate"]
        for row in json.loads(done.out)["results"]
        if (row["metric"], row["scenario"]) == ("throughput.closed.c32", "hello") and row["target"] != "null_app"
    }
    assert rates == pytest.approx({(one.target, one.cpus or 1): RATES_PER_S[one] for one in (FLASK, GIN, *BY_CPUS)})


def test_subjects_on_their_own_cpus_are_driven_only_with_closed_load_of_the_headline_scenario(by_cpus: Bench) -> None:
    by_cpus.run("run")
    loads = {(str(part.load), part.scenario) for part in by_cpus.generator.slices if part.subject in BY_CPUS}
    assert loads == {("closed.c32", "hello")}
    others = {(str(part.load), part.scenario) for part in by_cpus.generator.slices if part.subject == GIN}
    closed = {(load, scenario) for load in ("closed.c1", "closed.c32") for scenario in ("hello", "json_body")}
    assert others == closed | {("open.r500", "hello")}


def test_every_reader_of_a_run_names_the_cpus_of_a_subject(by_cpus: Bench) -> None:
    done = by_cpus.run("run")
    assert "one CPU each, if not stated" in done.out.splitlines()[0]
    assert "gin_app:release on 4 CPUs" in done.out
    run_id = by_cpus.stored().id
    assert by_cpus.run("report", "--format", "html,md,csv,json").code == 0
    for name in ("index.html", "report_full.md"):
        page = (by_cpus.results / run_id / "report" / name).read_text(encoding="utf-8")
        assert "Gin_App on 4 CPUs" in page
    assert by_cpus.run("compare", run_id, run_id).code == 0
    assert by_cpus.run("check").code in {0, 1}


def test_a_resumed_run_gives_each_subject_its_own_cpus(by_cpus: Bench) -> None:
    drive_well = by_cpus.generator.drive

    def drive(part: Slice) -> SliceResult:
        if by_cpus.journal.count("create gin_app:release on 4 CPUs") > 2:
            os.kill(os.getpid(), signal.SIGINT)
        return drive_well(part)

    by_cpus.generator.drive = drive
    assert by_cpus.run("run").code == 130
    by_cpus.generator.drive = drive_well
    by_cpus.runtime.launches.clear()
    by_cpus.runtime.instances.clear()
    assert by_cpus.run("run", "--resume", by_cpus.stored().id).code == 0
    launched = dict(zip((one.subject for one in by_cpus.runtime.instances), by_cpus.runtime.launches, strict=True))
    assert [launched[Subject("gin_app", "release", cpus=cpus)].cpus for cpus in (2, 4)] == [{1000, 1001}, OTHERS]


@pytest.mark.parametrize(
    ("left", "words", "line"),
    [
        (4, (), "throughput by CPUs: 1, 2, 4; this machine has too few beside the generator for 8"),
        (8, (), "throughput by CPUs: 1, 2, 4, 8"),
        (1, (), "throughput by CPUs: 1; this machine has too few beside the generator for 2, 4, 8"),
        (4, ("--target-cpus", "2"), "throughput by CPUs: 1, 2, 4; this machine has too few"),
    ],
)
def test_the_plan_says_by_which_cpus_the_throughput_is_measured(
    by_cpus: Bench, left: int, words: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "cpus_for_targets", lambda *_: left)
    done = by_cpus.run("run", "--dry-run", *words)
    assert done.code == 0, done.err
    assert any(one.startswith(line) for one in done.out.splitlines()), done.out
