"""Measure the CPU time of `harness import` for generated pages of many shapes.

    .venv/bin/python benchmarks/imports.py [--megabytes 2] [--json] [SHAPE...]

Each page has the given size, by default 2 MB. It is read by a command of its own, so that the time includes the start
of the program. Printed are figures, CPU seconds, and figures per CPU second.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HEAD = "<!doctype html><html lang=en><title>Flask vs Gin</title><body>"
WRK = """Running 10s test @ http://127.0.0.1:8080/
  {threads} threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     {ms}.25ms    1.10ms  30.11ms   80.00%
    Req/Sec     1.5k    100.00     2.1k    75.00%
  Latency Distribution
     50%    {ms}.00ms
     99%    {ms}9.00ms
  {total} requests in 10.01s, 1.20MB read
Requests/sec:  {rate}.25
Transfer/sec:      1.20MB
"""


class Shape(NamedTuple):
    """A page: its file's name, what stands before, the text of a numbered part, what stands behind."""

    suffix: str
    before: str
    part: Callable[[int], str]
    after: str = ""

    def page(self, size: int) -> str:
        """Return a page of a size in characters."""
        return "".join((self.before, *_filled(self.part, size - len(self.before) - len(self.after)), self.after))


def _filled(part: Callable[[int], str], size: int) -> Iterator[str]:
    left = size
    for number in count(1):
        text = part(number)
        left -= len(text)
        if left < 0:
            return
        yield text


def _name(number: int) -> str:
    return ("Flask", "Gin", f"Fw{number}")[number % 3]


def _wrk(number: int) -> str:
    return WRK.format(threads=number % 8 + 1, ms=number % 90 + 1, total=number * 1000, rate=1000 + number)


def _table_of_markdown(number: int) -> str:
    rows = (
        f"| JSON (req/s) | {1000 + number} | {2000 + number} |\n| Latency (ms) | {number % 90}.5 | {number % 80}.25 |\n"
    )
    return f"\n## Round {number}\n\n| Metric | Flask | Gin |\n|---|---|---|\n{rows}"


def _raw_data(number: int) -> str:
    total = '{"latencyAvg": "1.2ms", "latencyMax": "9.01ms", "totalRequests": %d, "startTime": 1, "endTime": 16}'
    return f'"{_name(number).lower()}-{number}": [{", ".join(total % (number * 100 + level) for level in range(3))}]'


def _techempower(size: int) -> str:
    rows = "".join(_filled(lambda number: f"{_raw_data(number)}, ", size - 300)).removesuffix(", ")
    return (
        '{"name": "round", "duration": 15, "concurrencyLevels": [64, 128, 256], "queryIntervals": [1], '
        f'"rawData": {{"json": {{{rows}}}}}, "succeeded": {{}}, "failed": {{}}}}'
    )


_BASE64 = base64.b64encode(random.Random(7).randbytes(750_000)).decode("ascii")  # noqa: S311 - no secret


def _encoded(number: int) -> str:
    start = number * 1013 % (len(_BASE64) - 1000)
    return _BASE64[start : start + 1000]


def _sentence(number: int) -> str:
    return f"{_name(number)} served {1000 + number} req/s with 64 connections. "


SHAPES: dict[str, Shape] = {
    "table-columns": Shape(
        ".html",
        f"{HEAD}<table><tr><th>Metric</th><th>Flask</th><th>Gin</th></tr>",
        lambda n: f"<tr><td>Latency {n} (ms)</td><td>{n % 900}.5</td><td>{n % 900}.25</td></tr>",
        "</table>",
    ),
    "table-rows": Shape(
        ".html",
        f"{HEAD}<table><tr><th>Framework</th><th>Requests/s</th><th>Latency (ms)</th><th>vs Flask</th></tr>",
        lambda n: f"<tr><td>{_name(n)}</td><td>{1000 + n}</td><td>{n % 90}.5</td><td>{1 + n / 8:.2f}x</td></tr>",
        "</table>",
    ),
    "table-rows-of-frameworks": Shape(
        ".html",
        f"{HEAD}<table><tr><th>Framework</th><th>Requests/s</th></tr>",
        lambda n: f"<tr><td>Fw{n} on gunicorn, Flask</td><td>{1000 + n:,}</td></tr>",
        "</table>",
    ),
    "table-without-frameworks": Shape(
        ".html",
        f"{HEAD}<table><tr><th>City</th><th>Beans</th></tr>",
        lambda n: f"<tr><td>Town {n}</td><td>{1000 + n} MB</td></tr>",
        "</table>",
    ),
    "table-cells": Shape(".html", f"{HEAD}<table><tr>", lambda n: f"<td>{n} ms</td>", "</table>"),
    "table-wide": Shape(
        ".html",
        f"{HEAD}<table><tr><th>Test</th>{''.join(f'<th>Fw{n}</th>' for n in range(198))}</tr>",
        lambda n: f"<tr><td>Test {n}</td>{''.join(f'<td>{n + m} ms</td>' for m in range(198))}</tr>",
        "</table>",
    ),
    "table-spans": Shape(
        ".html",
        f"{HEAD}<table><tr><th>Test</th><th>Flask</th><th>Gin</th></tr>",
        lambda n: f"<tr><td rowspan=200 colspan=200>{n} ms</td></tr>",
        "</table>",
    ),
    "table-empty-rows": Shape(
        ".html", f"{HEAD}<table><tr><td>Flask</td><td>1 ms</td></tr>", lambda _: "<tr><td>", "</table>"
    ),
    "tables-of-html": Shape(
        ".html",
        HEAD,
        lambda n: (
            f"<h2>Round {n}</h2><table><tr><th></th><th>Flask</th><th>Gin</th></tr>"
            f"<tr><td>Rate</td><td>{n + 1000} req/s</td><td>{n + 2000} req/s</td></tr></table>"
        ),
    ),
    "tables-nested": Shape(".html", HEAD, lambda n: f"<table><tr><td>Flask: {n} ms"),
    "paragraphs": Shape(".html", HEAD, lambda n: f"<p>{_name(n)} served {1000 + n} req/s with 64 connections.</p>"),
    "paragraphs-short": Shape(".html", HEAD, lambda n: f"<p>Flask: {n} ms</p>"),
    "paragraphs-without-unit": Shape(".html", HEAD, lambda n: f"<p>{_name(n)} has {1000 + n} beans.</p>"),
    "paragraphs-without-framework": Shape(
        ".html", "<!doctype html><title>A</title>", lambda n: f"<p>It took {n} ms.</p>"
    ),
    "paragraph": Shape(".html", f"{HEAD}<p>", _sentence, "</p>"),
    "paragraph-of-one-sentence": Shape(
        ".html", f"{HEAD}<p>", lambda n: f"{_name(n)} served {1000 + n} req/s, and ", "</p>"
    ),
    "paragraph-of-markup": Shape(".html", f"{HEAD}<p>", lambda n: f"<b>{_name(n)}</b> <i>{n}</i> ms. ", "</p>"),
    "paragraph-of-footnotes": Shape(".html", f"{HEAD}<p>", lambda n: f"10<sup>{n % 9}</sup> ms. "),
    "sections": Shape(".html", HEAD, lambda n: f"<h2>{_name(n)}, round {n}</h2><p>Memory: {n + 30} MB</p>"),
    "sections-of-conditions": Shape(
        ".html", HEAD, lambda n: f"<p>Flask has {n} workers, Fw has {n} threads.</p><p>[{n % 99}]: {n} connections</p>"
    ),
    "cards": Shape(".html", HEAD, lambda n: f"<div><p>{_name(n)}</p><p>{n + 1000} req/s</p></div>"),
    "divs": Shape(".html", HEAD, lambda _: "<div>", "Flask served 1000 req/s."),
    "divs-of-numbers": Shape(".html", HEAD, lambda n: f"<div>Flask: {n} ms", ""),
    "spans-deep": Shape(".html", f"{HEAD}<p>", lambda n: f"<b><i>{n} ms "),
    "lists-deep": Shape(".html", HEAD, lambda n: f"<ul><li>Flask: {n} ms"),
    "links": Shape(".html", HEAD, lambda n: f'<a href="/{n}">{n}</a> '),
    "links-in-list": Shape(".html", HEAD, lambda n: f'<ul><li><a href="/{n}">Gin {n} ms</a></ul>'),
    "pictures": Shape(".html", HEAD, lambda n: f'<img src="{n}.png" alt="Gin: {n} ms">'),
    "pictures-alike": Shape(".html", f"{HEAD}<p>Flask: 12 ms", lambda _: '<img alt="4&#50;">'),
    "svg": Shape(
        ".html", f"{HEAD}<p>Flask: 12 ms</p><svg>", lambda n: f'<path d="M{n} 10 L20 {n}.5"/><text>{n}</text>'
    ),
    "script": Shape(
        ".html", f"{HEAD}<p>Flask: 12 ms</p><script>", lambda n: f"var a{n} = [{n}, '{n} ms<b>'];\n", "</script>"
    ),
    "style": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p><style>", lambda n: f".a{n} {{ width: {n}px }}\n", "</style>"),
    "picture-in-base64": Shape(
        ".html", f'{HEAD}<p>Flask: 12 ms</p><img src="data:image/png;base64,', _encoded, '" alt="1 s">'
    ),
    "base64-in-text": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p><p>", _encoded, "</p>"),
    "base64-in-script": Shape(".html", f'{HEAD}<p>Flask: 12 ms</p><script>a="', _encoded, '"</script>'),
    "comments": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p>", lambda n: f"<!-- {n} ms -->"),
    "comments-open": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p>", lambda n: f"<!-- {n} "),
    "entities": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p><p>", lambda n: f"&#{48 + n % 10};&nbsp;ms. "),
    "angles": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p><p>", lambda _: "<"),
    "quotes": Shape(".html", f"{HEAD}<p>Flask: 12 ms</p><p>", lambda _: '<a b="'),
    "wrk-in-pre": Shape(".html", f"{HEAD}<h2>Flask</h2>", lambda n: f"<pre>{_wrk(n)}</pre>"),
    "wrk-in-one-pre": Shape(".html", f"{HEAD}<h2>Flask</h2><pre>", _wrk, "</pre>"),
    "wrk": Shape("_Flask.txt", "", _wrk),
    "wrk-without-begins": Shape("_Flask.txt", "", lambda n: _wrk(n).partition("\n")[2]),
    "boxes": Shape(
        "_Flask.txt",
        "",
        lambda n: (
            f"| Stat | 50% | 99% | Avg |\n| Latency | {n % 90} ms | 9 ms | 2.1 ms |\n| Req/Sec | 10 | 11 | {n} |\n"
        ),
    ),
    "lines": Shape(".txt", "Flask vs Gin\n", lambda n: f"{_sentence(n)}\n"),
    "lines-blank": Shape(".txt", "Flask vs Gin\nFlask: 12 ms", lambda _: "\n"),
    "line": Shape(".txt", "Flask vs Gin\n", _sentence),
    "line-of-digits": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "7"),
    "line-of-groups": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n1", lambda _: ",234"),
    "line-of-groups-by-spaces": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n1", lambda _: " 234"),
    "line-of-points": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n1", lambda _: ".2"),
    "line-of-letters": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "a"),
    "line-of-spaces": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\nx", lambda _: " ", "x"),
    "line-of-numbers": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda n: f"{n} "),
    "line-of-names": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "Flask "),
    "line-of-colons": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "1:"),
    "line-of-brackets": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "("),
    "line-of-bars": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "| "),
    "line-of-dashes": Shape(".txt", "Flask vs Gin\nFlask: 12 ms\n", lambda _: "-"),
    "bars": Shape(".txt", "| Framework | Requests/s |\n|---|---|\n", lambda n: f"| {_name(n)} | {1000 + n} |\n"),
    "values-rows": Shape(
        ".csv", "Framework,RPS,p99 (ms),Memory (MB)\n", lambda n: f"{_name(n)},{1000 + n}.5,{n % 90}.25,{n % 400}\n"
    ),
    "values-of-one-number": Shape(
        ".csv",
        "framework;metric;value;unit\n",
        lambda n: f"{_name(n)};{('latency', 'memory')[n % 2]} {n};{n % 90},5;{('ms', 'MB')[n % 2]}\n",
    ),
    "values-of-requests": Shape(
        ".csv",
        "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n",
        lambda n: f"0.{n % 10_000:04},0,0,0,0.05,0,200,{n}\n",
    ),
    "values-quoted": Shape(".csv", "Framework,RPS\nFlask,12\n", lambda _: '"'),
    "values-separators": Shape(".csv", "Framework,RPS\nFlask,12\n", lambda _: ","),
    "markdown-paragraphs": Shape(".md", "# Flask vs Gin\n", lambda n: f"\n{_sentence(n)}\n"),
    "markdown-paragraph": Shape(".md", "# Flask vs Gin\n\n", lambda n: f"{_sentence(n)}\n"),
    "markdown-line": Shape(".md", "# Flask vs Gin\n\n", _sentence),
    "markdown-tables": Shape(".md", "# Flask vs Gin\n", _table_of_markdown),
    "markdown-table": Shape(
        ".md", "# Flask vs Gin\n\n| Framework | Requests/s |\n|---|---|\n", lambda n: f"| {_name(n)} | {1000 + n} |\n"
    ),
    "markdown-links": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda n: f"[Gin {n} ms](/{n}) "),
    "markdown-links-open": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda _: "["),
    "markdown-references": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda n: f"[{n}]: /{n}\n"),
    "markdown-emphasis": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda n: f"**{n} ms _"),
    "markdown-stars": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda _: "*a_ "),
    "markdown-ticks": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda n: f"{'`' * (n % 50 + 1)} "),
    "markdown-list": Shape(".md", "# Flask vs Gin\n\n", lambda n: f"- Gin: {n} ms\n"),
    "markdown-list-deep": Shape(".md", "# Flask vs Gin\n\n", lambda n: f"{' ' * (2 * (n % 200))}- Gin: {n} ms\n"),
    "markdown-quotes": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda n: f"{'>' * (n % 300)} {n} ms\n"),
    "markdown-code": Shape(".md", "# Flask\n", lambda n: f"\n```\n{_wrk(n)}```\n"),
    "markdown-html": Shape(".md", "# Flask vs Gin\n", lambda n: f"\n<p>Gin: {n} ms</p>\n"),
    "markdown-angles": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda _: "<a "),
    "markdown-backslashes": Shape(".md", "# Flask vs Gin\n\nFlask: 12 ms\n\n", lambda _: "\\1"),
}
PAGES: dict[str, tuple[str, Callable[[int], str]]] = {
    **{name: (shape.suffix, shape.page) for name, shape in SHAPES.items()},
    "techempower": (".json", _techempower),
}


class Measured(NamedTuple):
    """What an import took: figures, numbers that are not placed, and CPU time."""

    shape: str
    figures: int
    unplaced: int
    cpu_s: float


def measured(shape: str, size: int, folder: Path) -> Measured:
    """Return what the import of one page takes."""
    suffix, page = PAGES[shape]
    path = folder / f"{shape}{suffix}"
    path.write_text(page(size), encoding="utf-8")
    command = [sys.executable, "-m", "harness", "import", str(path), "--output", str(folder / f"{shape}.toml")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = process.stderr.read() if process.stderr else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    counts = re.search(r"(\d+) figures.*?, (\d+) numbers not placed", said)
    if counts is None and process.returncode not in {0, 1}:
        raise RuntimeError(f"{shape}: {said[-500:]}")
    figures, unplaced = (int(counts[1]), int(counts[2])) if counts else (0, 0)
    return Measured(shape, figures, unplaced, usage.ru_utime + usage.ru_stime)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(PAGES))
    parser.add_argument("--megabytes", type=float, default=2.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        for shape in options.shapes or PAGES:
            one = measured(shape, int(options.megabytes * 1e6), Path(folder))
            if options.json:
                print(json.dumps(one._asdict()), flush=True)  # noqa: T201
                continue
            counts = f"{one.figures:7} figures {one.unplaced:7} not placed"
            rate = f"{one.figures / one.cpu_s:8.0f} figures/s"
            print(f"{shape:30} {counts} {one.cpu_s:6.2f} s {rate}", flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
