"""The page of seven targets: rankings, the short answer, and pages of pairs from the same run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.metrics.catalogue import connections_of
from harness.model import Bound, Flag, FlagKind
from harness.report import Format, Material, render
from harness.report.answer import short_answer
from harness.report.charts import charts
from harness.report.contents import contents, title
from harness.report.page import render_page
from harness.report.ranks import rank_rows
from harness.report.records import tables
from tests.report.markdown_texts import full_markdown
from tests.report.material import failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN
from tests.report.odd_runs import partial
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def seven() -> Material:
    return seven_material()


def text_of(report: Material) -> str:
    return " ".join(f"{one.before}{one.key}{one.after}" for one in short_answer(report).sentences)


def plain(text: str) -> str:
    """Return a text in which every space may break a line."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


class TestTheRanking:
    def test_each_headline_has_a_row_in_the_order_of_the_result_table(self, seven: Material) -> None:
        assert [row.title for row in rank_rows(seven)] == [
            "Throughput: 32 connections",
            "Latency: median at 1,000 req/s",
            "Latency: p99 at 1,000 req/s",
            "Memory: loaded",
            "Cold start: time to the first right answer",
        ]

    def test_targets_that_are_not_told_apart_share_a_rank(self, seven: Material) -> None:
        by_rate, by_memory = (plain(rank_rows(seven)[place].in_words) for place in (0, 3))
        assert by_rate == "1 Gin; 2 Starlette; 3 Express.js and FastAPI; 5 Flask; 6 Django and Sinatra"
        assert by_memory == "1 Gin; 2 Django and Sinatra; 4 Flask; 5 Express.js and FastAPI; 7 Starlette"

    def test_a_target_without_a_number_is_named_with_its_reason(self, seven: Material) -> None:
        (gone, *_), (first, *rest) = seven.contestants, seven.summary.rankings
        left = replace(first, places=tuple(one for one in first.places if one.subject != gone))
        results = tuple(
            replace(one, estimate=None, low=None, high=None, reason="not enough requests")
            if (one.metric, one.scenario, one.subject) == (first.metric, first.scenario, gone)
            else one
            for one in seven.summary.results
        )
        report = replace(seven, summary=replace(seven.summary, rankings=(left, *rest), results=results))
        said = "no rank for Flask: not enough requests"
        assert [row.missing for row in rank_rows(report) if row.metric == first.metric] == [(said,)]
        assert said in render_page(report)
        assert said in full_markdown(report)

    def test_no_line_ends_between_a_rank_and_its_name(self, seven: Material) -> None:
        by_rate, *_ = rank_rows(seven)
        assert by_rate.in_words.startswith("1\N{NO-BREAK SPACE}Gin; 2\N{NO-BREAK SPACE}Starlette; ")
        assert '<span class="value">1</span>&nbsp;Gin' in render_page(seven)

    @pytest.mark.parametrize(
        "report", [material(), material(FLASK), material(FLASK, FLASK_SYNC, GIN), failed_material()]
    )
    def test_pages_of_one_or_two_targets_have_none(self, report: Material) -> None:
        assert rank_rows(report) == ()
        assert "Ranking" not in render_page(report)

    def test_the_page_and_the_markdown_have_it(self, seven: Material) -> None:
        page, markdown = render_page(seven), full_markdown(seven)
        assert '<h2 id="ranking">Ranking</h2>' in page
        assert "| Throughput: 32 connections | hello | 1 Gin; 2 Starlette; " in plain(markdown)

    def test_other_programs_have_a_row_for_each_place(self, seven: Material) -> None:
        rows = tables(seven)["ranks"]
        assert len(rows) == 5 * 7
        assert rows[0]["rank"] == 1


class TestTheShortAnswer:
    def test_it_gives_the_ranks_and_what_limited_each_target(self, seven: Material) -> None:
        assert plain(text_of(seven)).startswith(
            "Over 32 connections (scenario hello, one CPU each), the targets rank by requests per second: 1 Gin; "
            "2 Starlette; 3 Express.js and FastAPI; 5 Flask; 6 Django and Sinatra; targets that "
            "share a rank are not distinguished. Measured in 5 blocks with 95 % intervals (a difference below 2.00 % "
            "is within the noise); all but Gin used all their CPU time; Gin was limited by the load generator, "
            "so its figure is a lower bound."
        )

    def test_it_names_the_pairs_of_different_ranks_that_are_not_distinguished(self, seven: Material) -> None:
        by_rate = next(one for one in seven.rankings if connections_of(one.metric))
        gin, starlette, *_ = (place.subject for place in by_rate.places)
        rankings = tuple(
            replace(
                one,
                places=tuple(
                    replace(place, tied=(starlette,) if place.subject == gin else place.tied) for place in one.places
                ),
            )
            for one in seven.summary.rankings
        )
        report = replace(seven, summary=replace(seven.summary, rankings=rankings))
        assert "share a rank are not distinguished, and neither are Gin and Starlette." in text_of(report)

    @pytest.mark.parametrize(
        ("bounds", "said"),
        [
            ((), "(a difference below 2.00 % is within the noise); all used all their CPU time."),
            (
                (Bound.NEITHER,),
                "(a difference below 2.00 % is within the noise); all but Flask used all their CPU time.",
            ),
            ((Bound.NEITHER, None), "all but Flask and Gin used all their CPU time; what limited Gin is not known."),
            (
                (Bound.NEITHER,) * 4,
                "nor by the load generator; FastAPI, Sinatra and Starlette were limited by their own CPU time.",
            ),
        ],
    )
    def test_what_limited_the_targets_is_short_where_most_of_them_used_all_their_cpu_time(
        self, seven: Material, bounds: tuple[Bound | None, ...], said: str
    ) -> None:
        limits = dict(zip(seven.contestants, bounds, strict=False))
        results = tuple(
            replace(one, bound=limits.get(one.subject, Bound.TARGET)) if connections_of(one.metric) else one
            for one in seven.summary.results
        )
        limited = replace(seven, summary=replace(seven.summary, results=results))
        assert text_of(limited).endswith(said)

    def test_the_cards_of_a_run_that_ranks_nothing_have_the_first_targets_of_the_plan(self, seven: Material) -> None:
        assert {tuple(name for name, _ in one.cells) for one in short_answer(partial(seven)).glances} == {
            ("Flask", "Gin")
        }

    def test_each_card_has_the_leader_by_its_metric_and_the_nearest_follower(self, seven: Material) -> None:
        answer = short_answer(seven)
        assert [[name for name, _ in glance.cells] for glance in answer.glances] == [
            ["Gin", "Starlette"],
            ["Gin", "Django"],
            ["Gin", "Django"],
            ["Gin", "Django"],
        ]
        assert [glance.beyond for glance in answer.glances] == [5] * 4
        assert answer.glances[0].pair == "Gin against Starlette"
        assert [glance.pair and glance.pair.split()[0] for glance in answer.glances] == ["Gin"] * 4
        assert answer.glances[0].ratio is not None
        assert answer.glances[0].ratio.number == "5.81 times higher"

    def test_a_noisy_run_has_no_ranks_and_says_so(self, seven: Material) -> None:
        steal = (Flag(FlagKind.STEAL, "stolen"),)
        trials = tuple(replace(trial, flags=steal) for trial in seven.stored.trials)
        noisy = replace(seven, stored=replace(seven.stored, trials=trials))
        assert (noisy.rankings, contents(noisy).ranks) == ((), ())
        assert (
            "This run is noisy: the machine was disturbed in all 5 blocks "
            "(the hypervisor took the core). It ranks no target" in (contents(noisy).status or "")
        )


class TestThePagesOfPairs:
    def test_the_page_of_all_targets_links_them_with_their_verdicts(self, seven: Material) -> None:
        first, second = contents(seven).pages
        assert (first.title, first.address) == ("Flask vs Gin, measured", "pairs/flask_vs_gin/index.html")
        assert second.title == "Gin vs FastAPI, measured"
        assert re.fullmatch(r"\d+ confirmed(, \d+ [a-z ]+)+", first.verdicts)
        assert '<a href="pairs/flask_vs_gin/index.html">Flask vs Gin, measured</a>' in render_page(seven)

    def test_the_title_of_many_targets_is_a_list(self, seven: Material) -> None:
        assert title(seven) == "Flask, Gin, Django, Express.js, FastAPI, Sinatra and Starlette, measured"

    def test_a_page_of_a_pair_has_its_targets_alone(self, seven: Material) -> None:
        page = seven.pages[1].material
        found = contents(page)
        assert [column.name for column in found.results.columns] == ["Gin", "FastAPI"]
        assert (found.results.pairs, found.ranks, found.whole) == (("FastAPI ÷ Gin",), (), "../../index.html")
        assert page.ceiling == seven.ceiling
        assert {tried.target for tried in found.attributes} == {"Gin"}
        load = "Over 32 connections (scenario hello, one CPU each)"
        assert text_of(page).startswith(f"{load}, Gin answered 8.66 times")

    def test_the_noise_floor_names_the_target_that_was_driven_twice(self, seven: Material) -> None:
        for report in (seven, seven.pages[1].material):
            assert "This run also compared Flask with a second instance of itself" in render_page(report)

    def test_its_charts_have_two_lines_and_the_whole_page_seven(self, seven: Material) -> None:
        whole, of_pair = (
            next(one.svg for one in charts(report) if one.name == "throughput")
            for report in (seven, seven.pages[0].material)
        )
        assert "Sinatra" in whole
        assert "Sinatra" not in of_pair

    def test_the_files_of_pairs_are_in_folders_of_their_own(self, seven: Material, tmp_path: Path) -> None:
        written = {str(path.relative_to(tmp_path)) for path in render(seven, tmp_path, frozenset(Format))}
        of_pairs = {name for name in written if name.startswith("pairs/")}
        for pair in ("flask_vs_gin", "fastapi_vs_gin"):
            assert {
                f"pairs/{pair}/{name}"
                for name in ("index.html", "report.md", "report_full.md", "charts/throughput.svg")
            } <= of_pairs
        assert {"index.html", "report.json", "tables/ranks.csv"} <= written
        assert not any(name.endswith((".csv", ".json")) for name in of_pairs)
        links = re.findall(r'href="([^"#]+index.html)"', (tmp_path / "pairs/flask_vs_gin/index.html").read_text())
        assert {(tmp_path / "pairs/flask_vs_gin" / link).resolve() for link in links} == {tmp_path / "index.html"}

    def test_the_figures_table_has_those_of_all_pages(self, seven: Material) -> None:
        once = len(tables(seven.pages[0].material)["figures"])
        assert len(tables(seven)["figures"]) == 2 * once
        assert json.dumps(tables(seven)["figures"])


def test_no_series_of_seven_looks_like_another(seven: Material) -> None:
    (chart,) = [one.svg for one in charts(seven) if one.name == "throughput"]
    assert {f"--series-{number}" for number in range(1, 8)} <= set(re.findall(r"--series-\d", chart))


def test_many_targets_have_their_ratios_in_a_table_of_their_own(seven: Material) -> None:
    tables_of_page = re.findall(r"<thead>.*?</thead>", page_of(seven))
    heads = [re.findall(r'<th scope="col"[^>]*>([^<]+?) ?<', head) for head in tables_of_page]
    numbers, ratios = (head for head in heads if head[0] == "Metric" and len(head) > 3)
    assert numbers[1:] == ["Flask", "Gin", "Django", "Express.js", "FastAPI", "Sinatra", "Starlette"]
    assert ratios[1:3] == ["Gin ÷ Flask", "Django ÷ Flask"]
    assert "ratios-caption" not in page_of(material())


def page_of(report: Material) -> str:
    return render_page(report).replace("\n", " ")
