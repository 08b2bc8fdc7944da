"""The marks, links, footnotes and units of the page."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from harness.model import Bound, Verdict
from harness.report.charts import charts
from harness.report.page import render_page
from tests.report.conditions_run import conditions_material
from tests.report.markup import Element, read
from tests.report.material import material
from tests.report.measured import FLASK, NULL
from tests.report.odd_runs import noisy
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.model import Result
    from harness.report.material import Material


@pytest.mark.parametrize("name", ["seven", "conditions", "round_trip", "noisy"])
def test_every_mark_and_link_of_an_unusual_page_has_its_element(name: str) -> None:
    of: dict[str, Callable[[], Material]] = {
        "seven": seven_material,
        "conditions": conditions_material,
        "round_trip": lambda: with_bounds(material(ceiling=NULL)),
        "noisy": lambda: noisy(seven_material()),
    }
    elements = read(render_page(of[name]())).everything()
    ids = {element.attributes.get("id") for element in elements}
    links = {link for element in elements if (link := _local(element))}
    assert {"mark-target", "comparison"} <= links <= ids


def _local(element: Element) -> str:
    """Return the id that an element refers to on its own page; empty for any other element."""
    links = [element.attributes.get(name, "") for name in ("href", "xlink:href")]
    clips = re.findall(r"url\((#[^)]+)\)", element.attributes.get("clip-path", ""))
    return next((link[1:] for link in (*links, *clips) if link.startswith("#")), "")


def with_bounds(of: Material) -> Material:
    """Return a report whose throughputs have each bound in turn."""
    bounds = cycle(Bound)
    results = (replace(one, bound=next(bounds)) if one.bound else one for one in of.summary.results)
    return replace(of, summary=replace(of.summary, results=tuple(results)))


def test_each_bound_and_each_verdict_has_a_mark_of_its_own() -> None:
    marks = {one.attributes["id"]: str(one.children) for one in read(render_page(material())).all("symbol")}
    assert set(marks) == {f"mark-{one.value}" for one in (*Bound, *Verdict)}
    assert len(set(marks.values())) == len(marks)


def slower(of: Result, factor: float) -> Result:
    """Return a result with its numbers times a factor."""
    if of.estimate is None or of.low is None or of.high is None:
        return of
    return replace(of, estimate=of.estimate * factor, low=of.low * factor, high=of.high * factor)


@pytest.mark.parametrize(
    ("of_p99", "ending"),
    [
        (1e3, "the machine's own part."),
        (1e-6, " At p99 it lies as high as Flask: here the machine's own stalls decide."),
    ],
)
def test_a_latency_below_the_null_targets_is_explained(of_p99: float, ending: str) -> None:
    report = material(ceiling=NULL)
    results = (
        slower(one, of_p99 if one.subject == FLASK and one.metric.endswith("p99") else 1e3)
        for one in report.summary.results
    )
    of = replace(report, summary=replace(report.summary, results=tuple(results)))
    assert {chart.name: chart.caption for chart in charts(of)}["latency-1000"].endswith(ending)


def test_a_picture_wider_than_a_phone_scrolls_in_a_box_with_a_name() -> None:
    boxes = read(render_page(conditions_material())).all("div", class_="scroll picture")
    assert boxes
    for box in boxes:
        assert len(box.all("svg", class_="chart")) == 1
        assert box.attributes["tabindex"] == "0"
        assert box.attributes.get("aria-label")


def test_the_picture_of_published_figures_has_a_drawing_for_phones() -> None:
    page = read(render_page(seven_material().pages[0].material))
    for name in ("claims", "claims-narrow"):
        (box,) = page.all("div", class_=name)
        assert len(box.all("svg", class_="chart")) == 1


def test_a_number_is_never_parted_from_its_unit() -> None:
    html = render_page(material(ceiling=NULL))
    assert "95\N{NO-BREAK SPACE}% intervals" in html
    assert "6,120\N{NO-BREAK SPACE}req/s" in html
    visible = re.sub(r"<(style|script|svg)\b.*?</\1>", "", html, flags=re.DOTALL)
    assert re.findall(r"\d (?:%|req/s|ms|MiB)(?!\w)", visible) == []
    command = read(html).one("section", aria_labelledby="again").all("code")[0]
    assert "\N{NO-BREAK SPACE}" not in "".join(map(str, command.children))


def test_the_marks_of_several_footnotes_are_in_order_and_parted() -> None:
    of = material()
    results = [*of.summary.results]
    results[0] = replace(results[0], warnings=("first", "second"))
    results[1] = replace(results[1], warnings=("third", "second", "first"))
    page = read(render_page(replace(of, summary=replace(of.summary, results=tuple(results)))))
    marks = [one.text for one in page.one("table", id="results-table").all("sup")]
    assert marks[:2] == ["1, 2", "1, 2, 3"]
