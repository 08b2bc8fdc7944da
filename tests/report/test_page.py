"""The page as a document."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.report.carried import carried_in
from harness.report.charts import charts
from harness.report.page import render_page
from tests.report.conditions_run import conditions_material
from tests.report.ladder_run import with_ladder
from tests.report.markup import Element, read
from tests.report.material import TARGETS, empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.paced_run import with_paced
from tests.report.published import FIGURES, JUDGED
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.report.material import Material

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "harness" / "report" / "templates"
MATERIALS: dict[str, Callable[[], Material]] = {
    "usual": material,
    "ceiling": lambda: material(ceiling=NULL),
    "ladder": with_ladder,
    "one_target": lambda: material(FLASK),
    "variants": lambda: material(FLASK, FLASK_SYNC, GIN, ceiling=NULL),
    "uncompared": lambda: material(compared=False),
    "failed": failed_material,
    "empty": empty_material,
    "unknown_targets": lambda: replace(material(), targets={}),
    "null_alone": lambda: material(NULL),
    "paced": lambda: with_paced("hello", "shop"),
    "paced_alone": lambda: with_paced("shop"),
}


@cache
def rendered(name: str) -> str:
    """Return the page of a material; it is rendered once for all tests."""
    return render_page(MATERIALS[name]())


@pytest.mark.parametrize("name", [*MATERIALS, "seven", "conditions"])
def test_every_row_and_every_verdict_has_an_id_of_its_own_and_a_row_a_link_to_itself(name: str) -> None:
    others = {"seven": seven_material, "conditions": conditions_material}
    page = read(render_page(others[name]()) if name in others else rendered(name))
    of_charts = [body for table in page.all("table", class_="numbers") for body in table.all("tbody")]
    bodies = [body for body in page.all("tbody") if body not in of_charts]
    rows = [row for body in bodies for row in body.all("tr") if row.attributes.get("class") != "group"]
    assert [row.text for row in rows if "id" not in row.attributes] == []
    links = [[link.attributes["href"] for link in row.all("a") if "class" not in link.attributes] for row in rows]
    assert all(f"#{row.attributes['id']}" in of_row for row, of_row in zip(rows, links, strict=True))
    ids = [element.attributes["id"] for element in page.everything() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    named = [one for one in page.everything() if one.tag in {"tr", "div"} and "id" in one.attributes]
    verdicts = [one for one in page.everything() if "data-verdict" in one.attributes]
    assert all(any(verdict in one.everything() for one in named) for verdict in verdicts)


@pytest.fixture(params=list(MATERIALS))
def html(request: pytest.FixtureRequest) -> str:
    return rendered(request.param)


@pytest.fixture
def page(html: str) -> Element:
    return read(html)


def test_the_page_loads_no_external_resources(page: Element) -> None:
    assert [script.attributes.get("type") for script in page.all("script")] in (
        [None],
        [None, "application/octet-stream"],
    )
    assert page.all("iframe") == page.all("img") == page.all("object") == []
    assert [link.attributes["href"] for link in page.all("link")] == ["data:,"]
    for element in page.everything():
        assert not [name for name in element.attributes if name.startswith("on")]
        assert "src" not in element.attributes
    assert "@import" not in page.one("style").text
    assert not re.search(r"url\((?!#)", page.one("style").text)


def test_the_content_security_policy_allows_only_the_inline_styles_and_the_one_script(html: str, page: Element) -> None:
    script, *_ = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script == (ROOT / "harness/report/templates/page.js").read_text(encoding="utf-8")
    source = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert page.one("meta", http_equiv="Content-Security-Policy").attributes["content"].split("; ") == [
        "default-src 'none'",
        f"script-src 'sha256-{source}'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_every_table_has_a_caption_and_every_header_cell_a_scope(page: Element) -> None:
    for table in page.all("table"):
        assert table.one("caption").text
        for cell in table.all("th"):
            assert cell.attributes["scope"] in {"col", "row", "rowgroup"}


def test_rows_are_as_wide_as_their_table_head(page: Element) -> None:
    for table in page.all("table"):
        width = len(table.one("thead").all("th"))
        for row in (row for body in table.all("tbody") for row in body.all("tr")):
            cells = row.all("th") + row.all("td")
            assert sum(int(cell.attributes.get("colspan", "1")) for cell in cells) == width


def test_headings_descend_one_step_at_a_time(page: Element) -> None:
    levels = [int(element.tag[1]) for element in page.everything() if re.fullmatch("h[1-6]", element.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_ids_are_unique_and_every_internal_reference_has_a_target(page: Element) -> None:
    ids = [element.attributes["id"] for element in page.everything() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.everything():
        for name in ("href", "xlink:href", "aria-labelledby"):
            target = element.attributes.get(name, "")
            if name == "aria-labelledby" or target.startswith("#"):
                assert not target or target.removeprefix("#") in ids


def test_every_missing_number_has_a_reason(html: str, page: Element) -> None:
    assert not re.search(r"\b(nan|NaN|inf|None|Undefined)\b", page.one("body").text)
    for element in page.all("span", class_="absent"):
        assert element.text == "–"
        assert element.attributes["title"]
        assert html.count(element.attributes["title"].split("'")[0]) > 1  # once more in visible text


def test_an_omitted_section_leaves_no_dead_link(page: Element) -> None:
    ids = {element.attributes.get("id") for element in page.everything()}
    for link in page.one("nav").all("a"):
        assert link.attributes["href"].removeprefix("#") in ids


@pytest.mark.program
@pytest.mark.parametrize("name", MATERIALS)
def test_the_same_run_gives_the_same_page(name: str) -> None:
    assert render_page(MATERIALS[name]()) == rendered(name)


@pytest.mark.program
def test_another_process_with_another_hash_seed_gives_the_same_bytes() -> None:
    program = (
        "import sys; from harness.report.page import render_page; from tests.report.test_page import MATERIALS;"
        "sys.stdout.buffer.write(render_page(MATERIALS['variants']()).encode())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert pages == {rendered("variants").encode()}


def test_markup_in_a_title_is_escaped() -> None:
    evil = replace(TARGETS["gin_app"], title='<script>alert("1")</script>')
    page = read(render_page(replace(material(), targets={**TARGETS, "gin_app": evil})))
    assert len(page.all("script")) == 1
    assert page.one("h1").text == 'Flask vs <script>alert("1")</script>, measured'
    assert page.one("title").text == page.one("h1").text


def test_markup_in_logs_and_sources_is_escaped() -> None:
    report = failed_material()
    source = replace(FIGURES, title="<img src=x>")
    page = read(render_page(replace(report, judged=(replace(JUDGED, source=source),))))
    assert page.all("img") == []
    assert page.one("cite").text == "<img src=x>"
    assert "panic: <nil>" in page.one("section", aria_labelledby="failures").text


def test_the_title_names_the_targets() -> None:
    assert read(rendered("usual")).one("h1").text == "Flask vs Gin, measured"
    assert read(render_page(material(FLASK, FLASK_SYNC))).one("h1").text == "Flask, measured"


def test_sections_are_in_a_fixed_order() -> None:
    page = read(rendered("failed"))
    assert [section.attributes["aria-labelledby"] for section in page.all("section")] == [
        "answer",
        "charts",
        "facts",
        "contradictions",
        "comparison-title",
        "cost",
        "attributes",
        "targets",
        "failures",
        "warnings",
        "environment-title",
        "method-title",
        "again",
    ]


def test_each_published_number_is_in_a_row_with_measurement_and_verdict() -> None:
    page = read(rendered("usual"))
    rows = {
        row.all("td")[0].text: [cell.text for cell in row.all("td")[1:]]
        for row in page.all("table", class_="cards facts")[0].all("tr")
        if row.all("td")
    }
    measured, verdict = rows["30,000"]
    assert measured == "6,120 req/s [6,000, 6,240]"
    assert verdict == (
        "refuted Measured 4.90 times less than printed. No load that was driven gives it. Printed in Key Facts & "
        "Figures. Compared with throughput over 32 connections, hello, nearest of 4, from 2,450 to 6,120 req/s; "
        "published over measured: 4.90×."
    )
    assert rows["25-35 ms"][0] == "–"
    assert rows["25-35 ms"][1].startswith("not measured This run did not measure it. The run has no latency.*")


def test_the_reason_of_each_figure_is_on_one_line_of_at_most_twelve_words() -> None:
    for name in MATERIALS:
        for line in read(rendered(name)).all("span", class_="short"):
            assert 0 < len(line.text.split()) <= 12


def test_the_figures_are_counted_by_what_the_run_says_of_them() -> None:
    counts = read(rendered("usual")).one("dl", class_="standings").all("div")
    assert [count.text for count in counts] == [
        "hold1 1 confirmed",
        "do not hold here3 3 refuted",
        "are excluded by their own page1 1 contradicted",
        "are undecided6 1 inconclusive, 3 not comparable, 2 not measured",
    ]


def test_the_subtitle_has_date_machine_and_cpus() -> None:
    assert read(rendered("usual")).one("p", class_="subtitle").text == (
        "Measured on 2026-06-01 on 2 × Imaginary CPU @ 2.50GHz, 8.0 GiB, docker 20.10.24; one CPU each"
    )


def test_each_row_and_cell_of_the_results_has_a_stable_id() -> None:
    page = read(rendered("usual"))
    ids = {element.attributes["id"] for element in page.everything() if "id" in element.attributes}
    assert {"row:throughput.closed.c32:hello", "row:throughput.closed.c32:hello:gin_app-3a-release"} <= ids
    assert "figure:Key-20-Facts-20--26--20-Figures.flask_app.Framework-20-Requests-20-Per-20-Second" in ids


def test_every_throughput_has_its_bound_beside_it() -> None:
    page = read(rendered("usual"))
    body = page.one("table", class_="results").all("tbody")[0]
    assert "limited by the load generator" in body.all("tr")[3].all("td")[1].text
    for row in body.all("tr")[1:]:
        assert all(re.search("limited (?:by|neither)", cell.text) for cell in row.all("td")[:2])


def test_the_top_of_the_page_announces_warnings_and_failures() -> None:
    page = read(rendered("failed"))
    assert page.one("p", role="note").text == "This run failed; it has numbers from 5 of 5 planned blocks."
    answer = page.one("section", aria_labelledby="answer").text
    assert "This run has 1 failure and 1 warning, listed below the tables. Read them before" in answer


def test_a_single_failure_is_announced_in_the_singular() -> None:
    failed = failed_material()
    unwarned = replace(failed.summary, results=tuple(replace(result, warnings=()) for result in failed.summary.results))
    answer = read(render_page(replace(failed, summary=unwarned))).one("section", aria_labelledby="answer").text
    assert "This run has 1 failure, listed below the tables. Read it before" in answer


def test_the_ceiling_is_shown_only_in_the_method() -> None:
    page = read(rendered("ceiling"))
    assert "Null responder" not in page.one("body").text.replace("image of Null responder", "")
    assert "The machine's ceiling" in page.one("section", aria_labelledby="method-title").text


def test_figures_that_were_not_measured_are_in_a_closed_details_element() -> None:
    details = read(rendered("usual")).all("details", class_="more")[0]
    assert "open" not in details.attributes
    assert details.all("summary")[0].text == "Other figures that were not measured (1 row)"
    assert "23,500 positions" in details.text


def test_the_long_parts_are_in_closed_details_elements_that_contain_the_anchors_of_their_links() -> None:
    page = read(rendered("usual"))
    closed = [one for one in page.all("details") if "open" not in one.attributes]
    assert closed == page.all("details")
    inside = {below.attributes.get("id") for one in closed for below in one.everything()}
    assert {"comparison", "environment", "method", "verdicts", "bounds", "results-table"} <= inside
    assert {"row:throughput.closed.c32:hello", "attribute:Native-20-async-20-views:Flask"} <= inside


def test_the_page_names_the_files_of_the_raw_data_and_says_if_it_carries_them() -> None:
    for data_block in (None, "\nQUJD\n"):
        page = render_page(material(), data_block)
        assert carried_in(page) == data_block
        text = read(page).one("section", aria_labelledby="again").text
        assert all(file in text for file in ("run.json", "trials.jsonl", "signals.jsonl"))
        assert ("This page carries the same" in text) is (data_block is not None)


def test_the_attributes_are_a_matrix_whose_answers_link_their_evidence() -> None:
    page = read(rendered("usual"))
    table = page.one("table", id="attributes-table")
    assert [cell.text for cell in table.one("thead").all("th")] == ["Attribute", "Flask", "Gin"]
    answers = {row.one("th").text: [cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")}
    assert answers["Native async views"] == ["by extension", "–"]
    for link in (link for cell in table.all("td") for link in cell.all("a")):
        row = page.one("tr", id=link.attributes["href"].removeprefix("#"))
        assert row.all("td")[0].text == link.text


def test_every_chart_has_a_heading_a_caption_and_a_description() -> None:
    figures = read(rendered("usual")).all("figure")
    assert [figure.one("h3").text for figure in figures] == [
        "Throughput by connections",
        "Latency at 1,000 req/s",
        "Ratios beside the noise floor",
        "Every trial, in the order of the run",
        "Memory over a trial",
        "Cold start by phase",
        "Published against measured",
    ]
    for figure in figures:
        assert figure.one("figcaption").text
        assert figure.all("svg")
        assert all(svg.attributes["aria-label"] for svg in figure.all("svg"))


def test_a_chart_explains_hollow_points_only_if_it_has_some() -> None:
    caption = "A hollow point with an arrow is a lower bound"
    assert caption in rendered("usual")
    assert caption not in rendered("one_target")


def test_the_template_contains_no_numbers() -> None:
    for template in (TEMPLATES / "page").iterdir():
        fixed = re.sub(r"\{[%#].*?[%#]\}|\{\{.*?\}\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        words = read(f"<body>{fixed}</body>").one("body").text
        assert re.findall(r"\d", words) == [], template.name


def test_only_a_run_with_a_ladder_has_the_charts_by_rate() -> None:
    by_rate = {"ladder-latency": "Response time by rate", "ladder-cpu": "CPU time by rate"}
    assert {chart.name: chart.title for chart in charts(with_ladder()) if chart.name in by_rate} == by_rate
    assert not by_rate.keys() & {chart.name for chart in charts(material(ceiling=NULL))}


def test_the_chart_by_rate_explains_the_lines_of_the_null_target_if_it_has_some() -> None:
    whole = with_ladder()
    results = tuple(replace(result, floor=None) for result in whole.summary.results)
    without = replace(whole, summary=replace(whole.summary, results=results))
    captions = [
        {chart.name: chart.caption for chart in charts(report)}["ladder-latency"] for report in (whole, without)
    ]
    assert ["null target" in caption for caption in captions] == [True, False]


def test_the_caption_of_a_latency_chart_explains_the_null_targets_line_if_there_is_one() -> None:
    for report, is_explained in ((material(ceiling=NULL), True), (material(), False)):
        (chart,) = (one for one in charts(report) if one.name == "latency-1000")
        assert ("null target at the same rate" in chart.caption) is is_explained


def test_the_row_of_the_null_target_belongs_to_the_row_above_it() -> None:
    floors = read(rendered("ladder")).all("tr", class_="floor")
    assert len(floors) == 6
    assert {row.all("th")[0].text for row in floors} == {"null target, same load"}
    assert read(rendered("usual")).all("tr", class_="floor") == []
