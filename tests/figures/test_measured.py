"""The measured number beside a verdict: one that gives the figure, else the nearest to the printed one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.model import Bound, FlagKind, Result, Verdict
from tests.figures.cases import GTHREAD, comparison, figure, judge_one, result

if TYPE_CHECKING:
    from harness.figures.published import Figure


def rate(low: float, estimate: float, high: float, bound: Bound | None = None, level: int = 64) -> Result:
    return result(GTHREAD, f"throughput.closed.c{level}", (low, estimate, high), bound=bound)


def rates(printed: float) -> Figure:
    return figure("throughput.closed.*", "req/s", printed)


def test_a_limited_number_does_not_displace_the_nearest_one() -> None:
    limited = rate(4_900, 5_000, 5_100, Bound.GENERATOR, level=1)
    judgement = judge_one(rates(15_000), limited, rate(7_900, 8_000, 8_100, Bound.TARGET))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert judgement.reason.startswith("The generator or the round trip was the limit of 5,000 req/s")
    assert judgement.measured is not None
    assert judgement.measured.estimate == 8_000


def test_a_disturbed_number_does_not_displace_the_nearest_one() -> None:
    disturbed = replace(rate(3_600, 3_670, 3_700, level=1), clean_trials=1, disturbances=(FlagKind.THROTTLED,))
    judgement = judge_one(rates(30_000), disturbed, rate(13_700, 13_800, 13_900))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "3,670 req/s" in judgement.reason
    assert judgement.measured is not None
    assert judgement.measured.estimate == 13_800


def test_nearest_is_by_the_ratio_to_the_printed_number() -> None:
    judgement = judge_one(rates(10_000), rate(3_900, 4_000, 4_100, level=1), rate(18_900, 19_000, 19_100))
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.measured is not None
    assert judgement.measured.estimate == 19_000


@pytest.mark.parametrize(
    ("printed", "tolerance", "facts", "named"),
    [
        (12, 1.2, [("hello", (12.0, 12.2, 12.4)), ("post_json", (10.4, 11.1, 11.8))], 11.1),
        (12, 1.2, [("hello", (10.4, 11.1, 11.8)), ("post_json", (12.0, 12.2, 12.4))], 11.1),
        (12, 0.3, [("hello", (11.8, 12.1, 12.2)), ("post_json", (14, 15, 16))], 12.1),
        (12, 0.5, [("hello", (9, 10, 11)), ("post_json", (14, 15, 16))], 10),
    ],
)
def test_a_row_and_its_reason_have_one_comparison(
    printed: float, tolerance: float, facts: list[tuple[str, tuple[float, float, float]]], named: float
) -> None:
    one = replace(figure("throughput.closed.*", "x", printed, of="flask_app", target="gin_app"), tolerance=tolerance)
    judgement = judge_one(
        one, *(comparison("throughput.closed.c64", interval, scenario) for scenario, interval in facts)
    )
    assert judgement.measured is not None
    assert judgement.measured.estimate == named
    assert f"{named:.1f}x" in judgement.reason
    assert str(judgement.measured.scenario) in judgement.reason
