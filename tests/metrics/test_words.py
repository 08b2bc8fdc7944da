"""The words for metrics: titles, phrases, definitions and their order."""

import re
from dataclasses import asdict

import pytest
from hypothesis import given

from harness.metrics.catalogue import CATALOGUE, Metric
from harness.metrics.names import Parameters, Quantile, segments
from harness.metrics.words import (
    WORDS,
    enumeration,
    form_of,
    load_of,
    percentile,
    phrase_of,
    short_of,
    sort_key,
    title_of,
    wanted_in_words,
)
from tests.metrics.rows import example, named


@pytest.mark.parametrize(
    ("metric", "title", "phrase"),
    [
        ("throughput.closed.c1", "1 connection", "throughput over 1 connection"),
        ("throughput.closed.c32", "32 connections", "throughput over 32 connections"),
        ("throughput.closed.c1024", "1,024 connections", "throughput over 1,024 connections"),
        ("throughput.peak", "peak", "peak throughput"),
        ("latency.open.r1000.p50", "median at 1,000 req/s", "median latency at 1,000 req/s"),
        ("latency.open.r0.5.p99", "p99 at 0.5 req/s", "p99 latency at 0.5 req/s"),
        ("latency.open.r200.p999", "p99.9 at 200 req/s", "p99.9 latency at 200 req/s"),
        ("latency.own60.p90", "p90 at 60 % of its own peak", "p90 latency at 60 % of its own peak"),
        ("latency.own12.5.p50", "median at 12.5 % of its own peak", "median latency at 12.5 % of its own peak"),
        ("cpu_per_request.ladder", "per further request", "CPU time per further request"),
        ("cpu_load.idle", "per second, at rest", "CPU seconds per second at rest"),
        ("cpu_load.own90", "per second, at 90 % of its own peak", "CPU seconds per second at 90 % of its own peak"),
        ("latency.closed.c32.p99", "p99 over 32 connections", "p99 latency over 32 connections"),
        ("latency.closed.c1.mean", "mean over 1 connection", "mean latency over 1 connection"),
        ("cpu_per_request.closed.c8", "per request over 8 connections", "CPU time per request over 8 connections"),
        ("connections.practical", "practical connections", "practical connections"),
        ("rate.slo", "rate within the objective", "rate within the objective"),
        ("paced.rate.u32", "rate of 32 users", "rate of 32 users (paced)"),
        ("paced.rate.u1", "rate of 1 user", "rate of 1 user (paced)"),
        ("paced.latency.u32.p50", "median of 32 users", "median latency of 32 users (paced)"),
        ("paced.latency.u32.mean", "mean of 32 users", "mean latency of 32 users (paced)"),
        ("memory.idle", "idle", "idle memory"),
        ("memory.loaded", "loaded", "loaded memory"),
        ("memory.peak", "peak", "peak memory"),
        ("memory.after", "after load", "memory after load"),
        ("memory_rss.idle", "idle, resident sizes added up", "idle memory, resident sizes added up"),
        ("memory_rss.peak", "peak, resident sizes added up", "peak memory, resident sizes added up"),
        ("cold_start.create", "create", "time to create"),
        ("cold_start.start", "start", "time to start"),
        ("cold_start.ready", "time to the first right answer", "time to the first right answer"),
        ("cold_start.app", "the app's own share", "the app's own share of cold start"),
        ("cold_start.first_request", "first request", "first request after the start"),
        ("cold_start.next_requests", "next requests", "next requests after the start"),
        (
            "cold_start_uncached.app",
            "the app's own share, from the disk",
            "the app's own share of the start, from the disk",
        ),
        ("footprint.image", "image", "image size"),
        ("footprint.build", "build", "size of the build"),
        ("footprint.framework", "framework", "size of the framework"),
        ("footprint.binary", "binary", "size of the binary"),
        ("footprint.dependencies", "dependencies", "dependencies"),
        ("footprint.app_lines", "smallest app", "lines of the smallest app"),
        ("unknown.metric", "unknown.metric", "unknown.metric"),
    ],
)
def test_a_metric_has_a_title_and_a_phrase(metric: str, title: str, phrase: str) -> None:
    assert (title_of(metric), phrase_of(metric)) == (title, phrase)


@pytest.mark.parametrize(
    ("family", "ending"),
    [("memory_pss", ", as processes"), ("process_start", ", as a process")],
)
def test_the_words_for_a_process_metric_name_processes(family: str, ending: str) -> None:
    metrics = [metric for metric in CATALOGUE if segments(metric.pattern)[0] == family]
    assert len(metrics) == 4
    for metric in metrics:
        assert metric.in_containers is not None
        assert WORDS[metric].title == f"{WORDS[metric.in_containers].title}{ending}"
        assert WORDS[metric].phrase.endswith(ending)


def test_the_words_for_an_uncached_process_start_name_process_and_disk() -> None:
    assert [(title_of(name), phrase_of(name)) for name in map(example, CATALOGUE) if "process_start_unc" in name] == [
        (f"{title}, as a process, from the disk", f"{phrase}, as a process, from the disk")
        for title, phrase in (
            ("time to the first right answer", "time to the first right answer"),
            ("the app's own share", "the app's own share of the start"),
        )
    ]


@pytest.mark.parametrize(
    ("metric", "load"),
    [
        ("throughput.closed.c1", "1 connection"),
        ("latency.open.r1000.p50", "p50 at 1,000 req/s"),
        ("latency.open.r1000.p999", "p99.9 at 1,000 req/s"),
        ("latency.own60.p50", "p50 at 60 % of its own peak"),
        ("latency.closed.c32.p999", "p99.9 over 32 connections"),
        ("throughput.peak", "peak throughput"),
        ("memory.loaded", "loaded memory"),
        ("unknown.metric", "unknown.metric"),
    ],
)
def test_the_words_for_a_load_have_the_percentile_as_a_number(metric: str, load: str) -> None:
    assert load_of(metric) == load


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("memory.idle", "idle memory"),
        ("throughput.closed.c32", "throughput over 32 connections"),
        ("latency.*", "latency"),
        ("cold_start.*", "cold start"),
        ("cpu_per_request.*", "CPU time"),
        ("unknown.metric", "unknown.metric"),
    ],
)
def test_a_wildcard_of_a_figure_has_the_words_of_its_family(wanted: str, words: str) -> None:
    assert wanted_in_words(wanted) == words


def test_a_percentile_is_written_with_a_decimal_point() -> None:
    assert [percentile(quantile) for quantile in Quantile] == ["p50", "p90", "p95", "p99", "p99.9"]


def test_every_metric_has_words_in_the_order_of_the_catalogue() -> None:
    assert list(WORDS) == list(CATALOGUE)


@given(named())
def test_every_name_has_a_title_and_a_phrase(one: tuple[Metric, Parameters]) -> None:
    name = one[0].name(**asdict(one[1]))
    for words in (title_of(name), phrase_of(name)):
        assert words
        assert not re.search(r"[{}<>]|\bp999\b", words)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("throughput.closed.c<N>", "throughput over N connections"),
        ("latency.open.r<R>.p<Q>", "pQ latency at R req/s"),
        ("latency.own<S>.p<Q>", "pQ latency at S % of its own peak"),
        ("paced.rate.u<N>", "rate of N users (paced)"),
        ("memory.idle", "idle memory"),
    ],
)
def test_all_names_of_a_metric_have_one_phrase_with_letters(pattern: str, words: str) -> None:
    assert [form_of(metric) for metric in CATALOGUE if metric.pattern == pattern] == [words]


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.pattern)
def test_the_words_for_a_metric_name_no_metric_by_its_id(metric: Metric) -> None:
    words = f"{form_of(metric)} {WORDS[metric].definition}"
    assert not [other.pattern for other in CATALOGUE if other.pattern in words]


def test_no_two_metrics_have_the_same_words() -> None:
    phrases = [phrase_of(example(metric)) for metric in CATALOGUE]
    titles = [(metric.family, title_of(example(metric))) for metric in CATALOGUE]
    assert len(set(phrases)) == len(set(titles)) == len(CATALOGUE)


@pytest.mark.parametrize("metric", CATALOGUE, ids=lambda metric: metric.pattern)
def test_a_definition_is_a_few_whole_sentences_of_plain_text(metric: Metric) -> None:
    definition = WORDS[metric].definition
    assert re.fullmatch(r"[A-Z][^`<>|{}*\n]*\.", definition)
    assert len(definition) <= 300


def test_metrics_are_sorted_by_family_metric_and_parameters() -> None:
    shuffled = [
        "other",
        "cpu_per_request.closed.c1",
        "cold_start_uncached.ready",
        "cold_start.ready",
        "cold_start.create",
        "memory.peak",
        "memory.else",
        "memory.idle",
        "latency.closed.c32.mean",
        "latency.closed.c32.p99",
        "latency.closed.c8.p99",
        "latency.own60.p50",
        "latency.own10.p99",
        "latency.open.r1000.p50",
        "latency.open.r200.p999",
        "latency.open.r200.p50",
        "throughput.peak",
        "throughput.closed.c32",
        "throughput.closed.c8",
    ]
    assert sorted(shuffled, key=sort_key) == [
        "throughput.closed.c8",
        "throughput.closed.c32",
        "throughput.peak",
        "latency.open.r200.p50",
        "latency.open.r200.p999",
        "latency.open.r1000.p50",
        "latency.own10.p99",
        "latency.own60.p50",
        "latency.closed.c8.p99",
        "latency.closed.c32.p99",
        "latency.closed.c32.mean",
        "memory.idle",
        "memory.peak",
        "memory.else",
        "cold_start.create",
        "cold_start.ready",
        "cold_start_uncached.ready",
        "cpu_per_request.closed.c1",
        "other",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_listed_as_in_a_sentence(words: list[str], sentence: str) -> None:
    assert enumeration(words) == sentence


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("throughput.closed.c32", "throughput"),
        ("latency.open.r1000.p50", "median latency"),
        ("latency.closed.c32.p99", "p99 latency"),
        ("memory_pss.loaded", "loaded memory"),
        ("cold_start.ready", "cold start"),
        ("cold_start_uncached.ready", "cold start from the disk"),
        ("process_start.ready", "process start"),
        ("process_start_uncached.ready", "process start from the disk"),
        ("paced.rate.u32", "rate"),
    ],
)
def test_a_short_name_has_no_load_and_says_what_is_measured(name: str, short: str) -> None:
    assert short_of(name) == short
