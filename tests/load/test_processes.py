"""Command lines and cores of the generator's processes."""

from __future__ import annotations

import sys

import pytest

from harness.load.processes import Peer, cores_for, master_command, worker_command


@pytest.mark.parametrize(
    ("workers", "cpus", "cores"),
    [
        (1, {3}, [{3}]),
        (2, {3, 1}, [{1}, {3}]),
        (2, {0, 1, 2}, [{0, 2}, {1}]),
        (3, {4}, [{4}, {4}, {4}]),
        (3, {4, 5}, [{4}, {5}, {4}]),
    ],
)
def test_each_worker_has_its_own_cores_if_there_are_enough(workers: int, cpus: set[int], cores: list[set[int]]) -> None:
    assert cores_for(workers, cpus) == cores


def test_the_command_lines_have_the_options_of_worker_and_master() -> None:
    assert worker_command({1}, spin=True) == [*python("worker"), "--cpus", "1", "--spin"]
    assert worker_command({2, 1}, spin=False, master="192.0.2.1:5557") == [
        *python("worker"), "--cpus", "1,2", "--master", "192.0.2.1:5557"
    ]  # fmt: skip
    assert master_command({1}, 2, spin=False) == [*python("master"), "--cpus", "1", "--workers", "2"]
    assert master_command({1}, 3, spin=True, bind="192.0.2.1:5557") == [
        *python("master"), "--cpus", "1", "--workers", "3", "--spin", "--bind", "192.0.2.1:5557"
    ]  # fmt: skip


def python(module: str) -> list[str]:
    return [sys.executable, "-m", f"harness.load.process.{module}"]


def test_a_worker_is_shown_with_the_uncertainty_of_its_beginning() -> None:
    assert str(Peer("box:12", 1000.25, 0.00015)) == "box:12 begins within 0.150 ms"
    assert str(Peer("box:12", 0.0, 0.0)) == "box:12"
