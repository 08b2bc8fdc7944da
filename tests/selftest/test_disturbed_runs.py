"""Drawn runs under a disturbance: which blocks, which targets and which rounds it hits, and the verdict on each run."""

import numpy as np
import pytest

from harness.analysis.rulings import Evidence, Ruling
from harness.model import Difference, FlagKind
from harness.selftest import disturbed_runs
from harness.selftest.designs import Design
from harness.selftest.disturbed_runs import (
    FLAGS,
    STRENGTHS,
    Disturbance,
    Dose,
    Spread,
    doses,
    share_of_claims,
    verdicts,
)

DESIGN = Design("mine", blocks=6, rounds=20, slice_s=0.1, counted_s=0.06)
CLAIM = Difference.HIGHER


def seeded() -> np.random.Generator:
    return np.random.default_rng(5)


def test_there_is_a_dose_of_every_kind_strength_and_spread_and_a_disturbance_for_every_flag() -> None:
    found = list(doses())
    assert len(set(found)) == len(found) == len(Disturbance) * len(STRENGTHS) * len(Spread)
    assert set(FLAGS.values()) == set(FlagKind)


@pytest.mark.parametrize(("spread", "count"), [(Spread.ONE, 1), (Spread.HALF, 3), (Spread.ALL, 6)])
def test_a_spread_is_a_number_of_blocks_in_random_places(spread: Spread, count: int) -> None:
    disturbed = disturbed_runs._disturbed_blocks(seeded(), 500, 6, spread)
    assert (disturbed.sum(axis=1) == count).all()
    assert disturbed.any(axis=0).all()


def factors(kind: Disturbance, spread: Spread, strength: float = 0.5) -> np.ndarray:
    """Return the factors of 200 runs, of shape (targets, runs, blocks, rounds)."""
    random = seeded()
    disturbed = disturbed_runs._disturbed_blocks(random, 200, DESIGN.blocks, spread)
    dose = Dose(kind, strength, spread)
    found = np.stack(disturbed_runs._factors(random, (200, DESIGN.blocks, DESIGN.rounds), DESIGN, dose, disturbed))
    assert (found[:, ~disturbed] == 1).all(), "an undisturbed block was changed"
    return found


@pytest.mark.parametrize("kind", [kind for kind in Disturbance if kind not in disturbed_runs.ONE_SIDED])
def test_a_disturbance_of_the_machine_slows_all_targets_of_a_disturbed_block(kind: Disturbance) -> None:
    found = factors(kind, Spread.HALF)
    assert (found <= 1).all()
    assert (found.mean(axis=(1, 2, 3)) < 0.97).all()


def test_a_quota_slows_one_target_in_all_rounds_and_stays_on_it_for_the_whole_run() -> None:
    found = factors(Disturbance.QUOTA, Spread.ALL)
    assert set(found.ravel()) == {0.75, 1.0}
    hit = (found == 0.75).all(axis=(2, 3))
    assert (hit.sum(axis=0) == 1).all()
    assert hit.any(axis=1).all()


def test_a_stop_takes_a_fifth_of_the_rounds_of_one_target_at_most() -> None:
    found = factors(Disturbance.STOP, Spread.ALL, 1.0)
    stopped = (found < 1).sum(axis=(0, 3))
    assert (stopped == 4).all()


def test_undisturbed_copies_are_not_called_different_and_twice_the_rate_is_found() -> None:
    dose = Dose(Disturbance.NEIGHBOUR, 0.5, Spread.HALF)
    assert share_of_claims(verdicts(seeded(), 100, DESIGN, dose)) <= 0.06
    assert verdicts(seeded(), 100, DESIGN, dose, ratio=2.0).count(CLAIM) >= 99


def test_the_judge_gets_the_ratios_the_control_and_the_flags_of_the_disturbed_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def rule(evidence: Evidence) -> Ruling:
        seen.append(evidence)
        return Ruling(CLAIM)

    monkeypatch.setattr(disturbed_runs, "rule", rule)
    assert verdicts(seeded(), 3, DESIGN, Dose(Disturbance.STOP, 0.1, Spread.ONE)) == [CLAIM] * 3
    assert len(seen) == 3
    for evidence in seen:
        assert list(evidence.ratios) == list(range(6))
        assert [set(kinds) for kinds in evidence.disturbed.values()] == [{FlagKind.PAUSED}]
        assert evidence.control is not None
        assert list(evidence.control.by_block) == list(range(6))


def test_the_share_of_claims_counts_both_signs() -> None:
    found = [Difference.HIGHER, Difference.LOWER, Difference.EQUIVALENT, Difference.INCONCLUSIVE]
    assert share_of_claims(found) == 0.5
