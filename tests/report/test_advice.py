"""The advice of a comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.model import Attribute, AttributeName, Difference, Support
from harness.report.advice import Advice, advice
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from harness.report.material import Material


def advised(report: Material) -> Advice:
    found = advice(report)
    assert found is not None
    return found


def with_verdict(verdict: Difference) -> Material:
    report = material()
    changed = tuple(replace(one, verdict=verdict) for one in report.summary.comparisons)
    return replace(report, summary=replace(report.summary, comparisons=changed))


def with_attributes(*attributes: Attribute) -> Material:
    report = material()
    run = replace(report.summary.run, attributes=attributes)
    return replace(report, summary=replace(report.summary, run=run))


def test_a_target_is_chosen_for_what_the_other_one_does_not_reach() -> None:
    gin, flask = advised(material()).sides
    assert [said.text for said in gin.choose] == [
        "you need more than 6,240 req/s from one instance",
        "you need a median latency at 1,000 req/s below 404 µs",
        "you need a p99 latency at 1,000 req/s below 1.80 ms",
        "an instance must stay below 48.3 MiB of loaded memory",
        "an instance must give its first right answer within 227 ms",
    ]
    assert flask.choose == flask.pros == ()
    assert gin.cons == ()


def test_pros_and_cons_are_the_same_differences_from_both_sides() -> None:
    gin, flask = advised(material()).sides
    assert len(gin.pros) == len(flask.cons) == 5
    assert gin.pros[0].text == "throughput over 32 connections: 13.9 times higher than Flask's [13.5, 14.4]"
    assert flask.cons[0].text == "throughput over 32 connections: 13.9 times lower than Gin's [13.5, 14.4]"
    assert gin.pros[0].evidence == flask.cons[0].evidence == "row:throughput.closed.c32:hello"


def test_an_attribute_that_one_target_has_alone_is_a_pro_and_a_con() -> None:
    alone = (
        Attribute("gin_app", AttributeName.VALIDATION, Support.YES, "tried"),
        Attribute("flask_app", AttributeName.VALIDATION, Support.EXTENSION, "tried"),
        Attribute("gin_app", AttributeName.ADMIN, Support.NO, "tried"),
        Attribute("flask_app", AttributeName.ADMIN, Support.NO, "tried"),
        Attribute("gin_app", AttributeName.ORM, Support.YES, "tried"),
    )
    gin, flask = advised(with_attributes(*alone)).sides
    assert [said.text for said in gin.pros[5:]] == ["Built-in validation: yes; Flask: by extension"]
    assert [said.text for said in flask.cons[5:]] == ["Built-in validation: by extension; Gin: yes"]


def test_what_the_numbers_do_not_carry_is_not_said() -> None:
    for verdict in (Difference.NO_DIFFERENCE_SHOWN, Difference.EQUIVALENT, Difference.INCONCLUSIVE):
        assert advice(with_verdict(verdict)) is None
    assert [advice(one) for one in (failed_material(), empty_material(), material(FLASK))] == [None] * 3
    assert advice(material(FLASK, FLASK_SYNC)) is None  # two variants of one framework
    assert advice(seven_material()) is None  # ranked


def test_no_difference_beside_an_interval_without_1_has_its_reason() -> None:
    of, why = material(), "closer to 1 than the noise floor: two copies of one target differ by as much"
    close = {"verdict": Difference.NO_DIFFERENCE_SHOWN, "ratio": 0.978, "low": 0.958, "high": 0.997, "warnings": (why,)}
    compared = tuple(
        replace(one, **close) if one.metric == "memory.loaded" else one  # type: ignore[arg-type]
        for one in of.summary.comparisons
    )
    questions = advised(replace(of, summary=replace(of.summary, comparisons=compared))).questions
    (answer,) = (one.answer.text for one in questions if one.question == "Which one needs less memory?")
    assert answer == f"This run shows no difference in loaded memory: ratio 0.978 [0.958, 0.997], {why}."


def test_each_question_is_answered_by_its_verdict() -> None:
    questions = {one.question: one.answer.text for one in advised(material()).questions}
    assert questions["Which one needs less memory?"] == (
        "Gin: its loaded memory is 5.05 times lower than that of Flask [4.90, 5.21]."
    )
    assert "Is the difference more than noise?" not in questions


def test_noise_is_denied_only_where_the_whole_interval_lies_beyond_the_noise_floor() -> None:
    report = material()
    for floor, is_said in ((0.02, True), (13.0, False)):
        summary = replace(report.summary, noise_floor={"throughput.closed.c32": floor})
        found = advised(replace(report, summary=summary)).questions
        assert ("Is the difference more than noise?" in {one.question for one in found}) is is_said
