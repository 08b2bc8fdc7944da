"""The summaries of load tools that don't state their connections, or send at a given rate: oha, vegeta, Locust.

Sources: hatoo/oha schema.json; tsenart/vegeta lib/metrics.go; locustio/locust locust/stats.py (`--json`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.figures.audit.numbers import MILLI, NANO, Numbers, item, items_of, list_of
from harness.figures.audit.rows import Reading, Relation, Row
from harness.figures.audit.tools import percentiles_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_FIRST_ERROR = 400
_LOCUST_ROUNDING = 0.06  # Locust keeps two significant digits of a response time: 145 ms counts as 150 (or 140)


def is_oha(document: object, _: Path) -> bool:
    """Return whether a document is oha's summary."""
    return item(document, "summary", "requestsPerSec") is not None and isinstance(
        item(document, "statusCodeDistribution"), dict
    )


def oha(document: object, _: Path) -> Iterator[Row]:
    """Yield the row of the summary; it states no connections."""
    numbers = Numbers(document)
    answers, errors = _by_status(document, numbers, "statusCodeDistribution")
    cut_off = sum(
        reading.value
        for key, _ in items_of(item(document, "errorDistribution"))
        if (reading := numbers.count("errorDistribution", key)) is not None
    )
    yield Row(
        subject="oha",
        test="requests",
        place="summary",
        rate_per_s=numbers.count("summary", "requestsPerSec"),
        seconds=numbers.count("summary", "total"),
        # what failed without an answer may be counted in the rate
        answers=Reading(answers, answers, answers + cut_off, f"{answers:,.0f} answers"),
        errors=Reading.exact(errors, f"{errors:,.0f} answers of status 400 and above"),
        counts_errors=True,
        unanswered=cut_off,
        mean_s=numbers.time("summary", "average", unit_s=1.0),
        least_s=numbers.time("summary", "fastest", unit_s=1.0),
        most_s=numbers.time("summary", "slowest", unit_s=1.0),
        percentiles=tuple(percentiles_of(document, numbers, "latencyPercentiles", unit_s=1.0)),
        impossible=tuple(numbers.impossible),
    )


def _by_status(document: object, numbers: Numbers, key: str) -> tuple[float, float]:
    """Return the number of answers, and of those with an error status."""
    answers = errors = 0.0
    for status, _ in items_of(item(document, key)):
        count = numbers.count(key, status)
        if count is not None and status.isdecimal() and status != "0":
            answers += count.value
            errors += count.value if int(status) >= _FIRST_ERROR else 0.0
    return answers, errors


def is_vegeta(document: object, _: Path) -> bool:
    """Return whether a document is vegeta's report."""
    return item(document, "latencies", "mean") is not None and item(document, "throughput") is not None


def vegeta(document: object, _: Path) -> Iterator[Row]:
    """Yield a row of the requests and one of the successes; vegeta sends at a given rate."""
    numbers = Numbers(document)
    duration, wait = (numbers.time(key, unit_s=NANO) for key in ("duration", "wait"))
    requests, success = numbers.count("requests"), numbers.count("success")
    mean, total = (numbers.time("latencies", key, unit_s=NANO) for key in ("mean", "total"))
    percentiles = percentiles_of(document, numbers, "latencies", unit_s=NANO)
    relations = []
    if mean is not None and total is not None and requests is not None:
        product = Reading.exact(mean.value * requests.value, f"{mean.text} times {requests.text}")
        relations.append(Relation("the total time is the mean time of all requests", total, product, 0.01))
    if success is not None:
        relations.append(Relation("success is a share", Reading.exact(1.0, "1"), success, 0.0, is_equality=False))
    yield Row(
        subject="vegeta",
        test="requests",
        place="the document",
        rate_per_s=numbers.count("rate"),
        seconds=duration,
        answers=requests,
        mean_s=mean,
        least_s=numbers.time("latencies", "min", unit_s=NANO),
        most_s=numbers.time("latencies", "max", unit_s=NANO),
        percentiles=tuple(percentiles),
        impossible=tuple(numbers.impossible),
        relations=tuple(relations),
    )
    if requests is not None and success is not None and duration is not None and success.value <= 1:
        failed = (1 - success.value) * requests.value
        seconds = duration.value + (wait.value if wait is not None else 0.0)
        yield Row(
            subject="vegeta",
            test="throughput",
            place="throughput",
            rate_per_s=numbers.count("throughput"),
            seconds=Reading.exact(seconds, f"{seconds:.4g} s"),
            answers=requests,
            errors=Reading.exact(failed, f"success {success.value:.4g}"),
        )


def is_locust(document: object, _: Path) -> bool:
    """Return whether a document is the list of entries that `locust --json` prints."""
    rows = list_of(document)
    return any(isinstance(row, dict) and {"num_requests", "response_times"} <= set(row) for row in rows)


def locust(document: object, _: Path) -> Iterator[Row]:
    """Yield a row for each entry: name and method."""
    for index, entry in enumerate(list_of(document)):
        if isinstance(entry, dict):
            yield _locust_row(entry, f"[{index}]")


def _locust_row(entry: Mapping[str, object], place: str) -> Row:
    numbers = Numbers(entry)
    requests, failures = numbers.count("num_requests"), numbers.count("num_failures")
    total = numbers.time("total_response_time", unit_s=MILLI)
    timed = _difference(requests, numbers.count("num_none_requests"))
    mean = None
    if total is not None and timed is not None and timed.value > 0:
        mean_s = total.value / timed.value
        mean = Reading.exact(mean_s, f"{total.text} over {timed.text}")
    return Row(
        subject=f"{item(entry, 'method') or ''} {item(entry, 'name') or '?'}".strip(),
        test="",
        place=place,
        answers=requests,
        errors=failures,
        counts_errors=True,
        mean_s=mean,
        least_s=numbers.time("min_response_time", unit_s=MILLI),
        most_s=numbers.time("max_response_time", unit_s=MILLI),
        impossible=tuple(numbers.impossible),
        relations=tuple(_locust_relations(entry, numbers, timed, total)),
    )


def _difference(whole: Reading | None, part: Reading | None) -> Reading | None:
    if whole is None or part is None:
        return whole
    return Reading.exact(whole.value - part.value, whole.text)


def _locust_relations(
    entry: Mapping[str, object], numbers: Numbers, timed: Reading | None, total: Reading | None
) -> Iterator[Relation]:
    requests, failures = numbers.count("num_requests"), numbers.count("num_failures")
    counts = {key: numbers.count("response_times", key) for key, _ in items_of(item(entry, "response_times"))}
    known = {Numbers({"ms": key}).count("ms"): count for key, count in counts.items() if count is not None}
    if timed is not None and known:
        answers = sum(count.value for count in known.values())
        yield Relation("each timed request has one response time", timed, _total(answers, "response times"), 0.0)
    if total is not None and known:
        sum_s = sum(key.value * MILLI * count.value for key, count in known.items() if key is not None)
        rounded = Reading(sum_s, sum_s * (1 - _LOCUST_ROUNDING), sum_s * (1 + _LOCUST_ROUNDING), f"{sum_s:.4g} s")
        slack = Reading(total.value, total.low, total.high + MILLI * (timed.value if timed else 0.0), total.text)
        yield Relation("the total time is the sum of the response times", slack, rounded, 0.01)
    if requests is not None and failures is not None:
        yield Relation("failures are among the requests", requests, failures, 0.0, is_equality=False)
    seconds = {key: numbers.count("num_reqs_per_sec", key) for key, _ in items_of(item(entry, "num_reqs_per_sec"))}
    if requests is not None and seconds:
        by_second = sum(count.value for count in seconds.values() if count is not None)
        yield Relation("the seconds add up to all requests", requests, _total(by_second, "requests by second"), 0.0)


def _total(value: float, name: str) -> Reading:
    return Reading.exact(value, f"{value:,.0f} {name}")
