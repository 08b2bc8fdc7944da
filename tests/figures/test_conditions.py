"""Stated conditions as fields."""

import pytest

from harness.figures.conditions import Conditions, Mode, Payload, State, describe, understand


@pytest.mark.parametrize(
    ("words", "stated"),
    [
        *(
            (word, {"connections": 64})
            for word in ("concurrency 64", "64 connections", "c=64", "c64", "-c 64", "64 concurrent", "wrk -c64")
        ),
        ("1,000 concurrent connections", {"connections": 1000}),
        ("Concurrency Level: 10", {"connections": 10}),
        ("one connection", {"connections": 1}),
        ("64 keep-alive connections", {"connections": 64, "keep_alive": True}),
        ("1,000 req/s", {"rate_per_s": 1000.0}),
        ("at 2.5k requests per second", {"rate_per_s": 2500.0}),
        ("wrk2 -R1000", {"rate_per_s": 1000.0}),
        ("4 workers", {"workers": 4}),
        ("workers: 4", {"workers": 4}),
        ("four worker processes", {"workers": 4}),
        ("2 threads each", {"threads": 2}),
        ("-t4 -c100 -d15s", {"connections": 100, "duration_s": 15.0}),
        ("-n 1000 -c 10", {"connections": 10}),
        ("oha -z 1m --connections=50", {"connections": 50, "duration_s": 60.0}),
        ("4 threads of the load tool", {}),
        ("100,000 requests", {}),
        ("2 vCPUs", {"cpus": 2}),
        ("single core", {"cpus": 1}),
        ("8-core", {"cpus": 8}),
        ("Single Instance", {"instances": 1}),
        ("per instance", {"instances": 1}),
        ("keep-alive", {"keep_alive": True}),
        ("keepalive on", {"keep_alive": True}),
        ("without keep-alive", {"keep_alive": False}),
        ("no keepalive", {"keep_alive": False}),
        ("keep-alive: off", {"keep_alive": False}),
        ("Connection: close", {"keep_alive": False}),
        ("JSON", {"payload": Payload.JSON}),
        ("JSON serialization", {"payload": Payload.JSON}),
        ("Plain Text", {"payload": Payload.PLAIN}),
        ("plaintext", {"payload": Payload.PLAIN}),
        ("simple GET", {"payload": Payload.PLAIN}),
        ("Dynamic Path", {"payload": Payload.PATH}),
        ("POST JSON", {"payload": Payload.POST}),
        ("15 s", {"duration_s": 15.0}),
        ("for 30 seconds", {"duration_s": 30.0}),
        ("duration 2 minutes", {"duration_s": 120.0}),
        ("development server", {"mode": Mode.DEVELOPMENT}),
        ("Flask's built-in development server", {"mode": Mode.DEVELOPMENT}),
        ("debug mode", {"mode": Mode.DEVELOPMENT}),
        ("production", {"mode": Mode.PRODUCTION}),
        ("release mode", {"mode": Mode.PRODUCTION}),
        ("Without Optimization", {"is_tuned": False}),
        ("Concurrent Load", {"is_concurrent": True}),
        ("Idle", {"state": State.IDLE}),
        ("under load", {"state": State.LOADED}),
        ("99th percentile", {"statistic": "p99"}),
        ("p99.9", {"statistic": "p999"}),
        ("average", {"statistic": "mean"}),
        ("4 workers, 100 connections; 15 s", {"workers": 4, "connections": 100, "duration_s": 15.0}),
    ],
)
def test_a_word_is_read_as_fields(words: str, stated: dict[str, object]) -> None:
    conditions = understand((words,))
    assert (conditions.stated(), conditions.others, conditions.conflict) == (stated, (), None)


@pytest.mark.parametrize(
    "words",
    [
        *("PyPI", "all-time", "Serverless", "Global", "2025", "Est.", "for Beginners", "Small API", "to proficiency"),
        *("Python web frameworks", "behind nginx", "64 connections on AWS m5.large", "not JSON", "-x 5", "-c", "", "4"),
        *("100 concurrent users", "500 VUs", "gunicorn -c conf.py", "5 ms", "16 GB"),
    ],
)
def test_a_word_that_is_not_understood_as_a_whole_stays_free(words: str) -> None:
    conditions = understand((words,))
    assert (conditions.others, conditions.stated(), conditions.servers) == ((words,), {}, ())


def test_a_command_of_a_server_states_the_server_and_its_options() -> None:
    conditions = understand(("gunicorn -w 4 --threads 2 -k gthread",))
    assert conditions == Conditions(workers=4, threads=2, servers=("gunicorn",), others=("gthread",))
    assert understand(("4 uvicorn workers behind it", "4 uvicorn workers", "gunicorn")).servers == (
        "gunicorn",
        "uvicorn",
    )


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("64 connections", "256 connections", ("64 connections", "256 connections")),
        ("keep-alive", "no keep-alive", ("keep-alive", "without keep-alive")),
        ("development server", "production", ("development server", "production")),
        ("JSON", "plain text", ("JSON", "plain text")),
        ("1 worker", "4 workers", ("1 worker", "4 workers")),
        ("1,000 rps", "500 rps", ("1,000 req/s offered", "500 req/s offered")),
    ],
)
def test_two_conditions_that_exclude_each_other_are_a_conflict(one: str, other: str, conflict: tuple[str, str]) -> None:
    assert understand((one, other)).conflict == conflict
    assert understand((f"{one}, {other}",)).conflict is not None
    assert understand((one, one, "2025")).conflict is None


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(connections=1_000),
        Conditions(rate_per_s=0.5),
        Conditions(workers=1, threads=2, cpus=4, instances=3),
        Conditions(duration_s=15.0),
        *(Conditions(keep_alive=value) for value in (True, False)),
        *(Conditions(payload=payload) for payload in Payload),
        *(Conditions(mode=mode) for mode in Mode),
        *(Conditions(state=state) for state in State),
        *(Conditions(is_tuned=value) for value in (True, False)),
        Conditions(is_concurrent=True),
        *(Conditions(statistic=name) for name in ("p50", "p95", "p999", "mean")),
    ],
)
def test_a_field_is_read_from_the_words_that_describe_it(conditions: Conditions) -> None:
    assert understand(tuple(describe(field, value) for field, value in conditions.stated().items())) == conditions


def test_two_figures_are_compared_by_the_facts_that_they_state() -> None:
    one, other = understand(("JSON", "4 workers", "PyPI")), understand(("JSON", "c=64", "pypi", "gunicorn"))
    assert one.facts() & other.facts() == {("payload", Payload.JSON), ("other", "pypi")}
    assert other.facts() - one.facts() == {("connections", 64), ("server", "gunicorn")}
