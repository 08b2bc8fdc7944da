"""Stated conditions, compared with what a run drove."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.figures.driven import states_load
from harness.figures.judge import judge
from harness.figures.published import Figure, FigureSet, Judgement
from harness.manifest import load_targets
from harness.model import Comparison, Result, Subject, Summary, Verdict
from tests.checkout import ROOT
from tests.figures.cases import GIN, GTHREAD, RUN, SYNC, comparison, figure, result

TARGETS = load_targets(ROOT)
DEVELOPMENT = Subject("flask_app", "dev-server")


def at(connections: int, rate: float, subject: Subject = GTHREAD, scenario: str = "hello") -> Result:
    return result(subject, f"throughput.closed.c{connections}", (0.99 * rate, rate, 1.01 * rate), scenario)


RATES = (at(1, 1_000), at(8, 2_000), at(64, 4_000), at(64, 3_000, scenario="json_body"))


def verdict_on(one: Figure, *facts: Result | Comparison, cpus: int = 1) -> Judgement:
    results = tuple(fact for fact in facts if isinstance(fact, Result))
    comparisons = tuple(fact for fact in facts if isinstance(fact, Comparison))
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (one,))
    run = replace(RUN, plan=replace(RUN.plan, target_cpus=cpus))
    return judge(page, Summary(run, results, comparisons), TARGETS).judgements[0]


def rate(value: float, *conditions: str, metric: str = "throughput.closed.*", target: str = "flask_app") -> Figure:
    return figure(metric, "req/s", value, rounding=0.05 * value, conditions=conditions, target=target)


def measured(judgement: Judgement) -> list[float]:
    return [piece.estimate for piece in judgement.evidence]


# Levels of load.


@pytest.mark.parametrize("words", ["concurrency 64", "64 connections", "c=64", "-t4 -c64 -d15s"])
def test_a_figure_is_compared_with_the_level_that_it_states(words: str) -> None:
    confirmed = verdict_on(rate(4_000, words, "plain text"), *RATES)
    assert (confirmed.verdict, measured(confirmed)) == (Verdict.CONFIRMED, [4_000])
    assert verdict_on(rate(6_000, words, "plain text"), *RATES).verdict is not Verdict.CONFIRMED


def test_a_level_that_was_not_driven_is_not_measured_and_the_reason_names_the_driven_levels() -> None:
    judgement = verdict_on(rate(4_000, "concurrency 256"), *RATES)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "The run drove Flask at 1, 8 and 64 connections, not at 256.",
    )
    named = verdict_on(rate(4_000, metric="throughput.closed.c256"), *RATES)
    assert (named.verdict, named.reason) == (judgement.verdict, judgement.reason)


def test_only_the_levels_of_the_stated_payload_count_as_driven() -> None:
    judgement = verdict_on(rate(4_000, "JSON", "8 connections"), *RATES)
    assert judgement.reason == "The run drove Flask at 64 connections, not at 8."


def test_a_rate_selects_open_load() -> None:
    open_load = result(GTHREAD, "latency.open.r1000.p50", (0.00099, 0.001, 0.00101))
    closed = result(GTHREAD, "latency.closed.c64.p50", (0.0099, 0.01, 0.0101))
    one = figure("latency.*", "ms", 1, rounding=0.05, conditions=("at 1,000 req/s",))
    assert verdict_on(one, open_load, closed).verdict is Verdict.CONFIRMED
    other = verdict_on(replace(one, conditions=("at 500 req/s",)), open_load, closed)
    assert (other.verdict, other.reason) == (
        Verdict.NOT_MEASURED,
        "The run drove Flask at 1,000 req/s, not at 500.",
    )


def test_a_percentile_selects_its_metrics() -> None:
    p50 = result(GTHREAD, "latency.closed.c64.p50", (0.0099, 0.01, 0.0101))
    p99 = result(GTHREAD, "latency.closed.c64.p99", (0.0198, 0.02, 0.0202))
    one = figure("latency.*", "ms", 20, rounding=0.5, conditions=("99th percentile", "c64"))
    assert measured(verdict_on(one, p50, p99)) == [0.02]
    absent = verdict_on(replace(one, conditions=("p95", "c64")), p50, p99)
    assert absent.reason == "The run has no latency of Flask for 'p95', 'c64'."


@pytest.mark.parametrize(
    ("metric", "words", "states"),
    [
        ("throughput.closed.c64", (), True),
        ("latency.closed.c64.*", (), True),
        ("latency.own60.p99", (), True),
        ("throughput.closed.*", (), False),
        ("latency.*", (), False),
        ("throughput.closed.*", ("c=8",), True),
        ("latency.*", ("1,000 rps",), True),
        ("throughput.closed.*", ("concurrent load",), False),
        ("memory.idle", (), False),
    ],
)
def test_a_figure_states_its_load_by_its_metric_or_its_conditions(
    metric: str, words: tuple[str, ...], *, states: bool
) -> None:
    assert states_load(figure(metric, "req/s", 1, conditions=words)) is states


# Setups.


def test_a_stated_payload_selects_its_scenario() -> None:
    assert measured(verdict_on(rate(3_000, "JSON", "c64"), *RATES)) == [3_000]
    missing = verdict_on(rate(3_000, "Dynamic Path", "c64"), *RATES)
    assert (missing.verdict, missing.reason) == (
        Verdict.NOT_COMPARABLE,
        "It is stated for dynamic path, which was not driven. Driven: plain text and JSON.",
    )


@pytest.mark.parametrize(
    ("words", "driven"),
    [
        ("4 workers", "4 workers, which was not driven. Driven: 1 worker"),
        ("8 threads", "8 threads, which was not driven. Driven: 4 threads"),
        (
            "2 CPUs",
            "2 CPUs, which was not driven. Driven: 1 CPU. `harness run --target-cpus 2` gives each target 2 CPUs",
        ),
        ("no keep-alive", "without keep-alive, which was not driven. Driven: keep-alive"),
        ("development server", "development server, which was not driven. Driven: production"),
        ("waitress", "waitress, which was not driven. Driven: gunicorn"),
        ("4 instances", "4 instances, which was not driven. Driven: 1 instance"),
        (
            "4 uvicorn workers",
            "4 workers and uvicorn, which were not driven. Driven: 1 worker; gunicorn",
        ),
    ],
)
def test_a_setup_that_was_not_driven_is_not_comparable_and_the_reason_names_what_was(words: str, driven: str) -> None:
    judgement = verdict_on(rate(4_000, words, "c64"), *RATES)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.reason == f"It is stated for {driven}."


@pytest.mark.parametrize(
    ("words", "rates"),
    [
        ("gunicorn with 1 worker", [4_000]),
        ("4 threads per worker", [4_000]),
        ("keep-alive", [4_000]),
        ("without keep-alive", [2_500, 500]),
        ("3 workers", [2_500]),
        ("development server", [500]),
        ("production", [4_000, 2_500]),
        ("gthread", [4_000]),
        ("single core", [4_000, 2_500, 500]),
    ],
)
def test_a_stated_setup_selects_the_variants_that_have_it(words: str, rates: list[float]) -> None:
    facts = (at(64, 4_000), at(64, 2_500, SYNC), at(64, 500, DEVELOPMENT))
    assert measured(verdict_on(rate(4_000, words, "c64"), *facts)) == rates


def test_workers_are_those_on_the_cpus_of_the_run() -> None:
    facts = (at(64, 4_000),)
    assert verdict_on(rate(4_000, "2 workers", "c64", "2 cores"), *facts, cpus=2).verdict is Verdict.CONFIRMED
    assert verdict_on(rate(4_000, "2 workers", "c64"), *facts).verdict is Verdict.NOT_COMPARABLE


def test_conditions_that_no_subject_has_together_are_not_comparable() -> None:
    facts = (at(64, 4_000), at(64, 500, DEVELOPMENT))
    judgement = verdict_on(rate(4_000, "keep-alive", "development server", "c64"), *facts)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.reason == "Nothing was driven with all of its conditions: keep-alive and development server."


def test_a_variant_that_the_project_no_longer_has_fulfils_no_condition_of_a_setup() -> None:
    gone = Subject("flask_app", "gone")
    judgement = verdict_on(rate(4_000, "4 workers", "c64"), at(64, 4_000, gone))
    assert judgement.reason == "It is stated for 4 workers, which was not driven. Driven: unknown workers."
    assert verdict_on(rate(4_000, "c64"), at(64, 4_000, gone)).verdict is Verdict.CONFIRMED


def test_the_server_of_a_target_without_a_named_server_is_in_its_summary() -> None:
    facts = (at(64, 4_000, GIN),)
    assert measured(verdict_on(rate(4_000, "net/http", "c64", target="gin_app"), *facts)) == [4_000]
    assert verdict_on(rate(500, "gunicorn", "c64"), at(64, 500, DEVELOPMENT)).reason.endswith("unknown servers.")


def test_one_side_of_a_ratio_can_have_the_stated_server_and_both_must_have_the_workers() -> None:
    twenty = figure("throughput.closed.*", "x", 20, rounding=0.5, target="gin_app", of="flask_app")
    ratio = comparison("throughput.closed.c64", (19, 20, 21))
    assert measured(verdict_on(replace(twenty, conditions=("gunicorn", "c64", "1 worker")), ratio)) == [20]
    assert verdict_on(replace(twenty, conditions=("4 workers",)), ratio).verdict is Verdict.NOT_COMPARABLE


def test_the_duration_of_the_load_selects_nothing() -> None:
    assert measured(verdict_on(rate(4_000, "c64", "plain text", "for 15 s"), *RATES)) == [4_000]


# Metrics on which a condition has no influence.


def test_a_load_does_not_matter_to_a_start_or_a_size() -> None:
    words = ("64 connections", "JSON", "keep-alive")
    start = result(GTHREAD, "cold_start.ready", (0.1, 0.1, 0.1), scenario=None)
    size = result(GTHREAD, "footprint.framework", (1e5, 1e5, 1e5), scenario=None)
    assert measured(verdict_on(figure("cold_start.ready", "ms", 100, conditions=words), start)) == [0.1]
    one = figure("footprint.framework", "KB", 100, conditions=(*words, "4 workers"))
    assert measured(verdict_on(one, size)) == [1e5]


def test_a_memory_under_a_stated_load_is_that_at_the_largest_level() -> None:
    most = max(*RUN.plan.profile.connections, RUN.plan.profile.other_connections)
    idle = result(GTHREAD, "memory.idle", (45e6, 46e6, 47e6), scenario=None)
    loaded = result(GTHREAD, "memory.loaded", (59e6, 60e6, 61e6), scenario=None)
    one = figure("memory.*", "MB", 60, rounding=2, conditions=(f"{most} connections",))
    assert measured(verdict_on(one, idle, loaded)) == [60e6]
    assert verdict_on(replace(one, conditions=("7 connections",)), idle, loaded).verdict is Verdict.NOT_MEASURED
    assert measured(verdict_on(replace(one, conditions=("idle", "7 connections")), idle, loaded)) == [46e6]
    assert measured(verdict_on(replace(one, metric="memory.idle"), idle, loaded)) == [46e6]


def test_a_memory_under_another_load_names_the_one_after_which_it_was_read() -> None:
    loaded = result(GTHREAD, "memory.loaded", (59e6, 60e6, 61e6), scenario=None)
    one = figure("memory.*", "MB", 60, rounding=2, conditions=("3 connections", "under load"))
    reason = verdict_on(one, *RATES, loaded).reason
    assert reason.startswith("The run read the memory of Flask after ")
    assert reason.endswith(" connections, and not after 3.")


def test_a_peak_is_no_number_of_one_level() -> None:
    peak = result(GTHREAD, "throughput.peak", (3_960, 4_000, 4_040))
    assert measured(verdict_on(rate(4_000, "peak", metric="throughput.*"), peak, *RATES)) == [4_000]
    assert verdict_on(rate(4_000, "c64", metric="throughput.peak"), peak).verdict is Verdict.NOT_MEASURED


# Bad input.


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("64 connections", "256 connections"), "64 connections and 256 connections"),
        (("keep-alive", "no keep-alive"), "keep-alive and without keep-alive"),
        (("production", "development server"), "production and development server"),
    ],
)
def test_conditions_that_exclude_each_other_are_not_comparable(words: tuple[str, str], cause: str) -> None:
    judgement = verdict_on(rate(4_000, *words), *RATES)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.reason == f"It states {cause}, which exclude each other."


def test_a_load_that_its_metric_excludes_is_not_comparable() -> None:
    judgement = verdict_on(rate(4_000, "c=8", metric="throughput.closed.c64"), *RATES)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_COMPARABLE,
        "It states throughput over 64 connections as its metric and 8 connections, which exclude each other.",
    )
