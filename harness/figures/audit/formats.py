"""The catalogue of the formats of result files, each recognised by its content. A new format is a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import UsageError
from harness.figures.audit import own, suites, summaries, tools

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from harness.figures.audit.rows import Row


@dataclass(frozen=True, slots=True)
class Format:
    """A format of result files.

    Attributes:
        name: Whose format it is.
        file: How such a file is made.
        told_by: The members that tell it.
        is_format: Returns whether a document has this format.
        rows: Yields the rows of a document.
    """

    name: str
    file: str
    told_by: str
    is_format: Callable[[object, Path], bool]
    rows: Callable[[object, Path], Iterator[Row]]


FORMATS: tuple[Format, ...] = (
    Format("harness run", "run.json, with trials.jsonl beside it", "schema_version, plan.profile",
           own.is_stored_run, own.stored_run),
    Format("harness.run/1", "report.json; harness run --json", "schema: harness.run/1",
           own.is_run_document, own.run_rows),
    Format("TechEmpower", "results.json", "rawData, duration",
           suites.is_techempower, suites.techempower),
    Format("HttpArena", "site/data/TEST.json, site/data/results/FRAMEWORK.json", "framework, rps, connections",
           suites.is_httparena, suites.httparena),
    Format("the-benchmarker", "data.json, data.min.json", "metrics of framework_id, label, value",
           suites.is_the_benchmarker, suites.the_benchmarker),
    Format("k6", "k6 run --summary-export FILE; handleSummary", "metrics.http_reqs or metrics.iterations",
           tools.is_k6, tools.k6),
    Format("oha", "oha --output-format json", "summary.requestsPerSec, statusCodeDistribution",
           summaries.is_oha, summaries.oha),
    Format("autocannon", "autocannon --json", "the member average of latency and of requests",
           tools.is_autocannon, tools.autocannon),
    Format("bombardier", "bombardier --print result --format json", "spec.numberOfConnections, result.latency",
           tools.is_bombardier, tools.bombardier),
    Format("vegeta", "vegeta report -type=json", "latencies.mean, throughput",
           summaries.is_vegeta, summaries.vegeta),
    Format("Locust", "locust --headless --json", "num_requests, response_times",
           summaries.is_locust, summaries.locust),
)  # fmt: skip


def format_of(document: object, path: Path) -> Format:
    """Return the format of a document.

    Raises:
        UsageError: No format of the catalogue is it.
    """
    for one in FORMATS:
        if one.is_format(document, path):
            return one
    raise UsageError(
        "can't check a result file",
        where=str(path),
        cause="its members fit no known format",
        remedy=f"Known are the files of {', '.join(one.name for one in FORMATS)} (docs/result_files.md).",
    )
