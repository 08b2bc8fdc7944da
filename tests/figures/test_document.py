"""The document of judged figures: rows, places and totals."""

from dataclasses import replace
from pathlib import Path

from harness.figures.document import check_document, totals
from harness.figures.judge import judge
from harness.figures.published import Figure, FigureSet, JudgedFigures
from harness.model import Summary
from tests.figures.cases import IDLE, RUN, figure

MEMORY = figure("memory.idle", "MB", 46, rounding=0.5, name="memory")
STARS = replace(figure(None, "stars", 7, name="stars"), quantity="stars")
MORE_STARS = replace(figure(None, "stars", 9, name="more"), quantity="stars", label="Again", section="Full")


def judged(title: str, *figures: Figure) -> JudgedFigures:
    return judge(FigureSet(title, "A publisher", "Jun 2026", Path("page.toml"), figures), Summary(RUN, (IDLE,), ()))


def test_each_figure_is_a_row_with_its_nearest_measured_number() -> None:
    document = check_document([judged("One", MEMORY, STARS)], "the run")
    memory, stars = document.figures
    assert document.run == "the run"
    assert (memory.id, memory.printed, memory.target, memory.metric) == ("memory", "46", "flask_app", "memory.idle")
    assert (memory.verdict, memory.source) == ("confirmed", "A publisher, Jun 2026")
    assert memory.measured is not None
    assert (memory.measured.estimate, memory.measured.low, memory.measured.high) == (46.2e6, 46e6, 46.4e6)
    assert (stars.verdict, stars.measured, stars.metric) == ("not_measured", None, None)
    assert stars.reason == "No metric of this harness measures stars."


def places_of(*pages: JudgedFigures) -> list[list[str]]:
    return [[place.text for place in one.places] for one in check_document(pages, "the run").contradictions]


def test_a_place_names_its_page_only_if_there_are_several_pages() -> None:
    one, two = judged("One", STARS, MORE_STARS), judged("Two", STARS, MORE_STARS)
    assert places_of(one) == [["Facts, Label: 7", "Full, Again: 9"]]
    assert places_of(one, two) == [
        ["One, Facts, Label: 7", "One, Full, Again: 9"],
        ["Two, Facts, Label: 7", "Two, Full, Again: 9"],
    ]


def test_a_contradiction_has_its_rule_and_its_message() -> None:
    (row,) = check_document([judged("One", STARS, MORE_STARS)], "the run").contradictions
    assert row.rule == "one_quantity"
    assert row.message.startswith("Of flask_app the page prints stars as '7' stars (Facts) and '9' stars (Full)")


def test_verdicts_are_counted_over_all_pages() -> None:
    pages = [judged("One", MEMORY, STARS), judged("Two", MEMORY)]
    assert totals(pages) == check_document(pages, "the run").totals == {"confirmed": 2, "not_measured": 1}
