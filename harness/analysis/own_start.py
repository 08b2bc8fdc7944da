"""The app's own share of a start: its ready time minus the null target's ready time in the same block.

Engine, network and poller add to the time of every start. They add the same to the null target's start, so the
difference is free of them. This module knows series; it does not know how starts are timed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.intervals import CONFIDENCE, LEAST_TRIALS, mean_interval
from harness.analysis.series import Key, Series
from harness.metrics.catalogue import (
    COLD_START_APP,
    COLD_START_READY,
    COLD_START_UNCACHED_APP,
    COLD_START_UNCACHED_READY,
    PROCESS_START_APP,
    PROCESS_START_READY,
    PROCESS_START_UNCACHED_APP,
    PROCESS_START_UNCACHED_READY,
)
from harness.units import part_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.model import Plan

_OWN_SHARES = {
    COLD_START_READY.name(): COLD_START_APP.name(),
    COLD_START_UNCACHED_READY.name(): COLD_START_UNCACHED_APP.name(),
    PROCESS_START_READY.name(): PROCESS_START_APP.name(),
    PROCESS_START_UNCACHED_READY.name(): PROCESS_START_UNCACHED_APP.name(),
}


def own_starts(plan: Plan, series: Mapping[Key, Series]) -> dict[Key, Series]:
    """Return the series of `cold_start.app` or `process_start.app` of every subject except the null target.

    The value of a block is the mean ready time of its timed starts minus that of the null target in the same block. A
    difference that is not positive has no logarithm: the subject then has no number, and the reason has the difference.
    If the null target failed, the subject has no number either. A run without a null target has no such series.
    """
    if plan.ceiling is None:
        return {}
    found = {}
    for key, one in series.items():
        null = series.get(replace(key, subject=plan.ceiling))
        if key.metric in _OWN_SHARES and key.subject != plan.ceiling and null is not None:
            found[replace(key, metric=_OWN_SHARES[key.metric])] = _differences(null, one)
    return found


def _differences(null: Series, ready: Series) -> Series:
    """Return the differences block by block, with the reasons and warnings of both series."""
    null_s = null.values()
    difference_s = {block: one_s - null_s[block] for block, one_s in ready.values().items() if block in null_s}
    reasons = [*ready.reasons, *(f"the null target has none: {reason}" for reason in null.reasons)]
    app = Series(ready.unit, reasons=reasons, warnings=ready.warnings | null.warnings)
    if min(difference_s.values(), default=1.0) <= 0:
        app.reasons.append(_not_positive(list(difference_s.values())))
        return app
    for block, one_s in difference_s.items():
        app.by_block[block].append(one_s)
        disturbed = (*ready.flagged.get(block, ()), *null.flagged.get(block, ()))
        app.flagged |= {block: tuple(dict.fromkeys(disturbed))} if disturbed else {}
    return app


def _not_positive(difference_s: Sequence[float]) -> str:
    """Explain why the difference is not positive in every block."""
    none = sum(one_s <= 0 for one_s in difference_s)
    text = f"it was ready no later than the null target in {part_of(none, len(difference_s), 'block')}"
    if len(difference_s) < LEAST_TRIALS:
        return text
    mean_ms, half_ms = (round(1e3 * part, 1) + 0.0 for part in mean_interval(difference_s))  # without a -0.0
    return f"{text}, on average {mean_ms} \N{PLUS-MINUS SIGN} {half_ms} ms after it ({100 * CONFIDENCE:.0f} %)"
