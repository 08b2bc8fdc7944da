"""The title of load at a target's own rate."""

from harness.measure.latency import OwnRate


def test_load_at_its_own_rate_is_titled_by_scenario_and_share() -> None:
    assert OwnRate("hello", (), connections=64, slice_s=1.2, discard_s=0.2).title == "hello, own60"
