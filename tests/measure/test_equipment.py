"""The launch conditions of a subject: the CPUs of all, or the first of the machine's for its own number."""

from dataclasses import replace

from harness.measure.equipment import Equipment
from harness.runtime.base import Launch
from tests.fakes import FakeGenerator, FakeRuntime
from tests.trials import FLASK, GIN

EQUIPMENT = Equipment(
    FakeRuntime([]),
    FakeGenerator([]),
    {},
    Launch(frozenset({4, 6}), host="10.0.0.1"),
    frozenset({31}),
    further_cpus=frozenset({8, 10}),
)


def test_a_subject_without_its_own_number_gets_the_cpus_of_all() -> None:
    assert EQUIPMENT.launch_of(FLASK) is EQUIPMENT.launch


def test_a_subject_with_its_own_number_gets_the_first_of_the_machines() -> None:
    given = {cpus: EQUIPMENT.launch_of(replace(GIN, cpus=cpus)) for cpus in (1, 2, 4)}
    assert {cpus: launch.cpus for cpus, launch in given.items()} == {1: {4}, 2: {4, 6}, 4: {4, 6, 8, 10}}
    assert {launch.host for launch in given.values()} == {"10.0.0.1"}
