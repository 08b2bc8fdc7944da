"""The numbers of each chart as a table."""

from __future__ import annotations

from dataclasses import replace

from harness.metrics.catalogue import Family
from harness.report.chart_numbers import (
    effect_numbers,
    family_numbers,
    ladder_numbers,
    latency_numbers,
    throughput_numbers,
    trial_numbers,
)
from harness.report.charts import CLAIMS, CLAIMS_NARROW, CONDITIONS, charts
from harness.report.effects import Dot, Dots, Effect
from harness.report.ladder import LadderLine, Step
from harness.report.machine_noise import BlockNoise
from harness.report.series import latency_panels, throughput_lines
from harness.units import Unit
from tests.report.ladder_run import with_ladder
from tests.report.material import material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL
from tests.report.memory_run import with_memory


def test_every_chart_has_as_many_numbers_as_its_columns_or_a_table_in_its_section() -> None:
    reports = (material(ceiling=NULL), with_ladder(), with_memory(), material(FLASK, FLASK_SYNC, GIN, ceiling=NULL))
    for report in reports:
        for chart in charts(report):
            if chart.name in (CLAIMS, CLAIMS_NARROW, CONDITIONS):
                assert chart.numbers is None
            else:
                assert chart.numbers is not None
                assert chart.numbers.rows
                assert {len(row) for row in chart.numbers.rows} == {len(chart.numbers.heads)}


def test_throughput_has_a_row_for_each_line_and_says_which_numbers_are_lower_bounds() -> None:
    table = throughput_numbers(throughput_lines(material(ceiling=NULL)))
    assert table.heads == ("Target", "1 connection", "8 connections", "32 connections", "64 connections")
    assert [row[0] for row in table.rows] == ["Flask", "Gin", "the machine's ceiling"]
    assert table.rows[0][3] == "6,120 req/s [6,000, 6,240]"
    assert table.rows[1][3].startswith("at least ")


def test_latency_has_each_percentile_with_its_interval() -> None:
    table = latency_numbers(latency_panels(material())[0])
    assert table.heads == ("Target", "p50", "p90", "p99")
    assert table.rows[1][3] == "142 µs [139, 145]"


def test_the_ladder_has_rate_and_number_of_each_step() -> None:
    line = LadderLine("Flask", 0, (Step(0.0, 0.01, 0.01, 0.02), Step(1234.4, 0.5, 0.4, 0.6)))
    table = ladder_numbers([("Flask p99", line)], Unit.SECOND)
    assert table.rows == (
        ("Flask p99", "at rest", "10.0 ms [10.0, 20.0]"),
        ("Flask p99", "1,234 req/s", "500 ms [400, 600]"),
    )


def test_a_ratio_has_its_interval_and_its_noise_floor() -> None:
    effect = Effect("throughput", "throughput", "13.9 times higher", 13.9, 13.5, 14.4, is_shown=True, floor=0.02)
    assert effect_numbers((effect, replace(effect, floor=None))).rows == (
        ("throughput", "13.9 times higher", "13.9 [13.5, 14.4]", "± 2.00 %"),
        ("throughput", "13.9 times higher", "13.9 [13.5, 14.4]", "–"),
    )


def test_trials_stand_by_block_beside_what_the_machine_did() -> None:
    flask = Dots("Flask", 0, (Dot(1, 1, 6120.0, 1.01, is_disturbed=False), Dot(4, 2, 6000.0, 0.98, is_disturbed=True)))
    gin = Dots("Gin", 1, (Dot(3, 2, 85_000.0, 1.0, is_disturbed=False),))
    noise = BlockNoise(1, 1.01, 0.99, 1.2, waited=0.05, steal=None, first=1, last=2)
    assert trial_numbers((flask, gin), (noise,)).rows == (
        ("1", "6,120 req/s", "–", "101 % [99.0 %, 120 %]", "5.00 %", "–"),
        ("2", "6,000 req/s", "85,000 req/s", "–", "–", "–"),
    )
    assert trial_numbers((flask, gin), ()).heads == ("Block", "Flask", "Gin")


def test_a_family_has_all_its_metrics_and_a_dash_for_what_is_missing() -> None:
    table = family_numbers(material(FLASK, FLASK_SYNC, GIN), Family.MEMORY)
    assert table.heads == ("Target", "idle", "loaded", "peak")
    assert [row[0] for row in table.rows] == ["Flask gthread", "Flask sync", "Gin"]
    assert table.rows[1][1] == "–"
    assert table.rows[2][1] == "5.25 MiB [5.14, 5.36]"


def test_resident_sizes_are_not_in_the_numbers_of_memory() -> None:
    report = material()
    resident = tuple(
        replace(one, metric="memory_rss.idle") for one in report.summary.results if one.metric == "memory.idle"
    )
    more = replace(report, summary=replace(report.summary, results=(*report.summary.results, *resident)))
    assert family_numbers(more, Family.MEMORY) == family_numbers(report, Family.MEMORY)
