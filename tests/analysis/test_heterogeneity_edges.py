"""The exact drawn probability, and the limit at which runs differ."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.analysis.heterogeneity import Heterogeneity, heterogeneity, usual_run
from harness.analysis.intervals import Moments

DRAWS = 20_000
TWO_RUNS = (Moments(1.0, math.sqrt(0.01 / 3), 2), Moments(1.2, math.sqrt(0.01 / 3), 2))
FOUND = Heterogeneity(q=9.0, freedom=9, p_chi2=0.4, p=0.5, between=0.0, share=0.0)


def test_a_q_beyond_all_draws_has_the_smallest_possible_probability() -> None:
    far_apart = (Moments(1.0, 1e-6, 200), Moments(9.2, 1e-6, 200))
    assert heterogeneity(far_apart).p == 1 / (DRAWS + 1)


def test_the_probability_of_the_same_runs_does_not_change_between_versions() -> None:
    assert heterogeneity(TWO_RUNS).p == pytest.approx(1462 / (DRAWS + 1), rel=1e-9)


@pytest.mark.parametrize(("p", "is_rejected"), [(0.0099, True), (0.01, False), (0.0101, False)])
def test_runs_differ_at_a_probability_below_1_percent(p: float, *, is_rejected: bool) -> None:
    assert replace(FOUND, p=p).is_rejected is is_rejected


def test_runs_that_are_closer_than_their_errors_have_no_spread_between_them() -> None:
    found = heterogeneity((Moments(1.0, 0.5, 4), Moments(1.1, 0.5, 4)))
    assert (found.between, found.share) == (0.0, 0.0)
    assert found.freedom == 1


def test_a_typical_run_of_three_has_the_mean_of_all() -> None:
    usual = usual_run([Moments(1.0, 0.3, 9), Moments(2.0, 0.4, 4), Moments(6.0, 0.5, 6)])
    assert (usual.mean, usual.error, usual.freedom) == pytest.approx((3.0, math.sqrt(0.5 / 3), 4))
