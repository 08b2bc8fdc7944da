"""The conclusions of a run, and whether each holds in another run."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from harness.analysis.conclusions import SAME_SIZE, conclusions
from harness.analysis.summary import summarise
from harness.model import (
    Bound,
    Conclusion,
    ConclusionKind,
    Difference,
    Measurement,
    Outcome,
    StoredRun,
    Subject,
    Summary,
)
from harness.units import Unit
from tests.trials import FLASK, GIN, a_plan, a_run, a_stored_run, a_trial

RATE = "throughput.closed.c32"
SYNC = Subject("flask_app", "sync")
THREE = (FLASK, SYNC, GIN)


def a_measured_run(
    rates_per_s: Mapping[Subject, float], *, noise: float = 0.005, blocks: int = 6, seed: int = 1, name: str = "a"
) -> StoredRun:
    """Return a run with one rate a block: a common speed of the block, and each target's own noise."""
    rng = random.Random(seed)  # noqa: S311 - no secrets
    trials = []
    for block in range(blocks):
        speed = rng.lognormvariate(0, 0.05)
        for subject, rate_per_s in rates_per_s.items():
            value = rate_per_s * speed * rng.lognormvariate(0, noise)
            rate = Measurement(RATE, Unit.PER_SECOND, value, "hello", Bound.TARGET)
            trials.append(a_trial(block, subject, rate))
    plan = a_plan(*rates_per_s, blocks=blocks)
    return StoredRun(a_run(plan, name), tuple(trials))


def of(rates_per_s: Mapping[Subject, float], **how: float) -> Summary:
    return summarise(a_measured_run(rates_per_s, **how))  # type: ignore[arg-type]


def pair(ratio: float, **how: float) -> Summary:
    """Return a run of which Gin's rate is Flask's times a ratio."""
    return of({FLASK: 6000.0, GIN: 6000.0 * ratio}, **how)


def the_comparison(there: Summary, here: Summary) -> Conclusion:
    [one] = [one for one in conclusions(there, here) if one.kind is ConclusionKind.COMPARISON]
    return one


def the_ranking(there: Summary, here: Summary) -> Conclusion:
    [one] = [one for one in conclusions(there, here) if one.kind is ConclusionKind.RANK]
    return one


class TestAComparison:
    @pytest.mark.parametrize(
        ("there", "here", "outcome"),
        [
            (12.0, 12.1, Outcome.HOLDS),
            (12.0, 12.0 * 1.07, Outcome.HOLDS),
            (12.0, 8.0, Outcome.HOLDS_OTHER_SIZE),
            (12.0, 1 / 12.0, Outcome.REVERSED),
            (0.5, 1.1, Outcome.REVERSED),
            (1.5, 1.0, Outcome.NOT_SHOWN),
            (1.0, 1.0, Outcome.HOLDS),
            (1.0, 1.5, Outcome.DIFFERS),
            (1.0, 1.05, Outcome.NOT_SHOWN),
        ],
    )
    def test_the_direction_decides_first_and_then_the_size(self, there: float, here: float, outcome: Outcome) -> None:
        found = the_comparison(pair(there), pair(here, seed=2))
        assert found.outcome is outcome, found

    def test_what_both_runs_say_stands_beside_the_outcome(self) -> None:
        found = the_comparison(pair(12.0, noise=1e-6), pair(0.5, noise=1e-6))
        assert (found.subject, found.reference, found.metric, found.scenario) == (str(GIN), str(FLASK), RATE, "hello")
        assert found.said.text == "higher, 12.0 [12.0, 12.0]"
        assert found.here is not None
        assert found.here.verdict == "lower"
        assert found.here.ratio == pytest.approx(0.5, rel=1e-4)

    def test_an_imprecise_run_shows_nothing(self) -> None:
        found = the_comparison(pair(1.2), pair(1.2, noise=0.6, blocks=3))
        assert found.outcome is Outcome.NOT_SHOWN
        assert found.here is not None
        assert found.here.verdict == "no_difference_shown"

    def test_imprecise_ratios_of_one_direction_are_alike(self) -> None:
        found = the_comparison(pair(4.0), pair(5.0, noise=0.3, seed=4))
        assert found.here is not None
        assert found.here.ratio is not None
        assert found.here.ratio > 4 * SAME_SIZE
        assert (found.here.verdict, found.outcome) == ("higher", Outcome.HOLDS)

    def test_an_inconclusive_comparison_is_no_conclusion(self) -> None:
        summary = pair(12.0)
        doubtful = replace(summary, comparisons=(replace(summary.comparisons[0], verdict=Difference.INCONCLUSIVE),))
        assert conclusions(doubtful, summary) == ()
        assert the_comparison(summary, doubtful).outcome is Outcome.NOT_SHOWN

    def test_a_target_that_the_other_run_lacks_is_not_measured_there(self) -> None:
        found = conclusions(pair(12.0), of({FLASK: 6000.0}))
        assert [(one.kind, one.here, one.outcome) for one in found] == [
            (ConclusionKind.COMPARISON, None, Outcome.NOT_MEASURED),
            (ConclusionKind.RANK, None, Outcome.NOT_MEASURED),
        ]

    def test_another_reference_is_the_same_comparison_inverted(self) -> None:
        found = the_comparison(pair(12.0), of({GIN: 72000.0, FLASK: 6000.0}))
        assert (found.outcome, found.here and found.here.verdict) == (Outcome.HOLDS, "higher")
        assert the_comparison(pair(12.0), of({GIN: 6000.0, FLASK: 72000.0})).outcome is Outcome.REVERSED

    def test_sizes_are_not_compared_where_the_generator_was_the_limit(self) -> None:
        there, here = pair(12.0), pair(4.0)
        bound = [replace(one, bound=Bound.GENERATOR) if one.subject == GIN else one for one in here.results]
        assert the_comparison(there, replace(here, results=tuple(bound))).outcome is Outcome.HOLDS

    @pytest.mark.parametrize(("others", "outcome"), [(0, Outcome.REVERSED), (200, Outcome.NOT_SHOWN)])
    def test_a_reversal_must_be_rare_among_all_conclusions(self, others: int, outcome: Outcome) -> None:
        there, here = _with_scenarios(pair(2.0), others), _with_scenarios(pair(2.0), others)
        higher = replace(there.comparisons[0], ratio=1.03, low=1.002, high=1.03**2 / 1.002)
        lower = replace(higher, ratio=1 / 1.03, low=1 / higher.high, high=1 / higher.low, verdict=Difference.LOWER)
        there = replace(there, comparisons=(higher, *there.comparisons[1:]))
        here = replace(here, comparisons=(lower, *here.comparisons[1:]))
        first, *_ = conclusions(there, here)
        assert first.outcome is outcome
        assert (first.reason is None) is (outcome is Outcome.REVERSED)


def _with_scenarios(summary: Summary, count: int) -> Summary:
    """Return a summary with its results and comparisons in so many more scenarios."""
    names = ("hello", *(f"scenario {number}" for number in range(count)))
    return replace(
        summary,
        comparisons=tuple(replace(one, scenario=name) for name in names for one in summary.comparisons),
        results=tuple(replace(one, scenario=name) for name in names for one in summary.results),
    )


class TestARanking:
    def test_targets_that_are_not_told_apart_share_a_rank(self) -> None:
        there = of({FLASK: 6000.0, SYNC: 6000.0, GIN: 72000.0})
        assert the_ranking(there, there).said.text == f"1 {GIN}, 2 {FLASK}, 2 {SYNC}"

    def test_targets_other_than_the_reference_are_told_apart(self) -> None:
        there = of({FLASK: 6000.0, SYNC: 9000.0, GIN: 72000.0})
        assert [(one.subject, one.reference) for one in there.among_others] == [(GIN, SYNC)]
        assert the_ranking(there, there).said.text == f"1 {GIN}, 2 {SYNC}, 3 {FLASK}"

    def test_less_is_better_for_memory(self) -> None:
        run = a_measured_run({FLASK: 6000.0, GIN: 72000.0})
        loaded = [
            replace(one, measurements=(Measurement("memory.loaded", Unit.BYTE, one.measurements[0].value),))
            for one in run.trials
        ]
        summary = summarise(replace(run, trials=tuple(loaded)))
        assert the_ranking(summary, summary).said.text == f"1 {FLASK}, 2 {GIN}"

    @pytest.mark.parametrize(
        ("rates", "outcome"),
        [
            ((6000.0, 9000.0, 72000.0), Outcome.HOLDS),
            ((6000.0, 9000.0, 20000.0), Outcome.HOLDS),
            ((6000.0, 90000.0, 72000.0), Outcome.REVERSED),
            ((6000.0, 72000.0, 72000.0), Outcome.NOT_SHOWN),
            ((6000.0, 72000.0), Outcome.NOT_MEASURED),
        ],
    )
    def test_its_outcome_is_the_worst_of_the_pairs_that_it_tells_apart(
        self, rates: Sequence[float], outcome: Outcome
    ) -> None:
        there = of({FLASK: 6000.0, SYNC: 9000.0, GIN: 72000.0})
        here = of(dict(zip(THREE, rates, strict=False)), seed=2)
        assert the_ranking(there, here).outcome is outcome

    def test_a_tie_says_nothing(self) -> None:
        assert [one.kind for one in conclusions(pair(1.0), pair(1.5))] == [ConclusionKind.COMPARISON]


# Runs against themselves, and against runs of the same simulation.


def outcomes(there: Summary, here: Summary) -> Counter[Outcome]:
    return Counter(one.outcome for one in conclusions(there, here))


def test_two_runs_of_the_same_targets_reverse_nothing() -> None:
    rates = {FLASK: 6000.0, SYNC: 6060.0, GIN: 6300.0, Subject("c", "one"): 6000.0, Subject("d", "one"): 12000.0}
    found: Counter[Outcome] = Counter()
    for seed in range(150):
        first, second = (of(rates, noise=0.02, seed=2 * seed + one) for one in range(2))
        found += outcomes(first, second)
    assert found[Outcome.REVERSED] == 0
    assert found[Outcome.DIFFERS] == 0
    assert found[Outcome.HOLDS_OTHER_SIZE] == 0
    assert found[Outcome.HOLDS] > 0.5 * found.total()


def test_a_planted_reversal_of_ten_per_cent_is_found() -> None:
    plants = [outcomes(pair(1.05, seed=2 * seed), pair(1 / 1.05, seed=2 * seed + 1)) for seed in range(50)]
    assert sum(one[Outcome.REVERSED] == 2 for one in plants) >= 49, "the comparison and its ranking"


def test_the_numbers_of_both_runs_are_finite() -> None:
    for one in conclusions(pair(12.0), pair(0.5)):
        for said in (one.said, one.here):
            assert said is not None
            assert all(math.isfinite(number) for number in (said.ratio, said.low, said.high) if number is not None)


def test_a_stored_run_without_trials_has_no_conclusions() -> None:
    empty = summarise(a_stored_run(a_plan(FLASK, GIN)))
    assert conclusions(empty, pair(2.0)) == ()
