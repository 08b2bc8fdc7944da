"""Latency of one trial: the distributions of its loads. `analysis.percentiles` has the percentiles of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.model import Distribution, DrivenSlice, Span

if TYPE_CHECKING:
    from collections.abc import Sequence


def distributions(slices: Sequence[DrivenSlice]) -> tuple[Distribution, ...]:
    """Return the merged histograms of the slices of one load, one per span; a span without samples is left out."""
    plan = slices[0].plan
    texts = {
        Span.SERVICE: [driven.result.service for driven in slices],
        Span.RESPONSE: [driven.result.response for driven in slices],
        Span.LATENESS: [driven.result.lateness for driven in slices],
    }
    if not plan.load.is_open:  # closed and paced load have no intended send times
        texts = {Span.SERVICE: texts[Span.SERVICE]}
    histograms = {span: Histogram.from_texts(of_span) for span, of_span in texts.items()}
    return tuple(
        Distribution(plan.scenario, plan.load, span, histogram.to_text())
        for span, histogram in histograms.items()
        if histogram.count
    )
