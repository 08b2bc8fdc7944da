"""The cost of a million requests: numbers that a reader can recompute, or reasons, in all formats."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from harness.documents import as_json, cost_rows, run_document, schema_of
from harness.report import Format, render
from harness.report.costs import cost_table, price_text
from harness.report.page import render_page
from tests.report.markdown_texts import full_markdown
from tests.report.markup import read
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL, NUMBERS
from tests.report.paced_run import with_paced
from tests.report.seven_run import seven_material

if TYPE_CHECKING:
    from pathlib import Path

    from harness.report import Material

CPU = ("cpu_per_request.closed.c32", "hello")


def priced(report: Material, core_hour: float = 0.04) -> Material:
    return replace(report, core_hour=core_hour, document=as_json(run_document(report.summary, core_hour)))


class TestTheNumbers:
    def test_cpu_seconds_are_a_million_times_the_cpu_time_of_a_request(self) -> None:
        rows = list(cost_rows(material().summary))
        assert [(row.target, row.metric, row.scenario) for row in rows] == [("flask_app", *CPU), ("gin_app", *CPU)]
        assert [row.cpu_s for row in rows] == [1_000_000 * NUMBERS[one][CPU] for one in (FLASK, GIN)]
        assert {(row.core_hour, row.money, row.reason) for row in rows} == {(None, None, None)}

    def test_money_is_the_cpu_hours_times_the_price(self) -> None:
        flask, gin = cost_rows(material().summary, 0.04)
        assert flask.money == pytest.approx(161 / 3600 * 0.04)
        assert gin.money == pytest.approx(11.4 / 3600 * 0.04)
        assert (flask.money_low, flask.money_high) == pytest.approx(
            [number / 3600 * 0.04 for number in (flask.cpu_s_low, flask.cpu_s_high) if number]
        )

    def test_without_a_measured_cpu_time_it_is_absent_with_the_reason(self) -> None:
        (row,) = (one for one in cost_rows(material(FLASK, FLASK_SYNC).summary, 0.04) if one.variant == "sync")
        assert (row.cpu_s, row.money, row.reason) == (None, None, "this run did not measure the CPU time of a request")

    def test_an_absent_cpu_time_gives_its_own_reason(self) -> None:
        summary = material().summary
        gone = [replace(one, estimate=None, low=None, high=None, reason="it broke") for one in summary.results]
        assert {row.reason for row in cost_rows(replace(summary, results=tuple(gone)))} == {"it broke"}

    def test_a_run_of_paced_users_alone_has_none(self) -> None:
        assert {(row.metric, row.cpu_s) for row in cost_rows(with_paced("shop").summary, 1.0)} == {(None, None)}

    def test_what_no_number_can_hold_is_absent(self) -> None:
        summary = material().summary
        huge = [replace(one, estimate=1e305, low=1e305, high=1e305) for one in summary.results]
        for row in cost_rows(replace(summary, results=tuple(huge)), 0.04):
            assert (row.cpu_s, row.money, row.reason) == (None, None, "the number is not finite")


class TestTheTable:
    def test_each_number_has_its_interval(self) -> None:
        flask, gin = cost_table(priced(material())).rows
        assert (flask.name, flask.cpu.number, flask.cpu.unit, flask.cpu.interval) == (
            "Flask",
            "161",
            "CPU s",
            "[158, 164]",
        )
        assert gin.money is not None
        assert (gin.money.number, gin.money.interval) == ("0.000127", "[0.000124, 0.000129]")

    def test_the_formula_names_metric_scenario_and_price(self) -> None:
        assert cost_table(priced(material())).formula == (
            "CPU seconds = 1,000,000 × the measured CPU time per request over 32 connections (scenario hello), "
            "on cores like this machine's. Money = CPU seconds / 3,600 × 0.04, the price of a CPU core for an hour."
        )
        assert "Money" not in cost_table(material()).formula

    @pytest.mark.parametrize("price", [0.04, 40.0, 1 / 24, 1e-9, 1e22])
    def test_the_text_of_a_price_is_the_exact_number(self, price: float) -> None:
        assert float(price_text(price)) == price

    def test_it_has_the_targets_of_its_page_and_not_the_null_target(self) -> None:
        seven = seven_material()
        assert len(cost_table(seven).rows) == 7
        assert [row.name for row in cost_table(seven.pages[1].material).rows] == ["Gin", "FastAPI"]
        assert [row.name for row in cost_table(material(ceiling=NULL)).rows] == ["Flask", "Gin"]


class TestTheFormats:
    def test_the_page_has_a_section_with_money_only_for_a_price(self) -> None:
        section = read(render_page(priced(material()))).one("section", aria_labelledby="cost")
        assert section.attributes["data-core-hour"] == "0.04"
        assert [one.text for one in section.all("th", scope="col")] == ["Target", "CPU time", "Money"]
        assert next(one.text for one in section.all("td", data_head="Money")) == "0.00179 [0.00175, 0.00182]"
        section = read(render_page(material())).one("section", aria_labelledby="cost")
        assert "data-core-hour" not in section.attributes
        assert [one.text for one in section.all("td")] == ["161 CPU s [158, 164]", "11.4 CPU s [11.2, 11.6]"]

    def test_an_absent_cost_is_a_dash_with_its_reason(self) -> None:
        page = read(render_page(priced(failed_material()))).one("section", aria_labelledby="cost")
        assert [one.attributes["title"] for one in page.all("span", class_="absent")] == [
            "block 1: the target failed (start)"
        ] * 2

    def test_a_run_without_any_cost_has_no_table_of_dashes_and_a_given_price_gets_the_reason(self) -> None:
        reason = "No target has this number: this run did not measure the CPU time of a request."
        section = read(render_page(priced(empty_material()))).one("section", aria_labelledby="cost")
        assert section.all("table") == []
        assert reason in section.text
        assert f"## Cost of a million requests\n\n{reason}\n" in full_markdown(priced(empty_material()))
        for text in (render_page(empty_material()), full_markdown(empty_material())):
            assert "Cost of a million requests" not in text

    def test_the_full_markdown_has_the_table(self) -> None:
        assert (
            "## Cost of a million requests\n\n| Target | CPU time | Money |\n|---|---|---|\n"
            "| Flask | 161 CPU s [158, 164] | 0.00179 [0.00175, 0.00182] |\n"
        ) in full_markdown(priced(material()))
        assert "| Target | CPU time |\n|---|---|\n| Flask | 161 CPU s [158, 164] |\n" in full_markdown(material())

    def test_the_json_document_has_a_row_for_each_subject_and_keeps_its_published_schema(self, tmp_path: Path) -> None:
        (path,) = render(priced(material()), tmp_path, frozenset({Format.JSON}))
        document = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator(schema_of("run")).validate(document)
        assert [(one["target"], one["core_hour"]) for one in document["costs"]] == [
            ("flask_app", 0.04),
            ("gin_app", 0.04),
        ]

    def test_a_reader_gets_the_money_from_the_printed_cpu_seconds_and_price(self) -> None:
        row = re.search(r"\| Flask \| ([\d.]+) CPU s .*? \| ([\d.]+) ", full_markdown(priced(material(), 36.0)))
        assert row is not None
        assert float(row[2]) == pytest.approx(float(row[1]) / 3600 * 36, rel=0.005)
