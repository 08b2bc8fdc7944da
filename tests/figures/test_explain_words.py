"""The sentences of an explanation."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.figures.consistency.wording import with_unit
from harness.figures.explain import explain
from harness.figures.explain_words import answer, translation
from harness.figures.published import Figure
from harness.model import Attribute, AttributeName, Comparison, Result, Target
from tests.figures.cases import GIN, GTHREAD, SYNC, figure, result
from tests.figures.test_explain import COST, CPU_TIME, DEV_RATE, HIGH, MANY, ONE, RATE, a_rate, a_summary

TARGETS = {
    name: Target(name, title, "", "", Path(), (), "") for name, title in (("flask_app", "Flask"), ("gin_app", "Gin"))
}
EPYC = {"machine": {"cpu": "AMD EPYC"}}


def said(one: Figure, *facts: Result | Comparison) -> str:
    return answer(explain(one, [a_summary(*facts)], TARGETS), TARGETS)


def translated(one: Figure, *facts: Result | Comparison) -> str | None:
    return translation(explain(one, [a_summary(*facts, environment=EPYC)], TARGETS), TARGETS)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("30,000", "30,000 req/s"),
        ("~2,500 RPS", "~2,500 RPS"),
        ("-94%", "-94%"),
        ("~20,000", "~20,000 req/s"),
        ("< 100", "< 100 req/s"),
    ],
)
def test_a_claim_is_the_printed_text_with_a_unit(printed: str, expected: str) -> None:
    assert with_unit(replace(a_rate(1), printed=printed)) == expected


class TestAnswer:
    def test_a_figure_that_a_condition_gives(self) -> None:
        assert said(replace(a_rate(1200, rounding=120), printed="~1,200 req/s"), DEV_RATE, RATE) == (
            "~1,200 req/s is the throughput over 1 connection of flask_app:dev-server (hello, 1 CPU): "
            "1,220 req/s [1,190, 1,250]."
        )

    @pytest.mark.parametrize(
        ("rates", "more"),
        [
            ((1180.0,), " 1 other measured condition gives it, too."),
            ((1180.0, 1170.0), " 2 other measured conditions give it, too."),
        ],
    )
    def test_the_number_of_other_conditions_that_give_it(self, rates: tuple[float, ...], more: str) -> None:
        others = [result(SYNC, f"throughput.closed.c{n}", (rate, rate, rate)) for n, rate in enumerate(rates, 2)]
        assert said(a_rate(1200, rounding=120), DEV_RATE, *others).endswith(more)

    @pytest.mark.parametrize(
        ("count", "more"),
        [
            (1, "1 other measured condition may give it: its interval reaches it."),
            (2, "2 other measured conditions may give it: their intervals reach it."),
        ],
    )
    def test_a_condition_whose_interval_alone_reaches_it_only_may_give_it(self, count: int, more: str) -> None:
        wide = [result(SYNC, f"throughput.closed.c{n + 2}", (900.0, 1000.0, 1100.0)) for n in range(count)]
        assert said(a_rate(1200, rounding=120), DEV_RATE, *wide).endswith(f"1,220 req/s [1,190, 1,250]. {more}")

    def test_a_condition_that_gives_it_by_disturbance_alone_says_so_and_is_counted_apart(self) -> None:
        disturbed = [
            replace(result(SYNC, f"throughput.closed.c{n}", (1380.0, 1400.0, 1420.0)), clean_trials=0) for n in (1, 2)
        ]
        one = a_rate(1200, rounding=120)
        assert said(one, DEV_RATE, *disturbed).endswith(
            "1,220 req/s [1,190, 1,250]. 2 more reach it only with the machine's disturbance counted."
        )
        assert said(one, disturbed[0]) == (
            "1200 req/s may be the throughput over 1 connection of flask_app:sync (hello, 1 CPU): "
            "1,400 req/s [1,380, 1,420], with the machine's disturbance counted: [690, 2,840]."
        )

    def test_the_interval_of_the_undisturbed_trials_stands_beside_the_number_that_it_gives(self) -> None:
        calm = replace(
            result(SYNC, ONE, (1380.0, 1400.0, 1420.0)),
            clean_trials=4, clean_low=1190.0, clean_high=1250.0,
        )  # fmt: skip
        assert said(a_rate(1200, rounding=120), calm).endswith(
            "1,400 req/s [1,380, 1,420], in the undisturbed trials alone: [1,190, 1,250]."
        )

    def test_an_interval_that_only_overlaps_may_be_it(self) -> None:
        across = result(SYNC, ONE, (1300.0, 1340.0, 1380.0))
        assert said(a_rate(1200, rounding=120), across).startswith("1200 req/s may be the throughput over 1 connection")

    def test_a_figure_beyond_everything_measured(self) -> None:
        assert said(replace(a_rate(30_000), printed="30,000"), RATE, HIGH) == (
            "Nothing that was measured gives 30,000 req/s of Flask: the nearest is 8,020 req/s [7,910, 8,120] "
            "(throughput over 32 connections of flask_app:gthread, hello, 1 CPU), a factor of 3.74 below it."
        )

    def test_a_figure_between_two_loads_is_placed_between_numbers_of_one_subject_and_scenario(self) -> None:
        posted = result(GTHREAD, "throughput.closed.c8", (7490.0, 7500.0, 7510.0), scenario="post_json")
        assert said(a_rate(7000), RATE, posted, HIGH) == (
            "Nothing that was measured gives 7000 req/s of Flask: it lies between 6,680 req/s [6,480, 6,890] "
            "(throughput over 1 connection of flask_app:gthread, hello, 1 CPU) and 8,020 req/s [7,910, 8,120] "
            "(throughput over 32 connections of flask_app:gthread, hello, 1 CPU)."
        )

    def test_another_definition_is_named_as_another(self) -> None:
        peak = result(GTHREAD, "memory.peak", (74.9e6, 75e6, 75.1e6), scenario=None)
        idle = result(GTHREAD, "memory.idle", (33e6, 34e6, 35e6), scenario=None)
        assert said(figure("memory.idle", "MB", 75, rounding=0.5), peak, idle) == (
            "Under another definition than the page's, 75 MB is the peak memory of flask_app:gthread (1 CPU): "
            "75.0 MB [74.9, 75.1]."
        )

    def test_a_condition_that_nothing_fulfils_is_said_first(self) -> None:
        ready = result(GTHREAD, "cold_start.ready", (0.165, 0.172, 0.180), scenario=None)
        assert said(figure("cold_start.ready", "ms", 450, conditions=("Serverless",)), ready) == (
            "It is stated for 'Serverless', which no run here reproduces. Nothing that was measured gives 450 ms of "
            "Flask: the nearest is 172 ms [165, 180] (time to the first right answer of flask_app:gthread, 1 CPU), "
            "a factor of 2.62 below it."
        )

    def test_a_size_has_no_number_of_cpus(self) -> None:
        size = result(GTHREAD, "footprint.framework", (11e3, 11e3, 11e3), scenario=None)
        assert said(figure("footprint.framework", "KB", 11), size) == (
            "11 KB is the size of the framework of flask_app:gthread: 11.0 KB."
        )

    def test_a_ratio_names_both_subjects(self) -> None:
        top, bottom = result(GIN, MANY, (95e3, 96e3, 97e3)), result(GTHREAD, MANY, (7900.0, 8000.0, 8100.0))
        ratio = figure("throughput.*", "x", 12, target="gin_app", of="flask_app", rounding=0.5)
        assert said(ratio, top, bottom) == (
            "12 x is the throughput over 32 connections of gin_app:release against flask_app:gthread "
            "(hello, 1 CPU): 12.0x [11.7, 12.3]."
        )
        assert said(replace(ratio, low=50.0, high=50.0), top, bottom).startswith(
            "Nothing that was measured gives 12 x of Gin over Flask: the nearest is 12.0x [11.7, 12.3] (throughput"
        )

    def test_an_unlike_pair_names_both_metrics(self) -> None:
        top, bottom = result(GIN, MANY, (95e3, 96e3, 97e3)), result(GTHREAD, ONE, (5990.0, 6000.0, 6010.0))
        ratio = figure("throughput.*", "x", 16, target="gin_app", of="flask_app", rounding=0.5)
        assert (
            "throughput over 32 connections of gin_app:release against throughput over 1 connection of "
            "flask_app:gthread (hello, 1 CPU)"
        ) in said(ratio, top, bottom)

    def test_a_figure_without_a_metric(self) -> None:
        stars = replace(a_rate(1), metric=None, quantity="GitHub stars")
        assert said(stars) == "No metric of this harness measures GitHub stars, so no measurement can explain it."

    def test_a_run_without_a_number_of_the_target(self) -> None:
        assert said(a_rate(1)) == "The run measured nothing that could explain it: no throughput of Flask."

    @pytest.mark.parametrize(
        ("attributes", "end"),
        [((Attribute("flask_app", AttributeName.ORM, "yes", ""),), "the run found yes."), ((), "no run tried it.")],
    )
    def test_a_claim_in_words(self, attributes: tuple[Attribute, ...], end: str) -> None:
        one = replace(figure("attribute.orm", "words", 0), states="no")
        found = explain(one, [a_summary(attributes=attributes)], TARGETS)
        assert answer(found, TARGETS) == f"It is a claim in words: the page states no, and {end}"


class TestTranslation:
    def test_a_rate_in_cores(self) -> None:
        assert translated(replace(a_rate(30_000), printed="30,000"), RATE, CPU_TIME) == (
            "30,000 req/s of Flask take 3.75 [3.69, 3.81] cores like this one (AMD EPYC): a request takes 125 µs of "
            "CPU time (flask_app:gthread)."
        )

    def test_a_rate_that_did_not_use_its_core_is_said_beside_the_cores(self) -> None:
        slowed = result(GTHREAD, MANY, (359.0, 993.0, 2750.0))
        assert translated(replace(a_rate(3200), printed="3,200"), RATE, slowed, CPU_TIME) == (
            "3,200 req/s of Flask take 0.400 [0.394, 0.406] cores like this one (AMD EPYC), if nothing else uses them: "
            "a request takes 125 µs of CPU time (flask_app:gthread). The 993 req/s measured at this load used 0.124 of "
            "1 CPU, not all of it."
        )
        posted = replace(slowed, scenario="post_json")
        assert "measured at this load" not in (translated(a_rate(3200), RATE, posted, CPU_TIME) or "")

    def test_a_rate_that_used_its_core_needs_no_word_of_it(self) -> None:
        rates = [result(GTHREAD, MANY, (rate - 1, rate, rate + 1)) for rate in (7200.0, 7199.0)]
        said = [translated(a_rate(3200), rate, CPU_TIME) or "" for rate in rates]
        assert ["if nothing else uses them" in one for one in said] == [False, True]

    def test_a_range_of_rates_in_cores(self) -> None:
        ranged = replace(a_rate(500, 1500), printed="500-1,500 req/s")
        assert (translated(ranged, RATE, CPU_TIME) or "").startswith(
            "500-1,500 req/s of Flask take 0.0625 to 0.188 cores"
        )

    def test_a_latency_in_connections(self) -> None:
        assert translated(figure("latency.*", "ms", 25, 35), HIGH) == (
            "As a mean latency it takes 200 to 280 connections that are answered at 8,020 req/s (flask_app:gthread), "
            "by Little's law."
        )

    def test_a_latency_that_is_less_than_one_request_takes(self) -> None:
        assert translated(figure("latency.*", "ms", 0.1), HIGH) == (
            "No load gives it as a mean: at 8,020 req/s (flask_app:gthread) one request alone takes longer "
            "(Little's law)."
        )

    def test_a_ratio_of_rates_by_cpu_time(self) -> None:
        facts = (result(GIN, MANY, (95e3, 96e3, 97e3)), RATE, CPU_TIME, result(GIN, COST, (9e-6, 10e-6, 11e-6)))
        ratio = figure("throughput.*", "x", 20, target="gin_app", of="flask_app")
        assert translated(ratio, *facts) == (
            "By CPU time per request alone it is 12.5x: a request takes 10.0 µs (gin_app:release) and 125 µs "
            "(flask_app:gthread) on AMD EPYC."
        )

    def test_a_memory_and_a_rate_without_cpu_time_have_none(self) -> None:
        assert translated(figure("memory.*", "MB", 75), CPU_TIME) is None
        assert translated(a_rate(30_000), RATE) is None
