"""The app's own share of a start: what it takes beyond the cheapest correct responder, started beside it.

Engine, network and poller take their time of every start. What they take of the null target's, they took of a
contestant's in the same block, so the difference is free of it. It knows series, and nothing of how starts are timed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.analysis.series import Key, Series

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.model import Plan

_READY = ".ready"
_APP = ".app"


def own_starts(plan: Plan, series: Mapping[Key, Series]) -> dict[Key, Series]:
    """Return `cold_start.app` or `process_start.app` of every subject beside the null target.

    It is the mean of a block's timed starts until ready, less that of the null target in the same block. A start that
    was no longer than the null target's leaves the subject without a number, and so does a null target that failed.
    Nothing is returned of a run without a null target.
    """
    if plan.ceiling is None:
        return {}
    found = {}
    for key, one in series.items():
        least = series.get(replace(key, subject=plan.ceiling))
        if key.metric.endswith(_READY) and key.subject != plan.ceiling and least is not None:
            found[replace(key, metric=key.metric.removesuffix(_READY) + _APP)] = _beyond(least, one)
    return found


def _beyond(least: Series, ready: Series) -> Series:
    """Subtract block by block; a block that nothing can be said of tells why, and is not passed over."""
    reasons = [*ready.reasons, *(f"the null target has none: {reason}" for reason in least.reasons)]
    app = Series(ready.unit, reasons=reasons, warnings=ready.warnings | least.warnings)
    theirs = least.values()
    for block, ready_s in ready.values().items():
        if block not in theirs:
            continue
        if ready_s > theirs[block]:
            app.by_block[block].append(ready_s - theirs[block])
            disturbed = (*ready.flagged.get(block, ()), *least.flagged.get(block, ()))
            app.flagged |= {block: tuple(dict.fromkeys(disturbed))} if disturbed else {}
        else:
            app.reasons.append(f"block {block + 1}: ready no later than the null target")
    return app
