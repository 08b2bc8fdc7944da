"""The view of published against measured."""

from __future__ import annotations

import math
from dataclasses import replace

from harness.figures.published import Judgement
from harness.model import Verdict
from harness.report.claims import Panel, claim_panels
from harness.units import Unit
from tests.report.material import empty_material, material
from tests.report.measured import FLASK, GIN, NUMBERS
from tests.report.published import JUDGED, evidence, figure

C32 = "throughput.closed.c32"


def judged(*judgements: Judgement) -> tuple[Panel, ...]:
    return claim_panels(replace(material(), judged=(replace(JUDGED, judgements=judgements, contradictions=()),)))


def throughput(printed: str, value: float | tuple[float, float], target: str = "flask_app") -> Judgement:
    subject = FLASK if target == "flask_app" else GIN
    found = figure("x", printed, value, "throughput.closed.*", "req/s", target=target)
    return Judgement(found, Verdict.NOT_REPRODUCED, "It is more.", (evidence(subject, C32, "hello"),))


def test_a_panel_has_each_target_with_its_measured_interval_and_claims() -> None:
    (panel,) = judged(throughput("20,000 req/s", 20_000, "gin_app"), throughput("~2,500 req/sec", 2_500))
    assert (panel.title, panel.unit) == ("Throughput", Unit.PER_SECOND)
    flask, gin = panel.targets
    assert [(of.target, of.place) for of in (flask, gin)] == [("Flask", 0), ("Gin", 1)]
    measured = NUMBERS[FLASK][C32, "hello"]
    assert (flask.low, flask.high) == (measured * 0.98, measured * 1.02)
    (claim,) = flask.claims
    assert (claim.text, claim.low, claim.high) == ("~2,500 req/sec", 2_500, 2_500)
    assert claim.verdict is Verdict.NOT_REPRODUCED


def test_a_bare_number_gets_its_unit_and_a_sentence_becomes_its_number() -> None:
    long = throughput("Handles 500-1,500 requests per second in practice", (500, 1_500))
    (panel,) = judged(throughput("30,000", 30_000), long)
    assert [claim.text for claim in panel.targets[0].claims] == ["30,000 req/s", "500-1,500 req/s"]


def test_a_figure_that_is_printed_twice_is_one_claim() -> None:
    (panel,) = judged(throughput("30,000", 30_000), throughput("30,000", 30_000))
    assert len(panel.targets[0].claims) == 1


def test_a_bound_keeps_its_infinite_end() -> None:
    bound = throughput("30,000+", 30_000)
    bound = replace(bound, figure=replace(bound.figure, high=math.inf))
    (panel,) = judged(bound)
    assert panel.targets[0].claims[0].high == math.inf


def test_ratios_words_and_figures_without_a_measured_number_have_no_place() -> None:
    ratio = throughput("5x", 5)
    ratio = replace(ratio, figure=replace(ratio.figure, of="gin_app"))
    assert judged(ratio, replace(throughput("30,000", 30_000), evidence=()), throughput("0 req/s", 0)) == ()
    assert claim_panels(empty_material()) == ()
