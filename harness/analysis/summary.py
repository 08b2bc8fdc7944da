"""What a stored run says: one result for each metric of each subject, and each subject beside the reference.

A pure function of the store: the same run gives the same summary, always.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.analysis.comparison import difference, ratio_interval, sign_flip_p
from harness.analysis.intervals import CONFIDENCE, LEAST_TRIALS, Interval, log_t_interval
from harness.evidence import Absence, Measurement, StoredRun
from harness.model import Bound, Subject
from harness.statements import Comparison, Difference, Result, Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.model import Plan
    from harness.units import Unit

_CLOSED = "throughput.closed."
_PEAK = "throughput.peak"
CEILING_TOO_NEAR = 0.8


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    """What one result is of."""

    subject: Subject
    scenario: str | None
    metric: str


@dataclass(slots=True)
class _Series:
    """All that the trials of a run have for one key: the mean of each block that has numbers, reasons of the others."""

    unit: Unit
    by_block: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    bounds: list[Bound] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    detail: str | None = None
    ceiling_share: float | None = None

    def is_sound(self) -> bool:
        """Tell whether it gives a number: enough blocks, and nothing owed."""
        return not self.reasons and len(self.by_block) >= LEAST_TRIALS

    def in_blocks(self) -> list[float]:
        """Return one value a block, in the order of blocks."""
        return list(self.values().values())

    def values(self) -> dict[int, float]:
        """Return one value a block: the mean where a trial measured several times, as it does cold starts."""
        return {block: sum(values) / len(values) for block, values in sorted(self.by_block.items())}

    def bound(self) -> Bound | None:
        """Return what bounded most trials; of equals, the one that claims least."""
        if not self.bounds:
            return None
        counts = Counter(self.bounds)
        caution = (Bound.GENERATOR, Bound.NEITHER, Bound.TARGET)
        return max(counts, key=lambda bound: (counts[bound], -caution.index(bound)))


def summarise(stored: StoredRun) -> Summary:
    """Turn the trials of a run into results and comparisons."""
    plan = stored.run.plan
    series = _collect(stored)
    ceiling = _ceiling(plan, series)
    for key, one in series.items():
        if key.subject != plan.ceiling:
            _hold_against(ceiling.get(key.metric), one)
    series |= _peaks(series)
    results = tuple(_result(key, one) for key, one in series.items())
    return Summary(stored.run, results, tuple(_comparisons(plan.subjects, series)))


def _ceiling(plan: Plan, series: Mapping[_Key, _Series]) -> dict[str, float]:
    """Return what the null target reached at each level, by metric."""
    return {
        key.metric: log_t_interval(one.in_blocks()).estimate
        for key, one in series.items()
        if key.subject == plan.ceiling and key.metric.startswith(_CLOSED) and one.is_sound()
    }


def _hold_against(ceiling: float | None, series: _Series) -> None:
    """Set a throughput in proportion to the machine's ceiling; close to it, it may be the ceiling that was measured."""
    if ceiling is None or not series.is_sound():
        return
    series.ceiling_share = log_t_interval(series.in_blocks()).estimate / ceiling
    if series.ceiling_share > CEILING_TOO_NEAR:
        series.bounds = [Bound.GENERATOR] * len(series.bounds)


def _collect(stored: StoredRun) -> dict[_Key, _Series]:
    series: dict[_Key, _Series] = {}
    for trial in stored.trials:
        owed: tuple[Measurement | Absence, ...] = (*trial.measurements, *trial.absences)
        for found in owed:
            one = series.setdefault(_Key(trial.subject, found.scenario, found.metric), _Series(found.unit))
            if trial.failure is None:
                _take(one, found, trial.block)
    _withhold(stored, series)
    plan = stored.run.plan
    subjects = (*plan.subjects, *filter(None, (plan.ceiling, plan.control)))
    order = {subject: place for place, subject in enumerate(subjects)}
    scenarios = {name: place for place, name in enumerate(plan.scenarios)}

    def place(key: _Key) -> tuple[int, int, tuple[tuple[int, str], ...]]:
        return order[key.subject], scenarios.get(key.scenario or "", -1), _natural(key.metric)

    return {key: series[key] for key in sorted(series, key=place)}


def _natural(metric: str) -> tuple[tuple[int, str], ...]:
    """Sort `c8` before `c32`: digits by their value, letters as letters."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", metric))


def _withhold(stored: StoredRun, series: dict[_Key, _Series]) -> None:
    """Leave a contestant that failed without any number, also of what the others have and it never came to."""
    failed = {failure.subject: f"the target failed ({failure.stage})" for failure in stored.run.failures}
    for trial in stored.trials:
        if trial.failure:
            failed[trial.subject] = f"block {trial.block + 1}: the target failed ({trial.failure.stage})"
    units = {key.metric: one.unit for key, one in series.items()}
    contestants = stored.run.plan.subjects
    for subject, reason in failed.items():
        peers = contestants if subject in contestants else (subject,)
        for key in [replace(key, subject=subject) for key in series if key.subject in peers]:
            series.setdefault(key, _Series(units[key.metric])).reasons.append(reason)


def _take(series: _Series, found: Measurement | Absence, block: int) -> None:
    if isinstance(found, Absence):
        series.reasons.append(found.reason)
    elif found.value <= 0:
        series.reasons.append(f"block {block + 1}: measured {found.value:g}, which has no logarithm")
    else:
        series.by_block[block].append(found.value)
        series.warnings |= dict.fromkeys(found.warnings)
        if found.bound:
            series.bounds.append(found.bound)


def _result(key: _Key, series: _Series) -> Result:
    values = series.in_blocks()
    result = Result(key.subject, key.scenario, key.metric, series.unit, len(values), CONFIDENCE, reason="not measured")
    if not series.is_sound():
        few = f"an interval takes {LEAST_TRIALS} trials, and there is {len(values)}"
        return replace(result, reason="; ".join(dict.fromkeys(series.reasons)) or few)
    interval = log_t_interval(values)
    return replace(
        result,
        estimate=interval.estimate,
        low=interval.low,
        high=interval.high,
        bound=series.bound(),
        warnings=tuple(series.warnings),
        reason=None,
        detail=series.detail,
        ceiling_share=series.ceiling_share,
    )


def _peaks(series: Mapping[_Key, _Series]) -> dict[_Key, _Series]:
    """Return the series of the level at which each subject's throughput was largest, under the name of the peak.

    The level is picked by its estimate, so the peak is a little too high where levels are close: the largest of several
    noisy values is partly the luckiest.
    """
    levels: dict[_Key, dict[str, _Series]] = defaultdict(dict)
    for key, one in series.items():
        if key.metric.startswith(_CLOSED):
            levels[replace(key, metric=_PEAK)][key.metric.removeprefix(_CLOSED + "c")] = one
    return {key: _peak(of_level) for key, of_level in levels.items() if len(of_level) > 1}


def _peak(levels: Mapping[str, _Series]) -> _Series:
    sound = {level: one for level, one in levels.items() if one.is_sound()}
    if not sound:
        return next(iter(levels.values()))
    top = max(sound, key=lambda level: log_t_interval(sound[level].in_blocks()).estimate)
    missing = [level for level in levels if level not in sound]
    warnings = {f"picked without a number at {', '.join(missing)} connections": None} if missing else {}
    return replace(sound[top], detail=f"at {top} connections", warnings=sound[top].warnings | warnings)


def _comparisons(subjects: Sequence[Subject], series: dict[_Key, _Series]) -> Iterator[Comparison]:
    reference, *others = subjects
    for subject in others:
        for key, mine in series.items():
            theirs = series.get(replace(key, subject=reference))
            if key.subject == subject and theirs is not None and not (mine.reasons or theirs.reasons):
                yield from _compare(key, mine, reference, theirs)


def _compare(key: _Key, mine: _Series, reference: Subject, theirs: _Series) -> Iterator[Comparison]:
    ours, others = mine.values(), theirs.values()
    blocks = sorted(ours.keys() & others.keys())
    if len(blocks) < LEAST_TRIALS:
        return
    pair = [ours[block] for block in blocks], [others[block] for block in blocks]
    ratio = ratio_interval(*pair)
    verdict, warnings = _verdict(ratio, mine.bound(), theirs.bound())
    yield Comparison(
        metric=key.metric,
        scenario=key.scenario,
        subject=key.subject,
        reference=reference,
        ratio=ratio.estimate,
        low=ratio.low,
        high=ratio.high,
        p=sign_flip_p(*pair),
        verdict=verdict,
        warnings=warnings,
    )


def _verdict(ratio: Interval, mine: Bound | None, theirs: Bound | None) -> tuple[Difference, tuple[str, ...]]:
    """Judge a ratio of which either side may be a lower bound: the truth then lies above, or below, what was read."""
    at_least, at_most = mine is Bound.GENERATOR, theirs is Bound.GENERATOR
    warnings = []
    if at_least:
        warnings.append("the generator was the limit of the subject: the ratio is a lower bound")
    if at_most:
        warnings.append("the generator was the limit of the reference: the ratio is an upper bound")
    return difference(ratio, at_least=at_least, at_most=at_most), tuple(warnings)
