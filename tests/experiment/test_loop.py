"""Execution of a run on fakes: the stored files at each moment, the status at the end, and no leftovers."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import HarnessError, Interrupted, MachineError, MeasurementError, TargetError, ToolchainError
from harness.experiment.environment import CpuPlan
from harness.experiment.loop import Dependencies, execute, new_id
from harness.experiment.noise import Noise, Sampler, Totals
from harness.experiment.plan import block_plan, make_plan
from harness.experiment.speed_probe import ProbeReading
from harness.load.generator import LoadGenerator
from harness.model import (
    Failure,
    Plan,
    Profile,
    RunStatus,
    Scenario,
    Slice,
    SliceResult,
    Stage,
    StoredRun,
    Subject,
)
from harness.runtime.base import Runtime
from harness.runtime.restraints import Restraints, RestraintTimes
from harness.store import RunFolder, Store
from tests.fakes import (
    ANY_CPU,
    FLASK_SYNC,
    PROFILE,
    TARGETS,
    FakeGenerator,
    FakeObserver,
    FakeRuntime,
    Script,
    driven,
    slices_of,
)
from tests.trials import FLASK, GIN, NULL

SMALL = replace(
    PROFILE,
    connections=(32,),
    scenarios=("hello",),
    level_s=0.1,
    least_rounds=1,
    open_rounds=1,
    cold_starts=2,
)
SCENARIOS = (Scenario("hello", "GET /", Path("scenarios/hello.py")),)
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")
NO_RUBY = ToolchainError("no Ruby", where="here", cause="it is missing", remedy="Install it.")
ENGINE_GONE = MachineError("no engine", where="here", cause="it went", remedy="Start it.")
GENERATOR_GONE = MeasurementError("no generator", where="here", cause="it went", remedy="Again.")
CTRL_C = Interrupted(2, where="run")


def a_plan(
    subjects: tuple[Subject, ...] = (FLASK, GIN), profile: Profile = SMALL, ceiling: Subject | None = None
) -> Plan:
    return make_plan(profile, subjects, profile.scenarios, 7, "docker", ceiling=ceiling)


class StoreObserver(FakeObserver):
    """Observer that reads the stored run at every event."""

    def __init__(self, journal: list[str], store: Store) -> None:
        super().__init__(journal)
        self.store = store
        self.seen: dict[str, tuple[RunStatus, int]] = {}

    def read_store(self, event: str) -> None:
        (folder,) = self.store.folders().values()
        stored = folder.load()
        self.seen[event] = (stored.run.status, len(stored.trials))

    def event(self, text: str, slices: int = 0) -> None:
        super().event(text, slices)
        self.read_store(text)

    def block_begins(self, number: int, total: int) -> None:
        super().block_begins(number, total)
        self.read_store(f"block {number}")


class FakeRun:
    """A run on fakes with its own store."""

    def __init__(
        self,
        root: Path,
        scripts: dict[Subject, Script] | None = None,
        drive: Callable[[Slice], SliceResult] = driven,
    ) -> None:
        self.journal: list[str] = []
        self.store = Store(root / "results")
        self.runtime = FakeRuntime(self.journal, scripts)
        self.generator = FakeGenerator(self.journal, drive)
        self.observer = StoreObserver(self.journal, self.store)
        self.opened: list[str] = []
        self.generators: list[tuple[tuple[Scenario, ...], frozenset[int]]] = []
        self.read_speed: Callable[[], ProbeReading] | None = None
        self.cpus = CpuPlan(frozenset({0}), ANY_CPU)

    def open_runtime(self, run_id: str) -> Runtime:
        self.opened.append(run_id)
        return self.runtime

    def open_generator(self, scenarios: tuple[Scenario, ...], cpus: frozenset[int]) -> FakeGenerator:
        self.generators.append((scenarios, cpus))
        return self.generator

    def open_noise(self, _: LoadGenerator, restraints: Restraints) -> AbstractContextManager[Noise]:
        assert self.read_speed is not None
        assert restraints.read() == RestraintTimes(0.0, 0.0)
        quiet = Totals(0.0, (0.0,), None, None, None)
        return nullcontext(Noise(Sampler(lambda: quiet, ANY_CPU), self.read_speed))

    def dependencies(self) -> Dependencies:
        root, noise = Path(__file__).parents[2], self.open_noise if self.read_speed else None
        return Dependencies(self.open_runtime, self.open_generator, self.store, self.cpus, root, noise=noise)

    def execute(self, plan: Plan | None = None) -> RunFolder:
        try:
            return execute(plan or a_plan(), TARGETS, SCENARIOS, self.dependencies(), self.observer)
        finally:
            assert self.runtime.left == []

    def fail(self, plan: Plan | None = None) -> BaseException:
        """Execute a run that raises, and return the error."""
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - the tests compare it with the error that they raise
            self.execute(plan)
        return caught.value

    def stored(self) -> StoredRun:
        (folder,) = self.store.folders().values()
        return folder.load()

    def events(self, *beginnings: str) -> list[str]:
        return [event for event in self.journal if event.startswith(beginnings)]


@pytest.fixture
def run(tmp_path: Path) -> FakeRun:
    return FakeRun(tmp_path)


FRAME = ("build ", "open ", "block ", "close ")


class TestARunWithoutFailures:
    def test_the_manifest_is_on_disk_before_anything_is_built(self, run: FakeRun) -> None:
        run.execute()
        assert run.observer.seen["building flask_app"] == (RunStatus.RUNNING, 0)

    def test_trials_are_stored_after_each_block(self, run: FakeRun) -> None:
        run.execute()
        assert run.observer.seen["block 1"] == (RunStatus.RUNNING, 0)
        assert run.observer.seen["block 2"] == (RunStatus.RUNNING, 2)
        assert [trial.block for trial in run.stored().trials] == [0, 0, 1, 1]

    def test_it_ends_complete_and_closes_the_generator_before_the_runtime(self, run: FakeRun) -> None:
        folder = run.execute()
        assert folder.run().status is RunStatus.COMPLETE
        assert run.events(*FRAME) == [
            *("build flask_app", "build says Step 1/1 : FROM flask_app"),
            *("build gin_app", "build says Step 1/1 : FROM gin_app"),
            *("open generator", "block 1 of 2", "block 2 of 2", "close generator", "close runtime"),
        ]
        assert run.journal[-2:] == ["close generator", "close runtime"]

    def test_the_executed_plan_is_the_stored_plan(self, run: FakeRun) -> None:
        plan = a_plan()
        run.execute(plan)
        stored = run.stored().run
        assert stored.plan == plan
        assert run.opened == [stored.id]
        slices = [part for number in (0, 1) for part in slices_of(block_plan(plan, number))]
        # first sends follow from the warm-up's histogram: equal times, but in more quantiles than a plan has
        driven, planned = ([replace(part, starts_s=()) for part in parts] for parts in (run.generator.slices, slices))
        assert driven == planned
        spreads = [(part.starts_s[0], part.starts_s[-1]) for part in run.generator.slices if part.starts_s]
        assert spreads == [(0.0, part.starts_s[-1]) for part in slices if part.starts_s]

    def test_each_block_starts_its_targets_in_the_planned_order(self, run: FakeRun) -> None:
        plan = a_plan((FLASK, FLASK_SYNC, GIN), replace(SMALL, discarded_starts=0, blocks=3))
        run.execute(plan)
        started = [event.removeprefix("start ") for event in run.events("start ")]
        assert started == [str(subject) for order in plan.orders for subject in order]

    def test_a_target_with_several_variants_is_built_once(self, run: FakeRun) -> None:
        run.execute(a_plan((FLASK, FLASK_SYNC, GIN)))
        assert run.events("build f", "build g") == ["build flask_app", "build gin_app"]

    def test_the_ceiling_has_trials(self, run: FakeRun) -> None:
        run.execute(a_plan(ceiling=NULL))
        assert {trial.subject for trial in run.stored().trials} == {FLASK, GIN, NULL}

    def test_targets_and_generator_get_their_own_cpus(self, run: FakeRun) -> None:
        run.execute()
        assert run.generators == [(SCENARIOS, ANY_CPU)]
        assert {launch.cpus for launch in run.runtime.launches} == {frozenset({0})}

    def test_the_environment_is_stored(self, run: FakeRun) -> None:
        run.execute()
        environment = run.stored().run.environment
        assert environment["images"]["gin_app"] == {
            "id": "sha256:gin_app",
            "size_bytes": 1000,
            "versions": {"python": "3.13.5"},
        }
        assert environment["runtime"] == {"engine": "1.2.3", "network": "host"}

    def test_the_durations_of_counted_slices_are_added_up(self, run: FakeRun) -> None:
        """Two blocks of 0.091 s closed and 1.2 s open for each of two targets."""
        run.execute()
        stored = run.stored().run
        assert stored.measured_s == pytest.approx(2 * 2 * (0.091 + 1.2))
        assert stored.wall_s > 0


class TestATargetThatFails:
    @pytest.mark.parametrize("error", [NO, NO_RUBY], ids=["does not build", "no toolchain"])
    def test_a_target_that_does_not_build_leaves_the_run_with_all_its_variants_and_the_others_stay(
        self, run: FakeRun, error: HarnessError
    ) -> None:
        run.runtime.builds["flask_app"] = error
        run.execute(a_plan((FLASK, GIN, FLASK_SYNC)))
        stored = run.stored()
        assert set(stored.run.failures) == {
            Failure(FLASK, Stage.BUILD, str(error)),
            Failure(FLASK_SYNC, Stage.BUILD, str(error)),
        }
        assert stored.run.status is RunStatus.FAILED
        assert [trial.subject for trial in stored.trials] == [GIN, GIN]
        assert list(stored.run.environment["images"]) == ["gin_app"]

    def test_a_target_whose_probes_print_nonsense_leaves_the_run_and_the_others_stay(self, run: FakeRun) -> None:
        run.runtime.findings["flask_app"] = '{"footprint": [{"metric": "throughput.peak"}]}'
        run.execute()
        stored = run.stored()
        assert {(one.subject.target, one.stage) for one in stored.run.failures} == {("flask_app", Stage.BUILD)}
        assert {trial.subject for trial in stored.trials} == {GIN}
        assert {one.target for one in stored.run.footprint} == {"gin_app"}

    def test_if_no_target_is_left_a_missing_toolchain_is_the_error_of_the_run(self, run: FakeRun) -> None:
        run.runtime.builds = {"flask_app": NO_RUBY, "gin_app": NO}
        assert run.fail() is NO_RUBY
        assert (run.stored().run.status, run.generators) == (RunStatus.FAILED, [])

    def test_if_no_target_builds_nothing_is_driven(self, run: FakeRun) -> None:
        run.runtime.builds = {"flask_app": NO, "gin_app": NO}
        run.execute()
        assert run.stored().run.status is RunStatus.FAILED
        assert run.generators == []
        assert run.events("block", "close") == ["close runtime"]

    def test_a_target_that_fails_in_a_block_is_left_out_of_later_blocks(self, tmp_path: Path) -> None:
        run = FakeRun(tmp_path, {FLASK: Script(fails={("counters", 1): NO})})
        run.execute(a_plan(profile=replace(SMALL, blocks=3, discarded_starts=0)))
        stored = run.stored()
        assert [(trial.block, trial.subject) for trial in stored.trials if trial.subject == FLASK] == [(0, FLASK)]
        assert [trial.block for trial in stored.trials if trial.subject == GIN] == [0, 1, 2]
        assert [failure.stage for failure in stored.run.failures] == [Stage.START]
        assert stored.run.status is RunStatus.FAILED
        assert run.events(f"create {FLASK}") == [f"create {FLASK}"]

    def test_only_slices_that_were_driven_count_as_measured(self, tmp_path: Path) -> None:
        """The other target has two blocks of 0.091 s closed and 1.2 s open."""
        run = FakeRun(tmp_path, {FLASK: Script(fails={("create", 1): NO})})
        run.execute()
        assert run.stored().run.measured_s == pytest.approx(2 * (0.091 + 1.2))

    def test_if_all_targets_have_failed_no_further_block_begins(self, tmp_path: Path) -> None:
        failing = {subject: Script(fails={("create", 1): NO}) for subject in (FLASK, GIN)}
        run = FakeRun(tmp_path, failing)
        run.execute()
        assert run.events("block") == ["block 1 of 2"]
        assert len(run.stored().run.failures) == 2
        assert run.stored().run.status is RunStatus.FAILED


def in_block(number: int, error: BaseException) -> Callable[[Slice], SliceResult]:
    """Return a function that drives slices until the first slice of a block, counted from 1, and then raises."""
    left = iter(range(sum(len(slices_of(block_plan(a_plan(), before))) for before in range(number - 1))))

    def drive(part: Slice) -> SliceResult:
        if next(left, None) is None:
            raise error
        return driven(part)

    return drive


class TestARunThatEndsEarly:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (CTRL_C, RunStatus.INTERRUPTED),
            (KeyboardInterrupt(), RunStatus.INTERRUPTED),
            (GENERATOR_GONE, RunStatus.INTERRUPTED),
            (ENGINE_GONE, RunStatus.INTERRUPTED),
            (OSError(28, "No space left on device"), RunStatus.INTERRUPTED),
            (ValueError("a defect"), RunStatus.FAILED),
        ],
    )
    def test_finished_blocks_are_kept_and_the_status_says_how_it_ended(
        self, tmp_path: Path, error: BaseException, status: RunStatus
    ) -> None:
        run = FakeRun(tmp_path, drive=in_block(2, error))
        assert run.fail() is error
        stored = run.stored()
        assert stored.run.status is status
        assert [trial.block for trial in stored.trials] == [0, 0]
        assert run.events("close")[-2:] == ["close generator", "close runtime"]

    def test_a_run_with_a_failure_and_an_interrupt_ends_as_interrupted(self, tmp_path: Path) -> None:
        run = FakeRun(tmp_path, {FLASK: Script(fails={("create", 1): NO})}, in_block(1, CTRL_C))
        assert run.fail() is CTRL_C
        assert run.stored().run.status is RunStatus.INTERRUPTED

    @pytest.mark.parametrize("error", [ENGINE_GONE, CTRL_C])
    def test_an_error_in_a_build_closes_the_runtime(self, run: FakeRun, error: HarnessError) -> None:
        run.runtime.builds["gin_app"] = error
        assert run.fail() is error
        assert run.generators == []
        assert run.journal[-1] == "close runtime"
        assert run.stored().run.status is RunStatus.INTERRUPTED

    def test_a_generator_that_does_not_start_ends_the_run(self, run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> FakeGenerator:
            raise GENERATOR_GONE

        monkeypatch.setattr(run, "open_generator", refuse)
        assert run.fail() is GENERATOR_GONE
        assert run.stored().run.status is RunStatus.INTERRUPTED
        assert run.journal[-1] == "close runtime"

    def test_without_an_engine_nothing_is_stored(self, run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: str) -> Runtime:
            raise ENGINE_GONE

        monkeypatch.setattr(run, "open_runtime", refuse)
        assert run.fail() is ENGINE_GONE
        assert run.store.folders() == {}
        assert not run.store.root.exists()

    def test_if_the_run_cannot_be_stored_nothing_is_built_and_the_runtime_is_closed(self, run: FakeRun) -> None:
        run.store.root.touch()
        assert isinstance(run.fail(), MachineError)
        assert run.journal == ["close runtime"]

    def test_a_runtime_that_does_not_close_is_an_error_and_the_run_stays_complete(
        self, run: FakeRun, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise ENGINE_GONE

        monkeypatch.setattr(run.runtime, "close", refuse)
        assert run.fail() is ENGINE_GONE
        assert run.stored().run.status is RunStatus.COMPLETE


class TestASignal:
    """Signals of the machine while a block is measured."""

    def test_signals_of_a_block_that_ends_early_are_stored_as_unfinished(self, tmp_path: Path) -> None:
        run = FakeRun(tmp_path, drive=in_block(2, CTRL_C))
        run.read_speed = lambda: ProbeReading(0.01, 0.01)
        assert run.fail() is CTRL_C
        (folder,) = run.store.folders().values()
        signals = [(line["block"], line.get("unfinished", False)) for line in folder.signals()]
        assert set(signals) == {(0, False), (1, True)}
        assert [trial.block for trial in run.stored().trials] == [0, 0]

    def test_an_error_in_storing_signals_does_not_hide_the_error_that_ended_the_block(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise MachineError("can't write a result", where="here", cause="it is full", remedy="Free some space.")

        monkeypatch.setattr(RunFolder, "append_signals", refuse)
        run = FakeRun(tmp_path, drive=in_block(1, CTRL_C))
        run.read_speed = lambda: ProbeReading(0.01, 0.01)
        assert run.fail() is CTRL_C


class TestTheId:
    def test_it_has_the_time_and_the_profile(self) -> None:
        assert re.fullmatch(r"\d{8}-\d{6}-quick-[0-9a-f]{4}", new_id("quick"))

    def test_ids_of_the_same_second_differ(self) -> None:
        assert len({new_id("quick") for _ in range(20)}) > 10
