"""Checks for resuming an interrupted run: which blocks to keep, and whether its environment has changed.

A block is kept whole or not at all, because comparisons pair its trials. These are pure functions of the stored run;
the loop acts on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.errors import UsageError
from harness.experiment.plan import block_plan
from harness.model import RunStatus, environment_differences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from harness.measure.block_plan import BlockPlan
    from harness.model import Failure, Plan, Run, ScenarioTraits, Subject, Trial

_SOURCES = "sources."
_RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Kept:
    """The whole blocks at the start of a run.

    Attributes:
        blocks: Their number.
        trials: Their trials.
        failures: The failures of builds and of these trials.
        measured_s: The total duration of their counted slices.
    """

    blocks: int
    trials: tuple[Trial, ...]
    failures: tuple[Failure, ...]
    measured_s: float


def block_without(plan: Plan, number: int, failed: Collection[Subject]) -> BlockPlan:
    """Return a block of a plan without the subjects that have failed."""
    block = block_plan(plan, number)
    return replace(block, order=tuple(subject for subject in block.order if subject not in failed))


def lasted_s(trials: Iterable[Trial]) -> float:
    """Return the total duration of the counted slices of trials, in seconds, including attempts of searches."""
    driven = (one for trial in trials for one in (*trial.slices, *(attempt.driven for attempt in trial.attempts)))
    return sum(one.plan.duration_s for one in driven)


def whole_blocks(plan: Plan, trials: Sequence[Trial], unbuilt: Sequence[Failure]) -> Kept:
    """Return the blocks at the start of a run that have a trial of every subject that had not failed.

    Args:
        plan: The plan of the run.
        trials: The stored trials.
        unbuilt: The failed builds; their subjects have no trials.
    """
    kept = Kept(0, (), tuple(unbuilt), 0.0)
    for number in range(len(plan.orders)):
        block = block_without(plan, number, {failure.subject for failure in kept.failures})
        found = tuple(trial for trial in trials if trial.block == number)
        if not found or {trial.subject for trial in found} != set(block.order):
            break
        kept = Kept(
            blocks=number + 1,
            trials=kept.trials + found,
            failures=kept.failures + tuple(trial.failure for trial in found if trial.failure),
            measured_s=kept.measured_s + lasted_s(found),
        )
    return kept


def signals_of_whole(signals: Sequence[Mapping[str, Any]], blocks: int) -> list[dict[str, Any]]:
    """Return the stored signals; those of blocks that are measured again are marked as unfinished.

    Args:
        signals: All stored signals.
        blocks: The number of whole blocks.
    """
    return [{**line, **({"unfinished": True} if line["block"] >= blocks else {})} for line in signals]


def require_interrupted(run: Run) -> None:
    """Refuse to resume a run that has ended.

    Raises:
        UsageError: The run has ended.
    """
    if run.status not in _RESUMABLE:
        raise UsageError(
            "can't resume a run",
            where=run.id,
            cause=f"its status is {run.status}; only an interrupted run can be resumed",
            remedy="`harness list` shows the status of each run. Start a new run.",
        )


def require_same_users(run: Run, traits: Iterable[ScenarioTraits]) -> None:
    """Refuse to resume a run with a scenario whose users can now be driven with other loads.

    Args:
        run: The stored run.
        traits: The traits of its scenarios now.

    Raises:
        UsageError: A scenario has changed in this way.
    """
    for now in traits:
        then = run.plan.traits_of(now.name)
        if (now.pace, now.drives_open) != (then.pace, then.drives_open):
            raise UsageError(
                "can't resume a run",
                where=f"{run.id}, scenario {now.name}",
                cause="its users have changed since: their load is of another kind",
                remedy="Restore the scenario, or start a new run.",
            )


def unchanged(run: Run, environment: Mapping[str, Any], changed: Collection[str] | None) -> Mapping[str, Any]:
    """Return the environment of a resumed run; refuse one that has changed, because its numbers depend on it.

    A run that was interrupted before its environment was stored has no numbers, so any environment is accepted. The
    ids of the images say whether the sources of the targets are the same. Another commit is the same environment if
    all files that the run depends on are those of the stored commit, which the run keeps.

    Args:
        run: The stored run.
        environment: The environment now.
        changed: The files that are not those of the stored commit; None if nothing can tell, as of a run with changes
            that were not committed.

    Raises:
        UsageError: The environment has changed. The error names each changed key with both values, and changed files.
    """
    if not run.environment:
        return environment
    same = {"commit": run.environment.get("commit")} if changed is not None and not changed else {}
    now = {**environment, **same}
    found = [one for one in environment_differences(run.environment, now) if not one.key.startswith(_SOURCES)]
    if found:
        values = "; ".join(f"{one.key} was {one.a} and is {one.b}" for one in found)
        files = f"; these files have changed since {run.environment['commit']}: {', '.join(changed)}" if changed else ""
        raise UsageError(
            "can't resume a run",
            where=run.id,
            cause=f"its environment changed: {values}{files}",
            remedy="Restore the environment, or start a new run.",
        )
    return now
