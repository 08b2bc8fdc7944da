"""The verdicts on figures about online facts."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from harness.figures.document import check_document
from harness.figures.judge import judge
from harness.figures.online.facts import NOT_ASKED, Answer, Fact, Unanswered
from harness.figures.online.services import Question
from harness.figures.online.verdicts import with_answers
from harness.figures.printed import UNITS
from harness.figures.published import Contradiction, Figure, FigureSet, JudgedFigures, Judgement, Rule
from harness.manifest import load_targets
from harness.model import Summary, Verdict
from tests.checkout import ROOT
from tests.figures.cases import RUN, figure

TARGETS = load_targets(ROOT)
VALUES: dict[str, float | str] = {"pallets/flask": 71_000.0, "gin-gonic/gin": 85_000.0, "flask": 55_000.0}


def ask(question: Question) -> Answer | Unanswered:
    value = next((value for name, value in VALUES.items() if question.about.endswith(f" {name}")), None)
    if question.fact is Fact.LATEST_RELEASE:
        value = "3.1.2"
    if value is None:
        return Unanswered("offline: nothing can be reached")
    return Answer(question.fact, value, question.service, question.url, "2026-11-28")


def judged(*figures: Figure) -> tuple[Judgement, ...]:
    source = FigureSet("A page", "someone", "Jun 2026", Path("page.toml"), figures)
    (answered,) = with_answers([judge(source, Summary(RUN, (), ()), TARGETS)], TARGETS, ask)
    return answered.judgements


def stars(low: float, high: float | None = None, **changes: object) -> Figure:
    changes = {"online": Fact.STARS, **changes}
    return replace(figure(None, "stars", low, high, rounding=50.0), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "verdict"),
    [
        (stars(71_000), Verdict.CONFIRMED),
        (stars(68_000, math.inf), Verdict.CONFIRMED),
        (stars(60_000, 80_000), Verdict.CONFIRMED),
        (stars(68_000), Verdict.NOT_REPRODUCED),
        (stars(72_000, math.inf), Verdict.NOT_REPRODUCED),
        (stars(90_000), Verdict.REFUTED),
        (stars(90_000, math.inf), Verdict.REFUTED),
        (replace(stars(68), unit=UNITS["thousand"], low=71e3, high=71e3), Verdict.CONFIRMED),
        (replace(stars(90_000), online=Fact.QUESTIONS), Verdict.REFUTED),
        (replace(stars(30e6), online=Fact.WEEKLY_DOWNLOADS), Verdict.NOT_REPRODUCED),
    ],
)
def test_a_number_is_judged_by_the_answer_of_today(one: Figure, verdict: Verdict) -> None:
    (judgement,) = judged(one)
    assert judgement.verdict is verdict


def test_downloads_of_a_week_may_have_been_more() -> None:
    VALUES["the package flask"] = 1.0
    (judgement,) = judged(replace(stars(60_000), online=Fact.WEEKLY_DOWNLOADS))
    assert judgement.verdict is Verdict.NOT_REPRODUCED


def test_a_reason_has_service_number_and_date() -> None:
    (judgement,) = judged(stars(90_000))
    assert judgement.reason == (
        "GitHub has 71,000 stars of its repository on 2026-11-28, and the page states 90000; such a count hardly ever "
        "falls."
    )


def test_a_ratio_is_judged_by_two_answers() -> None:
    ratio = replace(figure(None, "% difference", -16, rounding=0.5, of="gin_app"), online=Fact.STARS)
    wrong = replace(figure(None, "% difference", -60, rounding=0.5, of="gin_app"), online=Fact.STARS)
    right, other = judged(ratio, wrong)
    assert right.verdict is Verdict.CONFIRMED
    assert "GitHub has 71,000 stars of its repository for flask_app on 2026-11-28 and GitHub has 85,000" in right.reason
    assert other.verdict is Verdict.NOT_REPRODUCED


def test_a_release_is_compared_by_its_name() -> None:
    one = replace(figure(None, "words", 1), low=math.nan, high=math.nan, states="3.1", online=Fact.LATEST_RELEASE)
    right, older = judged(one, replace(one, states="3.0"))
    assert right.verdict is Verdict.CONFIRMED
    assert right.reason.startswith("PyPI has 3.1.2 as the latest release on 2026-11-28")
    assert older.verdict is Verdict.NOT_REPRODUCED


def test_what_no_service_answers_is_not_measured_and_the_rest_goes_on() -> None:
    unknown, no_service, plain, asked = judged(
        stars(68_000, target="falcon_app", quantity=None),
        stars(68_000, online=Fact.PACKAGES, quantity=None),
        replace(figure(None, "stars", 68_000), quantity=None),
        stars(71_000, quantity=None),
    )
    assert unknown.reason == "Not measured: there is no target 'falcon_app' here."
    assert no_service.reason == "Not measured: PyPI states no number of packages."
    assert {one.verdict for one in (unknown, no_service, plain)} == {Verdict.NOT_MEASURED}
    assert asked.verdict is Verdict.CONFIRMED


def test_without_an_answer_a_contradiction_stands() -> None:
    one = stars(68_000, online=Fact.PACKAGES)
    source = FigureSet("A page", "someone", "Jun 2026", Path("page.toml"), (one,))
    disputed = Judgement(one, Verdict.CONTRADICTED, "the page contradicts itself")
    before = JudgedFigures(source, (disputed,), (Contradiction(Rule.RATIO, "m", (one,)),))
    assert with_answers([before], TARGETS, ask) == (before,)


def test_the_reason_of_a_contradiction_tells_no_reader_to_ask_who_has_asked() -> None:
    one = stars(68_000, online=Fact.STARS, target="flask_app")
    source = FigureSet("A page", "someone", "Jun 2026", Path("page.toml"), (one,))
    disputed = Judgement(one, Verdict.CONTRADICTED, f"{NOT_ASKED} The page contradicts itself.")
    before = JudgedFigures(source, (disputed,), (Contradiction(Rule.RATIO, "m", (one,)),))
    (answered,) = with_answers([before], TARGETS, lambda _: Unanswered("offline"))
    assert answered.judgements[0].reason == "Not measured: offline. The page contradicts itself."


def test_each_question_is_asked_once() -> None:
    asked: list[str] = []

    def counted(question: Question) -> Answer | Unanswered:
        asked.append(question.url)
        return ask(question)

    source = FigureSet("A page", "someone", "Jun 2026", Path("page.toml"), (stars(1), stars(2), stars(3)))
    with_answers([judge(source, Summary(RUN, (), ()), TARGETS)], TARGETS, counted)
    assert len(asked) == 1


def test_without_a_question_the_reason_names_the_option() -> None:
    source = FigureSet("A page", "someone", "Jun 2026", Path("page.toml"), (stars(1),))
    (judgement,) = judge(source, Summary(RUN, (), ()), TARGETS).judgements
    assert judgement.reason == "Only a public service states it: harness check --online asks there."


def test_the_document_has_the_answers() -> None:
    source = FigureSet("A page", "someone", "Jun 2026", Path("page.toml"), (stars(71_000),))
    answered = with_answers([judge(source, Summary(RUN, (), ()), TARGETS)], TARGETS, ask)
    (row,) = check_document(answered, RUN).figures
    assert row.answer == "71,000 stars"
    assert [(one.fact, one.value, one.service, one.date) for one in row.online] == [
        ("stars", 71_000.0, "GitHub", "2026-11-28")
    ]
