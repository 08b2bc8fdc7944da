"""The weighing of bounds: what is refuted, what is not reproduced, and what keeps a bound."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.figures.printed import UNITS
from harness.model import Verdict
from tests.figures.cases import GTHREAD, SYNC, comparison, figure, judge_one, result
from tests.figures.test_weigh import RATE, rate, rates, ready, verdict


class TestBounds:
    @pytest.mark.parametrize(
        ("name", "unit", "exceeded", "missed"),
        [
            (RATE, "req/s", Verdict.REFUTED, Verdict.NOT_REPRODUCED),
            ("throughput.peak", "req/s", Verdict.REFUTED, Verdict.NOT_REPRODUCED),
            ("connections.practical", "connections", Verdict.REFUTED, Verdict.NOT_REPRODUCED),
            ("latency.open.r1000.p50", "s", Verdict.REFUTED, Verdict.REFUTED),
            ("cpu_per_request.closed.c8", "s", Verdict.REFUTED, Verdict.REFUTED),
            ("cold_start.ready", "s", Verdict.REFUTED, Verdict.REFUTED),
            ("memory.idle", "MiB", Verdict.REFUTED, Verdict.REFUTED),
            ("footprint.image", "MiB", Verdict.REFUTED, Verdict.REFUTED),
            ("footprint.dependencies", "packages", Verdict.REFUTED, Verdict.REFUTED),
        ],
    )
    def test_a_bound_that_everything_misses_is_refuted_except_a_least_rate(
        self, name: str, unit: str, exceeded: Verdict, missed: Verdict
    ) -> None:
        value = UNITS[unit].to_base(80)
        other = "memory_rss.idle" if name.startswith("memory") else "cold_start.app"
        facts = [result(GTHREAD, one, (0.99 * value, value, 1.01 * value)) for one in (name, other)]
        claim = figure(name, unit, 80)
        upper = [verdict(replace(claim, low=-math.inf, high=times * value), *facts) for times in (0.5, 1, 2)]
        lower = [verdict(replace(claim, low=times * value, high=math.inf), *facts) for times in (2, 1, 0.5)]
        assert upper == [exceeded, Verdict.INCONCLUSIVE, Verdict.CONFIRMED]
        assert lower == [missed, Verdict.INCONCLUSIVE, Verdict.CONFIRMED]

    def test_a_lower_bound_of_memory_is_not_refuted_by_a_run_without_resident_sizes(self) -> None:
        bound = replace(figure("memory.idle", "MB", 50), high=math.inf)
        assert verdict(bound, result(GTHREAD, "memory.idle", (34e6, 35e6, 36e6))) is Verdict.NOT_REPRODUCED

    @pytest.mark.parametrize("metric", ["cold_start.*", "cold_start.ready"])
    def test_an_upper_bound_of_a_start_is_refuted_only_if_the_apps_own_start_was_measured(self, metric: str) -> None:
        bound = replace(figure(metric, "ms", 10), low=-math.inf)
        container = ready(0.087, 0.09, 0.093)
        alone = judge_one(bound, container)
        assert alone.verdict is Verdict.NOT_REPRODUCED
        assert alone.reason.endswith("no start of the app without that of its container, which the page can mean too.")
        own = result(GTHREAD, "cold_start.app", (0.02, 0.021, 0.022), scenario=None)
        assert verdict(bound, container, own) is Verdict.REFUTED
        assert verdict(bound, container, replace(own, low=0.002, estimate=0.003, high=0.004)) is Verdict.NOT_COMPARABLE

    @pytest.mark.parametrize("name", [RATE, "memory.idle", "cold_start.ready"])
    @pytest.mark.parametrize("ends", [(-math.inf, 0.2), (5.0, math.inf)])
    def test_a_bound_of_a_ratio_is_never_refuted_as_each_configuration_has_its_own(
        self, name: str, ends: tuple[float, float]
    ) -> None:
        bound = replace(figure(name, "x", 1, target="gin_app", of="flask_app"), low=ends[0], high=ends[1])
        facts = [comparison(one, (0.9, 1.0, 1.1)) for one in (name, "memory_rss.idle")]
        assert verdict(bound, *facts) is Verdict.NOT_REPRODUCED

    def test_an_upper_bound_of_a_rate_is_broken_by_the_best_load_alone(self) -> None:
        below = replace(rates(5_000), low=-math.inf)
        broken = judge_one(below, rate(1_880, 1_900, 1_920, level=1), rate(7_900, 8_000, 8_100))
        assert broken.verdict is Verdict.REFUTED
        assert broken.reason == (
            "Measured beyond the bound: 8,000 req/s [7,900, 8,100] (flask_app:gthread, hello, 64 connections). "
            "Here is this machine, gthread, 64 connections."
        )

    def test_an_upper_bound_that_one_load_keeps_is_placed_and_not_refuted(self) -> None:
        below = replace(figure("latency.*", "ms", 5), low=-math.inf)
        slow, quick = (
            result(GTHREAD, f"latency.closed.c{level}.p50", (0.99 * at, at, 1.01 * at))
            for level, at in ((64, 8e-3), (1, 1e-3))
        )
        assert verdict(below, slow) is Verdict.REFUTED
        assert verdict(below, slow, quick) is Verdict.NOT_COMPARABLE

    def test_a_bound_that_the_disturbed_machine_alone_breaks_is_inconclusive(self) -> None:
        below = replace(figure("cold_start.ready", "ms", 150), low=-math.inf)
        own = result(GTHREAD, "cold_start.app", (0.165, 0.172, 0.180), scenario=None)
        disturbed = replace(ready(0.165, 0.172, 0.180), trials=10, clean_trials=0)
        calm = replace(disturbed, clean_trials=8, clean_estimate=0.17, clean_low=0.164, clean_high=0.176)
        assert [verdict(below, one, own) for one in (disturbed, calm)] == [Verdict.INCONCLUSIVE, Verdict.REFUTED]

    def test_a_ceiling_is_about_the_best_result(self) -> None:
        peaks = (
            result(GTHREAD, "throughput.peak", (6_000, 6_120, 6_240)),
            result(SYNC, "throughput.peak", (1_450, 1_500, 1_550)),
        )
        exceeded = judge_one(figure("throughput.peak", "req/s", 1_500), *peaks)
        assert exceeded.verdict is Verdict.REFUTED
        assert [piece.subject for piece in exceeded.evidence] == [GTHREAD]
        assert verdict(figure("throughput.peak", "req/s", 6_120), *peaks) is Verdict.CONFIRMED
        assert verdict(figure("throughput.peak", "req/s", 9_000), *peaks) is Verdict.NOT_REPRODUCED
