"""The workforce of a run: refused addresses, warnings and messages to the user."""

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


def test_workers_with_their_own_cores_raise_no_warning() -> None:
    messages: list[str] = []
    Workforce(2, None, "127.0.0.1", messages.append).check(OWN)
    assert messages == []


def test_workers_that_share_a_core_raise_a_warning() -> None:
    messages: list[str] = []
    Workforce(2, None, "127.0.0.1", messages.append).check(SHARED)
    Workforce(3, None, "127.0.0.1", messages.append).check(OWN)
    assert messages == [
        "warning: 2 workers share 1 CPU; they disturb each other",
        "warning: 3 workers share 2 CPUs; they disturb each other",
    ]


def test_workers_on_other_machines_raise_no_warning() -> None:
    messages: list[str] = []
    Workforce(2, "127.0.0.1:5557", "127.0.0.1", messages.append).check(SHARED)
    assert messages == []


def test_a_target_that_shares_its_core_with_the_generator_raises_a_warning() -> None:
    messages: list[str] = []
    Workforce(1, None, "127.0.0.1", messages.append).check(CpuPlan(frozenset({0}), frozenset({0})))
    assert messages == ["warning: target and generator share the only CPU; this distorts every number"]


@pytest.mark.parametrize(
    ("bind", "host"),
    [(None, "203.0.113.9"), (None, "0.0.0.0"), (None, "somewhere"), ("5557", "127.0.0.1")],  # noqa: S104
)
def test_a_bad_address_is_refused(bind: str | None, host: str) -> None:
    with pytest.raises(UsageError, match="bad address"):
        Workforce(2, bind, host, lambda _: None).check(OWN)


def test_the_user_sees_the_command_for_other_machines_and_the_workers_that_joined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Assembled:
        workers = (Peer("box:12", 1000.25, 0.00015),)

        def __init__(self, _scenarios: object, cpus: object, **options: object) -> None:
            self.arguments = (cpus, options)

    monkeypatch.setattr(module, "Generator", Assembled)
    messages: list[str] = []
    made = Workforce(1, "192.0.2.1:5557", "127.0.0.1", messages.append).assemble(
        [], frozenset({1}), spin=False, arguments="-T a"
    )
    made_with = {"spin": False, "workers": 1, "bind": "192.0.2.1:5557", "contracts": None, "arguments": "-T a"}
    told = {"notify": messages.append}
    assert made.arguments == (frozenset({1}), {**made_with, **told})  # type: ignore[attr-defined]
    assert messages == [
        "waiting for 1 of: harness worker --master 192.0.2.1:5557",
        "worker box:12 begins within 0.150 ms",
    ]


@pytest.mark.parametrize(("text", "cpus"), [(None, {7}), ("2", {2}), ("7, 2", {2, 7})])
def test_a_list_of_cpus_is_parsed(monkeypatch: pytest.MonkeyPatch, text: str | None, cpus: set[int]) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 7})
    assert parse_cpus(text) == cpus


@pytest.mark.parametrize("text", ["", "3", "2-7", "2,", "-2", "two"])
def test_a_malformed_list_or_an_unknown_cpu_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {2, 7})
    with pytest.raises(UsageError, match=r"bad CPUs .* Choose from: 2, 7"):
        parse_cpus(text)
