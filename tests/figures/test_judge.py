"""The verdicts of a run on published figures."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.figures.judge import judge
from harness.figures.published import Evidence, FigureSet, Judgement
from harness.model import Attribute, AttributeName, Bound, Result, Summary, Verdict
from harness.units import Unit
from tests.figures.cases import GIN, GTHREAD, IDLE, NULL, RUN, SYNC, comparison, figure, judge_all, judge_one, result

C1 = result(GTHREAD, "throughput.closed.c1", (1_880, 1_900, 1_920))
C64 = result(GTHREAD, "throughput.closed.c64", (6_000, 6_120, 6_240))


# Metrics that depend on no load.


def test_a_claim_that_the_measurement_meets_is_confirmed() -> None:
    judgement = judge_one(figure("memory.idle", "MB", 46, rounding=0.5), IDLE)
    assert judgement.verdict is Verdict.CONFIRMED
    assert judgement.reason == (
        "Measured inside the claim of 45.5 MB to 46.5 MB (its rounding): 46.2 MB [46.0, 46.4] (flask_app:gthread, "
        "idle memory)."
    )
    assert judgement.evidence == (
        Evidence(GTHREAD, None, None, "memory.idle", Unit.BYTE, estimate=46.2e6, low=46e6, high=46.4e6),
    )
    assert judgement.measured == judgement.evidence[0]
    assert judgement.ratio == pytest.approx(46 / 46.2)


@pytest.mark.parametrize(
    ("printed", "side", "distance"),
    [(22, "more", "a factor of 2.10 above it"), (75, "less", "a factor of 1.62 below it")],
)
def test_a_claim_of_another_configuration_is_not_reproduced_with_the_distance(
    printed: float, side: str, distance: str
) -> None:
    judgement = judge_one(figure("memory.idle", "MB", printed, rounding=0.5), IDLE)
    assert judgement.verdict is Verdict.NOT_REPRODUCED
    assert judgement.reason == (
        f"Everything measured here is {side}: the nearest is 46.2 MB [46.0, 46.4] (flask_app:gthread, idle memory), "
        f"{distance}. Here is this machine, gthread; another configuration (server, workers, load) may give it. "
        "This run has no resident sizes added up, which the page can mean too."
    )


@pytest.mark.parametrize(("printed", "side"), [(11, "more"), (500, "less")])
def test_a_size_that_the_measurement_misses_is_refuted_with_the_direction(printed: float, side: str) -> None:
    size = result(GTHREAD, "footprint.framework", (346e3, 346e3, 346e3), scenario=None)
    judgement = judge_one(figure("footprint.framework", "KB", printed, rounding=0.5), size)
    assert judgement.verdict is Verdict.REFUTED
    assert judgement.reason == f"Measured {side}: 346 KB (flask_app:gthread, size of the framework)."


def test_a_figure_without_a_variant_is_not_comparable_if_the_variants_differ() -> None:
    sync = result(SYNC, "memory.idle", (36e6, 36.2e6, 36.4e6), scenario=None)
    met = judge_one(figure("memory.idle", "MB", 36, rounding=0.5), IDLE, sync)
    assert met.verdict is Verdict.NOT_COMPARABLE
    assert met.reason == (
        "36.2 MB [36.0, 36.4] (idle memory, flask_app:sync) fits it, but the page does not say which it means; "
        "measured in all: 36.2 MB [36.0, 36.4] (flask_app:sync, idle memory) to 46.2 MB [46.0, 46.4] "
        "(flask_app:gthread, idle memory)."
    )
    between = judge_one(figure("memory.idle", "MB", 40, rounding=0.5), IDLE, sync)
    assert between.verdict is Verdict.NOT_COMPARABLE
    assert between.reason == (
        "It lies between what was measured: 36.2 MB [36.0, 36.4] (flask_app:sync, idle memory) and 46.2 MB [46.0, "
        "46.4] (flask_app:gthread, idle memory). No conditions are stated for it."
    )
    stated = judge_one(figure("memory.idle", "MB", 40, rounding=0.5, conditions=("idle",)), IDLE, sync)
    assert stated.reason.endswith(" The conditions that the page states ('idle') do not decide.")
    assert judge_one(figure("memory.idle", "MB", 30, 50), IDLE, sync).verdict is Verdict.CONFIRMED
    assert judge_one(figure("memory.idle", "MB", 75), IDLE, sync).verdict is Verdict.NOT_REPRODUCED


# Metrics that depend on a load.


def test_a_throughput_without_a_load_is_not_comparable_within_the_envelope() -> None:
    met = judge_one(figure("throughput.closed.*", "req/s", 1_900), C1, C64)
    assert met.verdict is Verdict.NOT_COMPARABLE
    assert met.reason == (
        "1,900 req/s [1,880, 1,920] (throughput over 1 connection, flask_app:gthread, hello) fits it, but the page "
        "states no load; measured in all: 1,900 req/s [1,880, 1,920] (flask_app:gthread, hello, 1 connection) to 6,120 "
        "req/s [6,000, 6,240] (flask_app:gthread, hello, 64 connections)."
    )
    between = judge_one(figure("throughput.closed.*", "req/s", 2_500), C1, C64)
    assert between.verdict is Verdict.NOT_COMPARABLE
    assert between.reason.startswith("It lies between what was measured: 1,900 req/s")
    assert judge_one(figure("throughput.closed.*", "req/s", 1_900), C1).verdict is Verdict.NOT_COMPARABLE


@pytest.mark.parametrize(("printed", "side"), [(1_200, "more"), (30_000, "less")])
def test_a_throughput_that_no_load_gives_is_not_reproduced(printed: float, side: str) -> None:
    judgement = judge_one(figure("throughput.closed.*", "req/s", printed, rounding=500), C1, C64)
    assert judgement.verdict is Verdict.NOT_REPRODUCED
    assert judgement.reason.startswith(f"Everything measured here is {side}: the nearest is ")


def test_a_throughput_whose_file_names_one_load_can_be_confirmed() -> None:
    assert judge_one(figure("throughput.closed.c64", "req/s", 6_100, rounding=50), C1, C64).verdict is Verdict.CONFIRMED


def test_evidence_is_sorted_by_distance_from_the_printed_number() -> None:
    judgement = judge_one(figure("throughput.closed.*", "req/s", 5_000), C1, C64)
    assert [piece.estimate for piece in judgement.evidence] == [6_120, 1_900]


def test_only_results_of_the_figures_target_and_metric_are_evidence() -> None:
    others = (
        result(GIN, "throughput.closed.c1", (4_900, 5_000, 5_100)),
        result(NULL, "throughput.closed.c1", (4_900, 5_000, 5_100)),
        result(GTHREAD, "throughput.peak", (4_900, 5_000, 5_100)),
    )
    judgement = judge_one(figure("throughput.closed.*", "req/s", 5_000), C1, *others)
    assert judgement.verdict is Verdict.NOT_REPRODUCED
    assert [piece.metric for piece in judgement.evidence] == ["throughput.closed.c1"]


def test_a_bound_without_a_load_is_not_confirmed_even_if_every_load_keeps_it() -> None:
    latency = result(GIN, "latency.open.r1000.p999", (0.0009, 0.001, 0.0012))
    below = replace(figure("latency.*", "ms", 100, target="gin_app"), low=-math.inf)
    judgement = judge_one(below, latency)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.reason.startswith("1.00 ms [0.900, 1.20] (p99.9 latency at 1,000 req/s, gin_app:release, hello)")


def test_a_latency_page_is_not_accused_if_closed_load_gives_the_number() -> None:
    measured = (
        result(GTHREAD, "latency.open.r1000.p50", (0.0009, 0.001, 0.0011)),
        result(GTHREAD, "latency.closed.c64.p50", (0.0172, 0.018, 0.0189)),
        result(GTHREAD, "latency.closed.c32.p99", (0.0271, 0.028, 0.0289)),
    )
    judgement = judge_one(figure("latency.*", "ms", 25, 35, rounding=0.5), *measured)
    assert judgement.verdict is Verdict.NOT_COMPARABLE
    assert judgement.reason.startswith(
        "28.0 ms [27.1, 28.9] (p99 latency over 32 connections, flask_app:gthread, hello) fits it, but the page states"
    )


# Conditions.


def test_a_condition_that_no_run_fulfils_makes_a_figure_not_comparable() -> None:
    start = result(GTHREAD, "cold_start.ready", (0.44, 0.45, 0.46), scenario=None)
    judgement = judge_one(figure("cold_start.ready", "ms", 450, conditions=("Serverless",)), start)
    assert judgement == Judgement(
        judgement.figure, Verdict.NOT_COMPARABLE, "It is stated for 'Serverless', which no run here reproduces."
    )
    assert (judgement.measured, judgement.ratio) == (None, None)


def test_the_condition_idle_selects_the_idle_metrics() -> None:
    loaded = result(GTHREAD, "memory.loaded", (60e6, 61e6, 62e6), scenario=None)
    idle = figure("memory.*", "MB", 46, rounding=0.5, conditions=("Idle", "per instance"))
    assert judge_one(idle, IDLE, loaded).verdict is Verdict.CONFIRMED
    assert judge_one(replace(idle, conditions=("Single Instance",)), IDLE, loaded).verdict is Verdict.NOT_COMPARABLE


def test_the_condition_concurrent_load_excludes_a_single_connection() -> None:
    concurrent = figure("throughput.closed.*", "req/s", 2_500, conditions=("Concurrent Load",))
    assert judge_one(concurrent, C1, C64).verdict is Verdict.NOT_REPRODUCED
    assert judge_one(concurrent, C1) == Judgement(
        concurrent,
        Verdict.NOT_MEASURED,
        "The run has no throughput of flask_app for 'Concurrent Load'.",
    )


def test_the_condition_simple_get_selects_the_scenario_hello() -> None:
    hello = result(GTHREAD, "latency.open.r1000.p50", (0.0009, 0.001, 0.0011))
    post = result(GTHREAD, "latency.open.r1000.p50", (0.03, 0.031, 0.032), scenario="post_json")
    simple = figure("latency.*", "ms", 25, 35, conditions=("simple GET",))
    assert judge_one(simple, hello, post).verdict is Verdict.NOT_REPRODUCED
    assert judge_one(replace(simple, conditions=()), hello, post).verdict is Verdict.NOT_COMPARABLE


# Ratios.


def test_a_ratio_is_compared_with_the_runs_comparison() -> None:
    twenty = figure("throughput.closed.*", "x", 20, rounding=0.5, target="gin_app", of="flask_app")
    missed = judge_one(twenty, comparison("throughput.closed.c64", (13.4, 13.9, 14.4)))
    assert missed.verdict is Verdict.NOT_REPRODUCED
    assert missed.reason == (
        "Everything measured here is less: the nearest is 13.9x [13.4, 14.4] (gin_app:release over flask_app:gthread, "
        "hello, 64 connections), a factor of 1.44 below it. Here is this machine, release, 64 connections; another "
        "load, configuration or machine may give it."
    )
    confirmed = judge_one(twenty, comparison("throughput.closed.c64", (18, 20.4, 21)))
    assert confirmed.verdict is Verdict.CONFIRMED


@pytest.mark.parametrize(
    ("printed", "value", "rounding", "measured", "verdict"),
    [
        ("twice as fast as Flask", 2, 0.5, 2.3, Verdict.CONFIRMED),
        ("twice as fast as Flask", 2, 0.5, 13.9, Verdict.NOT_REPRODUCED),
        ("half the throughput of Flask", 0.5, 0.125, 0.6, Verdict.CONFIRMED),
        ("half the throughput of Flask", 0.5, 0.125, 2, Verdict.NOT_REPRODUCED),
        ("an order of magnitude faster", 10, 5, 13.9, Verdict.CONFIRMED),
        ("half as slow as Flask", 0.5, 0.125, 2, Verdict.CONFIRMED),
    ],
)
def test_a_factor_in_words_is_compared_as_one_in_digits(
    printed: str, value: float, rounding: float, measured: float, verdict: Verdict
) -> None:
    one = figure("throughput.closed.*", "x", value, rounding=rounding, target="gin_app", of="flask_app")
    found = comparison("throughput.closed.c64", (0.99 * measured, measured, 1.01 * measured))
    assert judge_one(replace(one, printed=printed), found).verdict is verdict


def test_a_comparison_is_inverted_for_a_difference_of_the_reference() -> None:
    difference = figure("throughput.closed.*", "% difference", -95, rounding=0.5, of="gin_app")
    judgement = judge_one(difference, comparison("throughput.closed.c64", (16, 20, 25)))
    assert judgement.verdict is Verdict.CONFIRMED
    (piece,) = judgement.evidence
    assert (piece.subject, piece.reference) == (GTHREAD, GIN)
    assert (piece.low, piece.estimate, piece.high) == pytest.approx((1 / 25, 1 / 20, 1 / 16))
    assert judgement.reason == (
        "Measured the same, rounded as printed: -95.0% [-96.0, -93.8] (flask_app:gthread over gin_app:release, hello, "
        "64 connections)."
    )


def test_a_ratio_that_changes_with_the_load_is_not_comparable() -> None:
    ratios = comparison("throughput.closed.c1", (4, 5, 6)), comparison("throughput.closed.c64", (19, 20, 21))
    twenty = figure("throughput.closed.*", "x", 20, target="gin_app", of="flask_app")
    assert judge_one(twenty, *ratios).verdict is Verdict.NOT_COMPARABLE
    assert judge_one(twenty, *ratios).evidence[0].estimate == 20


def test_a_ratio_without_a_comparison_is_not_measured() -> None:
    judgement = judge_one(figure("memory.*", "x", 7, target="gin_app", of="flask_app"), IDLE)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "The run does not compare gin_app with flask_app in memory.",
    )


# Figures without evidence.


def test_a_figure_without_a_metric_is_not_measured() -> None:
    judgement = judge_one(figure(None, "stars", 68_000), IDLE)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "No metric of this harness measures the quantity.",
    )


def test_a_figure_of_an_absent_result_gets_the_reason_of_the_run() -> None:
    absent = replace(IDLE, estimate=None, low=None, high=None, reason="the target failed (start)")
    judgement = judge_one(figure("memory.idle", "MB", 46), absent)
    assert (judgement.verdict, judgement.reason) == (
        Verdict.NOT_MEASURED,
        "The run has no idle memory of flask_app:gthread: the target failed (start).",
    )
    assert judge_one(figure("memory.idle", "MB", 46)).reason == "The run did not measure idle memory."
    gins = result(GIN, "memory.idle", (1e6, 2e6, 3e6), scenario=None)
    assert judge_one(figure("memory.idle", "MB", 46), gins).reason == "The run has no idle memory of flask_app."


def test_an_unmeasured_figure_with_a_contradiction_is_contradicted() -> None:
    small, large = figure("footprint.framework", "KB", 11, name="a"), figure("footprint.framework", "KB", 150, name="b")
    judgements = judge_all([small, large], IDLE)
    assert [judgement.verdict for judgement in judgements] == [Verdict.CONTRADICTED] * 2
    assert judgements[0].reason == (
        "The run did not measure size of the framework. The page contradicts itself here: Of flask_app the page "
        "prints the quantity as '11' KB (Facts: Label) and '150' KB (Facts: Label); these can't all hold: '11' KB "
        "allows 11.0 KB, and '150' KB allows 150 KB."
    )


def test_a_measured_figure_with_a_contradiction_is_confirmed_or_refuted() -> None:
    small, large = figure("footprint.framework", "KB", 11, name="a"), figure("footprint.framework", "KB", 150, name="b")
    size = result(GTHREAD, "footprint.framework", (150e3, 150e3, 150e3), scenario=None)
    assert [j.verdict for j in judge_all([small, large], size)] == [Verdict.REFUTED, Verdict.CONFIRMED]


# Properties.

positive = st.floats(1e-3, 1e9)
intervals = st.lists(positive, min_size=3, max_size=3).map(lambda ends: tuple(sorted(ends)))
facts = st.lists(
    st.builds(
        lambda subject, interval, bound: result(subject, "throughput.peak", interval, bound=bound),
        st.sampled_from([GTHREAD, SYNC]),
        intervals,
        st.sampled_from([None, *Bound]),
    )
    | st.builds(lambda interval: result(GTHREAD, "throughput.closed.c8", interval), intervals),
    min_size=1,
    max_size=6,
)
metrics = st.sampled_from(["throughput.peak", "throughput.closed.*"])


ACCUSATIONS = {Verdict.REFUTED, Verdict.NOT_REPRODUCED}


@given(metric=metrics, value=positive, rounding=st.floats(0, 10), shift=positive, facts=facts)
def test_moving_an_accused_figure_further_away_leaves_it_accused(
    metric: str, value: float, rounding: float, shift: float, facts: list[Result]
) -> None:
    one = figure(metric, "req/s", value, rounding=rounding)
    judgement = judge_one(one, *facts)
    if judgement.verdict not in ACCUSATIONS:
        return
    sign = 1 if one.low > judgement.evidence[0].estimate else -1
    further = replace(one, low=one.low + sign * shift, high=one.high + sign * shift)
    assert judge_one(further, *facts).verdict in ACCUSATIONS


@given(metric=metrics, facts=facts, rounding=st.floats(0, 10), side=st.sampled_from([-1, 1]))
def test_a_figure_far_from_all_evidence_is_never_confirmed_or_not_comparable(
    metric: str, facts: list[Result], rounding: float, side: int
) -> None:
    verdict = judge_one(figure(metric, "req/s", side * 1e12, rounding=rounding), *facts).verdict
    assert verdict in {*ACCUSATIONS, Verdict.INCONCLUSIVE, Verdict.NOT_MEASURED}
    if side < 0:
        assert verdict is not Verdict.INCONCLUSIVE


@given(value=positive, width=st.floats(0, 1e9), facts=facts)
def test_a_throughput_without_a_load_is_never_confirmed(value: float, width: float, facts: list[Result]) -> None:
    one = figure("throughput.closed.*", "req/s", value, value + width)
    assert judge_one(one, *facts).verdict is not Verdict.CONFIRMED


@given(value=positive, rounding=st.floats(0, 1e6), facts=facts)
def test_a_figure_is_confirmed_only_if_all_evidence_lies_inside_its_claim_or_rounds_to_it(
    value: float, rounding: float, facts: list[Result]
) -> None:
    judgement = judge_one(figure("throughput.peak", "req/s", value, rounding=rounding), *facts)
    if judgement.verdict is Verdict.CONFIRMED:
        low, high = judgement.figure.claim
        for piece in judgement.evidence:
            assert (low <= piece.low and piece.high <= high) or low <= piece.estimate <= high


@pytest.mark.parametrize(("answer", "verdict"), [("no", Verdict.CONFIRMED), ("yes", Verdict.REFUTED)])
def test_a_claim_in_words_is_compared_with_the_tested_attribute(answer: str, verdict: Verdict) -> None:
    claim = replace(figure("attribute.admin", "words", 0), states="no")
    tried = Attribute("flask_app", AttributeName.ADMIN, answer, "/admin: 404")
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (claim,))
    (judgement,) = judge(page, Summary(replace(RUN, attributes=(tried,)), (), ())).judgements
    assert (judgement.verdict, judgement.reason) == (verdict, f"It states: no. Tried: {answer}, /admin: 404.")


def test_a_figure_in_a_unit_that_its_quantity_cannot_have_is_contradicted_and_compared_with_nothing() -> None:
    wrong = replace(figure("latency.closed.c64.p50", "MB", 45), printed="45 MB", quantity="latency")
    judgement = judge_one(wrong, result(GTHREAD, "latency.closed.c64.p50", (0.004, 0.0045, 0.005)))
    assert (judgement.verdict, judgement.evidence) == (Verdict.CONTRADICTED, ())
    assert judgement.reason == (
        "No median latency over 64 connections is in MB. The page contradicts itself here: '45 MB' (Facts: Label) is "
        "in MB, and latency is a time."
    )
