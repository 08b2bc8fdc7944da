"""Leftover processes: found by their marks and killed, without any other process."""

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator

import pytest

from harness.errors import MachineError
from harness.runtime import owner
from harness.runtime.owner import Owner
from harness.runtime.process import leftovers
from harness.runtime.process.leftovers import LeftoverProcess, end_dead_runs, end_run, marks
from tests.runtime.awaiting import lives, until_executed

pytestmark = [pytest.mark.program, pytest.mark.machine]

Leave = Callable[..., int]


@pytest.fixture
def run_id() -> str:
    return f"test-{uuid.uuid4().hex}"


@pytest.fixture
def leave() -> Iterator[Leave]:
    """Start a process with these environment variables; it ends with the test."""
    left: list[subprocess.Popen[bytes]] = []

    def leave(**variables: str) -> int:
        left.append(subprocess.Popen(["sleep", "60"], env=variables))
        until_executed(left[-1].pid, "sleep", "60")
        return left[-1].pid

    yield leave
    for process in left:
        process.kill()
        process.wait()


def test_the_marks_are_the_labels_as_environment_variables() -> None:
    assert marks("run-1", "flask_app:sync", Owner("here", 12, "345", "b1", "pid:[2]", "m1")) == {
        "HARNESS_RUN": "run-1",
        "HARNESS_SUBJECT": "flask_app:sync",
        "HARNESS_HOST": "here",
        "HARNESS_PID": "12",
        "HARNESS_PID_START": "345",
        "HARNESS_BOOT": "b1",
        "HARNESS_PID_NAMESPACE": "pid:[2]",
        "HARNESS_MACHINE": "m1",
    }


def test_leftover_processes_of_a_dead_owner_are_killed_and_returned(leave: Leave, dead: Owner, run_id: str) -> None:
    pid = leave(**marks(run_id, "flask_app:sync", dead))
    assert LeftoverProcess(pid, run_id, "flask_app:sync") in end_dead_runs()
    assert not lives(pid)
    assert run_id not in {leftover.run_id for leftover in end_dead_runs()}


def test_a_name_that_no_variable_can_have_is_marked_with_a_replacement(leave: Leave, dead: Owner, run_id: str) -> None:
    pid = leave(**marks(run_id, "flask_app:a\0b", dead))
    assert LeftoverProcess(pid, run_id, "flask_app:a\ufffdb") in end_dead_runs()


def test_a_process_whose_marks_name_no_subject_is_named_by_its_command(leave: Leave, dead: Owner, run_id: str) -> None:
    named = marks(run_id, "", dead)
    pid = leave(**{name: value for name, value in named.items() if value})
    assert LeftoverProcess(pid, run_id, "sleep 60") in end_dead_runs()


def test_other_processes_are_not_killed(leave: Leave, dead: Owner, run_id: str) -> None:
    others = [
        leave(**marks(run_id, "flask_app:sync", Owner.current())),
        leave(**marks(run_id, "flask_app:sync", Owner("elsewhere", dead.pid, dead.start))),
        leave(HARNESS_RUN=run_id),
        leave(HARNESS_RUN=run_id, HARNESS_HOST=dead.host, HARNESS_PID="none"),
        leave(**{name: value for name, value in marks(run_id, "", dead).items() if name != "HARNESS_RUN"}),
        leave(),
    ]
    assert run_id not in {leftover.run_id for leftover in end_dead_runs()}
    assert all(map(lives, others))


def test_processes_of_a_run_with_a_longer_id_are_not_killed(leave: Leave, run_id: str) -> None:
    mine = leave(**marks(run_id, "flask_app:sync", Owner.current()))
    others = leave(**marks(f"{run_id}0", "flask_app:sync", Owner.current()))
    end_run(run_id)
    assert (lives(mine), lives(others), lives(os.getpid())) == (False, True, True)
    end_run(run_id)


def test_the_end_of_a_run_kills_only_what_has_all_marks_of_this_process_or_of_a_dead_one(
    leave: Leave, dead: Owner, run_id: str
) -> None:
    left = [leave(**marks(run_id, "flask_app:sync", one)) for one in (Owner.current(), dead)]
    living = Owner(dead.host, os.getppid(), owner._start_time(os.getppid()) or "")
    others = [
        leave(HARNESS_RUN=run_id),
        leave(**{name: value for name, value in marks(run_id, "x", dead).items() if name != "HARNESS_SUBJECT"}),
        leave(**marks(run_id, "flask_app:sync", living)),
        leave(**marks(run_id, "flask_app:sync", Owner("elsewhere", dead.pid, dead.start))),
    ]
    end_run(run_id)
    assert [lives(pid) for pid in left] == [False, False]
    assert all(map(lives, others))


def test_the_error_names_a_process_that_can_not_be_killed(
    leave: Leave, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = leave(**marks(run_id, "flask_app:sync", Owner.current()))
    monkeypatch.setattr(leftovers, "_ENDED_WITHIN_S", 0.0)
    monkeypatch.setattr("psutil.Process.kill", lambda _: None)
    with pytest.raises(MachineError, match=rf"could not end every process \({pid}\)"):
        end_run(run_id)
