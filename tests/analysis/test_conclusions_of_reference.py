"""The conclusions of the committed reference: all hold in itself, and a planted reversal in a copy is found."""

from collections import Counter
from dataclasses import replace

import pytest

from harness.analysis.conclusions import conclusions
from harness.analysis.summary import summarise
from harness.model import ConclusionKind, LoadKind, Outcome, StoredRun, Summary, Trial
from tests import reference_run
from tests.trials import FLASK, GIN


@pytest.fixture(scope="module")
def stored() -> StoredRun:
    return reference_run.stored()


@pytest.fixture(scope="module")
def reference() -> Summary:
    return reference_run.summary()


OTHER = {FLASK: GIN, GIN: FLASK}


@pytest.fixture(scope="module")
def pair(stored: StoredRun) -> StoredRun:
    """Return the reference as a run of Flask and Gin, with its null target and its control."""
    plan = stored.run.plan
    kept = {FLASK, GIN, plan.ceiling, plan.control}
    orders = tuple(tuple(one for one in order if one in kept) for order in plan.orders)
    run = replace(stored.run, plan=replace(plan, subjects=(FLASK, GIN), orders=orders))
    return StoredRun(run, tuple(trial for trial in stored.trials if trial.subject in kept))


def planted(stored: StoredRun) -> StoredRun:
    """Return a copy in which two targets have each other's closed load: its slices, durations and rates.

    It has no control, because the control's load would be that of the other target.
    """
    of_block = {(one.block, one.subject): one for one in stored.trials if not one.subject.is_control}
    trials = [
        _with_load(trial, of_block[block, OTHER[subject]]) if subject in OTHER else trial
        for (block, subject), trial in of_block.items()
    ]
    return StoredRun(replace(stored.run, plan=replace(stored.run.plan, control=None)), tuple(trials))


def _with_load(trial: Trial, other: Trial) -> Trial:
    closed = [
        replace(one, plan=replace(one.plan, subject=trial.subject))
        for one in other.slices
        if _is_closed(one.plan.load.kind)
    ]
    return replace(
        trial,
        measurements=(
            *(one for one in trial.measurements if not one.metric.startswith("throughput.")),
            *(one for one in other.measurements if one.metric.startswith("throughput.")),
        ),
        slices=(*closed, *(one for one in trial.slices if not _is_closed(one.plan.load.kind))),
        distributions=(
            *(one for one in other.distributions if _is_closed(one.load.kind)),
            *(one for one in trial.distributions if not _is_closed(one.load.kind)),
        ),
    )


def _is_closed(kind: LoadKind) -> bool:
    return kind is LoadKind.CLOSED


def test_all_conclusions_of_the_reference_hold_in_itself(reference: Summary) -> None:
    found = conclusions(reference, reference)
    assert {one.outcome for one in found} == {Outcome.HOLDS}
    kinds = Counter(one.kind for one in found)
    assert kinds[ConclusionKind.COMPARISON] > 20
    assert kinds[ConclusionKind.RANK] > 3


def test_a_planted_reversal_of_the_throughputs_is_found_and_nothing_else(pair: StoredRun) -> None:
    found = conclusions(summarise(pair), summarise(planted(pair)))
    assert len(found) > 20
    for one in found:
        assert one.metric is not None
        is_planted = one.metric.startswith(("throughput.", "latency.closed."))
        assert one.outcome is (Outcome.REVERSED if is_planted else Outcome.HOLDS), one


def test_all_comparisons_are_reversed_where_the_targets_are_swapped(pair: StoredRun) -> None:
    there = summarise(pair)
    results = tuple(replace(one, subject=OTHER.get(one.subject, one.subject)) for one in there.results)
    comparisons = tuple(replace(one, subject=FLASK, reference=GIN) for one in there.comparisons)
    found = conclusions(there, replace(there, results=results, comparisons=comparisons))
    assert {one.outcome for one in found if one.said.verdict in {"higher", "lower"}} == {Outcome.REVERSED}
