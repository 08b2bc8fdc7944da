"""The error of a finished run with failed targets or failed requests, for the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError, MeasurementError, TargetError
from harness.measure.capacity import errors_in_words

if TYPE_CHECKING:
    from harness.model import StoredRun


def invalidity(stored: StoredRun) -> HarnessError | None:
    """Return the error of a finished run, for the exit code; None where nothing failed.

    A failed target takes precedence over failed requests.
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
    slices = [driven for trial in stored.trials for driven in trial.slices]
    errors = errors_in_words(slices)
    if errors is None:
        return None
    first = next((driven.result.first_error for driven in slices if driven.result.first_error), "not recorded")
    return MeasurementError(
        "requests failed under load",
        where=run.id,
        cause=f"{errors}; first: {first}",
        remedy="The metrics with failed requests have no number; the others are valid.",
    )
