"""What of an interrupted run can be kept, and whether what it depends on is still what it was.

A block is kept whole or not at all: its trials stand beside one another, and comparisons pair them. Pure functions on
what is stored; the loop does what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.experiment.plan import block_plan, measured_s
from harness.model import RunStatus, environment_differences

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from harness.measure.block import BlockPlan
    from harness.model import Failure, Plan, Run, Subject, Trial

_RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Kept:
    """The leading blocks of a run that are whole.

    Attributes:
        blocks: How many they are.
        failures: Of builds, and of these trials.
        measured_s: How much of them was spent in counted slices.
    """

    blocks: int
    trials: tuple[Trial, ...]
    failures: tuple[Failure, ...]
    measured_s: float


def taking_part(plan: Plan, number: int, failed: Collection[Subject]) -> BlockPlan:
    """Return a block of a plan for those that have not failed before it."""
    block = block_plan(plan, number)
    return replace(block, order=tuple(subject for subject in block.order if subject not in failed))


def lasted_s(block: BlockPlan, trials: Sequence[Trial]) -> float:
    """Return how much of a block that was carried out was spent in counted slices, attempts among them."""
    return measured_s(block) + sum(attempt.driven.plan.duration_s for trial in trials for attempt in trial.attempts)


def whole_blocks(plan: Plan, trials: Sequence[Trial], unbuilt: Sequence[Failure]) -> Kept:
    """Return the leading blocks in which everybody who was to take part has a trial.

    Args:
        plan: What was to be done.
        trials: What is stored of it.
        unbuilt: Those that were not built, and so took part in none.
    """
    kept = Kept(0, (), tuple(unbuilt), 0.0)
    for number in range(len(plan.orders)):
        block = taking_part(plan, number, {failure.subject for failure in kept.failures})
        found = tuple(trial for trial in trials if trial.block == number)
        if not found or {trial.subject for trial in found} != set(block.order):
            break
        kept = Kept(
            blocks=number + 1,
            trials=kept.trials + found,
            failures=kept.failures + tuple(trial.failure for trial in found if trial.failure),
            measured_s=kept.measured_s + lasted_s(block, found),
        )
    return kept


def require_interrupted(run: Run) -> None:
    """Refuse a run that came to its end.

    Raises:
        UsageError: It did.
    """
    if run.status not in _RESUMABLE:
        raise UsageError(
            "can't resume a run",
            where=run.id,
            cause=f"it is {run.status}, and only an interrupted one can be taken up",
            remedy="`harness list` shows how each ended; measure anew.",
        )


def require_unchanged(run: Run, environment: Mapping[str, Any]) -> None:
    """Refuse to go on where the numbers would depend on something else than those that are stored.

    A run that was interrupted before its environment was known has no numbers yet, and nothing to differ from.

    Raises:
        UsageError: Something differs; names each with both values.
    """
    found = environment_differences(run.environment, environment) if run.environment else ()
    if found:
        raise UsageError(
            "can't resume a run",
            where=run.id,
            cause="it was measured otherwise: " + "; ".join(f"{one.key} was {one.a} and is {one.b}" for one in found),
            remedy="Restore what differs, or measure anew.",
        )
