"""The error of a finished run with failed targets, failed requests or none at all, for the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError, MeasurementError, TargetError
from harness.measure.capacity import MOST_ERRORS, errors_in_words, too_many_errors
from harness.measure.preparation import unsent
from harness.model import by_load

if TYPE_CHECKING:
    from harness.model import StoredRun


def has_too_many_errors(stored: StoredRun) -> bool:
    """Return whether too many requests of a load failed, or none was sent, and no target of the run failed."""
    return isinstance(invalidity(stored), MeasurementError)


def invalidity(stored: StoredRun) -> HarnessError | None:
    """Return the error of a finished run, for the exit code; None where nothing failed.

    A failed target takes precedence over failed requests. Few failed requests are no error: their numbers say them.
    """
    run = stored.run
    if run.failures:
        failure, *others = run.failures
        more = f" {len(others)} more failed." if others else ""
        return TargetError(
            "a target failed",
            where=f"{failure.subject}, {failure.stage}",
            cause=failure.message,
            remedy=f"The rest of the run is stored as {run.id}.{more}",
        )
    loads = [of_load for trial in stored.trials for of_load in by_load(trial.slices).values()]
    silent = next((of_load for of_load in loads if unsent(of_load)), None)
    if silent is not None:
        return MeasurementError(
            "no request was sent",
            where=f"{run.id}, {silent[0].plan.scenario}",
            cause=unsent(silent) or "",
            remedy="Correct the scenario; this load has no number, and all others are valid.",
        )
    slices = [driven for of_load in loads if too_many_errors(of_load) for driven in of_load]
    errors = errors_in_words(slices)
    if errors is None:
        return None
    if not any(driven.result.failed for driven in slices):  # else the words name the requests
        first = next((driven.result.first_error for driven in slices if driven.result.first_error), "not recorded")
        errors = f"{errors}; first: {first}"
    return MeasurementError(
        "requests failed under load",
        where=run.id,
        cause=errors,
        remedy=f"Loads with more than {MOST_ERRORS:.0%} of failed requests have no number; all others are valid.",
    )
