"""All that the trials of a run have for one metric of one subject, gathered block by block.

It owns what counts and what is owed; it knows nothing of comparisons.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.analysis.gates import Notices
from harness.analysis.intervals import LEAST_TRIALS
from harness.analysis.pairing import round_rates
from harness.metrics.names import natural
from harness.model import Absence, Bound, Measurement, StoredRun, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from harness.analysis.pairing import Batch
    from harness.model import Plan, Trial
    from harness.units import Unit

GENERATOR_LIMITED = "the generator was the limit"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What one result is of."""

    subject: Subject
    scenario: str | None
    metric: str


@dataclass(slots=True)
class Series:
    """All that the trials of a run have for one key: the mean of each block that has numbers, reasons of the others.

    Attributes:
        batch: What its slices are of, and `rounds` their rates by block; a throughput has both.
        flagged: The kinds of disturbances of the trials that have any, by block.
        notices: What is said of single trials, with the number of trials that it holds of.
    """

    unit: Unit
    by_block: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    bounds: list[Bound] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    detail: str | None = None
    ceiling_share: float | None = None
    batch: Batch | None = None
    rounds: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    flagged: dict[int, tuple[str, ...]] = field(default_factory=dict)
    notices: Counter[str] = field(default_factory=Counter)

    def is_sound(self) -> bool:
        """Tell whether it gives a number: enough blocks, and nothing owed."""
        return not self.reasons and len(self.by_block) >= LEAST_TRIALS

    def in_blocks(self) -> list[float]:
        """Return one value a block, in the order of blocks."""
        return list(self.values().values())

    def values(self) -> dict[int, float]:
        """Return one value a block: the mean where a trial measured several times, as it does cold starts."""
        return {block: sum(values) / len(values) for block, values in sorted(self.by_block.items())}

    def clean_values(self) -> list[float]:
        """Return the values of the blocks in which nothing disturbed its trial."""
        return [value for block, value in self.values().items() if block not in self.flagged]

    def bound(self) -> Bound | None:
        """Return what its number is bound by: by the generator if any trial is, else by what bounded most trials.

        A mean is a lower bound as soon as one of its values is. Of target and neither, as many of each, neither claims
        less.
        """
        counts = Counter(self.bounds)
        if counts[Bound.GENERATOR]:
            return Bound.GENERATOR
        return max((Bound.NEITHER, Bound.TARGET), key=counts.__getitem__) if counts else None

    def all_warnings(self) -> tuple[str, ...]:
        """Return what was said of its measurements, and of how many trials the rest holds."""
        trials = len(self.by_block)
        counted = [f"{notice} in {count} of {trials} trials" for notice, count in sorted(self.notices.items())]
        limited = self.bounds.count(Bound.GENERATOR)
        if 0 < limited < trials:
            counted.append(f"{GENERATOR_LIMITED} in {limited} of {trials} trials")
        if self.flagged:
            kinds = ", ".join(sorted({kind for of_trial in self.flagged.values() for kind in of_trial}))
            counted.append(f"the machine was disturbed in {len(self.flagged)} of {trials} trials ({kinds})")
        return (*self.warnings, *counted)


def collect(stored: StoredRun) -> dict[Key, Series]:
    """Gather every number and every absence of a run, in the order of its plan, the control last."""
    series: dict[Key, Series] = {}
    notices = Notices(stored.run)
    for trial in stored.trials:
        rates = round_rates(trial.slices) if trial.failure is None else {}
        noticed = notices.of(trial, rates) if rates else {}
        owed: tuple[Measurement | Absence, ...] = (*trial.measurements, *trial.absences)
        for found in owed:
            one = series.setdefault(Key(trial.subject, found.scenario, found.metric), Series(found.unit))
            if trial.failure is None:
                _take(one, found, trial)
        for batch, of_batch in rates.items():
            _take_rounds(series.get(Key(trial.subject, *batch)), trial.block, batch, of_batch, noticed.get(batch, ()))
    _withhold(stored, series)
    place = _place(stored.run.plan)
    return {key: series[key] for key in sorted(series, key=place)}


def _take(series: Series, found: Measurement | Absence, trial: Trial) -> None:
    if isinstance(found, Absence):
        series.reasons.append(found.reason)
    elif found.value <= 0:
        series.reasons.append(f"block {trial.block + 1}: measured {found.value:g}, which has no logarithm")
    else:
        series.by_block[trial.block].append(found.value)
        series.warnings |= dict.fromkeys(found.warnings)
        if found.bound:
            series.bounds.append(found.bound)
        if trial.flags:
            series.flagged[trial.block] = tuple(flag.kind for flag in trial.flags)


def _take_rounds(
    series: Series | None, block: int, batch: Batch, rates: NDArray[np.float64], noticed: tuple[str, ...]
) -> None:
    if series is None or block not in series.by_block:
        return  # the rates of what is owed for another reason are no numbers either
    series.batch = batch
    series.rounds[block] = rates
    series.notices.update(noticed)


def _place(plan: Plan) -> Callable[[Key], tuple[int, int, tuple[str | int, ...]]]:
    subjects = (*plan.subjects, *filter(None, [plan.ceiling, plan.control]))
    order = {subject: place for place, subject in enumerate(subjects)}
    scenarios = {name: place for place, name in enumerate(plan.scenarios)}
    return lambda key: (order[key.subject], scenarios.get(key.scenario or "", -1), natural(key.metric))


def failed(stored: StoredRun) -> dict[Subject, str]:
    """Return who failed in a run, and where, in words."""
    where = {failure.subject: f"the target failed ({failure.stage})" for failure in stored.run.failures}
    for trial in stored.trials:
        if trial.failure:
            where[trial.subject] = f"block {trial.block + 1}: the target failed ({trial.failure.stage})"
    return where


def _withhold(stored: StoredRun, series: dict[Key, Series]) -> None:
    """Leave a contestant that failed without any number, also of what the others have and it never came to."""
    units: Mapping[str, Unit] = {key.metric: one.unit for key, one in series.items()}
    contestants = stored.run.plan.subjects
    for subject, reason in failed(stored).items():
        peers = contestants if subject in contestants else (subject,)
        for key in [replace(key, subject=subject) for key in series if key.subject in peers]:
            series.setdefault(key, Series(units[key.metric])).reasons.append(reason)
