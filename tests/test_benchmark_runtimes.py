"""The benchmark that compares the runtimes: its order, its ratios and its verdict; no load is driven."""

import random
from collections import Counter
from types import ModuleType

import numpy as np
import pytest

from harness.errors import UsageError
from harness.model import Subject
from tests.scripts import loaded

IN_CONTAINER, AS_PROCESS = (Subject("flask_app", runtime) for runtime in ("docker", "process"))


@pytest.fixture
def runtimes() -> ModuleType:
    return loaded("runtimes")


def test_a_round_has_every_target_on_every_runtime_once_with_the_same_seed(runtimes: ModuleType) -> None:
    slices = runtimes.slices(random.Random(1), 8)  # noqa: S311 - an order, no secret
    rounds = [slices[first : first + 4] for first in range(0, 32, 4)]
    for one in rounds:
        assert Counter((part.subject.target, part.subject.variant) for part in one) == {
            ("flask_app", "docker"): 1,
            ("flask_app", "process"): 1,
            ("gin_app", "docker"): 1,
            ("gin_app", "process"): 1,
        }
        assert len({part.seed for part in one}) == 1
    assert len({tuple(part.subject for part in one) for one in rounds}) > 1
    assert [part.number for part in slices] == list(range(32))


def test_every_contestant_is_warmed_up_for_three_seconds(runtimes: ModuleType) -> None:
    total_s: Counter[str] = Counter()
    for part in runtimes.warm_up():
        total_s[str(part.subject)] += part.duration_s
    assert set(total_s.values()) == {3.0}
    assert len(total_s) == 4


def test_a_ratio_is_the_mean_over_blocks_of_the_ratio_of_rounds(runtimes: ModuleType) -> None:
    blocks = [
        {IN_CONTAINER: np.array([110.0, 220.0]), AS_PROCESS: np.array([100.0, 200.0])},
        {IN_CONTAINER: np.array([330.0, 660.0]), AS_PROCESS: np.array([300.0, 600.0])},
    ]
    assert runtimes.ratio(blocks, IN_CONTAINER, AS_PROCESS) == pytest.approx({"estimate": 1.1, "low": 1.1, "high": 1.1})


@pytest.mark.parametrize(
    ("factors", "leads", "holds"),
    [
        ((1.29, 0.77), (11.0, 13.0), True),
        ((1.31, 1.0), (11.0, 13.0), False),
        ((1.0, 0.76), (11.0, 13.0), False),
        ((1.0, 1.0), (11.0, 0.9), False),
        ((1.0, 1.0), (0.8, 0.9), True),
    ],
)
def test_the_runtimes_agree_within_the_factor_and_if_the_same_target_is_faster(
    runtimes: ModuleType, factors: tuple[float, float], leads: tuple[float, float], *, holds: bool
) -> None:
    document = {
        "docker_over_process": {str(place): {"estimate": factor} for place, factor in enumerate(factors)},
        "gin_over_flask": {str(place): {"estimate": lead} for place, lead in enumerate(leads)},
    }
    assert runtimes.agrees(document) is holds


def test_a_start_is_late_if_it_takes_100_ms_more_than_the_median(runtimes: ModuleType) -> None:
    assert runtimes.spread([0.1, 0.1, 0.1, 0.1, 0.3]) == pytest.approx(
        {"median_s": 0.1, "least_s": 0.1, "most_s": 0.3, "deviation_s": 0.2 / 5**0.5, "late": 1}
    )


@pytest.mark.parametrize(
    ("settings", "where"), [((1, 1, 2), "--blocks 1"), ((2, 0, 2), "--rounds 0"), ((2, 1, 1), "--starts 1")]
)
def test_settings_that_give_no_interval_are_refused(
    runtimes: ModuleType, settings: tuple[int, int, int], where: str
) -> None:
    with pytest.raises(UsageError) as caught:
        runtimes.Settings(*settings).check()
    assert caught.value.where == where


def test_a_start_90_ms_after_the_median_is_not_late(runtimes: ModuleType) -> None:
    assert runtimes.spread([0.1, 0.1, 0.19])["late"] == 0


def test_the_smallest_settings_with_an_interval_are_accepted(runtimes: ModuleType) -> None:
    runtimes.Settings(2, 1, 2).check()
