"""A number that a page prints in several places, of which one states the conditions."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.figures.elsewhere import in_words, stated_elsewhere
from harness.figures.judge import judge
from harness.figures.online.facts import Fact
from harness.figures.published import Figure, FigureSet, Judgement
from harness.model import Summary, Verdict
from tests.figures.cases import GTHREAD, RUN, figure, result

ONE, MANY = "throughput.closed.c1", "throughput.closed.c32"
RATES = (result(GTHREAD, ONE, (4100.0, 4150.0, 4200.0)), result(GTHREAD, MANY, (4300.0, 4400.0, 4500.0)))


def rate(name: str, *conditions: str, value: float = 3200.0, **changes: Any) -> Figure:  # noqa: ANN401 - any field
    one = figure("throughput.closed.*", "req/s", value, name=name, conditions=conditions)
    return replace(one, **changes)


def judged(*figures: Figure) -> dict[str, Judgement]:
    page = FigureSet("T", "S", "D", Path("page.toml"), figures)
    return {one.figure.id: one for one in judge(page, Summary(RUN, RATES, ())).judgements}


def test_the_bare_number_takes_the_conditions_of_the_same_number_and_names_its_place() -> None:
    cell, sentence = rate("cell"), rate("text", "100 connections", place=(3, 1))
    assert judged(cell)["cell"].verdict is Verdict.NOT_REPRODUCED
    found = judged(cell, sentence)
    assert {one.verdict for one in found.values()} == {Verdict.NOT_MEASURED}
    assert found["cell"].reason == (
        f"{found['text'].reason} The page states its conditions with the same number in text (line 3): "
        "'100 connections'."
    )
    assert found["cell"].figure.conditions == ()


def test_conditions_that_were_driven_are_judged_in_both_places() -> None:
    found = judged(rate("cell"), rate("text", "32 connections"))
    assert {one.verdict for one in found.values()} == {Verdict.NOT_REPRODUCED}
    assert "c32" not in found["cell"].reason
    assert [piece.metric for piece in found["cell"].evidence] == [MANY]


def test_of_several_places_the_first_without_an_accusation_counts() -> None:
    places = [rate("a", "32 connections"), rate("b", "100 connections"), rate("c", "200 connections")]
    found = judged(rate("cell"), *places)
    assert found["a"].verdict is Verdict.NOT_REPRODUCED
    assert found["cell"].verdict is Verdict.NOT_MEASURED
    assert "in b: '100 connections'" in found["cell"].reason


def test_conditions_of_another_place_accuse_no_number_that_is_not_accused_without_them() -> None:
    found = judged(rate("cell", value=4150.0), rate("text", "32 connections", value=4150.0))
    assert found["text"].verdict is Verdict.NOT_REPRODUCED
    assert found["cell"].verdict is Verdict.NOT_COMPARABLE
    assert "with the same number" not in found["cell"].reason


@pytest.mark.parametrize(
    "other",
    [
        rate("other", "100 connections", value=3201.0),
        rate("other", "100 connections", high=4000.0),
        rate("other", "100 connections", target="gin_app"),
        rate("other", "100 connections", of="gin_app"),
        rate("other", "100 connections", metric="throughput.peak"),
        rate("other", "100 connections", metric=None),
        rate("other", "100 connections", states="yes"),
        rate("other", "100 connections", online=Fact.STARS),
        rate("other"),
    ],
)
def test_another_number_or_a_place_without_conditions_states_nothing(other: Figure) -> None:
    assert stated_elsewhere((rate("cell"), other)) == {}


def test_a_place_must_state_all_that_the_number_states_itself() -> None:
    own = rate("cell", "gunicorn")
    assert stated_elsewhere((own, rate("other", "100 connections"))) == {}
    other = rate("other", "gunicorn", "100 connections")
    assert stated_elsewhere((own, other)) == {"cell": (other,)}
    assert stated_elsewhere((own, replace(own, id="same"), other, replace(other, id="again"))) == {
        "cell": (other,),
        "same": (other,),
    }


def test_a_place_without_a_line_is_named_by_its_id() -> None:
    assert in_words(rate("text", "100 connections", "gunicorn")) == (
        "The page states its conditions with the same number in text: '100 connections', 'gunicorn'."
    )
