"""The judgement of a soak: what counts as growth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.soak.growth import SETTLING_RUNS, Sample, growth

MIB = 2**20
STEADY = Sample(memory_bytes=200 * MIB, descriptors=20, threads=4, children=0, containers=0)


def runs(*mib: float) -> list[Sample]:
    return [replace(STEADY, memory_bytes=int(size * MIB)) for size in mib]


def test_a_steady_process_does_not_grow() -> None:
    assert growth([STEADY] * 10) == []


def test_growth_while_it_settles_is_no_leak() -> None:
    assert growth(runs(120, 150, 180, *[200] * 10)) == []


def test_noise_is_no_leak() -> None:
    assert growth(runs(*[200, 204, 199, 203, 201, 198, 202, 200, 203, 199])) == []


def test_a_leak_of_two_percent_a_run_is_found() -> None:
    (found,) = growth(runs(*[200 + 4 * number for number in range(13)]))
    assert found == "memory: at least 36.0 MiB over 10 runs of 212 MiB"


@pytest.mark.parametrize("counted", ["descriptors", "threads", "children", "containers"])
def test_whatever_is_counted_must_not_be_more_at_the_end(counted: str) -> None:
    last = replace(STEADY, **{counted: getattr(STEADY, counted) + 1})
    (found,) = growth([*[STEADY] * 9, last])
    assert found.startswith(f"{counted}: ")
    assert growth([last, *[STEADY] * 9]) == []


def test_a_slope_takes_some_runs() -> None:
    with pytest.raises(ValueError, match="a slope takes 6"):
        growth([STEADY] * (SETTLING_RUNS + 2))
