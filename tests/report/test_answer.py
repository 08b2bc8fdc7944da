"""The short answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.model import Bound, Difference, RunStatus
from harness.report.answer import Sentence, short_answer
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.odd_runs import noisy, partial
from tests.report.paced_run import with_paced
from tests.report.revision_run import with_revision
from tests.report.seven_run import SEVEN, TEN, many_material

if TYPE_CHECKING:
    from harness.model import Subject
    from harness.report.material import Material


def text_of(report: Material) -> str:
    return " ".join(f"{s.before}{s.key}{s.after}" for s in short_answer(report).sentences)


def with_verdict(verdict: Difference) -> Material:
    report = material()
    changed = tuple(replace(comparison, verdict=verdict) for comparison in report.summary.comparisons)
    return replace(report, summary=replace(report.summary, comparisons=changed))


def with_bounds(flask: Bound | None, gin: Bound | None) -> Material:
    report = material()
    bounds = {FLASK: flask, GIN: gin}
    changed = tuple(replace(result, bound=bounds[result.subject]) for result in report.summary.results)
    return replace(report, summary=replace(report.summary, results=changed))


def with_limits(at_least: float | None, at_most: float | None) -> Material:
    """Return a report whose ratios have these limits."""
    report = with_bounds(Bound.GENERATOR, Bound.TARGET)
    changed = tuple(replace(one, at_least=at_least, at_most=at_most) for one in report.summary.comparisons)
    return replace(report, summary=replace(report.summary, comparisons=changed))


def test_the_answer_gives_ratio_interval_blocks_and_bound_in_two_sentences() -> None:
    assert len(short_answer(material()).sentences) == 2
    assert text_of(material()) == (
        "Over 32 connections (scenario hello, one CPU each), Gin answered 13.9 times [13.5, 14.4] as many "
        "requests per second as Flask: 85,300 req/s against 6,120 req/s. "
        "Measured in 5 blocks with 95 % intervals; Flask was limited by its own CPU time; Gin was limited by the load "
        "generator, so its figure is a lower bound: the true ratio of Gin to Flask is at least 13.5."
    )


def test_the_ratio_is_the_emphasised_part() -> None:
    assert short_answer(material()).sentences[0].key == "13.9 times"


def test_a_ratio_with_a_wide_interval_is_said_by_its_lower_end() -> None:
    of = material()
    wide = tuple(replace(one, low=one.ratio / 3.5, high=one.ratio * 3.5) for one in of.summary.comparisons)
    sentence = short_answer(replace(of, summary=replace(of.summary, comparisons=wide))).sentences[0]
    assert sentence.key == "at least 3.98 times"
    assert sentence.after.startswith(" [3.98, 48.8] as many requests per second")


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Difference.EQUIVALENT, "Gin and Flask answered equally many requests per second, ratio 13.9 [13.5, 14.4]"),
        (Difference.NO_DIFFERENCE_SHOWN, "no difference in requests per second was shown between Gin and Flask, ratio"),
        (
            Difference.INCONCLUSIVE,
            "it is not clear from this run whether Gin or Flask answers more requests per second, ratio",
        ),
    ],
)
def test_the_answer_claims_no_more_than_the_comparison(verdict: Difference, words: str) -> None:
    assert words in text_of(with_verdict(verdict))
    assert "times" not in text_of(with_verdict(verdict))


@pytest.mark.parametrize(
    ("flask", "gin", "words"),
    [
        (Bound.TARGET, Bound.TARGET, "Gin and Flask were limited by their own CPU time."),
        (Bound.GENERATOR, Bound.TARGET, "so its figure is a lower bound: the true ratio of Gin to"),
        (Bound.GENERATOR, Bound.GENERATOR, "by the load generator, so their figures are lower bounds: the true ratio"),
        (Bound.ROUND_TRIP, Bound.ROUND_TRIP, "Gin and Flask were limited by the round trip of one connection."),
        (Bound.NEITHER, Bound.TARGET, "Flask was limited neither by its own CPU time nor by the load generator;"),
        (None, None, "what limited Gin and Flask is not known."),
    ],
)
def test_the_answer_names_what_limited_each_side_and_the_consequence_for_the_ratio(
    flask: Bound | None, gin: Bound | None, words: str
) -> None:
    assert words in text_of(with_bounds(flask, gin))


@pytest.mark.parametrize(
    ("at_least", "at_most", "words"),
    [
        (3.1, 4.6, "between 3.10 and 4.60"),
        (3.1, None, "at least 3.10"),
        (None, 4.6, "at most 4.60"),
        (None, None, "unknown"),
    ],
)
def test_the_answer_gives_the_limits_of_a_ratio_that_the_generator_leaves_open(
    at_least: float | None, at_most: float | None, words: str
) -> None:
    assert f"the true ratio of Gin to Flask is {words}." in text_of(with_limits(at_least, at_most))


def test_the_limits_of_a_ratio_have_the_direction_of_the_sentence_before() -> None:
    report = with_limits(0.25, 0.5)
    lower = tuple(
        replace(one, ratio=0.4, low=0.38, high=0.42, verdict=Difference.LOWER) for one in report.summary.comparisons
    )
    answer = text_of(replace(report, summary=replace(report.summary, comparisons=lower)))
    assert "Flask answered 2.50 times [2.38, 2.63] as many requests per second as Gin" in answer
    assert "Gin was limited by its own CPU time; Flask was limited by the load generator" in answer
    assert answer.endswith(": the true ratio of Flask to Gin is between 2.00 and 4.00.")


def test_an_unknown_bound_and_a_known_one_share_a_sentence() -> None:
    words = "what limited Flask is not known; Gin was limited by the load generator, so its figure is a lower bound:"
    assert words in text_of(with_bounds(None, Bound.GENERATOR))


def test_a_run_with_a_noise_floor_states_the_basis_of_the_claim() -> None:
    report = material()
    summary = replace(report.summary, noise_floor={"throughput.closed.c32": 0.0063, "throughput.closed.c64": 0.5})
    assert (
        "as many requests per second as Flask: 85,300 req/s against 6,120 req/s. Measured in 5 blocks with "
        "95 % intervals (a difference below 0.630 % is within the noise); "
    ) in text_of(replace(report, summary=summary))


def test_a_lower_throughput_is_said_the_other_way_round() -> None:
    report = material()
    lower = tuple(
        replace(one, ratio=0.5, low=0.48, high=0.52, verdict=Difference.LOWER) for one in report.summary.comparisons
    )
    answer = short_answer(replace(report, summary=replace(report.summary, comparisons=lower)))
    assert answer.sentences[0] == Sentence(
        "Over 32 connections (scenario hello, one CPU each), Flask answered ",
        "2.00 times",
        " [1.92, 2.08] as many requests per second as Gin: 6,120 req/s against 85,300 req/s.",
    )


def test_with_several_variants_the_answer_compares_different_targets() -> None:
    assert text_of(material(FLASK, FLASK_SYNC, GIN)).startswith(
        "Over 32 connections (scenario hello, one CPU each), Gin answered 13.9 times [13.5, 14.4] as many "
        "requests per second as Flask gthread"
    )


def test_without_a_comparison_the_answer_gives_each_throughput() -> None:
    assert text_of(material(FLASK)).startswith(
        "Over 32 connections (scenario hello, one CPU each), Flask answered 6,120 requests per second [6,000, 6,240]."
    )


def test_without_a_comparison_the_load_is_said_once() -> None:
    text = text_of(material(compared=False))
    assert "Flask answered 6,120 requests per second [6,000, 6,240]. Gin answered 85,300 requests per second" in text
    assert text.count("Over 32 connections") == 1


def test_without_a_comparison_many_throughputs_are_one_sentence() -> None:
    text = text_of(partial(many_material(TEN)))
    assert text.startswith(
        "Over 32 connections (scenario hello, one CPU each), the targets answered, in requests per second: "
        "Flask 6,120 [6,000, 6,240]; Gin 85,300 [83,600, 87,000]; Django 4,280 [4,200, 4,370]; "
    )
    assert text.endswith(
        "; Ruby on Rails 2,450 [2,400, 2,500]. Measured in 2 blocks with 95 % intervals (a difference "
        "below 2.00 % is within the noise)."
    )
    assert text.count("answered") == 1


def test_the_answer_gives_the_reason_of_a_failed_target() -> None:
    assert "Gin has no throughput: block 1: the target failed (start)." in text_of(failed_material())


def test_the_answer_of_an_empty_run_has_no_numbers() -> None:
    answer = short_answer(empty_material())
    assert answer.sentences == (Sentence("Flask and Gin have no throughput: none was measured."),)
    assert answer.glances == ()


def test_without_the_shared_level_the_answer_takes_the_highest_level() -> None:
    report = material()
    results = tuple(r for r in report.summary.results if not r.metric.endswith(".c32"))
    ratios = tuple(c for c in report.summary.comparisons if not c.metric.endswith(".c32"))
    changed = replace(report, summary=replace(report.summary, results=results, comparisons=ratios))
    assert text_of(changed).startswith("Over 64 connections (scenario hello, one CPU each), Gin answered 14.4 times")


def test_the_answer_shows_four_metrics() -> None:
    glances = short_answer(material(ceiling=NULL)).glances
    assert [(glance.title, [(name, cell.number) for name, cell in glance.cells]) for glance in glances] == [
        ("Throughput over 32 connections", [("Flask", "6,120"), ("Gin", "85,300")]),
        ("p99 latency at 1,000 req/s", [("Flask", "1.84"), ("Gin", "142")]),
        ("Loaded memory", [("Flask", "49.2"), ("Gin", "9.75")]),
        ("Time to the first right answer", [("Flask", "231"), ("Gin", "76.1")]),
    ]
    assert [(glance.ratio.number, glance.ratio.interval) for glance in glances if glance.ratio] == [
        ("13.9 times higher", "[13.5, 14.4]"),
        ("13.0 times lower", "[12.6, 13.4]"),
        ("5.05 times lower", "[4.90, 5.21]"),
        ("3.04 times lower", "[2.95, 3.13]"),
    ]
    assert {glance.pair for glance in glances} == {"Gin against Flask"}


def test_a_partial_run_gives_numbers_and_no_ratio() -> None:
    report = material(status=RunStatus.INTERRUPTED)
    run = report.stored.run
    orders = run.plan.orders * 2
    run = replace(run, plan=replace(run.plan, orders=orders))
    cut_short = replace(report, summary=replace(report.summary, run=run), stored=replace(report.stored, run=run))
    assert text_of(cut_short).startswith(
        "Over 32 connections (scenario hello, one CPU each), Flask answered 6,120 requests per second [6,000, 6,240]."
    )
    assert [glance.ratio for glance in short_answer(cut_short).glances] == [None] * 4


def test_the_latency_at_a_common_rate_is_shown_and_not_that_at_each_targets_own() -> None:
    report = material()
    own = [replace(r, metric="latency.own60.p99") for r in report.summary.results if r.metric.endswith(".r1000.p99")]
    results = (*report.summary.results, *own)
    glances = short_answer(replace(report, summary=replace(report.summary, results=results))).glances
    assert own
    assert glances[1].title == "p99 latency at 1,000 req/s"


def test_without_any_p99_the_answer_shows_the_next_lower_percentile() -> None:
    report = material()
    results = tuple(r for r in report.summary.results if not r.metric.endswith(".p99"))
    glances = short_answer(replace(report, summary=replace(report.summary, results=results))).glances
    assert glances[1].title == "p90 latency at 1,000 req/s"


def without(report: Material, ending: str, *subjects: Subject) -> Material:
    """Return a report in which a metric of some subjects has no number."""
    results = tuple(
        replace(one, estimate=None, low=None, high=None, reason="too few samples")
        if one.metric.endswith(ending) and one.subject in subjects
        else one
        for one in report.summary.results
    )
    return replace(report, summary=replace(report.summary, results=results))


def test_a_card_without_any_number_gives_way_to_one_with_numbers() -> None:
    assert short_answer(without(material(), ".p99", FLASK)).glances[1].title == "p99 latency at 1,000 req/s"
    glance = short_answer(without(material(), ".p99", FLASK, GIN)).glances[1]
    assert glance.title == "p90 latency at 1,000 req/s"
    assert all(cell.absent is None for _, cell in glance.cells)
    report = without(material(), "memory.loaded", FLASK, GIN)
    assert [one.title for one in short_answer(report).glances][2] == "Idle memory"


def test_a_card_of_a_pair_gives_way_if_only_a_third_target_has_a_number() -> None:
    whole = noisy(many_material(SEVEN))
    glance = short_answer(without(whole, ".p99", FLASK, GIN)).glances[1]
    assert [name for name, _ in glance.cells] == ["Flask", "Gin"]
    assert glance.title == "p90 latency at 1,000 req/s"


def test_a_run_of_paced_users_alone_says_that_it_ranks_nothing() -> None:
    text = text_of(with_paced("shop"))
    assert text.startswith(
        "The load of shop is paced: its users decide it, and not the targets. So this run has no throughput and "
        "ranks no target by its rate. Measured in 3 blocks"
    )


def test_the_cards_of_paced_users_alone_have_their_rate_and_response_times() -> None:
    titles = [glance.title for glance in short_answer(with_paced("shop")).glances]
    assert titles[:2] == ["Rate of 32 users (paced)", "Median latency of 32 users (paced)"]
    assert titles[-1] == "Idle memory"


def test_paced_users_beside_another_scenario_are_not_in_the_answer() -> None:
    report = with_paced("shop", "hello")
    assert "Over 32 connections (scenario hello" in text_of(report)
    assert "shop" not in text_of(report)
    assert not any("paced" in glance.title for glance in short_answer(report).glances)


def test_a_run_against_a_revision_leads_with_the_change() -> None:
    first, *others = short_answer(with_revision()).sentences
    assert f"{first.before}{first.key}{first.after}".startswith(
        "Over 32 connections (scenario hello, one CPU each), Flask at 0123abc answered 1.11 times [1.10, 1.12] as many "
        "requests per second as Flask: "
    )
    assert not any("Gin answered" in one.before for one in others)
