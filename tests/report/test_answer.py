"""The short answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.model import Bound, Difference
from harness.report.answer import Sentence, short_answer
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL

if TYPE_CHECKING:
    from harness.report.material import Material


def said(report: Material) -> str:
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


def test_it_gives_ratio_interval_bound_blocks_and_machine() -> None:
    assert said(material()) == (
        "Over 32 connections (scenario hello), Gin answered 13.9 times [13.5, 14.4] as many requests per second as "
        "Flask: 85,300 req/s against 6,120 req/s. Flask ran into the limit of its own CPU time; Gin outran the load "
        "generator, so its figure is a lower bound: the true ratio is at least that. From 5 blocks with intervals of "
        "95 %, on 2 × Imaginary CPU @ 2.50GHz, 8.0 GiB, docker 20.10.24."
    )


def test_the_ratio_is_what_stands_out() -> None:
    assert short_answer(material()).sentences[0].key == "13.9 times"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Difference.EQUIVALENT, "Gin and Flask answered equally many requests per second, ratio 13.9 [13.5, 14.4]"),
        (Difference.NO_DIFFERENCE_SHOWN, "no difference in requests per second was shown between Gin and Flask, ratio"),
        (Difference.INCONCLUSIVE, "this run can't say whether Gin or Flask answers more requests per second, ratio"),
    ],
)
def test_it_claims_no_more_than_the_comparison(verdict: Difference, words: str) -> None:
    assert words in said(with_verdict(verdict))
    assert "times" not in said(with_verdict(verdict))


@pytest.mark.parametrize(
    ("flask", "gin", "words"),
    [
        (Bound.TARGET, Bound.TARGET, "Gin and Flask ran into the limit of their own CPU time."),
        (Bound.GENERATOR, Bound.TARGET, "so its figure is a lower bound: the true ratio is at most that."),
        (
            Bound.GENERATOR,
            Bound.GENERATOR,
            "Gin and Flask outran the load generator, so their figures are lower bounds: the true ratio is open.",
        ),
        (Bound.NEITHER, Bound.TARGET, "Flask ran into neither its own limit nor the generator's;"),
        (None, None, "What limited Gin and Flask is not known."),
    ],
)
def test_it_says_what_limited_either_side_and_what_that_makes_of_the_ratio(
    flask: Bound | None, gin: Bound | None, words: str
) -> None:
    assert words in said(with_bounds(flask, gin))


def test_a_bound_that_is_not_known_stands_beside_one_that_is() -> None:
    assert "What limited Flask is not known; Gin outran the load generator, so its figure is a lower bound:" in said(
        with_bounds(None, Bound.GENERATOR)
    )


def test_where_the_run_knows_its_noise_the_claim_says_on_what_it_rests() -> None:
    report = material()
    summary = replace(report.summary, noise_floor={"throughput.closed.c32": 0.0063, "throughput.closed.c64": 0.5})
    assert (
        "as many requests per second as Flask (95 %, 5 blocks; noise floor \N{PLUS-MINUS SIGN} 0.63 %): 85,300 req/s "
        "against 6,120 req/s."
    ) in said(replace(report, summary=summary))


def test_what_is_lower_is_claimed_as_a_part_of_it() -> None:
    report = material()
    lower = tuple(
        replace(one, ratio=0.5, low=0.48, high=0.52, verdict=Difference.LOWER) for one in report.summary.comparisons
    )
    answer = short_answer(replace(report, summary=replace(report.summary, comparisons=lower)))
    assert answer.sentences[0] == Sentence(
        "Over 32 connections (scenario hello), Gin answered ",
        "0.500 times",
        " [0.480, 0.520] as many requests per second as Flask: 85,300 req/s against 6,120 req/s.",
    )


def test_of_several_variants_it_compares_different_targets() -> None:
    assert said(material(FLASK, FLASK_SYNC, GIN)).startswith(
        "Over 32 connections (scenario hello), Gin answered 13.9 times [13.5, 14.4] as many requests per second as "
        "Flask gthread"
    )


def test_without_a_comparison_each_number_stands_for_itself() -> None:
    assert said(material(FLASK)).startswith(
        "Over 32 connections (scenario hello), Flask answered 6,120 [6,000, 6,240] requests per second. From 5 blocks"
    )


def test_a_failed_target_has_its_reason_in_the_answer() -> None:
    assert "There is no throughput of Gin: block 1: the target failed (start)." in said(failed_material())


def test_an_empty_run_says_so() -> None:
    answer = short_answer(empty_material())
    assert answer.sentences[0] == Sentence("There is no throughput of Flask: none was measured.")
    assert answer.glances == ()


def test_without_the_shared_level_the_highest_stands_for_the_run() -> None:
    report = material()
    results = tuple(r for r in report.summary.results if not r.metric.endswith(".c32"))
    ratios = tuple(c for c in report.summary.comparisons if not c.metric.endswith(".c32"))
    changed = replace(report, summary=replace(report.summary, results=results, comparisons=ratios))
    assert said(changed).startswith("Over 64 connections (scenario hello), Gin answered 14.4 times")


def test_four_numbers_stand_at_a_glance() -> None:
    glances = short_answer(material(ceiling=NULL)).glances
    assert [(glance.title, [(name, cell.number) for name, cell in glance.cells]) for glance in glances] == [
        ("Throughput over 32 connections", [("Flask", "6,120"), ("Gin", "85,300")]),
        ("p99 latency at 1,000 req/s", [("Flask", "1.84"), ("Gin", "142")]),
        ("Loaded memory", [("Flask", "49.2"), ("Gin", "9.75")]),
        ("Time to the first right answer", [("Flask", "231"), ("Gin", "76.1")]),
    ]
    assert [glance.ratio.number for glance in glances if glance.ratio] == ["13.9×", "0.0772×", "0.198×", "0.329×"]


def test_where_nobody_has_a_p99_the_next_percentile_stands_for_latency() -> None:
    report = material()
    results = tuple(r for r in report.summary.results if not r.metric.endswith(".p99"))
    glances = short_answer(replace(report, summary=replace(report.summary, results=results))).glances
    assert glances[1].title == "p90 latency at 1,000 req/s"
