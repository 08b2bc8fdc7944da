"""Precision of headlines: an adaptive run continues until all of them are as precise as the profile demands.

Only the widths of intervals decide, never their values: a run that stopped at a desired result would find effects that
do not exist.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.headlines import headline_metrics
from harness.analysis.summary import summarise
from harness.metrics.catalogue import headline_of
from harness.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Precision, StoredRun


def imprecise(stored: StoredRun) -> tuple[str, ...]:
    """Return the contestants' headlines whose intervals are wider than the profile's precision, in words.

    Contestants with their own number of CPUs are not included: they are driven only for throughput by CPUs. Neither is
    a headline without a number: more blocks would not give it one, and its result has the reason. If no headline has a
    number, the only entry says so.
    """
    wanted = stored.run.plan.profile.precision
    return tuple(_too_wide(stored, wanted)) if wanted is not None else ()


def _too_wide(stored: StoredRun, wanted: Precision) -> Iterator[str]:
    plan = stored.run.plan
    headlines = headline_metrics(plan)
    has_numbers = False
    for result in summarise(stored).results:
        role = headline_of(result.metric)
        is_wanted = result.subject in plan.subjects and result.subject.cpus is None
        if role is None or (result.metric, result.scenario) not in headlines or not is_wanted:
            continue
        if result.low is None or result.high is None:
            continue
        has_numbers = True
        half, target = math.sqrt(result.high / result.low) - 1, getattr(wanted, role.precision)
        if half > target:
            found, most = significant(100 * half), significant(100 * target)
            yield f"{result.metric} of {result.subject}, \N{PLUS-MINUS SIGN} {found} % instead of {most} %"
    if not has_numbers:
        yield "no headline has a number"
