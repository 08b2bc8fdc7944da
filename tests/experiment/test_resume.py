"""Resuming an interrupted run, on fakes: the kept blocks, the refusals, and the same result as without an interrupt."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.analysis.summary import summarise
from harness.documents import as_json, run_document
from harness.errors import HarnessError, Interrupted, MachineError, TargetError, UsageError
from harness.experiment import loop
from harness.experiment.environment import CpuPlan
from harness.experiment.loop import Dependencies, execute, resume
from harness.experiment.plan import block_plan, make_plan
from harness.experiment.resume import require_same_users, whole_blocks
from harness.model import (
    DrivenSlice,
    Failure,
    Load,
    LoadKind,
    Pace,
    Run,
    RunStatus,
    Scenario,
    ScenarioTraits,
    Slice,
    SliceResult,
    Stage,
    StoredRun,
    Subject,
    Trial,
)
from harness.store import RunFolder, Store
from tests.fakes import ANY_CPU, PROFILE, TARGETS, FakeGenerator, FakeObserver, FakeRuntime, Script, driven, slices_of
from tests.trials import FLASK, GIN, a_trial

SMALL = replace(
    PROFILE,
    blocks=3,
    connections=(32,),
    scenarios=("hello",),
    level_s=0.1,
    least_rounds=1,
    open_rounds=1,
    cold_starts=3,
    warmup_s=0.5,
)
SCENARIOS = (Scenario("hello", "GET /", Path("scenarios/hello.py")),)
PLAN = make_plan(SMALL, (FLASK, GIN), SMALL.scenarios, 7, "docker")
NO = TargetError("no", where="here", cause="it can't", remedy="Mend it.")
CTRL_C = Interrupted(2, where="run")


class Laboratory:
    """Executes and resumes runs on fakes, with a new runtime each time."""

    def __init__(self, root: Path) -> None:
        self.store = Store(root / "results")
        self.cpus = CpuPlan(frozenset({0}), ANY_CPU)
        self.scripts: dict[Subject, Script] = {}
        self.unbuildable: tuple[str, ...] = ()
        self.drive: Callable[[Slice], SliceResult] = driven
        self.journal: list[str] = []

    def dependencies(self) -> Dependencies:
        runtime = FakeRuntime(self.journal, self.scripts)
        runtime.builds = dict.fromkeys(self.unbuildable, NO)
        return Dependencies(
            lambda _: runtime,
            lambda *_: FakeGenerator(self.journal, self.drive),
            self.store,
            self.cpus,
            Path(__file__).parents[2],
        )

    def execute(self) -> RunFolder:
        return execute(PLAN, TARGETS, SCENARIOS, self.dependencies(), FakeObserver(self.journal))

    def interrupted(self, block: int) -> RunFolder:
        """Interrupt a run in a block, counted from 1, and return its folder. Later runs are not interrupted."""
        self.drive = until(block, CTRL_C)
        with pytest.raises(Interrupted):
            self.execute()
        self.drive = driven
        self.scripts = {}
        self.journal.clear()
        (folder,) = self.store.folders().values()
        return folder

    def resume(self, folder: RunFolder) -> None:
        resume(folder, TARGETS, SCENARIOS, self.dependencies(), FakeObserver(self.journal))

    def refused(self, folder: RunFolder) -> HarnessError:
        """Try to resume a run and return the error; assert that its folder has not changed."""
        before = contents(folder)
        with pytest.raises(HarnessError) as caught:
            self.resume(folder)
        assert contents(folder) == before
        return caught.value


def until(block: int, error: BaseException) -> Callable[[Slice], SliceResult]:
    slices = sum(len(slices_of(block_plan(PLAN, number))) for number in range(block - 1))
    left: Iterator[int] = iter(range(slices))

    def drive(part: Slice) -> SliceResult:
        if next(left, None) is None:
            raise error
        return driven(part)

    return drive


def contents(folder: RunFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.path.iterdir()}


def places(folder: RunFolder) -> list[tuple[int, Subject]]:
    return [(trial.block, trial.subject) for trial in folder.load().trials]


ALL = [(number, subject) for number in range(3) for subject in PLAN.orders[number]]


@pytest.fixture
def laboratory(tmp_path: Path) -> Laboratory:
    return Laboratory(tmp_path)


class TestAResumedRun:
    def test_its_whole_blocks_stay_and_the_other_blocks_follow_its_plan(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        (before, run) = contents(folder)["trials.jsonl"], folder.run()
        laboratory.resume(folder)
        assert contents(folder)["trials.jsonl"].startswith(before)
        assert (folder.run().id, folder.run().plan, folder.run().status) == (run.id, run.plan, RunStatus.COMPLETE)
        assert places(folder) == ALL
        assert [event for event in laboratory.journal if event.startswith("block")] == ["block 2 of 3", "block 3 of 3"]

    def test_its_document_is_that_of_an_uninterrupted_run_with_the_same_trials(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        laboratory.resume(folder)
        resumed = folder.load()
        whole = Laboratory(folder.path / "other").execute()
        uninterrupted = StoredRun(
            replace(whole.run(), id=resumed.run.id, started_at=resumed.run.started_at, wall_s=resumed.run.wall_s),
            resumed.trials,
        )
        document, expected = (as_json(run_document(summarise(one))) for one in (resumed, uninterrupted))
        assert document == expected
        assert document["results"]

    def test_the_durations_before_and_after_the_interrupt_are_added_up(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        folder.save(replace(folder.run(), wall_s=1000.0))
        laboratory.resume(folder)
        assert folder.run().wall_s > 1000
        assert folder.run().measured_s == pytest.approx(3 * 2 * (0.091 + 1.2))

    def test_its_kept_blocks_count_as_stored_if_it_is_interrupted_again(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(3)
        laboratory.drive = until(1, CTRL_C)
        with pytest.raises(Interrupted):
            laboratory.resume(folder)
        [told] = [event for event in laboratory.journal if event.startswith("notice the run is interrupted")]
        assert "; 2 of 3 blocks are stored; go on with " in told

    @pytest.mark.parametrize("torn", [b"", b'{"block": 1, "posi'])
    def test_an_unfinished_block_and_a_torn_line_are_dropped(self, laboratory: Laboratory, torn: bytes) -> None:
        folder = laboratory.interrupted(2)
        before = contents(folder)["trials.jsonl"]
        folder.append(replace(folder.load().trials[0], block=1, subject=PLAN.orders[1][0]))
        with (folder.path / "trials.jsonl").open("ab") as file:
            file.write(torn)
        laboratory.resume(folder)
        assert contents(folder)["trials.jsonl"].startswith(before)
        assert places(folder) == ALL

    def test_a_damaged_line_of_its_signals_is_said_once_and_left_out(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        (path, line) = folder.path / "signals.jsonl", '{"block": 0, "signal": "other"}\n'
        path.write_text(f'{line}{{"block": 0, "si\n{line}')
        laboratory.resume(folder)
        said = [event for event in laboratory.journal if "damaged signals" in event]
        assert len(said) == 1
        assert f"({path}, line 2)" in said[0]
        assert path.read_text() == 2 * line
        assert places(folder) == ALL

    def test_a_run_whose_process_was_killed_is_resumed_after_its_leftovers_are_removed(
        self, laboratory: Laboratory
    ) -> None:
        folder = laboratory.interrupted(2)
        folder.save(replace(folder.run(), status=RunStatus.RUNNING))
        laboratory.resume(folder)
        assert folder.run().status is RunStatus.COMPLETE
        assert laboratory.journal[0] == "close runtime"

    def test_a_target_that_failed_before_the_interrupt_stays_out(self, laboratory: Laboratory) -> None:
        laboratory.scripts = {FLASK: Script(fails={("start", 1): NO})}
        folder = laboratory.interrupted(2)  # with one target left, so many slices reach into the third block
        failures = folder.run().failures
        laboratory.resume(folder)
        assert [failure.stage for failure in failures] == [Stage.START]
        assert folder.run().failures == failures
        assert [number for number, subject in places(folder) if subject == FLASK] == [0]
        assert [number for number, subject in places(folder) if subject == GIN] == [0, 1, 2]
        assert folder.run().status is RunStatus.FAILED

    def test_a_failure_in_a_dropped_block_is_dropped(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        failure = Failure(FLASK, Stage.LOAD, "x")
        folder.append(a_trial(1, FLASK, failure=failure))
        folder.save(replace(folder.run(), failures=(failure,)))
        laboratory.resume(folder)
        assert folder.run().failures == ()
        assert places(folder) == ALL

    def test_its_first_block_discards_starts_as_the_first_block_of_a_run_does(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        laboratory.resume(folder)
        starts = [event for event in laboratory.journal if event.startswith("start ")]
        assert len(starts) == 2 * (SMALL.discarded_starts + 1) + 2

    def test_it_can_be_interrupted_again(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        laboratory.drive = until(2, CTRL_C)
        with pytest.raises(Interrupted):
            laboratory.resume(folder)
        assert (folder.run().status, len(folder.load().trials)) == (RunStatus.INTERRUPTED, 4)
        laboratory.drive = driven
        laboratory.resume(folder)
        assert (folder.run().status, places(folder)) == (RunStatus.COMPLETE, ALL)

    def test_a_run_that_was_interrupted_before_its_environment_was_stored_begins_again(
        self, laboratory: Laboratory
    ) -> None:
        folder = laboratory.interrupted(1)
        folder.save(replace(folder.run(), environment={}))
        laboratory.resume(folder)
        assert places(folder) == ALL
        assert folder.run().environment["images"]


class TestARefusal:
    """Resuming is refused and the folder does not change."""

    def test_a_run_that_has_ended(self, laboratory: Laboratory) -> None:
        problem = laboratory.refused(laboratory.execute())
        assert isinstance(problem, UsageError)
        assert "its status is complete; only an interrupted run can be resumed" in str(problem)

    def test_other_cpus_are_named_with_both_values(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        laboratory.cpus = CpuPlan(frozenset({0}), ANY_CPU, workers=2)
        problem = laboratory.refused(folder)
        assert isinstance(problem, UsageError)
        assert problem.cause == "its environment changed: cpus.workers was 1 and is 2"
        assert laboratory.journal[-1] == "close runtime"

    @pytest.mark.parametrize("key", ["machine", "runtime", "images", "versions", "commit"])
    def test_a_change_of_any_other_part_of_the_environment(self, laboratory: Laboratory, key: str) -> None:
        folder = laboratory.interrupted(2)
        folder.save(replace(folder.run(), environment={**folder.run().environment, key: "another"}))
        assert f"{key} was another and is " in str(laboratory.refused(folder))

    def test_another_commit_with_the_same_files_is_the_same_and_stays_stored(
        self, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "changed_files", lambda *_: ())
        folder = laboratory.interrupted(2)
        folder.save(replace(folder.run(), environment={**folder.run().environment, "commit": "0123456789ab"}))
        laboratory.resume(folder)
        assert (folder.run().status, folder.run().environment["commit"]) == (RunStatus.COMPLETE, "0123456789ab")

    def test_the_changed_files_of_another_commit_are_named(
        self, laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "changed_files", lambda *_: ("scenarios/hello.py", "targets/gin_app/main.go"))
        folder = laboratory.interrupted(2)
        folder.save(replace(folder.run(), environment={**folder.run().environment, "commit": "0123456789ab"}))
        problem = str(laboratory.refused(folder))
        assert "commit was 0123456789ab and is " in problem
        assert "; these files have changed since 0123456789ab: scenarios/hello.py, targets/gin_app/main.go. " in problem

    def test_a_run_without_the_digests_of_its_sources_is_resumed(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        sources = {"sources": {"flask_app": "0123456789abcdef"}}
        folder.save(replace(folder.run(), environment={**folder.run().environment, **sources}))
        laboratory.resume(folder)
        assert folder.run().status is RunStatus.COMPLETE

    def test_a_target_that_no_longer_builds(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        laboratory.unbuildable = ("gin_app",)
        assert "images.gin_app.id was sha256:gin_app and is None" in str(laboratory.refused(folder))

    def test_a_run_that_another_process_measures(self, laboratory: Laboratory) -> None:
        folder = laboratory.interrupted(2)
        with folder.locked():
            problem = laboratory.refused(folder)
        assert isinstance(problem, MachineError)
        assert "the process that measures it is running" in str(problem)
        laboratory.resume(folder)
        assert folder.run().status is RunStatus.COMPLETE

    def test_a_scenario_whose_users_are_of_another_kind_now(self) -> None:
        lane = ScenarioTraits("hello", ("GET /",), drives_open=True)
        run = Run("r1", RunStatus.INTERRUPTED, replace(PLAN, traits=(lane,)), "2026-11-28T12:00:00+00:00")
        require_same_users(run, [replace(lane, requests=("GET /json",))])
        for changed in (replace(lane, drives_open=False), replace(lane, pace=Pace.PACED)):
            with pytest.raises(UsageError, match="its users have changed since"):
                require_same_users(run, [changed])


class TestWholeBlocks:
    TRIALS = tuple(a_trial(number, subject) for number, subject in ALL)

    def test_blocks_after_a_missing_block_are_not_kept(self) -> None:
        trials = tuple(trial for trial in self.TRIALS if trial.block != 1)
        assert [trial.block for trial in whole_blocks(PLAN, trials, ()).trials] == [0, 0]

    def test_a_subject_that_was_not_built_needs_no_trials(self) -> None:
        unbuilt = Failure(FLASK, Stage.BUILD, "x")
        part = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, 32), 0.1, 0.03, seed=1)
        slices = (DrivenSlice(part, driven(part)),)
        trials = tuple(replace(trial, slices=slices) for trial in self.TRIALS if trial.subject == GIN)
        kept = whole_blocks(PLAN, trials, [unbuilt])
        assert (kept.blocks, kept.trials, kept.failures) == (3, trials, (unbuilt,))
        assert kept.measured_s == pytest.approx(3 * 0.1)

    def test_after_the_block_in_which_all_subjects_failed_there_are_no_whole_blocks(self) -> None:
        failed: tuple[Trial, ...] = tuple(
            a_trial(0, subject, failure=Failure(subject, Stage.START, "x")) for subject in PLAN.orders[0]
        )
        kept = whole_blocks(PLAN, failed, ())
        assert (kept.blocks, len(kept.failures)) == (1, 2)
