"""The commands run, build and clean with fakes: their output, their stored runs and their exit codes."""

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
from harness.machine_lock import OWN_LOCK
from harness.model import ContractPart, ErrorKind, LoadKind, Run, RunStatus, Scenario, Slice, SliceResult, Stage
from harness.runtime import choice, cleaning
from harness.runtime.choice import RuntimeName
from harness.runtime.cleaning import Cleaned
from harness.store import Store
from tests.fakes import ANY_CPU, PROFILE, FakeGenerator, FakeRuntime, Script, driven, driven_wrongly, histogram_of
from tests.project import Shell, make_project
from tests.trials import FLASK, GIN, NULL

SMALL = replace(
    PROFILE,
    name="smoke",
    scenarios=("hello",),
    connections=(32,),
    level_s=0.1,
    least_rounds=1,
    open_rounds=1,
    cold_starts=2,
)
RATES_PER_S = {FLASK: 100.0, GIN: 200.0, NULL: 1000.0}
NO = TargetError("no", where="here", cause="it can't", remedy="Correct it.")


class Bench(Shell):
    """A shell whose runs use fakes."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(make_project(folder), monkeypatch, capsys)
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        self.journal: list[str] = []
        self.runtime = FakeRuntime(self.journal)
        self.generator = FakeGenerator(self.journal, lambda part: driven(part, rate_per_s=RATES_PER_S[part.subject]))
        self.spins: list[bool] = []
        self.arguments = ""
        monkeypatch.setattr(choice, "choose", lambda asked, _: RuntimeName.DOCKER if asked == "auto" else asked)
        monkeypatch.setattr(choice, "open_runtime", self._open_runtime)
        monkeypatch.setattr(workforce, "Generator", self._open_generator)
        monkeypatch.setattr(noise, "sampling_noise", lambda *_: nullcontext())  # the fakes use no CPU of this machine
        monkeypatch.setattr("harness.manifest.load_profiles", lambda: {"smoke": SMALL, "quick": SMALL})
        monkeypatch.setenv(OWN_LOCK, str(folder / "lock"))  # a separate one, because another run may be measuring
        two = CpuPlan(frozenset({-1}), ANY_CPU, workers=1)  # as on a machine of two cores
        monkeypatch.setattr(environment, "plan_cpus", lambda workers=1, **_: replace(two, workers=workers))

    def _open_runtime(self, name: RuntimeName, run_id: str) -> FakeRuntime:
        self.journal.append(f"open {name.value}")
        assert run_id
        return self.runtime

    def _open_generator(
        self, scenarios: Sequence[Scenario], _: frozenset[int], *, spin: bool, arguments: str, **options: object
    ) -> FakeGenerator:
        assert [scenario.path.is_file() for scenario in scenarios] == [True] * len(scenarios)
        assert options.items() >= {"workers": 1, "bind": None}.items()
        self.contracts = options["contracts"]
        self.spins.append(spin)
        self.arguments = arguments
        return self.generator

    def stored(self) -> Run:
        (folder,) = Store(self.results).folders().values()
        return folder.run()


# a line for each step of each build
BUILDS = "".join(f"building {name}: Step 1/1 : FROM {name}\n" for name in ("flask_app", "gin_app", "null_app"))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    return Bench(tmp_path, monkeypatch, capsys)


class TestASuccessfulRun:
    def test_results_are_on_stdout_and_progress_on_stderr(self, bench: Bench) -> None:
        done = bench.run("run", "--seed", "7", "--verbose")
        run = bench.stored()
        *steps, first, second = done.err.splitlines(keepends=True)
        assert (done.code, "".join(steps)) == (0, BUILDS)
        assert first.startswith("block 1 of 2: hello, closed.c32: ")
        assert second.startswith("block 2 of 2: ")
        title, header, *rows = done.out.splitlines()
        assert title == f"{run.id}: complete; one CPU each"
        assert header.split() == [
            *("metric", "scenario", "flask_app:gthread", "gin_app:release"),
            *("gin_app", "/", "flask_app"),
        ]
        (rate,) = [row.split() for row in rows if row.startswith("throughput.closed.c32 ")]
        assert rate[1:] == ["hello", "100", "req/s", "200", "req/s", "2.00"], (
            "equal numbers in all blocks, so no intervals"
        )

    def test_the_contract_of_a_target_goes_to_the_generator_and_is_stored_with_the_plan(self, bench: Bench) -> None:
        with (bench.folder / "targets/gin_app/target.toml").open("a", encoding="utf-8") as manifest:
            manifest.write('\n[contract.hello]\npath = "/json"\njson = { message = "Hello, World!" }\n')
        done = bench.run("run", "--json", "--seed", "7", "--scenario", "hello")
        document = json.loads(done.out)
        own = {"gin_app": {"hello": ContractPart("/json", document='{"message": "Hello, World!"}')}}
        assert (done.code, bench.contracts, bench.stored().plan.contracts) == (0, own, own)
        assert [one for one in document["comparisons"] if one["scenario"] == "hello"] == []
        assert "gin_app:release: answers hello by another contract than flask_app:gthread" in done.err

    def test_a_run_with_json_prints_one_valid_document(self, bench: Bench) -> None:
        done = bench.run("run", "--json", "--seed", "7")
        document = json.loads(done.out)
        jsonschema.validate(document, schema_of("run"), jsonschema.Draft202012Validator)
        assert done.code == 0
        assert (document["run"]["status"], document["run"]["seed"], document["failures"]) == ("complete", 7, [])
        rates = {
            row["target"]: row["estimate"] for row in document["results"] if row["metric"] == "throughput.closed.c32"
        }
        assert rates == pytest.approx({"flask_app": 100.0, "gin_app": 200.0, "null_app": 1000.0})

    def test_a_target_slower_than_its_time_out_has_absences_and_the_others_are_measured(self, bench: Bench) -> None:
        drive_well = bench.generator.drive

        def drive(part: Slice) -> SliceResult:
            is_late = part.subject == FLASK and part.load.kind is LoadKind.CLOSED
            late = driven_wrongly(part, ErrorKind.TIMEOUT, driven(part).sent)
            return replace(late, service=histogram_of([5.0] * late.sent)) if is_late else drive_well(part)

        bench.generator.drive = drive
        done = bench.run("run", "--json", "--seed", "7")
        rows = {(row["target"], row["metric"]): row for row in json.loads(done.out)["results"]}
        for metric in ("throughput.closed.c32", "cpu_per_request.closed.c32", "latency.closed.c32.p99"):
            assert rows["flask_app", metric]["estimate"] is None
            assert "slices would have to last 25.0 s" in rows["flask_app", metric]["reason"]
        assert rows["gin_app", "throughput.closed.c32"]["estimate"] == pytest.approx(200.0)
        assert bench.stored().status is RunStatus.COMPLETE
        assert bench.run("report").code == 0

    def test_a_stored_run_can_be_reported_and_checked(self, bench: Bench) -> None:
        bench.run("run")
        assert bench.run("report").code == 0
        assert (bench.results / bench.stored().id / "report" / "index.html").is_file()
        assert bench.run("check").code == 0

    def test_a_drawn_seed_is_stored(self, bench: Bench) -> None:
        bench.run("run")
        plan = bench.stored().plan
        again = bench.run("run", "--dry-run", "--seed", str(plan.seed)).out.splitlines()
        orders = [line.partition(": ")[2] for line in again if line.startswith("  block")]
        assert orders == [", ".join(one.target for one in order) for order in plan.orders]

    def test_a_run_uses_the_chosen_runtime(self, bench: Bench) -> None:
        bench.run("run", "--runtime", "process")
        assert bench.journal[0] == "open process"
        assert bench.stored().plan.runtime == "process"

    def test_the_generator_spins_on_cores_that_no_target_uses(self, bench: Bench) -> None:
        done = bench.run("run")
        assert (done.code, bench.spins) == (0, [True])
        assert "warning" not in done.err

    def test_the_generator_does_not_spin_on_a_shared_core_and_a_warning_is_printed(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(environment, "plan_cpus", lambda workers=1, **_: CpuPlan(ANY_CPU, ANY_CPU, workers))
        done = bench.run("run")
        assert (done.code, bench.spins) == (0, [False])
        assert done.err.startswith("warning: target and generator share the only CPU; ")


class TestTheArguments:
    def test_arguments_reach_the_generator_and_are_stored_with_the_traits(self, bench: Bench) -> None:
        bench.run("run", "--locust-args", "--tags a")
        plan = bench.stored().plan
        assert (bench.arguments, plan.locust_args) == ("--tags a", "--tags a")
        assert [one.name for one in plan.traits] == ["hello"]

    @pytest.mark.parametrize("word", ["--like", "--resume"])
    def test_a_stored_run_keeps_its_arguments(self, bench: Bench, word: str) -> None:
        bench.run("run", "--locust-args", "--tags a")
        refused = bench.run("run", word, bench.stored().id, "--locust-args", "--tags b")
        assert (refused.code, "--locust-args" in refused.err) == (2, True)

    def test_a_repetition_gives_the_same_arguments(self, bench: Bench) -> None:
        bench.run("run", "--locust-args", "--tags a")
        bench.arguments = ""
        bench.run("run", "--like", bench.stored().id)
        assert bench.arguments == "--tags a"


class TestAFailedRun:
    """The results are stored and printed before an exit code other than 0."""

    def test_a_failed_target_is_exit_4(self, bench: Bench) -> None:
        bench.runtime.scripts[FLASK] = Script(fails={("start", 1): NO})
        done = bench.run("run", "--json")
        document = json.loads(done.out)
        assert done.code == 4
        assert [(row["target"], row["stage"]) for row in document["failures"]] == [("flask_app", Stage.START)]
        assert {row["target"] for row in document["results"] if row["estimate"] is not None} == {"gin_app", "null_app"}
        assert document["run"]["status"] == "failed"
        error = (
            "error: a target failed (flask_app:gthread, start): no (here): it can't. Correct it. The rest of the run"
        )
        assert error in done.err

    def test_a_target_whose_build_fails_is_exit_4(self, bench: Bench) -> None:
        bench.runtime.builds["gin_app"] = NO
        done = bench.run("run", "--json")
        assert done.code == 4
        assert [row["stage"] for row in json.loads(done.out)["failures"]] == [Stage.BUILD]
        lines = done.err.splitlines()
        told = "gin_app:release failed and is left out from here on: no (here): it can't. Correct it."
        assert lines[lines.index("building gin_app: Step 1/1 : FROM gin_app") + 1] == told

    def test_failed_requests_are_exit_5(self, bench: Bench) -> None:
        def drive(part: Slice) -> SliceResult:
            fails = part.subject == GIN and part.load.rate_per_s is not None
            return driven_wrongly(part, ErrorKind.TIMEOUT, 1 + driven(part).sent // 50) if fails else driven(part)

        bench.generator.drive = drive
        done = bench.run("run", "--json")
        assert done.code == 5
        assert json.loads(done.out)["run"]["status"] == "complete"
        assert "error: requests failed under load (" in done.err

    @pytest.mark.parametrize("kind", [MeasurementError, MachineError])
    def test_an_error_that_ends_the_run_gives_its_exit_code(self, bench: Bench, kind: type[HarnessError]) -> None:
        def drive(_: Slice) -> SliceResult:
            raise kind("no", where="here", cause="it ended", remedy="Again.")

        bench.generator.drive = drive
        done = bench.run("run", "--json")
        assert (done.code, done.out) == (kind.exit_code, "")
        assert done.err.splitlines()[-1] == "error: no (here): it ended. Again."
        assert bench.stored().status is RunStatus.INTERRUPTED
        assert bench.journal[-1] == "close runtime"

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_an_interrupt_is_exit_128_plus_the_number_of_the_signal(
        self, bench: Bench, number: signal.Signals, code: int
    ) -> None:
        def drive(part: Slice) -> SliceResult:
            os.kill(os.getpid(), number)
            return driven(part)

        handlers = [signal.getsignal(one) for one in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)]
        bench.generator.drive = drive
        done = bench.run("run", "--json")
        assert (done.code, done.out) == (code, "")
        assert done.err.splitlines()[-1].startswith("error: interrupted (run): ")
        assert bench.stored().status is RunStatus.INTERRUPTED
        assert bench.runtime.left == []
        assert [signal.getsignal(one) for one in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)] == handlers

    def test_an_interrupt_after_the_last_block_says_that_the_run_is_stored(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object, **__: object) -> None:
            os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr("harness.console.show_summary", interrupted)
        done = bench.run("run")
        run = bench.stored()
        assert (done.code, run.status) == (130, RunStatus.COMPLETE)
        assert done.err.splitlines()[-1] == (
            f"error: interrupted (run): signal 2. The run is stored: `harness report {run.id}` writes its page."
        )

    def test_results_that_cannot_be_stored_are_exit_3(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        file = bench.folder / "file"
        file.touch()
        monkeypatch.setenv("HARNESS_RESULTS", str(file))
        done = bench.run("run")
        assert (done.code, done.out) == (3, "")
        assert "Name another folder with HARNESS_RESULTS." in done.err
        assert bench.journal == ["open docker", "close runtime"]


class TestAResumedRun:
    @pytest.fixture
    def interrupted(self, bench: Bench) -> str:
        """Return the id of a run that was interrupted in its second block; later runs are not interrupted."""
        drive_well = bench.generator.drive
        first = SMALL.discarded_starts + 1

        def drive(part: Slice) -> SliceResult:
            if bench.journal.count(f"create {FLASK}") > first:
                os.kill(os.getpid(), signal.SIGINT)
            return drive_well(part)

        bench.generator.drive = drive
        assert bench.run("run", "--seed", "7").code == 130
        bench.generator.drive = drive_well
        assert bench.stored().status is RunStatus.INTERRUPTED
        return bench.stored().id

    def test_a_resumed_run_is_completed_and_printed(self, bench: Bench, interrupted: str) -> None:
        done = bench.run("run", "--resume", interrupted, "--json")
        document = json.loads(done.out)
        assert (done.code, done.err.startswith(f"{BUILDS}block 2 of 2: hello, ")) == (0, True)
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
            ("--target-cpus", "1"),
            ("--generator-cpus", "1"),
            ("--cold-page-cache",),
            ("--dry-run",),
        ],
    )
    def test_the_plan_of_a_resumed_run_cannot_be_changed(self, bench: Bench, words: tuple[str, ...]) -> None:
        done = bench.run("run", "--resume", "any", *words)
        assert (done.code, done.out, bench.journal) == (2, "", [])
        assert done.err.startswith(f"error: the plan of a stored run can't be changed ({words[0]}): ")

    def test_resuming_a_complete_run_is_refused(self, bench: Bench) -> None:
        bench.run("run")
        bench.journal.clear()
        done = bench.run("run", "--resume", bench.stored().id)
        assert (done.code, done.out, bench.journal) == (2, "", [])
        assert "its status is complete; only an interrupted run can be resumed" in done.err

    def test_resuming_an_unknown_run_is_refused(self, bench: Bench, interrupted: str) -> None:
        done = bench.run("run", "--resume", interrupted[:-1])
        assert done.code == 2
        assert f"Did you mean '{interrupted}'?" in done.err

    def test_resuming_with_a_different_number_of_workers_is_refused_with_both_values(
        self, bench: Bench, interrupted: str
    ) -> None:
        done = bench.run("run", "--resume", interrupted, "--workers", "2")
        assert done.code == 2
        assert "cpus.workers was 1 and is 2" in done.err
        assert bench.journal[-1] == "close runtime"


class TestClean:
    REMOVED = Cleaned(
        ("c0ffee (gin_app:release, run r)",), ("4242 (gin_app:release, run r)",), ("harness/gin_app:latest",)
    )

    @pytest.fixture
    def calls(self, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
        """Return the values of `images` in the calls of a fake `clean`."""
        calls: list[bool] = []

        def clean(_: object, *, images: bool) -> Cleaned:
            calls.append(images)
            return self.REMOVED if images else Cleaned((), (), ())

        monkeypatch.setattr(cleaning, "clean", clean)
        return calls

    def test_clean_prints_what_it_removed(self, bench: Bench, calls: list[bool]) -> None:
        done = bench.run("clean", "--images")
        assert (done.code, calls) == (0, [True])
        names = (*self.REMOVED.containers, *self.REMOVED.processes, *self.REMOVED.images)
        assert done.out.splitlines() == [f"removed {name}" for name in names]

    def test_a_label_with_line_breaks_takes_one_line(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        removed = Cleaned(("c0ffee (gin\n::error::app, run r)",), (), ())
        monkeypatch.setattr(cleaning, "clean", lambda *_, **__: removed)
        assert bench.run("clean").out == "removed c0ffee (gin \\::error::app, run r)\n"

    def test_clean_keeps_images_by_default_and_prints_that_it_removed_nothing(
        self, bench: Bench, calls: list[bool]
    ) -> None:
        done = bench.run("clean")
        assert (done.out, calls) == ("nothing to remove\n", [False])

    def test_the_document_of_clean_lists_all_removed_things(self, bench: Bench, calls: list[bool]) -> None:
        document = json.loads(bench.run("clean", "--images", "--json").out)
        jsonschema.validate(document, schema_of("clean"), jsonschema.Draft202012Validator)
        assert calls == [True]
        assert document == {
            "schema": "harness.clean/1",
            "containers": list(self.REMOVED.containers),
            "processes": list(self.REMOVED.processes),
            "images": list(self.REMOVED.images),
            "files": [],
        }
