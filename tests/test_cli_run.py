"""The commands that do something, on fakes: what they print, what they store, and how they end."""

import json
import os
import signal
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from harness.documents import schema_of
from harness.errors import HarnessError, MachineError, MeasurementError, TargetError
from harness.experiment import environment, noise, workforce
from harness.experiment.environment import CpuPlan
from harness.model import ErrorKind, Run, RunStatus, Scenario, Slice, SliceResult, Stage
from harness.runtime import choice, cleaning
from harness.runtime.choice import RuntimeName
from harness.runtime.cleaning import Cleaned
from harness.store import Store, machine_lock
from tests.fakes import ANY_CPU, PROFILE, FakeGenerator, FakeRuntime, Script, driven, driven_wrongly
from tests.project import Done, Shell, make_project
from tests.trials import FLASK, GIN, NULL

SMALL = replace(PROFILE, name="smoke", scenarios=("hello",), connections=(32,), rounds=1, open_rounds=1, cold_starts=1)
RATES_PER_S = {FLASK: 100.0, GIN: 200.0, NULL: 1000.0}
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")


class Bench(Shell):
    """A shell in which runs are made with fakes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(make_project(folder), monkeypatch, capsys)
        self.journal: list[str] = []
        self.runtime = FakeRuntime(self.journal)
        self.generator = FakeGenerator(self.journal, lambda part: driven(part, rate_per_s=RATES_PER_S[part.subject]))
        self.spins: list[bool] = []
        monkeypatch.setattr(choice, "choose", lambda asked, _: RuntimeName.DOCKER if asked == "auto" else asked)
        monkeypatch.setattr(choice, "open_runtime", self._open_runtime)
        monkeypatch.setattr(workforce, "Generator", self._open_generator)
        monkeypatch.setattr(noise, "sampling_noise", lambda *_: nullcontext())  # the fakes do not run on this machine
        monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"smoke": SMALL, "quick": SMALL})
        monkeypatch.setattr(tempfile, "tempdir", str(folder))  # a lock of its own: others may be measuring

    def _open_runtime(self, name: RuntimeName, run_id: str) -> FakeRuntime:
        self.journal.append(f"open {name.value}")
        assert run_id
        return self.runtime

    def _open_generator(
        self, scenarios: Sequence[Scenario], _: frozenset[int], *, spin: bool, workers: int, bind: str | None
    ) -> FakeGenerator:
        assert [scenario.path.is_file() for scenario in scenarios] == [True] * len(scenarios)
        assert (workers, bind) == (1, None)
        self.spins.append(spin)
        return self.generator

    def stored(self) -> Run:
        (folder,) = Store(self.results).folders().values()
        return folder.run()


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


class TestARunThatSucceeds:
    def test_its_results_are_on_stdout_and_its_progress_on_stderr(self, bench: Bench) -> None:
        done = bench.run("run", "--seed", "7")
        run = bench.stored()
        assert (done.code, done.err) == (0, "block 1 of 2\nblock 2 of 2\n")
        title, header, *rows = done.out.splitlines()
        assert title == f"{run.id}: complete"
        assert header.split() == [
            *("metric", "scenario", "flask_app:gthread", "gin_app:release"),
            *("gin_app", "/", "flask_app"),
        ]
        (rate,) = [row.split() for row in rows if row.startswith("throughput.closed.c32 ")]
        assert rate[1:] == ["hello", "100", "req/s", "200", "req/s", "2.00"], (
            "alike in all blocks: intervals of no width"
        )

    def test_its_document_is_one_and_keeps_to_its_schema(self, bench: Bench) -> None:
        done = bench.run("run", "--json", "--seed", "7")
        document = json.loads(done.out)
        jsonschema.validate(document, schema_of("run"), jsonschema.Draft202012Validator)
        assert done.code == 0
        assert (document["run"]["status"], document["run"]["seed"], document["failures"]) == ("complete", 7, [])
        rates = {
            row["target"]: row["estimate"] for row in document["results"] if row["metric"] == "throughput.closed.c32"
        }
        assert rates == pytest.approx({"flask_app": 100.0, "gin_app": 200.0, "null_app": 1000.0})

    def test_it_can_be_reported_and_checked_afterwards(self, bench: Bench) -> None:
        bench.run("run")
        assert bench.run("report").code == 0
        assert (bench.results / bench.stored().id / "report" / "index.html").is_file()
        assert bench.run("check").code == 0

    def test_a_seed_that_was_drawn_is_stored(self, bench: Bench) -> None:
        bench.run("run")
        plan = bench.stored().plan
        again = bench.run("run", "--dry-run", "--seed", str(plan.seed)).out.splitlines()
        starts = [line.partition("starts ")[2].partition(";")[0] for line in again[3:]]
        assert starts == [", ".join(map(str, order)) for order in plan.orders]

    def test_it_uses_the_runtime_that_was_asked_for(self, bench: Bench) -> None:
        bench.run("run", "--runtime", "process")
        assert bench.journal[0] == "open process"
        assert bench.stored().plan.runtime == "process"

    def test_the_generator_spins_on_cores_of_its_own(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environment, "plan_cpus", lambda workers=1: CpuPlan(frozenset({-1}), ANY_CPU, workers))
        done = bench.run("run")
        assert (done.code, bench.spins) == (0, [True])
        assert "warning" not in done.err

    def test_on_a_core_that_it_shares_it_does_not_and_that_is_said(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(environment, "plan_cpus", lambda workers=1: CpuPlan(ANY_CPU, ANY_CPU, workers))
        done = bench.run("run")
        assert (done.code, bench.spins) == (0, [False])
        assert done.err.startswith("warning: target and generator share the only CPU; ")


class TestARunThatFails:
    """What was measured is stored and printed before any exit code but 0."""

    def test_a_target_that_failed_is_exit_4(self, bench: Bench) -> None:
        bench.runtime.scripts[FLASK] = Script(fails={("start", 1): NO})
        done = bench.run("run", "--json")
        document = json.loads(done.out)
        assert done.code == 4
        assert [(row["target"], row["stage"]) for row in document["failures"]] == [("flask_app", Stage.START)]
        assert {row["target"] for row in document["results"] if row["estimate"] is not None} == {"gin_app", "null_app"}
        assert document["run"]["status"] == "failed"
        said = "error: a target failed (flask_app:gthread, start): no (here): it can't. Mend it. The rest of the run is"
        assert said in done.err

    def test_one_that_does_not_build_is_exit_4(self, bench: Bench) -> None:
        bench.runtime.builds["gin_app"] = NO
        done = bench.run("run", "--json")
        assert done.code == 4
        assert [row["stage"] for row in json.loads(done.out)["failures"]] == [Stage.BUILD]

    def test_requests_that_failed_are_exit_5(self, bench: Bench) -> None:
        def drive(part: Slice) -> SliceResult:
            hit = part.subject == GIN and part.load.rate_per_s is not None
            return driven_wrongly(part, ErrorKind.TIMEOUT) if hit else driven(part)

        bench.generator.drive = drive
        done = bench.run("run", "--json")
        assert done.code == 5
        assert json.loads(done.out)["run"]["status"] == "complete"
        assert "error: requests failed under load (" in done.err

    @pytest.mark.parametrize("kind", [MeasurementError, MachineError])
    def test_what_ends_the_run_is_said_by_its_own_code(self, bench: Bench, kind: type[HarnessError]) -> None:
        def drive(_: Slice) -> SliceResult:
            raise kind("no", where="here", cause="it went", remedy="Again.")

        bench.generator.drive = drive
        done = bench.run("run", "--json")
        assert (done.code, done.out) == (kind.exit_code, "")
        assert done.err.splitlines()[-1] == "error: no (here): it went. Again."
        assert bench.stored().status is RunStatus.FAILED
        assert bench.journal[-1] == "close runtime"

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_an_interrupt_is_128_and_its_number(self, bench: Bench, number: signal.Signals, code: int) -> None:
        def drive(part: Slice) -> SliceResult:
            os.kill(os.getpid(), number)
            return driven(part)

        handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
        bench.generator.drive = drive
        done = bench.run("run", "--json")
        assert (done.code, done.out) == (code, "")
        assert done.err.splitlines()[-1].startswith("error: interrupted (run): ")
        assert bench.stored().status is RunStatus.INTERRUPTED
        assert bench.runtime.left == []
        assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)] == handlers

    def test_a_second_run_at_once_is_exit_3_and_stores_nothing(self, bench: Bench) -> None:
        with machine_lock():
            done = bench.run("run")
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith("error: another run is measuring (")
        assert not bench.results.exists()
        assert bench.journal == []

    def test_results_that_cannot_be_stored_are_exit_3(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        file = bench.folder / "file"
        file.touch()
        monkeypatch.setenv("HARNESS_RESULTS", str(file))
        done = bench.run("run")
        assert (done.code, done.out) == (3, "")
        assert "Name another folder with HARNESS_RESULTS." in done.err
        assert bench.journal == ["open docker", "close runtime"]


class TestARunThatIsTakenUp:
    @pytest.fixture
    def interrupted(self, bench: Bench) -> str:
        """The id of a run that was interrupted in its second block, after which all goes well."""
        well = bench.generator.drive
        first = SMALL.discarded_starts + SMALL.cold_starts

        def drive(part: Slice) -> SliceResult:
            if bench.journal.count(f"create {FLASK}") > first:
                os.kill(os.getpid(), signal.SIGINT)
            return well(part)

        bench.generator.drive = drive
        assert bench.run("run", "--seed", "7").code == 130
        bench.generator.drive = well
        assert bench.stored().status is RunStatus.INTERRUPTED
        return bench.stored().id

    def test_it_is_completed_and_printed_as_any_other(self, bench: Bench, interrupted: str) -> None:
        done = bench.run("run", "--resume", interrupted, "--json")
        document = json.loads(done.out)
        assert (done.code, done.err) == (0, "block 2 of 2\n")
        assert (document["run"]["id"], document["run"]["status"]) == (interrupted, "complete")
        assert {row["trials"] for row in document["results"] if row["metric"] == "throughput.closed.c32"} == {2}

    @pytest.mark.parametrize(
        "words",
        [
            ("--profile", "quick"),
            ("--target", "gin_app"),
            ("--scenario", "hello"),
            ("--runtime", "auto"),
            ("--seed", "7"),
            ("--cold-page-cache",),
            ("--dry-run",),
        ],
    )
    def test_its_plan_cannot_be_changed(self, bench: Bench, words: tuple[str, ...]) -> None:
        done = bench.run("run", "--resume", "any", *words)
        assert (done.code, done.out, bench.journal) == (2, "", [])
        assert done.err.startswith(f"error: can't plan what is planned ({words[0]}): ")

    def test_one_that_is_complete_is_refused(self, bench: Bench) -> None:
        bench.run("run")
        bench.journal.clear()
        done = bench.run("run", "--resume", bench.stored().id)
        assert (done.code, done.out, bench.journal) == (2, "", [])
        assert "its status is complete; only an interrupted run can be resumed" in done.err

    def test_one_that_is_unknown_is_refused(self, bench: Bench, interrupted: str) -> None:
        done = bench.run("run", "--resume", interrupted[:-1])
        assert done.code == 2
        assert f"Did you mean '{interrupted}'?" in done.err

    def test_one_that_was_measured_with_other_workers_is_refused_with_both_values(
        self, bench: Bench, interrupted: str
    ) -> None:
        done = bench.run("run", "--resume", interrupted, "--workers", "2")
        assert done.code == 2
        assert "cpus.workers was 1 and is 2" in done.err
        assert bench.journal[-1] == "close runtime"


class TestBuild:
    def test_it_builds_what_was_asked_for_and_names_the_images(self, bench: Bench) -> None:
        done = bench.run("build", "--target", "gin_app")
        assert done == Done(0, "gin_app sha256:gin_app\n", "Step 1/1 : FROM gin_app\n")
        assert bench.journal == ["open docker", "build gin_app", "close runtime"]

    def test_without_a_name_it_builds_all(self, bench: Bench) -> None:
        assert [line.split()[0] for line in bench.run("build").out.splitlines()] == ["flask_app", "gin_app", "null_app"]

    def test_what_does_not_build_is_exit_4(self, bench: Bench) -> None:
        bench.runtime.builds["gin_app"] = NO
        done = bench.run("build", "--target", "gin_app")
        assert (done.code, done.out) == (4, "")
        assert done.err.splitlines()[-1] == "error: no (here): it can't. Mend it."
        assert bench.journal[-1] == "close runtime"


class TestClean:
    FOUND = Cleaned(
        ("c0ffee (gin_app:release, run r)",), ("4242 (gin_app:release, run r)",), ("harness/gin_app:latest",)
    )

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        asked: list[bool] = []

        def clean(_: object, *, images: bool) -> Cleaned:
            asked.append(images)
            return self.FOUND if images else Cleaned((), (), ())

        monkeypatch.setattr(cleaning, "clean", clean)
        return asked

    def test_it_says_what_it_removed(self, bench: Bench, asked: list[bool]) -> None:
        done = bench.run("clean", "--images")
        assert (done.code, asked) == (0, [True])
        names = (*self.FOUND.containers, *self.FOUND.processes, *self.FOUND.images)
        assert done.out.splitlines() == [f"removed {name}" for name in names]

    def test_it_leaves_images_alone_unless_it_is_told_and_says_when_there_was_nothing(
        self, bench: Bench, asked: list[bool]
    ) -> None:
        done = bench.run("clean")
        assert (done.out, asked) == ("nothing was left behind\n", [False])

    def test_its_document_names_all(self, bench: Bench, asked: list[bool]) -> None:
        document = json.loads(bench.run("clean", "--images", "--json").out)
        jsonschema.validate(document, schema_of("clean"), jsonschema.Draft202012Validator)
        assert asked == [True]
        assert document == {
            "schema": "harness.clean/1",
            "containers": list(self.FOUND.containers),
            "processes": list(self.FOUND.processes),
            "images": list(self.FOUND.images),
        }
