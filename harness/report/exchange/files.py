"""The files of each exchange format, by name in the report's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.metrics.catalogue import Better
from harness.model import RunStatus
from harness.report.exchange.annotations import workflow_commands
from harness.report.exchange.badge import badge
from harness.report.exchange.findings import findings
from harness.report.exchange.gitlab import code_quality
from harness.report.exchange.junit import junit
from harness.report.exchange.numbers import numbers
from harness.report.exchange.openmetrics import openmetrics
from harness.report.exchange.sarif import sarif
from harness.report.exchange.trackers import action_benchmark, bencher
from harness.report.material import Format

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from harness.report.exchange.findings import Finding
    from harness.report.exchange.numbers import Number
    from harness.report.material import Material

Files = tuple[tuple[str, str], ...]


def gate_files(found: Sequence[Finding]) -> Files:
    """Return the files of a comparison of two runs: its thresholds, for the formats that have findings."""
    return (
        ("junit.xml", junit(found)),
        ("harness.sarif", sarif(found)),
        ("github/annotations.txt", workflow_commands(found)),
        ("gitlab/code-quality.json", code_quality(found)),
    )


def _github(material: Material) -> Files:
    return (("github/annotations.txt", workflow_commands(findings(material))),)


def _gitlab(material: Material) -> Files:
    quality = code_quality(findings(material))
    return (("gitlab/code-quality.json", quality), ("gitlab/metrics.txt", _metrics(material)))


def _action_benchmark(material: Material) -> Files:
    folder = "github-action-benchmark"
    return (
        (f"{folder}/bigger-is-better.json", action_benchmark(_tracked(material), Better.HIGHER)),
        (f"{folder}/smaller-is-better.json", action_benchmark(_tracked(material), Better.LOWER)),
    )


def _tracked(material: Material) -> Iterator[Number]:
    """Yield the numbers for trackers; none of a run that is not complete, which their formats have no word for."""
    if material.summary.run.status is RunStatus.COMPLETE:
        yield from numbers(material)


def _metrics(material: Material) -> str:
    return openmetrics(material, tuple(numbers(material)))


EXCHANGES: Mapping[Format, Callable[[Material], Iterable[tuple[str, str]]]] = {
    Format.JUNIT: lambda material: (("junit.xml", junit(findings(material))),),
    Format.SARIF: lambda material: (("harness.sarif", sarif(findings(material))),),
    Format.GITHUB: _github,
    Format.GITLAB: _gitlab,
    Format.ACTION_BENCHMARK: _action_benchmark,
    Format.BENCHER: lambda material: (("bencher.json", bencher(_tracked(material))),),
    Format.OPENMETRICS: lambda material: (("openmetrics.txt", _metrics(material)),),
    Format.BADGE: lambda material: (("badge.json", badge(material)),),
}
