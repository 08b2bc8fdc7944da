"""OpenMetrics text: results by unit, ratios, and the number of figures by verdict; also GitLab's metrics report.

The format: https://prometheus.io/docs/specs/om/open_metrics_spec/
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest

from harness.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from harness.report.exchange.numbers import Number
    from harness.report.material import Material

_UNITS = {
    Unit.SECOND: "seconds",
    Unit.BYTE: "bytes",
    Unit.PER_SECOND: "per_second",
    Unit.SECOND_PER_SECOND: "seconds_per_second",
    Unit.ONE: "ratio",
}
_RESULT = ("target", "variant", "cpus", "scenario", "metric", "end")
_RATIO = ("subject", "reference", "scenario", "metric", "end")


def openmetrics(material: Material, numbers: tuple[Number, ...]) -> str:
    """Return a run as OpenMetrics text; the label `end` tells an estimate from the ends of its interval."""
    registry = CollectorRegistry()
    registry.register(_Collector(material, numbers))
    text: bytes = generate_latest(registry)
    return text.decode()


class _Collector:
    """Collector of one run, as prometheus_client asks for it."""

    def __init__(self, material: Material, numbers: tuple[Number, ...]) -> None:
        self._material = material
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        """Yield the families of metrics, in a fixed order."""
        run = self._material.summary.run
        info = InfoMetricFamily("harness_run", "The run.")
        info.add_metric((), {"id": run.id, "profile": run.plan.profile.name, "status": run.status.value})
        yield info
        for unit, name in _UNITS.items():
            family = GaugeMetricFamily("harness_result", "A result and its interval.", labels=_RESULT, unit=name)
            for number in self._numbers:
                if number.unit is unit:
                    _add(family, self._labels(number), (number.estimate, number.low, number.high))
            if family.samples:
                yield family
        yield from self._ratios()
        yield from self._figures()

    def _labels(self, number: Number) -> tuple[str, ...]:
        cpus = str(self._material.plan.cpus_of(number.subject))
        return (number.subject.target, number.subject.variant, cpus, number.scenario or "", number.metric)

    def _ratios(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("harness_comparison", "Subject over reference.", labels=_RATIO, unit="ratio")
        for one in self._material.summary.comparisons:
            labels = (str(one.subject), str(one.reference), one.scenario or "", one.metric)
            _add(family, labels, (one.ratio, one.low, one.high))
        if family.samples:
            yield family

    def _figures(self) -> Iterator[Metric]:
        counts = Counter(one.verdict for judged in self._material.every_judged for one in judged.judgements)
        family = GaugeMetricFamily("harness_figures", "Published figures by verdict.", labels=("verdict",))
        for verdict, count in sorted(counts.items()):
            family.add_metric((verdict.value,), count)
        if counts:
            yield family


def _add(family: GaugeMetricFamily, labels: tuple[str, ...], values: tuple[float, float, float]) -> None:
    for end, value in zip(("estimate", "low", "high"), values, strict=True):
        family.add_metric((*labels, end), value)
