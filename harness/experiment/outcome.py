"""What a finished run's exit code says: whether a target or requests failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import HarnessError, MeasurementError, TargetError
from harness.measure.capacity import errors_in_words

if TYPE_CHECKING:
    from harness.model import StoredRun


def invalidity(stored: StoredRun) -> HarnessError | None:
    """Return what keeps a finished run from being a success, for the exit code; None when nothing does.

    A target that failed weighs more than requests that failed.
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
    first = next(driven.result.first_error for driven in slices if driven.result.first_error)
    return MeasurementError(
        "requests failed under load",
        where=run.id,
        cause=f"{errors}; first: {first}",
        remedy="What they touched has no number; the rest stands.",
    )
