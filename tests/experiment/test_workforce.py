"""Who drives the load: what is refused before anything starts, and what the reader is told."""

from __future__ import annotations

import os

import pytest

from harness.errors import UsageError
from harness.experiment import workforce as module
from harness.experiment.environment import CpuPlan, parse_cpus
from harness.experiment.workforce import Workforce
from harness.load.processes import Peer

OWN = CpuPlan(frozenset({0}), frozenset({1, 2}), 2)
SHARED = CpuPlan(frozenset({0}), frozenset({1}), 2)


def test_workers_with_cores_of_their_own_need_no_warning() -> None:
    told: list[str] = []
    Workforce(2, None, "127.0.0.1", told.append).check(OWN)
    assert told == []


def test_workers_that_share_a_core_are_told_of() -> None:
    told: list[str] = []
    Workforce(2, None, "127.0.0.1", told.append).check(SHARED)
    assert told == ["warning: 2 workers share 1 CPU; they disturb one another"]


def test_workers_elsewhere_share_no_core_of_this_machine() -> None:
    told: list[str] = []
    Workforce(2, "127.0.0.1:5557", "127.0.0.1", told.append).check(SHARED)
    assert told == []


def test_a_target_that_shares_its_core_with_the_generator_is_told_of() -> None:
    told: list[str] = []
    Workforce(1, None, "127.0.0.1", told.append).check(CpuPlan(frozenset({0}), frozenset({0})))
    assert told == ["warning: target and generator share the only CPU; every number suffers from it"]


@pytest.mark.parametrize(
    ("bind", "host"),
    [(None, "203.0.113.9"), (None, "0.0.0.0"), (None, "somewhere"), ("5557", "127.0.0.1")],  # noqa: S104
)
def test_what_cannot_work_is_refused(bind: str | None, host: str) -> None:
    with pytest.raises(UsageError, match="bad address"):
        Workforce(2, bind, host, lambda _: None).check(OWN)


def test_the_reader_learns_what_to_type_elsewhere_and_who_came(monkeypatch: pytest.MonkeyPatch) -> None:
    class Assembled:
        workers = (Peer("box:12", 1000.25, 0.00015),)

        def __init__(self, _scenarios: object, cpus: object, **options: object) -> None:
            self.asked = (cpus, options)

    monkeypatch.setattr(module, "Generator", Assembled)
    told: list[str] = []
    made = Workforce(1, "192.0.2.1:5557", "127.0.0.1", told.append).assemble([], frozenset({1}), spin=False)
    assert made.asked == (frozenset({1}), {"spin": False, "workers": 1, "bind": "192.0.2.1:5557"})  # type: ignore[attr-defined]
    assert told == [
        "waiting for 1 of: harness worker --master 192.0.2.1:5557",
        "worker box:12 begins within 0.150 ms",
    ]


@pytest.mark.parametrize(("text", "cpus"), [(None, {7}), ("2", {2}), ("7, 2", {2, 7})])
def test_cpus_are_read(monkeypatch: pytest.MonkeyPatch, text: str | None, cpus: set[int]) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 7})
    assert parse_cpus(text) == cpus


@pytest.mark.parametrize("text", ["", "3", "2-7", "2,", "-2", "two"])
def test_cpus_that_there_are_not_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 7})
    with pytest.raises(UsageError, match=r"bad CPUs .* Known: 2, 7"):
        parse_cpus(text)
