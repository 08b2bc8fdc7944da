"""The document of judged figures: rows, places and totals."""

from dataclasses import replace
from pathlib import Path

from harness.figures.document import check_document, totals
from harness.figures.judge import judge
from harness.figures.published import Figure, FigureSet, JudgedFigures
from harness.manifest import load_targets
from harness.model import Attribute, AttributeName, Summary
from tests.checkout import ROOT
from tests.figures.cases import IDLE, RUN, comparison, figure

MEMORY = figure("memory.idle", "MB", 46, rounding=0.5, name="memory")
STARS = replace(figure(None, "stars", 7, name="stars"), quantity="stars")
MORE_STARS = replace(figure(None, "stars", 9, name="more"), quantity="stars", label="Again", section="Full")


def judged(title: str, *figures: Figure) -> JudgedFigures:
    return judge(FigureSet(title, "A publisher", "Jun 2026", Path("page.toml"), figures), Summary(RUN, (IDLE,), ()))


def test_each_figure_is_a_row_with_its_nearest_measured_number() -> None:
    document = check_document([judged("One", MEMORY, STARS)], RUN)
    memory, stars = document.figures
    assert document.run == RUN.id
    assert (memory.id, memory.printed, memory.target, memory.metric) == ("memory", "46", "flask_app", "memory.idle")
    assert (memory.verdict, memory.source) == ("confirmed", "A publisher, Jun 2026")
    assert memory.measured is not None
    assert (memory.measured.estimate, memory.measured.low, memory.measured.high) == (46.2e6, 46e6, 46.4e6)
    assert (memory.measured.text, memory.measured.subject) == ("46.2 MB [46.0, 46.4]", "flask_app:gthread")
    assert (memory.label, memory.answer, stars.answer) == ("Label", None, None)
    assert (stars.verdict, stars.measured, stars.metric) == ("not_measured", None, None)
    assert stars.reason == "No metric of this harness measures stars."


def test_the_document_names_the_machine_and_the_cpus_of_the_run() -> None:
    assert check_document([], RUN).here == "unknown CPU, one CPU each"
    known = replace(RUN, environment={"machine": {"cpu": "AMD EPYC"}}, plan=replace(RUN.plan, target_cpus=2))
    assert check_document([], known).here == "AMD EPYC, 2 CPUs each"


def test_a_measured_ratio_names_both_subjects() -> None:
    ratio = figure("memory.idle", "x", 2, of="flask_app", target="gin_app")
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (ratio,))
    judged_ratio = judge(page, Summary(RUN, (), (comparison("memory.idle", (1.9, 2.0, 2.1), None),)))
    (row,) = check_document([judged_ratio], RUN).figures
    assert row.measured is not None
    assert (row.measured.text, row.measured.metric, row.measured.scenario) == (
        "2.00x [1.90, 2.10]",
        "memory.idle",
        None,
    )
    assert row.measured.subject == "gin_app:release over flask_app:gthread"


def test_a_claim_in_words_has_the_answer_that_the_run_found() -> None:
    claim = replace(figure("attribute.orm", "words", 0), states="no")
    other = replace(claim, target="gin_app")
    run = replace(RUN, attributes=(Attribute("flask_app", AttributeName.ORM, "yes", "a class Model"),))
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (claim, other))
    rows = check_document([judge(page, Summary(run, (), ()))], run).figures
    assert [row.answer for row in rows] == ["yes", None]


def places_of(*pages: JudgedFigures) -> list[list[str]]:
    return [[place.text for place in one.places] for one in check_document(pages, RUN).contradictions]


def test_a_place_has_the_file_and_the_line_of_its_figure() -> None:
    page = judged("One", replace(STARS, place=(7, 3)), MORE_STARS)
    (found,) = check_document([page], RUN).contradictions
    assert [(place.file, place.line) for place in found.places] == [("page.toml", 7), ("page.toml", None)]


def test_a_place_names_its_page_only_if_there_are_several_pages() -> None:
    one, two = judged("One", STARS, MORE_STARS), judged("Two", STARS, MORE_STARS)
    assert places_of(one) == [["Facts, Label: 7", "Full, Again: 9"]]
    assert places_of(one, two) == [
        ["One, Facts, Label: 7", "One, Full, Again: 9"],
        ["Two, Facts, Label: 7", "Two, Full, Again: 9"],
    ]


def test_a_contradiction_has_its_rule_and_its_message() -> None:
    (row,) = check_document([judged("One", STARS, MORE_STARS)], RUN).contradictions
    assert row.rule == "one_quantity"
    assert row.message.startswith(
        "Of flask_app the page prints stars as '7' stars (Facts: Label) and '9' stars (Full: Again)"
    )


def test_verdicts_are_counted_over_all_pages() -> None:
    pages = [judged("One", MEMORY, STARS), judged("Two", MEMORY)]
    assert totals(pages) == check_document(pages, RUN).totals == {"confirmed": 2, "not_measured": 1}


def test_reasons_and_contradictions_have_titles_and_the_members_of_the_document_ids() -> None:
    quantity = replace(MEMORY, quantity="memory")
    other = replace(figure("memory.idle", "MB", 90, name="other"), quantity="memory", label="Again")
    ratio = figure("memory.idle", "x", 2, name="ratio", of="flask_app", target="gin_app")
    page = FigureSet("T", "S", "Jun 2026", Path("page.toml"), (quantity, other, ratio))
    summary = Summary(RUN, (IDLE,), (comparison("memory.idle", (1.9, 2.0, 2.1), None),))
    document = check_document([judge(page, summary, load_targets(ROOT))], RUN)
    memory, _, over = document.figures
    assert "(Flask gthread, idle memory)" in memory.reason
    assert "(Gin release over Flask gthread, idle memory)" in over.reason
    assert memory.measured is not None
    assert (memory.target, memory.metric, memory.measured.subject) == ("flask_app", "memory.idle", "flask_app:gthread")
    (contradiction,) = document.contradictions
    assert contradiction.message.startswith("Of Flask the page prints memory as ")
    assert contradiction.in_short.startswith("For Flask the page gives memory as ")
