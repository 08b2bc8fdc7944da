"""A clock of the day that jumps during a run: it is said, and no duration, id or stored trial depends on it."""

import time
from pathlib import Path

import pytest

from harness.model import RunStatus, Scenario
from tests.experiment.test_loop import CTRL_C, FakeRun, in_block
from tests.fakes import FakeGenerator


def make_jump(monkeypatch: pytest.MonkeyPatch, run: FakeRun, jump_s: float) -> None:
    """Let the clock of the day jump when the run opens its generator."""
    real_time, open_generator, jumped_s = time.time, run.open_generator, [0.0]

    def jump(scenarios: tuple[Scenario, ...], cpus: frozenset[int]) -> FakeGenerator:
        jumped_s.append(jump_s)
        return open_generator(scenarios, cpus)

    monkeypatch.setattr(time, "time", lambda: real_time() + jumped_s[-1])
    monkeypatch.setattr(run, "open_generator", jump)


@pytest.mark.parametrize(
    ("jump_s", "said"), [(-86_400.0, "-86,400 s"), (3_600.0, "+3,600 s"), (-315_360_000.0, "-315")]
)
def test_a_jump_is_said_and_the_run_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: float, said: str
) -> None:
    run = FakeRun(tmp_path)
    make_jump(monkeypatch, run, jump_s)
    began_s = time.monotonic()
    run.execute()
    stored = run.stored().run
    assert stored.status is RunStatus.COMPLETE
    assert 0 <= stored.wall_s <= time.monotonic() - began_s
    [told] = run.events("notice the clock of this machine jumped")
    assert said in told


def test_a_jump_is_said_beside_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = FakeRun(tmp_path, drive=in_block(2, CTRL_C))
    make_jump(monkeypatch, run, -3_600.0)
    assert run.fail() is CTRL_C
    assert run.stored().run.status is RunStatus.INTERRUPTED
    assert len(run.events("notice the clock of this machine jumped")) == 1
    assert len(run.events("notice the run is interrupted")) == 1


def test_a_clock_that_does_not_jump_is_not_mentioned(tmp_path: Path) -> None:
    run = FakeRun(tmp_path)
    run.execute()
    assert run.events("notice the clock") == []
