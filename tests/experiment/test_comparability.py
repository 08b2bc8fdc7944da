"""Setup differences between the subjects of a plan: the broken rules and the subjects that break them."""

from dataclasses import replace

import pytest

from harness.experiment.comparability import in_words, lint
from harness.experiment.plan import make_plan
from harness.manifest import load_targets
from harness.model import ComparabilityRule, ContractPart, SetupDifference, Subject, Target, Variant, VariantClass
from tests.checkout import ROOT
from tests.fakes import PROFILE, a_target

SERVED = Variant("served", VariantClass.PRODUCTION, "As in production.", workers_per_cpu=1)
ONE, OTHER = Subject("one_app", "served"), Subject("other_app", "served")


def found(one: Variant, other: Variant = SERVED, cpus: int = 1) -> tuple[SetupDifference, ...]:
    targets = {
        subject.target: replace(a_target(subject.target, "served"), variants=(variant,))
        for subject, variant in ((ONE, one), (OTHER, other))
    }
    return of(targets, (ONE, OTHER), cpus)


def of(targets: dict[str, Target], subjects: tuple[Subject, ...], cpus: int) -> tuple[SetupDifference, ...]:
    control = replace(subjects[0], is_control=True)
    plan = make_plan(PROFILE, subjects, PROFILE.scenarios, 1, "docker", control=control)
    return lint(plan, targets, cpus)


@pytest.mark.parametrize("cpus", [1, 4])
def test_two_subjects_with_the_same_setup_break_no_rule(cpus: int) -> None:
    assert found(SERVED, cpus=cpus) == ()


def test_a_manifest_without_a_number_of_workers_breaks_no_rule() -> None:
    unknown = replace(SERVED, workers_per_cpu=0)
    assert found(unknown, unknown, cpus=4) == ()


@pytest.mark.parametrize(
    ("one", "cpus", "rule", "message"),
    [
        (
            replace(SERVED, variant_class=VariantClass.DEVELOPMENT),
            1,
            ComparabilityRule.DEVELOPMENT,
            "a way of serving that is meant for development only",
        ),
        (replace(SERVED, is_debug=True), 1, ComparabilityRule.DEBUG, "the framework's debug mode is on"),
        (
            replace(SERVED, workers=1, workers_per_cpu=0),
            2,
            ComparabilityRule.ONE_WORKER,
            "one worker computes one request at a time, and was given 2 CPUs",
        ),
        (
            replace(SERVED, workers=2, workers_per_cpu=0),
            4,
            ComparabilityRule.IDLE_CPUS,
            "2 workers can't use 4 CPUs",
        ),
        (replace(SERVED, workers=2), 1, ComparabilityRule.OVERCOMMITTED, "3 workers take turns on 1 CPU"),
        (
            replace(SERVED, workers=1, workers_per_cpu=2),
            2,
            ComparabilityRule.OVERCOMMITTED,
            "5 workers take turns on 2 CPUs",
        ),
        (
            replace(SERVED, logs_requests=True),
            1,
            ComparabilityRule.LOGGING,
            "logs every request, and the others do not",
        ),
        (
            replace(SERVED, closes_connections=True),
            1,
            ComparabilityRule.CONNECTIONS,
            "closes the connection after every answer, and the others keep it",
        ),
    ],
    ids=lambda value: value.value if isinstance(value, ComparabilityRule) else "",
)
def test_the_subject_that_breaks_a_rule_is_named_with_the_rule(
    one: Variant, cpus: int, rule: ComparabilityRule, message: str
) -> None:
    assert found(one, cpus=cpus) == (SetupDifference(rule, (ONE,), message),)
    assert found(SERVED, one, cpus) == (SetupDifference(rule, (OTHER,), message),)


@pytest.mark.parametrize(
    "alike", [replace(SERVED, logs_requests=True), replace(SERVED, closes_connections=True)], ids=["logs", "closes"]
)
def test_work_per_request_that_both_subjects_do_breaks_no_rule(alike: Variant) -> None:
    assert found(alike, alike) == ()


def test_a_debug_mode_breaks_its_rule_even_where_both_subjects_have_it() -> None:
    debug = replace(SERVED, is_debug=True)
    assert [(one.rule, one.subjects) for one in found(debug, debug)] == [(ComparabilityRule.DEBUG, (ONE, OTHER))]


@pytest.mark.parametrize(("workers", "cpus"), [(1, 1), (2, 2), (4, 4)])
def test_as_many_workers_as_cpus_break_no_rule(workers: int, cpus: int) -> None:
    assert found(replace(SERVED, workers=workers, workers_per_cpu=0), cpus=cpus) == ()


def test_a_setup_difference_is_printed_as_one_line() -> None:
    assert in_words(SetupDifference(ComparabilityRule.LOGGING, (ONE, OTHER), "log every request")) == (
        "one_app:served, other_app:served: log every request"
    )


def test_the_default_variants_of_the_repository_have_the_same_setup() -> None:
    targets = load_targets(ROOT)
    subjects = tuple(Subject(name, target.default_variant) for name, target in targets.items() if not target.is_null)
    for cpus in (1, 2, 8):
        assert of(targets, subjects, cpus) == ()


def test_the_development_server_beside_gins_release_build_breaks_rules() -> None:
    """Some of the published figures were measured with this pair."""
    subjects = (Subject("flask_app", "dev-server"), Subject("gin_app", "release"))
    assert [one.rule for one in of(load_targets(ROOT), subjects, 2)] == [
        ComparabilityRule.DEVELOPMENT,
        ComparabilityRule.ONE_WORKER,
        ComparabilityRule.LOGGING,
        ComparabilityRule.CONNECTIONS,
    ]


def test_the_workers_of_a_subject_are_held_against_its_own_cpus() -> None:
    two_workers = replace(SERVED, name="two", workers=2, workers_per_cpu=0)
    one_worker = replace(two_workers, name="one", workers=1)
    targets = {"one_app": replace(a_target("one_app", "served"), variants=(SERVED, two_workers, one_worker))}
    two, one = Subject("one_app", "two"), Subject("one_app", "one")
    subjects = (ONE, replace(ONE, cpus=4), two, replace(two, cpus=2), replace(two, cpus=4), one, replace(one, cpus=2))
    assert list(map(in_words, of(targets, subjects, 1))) == [
        "one_app:one on 2 CPUs: one worker computes one request at a time, and was given 2 CPUs",
        "one_app:two: 2 workers take turns on 1 CPU",
        "one_app:two on 4 CPUs: 2 workers can't use 4 CPUs",
    ]


def test_another_contract_than_the_references_is_a_difference_for_each_scenario_of_the_plan() -> None:
    plan = make_plan(PROFILE, (ONE, OTHER), ("hello", "json_body"), 1, "docker")
    own = {"hello": ContractPart("/hi", text="hi"), "post_json": ContractPart("/p", text="p")}
    targets = {name: a_target(name, "served") for name in ("one_app", "other_app")}
    assert lint(replace(plan, contracts={"other_app": own}), targets, 1) == (
        SetupDifference(
            ComparabilityRule.CONTRACT,
            (OTHER,),
            "answers hello by another contract than one_app:served, so the two are not compared",
        ),
    )
    assert lint(replace(plan, contracts={"one_app": own, "other_app": own}), targets, 1) == ()
