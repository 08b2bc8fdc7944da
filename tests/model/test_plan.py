"""The pairs of a plan: what is compared with the reference, and what with its build of another revision."""

from dataclasses import replace

import pytest

from harness.model import Pace, Revision, ScenarioTraits, Subject
from tests.trials import FLASK, GIN, a_plan

REVISION = Revision("main", "0123abcdef", "the working tree")
OLD_FLASK, OLD_GIN = Subject("flask_app@0123abc", "gthread"), Subject("gin_app@0123abc", "release")


def test_a_subject_of_a_revision_has_the_commit_in_its_targets_name() -> None:
    assert (REVISION.of(FLASK), str(REVISION.of(GIN))) == (OLD_FLASK, "gin_app@0123abc:release")


def test_without_a_revision_all_are_compared_with_the_first() -> None:
    sync = Subject("flask_app", "sync")
    assert a_plan(FLASK, GIN, sync).pairs == ((GIN, FLASK), (sync, FLASK))
    assert a_plan(FLASK, GIN).older == {}


def test_with_a_revision_each_is_also_compared_with_its_older_build_and_those_with_nothing_else() -> None:
    plan = replace(a_plan(FLASK, GIN, OLD_FLASK, OLD_GIN), against=REVISION)
    assert plan.pairs == ((GIN, FLASK), (FLASK, OLD_FLASK), (GIN, OLD_GIN))
    assert plan.older == {FLASK: OLD_FLASK, GIN: OLD_GIN}


def test_a_target_that_the_revision_does_not_have_is_only_compared_with_the_reference() -> None:
    assert replace(a_plan(FLASK, GIN, OLD_FLASK), against=REVISION).pairs == ((GIN, FLASK), (FLASK, OLD_FLASK))


@pytest.mark.parametrize(("cpus", "words"), [(1, "one CPU each"), (2, "2 CPUs each")])
def test_the_cpus_of_each_target_are_said_in_words(cpus: int, words: str) -> None:
    assert replace(a_plan(FLASK), target_cpus=cpus).cpus_each == words


def test_a_subject_has_its_own_number_of_cpus_or_that_of_the_plan() -> None:
    four = replace(GIN, cpus=4)
    plan = replace(a_plan(FLASK, GIN, four), target_cpus=2)
    assert [plan.cpus_of(one) for one in plan.subjects] == [2, 2, 4]
    assert (plan.most_cpus, a_plan(FLASK).most_cpus) == (4, 1)
    assert plan.cpus_each == "2 CPUs each, if not stated"
    assert plan.pairs == ((GIN, FLASK), (four, FLASK))


def test_the_chosen_subjects_are_those_that_the_profile_does_not_add() -> None:
    sync, debug = Subject("flask_app", "sync"), Subject("gin_app", "debug")
    on_cpus = tuple(replace(one, cpus=2) for one in (FLASK, sync))
    few = a_plan(FLASK, sync, GIN, *on_cpus)
    assert few.chosen == (FLASK, sync, GIN)
    every = replace(few, profile=replace(few.profile, all_variants=True))
    assert every.chosen == (FLASK, sync)
    assert replace(every, subjects=(FLASK, GIN, sync, debug)).chosen == (FLASK, GIN)


def test_a_scenario_of_a_run_without_stored_traits_is_one_of_lane_users() -> None:
    paced = ScenarioTraits("shop", ("Visitor.Visit",), drives_open=False, pace=Pace.PACED)
    plan = replace(a_plan(FLASK), traits=(paced,))
    assert plan.traits_of("shop") == paced
    assert plan.traits_of("hello") == ScenarioTraits("hello", (), drives_open=True)
