"""The catalogue: the names and the properties of all metrics."""

from dataclasses import asdict, fields
from itertools import groupby

import pytest
from hypothesis import given

from harness.metrics import catalogue as c
from harness.metrics.catalogue import CATALOGUE, Better, Family, Headline, Metric, Named
from harness.metrics.names import Parameters, Quantile
from harness.model import Precision
from harness.units import Unit
from tests import reference_run
from tests.metrics.rows import example, fields_of, named


class TestNames:
    @pytest.mark.parametrize(
        ("name", "metric", "parameters"),
        [
            ("throughput.closed.c32", c.THROUGHPUT, Parameters(connections=32)),
            ("throughput.peak", c.THROUGHPUT_PEAK, Parameters()),
            ("latency.open.r1000.p999", c.LATENCY_OPEN, Parameters(rate_per_s=1000.0, quantile=Quantile.P999)),
            ("latency.own60.p50", c.LATENCY_OWN_RATE, Parameters(quantile=Quantile.P50, share=0.6)),
            ("cpu_load.own12.5", c.CPU_LOAD_OWN_RATE, Parameters(share=0.125)),
            ("cpu_load.idle", c.CPU_LOAD_IDLE, Parameters()),
            ("cpu_per_request.ladder", c.CPU_PER_REQUEST_LADDER, Parameters()),
            ("cpu_per_request.closed.c1", c.CPU_PER_REQUEST, Parameters(connections=1)),
            ("memory.idle", c.MEMORY_IDLE, Parameters()),
            ("paced.rate.u32", c.PACED_RATE, Parameters(users=32)),
            ("paced.latency.u1.p99", c.PACED_LATENCY, Parameters(quantile=Quantile.P99, users=1)),
            ("paced.latency.u8.mean", c.PACED_LATENCY_MEAN, Parameters(users=8)),
            ("process_start_uncached.app", c.PROCESS_START_UNCACHED_APP, Parameters()),
            ("rate.slo", c.RATE_SLO, Parameters()),
        ],
    )
    def test_a_name_is_parsed_to_its_metric_and_parameters(
        self, name: str, metric: Metric, parameters: Parameters
    ) -> None:
        assert c.parse(name) == Named(metric, parameters)
        assert metric.name(**asdict(parameters)) == name

    @given(named())
    def test_every_built_name_is_parsed_to_its_metric_and_parameters(self, one: tuple[Metric, Parameters]) -> None:
        metric, parameters = one
        assert c.parse(metric.name(**asdict(parameters))) == (metric, parameters)

    @given(named())
    def test_every_name_belongs_to_one_metric_only(self, one: tuple[Metric, Parameters]) -> None:
        name = one[0].name(**asdict(one[1]))
        assert [metric for metric in CATALOGUE if metric.parameters(name)] == [one[0]]

    def test_an_unknown_name_is_not_parsed(self) -> None:
        assert c.parse("unknown.metric") is None

    @pytest.mark.parametrize(
        ("metric", "parameters"),
        [
            (c.THROUGHPUT, Parameters()),
            (c.THROUGHPUT, Parameters(connections=-8)),
            (c.LATENCY_OPEN, Parameters(rate_per_s=float("nan"), quantile=Quantile.P50)),
        ],
    )
    def test_missing_or_invalid_parameters_are_refused(self, metric: Metric, parameters: Parameters) -> None:
        with pytest.raises(ValueError, match=r"with Parameters\("):
            metric.name(**asdict(parameters))

    def test_parameters_not_in_the_pattern_are_ignored(self) -> None:
        assert c.LATENCY_OWN_RATE.name(rate_per_s=120.0, quantile=Quantile.P50, share=0.6) == "latency.own60.p50"

    def test_quantile_and_connections_are_read_from_a_name(self) -> None:
        shares = [c.quantile_of(f"latency.open.r1000.p{q}") for q in (50, 90, 99, 999)]
        assert shares == [0.5, 0.9, 0.99, 0.999]
        assert c.quantile_of("latency.own60.p95") == 0.95
        assert c.quantile_of("throughput.closed.c50") is None
        assert c.connections_of("throughput.closed.c50") == 50
        assert [c.connections_of(name) for name in ("cpu_per_request.closed.c50", "throughput.peak", "other")] == [
            None,
            None,
            None,
        ]


class TestRows:
    def test_rows_are_grouped_by_family_in_the_order_of_families(self) -> None:
        families = [family for family, _ in groupby(CATALOGUE, key=lambda metric: metric.family)]
        assert families == [family for family in Family if family is not Family.OTHER]

    def test_the_first_segment_of_a_name_determines_the_family(self) -> None:
        assert [metric for metric in CATALOGUE if c.family_of(example(metric)) is not metric.family] == []

    def test_higher_is_better_only_for_rates_and_limits(self) -> None:
        higher = {metric for metric in CATALOGUE if metric.better is Better.HIGHER}
        limits = {metric for metric in CATALOGUE if metric.family in {Family.THROUGHPUT, Family.LIMITS}}
        assert higher == limits | {c.PACED_RATE}

    def test_the_load_gives_only_the_rate_of_paced_users(self) -> None:
        given = [metric for metric in CATALOGUE if metric.is_given]
        assert given == [c.PACED_RATE]
        assert [c.is_given(name) for name in ("paced.rate.u32", "paced.latency.u32.p50", "rate.slo", "unknown")] == [
            True,
            False,
            False,
            False,
        ]

    def test_the_targets_of_a_run_are_not_compared_by_numbers_of_paced_users(self) -> None:
        compared = {metric for metric in CATALOGUE if c.is_compared(example(metric))}
        assert compared == {metric for metric in CATALOGUE if metric.family is not Family.PACED}

    def test_a_metric_whose_names_have_parameters_depends_on_load(self) -> None:
        assert [metric for metric in CATALOGUE if metric.depends_on_load is not bool(fields_of(metric))] == []
        assert c.depends_on_load("latency.own60.p99")
        assert not c.depends_on_load("throughput.peak")
        assert not c.depends_on_load("unknown.metric")

    def test_only_the_footprint_does_not_depend_on_the_machine(self) -> None:
        same = [metric for metric in CATALOGUE if not metric.depends_on_machine]
        assert same == [metric for metric in CATALOGUE if metric.family is Family.FOOTPRINT]

    def test_each_family_except_cpu_limits_paced_users_and_footprint_has_one_unit(self) -> None:
        units = {family: {m.unit for m in CATALOGUE if m.family is family} for family in Family}
        assert units == {
            Family.THROUGHPUT: {Unit.PER_SECOND},
            Family.LATENCY: {Unit.SECOND},
            Family.MEMORY: {Unit.BYTE},
            Family.COLD_START: {Unit.SECOND},
            Family.CPU: {Unit.SECOND, Unit.SECOND_PER_SECOND},
            Family.LIMITS: {Unit.ONE, Unit.PER_SECOND},
            Family.PACED: {Unit.PER_SECOND, Unit.SECOND},
            Family.FOOTPRINT: {Unit.BYTE, Unit.ONE},
            Family.OTHER: set(),
        }

    def test_each_family_has_a_title(self) -> None:
        titles = ["Throughput", "Latency", "Memory", "Cold start", "CPU time", "Limits", "Paced users", "Footprint"]
        assert [str(family) for family in Family] == [*titles, "Other"]


class TestProcesses:
    def test_memory_and_start_metrics_have_counterparts_for_processes(self) -> None:
        pairs = {m.in_containers.pattern: m.pattern for m in CATALOGUE if m.in_containers}
        memory = ("idle", "loaded", "peak", "after")
        starts = ("ready", "app", "first_request", "next_requests")
        assert pairs == (
            {f"memory.{name}": f"memory_pss.{name}" for name in memory}
            | {f"cold_start.{name}": f"process_start.{name}" for name in starts}
            | {f"cold_start_uncached.{name}": f"process_start_uncached.{name}" for name in ("ready", "app")}
        )

    def test_a_process_metric_has_the_properties_of_its_counterpart(self) -> None:
        for metric in CATALOGUE:
            other = metric.in_containers or metric
            same = [(m.unit, m.family, m.better, m.depends_on_load, m.headlines) for m in (metric, other)]
            assert same[0] == same[1], metric.pattern

    def test_the_counterpart_of_a_container_metric_is_found(self) -> None:
        assert c.in_processes(c.MEMORY_IDLE) is c.MEMORY_PSS_IDLE
        assert c.in_processes(c.COLD_START_CREATE) is None


class TestHeadlines:
    @pytest.mark.parametrize(
        ("name", "role"),
        [
            ("throughput.closed.c8", Headline("throughput")),
            ("latency.open.r5.p50", Headline("p50", Quantile.P50)),
            ("latency.open.r5.p99", Headline("p99", Quantile.P99)),
            ("latency.open.r5.p90", None),
            ("latency.own60.p99", None),
            ("memory_pss.loaded", Headline("memory")),
            ("process_start.ready", Headline("cold_start")),
            ("memory.idle", None),
            ("unknown.metric", None),
        ],
    )
    def test_the_role_of_a_headline_is_found_by_its_name(self, name: str, role: Headline | None) -> None:
        assert c.headline_of(name) == role

    def test_the_roles_are_the_fields_of_precision(self) -> None:
        roles = {role.precision for metric in CATALOGUE for role in metric.headlines}
        assert roles == {field.name for field in fields(Precision)}


class TestFigures:
    def test_figures_can_name_all_metrics_except_these(self) -> None:
        assert [m.pattern for m in CATALOGUE if not m.is_for_figures] == [
            "memory_pss.peak",
            "cold_start.first_request",
            "cold_start.next_requests",
            "process_start.first_request",
            "process_start.next_requests",
            "cpu_per_request.ladder",
            "cpu_load.idle",
            "cpu_load.own<S>",
            "paced.rate.u<N>",
            "paced.latency.u<N>.p<Q>",
            "paced.latency.u<N>.mean",
        ]
        assert len(c.FOR_FIGURES) == len(CATALOGUE) - 11

    @pytest.mark.parametrize(
        ("wanted", "unit"),
        [
            ("throughput.*", Unit.PER_SECOND),
            ("throughput.closed.*", Unit.PER_SECOND),
            ("throughput.closed.c32", Unit.PER_SECOND),
            ("throughput.peak", Unit.PER_SECOND),
            ("latency.*", Unit.SECOND),
            ("latency.open.r0.5.*", Unit.SECOND),
            ("latency.own60.p99", Unit.SECOND),
            ("latency.own30.*", Unit.SECOND),
            ("memory.*", Unit.BYTE),
            ("cold_start_uncached.*", Unit.SECOND),
            ("footprint.dependencies", Unit.ONE),
            ("footprint.*", None),  # bytes and counts
            ("throughput.closed.*.p99", None),
            ("throughput.closed.cABC", None),
            ("through.*", None),
            ("*", None),
            (".*", None),
            ("memory_pss.peak", None),
            ("memory", None),
        ],
    )
    def test_a_name_or_wildcard_of_figures_has_one_unit_or_none(self, wanted: str, unit: Unit | None) -> None:
        assert c.unit_for_figures(wanted) is unit


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("throughput.closed.*", Family.THROUGHPUT),
        ("latency.*", Family.LATENCY),
        ("memory.pss_idle", Family.MEMORY),
        ("process_start.ready", Family.COLD_START),
        ("footprint.image", Family.FOOTPRINT),
        ("rate.slo", Family.LIMITS),
        ("paced.rate.u32", Family.PACED),
        ("unknown.metric", Family.OTHER),
    ],
)
def test_a_metric_a_wildcard_and_an_unknown_name_have_a_family(name: str, family: Family) -> None:
    assert c.family_of(name) is family


def test_every_metric_of_the_reference_run_is_in_the_catalogue_with_its_unit() -> None:
    stored = reference_run.stored()
    measured = {(one.metric, one.unit) for trial in stored.trials for one in trial.measurements}
    measured |= {(one.metric, one.unit) for trial in stored.trials for one in trial.absences}
    units = {(result.metric, result.unit) for result in reference_run.summary().results}
    assert measured < units
    assert len(units) > 25
    assert [name for name, unit in units if (row := c.parse(name)) is None or row.metric.unit is not unit] == []
