"""The utilisation law exactly at its tolerance of two percent."""

import pytest

from harness.analysis.laws import utilisation_holds


@pytest.mark.parametrize(
    ("rate_per_s", "cpus", "holds"), [(1.02, 1, True), (1.021, 1, False), (2.04, 2, True), (2.05, 2, False)]
)
def test_the_utilisation_law_allows_two_percent_more_cpu_time_than_the_cpus_have(
    rate_per_s: float, cpus: int, *, holds: bool
) -> None:
    assert utilisation_holds(rate_per_s, 1.0, cpus) is holds
