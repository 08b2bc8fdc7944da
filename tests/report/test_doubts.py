"""The reasons why a run ranks no target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.model import Bound, Difference, Flag, FlagKind, RunStatus
from harness.report.answer import headline_comparison, noisy_advice
from harness.report.background import status_sentence
from harness.report.doubts import Doubt, doubts_of
from tests.report.material import empty_material, failed_material, material
from tests.report.odd_runs import noisy, partial
from tests.report.seven_run import SEVEN, many_material

if TYPE_CHECKING:
    from harness.model import StoredRun
    from harness.report.material import Material

STEAL = (Flag(FlagKind.STEAL, "stolen"),)


def disturbed(stored: StoredRun, first: int) -> StoredRun:
    """Return a run whose first trials were disturbed."""
    places = enumerate(stored.trials)
    return replace(stored, trials=tuple(replace(one, flags=STEAL) if at < first else one for at, one in places))


def noisy_material(
    verdict: Difference, ratio: float, ends: tuple[float, float] | None = None, bound: Bound = Bound.TARGET
) -> Material:
    """Return a noisy run whose headline comparison has this verdict, and whose results have this bound."""
    whole = noisy(material())
    headline = headline_comparison(whole)
    assert headline is not None
    low, high = ends or (0.95 * ratio, 1.05 * ratio)
    at_least = 7.5 if bound is Bound.GENERATOR else None
    said = replace(headline, verdict=verdict, ratio=ratio, low=low, high=high, at_least=at_least)
    comparisons = tuple(said if one == headline else one for one in whole.summary.comparisons)
    results = tuple(replace(one, bound=bound) for one in whole.summary.results)
    return replace(whole, summary=replace(whole.summary, comparisons=comparisons, results=results))


def test_a_complete_run_has_no_doubts() -> None:
    assert doubts_of(material().stored) == {}


def test_a_run_with_fewer_blocks_than_planned_is_partial() -> None:
    assert set(doubts_of(empty_material().stored)) == {Doubt.PARTIAL}
    assert Doubt.PARTIAL not in doubts_of(failed_material().stored)  # the others have all of their blocks
    assert (status_sentence(empty_material()) or "").endswith("This run is partial, so it ranks no target.")


def test_a_run_that_stopped_early_by_its_rule_is_not_partial() -> None:
    whole = material(status=RunStatus.COMPLETE)
    run = replace(whole.stored.run, plan=replace(whole.plan, orders=whole.plan.orders * 2))
    assert doubts_of(replace(whole.stored, run=run)) == {}


def test_a_run_is_noisy_if_most_of_its_trials_were_disturbed() -> None:
    stored = material().stored
    for share, is_noisy in ((0.5, False), (0.6, True)):
        found = doubts_of(disturbed(stored, round(share * len(stored.trials))))
        assert (Doubt.NOISY in found) is is_noisy
    assert (
        found[Doubt.NOISY]
        == "This run is noisy: the machine was disturbed in 3 of 5 blocks (the hypervisor took the core)."
    )


def test_disturbed_blocks_are_counted_and_not_trials() -> None:
    stored = material().stored
    every = doubts_of(disturbed(stored, len(stored.trials)))
    assert (
        every[Doubt.NOISY]
        == "This run is noisy: the machine was disturbed in all 5 blocks (the hypervisor took the core)."
    )
    one = replace(stored, trials=tuple(trial for trial in stored.trials if trial.block == 0))
    only = doubts_of(disturbed(one, len(one.trials)))
    assert (
        only[Doubt.NOISY]
        == "This run is noisy: the machine was disturbed in its only block (the hypervisor took the core)."
    )


class TestTheAdviceOnANoisyRun:
    """It says of the headline ratio what its verdict says."""

    def test_a_claim_still_holds(self) -> None:
        of = noisy_material(Difference.LOWER, 0.125, (0.118, 0.133))
        assert (status_sentence(of) or "").endswith(
            "in all 5 blocks (the hypervisor took the core). "
            "Don't quote the absolute numbers; the ratio of 8.00 [7.52, 8.47] still holds."
        )

    @pytest.mark.parametrize(
        ("verdict", "ratio", "ends"),
        [(Difference.HIGHER, 13.7, (3.94, 47.4)), (Difference.LOWER, 1 / 13.7, (1 / 47.4, 1 / 3.94))],
    )
    def test_of_a_claim_with_a_wide_interval_only_its_near_end_holds(
        self, verdict: Difference, ratio: float, ends: tuple[float, float]
    ) -> None:
        assert list(noisy_advice(noisy_material(verdict, ratio, ends))) == [
            "Don't quote the absolute numbers; it still holds that the ratio is at least 3.94."
        ]

    def test_a_bound_of_a_ratio_is_said_as_one(self) -> None:
        of = noisy_material(Difference.HIGHER, 8.0, bound=Bound.GENERATOR)
        assert list(noisy_advice(of)) == [
            "Don't quote the absolute numbers; it still holds that the true ratio is at least 7.50."
        ]

    def test_a_ratio_without_a_bound_is_not_said_to_hold(self) -> None:
        of = noisy_material(Difference.HIGHER, 8.0, bound=Bound.GENERATOR)
        comparisons = tuple(replace(one, at_least=None) for one in of.summary.comparisons)
        unbound = replace(of, summary=replace(of.summary, comparisons=comparisons))
        assert list(noisy_advice(unbound)) == ["Don't quote its numbers."]

    def test_of_many_targets_it_also_says_that_they_are_not_ranked(self) -> None:
        first, second = noisy_advice(noisy(many_material(SEVEN)))
        assert first == "It ranks no target."
        assert second.startswith("Don't quote")

    def test_without_a_claim_no_number_is_to_be_quoted(self) -> None:
        assert list(noisy_advice(noisy_material(Difference.INCONCLUSIVE, 8.0))) == ["Don't quote its numbers."]

    def test_a_partial_run_has_none(self) -> None:
        whole = noisy_material(Difference.HIGHER, 8.0)
        assert list(noisy_advice(partial(whole))) == []
