"""The summaries of load tools that state their load: k6, autocannon, bombardier.

Sources: grafana/k6 internal/js/summary.go and --summary-export; mcollina/autocannon lib/run.js; codesenberg/bombardier
internal/test_info.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.figures.audit.numbers import MICRO, MILLI, Numbers, item, items_of, list_of
from harness.figures.audit.rows import Loop, Reading, Relation, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PARTS = ("http_req_sending", "http_req_waiting", "http_req_receiving")
_PERCENTILE = re.compile(r"p\((\d+(?:\.\d+)?)\)|p(\d+(?:[._]\d+)?)|(\d+(?:\.\d+)?)(?:st|nd|rd|th)?")
_SAMPLED_RATE = 0.05  # an average of rates per second differs from the whole's, by its first and last second


def percentiles_of(
    values: object, numbers: Numbers, *path: str, unit_s: float, step: float = 0.0
) -> list[tuple[float, Reading]]:
    """Return the percentiles among the members of an object, in ascending order: `p(99)`, `p99`, `p99_9`, `99`."""
    found = []
    for key, _ in items_of(item(values, *path)):
        match = _PERCENTILE.fullmatch(key)
        if match is None:
            continue
        share = float(next(filter(None, match.groups())).replace("_", ".")) / 100
        reading = numbers.time(*path, key, unit_s=unit_s, step=step)
        if reading is not None and 0 < share < 1:
            found.append((share, reading))
    return sorted(found, key=lambda one: one[0])


def is_k6(document: object, _: Path) -> bool:
    """Return whether a document is k6's summary: of --summary-export or of handleSummary."""
    metrics = item(document, "metrics")
    return isinstance(metrics, dict) and ("http_reqs" in metrics or "iterations" in metrics)


def k6(document: object, _: Path) -> Iterator[Row]:
    """Yield a row of the iterations and one of the requests."""
    metrics = {
        name: item(metric, "values") if isinstance(item(metric, "values"), dict) else metric
        for name, metric in items_of(item(document, "metrics"))
    }
    numbers = Numbers(metrics)
    sizes = [numbers.whole("vus_max", key) for key in ("value", "max")]
    users = max((size for size in sizes if size is not None), default=None)
    yield from _k6_rows(document, metrics, users)


def _k6_rows(document: object, metrics: Mapping[str, object], users: int | None) -> Iterator[Row]:
    for counter, timing in (("iterations", "iteration_duration"), ("http_reqs", "http_req_duration")):
        if counter not in metrics:
            continue
        numbers = Numbers(metrics)
        answers = numbers.count(counter, "count")
        errors = _k6_errors(metrics, answers) if counter == "http_reqs" else None
        follows_users = counter == "iterations" or _has_one_request(metrics)
        yield Row(
            subject="k6",
            test=counter,
            place=f"metrics.{counter}",
            loop=Loop.THINKING if users is not None and follows_users else Loop.UNKNOWN,
            connections=users,
            rate_per_s=numbers.count(counter, "rate"),
            seconds=_k6_seconds(document, metrics, counter),
            answers=answers,
            errors=errors,
            counts_errors=True,
            mean_s=_k6_mean(numbers, timing, answers),
            least_s=numbers.time(timing, "min", unit_s=MILLI),
            most_s=numbers.time(timing, "max", unit_s=MILLI),
            percentiles=_k6_percentiles(metrics, numbers, timing),
            impossible=tuple(numbers.impossible),
            relations=_k6_relations(numbers) if counter == "http_reqs" else (),
        )


def _k6_mean(numbers: Numbers, timing: str, answers: Reading | None) -> Reading | None:
    """Return a mean time; that of iterations may have setup and teardown in it, once each."""
    mean, longest = numbers.time(timing, "avg", unit_s=MILLI), numbers.time(timing, "max", unit_s=MILLI)
    if timing != "iteration_duration" or mean is None or longest is None or answers is None or answers.value <= 0:
        return mean
    once = 2 * max(0.0, longest.high - mean.low) / answers.value
    return Reading(mean.value, max(0.0, mean.low - once), mean.high, mean.text)


def _k6_percentiles(metrics: Mapping[str, object], numbers: Numbers, timing: str) -> tuple[tuple[float, Reading], ...]:
    found = percentiles_of(metrics, numbers, timing, unit_s=MILLI)
    median = numbers.time(timing, "med", unit_s=MILLI)
    if median is not None and not any(share == 0.5 for share, _ in found):  # noqa: PLR2004 - the median's share
        found.append((0.5, median))
    return tuple(sorted(found, key=lambda one: one[0]))


def _k6_seconds(document: object, metrics: Mapping[str, object], counter: str) -> Reading | None:
    """Return the measured time: as stated, or as another counter's count and rate give it."""
    stated = Numbers(document).time("state", "testRunDurationMs", unit_s=MILLI)
    if stated is not None:
        return stated
    for other in ("data_received", "data_sent", "iterations", "http_reqs"):
        numbers = Numbers(metrics)
        count, rate = numbers.count(other, "count"), numbers.count(other, "rate")
        if other != counter and count is not None and rate is not None and count.value > 0 and rate.value > 0:
            seconds = count.value / rate.value
            return Reading.exact(seconds, f"{seconds:.4g} s ({other})")
    return None


def _k6_errors(metrics: Mapping[str, object], answers: Reading | None) -> Reading | None:
    numbers = Numbers(metrics)
    share = numbers.count("http_req_failed", "value") or numbers.count("http_req_failed", "rate")
    if share is None or answers is None or share.value > 1:
        return None
    return Reading.exact(share.value * answers.value, f"http_req_failed {share.value:.3g}")


def _has_one_request(metrics: Mapping[str, object]) -> bool:
    """Return whether iterations have at most one request each; more may be sent at once, and no user limits them."""
    numbers = Numbers(metrics)
    requests, iterations = numbers.count("http_reqs", "count"), numbers.count("iterations", "count")
    return requests is not None and iterations is not None and requests.value <= 1.01 * iterations.value


def _k6_relations(numbers: Numbers) -> tuple[Relation, ...]:
    whole = numbers.time("http_req_duration", "avg", unit_s=MILLI)
    parts = [part for name in _PARTS if (part := numbers.time(name, "avg", unit_s=MILLI)) is not None]
    if whole is None or len(parts) < len(_PARTS):
        return ()
    total = sum(part.value for part in parts)
    text = " + ".join(f"{name} {part.text}" for name, part in zip(_PARTS, parts, strict=True))
    labelled = Reading(whole.value, whole.low, whole.high, f"http_req_duration {whole.text}")
    says = "a request's time is the sum of its parts"
    return (Relation(says, labelled, Reading.exact(total, text), 0.01),)


def is_autocannon(document: object, _: Path) -> bool:
    """Return whether a document is autocannon's result, or a list of them."""
    documents = list_of(document) or [document]
    return all(
        item(one, "latency", "average") is not None and item(one, "requests", "average") is not None
        for one in documents
    )


def autocannon(document: object, _: Path) -> Iterator[Row]:
    """Yield a row for each result."""
    for index, one in enumerate(list_of(document) or [document]):
        yield _autocannon_row(one, f"[{index}]" if isinstance(document, list) else "the document")


def _autocannon_row(values: object, place: str) -> Row:
    numbers = Numbers(values)
    samples = numbers.whole("samples") or 1
    rate = numbers.count("requests", "average", step=1.0)
    connections = numbers.whole("connections")
    has_rate = item(values, "connectionRate") is not None or item(values, "overallRate") is not None
    failures = [numbers.count(name) for name in ("errors", "timeouts", "resets")]
    slack = _SAMPLED_RATE + 1 / samples
    return Row(
        subject=str(item(values, "title") or item(values, "url") or "autocannon"),
        test="requests",
        place=place,
        loop=Loop.UNKNOWN if connections is None or has_rate else Loop.CLOSED,
        connections=connections,
        depth=numbers.whole("pipelining") or 1,
        client_threads=numbers.whole("workers") or 1,
        rate_per_s=rate and Reading(rate.value, rate.low * (1 - slack), rate.high * (1 + slack), rate.text),
        seconds=numbers.count("duration", step=0.01),
        answers=numbers.count("requests", "total"),
        errors=numbers.count("non2xx"),
        counts_errors=True,
        unanswered=sum(one.value for one in failures if one is not None),
        mean_s=numbers.time("latency", "average", unit_s=MILLI, step=1.0),  # whole milliseconds, rounded down
        least_s=numbers.time("latency", "min", unit_s=MILLI, step=1.0),
        most_s=numbers.time("latency", "max", unit_s=MILLI, step=1.0),
        percentiles=tuple(percentiles_of(values, numbers, "latency", unit_s=MILLI, step=1.0)),
        impossible=tuple(numbers.impossible),
    )


def is_bombardier(document: object, _: Path) -> bool:
    """Return whether a document is bombardier's result."""
    return item(document, "spec", "numberOfConnections") is not None and item(document, "result", "latency") is not None


def bombardier(document: object, _: Path) -> Iterator[Row]:
    """Yield the row of the result; its latencies are in microseconds."""
    spec, result = item(document, "spec"), item(document, "result")
    numbers = Numbers(result)
    counts = {name: numbers.count(name) for name in ("req1xx", "req2xx", "req3xx", "req4xx", "req5xx", "others")}
    answers = sum(one.value for name, one in counts.items() if one is not None and name != "others")
    errors = sum(one.value for name in ("req4xx", "req5xx") if (one := counts[name]) is not None)
    rate, connections = numbers.count("rps", "mean"), Numbers(spec).whole("numberOfConnections")
    others = counts["others"]
    yield Row(
        subject=str(item(spec, "url") or "bombardier"),
        test="requests",
        place="result",
        loop=Loop.UNKNOWN if connections is None or item(spec, "rate") else Loop.CLOSED,
        connections=connections,
        rate_per_s=rate and Reading(rate.value, rate.low * 0.9, rate.high * 1.1, rate.text),  # an average of samples
        seconds=numbers.count("timeTakenSeconds"),
        answers=Reading.exact(answers, f"{answers:,.0f} answers"),
        errors=Reading.exact(errors, f"{errors:,.0f} answers 4xx and 5xx"),
        counts_errors=True,
        unanswered=others.value if others is not None else 0.0,
        mean_s=numbers.time("latency", "mean", unit_s=MICRO),
        spread_s=numbers.time("latency", "stddev", unit_s=MICRO),
        most_s=numbers.time("latency", "max", unit_s=MICRO),
        percentiles=tuple(percentiles_of(result, numbers, "latency", "percentiles", unit_s=MICRO)),
        impossible=tuple(numbers.impossible),
    )
