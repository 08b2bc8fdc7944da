"""The judgement of a soak: what counts as growth, and which memory is too much."""

from __future__ import annotations

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.checkout import ROOT
from tools.soak.growth import SETTLING_RUNS, Sample, growth
from tools.soak.killing import containers
from tools.soak.memory import GENERATOR_LIMIT_BYTES, HARNESS_LIMIT_BYTES, Reading, beyond

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


STEADY_READINGS = [Reading(HARNESS_LIMIT_BYTES, GENERATOR_LIMIT_BYTES)] * 600


def test_a_long_run_under_its_limits_is_fine_also_where_the_generator_comes_late() -> None:
    assert beyond([Reading(HARNESS_LIMIT_BYTES // 2, 0)] * 20 + STEADY_READINGS) == []


def test_one_reading_over_a_limit_is_found_for_harness_and_generator_apart() -> None:
    over = Reading(HARNESS_LIMIT_BYTES + MIB, GENERATOR_LIMIT_BYTES)
    assert beyond([*STEADY_READINGS, over]) == ["the harness took 257 MiB, and its limit is 256 MiB"]
    over = Reading(HARNESS_LIMIT_BYTES, GENERATOR_LIMIT_BYTES + MIB)
    assert beyond([over, *STEADY_READINGS]) == ["a process of the generator took 129 MiB, and its limit is 128 MiB"]


def test_a_process_that_grows_under_its_limit_is_found() -> None:
    readings = [Reading(200 * MIB, 90 * MIB + number * MIB // 20) for number in range(600)]
    (found,) = beyond(readings)
    assert found.startswith("a process of the generator grew by at least 2")


def test_a_generator_that_was_never_seen_is_an_error() -> None:
    assert beyond([Reading(MIB, 0)]) == ["a process of the generator was never seen"]


def test_the_limits_are_those_of_the_document() -> None:
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    for name, limit_bytes in (("harness", HARNESS_LIMIT_BYTES), ("generator", GENERATOR_LIMIT_BYTES)):
        assert f"{name} under {limit_bytes // MIB} MiB" in text


def test_it_looks_only_at_containers_that_its_own_process_has_started() -> None:
    asked: list[str] = []

    class _Listing:
        def list(self, *, ignore_removed: bool, all: bool, filters: dict[str, list[str]]) -> list[object]:  # noqa: A002
            assert all
            assert ignore_removed  # a target may be stopped between the list and the look at it
            asked.extend(filters["label"])
            return []

    assert containers(SimpleNamespace(containers=_Listing())) == []  # type: ignore[arg-type]
    assert f"harness.pid={os.getpid()}" in asked
    assert any(label.startswith("harness.pid_start=") for label in asked)
