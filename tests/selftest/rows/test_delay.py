"""The row fails for a generator with a wrong scale, offset or linearity."""

import pytest

from harness.model import Span
from harness.selftest.rows.delay import DELAYS_MS, Reading, judge, readings_of
from tests.selftest.made import broken, result, truth


def readings(slope: float = 1.0, intercept_s: float = 60e-6, **off_s: float) -> list[Reading]:
    """Return the readings of a generator with this line; `ms5=0.001` adds 1 ms at the delay of 5 ms."""
    return [
        Reading(ms, ms / 1e3 + 2e-6, slope * (ms / 1e3 + 2e-6) + intercept_s + off_s.get(f"ms{ms}", 0.0))
        for ms in DELAYS_MS
    ]


@pytest.mark.parametrize(
    ("seen", "failing"),
    [
        (readings(), []),
        (readings(slope=1.0049), []),
        (readings(slope=1.0051), ["slope"]),
        (readings(slope=0.9949), ["slope"]),
        (readings(intercept_s=299e-6), []),
        (readings(intercept_s=301e-6), ["intercept"]),
        (readings(intercept_s=-301e-6), ["intercept"]),
        (readings(ms5=60e-6), []),
        (readings(ms5=75e-6), ["residual at 5 ms"]),
        (readings(ms0=-80e-6), ["residual at 0 ms"]),
        (readings(intercept_s=float("nan")), ["slope", "intercept", *(f"residual at {ms} ms" for ms in DELAYS_MS)]),
    ],
)
def test_slope_intercept_and_every_residual_have_a_limit(seen: list[Reading], failing: list[str]) -> None:
    assert broken(judge(Span.RESPONSE, seen)) == [f"response: {what}" for what in failing]


def test_a_reading_is_the_median_over_all_slices_of_a_delay() -> None:
    driven = [
        (5.0, result(3, response=[0.006, 0.007, 0.008], service=[0.005] * 3), truth([0, 1, 2], dwell_s=0.005)),
        (0.0, result(1, response=[0.001], service=[0.002]), truth([0], dwell_s=0.0)),
        (5.0, result(2, response=[0.009, 0.010], service=[0.005] * 2), truth([0, 1], dwell_s=0.004)),
    ]
    zero, five = readings_of(Span.RESPONSE, driven)
    assert (zero.delay_ms, five.delay_ms) == (0.0, 5.0)
    assert (zero.true_s, five.true_s) == (0.0, 0.005)
    assert (zero.read_s, five.read_s) == pytest.approx((0.001, 0.008), rel=1e-3)
    assert [one.read_s for one in readings_of(Span.SERVICE, driven)] == pytest.approx([0.002, 0.005], rel=1e-3)


def test_delays_without_latencies_fail() -> None:
    driven = [(float(ms), result(1, response=None), truth([0], dwell_s=ms / 1e3)) for ms in DELAYS_MS]
    assert len(broken(judge(Span.RESPONSE, readings_of(Span.RESPONSE, driven)))) == 2 + len(DELAYS_MS)
