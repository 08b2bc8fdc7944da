"""Flags are judged when the run has ended: each block against the readings of all."""

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import Interrupted, MachineError
from harness.experiment.loop import execute, resume
from harness.experiment.noise import flags_by_block
from harness.experiment.plan import block_plan
from harness.experiment.speed_probe import ProbeReading
from harness.model import FlagKind, Slice, SliceResult, StoredRun
from harness.store import RunFolder
from tests.experiment.test_loop import CTRL_C, SCENARIOS, SMALL, FakeRun, a_plan
from tests.fakes import TARGETS, FakeGenerator, driven, slices_of

USUAL, SLOW = ProbeReading(0.012, 0.012), ProbeReading(0.024, 0.024)


def lines(block: int, cpu_s: float, *, steal: float = 0.0) -> list[dict[str, Any]]:
    """Return the stored signals of a block with six probe readings and six seconds."""
    seconds = {"at_s": 1.0, "steal": steal, "cpu_pressure": None, "memory_pressure": 0.0, "generator_waited": 0.0}
    reading = {"block": block, "signal": "speed_probe", "cpu_s": cpu_s, "wall_s": cpu_s}
    return [reading] * 6 + [{"block": block, "signal": "second", **seconds}] * 6


class TestTheJudge:
    def test_the_same_five_blocks_in_any_order_get_the_same_flags(self) -> None:
        """One block is slow, one has steal; the place of a block in the run must not decide."""
        kinds = {1: (), 2: (), 3: (FlagKind.SLOW_CORE,), 4: (FlagKind.STEAL,), 5: ()}
        for order in itertools.permutations(kinds):
            stored = [
                line
                for place, which in enumerate(order)
                for line in lines(place, 0.024 if which == 3 else 0.012, steal=0.2 if which == 4 else 0.0)
            ]
            found = {
                order[place]: tuple(flag.kind for flag in flags) for place, flags in flags_by_block(stored).items()
            }
            assert found == kinds

    def test_signals_of_an_unfinished_block_do_not_count(self) -> None:
        unfinished = [line | {"unfinished": True} for line in lines(1, 0.024)]
        assert flags_by_block([*lines(0, 0.012), *unfinished]) == {0: ()}

    def test_a_block_without_signals_is_not_judged(self) -> None:
        assert flags_by_block([]) == {}
        assert flags_by_block([{"block": 0, "signal": "another", "cpu_s": 1.0}]) == {}


PLAN = a_plan(profile=replace(SMALL, blocks=4))


def until_block(number: int) -> Callable[[Slice], SliceResult]:
    """Return a function that drives slices until the first slice of a block, counted from 1, and is interrupted."""
    left = iter(range(sum(len(slices_of(block_plan(PLAN, before))) for before in range(number - 1))))

    def drive(part: Slice) -> SliceResult:
        if next(left, None) is None:
            raise CTRL_C
        return driven(part)

    return drive


def a_run(folder: Path, slow: int, drive: Callable[[Slice], SliceResult] = driven) -> FakeRun:
    """Return a run of which one block, counted from 1, has slow readings."""
    run = FakeRun(folder, drive=drive)
    run.read_speed = lambda: SLOW if run.events("block ")[-1:] == [f"block {slow} of 4"] else USUAL
    return run


def blocks_of(run: FakeRun) -> tuple[set[int], set[int]]:
    """Return the stored blocks of a run and the flagged ones, counted from 1."""
    trials = run.stored().trials
    return {trial.block + 1 for trial in trials}, {trial.block + 1 for trial in trials if trial.flags}


class TestARun:
    @pytest.mark.parametrize("slow", [1, 2, 3, 4])
    def test_a_slow_block_is_flagged_at_any_place_in_the_run(self, tmp_path: Path, slow: int) -> None:
        run = a_run(tmp_path, slow)
        run.execute(PLAN)
        assert blocks_of(run) == ({1, 2, 3, 4}, {slow})

    def test_the_spread_of_the_cores_speed_is_stored_at_the_end_of_a_run_in_any_way(self, tmp_path: Path) -> None:
        for name, drive in (("complete", driven), ("interrupted", until_block(3))):
            run = a_run(tmp_path / name, 1, drive)
            with suppress(Interrupted):
                run.execute(PLAN)
            speed = run.stored().run.core_speed
            assert speed is not None
            assert [speed.median_s, speed.high_s] == pytest.approx([0.012 if name == "complete" else 0.018, 0.024])

    def test_an_interrupted_run_is_judged_by_its_finished_blocks(self, tmp_path: Path) -> None:
        run = a_run(tmp_path, 1, until_block(4))
        assert run.fail(PLAN) is CTRL_C
        assert blocks_of(run) == ({1, 2, 3}, {1})

    def test_a_resumed_run_is_judged_by_the_stored_signals_of_its_earlier_blocks_as_well(self, tmp_path: Path) -> None:
        run = a_run(tmp_path, 1, until_block(2))
        assert run.fail(PLAN) is CTRL_C
        assert blocks_of(run) == ({1}, set())
        run.generator = FakeGenerator(run.journal, driven)
        (folder,) = run.store.folders().values()
        resume(folder, TARGETS, SCENARIOS, run.dependencies(), run.observer)
        assert blocks_of(run) == ({1, 2, 3, 4}, {1})

    def test_signals_of_a_block_that_a_resumed_run_measures_again_do_not_count(self, tmp_path: Path) -> None:
        """The process was killed after it had stored the block's signals and before its trials."""
        run = a_run(tmp_path, 0, until_block(2))
        assert run.fail(PLAN) is CTRL_C
        (folder,) = run.store.folders().values()
        folder.append_signals(lines(1, 0.024) * 9)
        run.generator = FakeGenerator(run.journal, driven)
        resume(folder, TARGETS, SCENARIOS, run.dependencies(), run.observer)
        assert blocks_of(run) == ({1, 2, 3, 4}, set())

    def test_an_error_in_judging_does_not_hide_the_error_that_ended_the_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise MachineError("can't write a result", where="here", cause="it is full", remedy="Free some space.")

        monkeypatch.setattr(RunFolder, "replace_trials", refuse)
        assert a_run(tmp_path, 1, until_block(4)).fail(PLAN) is CTRL_C

    def test_an_adaptive_run_is_judged_before_it_decides_to_stop(self, tmp_path: Path) -> None:
        run, seen = a_run(tmp_path, 1), []

        def imprecise(stored: StoredRun) -> tuple[str, ...]:
            seen.append({trial.block + 1 for trial in stored.trials if trial.flags})
            return ("too wide",)

        plan = replace(PLAN, profile=replace(PLAN.profile, least_blocks=3))
        execute(plan, TARGETS, SCENARIOS, replace(run.dependencies(), imprecise=imprecise), run.observer)
        assert seen == [{1}, {1}]
