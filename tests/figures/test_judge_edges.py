"""Verdicts at the exact limits between the rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.figures.judge import judge
from harness.figures.published import FigureSet
from harness.model import Attribute, AttributeName, Summary, Verdict
from tests.figures.cases import GIN, GTHREAD, RUN, SYNC, comparison, figure, judge_all, judge_one, result


class TestConditions:
    @pytest.mark.parametrize(("connections", "verdict"), [(1, Verdict.NOT_MEASURED), (2, Verdict.NOT_COMPARABLE)])
    def test_concurrent_load_has_at_least_two_connections(self, connections: int, verdict: Verdict) -> None:
        measured = result(GTHREAD, f"throughput.closed.c{connections}", (90.0, 100.0, 110.0))
        one = figure("throughput.closed.*", "req/s", 100, conditions=("Concurrent Load",))
        assert judge_one(one, measured).verdict is verdict

    def test_a_peak_does_not_fulfil_the_condition_concurrent_load(self) -> None:
        peak = result(GTHREAD, "throughput.peak", (90.0, 100.0, 110.0))
        one = figure("throughput.peak", "req/s", 100, conditions=("concurrent load",))
        assert judge_one(one, peak).verdict is Verdict.NOT_MEASURED

    def test_evidence_must_fulfil_all_conditions(self) -> None:
        idle = result(GTHREAD, "memory.idle", (46e6, 46.2e6, 46.4e6), scenario=None)
        one = figure("memory.*", "MB", 46, rounding=0.5, conditions=("peak", "without optimization"))
        assert judge_one(one, idle).reason == "The run has no memory of flask_app for 'peak', 'without optimization'."
        assert judge_one(replace(one, conditions=("Idle", "Without Optimization")), idle).verdict is Verdict.CONFIRMED

    def test_the_reason_names_every_condition_that_no_run_fulfils(self) -> None:
        idle = result(GTHREAD, "memory.idle", (46e6, 46.2e6, 46.4e6), scenario=None)
        one = figure("memory.*", "MB", 46, conditions=("Serverless", "idle", "on Mars"))
        assert judge_one(one, idle).reason == "It is stated for 'Serverless', 'on Mars', which no run here reproduces."


class TestReasons:
    def test_a_reason_with_the_runs_reason_ends_with_one_full_stop(self) -> None:
        absent = result(GTHREAD, "memory.idle", (1.0, 1.0, 1.0), scenario=None)
        absent = replace(absent, estimate=None, low=None, high=None, reason="it died...")
        assert judge_one(figure("memory.idle", "MB", 46), absent).reason.endswith("flask_app:gthread: it died.")

    def test_a_reason_with_the_evidence_of_an_attribute_ends_with_one_full_stop(self) -> None:
        claim = replace(figure("attribute.admin", "words", 0), states="no")
        tried = Attribute("flask_app", AttributeName.ADMIN, "no", ".hidden: 404.")
        page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (claim,))
        (judgement,) = judge(page, Summary(replace(RUN, attributes=(tried,)), (), ())).judgements
        assert judgement.reason == "It states: no. Tried: no, .hidden: 404."

    @pytest.mark.parametrize(("target", "name"), [("gin_app", AttributeName.ADMIN), ("flask_app", AttributeName.ORM)])
    def test_an_attribute_of_another_target_or_name_is_no_evidence(self, target: str, name: AttributeName) -> None:
        claim = replace(figure("attribute.admin", "words", 0), states="no")
        page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (claim,))
        tried = Attribute(target, name, "no", "404")
        (judgement,) = judge(page, Summary(replace(RUN, attributes=(tried,)), (), ())).judgements
        assert (judgement.verdict, judgement.reason) == (
            Verdict.NOT_MEASURED,
            "The run did not try 'Label' of flask_app.",
        )

    def test_the_reason_for_a_figure_without_quantity_names_its_label(self) -> None:
        one = replace(figure(None, "stars", 68_000), quantity=None)
        assert judge_one(one).reason == "No metric of this harness measures Label."

    @pytest.mark.parametrize(
        ("label", "printed", "what"),
        [
            ("[2.8x Flask, at]", "12 MB", "at 12 MB"),
            ("[out of the race: 3.1k rps,]", "12 MB", "12 MB"),
            ("[reaches 5k rps, and Gin needs]", "Gin needs 12 MB", "and Gin needs 12 MB"),
            ("[text]", "12 MB of it", "12 MB of it"),
        ],
    )
    def test_the_reason_for_a_number_of_a_sentence_has_it_in_its_words(
        self, label: str, printed: str, what: str
    ) -> None:
        one = replace(figure(None, "stars", 68_000), quantity=None, label=label, printed=printed)
        assert judge_one(one).reason == f"No metric of this harness measures '{what}'."

    def test_the_reason_for_a_figure_in_two_contradictions_has_the_first(self) -> None:
        one, two = (figure("footprint.image", "KB", at, name=name) for at, name in ((1, "a"), (9, "b")))
        apart = replace(figure("footprint.image", "x", 99, target="gin_app", of="flask_app", name="c"), section="Pros")
        gin = figure("footprint.image", "KB", 5, target="gin_app", name="d")
        judgements = judge_all([one, two, gin, apart])
        assert [judgement.verdict for judgement in judgements] == [
            Verdict.CONTRADICTED,
            Verdict.CONTRADICTED,
            Verdict.CONTRADICTED,
            Verdict.CONTRADICTED,
        ]
        assert "can't all hold" in judgements[0].reason
        assert "and the page prints" in judgements[3].reason

    def test_the_absence_reason_of_another_target_is_not_used(self) -> None:
        absent = replace(
            result(GIN, "memory.idle", (1.0, 1.0, 1.0), scenario=None), estimate=None, low=None, high=None, reason="why"
        )
        assert judge_one(figure("memory.idle", "MB", 46), absent).reason == "The run has no idle memory of flask_app."


class TestWhatIsEvidence:
    def test_comparisons_of_another_metric_or_other_targets_are_no_evidence(self) -> None:
        other_metric = comparison("memory.idle", (4.0, 5.0, 6.0), scenario=None)
        other_targets = replace(comparison("throughput.closed.c8", (4.0, 5.0, 6.0)), subject=SYNC)
        wanted = comparison("throughput.closed.c8", (1.9, 2.0, 2.1))
        ratio = figure("throughput.closed.*", "x", 2.0, target="gin_app", of="flask_app")
        judgement = judge_one(ratio, other_metric, other_targets, wanted)
        assert (judgement.verdict, [piece.estimate for piece in judgement.evidence]) == (Verdict.CONFIRMED, [2.0])

    def test_one_load_dependent_number_makes_a_figure_without_a_load_not_comparable(self) -> None:
        peak = result(GTHREAD, "throughput.peak", (90.0, 100.0, 110.0))
        level = result(GTHREAD, "throughput.closed.c8", (90.0, 100.0, 110.0))
        judgement = judge_one(figure("throughput.*", "req/s", 100), peak, level)
        assert "fits it, but the page states no load" in judgement.reason
