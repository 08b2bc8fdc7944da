"""The end of a run that could not go on: what the user is told, and which error is raised."""

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.experiment.loop import resume
from tests.experiment.test_loop import (
    CTRL_C,
    ENGINE_GONE,
    GENERATOR_GONE,
    NO_RUBY,
    SCENARIOS,
    FakeRun,
    in_block,
)
from tests.fakes import TARGETS


@pytest.mark.parametrize("error", [CTRL_C, GENERATOR_GONE, ENGINE_GONE])
def test_the_user_is_told_how_to_go_on(tmp_path: Path, error: HarnessError) -> None:
    run = FakeRun(tmp_path, drive=in_block(2, error))
    run.fail()
    [told] = run.events("notice the run is interrupted")
    going_on = f"go on with `harness run --resume {run.stored().run.id}`"
    assert told == f"notice the run is interrupted; 1 of 2 blocks is stored; {going_on}"


def test_a_run_that_was_interrupted_in_its_first_block_claims_no_stored_result(tmp_path: Path) -> None:
    run = FakeRun(tmp_path, drive=in_block(1, CTRL_C))
    run.fail()
    [told] = run.events("notice the run is interrupted")
    assert "; no block was finished, so no result is stored; go on with " in told
    assert run.stored().trials == ()


def test_a_cleanup_that_fails_does_not_hide_why_the_run_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(tmp_path, drive=in_block(2, CTRL_C))

    def refuse() -> None:
        raise ENGINE_GONE

    monkeypatch.setattr(run.runtime, "close", refuse)
    assert run.fail() is CTRL_C
    assert len(run.events("notice something may be left: no engine")) == 1


def test_a_run_whose_base_images_are_missing_ends_before_the_first_build_and_leaves_no_folder(tmp_path: Path) -> None:
    run = FakeRun(tmp_path)
    run.runtime.lacks = NO_RUBY
    assert run.fail() is NO_RUBY
    assert sorted(run.runtime.fetched_for) == ["flask_app", "gin_app"]
    assert run.store.folders() == {}
    assert run.journal == ["close runtime"]


def test_a_resumed_run_whose_base_images_are_missing_stays_interrupted(tmp_path: Path) -> None:
    run = FakeRun(tmp_path, drive=in_block(2, CTRL_C))
    run.fail()
    before = run.stored()
    run.runtime.lacks = NO_RUBY
    [folder] = run.store.folders().values()
    with pytest.raises(HarnessError) as caught:
        resume(folder, TARGETS, SCENARIOS, run.dependencies(), run.observer)
    assert caught.value is NO_RUBY
    assert run.stored() == before
