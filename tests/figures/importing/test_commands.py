"""Command lines in sentences: where they end, and what their options state."""

import pytest

from harness.figures.importing.commands import commands_in, without_commands
from tests.figures.importing.imported import ENGLISH, imported_text, reasons

TOOL, LOAD = "4 threads of the load tool", "64 connections"


@pytest.mark.parametrize(
    ("command", "stated"),
    [
        ("wrk -t4 -c64", {TOOL, LOAD}),
        ("wrk -t 4 -c 64 -d 30", {TOOL, LOAD, "30 s"}),
        ("wrk -t4, -c64 and -d15s", {TOOL, LOAD, "15s"}),
        ("wrk (-t4 -c64)", {TOOL, LOAD}),
        ("wrk with -t4 and -c64", {TOOL, LOAD}),
        ("wrk -t4 -c64 -s post.lua --latency http://127.0.0.1:8000/json", {TOOL, LOAD}),
        ("wrk2 -t4 -c64 -R2000", {TOOL, LOAD, "2000 req/s offered"}),
        ("ab -k -n 1000 -c 64", {"keep-alive", LOAD}),
        ("hey -n 1000 -c 64 -m POST -H 'Content-Type: text/plain'", {LOAD}),
        ("hey -c 64 -q 10", {LOAD}),
        ("oha -c 64 -z 10s http://localhost:5000/", {LOAD, "10s"}),
        ("bombardier -c 64 -d 10s -r 500 localhost:5000", {LOAD, "10s", "500 req/s offered"}),
        ("autocannon -c 64 -d 40 -p 10", {LOAD, "40 s"}),
        ("h2load -c 64 -t 4 -n 1000", {LOAD, TOOL}),
        ("vegeta attack -rate=1000/s -duration=30s", {"1000 req/s offered", "30s"}),
        ("k6 run script.js --vus 50 --duration 30s", {"50 users of k6, whose pauses the page does not state", "30s"}),
        ("k6 --vus=50", {"50 users of k6, whose pauses the page does not state"}),
        ("locust -f shop.py -u 50 -r 10 -t 60s", {"50 users of Locust, whose pauses the page does not state", "60s"}),
        ("gunicorn -w 4 --threads 2 -k gevent app:app", {"4 workers", "2 threads", "gevent worker class"}),
        ("wrk -c 64,128", set()),
        ("wrk -t1 -c1", {"1 thread of the load tool", "1 connection"}),
        ("gunicorn -w 1", {"1 worker"}),
    ],
)
@pytest.mark.parametrize("end", ["", ")", ",", ".", ";", ":", "`", '"', " Flask reached", "), Flask"])
def test_a_command_states_its_load_whatever_stands_behind_it(command: str, stated: set[str], end: str) -> None:
    assert set(commands_in(f"With {command}{end}")) == stated
    left = without_commands(f"With {command}{end}")
    assert len(left) == len(f"With {command}{end}")
    assert left.endswith(end)


@pytest.mark.parametrize(
    "text", ["hey, Flask", "Flask is ab - so to say", "a k6 script", "wrk and -maybe", "siege-engine -c 5"]
)
def test_what_has_no_options_is_no_command(text: str) -> None:
    assert commands_in(text) == ()


@pytest.mark.parametrize(
    "sentence",
    [
        "With {} Flask reached 5,400 req/s and Gin 66,000 req/s.",
        "With {}, Flask reached 5,400 req/s and Gin 66,000 req/s.",
        "With `{}` Flask reached 5,400 req/s and Gin 66,000 req/s.",
        "Flask reached 5,400 req/s and Gin 66,000 req/s with {}.",
        "Flask reached 5,400 req/s and Gin 66,000 req/s (`{}`).",
        "{}: Flask 5,400 req/s, Gin 66,000 req/s.",
        "Load came from {}. Flask reached 5,400 req/s, and Gin reached 66,000 req/s.",
    ],
)
@pytest.mark.parametrize("command", ["wrk -t4 -c64", "ab -n 1000 -c 64", "oha -z 5s -c 64 http://localhost:80/"])
def test_the_figures_of_a_sentence_with_a_command_have_its_connections(sentence: str, command: str) -> None:
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{sentence.format(command)}\n")
    assert [(one.target, one.low, one.stated.connections) for one in page.figures.figures] == [
        ("flask_app", 5400, 64),
        ("gin_app", 66000, 64),
    ]
    assert reasons(page) == []


def test_two_commands_of_one_sentence_are_two_loads() -> None:
    page = imported_text(f"{ENGLISH}\n\nFlask reached 5,400 req/s (wrk -c64) and 4,900 req/s (wrk -c256).\n")
    assert [reason for _, reason in reasons(page)] == ["its sentence states several values of one condition"] * 2


def test_a_command_beside_results_states_nothing_for_other_paragraphs() -> None:
    text = "Flask reached 5,400 req/s with wrk -t4 -c64.\n\nFlask p99 latency: 12 ms"
    page = imported_text(f"# Frameworks\n\n{ENGLISH}\n\n{text}\n")
    assert [one.stated.connections for one in page.figures.figures] == [64, None]
