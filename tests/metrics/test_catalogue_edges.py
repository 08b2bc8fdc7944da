"""The names that stored runs, documents and figures files have: a changed one would orphan them."""

from harness.metrics.catalogue import CATALOGUE, Better


def test_these_are_all_names() -> None:
    assert [metric.pattern for metric in CATALOGUE] == [
        "throughput.closed.c<N>",
        "throughput.peak",
        "latency.open.r<R>.p<Q>",
        "latency.own<S>.p<Q>",
        "latency.closed.c<N>.p<Q>",
        "latency.closed.c<N>.mean",
        "memory.idle",
        "memory.loaded",
        "memory.peak",
        "memory.after",
        "memory_pss.idle",
        "memory_pss.loaded",
        "memory_pss.peak",
        "memory_pss.after",
        "memory_rss.idle",
        "memory_rss.loaded",
        "memory_rss.peak",
        "memory_rss.after",
        "cold_start.create",
        "cold_start.start",
        "cold_start.ready",
        "cold_start.app",
        "cold_start.first_request",
        "cold_start.next_requests",
        "process_start.ready",
        "process_start.app",
        "process_start.first_request",
        "process_start.next_requests",
        "cold_start_uncached.ready",
        "cold_start_uncached.app",
        "process_start_uncached.ready",
        "process_start_uncached.app",
        "cpu_per_request.closed.c<N>",
        "cpu_per_request.ladder",
        "cpu_load.idle",
        "cpu_load.own<S>",
        "connections.practical",
        "rate.slo",
        "paced.rate.u<N>",
        "paced.latency.u<N>.p<Q>",
        "paced.latency.u<N>.mean",
        "footprint.image",
        "footprint.build",
        "footprint.framework",
        "footprint.binary",
        "footprint.dependencies",
        "footprint.app_lines",
    ]


def test_the_better_way_is_written_as_documents_have_it() -> None:
    assert [better.value for better in Better] == ["higher", "lower"]
