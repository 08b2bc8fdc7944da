"""Owners: their labels, and whether they are still running."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.runtime import owner
from harness.runtime.owner import Owner

MACHINE, FIRST_NAMESPACE = "fedcba9876543210", "pid:[4026531836]"


@pytest.fixture
def zombie() -> Iterator[Owner]:
    """Owner whose process was killed and not yet waited for."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = owner._start_time(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert start
    yield Owner(socket.gethostname(), process.pid, start)
    process.communicate()


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> Owner:
    """Owner of an earlier boot of this machine, outside of all containers, with the process id of this process."""
    monkeypatch.setattr(owner, "machine_id", lambda: MACHINE)
    monkeypatch.setattr(owner, "_namespace", lambda: FIRST_NAMESPACE)
    return replace(Owner.current(), boot="an earlier one", namespace=FIRST_NAMESPACE, machine=MACHINE)


class TestOwner:
    """Whether an owner is still running."""

    def test_this_process_is_not_dead(self) -> None:
        assert Owner.current().is_dead() is False

    def test_an_ended_process_is_dead(self, dead: Owner) -> None:
        assert dead.is_dead() is True

    def test_a_zombie_is_dead(self, zombie: Owner) -> None:
        assert zombie.is_dead() is True

    def test_an_owner_is_dead_if_a_later_process_has_its_id(self) -> None:
        current = Owner.current()
        assert Owner(current.host, current.pid, str(int(current.start) - 1)).is_dead() is True

    def test_an_owner_on_another_host_does_not_count_as_dead(self, dead: Owner) -> None:
        assert Owner("elsewhere", dead.pid, dead.start).is_dead() is False

    def test_without_a_start_time_the_id_decides(self, dead: Owner) -> None:
        assert Owner(dead.host, dead.pid, "").is_dead() is True
        assert Owner(dead.host, os.getpid(), "").is_dead() is False
        assert Owner(dead.host, 1, "").is_dead() is False

    def test_an_owner_of_another_namespace_does_not_count_as_dead(self, dead: Owner) -> None:
        other = Owner.of(dead.labels() | {"harness.pid_namespace": "pid:[1]"})
        assert other is not None
        assert other.is_dead() is False

    def test_an_owner_of_an_earlier_boot_of_this_machine_is_dead(self, earlier: Owner) -> None:
        assert earlier.is_dead() is True, "although this process has its id and its start time"
        assert earlier.may_be_cleared() is True

    @pytest.mark.parametrize(
        "labels",
        [
            {"harness.machine": "0123456789abcdef"},
            {"harness.machine": ""},
            {"harness.host": "elsewhere"},
            {"harness.boot": ""},
            {"harness.pid_namespace": "pid:[1]"},
        ],
    )
    def test_an_owner_of_a_boot_that_may_be_another_machines_does_not_count_as_dead(
        self, earlier: Owner, labels: dict[str, str]
    ) -> None:
        other = Owner.of(earlier.labels() | labels)
        assert other is not None
        assert other.is_dead() is False

    @pytest.mark.parametrize("unknown", ["machine_id", "boot_id"])
    def test_a_machine_that_does_not_know_itself_proves_nothing(
        self, earlier: Owner, monkeypatch: pytest.MonkeyPatch, unknown: str
    ) -> None:
        monkeypatch.setattr(owner, unknown, str)
        assert earlier.is_dead() is False

    def test_within_a_container_another_boot_proves_nothing(
        self, earlier: Owner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(owner, "_namespace", lambda: "pid:[4026532000]")
        assert replace(earlier, namespace="pid:[4026532000]").is_dead() is False

    def test_labels_without_boot_or_namespace_can_not_prove_that_an_owner_is_dead(self, dead: Owner) -> None:
        old = Owner.of({name: dead.labels()[name] for name in ("harness.host", "harness.pid", "harness.pid_start")})
        assert old is not None
        assert old.is_dead() is False

    def test_an_owner_whose_process_is_hidden_does_not_count_as_dead(self, monkeypatch: pytest.MonkeyPatch) -> None:
        current = Owner.current()
        monkeypatch.setattr(owner, "_start_time", lambda _: None)
        assert current.is_dead() is False

    def test_an_owner_is_read_from_its_labels(self) -> None:
        owner = Owner.current()
        assert Owner.of(owner.labels()) == owner

    @pytest.mark.parametrize(
        "labels",
        [
            {},
            {"harness.host": "here"},
            {"harness.pid": "1"},
            {"harness.host": "here", "harness.pid": "-1"},
            {"harness.host": "here", "harness.pid": "one"},
            {"harness.host": "here", "harness.pid": "9" * 20},
            {"harness.host": "here", "harness.pid": "9" * 5_000},
            {"harness.host": "", "harness.pid": "1"},
        ],
    )
    def test_incomplete_labels_name_no_owner(self, labels: dict[str, str]) -> None:
        assert Owner.of(labels) is None

    def test_a_command_with_spaces_and_parentheses_is_parsed(self, tmp_path: Path) -> None:
        odd = tmp_path / "a ) 1 Z ("
        odd.symlink_to("/bin/sleep")
        process = subprocess.Popen([str(odd), "60"])
        try:
            ordinary = owner._start_time(os.getpid())
            start = owner._start_time(process.pid)
            assert ordinary is not None
            assert start is not None
            assert int(start) >= int(ordinary)
        finally:
            process.kill()
            process.wait()
