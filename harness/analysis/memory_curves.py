"""Memory over the trials of each contestant: the samples of its trials, joined at equal shares of the trial.

Trials differ in length. So each trial is read at the same shares of its time from the first load to the last sample, by
linear interpolation between two samples. At each share the trials give a median, a smallest and a largest memory. The
times of the curve are those shares of the median length.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.series import failed
from harness.metrics.catalogue import MEMORY_LOADED, MEMORY_PSS_LOADED
from harness.model import MemoryCurve, MemoryPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import MemorySamples, StoredRun, Subject, Trial

STEPS = 40
"""Steps of a curve from the first load to the last sample."""

_LOADED = frozenset({MEMORY_LOADED.name(), MEMORY_PSS_LOADED.name()})
NOT_LOADED = "it had no load"
NOT_SAMPLED = "this run took no samples of memory"


def memory_curves(stored: StoredRun) -> tuple[MemoryCurve, ...]:
    """Return the curve of each contestant, in the order of the plan; without samples the reason."""
    reasons = failed(stored)
    return tuple(_curve(stored, subject, reasons.get(subject)) for subject in stored.run.plan.subjects)


def _curve(stored: StoredRun, subject: Subject, failure: str | None) -> MemoryCurve:
    loaded = [trial for trial in stored.trials if trial.subject == subject and _is_loaded(trial)]
    found = [trial.memory for trial in loaded if trial.memory is not None]
    reason = failure or (None if found else NOT_SAMPLED if loaded else NOT_LOADED)
    if reason is not None:
        return MemoryCurve(subject, reason=reason)
    highest = [max(zip(one.size_bytes, one.at_s, strict=True)) for one in found]
    return MemoryCurve(
        subject,
        len(found),
        ready=_point(median(one.at_s[0] for one in found), [one.size_bytes[0] for one in found]),
        points=tuple(_points(found)),
        highest=_point(median(at_s for _, at_s in highest), [size for size, _ in highest]),
    )


def _is_loaded(trial: Trial) -> bool:
    """Return whether a trial reached the end of its load; one of a paced block may have the warm-up alone."""
    return any(measured.metric in _LOADED for measured in trial.measurements)


def _points(found: Sequence[MemorySamples]) -> list[MemoryPoint]:
    shares = np.arange(STEPS + 1) / STEPS
    lasts_s = median(one.at_s[-1] for one in found)
    sizes = np.array([np.interp(shares * one.at_s[-1], one.at_s, one.size_bytes) for one in found])
    return [_point(float(share) * lasts_s, column.tolist()) for share, column in zip(shares, sizes.T, strict=True)]


def _point(at_s: float, sizes: Sequence[float]) -> MemoryPoint:
    return MemoryPoint(at_s, float(median(sizes)), float(min(sizes)), float(max(sizes)))
