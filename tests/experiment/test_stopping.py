"""The stopping rule of a run: it is called between blocks, and the reason to stop is stored."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.experiment.loop import execute, resume
from harness.experiment.plan import make_plan
from harness.model import Precision, RunStatus, Stopped, StopReason, StoredRun
from harness.store import RunFolder
from tests.experiment.test_resume import SCENARIOS, SMALL, Laboratory
from tests.fakes import TARGETS, FakeObserver, Script
from tests.trials import FLASK, GIN

WANTED = Precision(throughput=0.02, p50=0.03, p99=0.10, memory=0.01, cold_start=0.05)
ADAPTIVE = replace(SMALL, blocks=4, least_blocks=2, precision=WANTED)
WIDE = ("memory.loaded of gin_app:release",)


class Rule:
    """Stopping rule that is precise after a number of blocks, and records its calls."""

    def __init__(self, precise_after: int) -> None:
        self.precise_after = precise_after
        self.calls: list[int] = []

    def __call__(self, stored: StoredRun) -> tuple[str, ...]:
        blocks = 1 + max(trial.block for trial in stored.trials)
        self.calls.append(blocks)
        return WIDE if blocks < self.precise_after else ()


class Adaptive(Laboratory):
    """A laboratory whose runs have a stopping rule."""

    rule = Rule(0)
    profile = ADAPTIVE

    def execute(self) -> RunFolder:
        plan = make_plan(self.profile, (FLASK, GIN), self.profile.scenarios, 7, "docker")
        dependencies = replace(self.dependencies(), imprecise=self.rule)
        return execute(plan, TARGETS, SCENARIOS, dependencies, FakeObserver(self.journal))

    def stored(self, precise_after: int) -> StoredRun:
        self.rule = Rule(precise_after)
        return self.execute().load()


@pytest.fixture
def laboratory(tmp_path: Path) -> Adaptive:
    return Adaptive(tmp_path)


@pytest.mark.parametrize(
    ("precise_after", "blocks", "calls"), [(0, 2, [2]), (2, 2, [2]), (3, 3, [2, 3]), (4, 4, [2, 3, 4])]
)
def test_a_run_ends_when_it_is_precise_but_not_before_the_minimum_of_blocks(
    laboratory: Adaptive, precise_after: int, blocks: int, calls: list[int]
) -> None:
    stored = laboratory.stored(precise_after)
    assert (stored.run.status, stored.run.stopped) == (RunStatus.COMPLETE, Stopped(StopReason.PRECISE, blocks))
    assert {trial.block for trial in stored.trials} == set(range(blocks))
    assert laboratory.rule.calls == calls


def test_a_run_that_stays_imprecise_ends_after_the_maximum_of_blocks_and_names_the_headlines(
    laboratory: Adaptive,
) -> None:
    run = laboratory.stored(5).run
    assert (run.status, run.stopped) == (RunStatus.COMPLETE, Stopped(StopReason.NOT_PRECISE, 4, WIDE))


def test_a_run_with_a_fixed_number_of_blocks_never_calls_the_rule(laboratory: Adaptive) -> None:
    laboratory.profile = SMALL
    assert laboratory.stored(0).run.stopped is None
    assert laboratory.rule.calls == []


def test_if_all_targets_have_failed_the_rule_is_not_called(laboratory: Adaptive) -> None:
    laboratory.scripts = {subject: Script(is_alive=False) for subject in (FLASK, GIN)}
    run = laboratory.stored(0).run
    assert (run.status, run.stopped, laboratory.rule.calls) == (RunStatus.FAILED, None, [])


def test_a_resumed_run_that_is_already_precise_measures_no_further_block(laboratory: Adaptive) -> None:
    folder = RunFolder(laboratory.store.root / laboratory.stored(2).run.id)
    before = folder.load()
    folder.save(replace(before.run, status=RunStatus.RUNNING, stopped=None))
    dependencies = replace(laboratory.dependencies(), imprecise=Rule(2))
    resume(folder, TARGETS, SCENARIOS, dependencies, FakeObserver(laboratory.journal))
    after = folder.load()
    assert after.trials == before.trials
    assert (after.run.status, after.run.stopped) == (RunStatus.COMPLETE, Stopped(StopReason.PRECISE, 2))
