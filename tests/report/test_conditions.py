"""Throughput by condition: the table, the picture's data, and the places of published figures."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.report.conditions import Band, Mark, condition_bands, condition_table
from harness.report.page import render_page
from tests.report.conditions_run import FIGURES, conditions_material, published
from tests.report.markdown_texts import full_markdown
from tests.report.markup import read
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN

if TYPE_CHECKING:
    from harness.report.material import Material
    from tests.conftest import GoldenFiles


def places_of(*names: str) -> list[str]:
    table = condition_table(conditions_material(*(one for one in FIGURES if one.label in names)))
    assert table is not None
    return [placed.place for placed in table.figures]


def band(title: str) -> Band:
    return next(band for band in condition_bands(conditions_material()) if band.title == title)


class TestTheTable:
    def test_a_run_with_one_condition_of_each_target_has_none(self) -> None:
        for one in (material(), material(FLASK), failed_material(), empty_material()):
            assert condition_table(one) is None
            assert condition_bands(one) == ()

    def test_a_condition_says_its_cpus_workers_keep_alive_and_class(self) -> None:
        table = condition_table(conditions_material())
        assert table is not None
        rows = {
            target.title: [
                (one.variant, one.variant_class, one.cpus, one.workers, one.keep_alive) for one in target.conditions
            ]
            for target in table.targets
        }
        assert rows == {
            "Flask": [("gthread", "production", "1", "1", "kept"), ("dev-server", "development", "1", "1", "closed")],
            "Gin": [("release", "production", "1", "1", "kept"), ("release", "production", "2", "2", "kept")],
        }

    def test_a_cell_is_the_throughput_over_a_number_of_connections_with_its_interval(self) -> None:
        table = condition_table(conditions_material())
        assert table is not None
        assert table.levels == ("1", "8", "64")
        cells = table.targets[0].conditions[1].cells
        assert [(cell.number, cell.interval) for cell in cells] == [
            ("700", "[665, 735]"),
            ("\N{EN DASH}", ""),
            ("1,200", "[1,140, 1,260]"),
        ]
        assert table.notes[cells[1].notes[0] - 1] == "it breaks Little's law"

    def test_a_variant_that_the_manifest_no_longer_has_keeps_its_numbers(self) -> None:
        gone = conditions_material()
        table = condition_table(type(gone)(gone.summary, gone.stored, {}, {}))
        assert table is not None
        [row, _] = table.targets[0].conditions
        assert (row.workers, row.keep_alive, row.variant_class, row.cells[0].number) == (
            *("\N{EN DASH}", "\N{EN DASH}", ""),
            "1,300",
        )


class TestTheNoiseFloor:
    @staticmethod
    def noise_of(run: Material) -> str:
        table = condition_table(run)
        assert table is not None
        assert table.noise in read(render_page(run)).one("section", aria_labelledby="conditions").text
        assert f"\n{table.noise}\n" in full_markdown(run)
        return table.noise

    def test_it_is_said_at_each_level_with_the_copied_condition_and_where_it_is_not_known(self) -> None:
        assert self.noise_of(conditions_material()) == (
            "Noise floor, from two copies of Flask gthread: \N{PLUS-MINUS SIGN} 3.10 % over 1 connection, "
            "\N{PLUS-MINUS SIGN} 2.24 % over 64 connections; not known over 8. "
            "Conditions that differ by less can't be distinguished."
        )

    def test_a_run_without_a_control_keeps_its_section_and_says_so(self) -> None:
        assert self.noise_of(conditions_material(has_control=False)) == (
            "This run drove no condition twice, so it does not say how far two copies of one condition differ."
        )

    def test_a_control_without_a_number_says_so(self) -> None:
        run = conditions_material()
        for floors in ({}, {"throughput.closed.c1": math.inf}):
            assert self.noise_of(replace(run, summary=replace(run.summary, noise_floor=floors))) == (
                "How far two copies of Flask gthread differ is not known: no block has a throughput of both."
            )


class TestThePlaceOfAFigure:
    def test_between_the_next_lower_and_the_next_higher_condition(self) -> None:
        assert places_of("concurrent") == [
            "between gthread over 1 connection (1,300 req/s) and gthread over 64 connections (3,000 req/s)"
        ]

    def test_given_by_the_one_condition_that_it_meets(self) -> None:
        assert places_of("benchmark") == [
            "given by 1 of 4 measured throughputs: dev-server over 64 connections (1,200 req/s)"
        ]

    def test_a_range_is_given_by_all_conditions_within_it(self) -> None:
        assert places_of("range") == [
            (
                "given by 3 of 4 measured throughputs: from dev-server over 1 connection (700 req/s) to gthread over "
                "1 connection (1,300 req/s)"
            )
        ]

    def test_above_and_below_everything(self) -> None:
        assert places_of("framework", "slow") == [
            "above everything measured, 10.0 times the highest: gthread over 64 connections (3,000 req/s)",
            "below everything measured; the lowest is dev-server over 1 connection (700 req/s)",
        ]

    def test_a_lower_bound_is_called_one(self) -> None:
        assert places_of("gin at most") == [
            (
                "above everything measured, 14.3 times the highest: release on 2 CPUs over 64 connections "
                "(at least 70,000 req/s)"
            )
        ]

    def test_intervals_that_reach_a_figure_are_counted_where_no_number_gives_it(self) -> None:
        near = published("near", "1,160", 1_160), published("nearer", "3,100", 3_100)
        table = condition_table(conditions_material(*near))
        assert table is not None
        assert [placed.place for placed in table.figures] == [
            (
                "between dev-server over 1 connection (700 req/s) and dev-server over 64 connections (1,200 req/s); "
                "1 of 4 intervals reach it"
            ),
            (
                "above everything measured, 1.03 times the highest: gthread over 64 connections (3,000 req/s); "
                "1 of 4 intervals reach it"
            ),
        ]

    def test_ratios_and_other_metrics_have_no_place(self) -> None:
        assert places_of("ratio", "memory") == []

    def test_without_a_number_it_says_so(self) -> None:
        failed = failed_material()
        both = material(FLASK, FLASK_SYNC, GIN)
        nothing = type(both)(failed.summary, failed.stored, both.targets, {}, both.judged)
        assert condition_table(nothing) is None


class TestThePicturesData:
    def test_every_condition_is_a_row_and_equal_figures_share_a_mark(self) -> None:
        flask = band("Flask")
        assert [(row.name, [level.connections for level in row.levels]) for row in flask.rows] == [
            ("gthread", [1, 64]),
            ("dev-server", [1, 64]),
        ]
        assert flask.marks == (
            Mark("100 req/s", 100, 100),
            Mark("500-1,500 req/s", 500, 1_500),
            Mark("~1,200 req/s; 1,200 requests a second", 1_200, 1_200),
            Mark("~2,000 RPS", 2_000, 2_000),
            Mark("30,000", 30_000, 30_000),
        )

    def test_a_row_on_its_own_cpus_says_them_and_a_lower_bound_is_one(self) -> None:
        gin = band("Gin")
        assert [row.name for row in gin.rows] == ["release", "release on 2 CPUs"]
        assert [level.is_floor for level in gin.rows[1].levels] == [False, True]


class TestTheSection:
    def test_the_page_has_the_picture_and_every_number(self) -> None:
        page = read(render_page(conditions_material()))
        section = page.one("section", aria_labelledby="conditions")
        svg = section.one("svg", class_="chart")
        texts = {text.text for text in svg.all("text")}
        assert {"Flask", "Gin", "gthread", "dev-server", "release on 2 CPUs", "~2,000 RPS", "1", "64"} <= texts
        assert "3,000" in section.one("table", class_="results conditions").text
        assert "above everything measured, 10.0 times the highest" in section.text
        assert page.all("a", href="#conditions")

    def test_other_runs_have_no_such_section(self) -> None:
        assert "by condition" not in render_page(material())
        assert "by condition" not in full_markdown(material())

    def test_the_page_is_the_same_twice(self) -> None:
        assert render_page(conditions_material()) == render_page(conditions_material())

    def test_the_markdown_is_the_golden_one(self, golden: GoldenFiles) -> None:
        golden.check("report_full_conditions.md", full_markdown(conditions_material()))
