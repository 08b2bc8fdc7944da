"""Repetition of a stored run: plan, targets and differences; the committed reference can be repeated."""

from dataclasses import replace

import pytest

from harness.experiment.environment import CpuPlan
from harness.experiment.plan import make_plan
from harness.experiment.repetition import (
    build_differences,
    machine_differences,
    plan_like,
    sources_of,
    stored_workers,
    targets_in,
)
from harness.experiment.revision import commit_of
from harness.model import Revision, Run
from harness.store import RunFolder
from tests.checkout import ROOT
from tests.trials import FLASK, GIN, NULL, a_plan, a_run

CPUS = CpuPlan(frozenset({0}), frozenset({1}))


@pytest.fixture(scope="module")
def reference() -> Run:
    return RunFolder(ROOT / "results/reference").run()


def test_the_reference_is_planned_again_slice_by_slice_with_its_own_seed(reference: Run) -> None:
    plan, left_out = plan_like(reference.plan, reference.plan.seed, most_cpus=1)
    assert (plan, left_out) == (reference.plan, ())


def test_another_seed_gives_other_orders_of_the_same_targets(reference: Run) -> None:
    plan, _ = plan_like(reference.plan, reference.plan.seed + 1, most_cpus=1)
    assert plan.orders != reference.plan.orders
    assert list(map(set, plan.orders)) == list(map(set, reference.plan.orders))
    assert replace(plan, seed=reference.plan.seed, orders=reference.plan.orders) == reference.plan


def test_the_targets_of_the_reference_can_be_read_at_its_commit(reference: Run) -> None:
    if commit_of(ROOT, str(reference.environment["commit"])) is None:
        pytest.skip("this repository does not have the commit")
    with sources_of(reference, ROOT, {}) as sources:
        assert set(sources.targets) <= set(targets_in(reference.plan))
        for subject in reference.plan.all_subjects:
            if subject.target in sources.targets:
                assert sources.targets[subject.target].variant(subject.variant).name == subject.variant


def test_subjects_on_more_cpus_than_there_are_leave_the_plan() -> None:
    two, four = (replace(GIN, cpus=cpus) for cpus in (2, 4))
    stored = make_plan(a_plan().profile, (FLASK, GIN, two, four), ("hello",), 7, "docker")
    plan, left_out = plan_like(stored, 7, most_cpus=2)
    assert (plan.subjects, left_out) == ((FLASK, GIN, two), (four,))
    assert all(set(order) == {FLASK, GIN, two} for order in plan.orders)


def test_builds_of_a_revision_are_not_among_the_targets_of_the_project() -> None:
    revision = Revision("old", "0123abc0123abc", "the working tree")
    plan = replace(a_plan(FLASK, GIN, revision.of(FLASK)), against=revision, ceiling=NULL)
    assert targets_in(plan) == ("flask_app", "gin_app", "null_app")


def test_a_run_without_an_environment_has_no_differences_and_one_worker() -> None:
    run = replace(a_run(), environment={})
    assert machine_differences(run, CPUS) == build_differences(run, {"runtime": {"engine": "1"}}) == ()
    assert stored_workers(run) == 1


def test_cpus_are_compared_by_their_number() -> None:
    cpus = {"target": [4], "generator": [5], "shared": False, "workers": 3}
    run = replace(a_run(), environment={"cpus": cpus})
    assert not [line for line in machine_differences(run, CPUS) if "cpus." in line and "machine." not in line]
    shared = CpuPlan(frozenset({0}), frozenset({0}))
    assert "not the same: cpus.shared was False and is True" in machine_differences(run, shared)
    assert stored_workers(run) == 3


def test_the_versions_of_packages_and_of_the_runtime_are_compared_and_build_ids_are_not() -> None:
    images = {"flask_app": {"id": "a", "size_bytes": 1, "versions": {"flask": "3.0.0", "click": "8"}}}
    run = replace(a_run(), environment={"runtime": {"engine": "1"}, "images": images})
    built = {"flask_app": {"id": "b", "size_bytes": 2, "versions": {"flask": "3.1.0", "click": "8"}}}
    assert build_differences(run, {"runtime": {"engine": "2"}, "images": built}) == (
        "not the same: runtime.engine was 1 and is 2",
        "not the same: flask_app.flask was 3.0.0 and is 3.1.0",
    )
