"""The app's own share of a start, from trials made by hand."""

from dataclasses import replace

import pytest

from harness.analysis.own_start import own_starts
from harness.analysis.series import Key, Series, collect
from harness.analysis.summary import summarise
from harness.model import Failure, Flag, FlagKind, Measurement, Stage, Subject, Trial
from harness.units import Unit
from tests.trials import FLASK, GIN, NULL, a_plan, a_stored_run, a_trial

CONTROL = replace(FLASK, is_control=True)
PLAN = replace(a_plan(FLASK, GIN), ceiling=NULL)
DISTURBED = Flag(FlagKind.STEAL, "3 % were stolen")


def starts(block: int, subject: Subject, *ready_s: float, metric: str = "cold_start.ready") -> Trial:
    return a_trial(block, subject, *(Measurement(metric, Unit.SECOND, one) for one in ready_s))


def shares(*trials: Trial) -> dict[Key, Series]:
    return own_starts(PLAN, collect(a_stored_run(PLAN, *trials)))


def app_of(*trials: Trial) -> Series:
    return shares(*trials)[Key(FLASK, None, "cold_start.app")]


def same_nulls(ready_s: float) -> tuple[Trial, ...]:
    return tuple(starts(block, NULL, ready_s) for block in range(3))


THREE_NULLS = tuple(starts(block, NULL, ready_s) for block, ready_s in enumerate((0.0625, 0.125, 0.25)))


def test_the_share_is_the_difference_of_the_means_within_each_block() -> None:
    app = app_of(
        starts(0, FLASK, 0.5, 0.75),
        starts(0, NULL, 0.125, 0.375),
        starts(1, FLASK, 0.5),
        starts(1, NULL, 0.0625),
    )
    assert app.values() == {0: 0.375, 1: 0.4375}
    assert (app.unit, app.reasons, app.is_sound()) == (Unit.SECOND, [], True)


def test_a_summary_has_an_interval_of_the_share_and_compares_it() -> None:
    flask = [starts(block, FLASK, least + 0.25) for block, least in enumerate((0.0625, 0.125, 0.25))]
    gin = [starts(block, GIN, least + 0.5) for block, least in enumerate((0.0625, 0.125, 0.25))]
    summary = summarise(a_stored_run(PLAN, *flask, *gin, *THREE_NULLS))
    found = {r.subject: r for r in summary.results if r.metric == "cold_start.app"}
    assert {subject: r.estimate for subject, r in found.items()} == pytest.approx({FLASK: 0.25, GIN: 0.5})
    assert (found[FLASK].low, found[FLASK].high) == pytest.approx((0.25, 0.25))
    (ratio,) = [c.ratio for c in summary.comparisons if c.metric == "cold_start.app"]
    assert ratio == pytest.approx(2.0)


def test_the_name_of_the_share_depends_on_the_runtime() -> None:
    found = shares(
        starts(0, FLASK, 0.5, metric="process_start.ready"), starts(0, NULL, 0.25, metric="process_start.ready")
    )
    assert [(key.subject, key.metric, one.values()) for key, one in found.items()] == [
        (FLASK, "process_start.app", {0: 0.25})
    ]


def test_only_ready_times_have_a_share_and_the_null_target_has_none() -> None:
    found = shares(
        *(starts(0, subject, 0.5, metric="cold_start.start") for subject in (FLASK, NULL)),
        starts(1, FLASK, 0.5),
        starts(1, NULL, 0.25),
    )
    assert list(found) == [Key(FLASK, None, "cold_start.app")]


@pytest.mark.parametrize("ready_s", [0.125, 0.0625])
def test_a_start_that_is_not_longer_than_the_null_targets_gives_no_number(ready_s: float) -> None:
    app = app_of(*(starts(block, FLASK, ready_s if block == 1 else 0.5) for block in range(3)), *THREE_NULLS)
    (reason,) = app.reasons
    assert reason.startswith("it was ready no later than the null target in 1 of 3 blocks, on average ")
    assert (app.values(), app.is_sound()) == ({}, False)


def test_the_reason_has_the_difference_and_its_interval() -> None:
    """Differences of -1, 1 and 3 ms: their mean is 1 ms, the half-width 4.303 times 2 ms over the root of 3."""
    ready_s = {0: 0.099, 1: 0.101, 2: 0.103}
    app = app_of(*(starts(block, FLASK, one_s) for block, one_s in ready_s.items()), *same_nulls(0.1))
    assert app.reasons == [
        "it was ready no later than the null target in 1 of 3 blocks, on average 1.0 ± 5.0 ms after it (95 %)"
    ]


def test_the_reason_of_a_single_block_has_no_interval() -> None:
    app = app_of(starts(0, FLASK, 0.1), starts(0, NULL, 0.1))
    assert app.reasons == ["it was ready no later than the null target in 1 of 1 block"]


def test_blocks_that_only_one_of_the_two_has_are_left_out() -> None:
    app = app_of(*(starts(block, FLASK, 0.5) for block in (0, 1, 3)), *THREE_NULLS)
    assert app.values() == {0: 0.4375, 1: 0.375}


def test_a_failed_null_target_is_the_reason() -> None:
    failed = a_trial(2, NULL, failure=Failure(NULL, Stage.START, "no"))
    app = app_of(*(starts(block, FLASK, 0.5) for block in range(3)), *THREE_NULLS[:2], failed)
    assert app.reasons == ["the null target has none: block 3: the target failed (start)"]


def test_a_failed_contestant_has_its_own_reason() -> None:
    failed = a_trial(2, FLASK, failure=Failure(FLASK, Stage.LOAD, "no"))
    app = app_of(*(starts(block, FLASK, 0.5) for block in range(2)), failed, *THREE_NULLS)
    assert app.reasons == ["block 3: the target failed (load)"]


def test_a_disturbance_of_either_flags_the_block_once() -> None:
    flask = [starts(block, FLASK, 0.5) for block in range(3)]
    disturbed = (
        replace(flask[0], flags=(DISTURBED,)),
        flask[1],
        replace(flask[2], flags=(DISTURBED,)),
        THREE_NULLS[0],
        replace(THREE_NULLS[1], flags=(Flag(FlagKind.THROTTLED, "held back"),)),
        replace(THREE_NULLS[2], flags=(DISTURBED,)),
    )
    assert app_of(*disturbed).flagged == {0: ("steal",), 1: ("throttled",), 2: ("steal",)}


def test_the_control_also_has_a_share_and_gives_its_noise_floor() -> None:
    plan = replace(PLAN, control=CONTROL)
    both = [starts(block, one, least + 0.25) for one in (FLASK, CONTROL) for block, least in enumerate((1.0, 2.0, 4.0))]
    nulls = [starts(block, NULL, least) for block, least in enumerate((1.0, 2.0, 4.0))]
    floor = summarise(a_stored_run(plan, *both, *nulls)).noise_floor
    assert floor["cold_start.app"] == pytest.approx(0.0, abs=1e-12)


def test_without_a_null_target_there_is_no_share() -> None:
    alone = a_plan(FLASK, GIN)
    assert own_starts(alone, collect(a_stored_run(alone, starts(0, FLASK, 0.5)))) == {}
