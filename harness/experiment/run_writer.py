"""The folder of a run while it is measured: each trial when its block is done, the flags and the status at the end.

What ends a run decides its status. This module knows no runtime and no load.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Self

from harness.errors import Interrupted, MachineError, MeasurementError, ToolchainError
from harness.experiment.core_speed import core_speed
from harness.experiment.noise import flags_by_block, probe_times_s
from harness.experiment.outcome import has_too_many_errors
from harness.model import RunStatus, Stopped, StopReason
from harness.units import is_or_are, part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from harness.model import Attribute, Failure, Footprint, Run, StoredRun, Subject, Trial
    from harness.store import RunFolder

# An engine, a disk or a generator that is lost is no property of a target: the run can go on when it is back.
# An OSError is a call that the system refused, for lack of room, memory or files.
_INTERRUPTING = (Interrupted, KeyboardInterrupt, MachineError, MeasurementError, OSError)
_JUMP_S = 2.0  # a time service corrects less than that without a jump


def _clock_ahead_s() -> float:
    """Return how far the clock with the time of day is ahead of the clock that measures durations."""
    return time.time() - time.monotonic()


def _kept(blocks: int, planned: int) -> str:
    """Return how many of the planned blocks are stored, in words."""
    if not blocks:
        return "no block was finished, so no result is stored"
    return f"{part_of(blocks, planned, 'block')} {is_or_are(blocks)} stored"


class RunWriter:
    """Writer of a run's folder. It keeps run.json up to date: failures, durations, status and validity."""

    def __init__(self, run: Run, folder: RunFolder, notice: Callable[[str], None], blocks: int = 0) -> None:
        self._run = run
        self._folder = folder
        self._notice = notice
        self._notice_once = cache(notice)
        self._blocks = blocks
        self._began_s = time.monotonic() - run.wall_s
        self._ahead_s = _clock_ahead_s()

    @property
    def failed(self) -> frozenset[Subject]:
        """The failed subjects; later blocks leave them out."""
        return frozenset(failure.subject for failure in self._run.failures)

    def describe(
        self,
        environment: Mapping[str, object],
        footprint: tuple[Footprint, ...],
        attributes: tuple[Attribute, ...],
    ) -> None:
        """Store what the numbers depend on, and what was found of the built targets."""
        self._save(environment=environment, footprint=footprint, attributes=attributes)

    def fail(self, failure: Failure) -> None:
        """Store the failure of a subject."""
        self._save(failures=(*self._run.failures, failure))

    def save_signals(self, signals: Sequence[Mapping[str, object]]) -> None:
        """Store signals of the machine behind those of the earlier blocks."""
        self._folder.append_signals(signals)

    def save_block(self, trials: tuple[Trial, ...], lasted_s: float, signals: Sequence[Mapping[str, object]]) -> None:
        """Store the trials of a finished block, their failures, and the signals of the machine.

        Args:
            trials: The trials, in the order of their starts.
            lasted_s: The time of their counted slices.
            signals: The signals of the block.
        """
        self.save_signals(signals)
        for trial in trials:
            self._folder.append(trial)
        failures = tuple(trial.failure for trial in trials if trial.failure)
        self._save(failures=self._run.failures + failures, measured_s=self._run.measured_s + lasted_s)
        self._blocks += 1

    def judge_signals(self) -> None:
        """Judge every stored block against all signals; store the flags of its trials, and the speed of the core."""
        signals = self._folder.signals(self._notice_once)
        flags = flags_by_block(signals)
        trials = self._folder.load(self._run).trials
        judged = tuple(replace(trial, flags=flags.get(trial.block, trial.flags)) for trial in trials)
        if judged != trials:
            self._folder.replace_trials(judged)
        self._save(core_speed=core_speed(probe_times_s(signals)))

    def stop(self, blocks: int, imprecise: Callable[[StoredRun], tuple[str, ...]]) -> bool:
        """Return whether the run may end after this number of blocks; if so, store the reason."""
        least, most = self._run.plan.profile.least_blocks, len(self._run.plan.orders)
        if least is None or blocks < least:
            return False
        self.judge_signals()
        missed = imprecise(self._folder.load())
        if missed and blocks < most:
            return False
        self._save(stopped=Stopped(StopReason.NOT_PRECISE if missed else StopReason.PRECISE, blocks, missed))
        return True

    def _save(self, **changes: object) -> None:
        self._run = replace(self._run, wall_s=time.monotonic() - self._began_s, **changes)  # type: ignore[arg-type]
        self._folder.save(self._run)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        jumped_s = _clock_ahead_s() - self._ahead_s
        if abs(jumped_s) >= _JUMP_S:
            self._notice(
                f"the clock of this machine jumped by {jumped_s:+,.0f} s during the run, or the machine slept: "
                "the times of day in the run are not comparable, all durations are (another clock measures them)"
            )
        if isinstance(error, _INTERRUPTING) and not isinstance(error, ToolchainError):
            going_on = f"go on with `harness run --resume {self._run.id}`"
            self._notice(f"the run is interrupted; {_kept(self._blocks, len(self._run.plan.orders))}; {going_on}")
            self._save(status=RunStatus.INTERRUPTED)
        elif error is not None:
            self._save(status=RunStatus.FAILED)
        else:
            status = RunStatus.FAILED if self._run.failures else RunStatus.COMPLETE
            self._save(status=status, is_invalid=has_too_many_errors(self._folder.load(self._run)))
