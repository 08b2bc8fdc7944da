"""Latency of one trial under open load: percentiles of the time from the intended send to the answer.

A percentile is given only with enough samples: the p99 of fifty requests is merely their maximum.

One common rate is trivial for one target and impossible for another. So there is also each target's own rate, a share
of its own peak. The peak is known only when the closed levels of the block have been driven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.histogram import Histogram
from harness.measure.capacity import errors_in_words
from harness.measure.soundness import flags_of
from harness.metrics.catalogue import LATENCY_OPEN, LATENCY_OWN_RATE, connections_of
from harness.metrics.names import Quantile
from harness.model import Absence, Bound, Distribution, DrivenSlice, Load, LoadKind, Measurement, Slice, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.metrics.catalogue import Metric
    from harness.model import Subject

PERCENTILES = (Quantile.P50, Quantile.P90, Quantile.P99, Quantile.P999)
OWN_RATE_SHARE = 0.6
OWN_RATE = "own60"
OF_A_FLOOR = "the generator was the limit of its peak, so this is less than 60 % of what the target can do"


@dataclass(frozen=True, slots=True)
class OwnRate:
    """The plan of open load at each target's own rate.

    Attributes:
        scenario: The name of the scenario.
        draws: The subject and the seed of each slice, in the order in which they are driven.
        connections: The largest number of connections.
        slice_s: The duration of a slice.
        discard_s: The discarded head of a slice.
    """

    scenario: str
    draws: tuple[tuple[Subject, int], ...]
    connections: int
    slice_s: float
    discard_s: float

    @property
    def title(self) -> str:
        """The scenario and the load, in words, as in the title of a batch."""
        return f"{self.scenario}, {OWN_RATE}"

    def slices(self, peaks: Mapping[Subject, float]) -> tuple[Slice, ...]:
        """Return the slices of the subjects with a known peak, in requests per second."""
        known = [(subject, seed) for subject, seed in self.draws if subject in peaks]
        return tuple(
            Slice(number, subject, self.scenario, self._load(peaks[subject]), self.slice_s, self.discard_s, seed)
            for number, (subject, seed) in enumerate(known)
        )

    def _load(self, peak_per_s: float) -> Load:
        return Load(LoadKind.POISSON, self.connections, float(f"{OWN_RATE_SHARE * peak_per_s:.4g}"))

    def absences(self, reason: str) -> tuple[Absence, ...]:
        """Return the absences of a target without a peak: one per percentile, with the reason."""
        names = (LATENCY_OWN_RATE.name(quantile=quantile) for quantile in PERCENTILES)
        return tuple(Absence(name, LATENCY_OWN_RATE.unit, reason, self.scenario) for name in names)


def peak_of(found: Iterable[Measurement | Absence], scenario: str) -> Measurement | None:
    """Return the largest throughput over the closed levels of a scenario; None where none has a number."""
    rates = (one for one in found if isinstance(one, Measurement) and connections_of(one.metric))
    return max((rate for rate in rates if rate.scenario == scenario), key=lambda rate: rate.value, default=None)


def warnings_about(peak: Measurement | None) -> tuple[str, ...]:
    """Return the warnings of a latency at a share of this peak."""
    return (OF_A_FLOOR,) if peak is not None and peak.bound is Bound.GENERATOR else ()


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


def latency(
    slices: Sequence[DrivenSlice],
    of_load: Sequence[Distribution],
    metric: Metric = LATENCY_OPEN,
    warnings: Iterable[str] = (),
) -> tuple[Measurement | Absence, ...]:
    """Return the latency percentiles of one target under one open load, with warnings where it was not driven on time.

    Args:
        slices: All slices of one scenario at one rate, at least one.
        of_load: Their distributions.
        metric: The metric: latency at a common rate, or at the target's own rate.
        warnings: Further warnings for every percentile.
    """
    plan = slices[0].plan
    errors = errors_in_words(slices)
    flags = (flag for driven in slices for flag in flags_of(driven.result))
    carried = tuple(dict.fromkeys((*warnings, *flags)))
    response = Histogram()
    for distribution in of_load:
        if distribution.span is Span.RESPONSE:
            response = Histogram.from_text(distribution.histogram)
    found: list[Measurement | Absence] = []
    for quantile in PERCENTILES:
        name = metric.name(rate_per_s=plan.load.rate_per_s, quantile=quantile)
        if errors or response.count < quantile.least_samples:
            reason = errors or f"too few samples: a {quantile} takes {quantile.least_samples:,} a trial"
            found.append(Absence(name, metric.unit, reason, plan.scenario))
        else:
            value_s = response.quantile_s(quantile.share)
            found.append(Measurement(name, metric.unit, value_s, plan.scenario, warnings=carried))
    return tuple(found)
