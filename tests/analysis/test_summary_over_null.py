"""The reference's ratios to the null target, by which two runs compare the reference."""

from dataclasses import replace

import pytest

from harness.analysis.summary import summarise
from harness.model import Bound, Difference, Measurement, Subject, Summary
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial


def rate(value: float, bound: Bound) -> Measurement:
    return Measurement("throughput.closed.c32", Unit.PER_SECOND, value, "hello", bound)


def a_summary(null: Subject | None, bound: Bound = Bound.GENERATOR) -> Summary:
    """Summarise three blocks in which Flask serves a tenth of the null target's rate, which changes between blocks."""
    trials = [
        a_trial(block, subject, rate(share * 1000.0 * (1 + block), its_bound))
        for block in range(3)
        for subject, share, its_bound in ((FLASK, 1, bound), (GIN, 2, Bound.TARGET), (NULL, 10, Bound.GENERATOR))
        if subject != NULL or null
    ]
    return summarise(a_stored_run(replace(a_plan(FLASK, GIN), ceiling=null), *trials))


def test_it_is_paired_by_block_and_the_limit_of_the_null_target_does_not_matter() -> None:
    [found] = a_summary(NULL, Bound.TARGET).over_null
    assert (found.subject, found.reference, found.metric) == (FLASK, NULL, "throughput.closed.c32")
    assert (found.ratio, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert found.verdict is Difference.LOWER


def test_a_reference_limited_by_the_generator_has_no_conclusive_ratio() -> None:
    [found] = a_summary(NULL, Bound.GENERATOR).over_null
    assert found.verdict is Difference.INCONCLUSIVE


def test_the_other_targets_are_compared_with_the_reference_only() -> None:
    assert [(one.subject, one.reference) for one in a_summary(NULL).comparisons] == [(GIN, FLASK)]


def test_a_run_without_a_null_target_has_none() -> None:
    assert a_summary(None).over_null == ()
