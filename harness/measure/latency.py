"""Latency of one trial under open load: percentiles of the time from the intended send to the answer.

A percentile is given only with enough samples: the p99 of fifty requests is merely their maximum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.measure.capacity import errors_in_words
from harness.measure.soundness import flags_of, flags_of_tail
from harness.metrics.catalogue import LATENCY_OPEN, LATENCY_OWN_RATE
from harness.metrics.names import Quantile
from harness.model import Absence, Distribution, DrivenSlice, LoadKind, Measurement, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PERCENTILES = (Quantile.P50, Quantile.P90, Quantile.P99, Quantile.P999)


def distributions(slices: Sequence[DrivenSlice]) -> tuple[Distribution, ...]:
    """Return the merged histograms of the slices of one load, one per span; a span without samples is left out."""
    plan = slices[0].plan
    texts = {
        Span.SERVICE: [driven.result.service for driven in slices],
        Span.RESPONSE: [driven.result.response for driven in slices],
        Span.LATENESS: [driven.result.lateness for driven in slices],
    }
    if plan.load.kind is LoadKind.CLOSED:  # closed load has no intended send times
        texts = {Span.SERVICE: texts[Span.SERVICE]}
    histograms = {span: merged(of_span) for span, of_span in texts.items()}
    return tuple(
        Distribution(plan.scenario, plan.load, span, histogram.to_text())
        for span, histogram in histograms.items()
        if histogram.count
    )


def merged(texts: Iterable[str | None]) -> Histogram:
    """Return the sum of histograms in their text form; None has no samples."""
    histogram = Histogram()
    for text in filter(None, texts):
        histogram.add(Histogram.from_text(text))
    return histogram


def latency(
    slices: Sequence[DrivenSlice],
    of_load: Sequence[Distribution],
    warnings: Iterable[str] = (),
) -> tuple[Measurement | Absence, ...]:
    """Return the latency percentiles of one target under one open load, with warnings where it was not driven on time.

    Args:
        slices: All slices of one scenario at one rate, at least one.
        of_load: Their distributions.
        warnings: Further warnings for every percentile.
    """
    plan = slices[0].plan
    metric = LATENCY_OPEN if plan.load.share is None else LATENCY_OWN_RATE
    errors = errors_in_words(slices)
    flags = (flag for driven in slices for flag in flags_of(driven.result))
    carried = tuple(dict.fromkeys((*warnings, *flags)))
    response, lateness = (
        merged(one.histogram for one in of_load if one.span is span) for span in (Span.RESPONSE, Span.LATENESS)
    )
    found: list[Measurement | Absence] = []
    for quantile in PERCENTILES:
        name = metric.name(rate_per_s=plan.load.rate_per_s, share=plan.load.share, quantile=quantile)
        if errors or response.count < quantile.least_samples:
            reason = errors or f"too few samples: a {quantile} takes {quantile.least_samples:,} a trial"
            found.append(Absence(name, metric.unit, reason, plan.scenario))
        else:
            value_s = response.quantile_s(quantile.share)
            of_tail = flags_of_tail(response, lateness) if quantile is Quantile.P999 else ()
            found.append(Measurement(name, metric.unit, value_s, plan.scenario, warnings=(*carried, *of_tail)))
    return tuple(found)
