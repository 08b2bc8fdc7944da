"""The app's own share of a start: what it takes beyond the cheapest correct responder, started beside it.

Engine, network and poller take their time of every start. What they take of the null target's, they took of a
contestant's in the same block, so the difference is free of it. It knows series, and nothing of how starts are timed.
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
    """Return `cold_start.app` or `process_start.app` of every subject beside the null target.

    It is the mean of a block's timed starts until ready, less that of the null target in the same block. Where a start
    was no longer than the null target's the difference has no logarithm: the subject is left without a number, and the
    reason tells the difference. So is it where the null target failed. A run without a null target has none of it.
    """
    if plan.ceiling is None:
        return {}
    found = {}
    for key, one in series.items():
        least = series.get(replace(key, subject=plan.ceiling))
        if key.metric in _OWN_SHARES and key.subject != plan.ceiling and least is not None:
            found[replace(key, metric=_OWN_SHARES[key.metric])] = _beyond(least, one)
    return found


def _beyond(least: Series, ready: Series) -> Series:
    """Subtract block by block; a block that nothing can be said of tells why, and is not passed over."""
    theirs = least.values()
    beyond_s = {block: one_s - theirs[block] for block, one_s in ready.values().items() if block in theirs}
    reasons = [*ready.reasons, *(f"the null target has none: {reason}" for reason in least.reasons)]
    app = Series(ready.unit, reasons=reasons, warnings=ready.warnings | least.warnings)
    if min(beyond_s.values(), default=1.0) <= 0:
        app.reasons.append(_untold(list(beyond_s.values())))
        return app
    for block, one_s in beyond_s.items():
        app.by_block[block].append(one_s)
        disturbed = (*ready.flagged.get(block, ()), *least.flagged.get(block, ()))
        app.flagged |= {block: tuple(dict.fromkeys(disturbed))} if disturbed else {}
    return app


def _untold(beyond_s: Sequence[float]) -> str:
    """Say by how much starts differ from the null target's that are not longer every time."""
    none = sum(one_s <= 0 for one_s in beyond_s)
    said = f"ready no later than the null target in {none} of {len(beyond_s)} blocks"
    if len(beyond_s) < LEAST_TRIALS:
        return said
    mean_ms, half_ms = (1e3 * part for part in mean_interval(beyond_s))
    return f"{said}: {mean_ms:.1f} \N{PLUS-MINUS SIGN} {half_ms:.1f} ms beyond it ({100 * CONFIDENCE:.0f} %)"
