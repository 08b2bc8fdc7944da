"""The life of a run on fakes: what is on disk at which moment, how it ends, and that nothing is left."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import HarnessError, Interrupted, MachineError, MeasurementError, TargetError
from harness.experiment.environment import CpuPlan
from harness.experiment.loop import Dependencies, execute, new_id
from harness.experiment.noise import Noise, Sampler, Totals
from harness.experiment.plan import block_plan, make_plan, measured_s
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
)
from tests.trials import FLASK, GIN, NULL

SMALL = replace(PROFILE, connections=(32,), scenarios=("hello",), rounds=1, open_rounds=1, cold_starts=1)
SCENARIOS = (Scenario("hello", "GET /", Path("scenarios/hello.py")),)
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")
ENGINE_GONE = MachineError("no engine", where="here", cause="it went", remedy="Start it.")
GENERATOR_GONE = MeasurementError("no generator", where="here", cause="it went", remedy="Again.")
CTRL_C = Interrupted(2, where="run")


def a_plan(
    subjects: tuple[Subject, ...] = (FLASK, GIN), profile: Profile = SMALL, ceiling: Subject | None = None
) -> Plan:
    return make_plan(profile, subjects, profile.scenarios, 7, "docker", ceiling=ceiling)


class Witness(FakeObserver):
    """Looks at what is on disk whenever something is told."""

    def __init__(self, journal: list[str], store: Store) -> None:
        super().__init__(journal)
        self.store = store
        self.seen: dict[str, tuple[RunStatus, int]] = {}

    def look(self, event: str) -> None:
        (folder,) = self.store.folders().values()
        stored = folder.load()
        self.seen[event] = (stored.run.status, len(stored.trials))

    def event(self, text: str, slices: int = 0) -> None:
        super().event(text, slices)
        self.look(text)

    def block_begins(self, number: int, total: int) -> None:
        super().block_begins(number, total)
        self.look(f"block {number}")


class Life:
    """A run on fakes in a store of its own."""

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
        self.observer = Witness(self.journal, self.store)
        self.opened: list[str] = []
        self.asked: list[tuple[tuple[Scenario, ...], frozenset[int]]] = []
        self.read_speed: Callable[[], ProbeReading] | None = None

    def open_runtime(self, run_id: str) -> Runtime:
        self.opened.append(run_id)
        return self.runtime

    def open_generator(self, scenarios: tuple[Scenario, ...], cpus: frozenset[int]) -> FakeGenerator:
        self.asked.append((scenarios, cpus))
        return self.generator

    def listen(self, _: LoadGenerator, restraints: Restraints) -> AbstractContextManager[Noise]:
        assert self.read_speed is not None
        assert restraints.read() == RestraintTimes(0.0, 0.0)
        quiet = Totals(0.0, (0.0,), None, None, None)
        return nullcontext(Noise(Sampler(lambda: quiet, ANY_CPU), self.read_speed))

    def live(self, plan: Plan | None = None) -> RunFolder:
        cpus = CpuPlan(frozenset({0}), ANY_CPU)
        root, listen = Path(__file__).parents[2], self.listen if self.read_speed else None
        dependencies = Dependencies(self.open_runtime, self.open_generator, self.store, cpus, root, listen=listen)
        try:
            return execute(plan or a_plan(), TARGETS, SCENARIOS, dependencies, self.observer)
        finally:
            assert self.runtime.left == []

    def fail(self, plan: Plan | None = None) -> BaseException:
        """Live to an unhappy end, and return it."""
        with pytest.raises(BaseException) as caught:  # noqa: PT011 - the tests compare it with the very one they raise
            self.live(plan)
        return caught.value

    def stored(self) -> StoredRun:
        (folder,) = self.store.folders().values()
        return folder.load()

    def events(self, *beginnings: str) -> list[str]:
        return [event for event in self.journal if event.startswith(beginnings)]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


FRAME = ("build ", "open ", "block ", "close ")


class TestARunInWhichAllGoesWell:
    def test_the_manifest_is_on_disk_before_anything_is_built(self, life: Life) -> None:
        life.live()
        assert life.observer.seen["building flask_app"] == (RunStatus.RUNNING, 0)

    def test_trials_are_stored_after_each_block(self, life: Life) -> None:
        life.live()
        assert life.observer.seen["block 1"] == (RunStatus.RUNNING, 0)
        assert life.observer.seen["block 2"] == (RunStatus.RUNNING, 2)
        assert [trial.block for trial in life.stored().trials] == [0, 0, 1, 1]

    def test_it_ends_complete_and_its_parts_are_closed_inside_out(self, life: Life) -> None:
        folder = life.live()
        assert folder.run().status is RunStatus.COMPLETE
        assert life.events(*FRAME) == [
            *("build flask_app", "build says Step 1/1 : FROM flask_app"),
            *("build gin_app", "build says Step 1/1 : FROM gin_app"),
            *("open generator", "block 1 of 2", "block 2 of 2", "close generator", "close runtime"),
        ]
        assert life.journal[-2:] == ["close generator", "close runtime"]

    def test_the_plan_that_was_carried_out_is_the_one_that_is_stored(self, life: Life) -> None:
        plan = a_plan()
        life.live(plan)
        run = life.stored().run
        assert run.plan == plan
        assert life.opened == [run.id]
        slices = [p for n in (0, 1) for b in block_plan(plan, n).batches for p in b.slices]
        assert life.generator.slices == slices

    def test_each_block_starts_its_targets_in_its_order(self, life: Life) -> None:
        plan = a_plan((FLASK, FLASK_SYNC, GIN), replace(SMALL, discarded_starts=0, blocks=3))
        life.live(plan)
        started = [event.removeprefix("start ") for event in life.events("start ")]
        assert started == [str(subject) for order in plan.orders for subject in order]

    def test_each_target_is_built_once_however_many_variants_it_has(self, life: Life) -> None:
        life.live(a_plan((FLASK, FLASK_SYNC, GIN)))
        assert life.events("build f", "build g") == ["build flask_app", "build gin_app"]

    def test_the_ceiling_takes_part(self, life: Life) -> None:
        life.live(a_plan(ceiling=NULL))
        assert {trial.subject for trial in life.stored().trials} == {FLASK, GIN, NULL}

    def test_targets_and_generator_get_their_own_cpus(self, life: Life) -> None:
        life.live()
        assert life.asked == [(SCENARIOS, ANY_CPU)]
        assert {launch.cpus for launch in life.runtime.launches} == {frozenset({0})}

    def test_what_it_depends_on_is_stored(self, life: Life) -> None:
        life.live()
        environment = life.stored().run.environment
        assert environment["images"]["gin_app"] == {
            "id": "sha256:gin_app",
            "size_bytes": 1000,
            "versions": {"python": "3.13.5"},
        }
        assert environment["runtime"] == {"engine": "1.2.3", "network": "host"}

    def test_the_time_in_counted_slices_is_added_up(self, life: Life) -> None:
        """Two blocks of 0.2 s closed and 1.2 s open for each of two targets."""
        life.live()
        run = life.stored().run
        assert run.measured_s == pytest.approx(2 * 2 * (0.2 + 1.2))
        assert run.wall_s > 0


class TestATargetThatFails:
    def test_one_that_does_not_build_is_out_with_all_its_variants_and_the_others_go_on(self, life: Life) -> None:
        life.runtime.builds["flask_app"] = NO
        life.live(a_plan((FLASK, GIN, FLASK_SYNC)))
        stored = life.stored()
        assert set(stored.run.failures) == {
            Failure(FLASK, Stage.BUILD, "no (here): it can't. Mend it."),
            Failure(FLASK_SYNC, Stage.BUILD, "no (here): it can't. Mend it."),
        }
        assert stored.run.status is RunStatus.FAILED
        assert [trial.subject for trial in stored.trials] == [GIN, GIN]
        assert list(stored.run.environment["images"]) == ["gin_app"]

    def test_where_none_builds_nothing_is_driven(self, life: Life) -> None:
        life.runtime.builds = {"flask_app": NO, "gin_app": NO}
        life.live()
        assert life.stored().run.status is RunStatus.FAILED
        assert life.asked == []
        assert life.events("block", "close") == ["close runtime"]

    def test_one_that_fails_in_a_block_is_left_out_of_those_that_follow(self, tmp_path: Path) -> None:
        life = Life(tmp_path, {FLASK: Script(fails={("counters", 1): NO})})
        life.live(a_plan(profile=replace(SMALL, blocks=3, discarded_starts=0)))
        stored = life.stored()
        assert [(trial.block, trial.subject) for trial in stored.trials if trial.subject == FLASK] == [(0, FLASK)]
        assert [trial.block for trial in stored.trials if trial.subject == GIN] == [0, 1, 2]
        assert [failure.stage for failure in stored.run.failures] == [Stage.START]
        assert stored.run.status is RunStatus.FAILED
        assert life.events(f"create {FLASK}") == [f"create {FLASK}"]

    def test_what_it_did_not_take_part_in_does_not_count_as_measured(self, tmp_path: Path) -> None:
        life = Life(tmp_path, {FLASK: Script(fails={("create", 1): NO})})
        plan = a_plan()
        life.live(plan)
        blocks = (block_plan(plan, 0), replace(block_plan(plan, 1), order=(GIN,)))
        assert life.stored().run.measured_s == pytest.approx(sum(map(measured_s, blocks)))

    def test_where_all_have_failed_no_more_blocks_begin(self, tmp_path: Path) -> None:
        failing = {subject: Script(fails={("create", 1): NO}) for subject in (FLASK, GIN)}
        life = Life(tmp_path, failing)
        life.live()
        assert life.events("block") == ["block 1 of 2"]
        assert len(life.stored().run.failures) == 2
        assert life.stored().run.status is RunStatus.FAILED


def in_block(number: int, error: BaseException) -> Callable[[Slice], SliceResult]:
    """Drive well until the first slice of a block, counted from 1; then raise."""
    left = iter(range(sum(len(b.slices) for n in range(number - 1) for b in block_plan(a_plan(), n).batches)))

    def drive(part: Slice) -> SliceResult:
        if next(left, None) is None:
            raise error
        return driven(part)

    return drive


class TestWhatEndsARun:
    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (CTRL_C, RunStatus.INTERRUPTED),
            (KeyboardInterrupt(), RunStatus.INTERRUPTED),
            (GENERATOR_GONE, RunStatus.FAILED),
            (ENGINE_GONE, RunStatus.FAILED),
            (ValueError("a defect"), RunStatus.FAILED),
        ],
    )
    def test_finished_blocks_are_kept_and_the_status_says_how_it_ended(
        self, tmp_path: Path, error: BaseException, status: RunStatus
    ) -> None:
        life = Life(tmp_path, drive=in_block(2, error))
        assert life.fail() is error
        stored = life.stored()
        assert stored.run.status is status
        assert [trial.block for trial in stored.trials] == [0, 0]
        assert life.journal[-2:] == ["close generator", "close runtime"]

    def test_an_interrupt_weighs_more_than_a_failure_before_it(self, tmp_path: Path) -> None:
        life = Life(tmp_path, {FLASK: Script(fails={("create", 1): NO})}, in_block(1, CTRL_C))
        assert life.fail() is CTRL_C
        assert life.stored().run.status is RunStatus.INTERRUPTED

    @pytest.mark.parametrize("error", [ENGINE_GONE, CTRL_C])
    def test_a_build_that_ends_it_leaves_nothing_open(self, life: Life, error: HarnessError) -> None:
        life.runtime.builds["gin_app"] = error
        assert life.fail() is error
        assert life.asked == []
        assert life.journal[-1] == "close runtime"
        assert life.stored().run.status is (RunStatus.INTERRUPTED if error is CTRL_C else RunStatus.FAILED)

    def test_a_generator_that_does_not_start_ends_it(self, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> FakeGenerator:
            raise GENERATOR_GONE

        monkeypatch.setattr(life, "open_generator", refuse)
        assert life.fail() is GENERATOR_GONE
        assert life.stored().run.status is RunStatus.FAILED
        assert life.journal[-1] == "close runtime"

    def test_without_an_engine_nothing_is_stored(self, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: str) -> Runtime:
            raise ENGINE_GONE

        monkeypatch.setattr(life, "open_runtime", refuse)
        assert life.fail() is ENGINE_GONE
        assert life.store.folders() == {}
        assert not life.store.root.exists()

    def test_without_a_place_to_store_it_nothing_is_built_and_the_runtime_is_closed(self, life: Life) -> None:
        life.store.root.touch()
        assert isinstance(life.fail(), MachineError)
        assert life.journal == ["close runtime"]

    def test_a_runtime_that_does_not_close_is_told_and_costs_no_number(
        self, life: Life, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise ENGINE_GONE

        monkeypatch.setattr(life.runtime, "close", refuse)
        assert life.fail() is ENGINE_GONE
        assert life.stored().run.status is RunStatus.COMPLETE


class TestASignal:
    """What is heard while a block is measured."""

    def test_those_of_a_block_that_is_broken_off_are_stored_as_such(self, tmp_path: Path) -> None:
        life = Life(tmp_path, drive=in_block(2, CTRL_C))
        life.read_speed = lambda: ProbeReading(0.01, 0.01)
        assert life.fail() is CTRL_C
        (folder,) = life.store.folders().values()
        heard = [(line["block"], line.get("unfinished", False)) for line in folder.signals()]
        assert set(heard) == {(0, False), (1, True)}
        assert [trial.block for trial in life.stored().trials] == [0, 0]

    def test_a_disk_that_takes_none_of_them_does_not_hide_why_the_block_was_broken_off(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise MachineError("can't write a result", where="here", cause="it is full", remedy="Free some space.")

        monkeypatch.setattr(RunFolder, "append_signals", refuse)
        life = Life(tmp_path, drive=in_block(1, CTRL_C))
        life.read_speed = lambda: ProbeReading(0.01, 0.01)
        assert life.fail() is CTRL_C


class TestTheId:
    def test_it_says_when_and_with_which_profile(self) -> None:
        assert re.fullmatch(r"\d{8}-\d{6}-quick-[0-9a-f]{4}", new_id("quick"))

    def test_it_meets_no_other(self) -> None:
        assert len({new_id("quick") for _ in range(20)}) > 10
