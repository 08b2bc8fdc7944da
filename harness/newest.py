"""The run that a command takes where none is named: the newest complete one, and a valid one before an invalid one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness import console
from harness.errors import MeasurementError, UsageError
from harness.experiment.outcome import has_too_many_errors, invalidity
from harness.store import COMMITTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.errors import HarnessError
    from harness.model import Run, StoredRun
    from harness.store import RunFolder, Store


def newest_run(store: Store, runs: Mapping[str, Run], option: str = "--run ") -> tuple[RunFolder, StoredRun]:
    """Return the newest complete run, or a valid one of the same targets in place of an invalid one.

    What failed in a run is printed on stderr, with the name of a run that is left out.

    Args:
        store: The stored runs.
        runs: The readable ones of them, by name.
        option: What stands before the name of a run in the command.
    """
    folder, stored = store.load(None, runs)
    name, error = folder.path.name, invalidity(stored)
    if error is None:
        return folder, stored
    valid = _older_valid(store, runs, stored.run) if isinstance(error, MeasurementError) else None
    if valid is None:
        console.tell(f"warning: {name}: {_what(error)}")
        return folder, stored
    console.tell(f"left out: {name}, the newest run, is invalid: {_what(error)}; {option}{name} takes it")
    return valid


def invalid_runs(store: Store, runs: Mapping[str, Run]) -> set[str]:
    """Return the names of the runs in which too many requests failed.

    A run that ended says so in run.json. The trials of others are read; one whose trials can't be read counts as such.
    """
    folders = store.folders()
    return {name for name, run in runs.items() if _is_invalid(folders[name], run)}


def _is_invalid(folder: RunFolder, run: Run) -> bool:
    if run.is_invalid is not None:
        return run.is_invalid
    try:
        return has_too_many_errors(folder.load(run))
    except UsageError as error:
        console.tell(f"warning: {error}")
        return True


def _older_valid(store: Store, runs: Mapping[str, Run], newest: Run) -> tuple[RunFolder, StoredRun] | None:
    """Return the newest valid run of the targets of an invalid one; None without one."""
    for folder, run in store.newest_of(None, runs):
        if folder.path.name not in COMMITTED and run.id != newest.id and _targets(newest) <= _targets(run):
            stored = folder.load(run)
            if invalidity(stored) is None:
                return folder, stored
    return None


def _targets(run: Run) -> set[str]:
    return {subject.target for subject in run.plan.subjects}


def _what(error: HarnessError) -> str:
    """Return what failed, and of a target which."""
    return error.what if isinstance(error, MeasurementError) else f"{error.what} ({error.where})"
