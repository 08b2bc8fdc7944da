"""Explanations: which measured numbers give a figure, which are the nearest, and how many cores a rate takes."""

from dataclasses import replace
from typing import Any

import pytest

from harness.figures.explain import Condition, Explanation, Fit, explain
from harness.figures.published import Figure
from harness.model import Comparison, Result, Subject, Summary
from tests.figures.cases import GIN, GTHREAD, RUN, SYNC, comparison, figure, result

DEV = Subject("flask_app", "dev-server")
ONE, MANY = "throughput.closed.c1", "throughput.closed.c32"
COST = "cpu_per_request.closed.c32"
DEV_RATE = result(DEV, ONE, (1190.0, 1220.0, 1250.0))
RATE = result(GTHREAD, ONE, (6480.0, 6680.0, 6890.0))
HIGH = result(GTHREAD, MANY, (7910.0, 8020.0, 8120.0))
CPU_TIME = result(GTHREAD, COST, (123e-6, 125e-6, 127e-6))


def a_summary(*facts: Result | Comparison, **changes: Any) -> Summary:  # noqa: ANN401 - of any field of a run
    subjects = tuple(dict.fromkeys(fact.subject for fact in facts if isinstance(fact, Result)))
    plan = replace(RUN.plan, subjects=subjects or RUN.plan.subjects)
    run = replace(RUN, plan=plan, **changes)
    results = tuple(fact for fact in facts if isinstance(fact, Result))
    return Summary(run, results, tuple(fact for fact in facts if isinstance(fact, Comparison)))


def explained(one: Figure, *facts: Result | Comparison) -> Explanation:
    return explain(one, [a_summary(*facts)], {})


def of(conditions: tuple[Condition, ...]) -> list[tuple[str, str, Fit]]:
    return [(str(one.evidence.subject), one.evidence.metric, one.fit) for one in conditions]


def a_rate(value: float, high: float | None = None, **options: Any) -> Figure:  # noqa: ANN401 - options of `figure`
    return figure("throughput.*", "req/s", value, high, **options)


class TestConditions:
    def test_the_number_inside_the_claim_is_the_condition_that_gives_it(self) -> None:
        found = explained(a_rate(1200, rounding=120), DEV_RATE, RATE, HIGH)
        assert of(found.holds_under) == [("flask_app:dev-server", ONE, Fit.INSIDE)]
        assert of(found.near) == [("flask_app:gthread", ONE, Fit.OUTSIDE), ("flask_app:gthread", MANY, Fit.OUTSIDE)]
        assert found.nearest is None

    def test_an_interval_that_reaches_over_the_edge_of_the_claim_overlaps_and_comes_after_those_inside(self) -> None:
        across = result(SYNC, ONE, (1300.0, 1340.0, 1380.0))
        found = explained(a_rate(1200, rounding=120), across, DEV_RATE)
        assert of(found.holds_under) == [
            ("flask_app:dev-server", ONE, Fit.INSIDE),
            ("flask_app:sync", ONE, Fit.OVERLAPS),
        ]

    def test_an_interval_widened_by_disturbance_comes_after_those_that_hold_by_themselves(self) -> None:
        disturbed = replace(result(SYNC, ONE, (1380.0, 1400.0, 1420.0)), clean_trials=0)
        across = result(GTHREAD, ONE, (1300.0, 1600.0, 1900.0))
        found = explained(a_rate(1200, rounding=120), disturbed, across, DEV_RATE)
        assert [(one.evidence.subject, one.fit) for one in found.holds_under] == [
            (DEV, Fit.INSIDE),
            (GTHREAD, Fit.OVERLAPS),
            (SYNC, Fit.WIDENED),
        ]

    def test_conditions_of_one_fit_are_sorted_by_their_distance(self) -> None:
        facts = [
            result(GTHREAD, f"throughput.closed.c{number}", (0.9 * at, at, 1.1 * at))
            for number, at in enumerate((1300.0, 1150.0, 1000.0, 1210.0), 1)
        ]
        found = explained(a_rate(1200, rounding=400), *facts)
        assert [one.evidence.estimate for one in found.holds_under] == [1210.0, 1150.0, 1300.0, 1000.0]
        far = explained(a_rate(5000), *facts)
        assert [one.evidence.estimate for one in far.near] == [1300.0, 1210.0, 1150.0, 1000.0]

    def test_the_nearest_number_is_the_nearest_as_a_factor(self) -> None:
        found = explained(a_rate(3000), DEV_RATE, RATE, HIGH)
        assert found.nearest is not None
        assert found.nearest.evidence.estimate == 6680.0
        assert [one.evidence.estimate for one in found.near] == [6680.0, 1220.0, 8020.0]

    def test_a_range_is_given_by_every_number_inside_it(self) -> None:
        found = explained(a_rate(500, 1500), DEV_RATE, result(SYNC, ONE, (1000.0, 1010.0, 1020.0)), RATE)
        assert [one.evidence.estimate for one in found.holds_under] == [1010.0, 1220.0]

    def test_a_bound_is_given_by_every_number_beyond_it(self) -> None:
        least = replace(a_rate(7000), high=float("inf"))
        assert of(explained(least, DEV_RATE, HIGH).holds_under) == [("flask_app:gthread", MANY, Fit.INSIDE)]

    def test_the_control_and_another_target_are_no_conditions(self) -> None:
        control = replace(DEV_RATE, subject=replace(GTHREAD, is_control=True))
        other = replace(DEV_RATE, subject=GIN)
        found = explained(a_rate(1200, rounding=120), control, other, RATE)
        assert found.holds_under == ()
        assert of(found.near) == [("flask_app:gthread", ONE, Fit.OUTSIDE)]

    def test_a_peak_is_its_level_again_unless_the_figure_names_the_peak(self) -> None:
        peak = result(GTHREAD, "throughput.peak", (7910.0, 8020.0, 8120.0))
        assert len(explained(a_rate(8000, rounding=500), HIGH, peak).holds_under) == 1
        named = explained(figure("throughput.peak", "req/s", 8000, rounding=500), HIGH, peak)
        assert [(one.evidence.metric, one.is_own) for one in named.holds_under] == [
            ("throughput.peak", True),
            (MANY, False),
        ]

    def test_each_condition_has_its_run_and_its_cpus(self) -> None:
        first = a_summary(RATE, id="first")
        on_two = replace(DEV_RATE, subject=replace(DEV, cpus=2))
        second = a_summary(on_two, replace(HIGH, subject=SYNC), id="second")
        found = explain(a_rate(3000), [first, second], {})
        assert sorted((one.run.id, one.evidence.subject.variant, one.cpus) for one in found.near) == [
            ("first", "gthread", 1),
            ("second", "dev-server", 2),
            ("second", "sync", 1),
        ]
        assert [run.id for run in found.runs] == ["first", "second"]

    def test_a_size_has_no_cpus(self) -> None:
        size = result(GTHREAD, "footprint.framework", (346e3, 346e3, 346e3), scenario=None)
        found = explained(figure("footprint.framework", "KB", 11), size)
        assert [one.cpus for one in found.near] == [None]


class TestDefinitions:
    IDLE = result(GTHREAD, "memory.idle", (33e6, 34e6, 35e6), scenario=None)
    PEAK = result(GTHREAD, "memory.peak", (74e6, 75e6, 76e6), scenario=None)
    READY = result(GTHREAD, "cold_start.ready", (0.165, 0.172, 0.180), scenario=None)
    SHARE = result(GTHREAD, "cold_start.app", (0.102, 0.109, 0.117), scenario=None)

    def test_a_number_under_another_definition_gives_the_figure_but_is_not_its_own(self) -> None:
        found = explained(figure("memory.idle", "MB", 75, rounding=0.5), self.IDLE, self.PEAK)
        assert [(one.evidence.metric, one.is_own) for one in found.holds_under] == [("memory.peak", False)]
        assert [(one.evidence.metric, one.is_own) for one in found.near] == [("memory.idle", True)]

    def test_the_nearest_number_is_first_whatever_its_definition(self) -> None:
        near = replace(self.PEAK, low=70e6, estimate=70.1e6, high=70.2e6)
        found = explained(figure("memory.idle", "MB", 71), self.IDLE, near)
        assert [one.evidence.metric for one in found.near] == ["memory.peak", "memory.idle"]
        assert found.nearest is found.near[0]

    def test_a_stated_condition_decides_which_numbers_are_the_figures_own(self) -> None:
        figure_of_one = a_rate(8000, rounding=500, conditions=("1 connection",))
        found = explained(figure_of_one, RATE, HIGH)
        assert [(one.evidence.metric, one.is_own) for one in found.holds_under] == [(MANY, False)]
        assert [(one.evidence.metric, one.is_own) for one in found.near] == [(ONE, True)]
        assert found.unmet is None

    def test_a_condition_that_nothing_fulfils_is_named_and_the_numbers_stay(self) -> None:
        found = explained(figure("cold_start.ready", "ms", 172, rounding=1, conditions=("Serverless",)), self.READY)
        assert found.unmet == "It is stated for 'Serverless', which no run here reproduces."
        assert [(one.evidence.metric, one.is_own) for one in found.holds_under] == [("cold_start.ready", False)]

    def test_a_cold_start_can_be_the_share_of_the_app(self) -> None:
        found = explained(figure("cold_start.ready", "ms", 109, rounding=8), self.READY, self.SHARE)
        assert [(one.evidence.metric, one.is_own) for one in found.holds_under] == [("cold_start.app", True)]

    def test_a_count_has_no_other_definition(self) -> None:
        lines = result(GTHREAD, "footprint.app_lines", (5.0, 5.0, 5.0), scenario=None)
        packages = result(GTHREAD, "footprint.dependencies", (8.0, 8.0, 8.0), scenario=None)
        found = explained(figure("footprint.app_lines", "lines", 8), lines, packages)
        assert [one.evidence.metric for one in (*found.holds_under, *found.near)] == ["footprint.app_lines"]

    def test_megabytes_of_2_to_the_20_count_too(self) -> None:
        found = explained(figure("memory.*", "MB", 100, rounding=0.5),
                          replace(self.PEAK, low=104.7e6, estimate=104.8e6, high=104.9e6))  # fmt: skip
        assert len(found.holds_under) == 1

    @pytest.mark.parametrize("changes", [{"metric": None}, {"states": "no", "metric": "attribute.orm"}])
    def test_a_figure_without_a_metric_and_a_claim_in_words_have_no_conditions(self, changes: dict[str, Any]) -> None:
        found = explained(replace(a_rate(1200), **changes), DEV_RATE, CPU_TIME)
        assert (found.holds_under, found.near, found.nearest, found.cpus_needed) == ((), (), None, None)
        assert [run.id for run in found.runs] == ["r"]


class TestCores:
    def test_a_rate_takes_its_cpu_time_in_cores(self) -> None:
        needed = explained(a_rate(30_000), RATE, CPU_TIME).cpus_needed
        assert needed is not None
        assert (needed.estimate, needed.low, needed.high) == pytest.approx((3.75, 3.69, 3.81))
        assert needed.cost.evidence.metric == COST

    def test_the_interval_of_a_range_goes_from_its_lower_to_its_upper_rate(self) -> None:
        needed = explained(a_rate(500, 1500), CPU_TIME, RATE).cpus_needed
        assert needed is not None
        assert (needed.estimate, needed.low, needed.high) == pytest.approx((0.125, 500 * 123e-6, 1500 * 127e-6))

    def test_a_bound_takes_the_cores_of_its_one_end(self) -> None:
        needed = explained(replace(a_rate(1000), high=float("inf")), CPU_TIME, RATE).cpus_needed
        assert needed is not None
        assert (needed.estimate, needed.low, needed.high) == pytest.approx((0.125, 0.123, 0.127))

    def test_the_cpu_time_is_that_of_the_first_subject_of_the_first_run_at_the_headline(self) -> None:
        dear = result(DEV, COST, (799e-6, 800e-6, 801e-6))
        at_one = result(GTHREAD, "cpu_per_request.closed.c1", (149e-6, 150e-6, 151e-6))
        posted = result(GTHREAD, COST, (199e-6, 200e-6, 201e-6), scenario="post_json")
        runs = [a_summary(RATE), a_summary(at_one, CPU_TIME, posted, dear), a_summary(dear, RATE)]
        plan = replace(runs[1].run.plan, scenarios=("hello", "post_json"))
        runs[1] = replace(runs[1], run=replace(runs[1].run, plan=plan))
        needed = explain(a_rate(1000), runs, {}).cpus_needed
        assert needed is not None
        assert needed.cost.evidence.estimate == 125e-6
        assert needed.cost.run == runs[1].run

    @pytest.mark.parametrize(
        "one",
        [
            figure("latency.*", "ms", 30),
            figure("memory.*", "MB", 75),
            figure("cold_start.ready", "ms", 450),
            figure("throughput.*", "x", 2, of="gin_app"),
        ],
        ids=lambda one: one.metric,
    )
    def test_times_sizes_and_ratios_take_no_cores(self, one: Figure) -> None:
        gin_cost = result(GIN, COST, (10e-6, 11e-6, 12e-6))
        assert explained(one, RATE, CPU_TIME, gin_cost).cpus_needed is None

    def test_a_rate_without_a_measured_cpu_time_has_no_cores(self) -> None:
        ladder = result(GTHREAD, "cpu_per_request.ladder", (123e-6, 125e-6, 127e-6))
        assert explained(a_rate(1000), RATE, ladder).cpus_needed is None

    def test_a_latency_has_the_throughput_that_littles_law_needs(self) -> None:
        found = explained(figure("latency.*", "ms", 30), RATE, HIGH)
        assert found.rate is not None
        assert found.rate.evidence.metric == MANY
        assert explained(a_rate(30), RATE, HIGH).rate is None


class TestRatios:
    TOP, BOTTOM = result(GIN, MANY, (95e3, 96e3, 97e3)), result(GTHREAD, MANY, (7900.0, 8000.0, 8100.0))
    DEV_BOTTOM = result(DEV, MANY, (950.0, 960.0, 970.0))

    def a_ratio(self, value: float, metric: str = "throughput.*") -> Figure:
        return figure(metric, "x", value, target="gin_app", of="flask_app", rounding=0.5)

    def test_a_paired_comparison_keeps_its_interval(self) -> None:
        paired = comparison(MANY, (11.9, 12.0, 12.1))
        (one,) = explained(self.a_ratio(12), self.TOP, self.BOTTOM, paired).holds_under
        assert (one.evidence.low, one.evidence.high, one.is_own) == (11.9, 12.1, True)

    def test_a_pair_that_was_not_paired_has_the_widest_interval_of_its_sides(self) -> None:
        (one,) = explained(self.a_ratio(100), self.TOP, self.DEV_BOTTOM, self.BOTTOM).holds_under
        assert (str(one.evidence.subject), str(one.evidence.reference)) == ("gin_app:release", "flask_app:dev-server")
        assert (one.evidence.low, one.evidence.estimate, one.evidence.high) == (95e3 / 970, 100.0, 97e3 / 950)

    def test_pairs_of_unlike_conditions_are_named_only_if_no_like_pair_gives_the_ratio(self) -> None:
        at_one = result(GTHREAD, ONE, (5990.0, 6000.0, 6010.0))
        like = explained(self.a_ratio(12), self.TOP, self.BOTTOM, at_one)
        assert [one.other_metric for one in like.holds_under] == [None]
        (unlike,) = explained(self.a_ratio(16), self.TOP, self.BOTTOM, at_one).holds_under
        assert (unlike.evidence.metric, unlike.other_metric, unlike.is_own) == (MANY, ONE, False)

    def test_an_unlike_pair_that_does_not_give_the_ratio_is_left_out(self) -> None:
        at_one = result(GTHREAD, ONE, (5990.0, 6000.0, 6010.0))
        found = explained(self.a_ratio(40), self.TOP, self.BOTTOM, at_one)
        assert [one.other_metric for one in found.near] == [None]

    def test_different_numbers_of_cpus_are_unlike_conditions(self) -> None:
        on_two = replace(self.TOP, subject=replace(GIN, cpus=2))
        assert explained(self.a_ratio(11), on_two, self.BOTTOM).near == ()
        (unlike,) = explained(self.a_ratio(12), on_two, self.BOTTOM).holds_under
        assert not unlike.is_own

    def test_both_costs_are_known_for_a_ratio_of_rates(self) -> None:
        gin_cost = result(GIN, COST, (10e-6, 11e-6, 12e-6))
        found = explained(self.a_ratio(12), self.TOP, self.BOTTOM, CPU_TIME, gin_cost)
        assert [one.evidence.estimate for one in found.costs] == [11e-6, 125e-6]
        assert explained(self.a_ratio(12), self.TOP, self.BOTTOM, CPU_TIME).costs == ()
