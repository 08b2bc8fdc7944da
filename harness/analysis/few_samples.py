"""Warnings about estimates of pooled durations of which few samples decide. This module does not know metrics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.units import Unit, human, significant

if TYPE_CHECKING:
    from harness.analysis.percentiles import Pool, Pooled
    from harness.metrics.names import Quantile

_FEW_BEYOND = 10  # with fewer independent samples beyond a percentile its interval is wide
_LONE = 0.1  # share of one request in the sum of all squares, and in a mean over the half-width of its interval


def dependence(of: Pooled, quantile: Quantile) -> str | None:
    """Return the warning that the samples above a percentile are worth few independent ones; None if they are not."""
    beyond, effective = ((1 - quantile.share) * count for count in (of.samples, of.effective))
    if effective >= min(_FEW_BEYOND, beyond / 2):
        return None
    samples = f"the {beyond:,.0f} samples above the percentile come in bursts or from few blocks"
    said = f"{effective:.2g}"
    return f"{samples}: they count as {said} independent sample{'' if said == '1' else 's'}"


def lone_request(of: Pool, found: Pooled) -> str | None:
    """Return the warning that one request decides how far a mean is off; None if none does.

    The share of the largest square in the sum of all squares falls with their number if the variance of the times is
    finite, and else it does not (Embrechts et al., Modelling Extremal Events, 1997). Student's t of a mean of such
    times covers too little.

    Args:
        of: The durations.
        found: Their mean.
    """
    slowest_s, total_s = float(of.values_s[-1]), float(of.sums_s.sum())
    squares = float(of.counts.sum(axis=0) @ of.values_s**2)
    half = math.log(found.interval.high / found.interval.low) / 2
    if slowest_s**2 < _LONE * squares or slowest_s < _LONE * half * total_s:
        return None
    share = significant(100 * slowest_s / total_s, 2)
    return (
        f"the slowest request alone, of {human(slowest_s, Unit.SECOND)}, is {share} % of the mean: of times with so "
        "long a tail its interval may be too short"
    )
