"""Reports of runs that are unusually wide, or lack something: each says it, and ranks nothing that it can't."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from harness.report.charts import charts
from harness.report.contents import title
from harness.report.page import render_page
from tests.report.markdown_texts import full_markdown, short_markdown
from tests.report.markup import Element, read
from tests.report.material import material
from tests.report.measured import FLASK, NULL
from tests.report.odd_runs import DOUBTFUL, all_failed, with_long_names, without_latency
from tests.report.seven_run import SEVEN, TEN, TITLES, many_material

if TYPE_CHECKING:
    from harness.model import Subject


def _answer(page: Element) -> str:
    return page.one("section", aria_labelledby="answer").text


def test_ten_targets_have_a_column_and_a_rank_each() -> None:
    whole = many_material(TEN)
    page = read(render_page(whole))
    table = page.one("table", id="results-table")
    names = ["Flask", "Gin", *TITLES.values()]
    heads = [head.attributes["data-subject"] for head in table.all("th") if "data-subject" in head.attributes]
    assert sorted(heads) == sorted(names)
    cells = [len(row.all("td")) for row in table.all("tr") if row.attributes.get("class") != "group"]
    assert set(cells[1:]) == {len(TEN)}
    (throughput, *_) = page.one("section", aria_labelledby="ranking").all("tr")[1:]
    assert all(name in throughput.text for name in names)
    assert len(page.one("table", id="ratios-table").all("th", scope="col")) == len(TEN)
    assert len(short_markdown(whole).encode()) < 20_000


def test_a_run_of_one_target_gives_its_numbers_and_compares_nothing() -> None:
    page = read(render_page(material(FLASK, ceiling=NULL)))
    assert "Flask answered 6,120 requests per second [6,000, 6,240]" in _answer(page)
    assert [one for one in page.everything() if {"data-pair", "data-difference"} & one.attributes.keys()] == []
    assert page.all("section", aria_labelledby="ranking") == page.all("section", aria_labelledby="advice") == []


def test_a_run_without_latency_has_the_other_cards_and_charts() -> None:
    page = read(render_page(without_latency()))
    cards = [one.attributes["id"] for one in page.all("div", class_="glance")]
    assert cards == ["card:throughput.closed.c32:hello", "card:memory.loaded", "card:cold_start.ready"]
    figures = [one.attributes["id"] for one in page.all("figure") if "id" in one.attributes]
    assert "chart:throughput" in figures
    assert [one for one in figures if "latency" in one] == []
    rows = [row.attributes["id"] for row in page.one("table", id="results-table").all("tr") if "id" in row.attributes]
    assert [one for one in rows if "latency" in one] == []


def test_a_run_of_which_all_targets_failed_says_so_and_has_no_number() -> None:
    report = all_failed()
    page = read(render_page(report))
    assert "Flask and Gin have no throughput: block 1: the target failed (start)." in _answer(page)
    assert page.one("section", aria_labelledby="failures").text.count("failed at start") == 2
    assert page.one("table", id="results-table").all("span", class_="value") == []
    assert "exit code 1" in short_markdown(report)


def test_a_title_of_many_long_names_has_those_with_room_and_the_number_of_the_others() -> None:
    assert title(many_material(TEN)).endswith("Starlette, Echo, Fiber and Ruby on Rails, measured")
    long = with_long_names(many_material(TEN))
    names = "Spring Boot WebFlux on Netty 0, Mikroservice-Rahmenwerk-ohne-Leerzeichen 1"
    assert title(long) == f"{names} and 8 more, measured"
    assert f"# {names} and 8 more, measured\n" in short_markdown(long)


def test_many_targets_that_are_as_fast_as_the_null_target_are_counted() -> None:
    (caption,) = (one.caption for one in charts(many_material(TEN)) if one.name.startswith("latency"))
    assert caption.endswith(
        " At p50 it lies as high as 8 of 10 targets, at p90 it lies as high as 7 of 10 targets and at p99 it lies as "
        "high as 5 of 10 targets: here the machine's own stalls decide."
    )


def test_names_that_are_cut_in_a_chart_are_still_told_apart() -> None:
    (chart,) = (one for one in charts(with_long_names(many_material(TEN))) if one.name.startswith("latency"))
    names = re.findall(r">([^<>]*…[^<>]*)<", chart.svg)
    assert len(names) == len(set(names)) == len(TEN)
    assert max(map(len, names)) <= 16


@pytest.mark.parametrize("subjects", [SEVEN[:2], SEVEN], ids=["two", "seven"])
@pytest.mark.parametrize("doubt", DOUBTFUL)
def test_a_doubtful_run_says_so_above_everything_and_ranks_no_target(doubt: str, subjects: tuple[Subject, ...]) -> None:
    report = DOUBTFUL[doubt](many_material(subjects))
    html = render_page(report)
    words = f"This run is {doubt}{': the machine' if doubt == 'noisy' else ', so it ranks no target'}"
    assert 0 < html.index(words) < html.index('id="answer"')
    page = read(html)
    assert page.all("section", aria_labelledby="ranking") == page.all("section", aria_labelledby="advice") == []
    assert "rank by requests" not in _answer(page)
    assert ("times" in _answer(page)) == (doubt == "noisy")  # a claim on two targets weighs the disturbed blocks itself
    for text in (short_markdown(report), full_markdown(report)):
        assert text.index(words) < 1_000
        assert "rank by requests" not in text
