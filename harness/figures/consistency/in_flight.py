"""Rate, latency and connections of one row: the rule IN_FLIGHT, by Little's law.

A connection has one request in flight at most, so rate times mean latency can't exceed the connections. Half of the
requests take the median or longer, so half of the median counts like a mean, and a hundredth of the p99. Less in flight
than connections is no contradiction: users pause, and an open load waits for its next arrival.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from harness.figures.conditions import understand
from harness.figures.consistency.claims import possible
from harness.figures.consistency.wording import listed, number_of
from harness.figures.published import Contradiction, Figure, Rule
from harness.units import Unit, significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.figures.consistency.scope import Facts, Page

LEEWAY = 3.0
"""wrk adds latencies for stalls, and tables average several rounds, so a page is accused far beyond the law only."""
LEEWAY_OF_UNKNOWN_TOOLS = 20.0
"""autocannon and scripts of TechEmpower have up to 16 requests in flight on a connection, and pages rarely say so."""
_TOOLS_WITHOUT_PIPELINES = re.compile(
    r"\b(?:ab|apache ?bench|hey|oha|k6|locust|jmeter|siege|wrk2?|bombardier|vegeta)\b", re.IGNORECASE
)
AT_LEAST = {"mean": 1.0, "p50": 0.5, "p90": 0.1, "p95": 0.05, "p99": 0.01, "p999": 0.001}
_STATISTICS = (
    ("p999", re.compile(r"\bp?99[.]9(?:%|th\b|\b)|\bp999\b")),
    *((f"p{q}", re.compile(rf"\bp{q}\b(?![.]9)|\b{q}(?:%|th\b)")) for q in (99, 95, 90, 50)),
    ("p50", re.compile(r"\bmedian\b")),
    ("mean", re.compile(r"\b(?:mean|average|avg)\b|\btime per request\b(?!.*across)")),
)
_MANY_PER_CONNECTION = re.compile(
    r"pipelin|http/?\s?[23]\b|\bh2c?\b|multiplex|\bstream|\bbatch|web-?socket|grpc", re.IGNORECASE
)
_NOT_OF_A_ROW = frozenset({"connections", "statistic"})


def overfull_rows(plain: Iterable[Figure], page: Page, words: str) -> Iterator[Contradiction]:
    """Yield the rows whose rate and latency need more requests in flight than the row has connections.

    Args:
        plain: The figures of the page that are no ratios.
        page: The scopes of the page's figures.
        words: Title and source of the page.
    """
    rows: dict[tuple[str, str, bool, Facts], list[Figure]] = defaultdict(list)
    for figure in plain:
        if figure.unit.base in {Unit.SECOND, Unit.PER_SECOND}:
            scope = page.scope(figure)
            facts = frozenset(fact for fact in scope.facts if not _is_of_statistic(*fact))
            rows[figure.target, figure.section, scope.is_prose, facts].append(figure)
    for (*_, is_prose, _), figures in rows.items():
        text = " ".join((words, *map(_text, figures)))
        if not _MANY_PER_CONNECTION.search(text):
            is_plain = _TOOLS_WITHOUT_PIPELINES.search(text)
            yield from _overfull(figures, LEEWAY if is_plain else LEEWAY_OF_UNKNOWN_TOOLS, is_prose=is_prose)


def _overfull(figures: Sequence[Figure], leeway: float, *, is_prose: bool) -> Iterator[Contradiction]:
    levels = {number for one in figures if (number := connections_of(one)) is not None}
    for level in sorted(levels):
        fitting = {level} if is_prose or len(levels) > 1 else {level, None}
        of_level = [one for one in figures if connections_of(one) in fitting]
        rates = [one for one in of_level if one.unit.base is Unit.PER_SECOND]
        latencies = [one for one in of_level if one.unit.base is Unit.SECOND and statistic_of(one)]
        if not rates or not latencies:
            continue
        rate = min(rates, key=lambda one: possible(one)[0])
        latency = max(latencies, key=_least_mean)
        if possible(rate)[0] * _least_mean(latency) > leeway * level:
            yield Contradiction(Rule.IN_FLIGHT, _message(rate, latency, level), (rate, latency))


def _least_mean(latency: Figure) -> float:
    """Return the least mean latency that a printed one allows, in seconds."""
    return possible(latency)[0] * AT_LEAST[statistic_of(latency) or "p999"]


def _message(rate: Figure, latency: Figure, level: int) -> str:
    statistic = statistic_of(latency) or ""
    share = AT_LEAST[statistic]
    factor = "" if share == 1 else f"{share:g} x "  # the share of requests that take as long or longer
    in_flight = significant(rate.nominal * latency.nominal * share)
    return (
        f"{factor}{number_of(rate)} x {latency.unit.say(latency.nominal)} = {in_flight} requests in flight, by "
        f"{listed([rate, latency])}, and {level:,} connections have at most {level:,}."
    )


def connections_of(figure: Figure) -> int | None:
    """Return the connections that a figure's conditions or its label state."""
    stated = figure.stated.connections
    return stated if stated is not None else understand((figure.label,)).connections


def statistic_of(figure: Figure) -> str | None:
    """Return the statistic of a latency that its conditions or its label state; None without a known one."""
    if figure.stated.statistic is not None:
        return figure.stated.statistic if figure.stated.statistic in AT_LEAST else None
    label = figure.label.casefold()
    return next((name for name, pattern in _STATISTICS if pattern.search(label)), None)


def _is_of_statistic(field: str, value: object) -> bool:
    if field in _NOT_OF_A_ROW:
        return True
    return field == "word" and any(pattern.fullmatch(str(value)) for _, pattern in _STATISTICS)


def _text(figure: Figure) -> str:
    return " ".join((figure.section, figure.label, figure.printed, *figure.conditions))
