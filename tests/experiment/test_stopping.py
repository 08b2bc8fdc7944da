"""When a run has enough blocks: its rule is asked between blocks, and what it says is stored."""

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
    """Is content after so many blocks, and knows when it was asked."""

    def __init__(self, content_after: int) -> None:
        self.content_after = content_after
        self.asked: list[int] = []

    def __call__(self, stored: StoredRun) -> tuple[str, ...]:
        blocks = 1 + max(trial.block for trial in stored.trials)
        self.asked.append(blocks)
        return WIDE if blocks < self.content_after else ()


class Adaptive(Laboratory):
    """A laboratory whose runs follow a rule."""

    rule = Rule(0)
    profile = ADAPTIVE

    def live(self) -> RunFolder:
        plan = make_plan(self.profile, (FLASK, GIN), self.profile.scenarios, 7, "docker")
        dependencies = replace(self.dependencies(), imprecise=self.rule)
        return execute(plan, TARGETS, SCENARIOS, dependencies, FakeObserver(self.journal))

    def lived(self, content_after: int) -> StoredRun:
        self.rule = Rule(content_after)
        return self.live().load()


@pytest.fixture
def laboratory(tmp_path: Path) -> Adaptive:
    return Adaptive(tmp_path)


@pytest.mark.parametrize(
    ("content_after", "blocks", "asked"), [(0, 2, [2]), (2, 2, [2]), (3, 3, [2, 3]), (4, 4, [2, 3, 4])]
)
def test_it_ends_with_the_first_block_from_the_least_on_that_makes_it_precise(
    laboratory: Adaptive, content_after: int, blocks: int, asked: list[int]
) -> None:
    stored = laboratory.lived(content_after)
    assert (stored.run.status, stored.run.stopped) == (RunStatus.COMPLETE, Stopped(StopReason.PRECISE, blocks))
    assert {trial.block for trial in stored.trials} == set(range(blocks))
    assert laboratory.rule.asked == asked


def test_after_the_most_it_ends_all_the_same_and_names_what_is_missing(laboratory: Adaptive) -> None:
    run = laboratory.lived(5).run
    assert (run.status, run.stopped) == (RunStatus.COMPLETE, Stopped(StopReason.NOT_PRECISE, 4, WIDE))


def test_a_run_whose_blocks_are_fixed_never_asks(laboratory: Adaptive) -> None:
    laboratory.profile = SMALL
    assert laboratory.lived(0).run.stopped is None
    assert laboratory.rule.asked == []


def test_where_all_have_failed_there_is_nothing_to_ask(laboratory: Adaptive) -> None:
    laboratory.scripts = {subject: Script(is_alive=False) for subject in (FLASK, GIN)}
    run = laboratory.lived(0).run
    assert (run.status, run.stopped, laboratory.rule.asked) == (RunStatus.FAILED, None, [])


def test_one_that_is_taken_up_when_it_was_precise_already_measures_no_more(laboratory: Adaptive) -> None:
    folder = RunFolder(laboratory.store.root / laboratory.lived(2).run.id)
    before = folder.load()
    folder.save(replace(before.run, status=RunStatus.RUNNING, stopped=None))
    dependencies = replace(laboratory.dependencies(), imprecise=Rule(2))
    resume(folder, TARGETS, SCENARIOS, dependencies, FakeObserver(laboratory.journal))
    after = folder.load()
    assert after.trials == before.trials
    assert (after.run.status, after.run.stopped) == (RunStatus.COMPLETE, Stopped(StopReason.PRECISE, 2))
