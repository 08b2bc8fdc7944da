"""Latency of one trial under open load: percentiles of the time from the intended send to the answer.

A percentile is given only with enough samples: a p99 of fifty requests is their maximum under another name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence import Absence, Distribution, DrivenSlice, Measurement, Span
from harness.histogram import Histogram
from harness.measure.capacity import errors_in_words
from harness.measure.soundness import flags_of
from harness.model import LoadKind
from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PERCENTILES = (("p50", 0.5, 20), ("p90", 0.9, 40), ("p99", 0.99, 400), ("p999", 0.999, 4000))


def distributions(slices: Sequence[DrivenSlice]) -> tuple[Distribution, ...]:
    """Merge the histograms of the slices of one load, each span by itself; a span without samples has none."""
    plan = slices[0].plan
    texts = {
        Span.SERVICE: [driven.result.service for driven in slices],
        Span.RESPONSE: [driven.result.response for driven in slices],
        Span.LATENESS: [driven.result.lateness for driven in slices],
    }
    if plan.load.kind is LoadKind.CLOSED:  # there is no intended time to count from
        texts = {Span.SERVICE: texts[Span.SERVICE]}
    merged = {span: _merge(text for text in of_span if text) for span, of_span in texts.items()}
    return tuple(
        Distribution(plan.scenario, plan.load, span, histogram.to_text())
        for span, histogram in merged.items()
        if histogram.count
    )


def _merge(texts: Iterable[str]) -> Histogram:
    merged = Histogram()
    for text in texts:
        merged.add(Histogram.from_text(text))
    return merged


def latency(slices: Sequence[DrivenSlice], of_load: Sequence[Distribution]) -> tuple[Measurement | Absence, ...]:
    """Turn one open load on one target into its percentiles, with a warning where the load was not driven on time.

    Args:
        slices: All slices of one scenario at one rate, at least one.
        of_load: Their distributions.
    """
    plan = slices[0].plan
    errors = errors_in_words(slices)
    warnings = tuple(dict.fromkeys(flag for driven in slices for flag in flags_of(driven.result)))
    response = Histogram()
    for distribution in of_load:
        if distribution.span is Span.RESPONSE:
            response = Histogram.from_text(distribution.histogram)
    found: list[Measurement | Absence] = []
    for name, quantile, least in PERCENTILES:
        metric = f"latency.{plan.load}.{name}"
        if errors or response.count < least:
            reason = errors or f"too few samples: a {name} takes {least:,} a trial"
            found.append(Absence(metric, Unit.SECOND, reason, plan.scenario))
        else:
            value_s = response.quantile_s(quantile)
            found.append(Measurement(metric, Unit.SECOND, value_s, plan.scenario, warnings=warnings))
    return tuple(found)
