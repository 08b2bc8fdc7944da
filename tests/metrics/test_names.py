"""The syntax of metric names: building, parsing and selecting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.names import (
    Parameters,
    Pattern,
    Quantile,
    attribute,
    is_within,
    natural,
    segments,
    selects,
    stem_of,
)
from harness.model import AttributeName

CLOSED, OPEN = Pattern("throughput.closed.c<N>"), Pattern("latency.open.r<R>.p<Q>")
OWN, PLAIN = Pattern("latency.own<S>.p<Q>"), Pattern("memory.idle")

connections = st.integers(1, 999_999_999)
rates_per_s = st.floats(1e-9, 1e12)
shares = st.floats(1e-9, 1.0, exclude_max=True)
quantiles = st.sampled_from(Quantile)
words = st.text("abcdefghijklmnopqrstuvwxyz0123456789_.<>NRQ", max_size=30)


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "parameters", "name"),
        [
            (CLOSED, Parameters(connections=32), "throughput.closed.c32"),
            (OPEN, Parameters(rate_per_s=1000.0, quantile=Quantile.P99), "latency.open.r1000.p99"),
            (OPEN, Parameters(rate_per_s=0.5, quantile=Quantile.P999), "latency.open.r0.5.p999"),
            (OPEN, Parameters(rate_per_s=2_500_000.0, quantile=Quantile.P50), "latency.open.r2500000.p50"),
            (OPEN, Parameters(rate_per_s=1234.5678, quantile=Quantile.P95), "latency.open.r1234.5678.p95"),
            (OWN, Parameters(share=0.6, quantile=Quantile.P99), "latency.own60.p99"),
            (OWN, Parameters(share=0.125, quantile=Quantile.P50), "latency.own12.5.p50"),
            (PLAIN, Parameters(), "memory.idle"),
        ],
    )
    def test_a_name_is_built_and_parsed(self, pattern: Pattern, parameters: Parameters, name: str) -> None:
        assert pattern.build(parameters) == name
        assert pattern.parse(name) == parameters

    @given(connections, rates_per_s, quantiles, shares)
    def test_parsing_a_built_name_gives_its_parameters(
        self, number: int, rate_per_s: float, quantile: Quantile, share: float
    ) -> None:
        for pattern, parameters in (
            (CLOSED, Parameters(number)),
            (OPEN, Parameters(None, rate_per_s, quantile)),
            (OWN, Parameters(quantile=quantile, share=share)),
            (Pattern("a.c<N>.r<R>.p<Q>.z"), Parameters(number, rate_per_s, quantile)),
        ):
            name = pattern.build(parameters)
            assert name is not None
            assert pattern.parse(name) == parameters

    @given(words | st.builds("throughput.closed.c{}".format, words) | st.builds("latency.open.r{}.p99".format, words))
    def test_building_from_parsed_parameters_gives_the_name(self, name: str) -> None:
        for pattern in (CLOSED, OPEN, PLAIN):
            parameters = pattern.parse(name)
            assert parameters is None or pattern.build(parameters) == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "throughput",
            "throughput.closed",
            "throughput.closed.",
            "throughput.closed.c",
            "throughput.closed.c<N>",
            "throughput.closed.c8.p99",
            "throughput.closed.c08",
            "throughput.closed.c-8",
            "throughput.closed.c8 ",
            "throughput.closed.c\N{ARABIC-INDIC DIGIT EIGHT}",
            "throughput.closed.c9999999999",
            "throughput.open.c8",
            "latency.open.r1000.p98",
            "latency.open.r1000.0.p99",
            "latency.open.r1e3.p99",
            "latency.open.r.p99",
            "latency.open.r1000",
            "memory.idle.c8",
            "xmemory.idle",
        ],
    )
    def test_other_names_are_not_parsed(self, name: str) -> None:
        assert [pattern.parse(name) for pattern in (CLOSED, OPEN, PLAIN)] == [None, None, None]

    def test_a_name_with_a_missing_parameter_is_not_built(self) -> None:
        assert OPEN.build(Parameters(rate_per_s=1000.0)) is None
        assert CLOSED.build(Parameters(rate_per_s=1000.0)) is None

    def test_parameters_not_in_the_pattern_are_ignored(self) -> None:
        assert CLOSED.build(Parameters(8, 1000.0, Quantile.P50)) == "throughput.closed.c8"

    @pytest.mark.parametrize(
        ("stem", "may"),
        [
            ("latency", True),
            ("latency.open", True),
            ("latency.open.r0.5", True),
            ("latency.open.r0.5.p99", False),  # a complete name has no continuation
            ("latency.open.rate", False),
            ("latency.open.r<R>", False),
            ("laten", False),
            ("", False),
        ],
    )
    def test_names_of_a_pattern_continue_only_stems_of_whole_segments(self, stem: str, *, may: bool) -> None:
        assert OPEN.may_continue(stem) is may

    @given(rates_per_s, quantiles)
    def test_a_name_continues_each_of_its_stems(self, rate_per_s: float, quantile: Quantile) -> None:
        name = OPEN.build(Parameters(None, rate_per_s, quantile)) or ""
        parts = segments(name)
        assert len(parts) == 4
        for count in range(1, 4):
            stem = ".".join(parts[:count])
            assert is_within(name, stem)
            assert OPEN.may_continue(stem)
            assert selects(f"{stem}.*", name)


class TestSelection:
    @pytest.mark.parametrize(
        ("name", "stem", "within"),
        [
            ("throughput.peak", "throughput", True),
            ("latency.open.r1.5.p99", "latency.open.r1.5", True),
            ("latency.open.r1.5.p99", "latency.open.r1", False),
            ("memory_pss.idle", "memory", False),
            ("throughput.closed.c32", "throughput.closed.c3", False),
            ("memory.idle", "memory.idle", True),
            ("memory", "memory.idle", False),
        ],
    )
    def test_a_name_is_within_a_stem_by_whole_segments(self, name: str, stem: str, *, within: bool) -> None:
        assert is_within(name, stem) is within

    @pytest.mark.parametrize(
        ("wanted", "name", "selected"),
        [
            ("memory.*", "memory.idle", True),
            ("memory.*", "memory_pss.idle", False),
            ("memory.*", "memory", False),
            ("memory.idle", "memory.idle", True),
            ("memory.idle", "memory.idle.more", False),
            ("memory", "memory.idle", False),
            ("memory*", "memory.idle", False),
        ],
    )
    def test_a_wildcard_selects_the_names_that_continue_its_stem(
        self, wanted: str, name: str, *, selected: bool
    ) -> None:
        assert selects(wanted, name) is selected

    def test_only_a_wildcard_has_a_stem(self) -> None:
        assert [stem_of(wanted) for wanted in ("latency.open.*", "latency.open", "latency*")] == [
            "latency.open",
            None,
            None,
        ]


class TestQuantiles:
    def test_each_quantile_has_a_share_and_a_minimum_number_of_samples(self) -> None:
        assert [(q.value, q.share, q.least_samples) for q in Quantile] == [
            ("p50", 0.5, 20),
            ("p90", 0.9, 40),
            ("p95", 0.95, 80),
            ("p99", 0.99, 400),
            ("p999", 0.999, 4000),
        ]


def test_the_natural_order_compares_digits_by_value() -> None:
    names = ["a.c100", "a.c8", "b.c1", "a.c32", "a", "a.c\N{SUPERSCRIPT TWO}"]
    assert sorted(names, key=natural) == ["a", "a.c8", "a.c32", "a.c100", "a.c\N{SUPERSCRIPT TWO}", "b.c1"]


def test_the_name_of_an_attribute_has_the_form_of_a_metrics_name() -> None:
    assert attribute(AttributeName.ASYNC_VIEWS) == "attribute.async_views"
