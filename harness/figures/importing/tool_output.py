"""What load tools print: wrk, ab, hey, oha, k6, bombardier and autocannon; `vegeta` has the report of that tool.

Each line of interest has a pattern, and what its number is.

Sources: wg/wrk src/wrk.c; Apache's support/ab.c; rakyll/hey requester/print.go; hatoo/oha src/printer.rs; grafana/k6
internal/js/summary.go; codesenberg/bombardier template/; mcollina/autocannon lib/printResult.js.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from harness.figures.importing.commands import OF_USERS, commands_in, of_one
from harness.figures.importing.found import CHARACTER, Found
from harness.figures.importing.units import only_unit
from harness.figures.importing.vegeta import REPORT, read_vegeta
from harness.figures.importing.vocabulary import LATENCY, THROUGHPUT, Quantity

if TYPE_CHECKING:
    from harness.figures.importing.found import Finder, Place
    from harness.figures.importing.source import Text

_N = r"(?P<number>\d+(?:\.\d+)?)(?![\d.,]*\d)"  # tools group no digits
_INDENT = r"^[^\S\n]*"  # no line break: blank lines are searched once
_UNIT = r"\s?(?P<unit>us|µs|ms|s|secs?|m)\b"


class _Line(NamedTuple):
    """A line of a tool: pattern (`number`, maybe `unit` and `share`), what it is, and a unit that is not printed."""

    pattern: re.Pattern[str]
    label: str
    quantity: Quantity | None = None
    unit: str | None = None
    condition: str = ""
    refusal: str = ""


def _line(pattern: str, label: str, quantity: Quantity | None = None, unit: str | None = None, **rest: str) -> _Line:
    return _Line(re.compile(_INDENT + pattern, re.MULTILINE), label, quantity, unit, **rest)


_LINES = (
    _line(rf"Requests/sec:\s+{_N}", "Requests/sec", THROUGHPUT, "req/s"),
    _line(rf"Reqs/sec\s+{_N}\s+\d", "Reqs/sec", THROUGHPUT, "req/s"),
    _line(rf"Requests per second:\s+{_N}", "Requests per second", THROUGHPUT, "req/s"),
    _line(rf"http_reqs\.*:\s+\d+\s+{_N}/s", "http_reqs", THROUGHPUT, "req/s"),
    _line(
        r"Req/Sec\s+(?P<number>\d+(?:\.\d+)?k?)",
        "Req/Sec",
        refusal="the rate of one thread of wrk, not of the server",
    ),
    _line(rf"Latency\s+{_N}{_UNIT}", "Latency", LATENCY, condition="mean"),
    _line(rf"Time per request:\s+{_N} \[(?P<unit>ms)\] \(mean\)$", "Time per request", LATENCY, condition="mean"),
    _line(
        rf"Time per request:\s+{_N} \[ms\] \(mean, across",
        "Time per request",
        refusal="the inverse of the rate, not a latency",
    ),
    _line(rf"Average:\s+{_N}{_UNIT}", "Average", LATENCY, condition="mean"),
    _line(rf"http_req_duration\.*:\s+avg={_N}{_UNIT}", "http_req_duration avg", LATENCY, condition="mean"),
    _line(rf"http_req_duration\.*:[^\n]*?\bmed={_N}{_UNIT}", "http_req_duration med", LATENCY, condition="median"),
    _line(rf"http_req_duration\.*:[^\n]*?\bp\((?P<share>9[05])\)={_N}{_UNIT}", "http_req_duration p({})", LATENCY),
    _line(rf"http_req_duration\.*:[^\n]*?\bp\((?P<share>95|99)\)={_N}{_UNIT}", "http_req_duration p({})", LATENCY),
    _line(rf"(?P<share>50|75|90|95|99)(?:\.0+)?%\s+(?:in\s+)?{_N}{_UNIT}", "{}%", LATENCY),
    _line(rf"(?P<share>50|75|90|95|99)%\s+{_N}\s*$", "{}%", LATENCY, "ms"),
)
_BEGINS = re.compile(
    r"^(?:[^\S\n]*\$ .*|Running \d+\w test|Bombarding |This is ApacheBench|Summary:)",
    re.MULTILINE,
)
_TOOLS = (
    re.compile(rf"{_INDENT}Thread Stats\s+Avg\s+Stdev", re.MULTILINE),
    re.compile(rf"This is ApacheBench|{_INDENT}Requests per second:\s+\d+\.\d", re.MULTILINE),
    re.compile(rf"{_INDENT}Requests/sec:\s+\d+\.\d", re.MULTILINE),
    re.compile(rf"{_INDENT}http_req_duration\.*:\s+avg=", re.MULTILINE),
    re.compile(rf"{_INDENT}Statistics\s+Avg\s+Stdev\s+Max", re.MULTILINE),
    REPORT,
    re.compile(rf"{_INDENT}[\u2502|]\s*Stat\s*[\u2502|].*\bAvg\b", re.MULTILINE),
)
# Lines that no author writes: a tool's output that its page has as a paragraph, or a part of it behind a blank line.
_PASTED = re.compile(
    rf"{_INDENT}(?:Thread Stats\s+Avg\s|Requests per second:\s+[\d.]+ \[#/sec\]|Slowest:\s+[\d.]+ secs"
    r"|http_req_\w+\.*:\s+avg=|Statistics\s+Avg\s+Stdev|Latency distribution:|Response time (?:histogram|distribution):"
    r"|Details \(average, fastest|Connection Times \(ms\)|Percentage of the requests served within)",
    re.MULTILINE,
)
# The boxes of autocannon: a row of heads, and a row of numbers below each of them.
_BOX = re.compile(
    rf"{_INDENT}[\u2502|]\s*(?P<name>Stat|Latency|Req/Sec)\s*[\u2502|](?P<cells>.+)[\u2502|]\s*$", re.MULTILINE
)
_BOX_CELL = re.compile(r"\s*(?P<number>\d[\d,]*(?:\.\d+)?)(?:\s(?P<unit>ms|s))?\s*(?:[\u2502|]|$)")
_BOX_SHARES = {"50%": "p50", "75%": "p75", "90%": "p90", "95%": "p95", "99%": "p99", "Avg": "mean"}
_STATED = (
    re.compile(r"\d+ threads? and (?P<value>\d+) connections"),
    re.compile(r"^Bombarding .* using (?P<value>\d+) connection", re.MULTILINE),
    re.compile(r"^(?P<value>\d+) connections(?: with|$)", re.MULTILINE),
    re.compile(rf"{_INDENT}Concurrency Level:\s+(?P<value>\d+)", re.MULTILINE),
)
# A user of k6 has connections of its own and may pause, so the number of users is no number of connections.
_K6_USERS = re.compile(rf"{_INDENT}vus\.*:\s+\d+\s+min=\d+\s+max=(?P<value>\d+)", re.MULTILINE)
_SERVER = re.compile(rf"{_INDENT}Server Software:\s+(?P<value>\w+)", re.MULTILINE)
_DURATION = re.compile(r"^Running (?P<value>\d+)(?P<unit>[sm]) test", re.MULTILINE)


def is_tool_output(text: str) -> bool:
    """Return whether a text is what a load tool printed."""
    return any(tool.search(text) for tool in _TOOLS)


def is_pasted_output(text: str) -> bool:
    """Return whether a paragraph is what a load tool printed: its page has it without the marks of code."""
    return _PASTED.search(text) is not None


def read_tool_output(finder: Finder, text: Text, place: Place) -> None:
    """Find the figures of one or more runs of a load tool."""
    plain = text.plain
    bounds = sorted({0, *(match.start() for match in _BEGINS.finditer(plain)), len(plain)})
    spans = [
        (before, start, end)
        for before, start, end in zip((0, *bounds), bounds, bounds[1:], strict=False)
        if is_tool_output(plain[start:end])
    ]
    for number, (earlier, start, end) in enumerate(spans, 1):
        before = plain[earlier:start]
        of_run = replace(place, section=numbered(place.section, number)) if len(spans) > 1 else place
        _read_run(finder, text.part(start, end), of_run, commands_in(plain[start:end]) or commands_in(before))


def numbered(section: str, run: int) -> str:
    """Return the name of one of several runs of load tools in a section: two runs of one load differ."""
    return f"{section or 'Page'}, run {run}"


def _read_run(finder: Finder, text: Text, place: Place, commanded: tuple[str, ...]) -> None:
    if not finder.affords(3 * CHARACTER * len(text.plain), text):
        return
    conditions = place.with_conditions(str(place.subject), *_stated(text.plain), *commanded)
    seen: set[str] = set()
    for line in _LINES:
        for match in line.pattern.finditer(text.plain):
            share = match.groupdict().get("share")
            label = line.label.format(share) if share else line.label
            offset = text.offset(match.start("number"))
            if line.refusal:
                finder.refuse(match["number"], offset, line.refusal, label)
                continue
            if place.subject is None:
                finder.refuse(match["number"], offset, "the output of a load tool names no framework", label)
                continue
            if label in seen:
                continue
            seen.add(label)
            _keep(
                finder,
                text,
                match,
                line,
                (label, place, (*((f"p{share}",) if share else ()), *filter(None, [line.condition]), *conditions)),
            )

    _read_boxes(finder, text, place, conditions)
    read_vegeta(finder, text, place, conditions)


def _read_boxes(finder: Finder, text: Text, place: Place, conditions: tuple[str, ...]) -> None:
    """Find the mean rate, and the latencies, in the boxes of autocannon."""
    heads: list[str] = []
    for row in _BOX.finditer(text.plain):
        cells = re.split(r"[\u2502|]", row["cells"])
        if row["name"] == "Stat":
            heads = [cell.strip() for cell in cells]
            continue
        start = row.start("cells")
        for head, cell in zip(heads, cells, strict=False):
            found = _BOX_CELL.match(text.plain, start)
            start += len(cell) + 1
            is_rate = row["name"] == "Req/Sec"
            if found is None or (head != "Avg" if is_rate else head not in _BOX_SHARES or not found["unit"]):
                continue
            label, offset = f"{row['name']} {head}", text.offset(found.start("number"))
            if place.subject is None:
                finder.refuse(found["number"], offset, "the output of a load tool names no framework", label)
                continue
            end = found.end("number") if is_rate else found.end("unit")
            stated = conditions if is_rate else (_BOX_SHARES[head], *conditions)
            finder.keep(
                Found(
                    printed=text.plain[found.start("number") : end],
                    offset=offset,
                    label=label,
                    section=place.section,
                    target=place.subject,
                    key="value",
                    numbers=(float(found["number"].replace(",", "")),),
                    unit="req/s" if is_rate else found["unit"],
                    quantity=THROUGHPUT if is_rate else LATENCY,
                    conditions=stated,
                    digits=found["number"],
                )
            )


def _keep(
    finder: Finder, text: Text, match: re.Match[str], line: _Line, about: tuple[str, Place, tuple[str, ...]]
) -> None:
    label, place, conditions = about
    unit = line.unit or only_unit(match["unit"] if match["unit"] != "m" else "min")
    start = match.start("number")
    end = match.end("unit") if line.unit is None and "[" not in match[0] else match.end("number")
    finder.keep(
        Found(
            printed=text.plain[start:end],
            offset=text.offset(start),
            label=label,
            section=place.section,
            target=str(place.subject),
            key="value",
            numbers=(float(match["number"]),),
            unit=unit,
            quantity=line.quantity,
            conditions=conditions,
            digits=match["number"],
        )
    )


def _stated(plain: str) -> list[str]:
    """Return the load that the output itself states."""
    found = [
        of_one(f"{match['value']} connections") for pattern in _STATED for match in [pattern.search(plain)] if match
    ]
    if users := _K6_USERS.search(plain):
        found.append(of_one((OF_USERS % "k6").format(users["value"])))
    if duration := _DURATION.search(plain):
        found.append(f"{duration['value']} {duration['unit']}")
    if server := _SERVER.search(plain):
        found.append(server["value"].lower())
    return found
