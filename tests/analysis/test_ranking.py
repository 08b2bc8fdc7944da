"""Rankings: ties of equal targets, known differences, and claims of pairs that do not fit together."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.analysis.comparison import adjust_headlines, difference, p_of, ratio_interval
from harness.analysis.ranking import places, rankings
from harness.analysis.summary import summarise, summarise_each
from harness.model import Bound, Comparison, Measurement, Place, Ranking, StoredRun, Subject, Summary
from harness.units import Unit
from tests.trials import a_plan, a_run, a_trial

SEVEN = tuple(Subject(name, "one") for name in "abcdefg")
A, B, C, *_ = SEVEN
RATE = "throughput.closed.c32"
BLOCKS = 6  # as in the quick profile


def ranks_of(found: tuple[Place, ...]) -> dict[str, int]:
    return {place.subject.target: place.rank for place in found}


class TestPlaces:
    def test_without_a_claim_all_have_the_first_rank(self) -> None:
        found = places(SEVEN, [])
        assert set(ranks_of(found).values()) == {1}
        assert found[0] == Place(A, 1, (), SEVEN[1:])

    def test_the_rank_counts_the_contestants_that_are_ahead(self) -> None:
        found = places((A, B, C), [(C, A), (C, B)])
        assert [(place.subject, place.rank, place.behind, place.tied) for place in found] == [
            (C, 1, (), ()),
            (A, 2, (C,), (B,)),
            (B, 2, (C,), (A,)),
        ]

    def test_one_that_is_better_by_way_of_another_is_ahead(self) -> None:
        assert ranks_of(places((A, B, C), [(A, B), (B, C)])) == {"a": 1, "b": 2, "c": 3}

    def test_contestants_in_a_circle_share_a_rank(self) -> None:
        circle = [(A, B), (B, C), (C, A)]
        found = places(SEVEN[:4], [*circle, (A, SEVEN[3])])
        assert ranks_of(found) == {"a": 1, "b": 1, "c": 1, "d": 4}
        assert found[0].tied == (B, C)

    def test_one_that_is_not_told_apart_from_two_that_differ_has_the_rank_of_the_better(self) -> None:
        found = {place.subject: place for place in places((A, B, C), [(A, C)])}
        assert (found[B].rank, found[B].tied) == (1, (A, C))
        assert found[C] == Place(C, 2, (A,), (B,))

    @given(st.lists(st.sampled_from(list(combinations(SEVEN, 2))).flatmap(st.permutations), max_size=25))
    def test_no_rank_contradicts_a_shown_difference(self, claims: list[list[Subject]]) -> None:
        pairs = [(better, worse) for better, worse in claims]
        found = {place.subject: place for place in places(SEVEN, pairs)}
        for better, worse in pairs:
            is_circle = worse in found[better].tied
            assert found[better].rank < found[worse].rank or (is_circle and found[better].rank == found[worse].rank)
        for place in found.values():
            assert place.rank == 1 + len(place.behind)
            assert not {*place.behind, place.subject} & set(place.tied)
            assert all(found[ahead].rank < place.rank for ahead in place.behind)


# Simulated runs: log-normal values of each block, compared as in a run.


def ranked(values: NDArray[np.float64]) -> Ranking:
    """Return the ranking of seven targets by their values, of shape (targets, blocks)."""
    found, probabilities = [], []
    for (reference, theirs), (subject, mine) in combinations(zip(SEVEN, values.tolist(), strict=True), 2):
        ratio = ratio_interval(mine, theirs)
        verdict = difference(ratio)
        numbers = (ratio.estimate, ratio.low, ratio.high)
        found.append(Comparison(RATE, "hello", subject, reference, *numbers, p=None, verdict=verdict))
        probabilities.append(p_of(ratio, len(mine)))
    adjusted = adjust_headlines(found, dict(enumerate(probabilities)))
    [ranking] = rankings(SEVEN, [(RATE, "hello")], adjusted)
    return ranking


def drawn(rng: np.random.Generator, logs: NDArray[np.float64], noise: float = 0.02) -> NDArray[np.float64]:
    speed = rng.normal(0, 0.1, (1, BLOCKS))  # of the machine, common to all targets of a block
    values: NDArray[np.float64] = np.exp(logs[:, None] + speed + rng.normal(0, noise, (len(SEVEN), BLOCKS)))
    return values


def test_seven_equal_targets_are_all_tied_in_94_per_cent_of_runs() -> None:
    rng, runs = np.random.default_rng(17), 400
    tied = sum({place.rank for place in ranked(drawn(rng, np.zeros(7))).places} == {1} for _ in range(runs))
    assert tied >= 0.94 * runs


def test_known_differences_are_found_in_their_order() -> None:
    rng, runs = np.random.default_rng(17), 50
    logs = np.log([1.0, 1.4, 1.4, 2.0, 3.0, 3.0, 12.0])
    expected = {"g": 1, "e": 2, "f": 2, "d": 4, "b": 5, "c": 5, "a": 7}
    right = sum(ranks_of(ranked(drawn(rng, logs)).places) == expected for _ in range(runs))
    assert right >= 0.9 * runs


# Rankings of stored runs.


def a_measured_run(*rates_per_s: float, metric: str = RATE, unit: Unit = Unit.PER_SECOND) -> StoredRun:
    rng = np.random.default_rng(3)
    scenario = "hello" if metric == RATE else None
    trials = [
        a_trial(
            block, subject, Measurement(metric, unit, rate * math.exp(rng.normal(0, 0.005)), scenario, Bound.TARGET)
        )
        for block in range(BLOCKS)
        for subject, rate in zip(SEVEN, rates_per_s, strict=False)
    ]
    return StoredRun(a_run(a_plan(*SEVEN[: len(rates_per_s)], blocks=BLOCKS)), tuple(trials))


def all_comparisons(summary: Summary) -> dict[frozenset[Subject], Comparison]:
    every = (*summary.comparisons, *summary.among_others)
    return {frozenset((one.subject, one.reference)): one for one in every}


def test_a_run_ranks_its_contestants_by_each_headline() -> None:
    [ranking] = summarise(a_measured_run(6000.0, 6000.0, 9000.0, 72000.0)).rankings
    assert (ranking.metric, ranking.scenario) == (RATE, "hello")
    assert ranks_of(ranking.places) == {"d": 1, "c": 2, "a": 3, "b": 3}


def test_less_memory_is_better() -> None:
    [ranking] = summarise(a_measured_run(3e7, 7e6, metric="memory.loaded", unit=Unit.BYTE)).rankings
    assert ranks_of(ranking.places) == {"b": 1, "a": 2}


def test_all_pairs_of_a_run_are_one_family() -> None:
    stored = a_measured_run(6000.0, 6000.0, 6060.0, 72000.0)
    pair = frozenset({A, C})
    run = replace(stored.run, plan=replace(stored.run.plan, subjects=(A, C)))
    alone = StoredRun(run, tuple(trial for trial in stored.trials if trial.subject in pair))
    four, two = (all_comparisons(summarise(one)) for one in (stored, alone))
    assert (len(four), len(two)) == (6, 1)
    among_six, by_itself = (found[pair].p_holm for found in (four, two))
    assert among_six is not None
    assert by_itself is not None
    assert 0 < by_itself < among_six <= 6 * by_itself


def test_the_view_of_a_pair_claims_what_the_view_of_the_reference_claims() -> None:
    stored = a_measured_run(6000.0, 6000.0, 9000.0, 72000.0)
    plan = stored.run.plan
    whole, of_pair = summarise_each(stored, [plan.pairs, plan.pairs_of({"b", "d"})])
    assert [(one.subject.target, one.reference.target) for one in of_pair.comparisons] == [("d", "b")]
    assert of_pair.rankings == whole.rankings
    assert all_comparisons(of_pair) == all_comparisons(whole)


def test_a_run_of_all_variants_ranks_nothing() -> None:
    stored = a_measured_run(6000.0, 9000.0)
    plan = replace(stored.run.plan, profile=replace(stored.run.plan.profile, all_variants=True))
    summary = summarise(replace(stored, run=replace(stored.run, plan=plan)))
    assert (summary.rankings, len(summary.comparisons)) == ((), 1)


def test_a_contestant_without_a_number_has_no_place() -> None:
    stored = a_measured_run(6000.0, 9000.0, 72000.0)
    kept = tuple(trial for trial in stored.trials if trial.subject != B)
    [ranking] = summarise(replace(stored, trials=kept)).rankings
    assert ranks_of(ranking.places) == {"c": 1, "a": 2}
