"""Which settings make a comparison one of settings, and who is told to have them."""

from dataclasses import replace

import pytest

from harness.experiment.comparability import in_words, lint
from harness.experiment.plan import make_plan
from harness.manifest import load_targets
from harness.model import ComparabilityRule, SetupDifference, Subject, Target, Variant, VariantClass
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
def test_two_that_are_served_alike_are_compared_fairly(cpus: int) -> None:
    assert found(SERVED, cpus=cpus) == ()


def test_nobody_is_blamed_for_what_no_manifest_says() -> None:
    unsaid = replace(SERVED, workers_per_cpu=0)
    assert found(unsaid, unsaid, cpus=4) == ()


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
def test_who_breaks_a_rule_is_named_with_it(one: Variant, cpus: int, rule: ComparabilityRule, message: str) -> None:
    assert found(one, cpus=cpus) == (SetupDifference(rule, (ONE,), message),)
    assert found(SERVED, one, cpus) == (SetupDifference(rule, (OTHER,), message),)


@pytest.mark.parametrize(
    "alike", [replace(SERVED, logs_requests=True), replace(SERVED, closes_connections=True)], ids=["logs", "closes"]
)
def test_what_both_do_for_every_request_is_fair(alike: Variant) -> None:
    assert found(alike, alike) == ()


def test_a_debug_mode_says_little_of_a_framework_even_where_both_have_it() -> None:
    debug = replace(SERVED, is_debug=True)
    assert [(one.rule, one.subjects) for one in found(debug, debug)] == [(ComparabilityRule.DEBUG, (ONE, OTHER))]


@pytest.mark.parametrize(("workers", "cpus"), [(1, 1), (2, 2), (2, 4)])
def test_as_many_workers_as_cpus_or_fewer_but_more_than_one_are_fair(workers: int, cpus: int) -> None:
    assert found(replace(SERVED, workers=workers, workers_per_cpu=0), cpus=cpus) == ()


def test_a_finding_reads_as_one_line() -> None:
    assert in_words(SetupDifference(ComparabilityRule.LOGGING, (ONE, OTHER), "log every request")) == (
        "one_app:served, other_app:served: log every request"
    )


def test_the_targets_as_they_are_measured_by_default_are_served_alike() -> None:
    targets = load_targets(ROOT)
    subjects = tuple(Subject(name, targets[name].default_variant) for name in ("flask_app", "gin_app"))
    for cpus in (1, 2, 8):
        assert of(targets, subjects, cpus) == ()


def test_the_pages_own_pitfalls_are_all_seen() -> None:
    """The development server beside Gin's release build is how some of the published figures came about."""
    subjects = (Subject("flask_app", "dev-server"), Subject("gin_app", "release"))
    assert [one.rule for one in of(load_targets(ROOT), subjects, 2)] == [
        ComparabilityRule.DEVELOPMENT,
        ComparabilityRule.ONE_WORKER,
        ComparabilityRule.LOGGING,
        ComparabilityRule.CONNECTIONS,
    ]
