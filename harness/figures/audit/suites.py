"""The result files of public suites: TechEmpower, HttpArena, the-benchmarker. One reader each.

Sources: TechEmpower/FrameworkBenchmarks toolset/utils/results.py; MDA2AV/HttpArena scripts/lib/profiles.sh and
site/data; the-benchmarker/web-frameworks .tasks/collect.rake and db.rake; wg/wrk src/wrk.c.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from harness.figures.audit.numbers import MICRO, Numbers, item, items_of, list_of, nominal, word
from harness.figures.audit.rows import Loop, Reading, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PIPELINE_DEPTH = 16  # of TechEmpower's plaintext test: toolset/wrk/pipeline.sh
_MOST_WRK_THREADS = 64
_SOCKET_ERRORS = ("connect", "read", "write", "timeout")
_WRK_RUNS_LONGER = 0.05  # wrk's threads look every 100 ms whether the time is over, and finish then
_ARENA_RUNS_LONGER = 0.10

# HttpArena's tests that are not driven by gcannon: several requests in flight on a connection, which the file does not
# state (h2load), or wrk, whose mean has added samples.
_MULTIPLEXED = re.compile(r"(?:^|-)(?:h2c?|h3|grpc|gateway|production|ws)(?:-|$)")
_BY_WRK = re.compile(r"^(?:static|json-tls)(?:-|$)")


def is_techempower(document: object, _: Path) -> bool:
    """Return whether a document is TechEmpower's results.json."""
    return isinstance(item(document, "rawData"), dict) and item(document, "duration") is not None


def techempower(document: object, _: Path) -> Iterator[Row]:
    """Yield a row for each test type, program and level."""
    seconds = nominal(Numbers(document).count("duration"), _WRK_RUNS_LONGER)
    for test, programs in items_of(item(document, "rawData")):
        loads = list(_techempower_loads(document, test))
        for program, levels in items_of(programs):
            for index, level in enumerate(list_of(levels)):
                if isinstance(level, dict) and level:
                    load = loads[index] if index < len(loads) else (None, test)
                    yield _techempower_row((test, program, index), level, load, seconds)


def _techempower_row(
    key: tuple[str, str, int], level: Mapping[str, object], load: tuple[int | None, str], seconds: Reading | None
) -> Row:
    (test, program, index), (connections, label) = key, load
    numbers = Numbers(level)
    numbers_of_errors = [numbers.count(name) for name in _SOCKET_ERRORS if name in level]
    return Row(
        subject=program,
        test=label,
        place=f"rawData.{test}.{program}[{index}]",
        loop=Loop.CLOSED if connections is not None else Loop.UNKNOWN,
        connections=connections,
        depth=PIPELINE_DEPTH if test == "plaintext" else 1,
        unopened=_unopened(connections),
        seconds=seconds,
        answers=numbers.count("totalRequests"),
        errors=numbers.count("5xx"),
        counts_errors=True,
        unanswered=sum(one.value for one in numbers_of_errors if one is not None),
        adds_samples=True,
        mean_s=numbers.duration("latencyAvg"),
        spread_s=numbers.duration("latencyStdev"),
        most_s=numbers.duration("latencyMax"),
        impossible=tuple(numbers.impossible),
    )


def _techempower_loads(document: object, test: str) -> Iterator[tuple[int | None, str]]:
    """Yield the connections of each row of a test, and the test with what else distinguishes the row."""
    levels = [_integer(level) for level in list_of(item(document, "concurrencyLevels"))]
    most = max((level for level in levels if level is not None), default=None)
    intervals = {"query": "queryIntervals", "update": "queryIntervals", "cached_query": "cachedQueryIntervals"}
    if test in intervals:
        queries = [_integer(level) for level in list_of(item(document, intervals[test]))]
        yield from ((most, f"{test} {number}") for number in queries)
        return
    if test == "plaintext":
        levels = [_integer(level) for level in list_of(item(document, "pipelineConcurrencyLevels"))]
    yield from ((level, test) for level in levels)


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else None


@cache
def _unopened(connections: int | None) -> int:
    """Return how many connections wrk may not open: each thread opens connections / threads of them, rounded down."""
    threads = range(1, min(connections or 1, _MOST_WRK_THREADS) + 1)
    return max((connections or 0) % count for count in threads)


def is_httparena(document: object, _: Path) -> bool:
    """Return whether a document is HttpArena's: the rows of one test, or all tests of one program."""
    rows = list_of(document) or [row for _, row in items_of(item(document, "results"))]
    return any(isinstance(row, dict) and {"framework", "rps", "connections"} <= set(row) for row in rows)


def httparena(document: object, path: Path) -> Iterator[Row]:
    """Yield a row for each test of each program. A file of one test has its name from the file's own."""
    for index, row in enumerate(list_of(document)):
        if isinstance(row, dict):
            yield _httparena_row(row, path.stem, f"[{index}]")
    for test, row in items_of(item(document, "results")):
        if isinstance(row, dict):
            yield _httparena_row(row, test, f"results.{test}")


def _httparena_row(values: Mapping[str, object], test: str, place: str) -> Row:
    numbers = Numbers(values)
    good = [numbers.count(f"status_{kind}xx") for kind in "23"]
    bad = [numbers.count(f"status_{kind}xx") for kind in "45"]
    answers, errors = _sum("answers", [*good, *bad]), _sum("answers 4xx and 5xx", bad)
    connections, mean = numbers.whole("connections"), numbers.duration("avg_latency")
    p99, p999 = numbers.duration("p99_latency"), numbers.duration("p99_9_latency")
    rate = numbers.count("rps", step=1.0)
    reconnects = numbers.count("reconnects")
    by_wrk = bool(_BY_WRK.search(test)) or _is_of_wrk(values)
    return Row(
        subject=word(values, "framework") or "?",
        test=test,
        place=place,
        loop=Loop.UNKNOWN if connections is None or _in_flight_is_unknown(values, test) else Loop.CLOSED,
        connections=connections,
        depth=numbers.whole("pipeline") or 1,
        client_threads=numbers.whole("threads") or 1,
        unopened=(connections or 0) % (numbers.whole("threads") or 1) if by_wrk else 0,
        rate_per_s=rate,
        seconds=nominal(numbers.duration("duration"), _ARENA_RUNS_LONGER),
        answers=answers,
        errors=errors,
        reconnects=reconnects.value if reconnects is not None else 0.0,
        adds_samples=by_wrk,
        mean_s=mean,
        percentiles=tuple((share, one) for share, one in ((0.99, p99), (0.999, p999)) if one is not None),
        impossible=tuple(numbers.impossible),
    )


def _is_of_wrk(values: Mapping[str, object]) -> bool:
    """Return whether wrk measured a row: of the tools, it alone prints the bytes per second without `/s`."""
    bandwidth = word(values, "bandwidth")
    return bandwidth != "" and not bandwidth.endswith("/s")


def _in_flight_is_unknown(values: Mapping[str, object], test: str) -> bool:
    """Return whether a row's requests in flight are not its connections: several streams each, or a fixed rate.

    h2load prints no percentiles. HttpArena then repeats its mean as p99.
    """
    repeats_mean = word(values, "p99_latency") == word(values, "avg_latency") != "" and not _is_of_wrk(values)
    return bool(_MULTIPLEXED.search(test)) or repeats_mean or item(values, "target_rate") is not None


def _sum(name: str, readings: list[Reading | None]) -> Reading | None:
    known = [reading for reading in readings if reading is not None]
    total = sum(reading.value for reading in known)
    return Reading.exact(total, f"{total:,.0f} {name}") if known else None


def is_the_benchmarker(document: object, _: Path) -> bool:
    """Return whether a document is the-benchmarker's data.json."""
    metrics = list_of(item(document, "metrics"))
    return any(isinstance(one, dict) and {"framework_id", "label", "value"} <= set(one) for one in metrics)


def the_benchmarker(document: object, _: Path) -> Iterator[Row]:
    """Yield a row for each program and number of connections. Its numbers are averages over the routes."""
    names = {
        str(item(one, "id")): " ".join(filter(None, (word(one, "language"), word(one, "label"))))
        for one in list_of(item(document, "frameworks"))
    }
    rows: dict[tuple[str, int | None], dict[str, object]] = defaultdict(dict)
    for metric in list_of(item(document, "metrics")):
        program, level = str(item(metric, "framework_id")), _integer(item(metric, "level"))
        rows[program, level][word(metric, "label")] = item(metric, "value")
    longest_us = max((_value(values, "duration_ms") for values in rows.values()), default=0.0)
    for (program, level), values in rows.items():
        if _value(values, "total_requests_per_s") or _value(values, "total_requests"):
            is_whole = _value(values, "duration_ms") > 0.95 * longest_us
            place = f"metrics of framework_id {program}, level {level}"
            yield _the_benchmarker_row(
                values, names.get(program, f"framework {program}"), level, place, is_whole=is_whole
            )


def _value(values: Mapping[str, object], key: str) -> float:
    reading = Numbers(values).count(key)
    return reading.value if reading is not None else 0.0


def _the_benchmarker_row(
    values: Mapping[str, object], program: str, level: int | None, place: str, *, is_whole: bool
) -> Row:
    numbers = Numbers(values)

    def micros(label: str) -> Reading | None:
        return numbers.time(label, unit_s=MICRO, step=1.0)

    sockets = ("socket_connection_errors", "socket_read_errors", "socket_write_errors", "request_timeouts")
    percentiles = {0.5: "50", 0.75: "75", 0.9: "90", 0.99: "99", 0.99999: "99.999"}
    read = ((share, micros(f"percentile_{percent}")) for share, percent in percentiles.items())
    return Row(
        subject=program,
        test="all routes",
        place=place,
        loop=Loop.CLOSED if is_whole and level is not None else Loop.UNKNOWN,
        connections=level,
        unopened=_unopened(level),
        rate_per_s=numbers.count("total_requests_per_s", step=1.0),
        seconds=numbers.time("duration_ms", unit_s=MICRO),  # microseconds, whatever its name says
        answers=numbers.count("total_requests"),
        errors=numbers.count("http_errors"),
        counts_errors=True,
        unanswered=sum(_value(values, label) for label in sockets),
        adds_samples=True,
        is_average=True,
        mean_s=micros("average_latency"),
        spread_s=micros("standard_deviation"),
        least_s=micros("minimum_latency"),
        most_s=micros("maximum_latency"),
        percentiles=tuple((share, reading) for share, reading in read if reading is not None),
        impossible=tuple(numbers.impossible),
    )
