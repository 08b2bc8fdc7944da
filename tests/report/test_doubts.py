"""The reasons why a run ranks no target."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Flag, FlagKind, RunStatus
from harness.report.background import status_sentence
from harness.report.doubts import Doubt, doubts_of
from tests.report.material import empty_material, failed_material, material

STEAL = (Flag(FlagKind.STEAL, "stolen"),)


def test_a_complete_run_has_no_doubts() -> None:
    assert doubts_of(material().stored) == {}


def test_a_run_with_fewer_blocks_than_planned_is_partial() -> None:
    assert set(doubts_of(empty_material().stored)) == {Doubt.PARTIAL}
    assert Doubt.PARTIAL not in doubts_of(failed_material().stored)  # the others have all of their blocks
    assert (status_sentence(empty_material()) or "").endswith("It is partial, so it ranks no target.")


def test_a_run_that_stopped_early_by_its_rule_is_not_partial() -> None:
    whole = material(status=RunStatus.COMPLETE)
    run = replace(whole.stored.run, plan=replace(whole.plan, orders=whole.plan.orders * 2))
    assert doubts_of(replace(whole.stored, run=run)) == {}


def test_a_run_is_noisy_if_most_of_its_trials_were_disturbed() -> None:
    stored = material().stored
    for share, is_noisy in ((0.5, False), (0.6, True)):
        last = round(share * len(stored.trials))
        trials = tuple(replace(one, flags=STEAL) if place < last else one for place, one in enumerate(stored.trials))
        found = doubts_of(replace(stored, trials=trials))
        assert (Doubt.NOISY in found) is is_noisy
    assert found[Doubt.NOISY] == (
        "It is noisy, so it ranks no target: the machine was disturbed in 6 of 10 trials (steal)."
    )
