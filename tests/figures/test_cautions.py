"""What limits all verdicts of a run: its state, and disturbances of the machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.figures.cautions import cautions
from harness.model import Failure, Flag, FlagKind, RunStatus, Stage, StoredRun
from tests.report.material import material
from tests.report.odd_runs import invalid, noisy, partial
from tests.trials import FLASK, GIN, SIX_TRIALS, a_plan, a_run, a_stored_run

QUIET = a_stored_run(a_plan(FLASK, GIN), *SIX_TRIALS)
STEAL = Flag(FlagKind.STEAL, "stolen")
LATE = Flag(FlagKind.OTHER_LOAD, "busy")


def disturbed(blocks: int) -> StoredRun:
    """Return a run whose first blocks were disturbed in two ways."""
    flags = {0: (STEAL,), 1: (STEAL, LATE), 2: (LATE,)}
    trials = (replace(one, flags=flags[one.block] if one.block < blocks else ()) for one in QUIET.trials)
    return replace(QUIET, trials=tuple(trials))


def test_a_complete_quiet_run_has_none() -> None:
    assert cautions(QUIET) == []


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (1, "The machine was disturbed in 1 of 3 blocks (the hypervisor took the core)."),
        (3, "The machine was disturbed in all 3 blocks (other programs ran and the hypervisor took the core)."),
    ],
)
def test_a_disturbed_run_says_how_and_what_it_means(blocks: int, said: str) -> None:
    (one,) = cautions(disturbed(blocks))
    assert one.startswith(said)
    assert one.endswith("If the two judgements disagree, the verdict is inconclusive.")


def test_a_partial_run_says_how_many_blocks_it_has() -> None:
    half = replace(QUIET, run=replace(a_run(), status=RunStatus.INTERRUPTED), trials=SIX_TRIALS[:2])
    (one,) = cautions(half)
    assert one.startswith("The run is partial: it measured 1 of its 3 planned blocks. So its intervals are wider")


def test_a_run_with_a_failed_target_says_which_and_without_its_log() -> None:
    failure = Failure(GIN, Stage.START, "it ended by itself.\na line of its log")
    (one,) = cautions(replace(QUIET, run=a_run(failures=[failure])))
    assert one == (
        "The run is invalid: a target failed (gin_app:release, start): it ended by itself. A failed target or "
        "load has no numbers, so it decides no figure."
    )


def test_every_limit_of_a_run_is_said() -> None:
    said = cautions(partial(noisy(invalid(material()))).stored)
    assert [one.partition(":")[0].partition(" in ")[0] for one in said] == [
        "The run is partial",
        "The run is invalid",
        "The machine was disturbed",
    ]
    assert "status 500" in said[1]
