"""The output of load tools on a page: each run by itself."""

import pytest

from harness.figures.consistency import find_contradictions
from tests.figures.importing.imported import imported_text, reasons

BOMBARDIER = """Bombarding http://127.0.0.1:8000 for 10s using 125 connection(s)
Statistics        Avg      Stdev        Max
  Reqs/sec     12345.67    1200.10   15000.00
  Latency        8.10ms     2.10ms    90.00ms
  Latency Distribution
     50%     7.90ms
     99%    20.00ms
  Throughput:     2.90MB/s
"""
AUTOCANNON = """Running 10s test @ http://127.0.0.1:8000
100 connections

│ Stat    │ 2.5% │ 50%  │ 97.5% │ 99%   │ Avg     │ Stdev   │ Max   │
├─────────┼──────┼──────┼───────┼───────┼─────────┼─────────┼───────┤
│ Latency │ 6 ms │ 7 ms │ 12 ms │ 15 ms │ 7.65 ms │ 2.10 ms │ 95 ms │
└─────────┴──────┴──────┴───────┴───────┴─────────┴─────────┴───────┘
│ Stat      │ 1%     │ 2.5%   │ 50%    │ 97.5%  │ Avg      │ Stdev  │ Min   │
│ Req/Sec   │ 9,800  │ 9,800  │ 12,503 │ 13,303 │ 11,345.6 │ 980.12 │ 9,798 │
│ Bytes/Sec │ 2.1 MB │ 2.1 MB │ 2.7 MB │ 2.9 MB │ 2.6 MB   │ 200 kB │ 2.1 MB │
123k requests in 10.02s, 26.8 MB read
"""


def _page(*outputs: str) -> str:
    return "# Flask\n\n" + "\n".join(f"```\n{output}```\n" for output in outputs)


def test_the_rate_and_the_latencies_of_bombardier_are_read() -> None:
    figures = imported_text(_page(BOMBARDIER)).figures.figures
    assert [figure.printed for figure in figures] == ["12345.67", "8.10ms", "7.90ms", "20.00ms"]
    assert all("125 connections" in figure.conditions for figure in figures)


def test_the_boxes_of_autocannon_are_read_by_their_heads() -> None:
    figures = imported_text(_page(AUTOCANNON)).figures.figures
    assert [(figure.printed, figure.conditions[0]) for figure in figures] == [
        ("7 ms", "p50"),
        ("15 ms", "p99"),
        ("7.65 ms", "mean"),
        ("11,345.6", "100 connections"),
    ]


K6 = """     http_req_duration..........: avg=4.5ms min=1ms med=4ms max=20ms p(90)=8ms p(95)=9ms
     http_reqs..................: 60000   2000.5/s
     vus........................: 1       min=1 max=50
     vus_max....................: 50      min=50 max=50
"""


def test_the_users_of_k6_are_no_connections() -> None:
    """A user may pause between two requests, and the output does not say so."""
    figures = imported_text(_page(K6)).figures.figures
    assert [figure.printed for figure in figures] == ["4.5ms", "4ms", "8ms", "9ms", "2000.5"]
    users = "50 users of k6, whose pauses the page does not state"
    assert all(users in figure.conditions for figure in figures)
    assert not any("connection" in condition for figure in figures for condition in figure.conditions)


def test_two_runs_do_not_contradict_each_other_nor_give_each_other_conditions() -> None:
    file = imported_text(_page(AUTOCANNON, BOMBARDIER, BOMBARDIER.replace("12345.67", "13000.25")))
    assert len(file.figures.figures) == 12
    assert not find_contradictions(file.figures)
    assert not any("100 connections" in figure.conditions for figure in file.figures.figures[4:])


HEY = "```\nSummary:\n  Total:\t10.0 secs\n  Requests/sec:\t66000.1\n```\n"


@pytest.mark.parametrize(
    ("title", "words", "target"),
    [
        ("Flask and Gin", "We ran hey against Gin:", "gin_app"),
        ("Flask and Gin", "Flask was slow. Now hey against Gin:", "gin_app"),
        ("Flask and Gin", "Gin does better.", "gin_app"),
        ("Flask", "We ran hey against Gin:", "gin_app"),
        ("Flask", "Gin does better.", "flask_app"),
        ("Flask", "We ran hey:", "flask_app"),
    ],
)
def test_the_text_before_an_output_says_whose_it_is(title: str, words: str, target: str) -> None:
    page = imported_text(f"# {title}\n\n{words}\n\n{HEY}")
    assert [(one.target, one.printed) for one in page.figures.figures] == [(target, "66000.1")]


@pytest.mark.parametrize("words", ["We ran hey against Flask and Gin:", "We ran hey.", "Gin it is.\n\nWe ran hey."])
def test_an_output_behind_no_single_name_is_refused(words: str) -> None:
    page = imported_text(f"# Flask and Gin\n\n{words}\n\n{HEY}")
    assert reasons(page) == [("66000.1", "the output of a load tool names no framework")]


VEGETA = """Requests      [total, rate, throughput]         30000, 1000.03, 999.98
Duration      [total, attack, wait]             30.001s, 29.999s, 1.487ms
Latencies     [min, mean, 50, 90, 95, 99, max]  312µs, 1.2ms, 1.1ms, 1.9ms, 2.3ms, 5.7ms, 1m2s
Success       [ratio]                           100.00%
"""


@pytest.mark.parametrize(
    ("command", "load"),
    [
        ("", ("1,000.03 req/s offered",)),
        ("$ vegeta attack -rate=1000/s -duration=30s\n", ("1000 req/s offered", "30s")),
    ],
)
def test_the_report_of_vegeta_has_latencies_under_an_offered_rate(command: str, load: tuple[str, ...]) -> None:
    figures = imported_text(_page(command + VEGETA)).figures.figures
    assert [(figure.printed, figure.conditions) for figure in figures] == [
        ("999.98", load),
        *((text, (statistic, *load)) for text, statistic in [("1.2ms", "mean"), ("1.1ms", "p50"), ("1.9ms", "p90")]),
        *((text, (statistic, *load)) for text, statistic in [("2.3ms", "p95"), ("5.7ms", "p99")]),
    ]
    assert {figure.metric for figure in figures} == {"throughput.closed.*", "latency.*"}


WRK = """Running 30s test @ http://127.0.0.1:8000/
  4 threads and 100 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    38.12ms   10.21ms 201.32ms   88.31%
    Req/Sec   660.12    110.20     1.02k    71.20%
  79012 requests in 30.03s, 14.10MB read
Requests/sec:   2631.12
Transfer/sec:    480.80KB
"""
HEY_IN_PARTS = """Summary:
  Total:\t30.0123 secs
  Slowest:\t0.2013 secs
  Average:\t0.0381 secs
  Requests/sec:\t2631.1234

Latency distribution:
  10% in 0.0121 secs
  99% in 0.2013 secs
"""


@pytest.mark.parametrize("output", [WRK, HEY_IN_PARTS])
def test_an_output_that_its_page_has_without_a_fence_is_read_as_one(output: str) -> None:
    page = imported_text(f"# Flask\n\n{output}")
    stated = [(one.metric, one.stated.statistic) for one in page.figures.figures]
    assert sorted(stated, key=str) == [("latency.*", "mean"), ("throughput.closed.*", None)]


def test_a_number_with_groups_is_no_number_of_a_tool() -> None:
    assert imported_text(_page("Requests/sec: 2,631.12\n")).figures.figures == ()


def test_headings_between_the_runs_of_a_transcript_say_whose_they_are() -> None:
    runs = ("# Flask", "$ wrk -t4 -c100 http://127.0.0.1/", WRK, "# Gin", "# wrk -c50 http://127.0.0.1/", WRK)
    page = imported_text("\n".join(runs), "runs.txt")
    rates = [one for one in page.figures.figures if one.metric == "throughput.closed.*"]
    assert [(one.target, "4 threads of the load tool" in one.conditions) for one in rates] == [
        ("flask_app", True),
        ("gin_app", False),
    ]
