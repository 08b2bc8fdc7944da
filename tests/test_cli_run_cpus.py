"""`harness run --target-cpus N --generator-cpus N` with fakes: what the targets get, what is stored and printed."""

import json
import os
import signal
from pathlib import Path

import pytest

from harness.experiment import environment
from harness.experiment.environment import plan_cpus
from harness.model import RunStatus, Slice, SliceResult
from tests.fakes import ANY_CPU
from tests.project import write
from tests.test_cli_run import Bench

GENERATOR = min(ANY_CPU)  # the pollers of the tests need a CPU of this machine
OTHERS = frozenset(range(1000, 1004))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    """Return a bench on a machine of five CPUs, of which the generator gets a real one."""
    bench = Bench(tmp_path, monkeypatch, capsys)

    def plan(workers: int = 1, *, target_cpus: int = 1, generator_cpus: int | None = None) -> environment.CpuPlan:
        planned = plan_cpus(OTHERS | {2000}, workers, target_cpus=target_cpus, generator_cpus=generator_cpus)
        return environment.CpuPlan(planned.target, (planned.generator - {2000}) | {GENERATOR}, workers)

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
