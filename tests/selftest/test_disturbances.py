"""Each disturbance lasts as long as its context, and leaves nothing behind."""

import os
from pathlib import Path

import pytest

from harness.errors import MachineError
from harness.runtime.counters import group_folders
from harness.selftest import disturbances
from harness.selftest.disturbances import burning, resting, stopped, under_quota
from tests.runtime.awaiting import lives, until

CPUS = frozenset({min(os.sched_getaffinity(0))})


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_burner_is_pinned_to_its_cores_and_ends_with_its_context() -> None:
    with burning(CPUS) as pid:
        assert os.sched_getaffinity(pid) == CPUS
        assert os.getsid(pid) == pid
    assert not lives(pid)


def test_a_stop_lasts_as_long_as_its_context() -> None:
    with resting() as pid:
        with stopped(pid):
            until(lambda: state(pid) == "T")
        until(lambda: state(pid) != "T")
    assert not lives(pid)


def test_a_quota_applies_to_a_process_in_its_own_group_and_both_end_with_the_context() -> None:
    before = group_folders(os.getpid())
    try:
        with under_quota(CPUS) as pid:
            folders = group_folders(pid)
            group = folders.get("cpu", folders.get("", Path()))
            assert group.name == f"harness-selftest-{pid}"
    except MachineError as error:
        pytest.skip(str(error))
    assert not group.exists()
    assert group_folders(os.getpid()) == before
    assert not lives(pid)


def test_where_no_group_can_be_created_the_error_says_why_and_the_process_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    burned: list[int] = []

    def elsewhere(pid: int) -> dict[str, Path]:
        burned.append(pid)
        return {"": tmp_path / "nowhere"}

    monkeypatch.setattr(disturbances, "group_folders", elsewhere)
    with pytest.raises(MachineError, match="no CPU quota can be set"), under_quota(CPUS):
        pass
    assert not lives(burned[0])


def test_a_group_that_accepts_no_quota_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("it is not yours")

    monkeypatch.setattr(disturbances, "group_folders", lambda _: {"": tmp_path})
    monkeypatch.setattr(disturbances, "_limit", refuse)
    with pytest.raises(MachineError, match="it is not yours"), under_quota(CPUS):
        pass
    assert list(tmp_path.iterdir()) == []
