"""The end of a run that could not go on: what the user is told, and which error is raised."""

from pathlib import Path

import pytest

from harness.errors import HarnessError
from tests.experiment.test_loop import CTRL_C, ENGINE_GONE, GENERATOR_GONE, FakeRun, in_block


@pytest.mark.parametrize("error", [CTRL_C, GENERATOR_GONE, ENGINE_GONE])
def test_the_user_is_told_how_to_go_on(tmp_path: Path, error: HarnessError) -> None:
    run = FakeRun(tmp_path, drive=in_block(2, error))
    run.fail()
    [told] = run.events("notice the run is interrupted")
    assert told.endswith(f"go on with `harness run --resume {run.stored().run.id}`")


def test_a_cleanup_that_fails_does_not_hide_why_the_run_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(tmp_path, drive=in_block(2, CTRL_C))

    def refuse() -> None:
        raise ENGINE_GONE

    monkeypatch.setattr(run.runtime, "close", refuse)
    assert run.fail() is CTRL_C
    assert len(run.events("notice something may be left: no engine")) == 1
