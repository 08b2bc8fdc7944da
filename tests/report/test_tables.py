"""The result tables."""

from __future__ import annotations

from dataclasses import replace

from harness.metrics.catalogue import Family
from harness.model import Bound, ContractPart
from harness.report.tables import (
    NULL_TITLE,
    Cell,
    Footnotes,
    Row,
    Tried,
    attribute_table,
    ratio_cell,
    result_table,
    value_cell,
)
from harness.report.wording import DASH
from tests.report.ladder_run import SHARED, with_ladder
from tests.report.material import failed_material, material
from tests.report.measured import FLASK, FLASK_SYNC, GIN, NULL, WITHOUT_COMPILED
from tests.report.paced_run import with_paced


def test_every_result_of_every_contestant_has_a_cell() -> None:
    report = material(ceiling=NULL)
    table = result_table(report)
    numbers = [cell for group in table.groups for row in group.rows for cell in row.cells if cell.absent is None]
    measured = [r for r in report.summary.results if r.subject != NULL and r.estimate is not None]
    assert len(numbers) == len(measured) == 38


def test_rows_are_sorted_by_family_scenario_and_level() -> None:
    table = result_table(material())
    assert [group.family for group in table.groups] == [
        Family.THROUGHPUT,
        Family.LATENCY,
        Family.MEMORY,
        Family.COLD_START,
        Family.CPU,
        Family.FOOTPRINT,
    ]
    assert [(row.scenario, row.title) for row in table.groups[0].rows] == [
        ("hello", "1 connection"),
        ("hello", "8 connections"),
        ("hello", "32 connections"),
        ("hello", "64 connections"),
        ("hello", "peak"),
        ("json_body", "32 connections"),
    ]


def test_of_closed_loads_latency_the_table_has_only_p50_and_p99_below_those_at_a_rate() -> None:
    report = material()
    (one, *_) = [r for r in report.summary.results if r.metric == "latency.open.r1000.p99" and r.subject == GIN]
    closed = [replace(one, metric=f"latency.closed.c8.{name}") for name in ("p50", "p90", "p99", "p999", "mean")]
    summary = replace(report.summary, results=(*report.summary.results, *closed))
    (latencies,) = [
        group for group in result_table(replace(report, summary=summary)).groups if group.family is Family.LATENCY
    ]
    assert [row.title for row in latencies.rows if row.scenario == "hello"][-3:] == [
        "p99.9 at 1,000 req/s",
        "median over 8 connections",
        "p99 over 8 connections",
    ]


def test_numbers_of_paced_users_have_a_group_of_their_own_and_no_ratio() -> None:
    table = result_table(with_paced("hello", "shop"))
    (paced,) = [group for group in table.groups if group.rows[0].scenario == "shop"]
    assert paced.family == "Paced users"
    assert [row.title for row in paced.rows] == ["rate of 32 users", "median of 32 users", "p99 of 32 users"]
    rate = paced.rows[0].cells[0]
    edges = "95 more came at the edges of slices, outside of the counted time"
    assert (rate.unit, rate.details) == ("req/s", (f"paced; 959 answers in 3 blocks; {edges}",))
    (reason,) = {cell.absent for row in paced.rows for cell in row.ratios}
    assert reason == "paced: its users decide its load, and not the target, so targets are not compared"
    assert [cell.absent for group in table.groups if group != paced for row in group.rows for cell in row.ratios] == [
        None
    ] * (len(table.groups) - 1)


def test_targets_with_different_contracts_have_no_ratio_and_say_so() -> None:
    report = material()
    run = report.summary.run
    contracts = {"gin_app": {"hello": ContractPart("/hi", text="hi")}}
    own = replace(report.summary, run=replace(run, plan=replace(run.plan, contracts=contracts)))
    groups = result_table(replace(report, summary=own)).groups
    (place,) = [place for place, pair in enumerate(report.pairs) if pair == (GIN, FLASK)]
    reasons = {row.ratios[place].absent for group in groups for row in group.rows if row.scenario == "hello"}
    assert reasons == {"not compared: the two answer different contracts"}


def test_a_cell_has_number_unit_interval_bound_and_share_of_the_ceiling() -> None:
    cell = value_cell(material(ceiling=NULL), ("throughput.closed.c32", "hello"), GIN, Footnotes())
    assert cell == Cell(
        number="85,300",
        unit="req/s",
        interval="[83,600, 87,000]",
        base=85_300.0,
        bound=Bound.GENERATOR,
        details=("59.7 % of the ceiling",),
    )


def test_a_footprint_has_no_interval_and_names_what_was_counted() -> None:
    cell = value_cell(material(), ("footprint.framework", None), FLASK, Footnotes())
    assert cell == Cell(number="338", unit="KiB", base=346_112.0, details=(WITHOUT_COMPILED,))
    lines = value_cell(material(), ("footprint.app_lines", None), GIN, Footnotes())
    assert (lines.number, lines.unit) == ("9", "")


def test_attributes_have_a_fixed_order() -> None:
    assert attribute_table(material()) == (
        Tried("Oldest language version", "Gin", "Go 1.25", "its go.mod: go 1.25.0"),
        Tried("Oldest language version", "Flask", "Python 3.9", "Requires-Python: >=3.9"),
        Tried("Native async views", "Flask", "by extension", "Install Flask with the 'async' extra"),
        Tried("Built-in validation", "Gin", "yes", 'a body that breaks `binding:"min=0"` gives 400'),
    )
    assert [tried.target for tried in attribute_table(material(FLASK))] == ["Flask", "Flask"]


def test_a_peak_names_its_level() -> None:
    cell = value_cell(material(), ("throughput.peak", "hello"), FLASK, Footnotes())
    assert (cell.number, cell.details) == ("6,120", ("at 32 connections",))


def test_warnings_and_reasons_that_differ_by_numbers_alone_share_a_footnote() -> None:
    notes = Footnotes()
    assert notes.numbers(("may be chance (p is 0.2)", "it drifts")) == (1, 2)
    assert notes.number("only 60 requests") == 3
    assert notes.numbers(("may be chance (p is 0.058)",)) == (1,)
    assert [notes.number("only 6 requests"), notes.number("only 60 requests")] == [3, 3]
    assert notes.texts == ("may be chance (p is 0.058 to 0.2)", "it drifts", "only 6 to 60 requests")


def test_an_absent_number_is_a_dash_with_its_reason_in_cell_and_footnote() -> None:
    notes = Footnotes()
    cell = value_cell(material(), ("latency.open.r1000.p999", "hello"), GIN, notes)
    assert (cell.number, cell.unit, cell.interval) == (DASH, "", "")
    assert cell.absent == "2,400 samples a trial, and p999 takes 4,000"
    assert list(notes.texts) == [cell.absent]
    assert cell.notes == (1,)


def test_the_same_reason_is_one_footnote() -> None:
    table = result_table(failed_material())
    measured = [group for group in table.groups if group.family is not Family.FOOTPRINT]
    absent = [row.cells[1] for group in measured for row in group.rows]
    assert all(cell.absent for cell in absent)
    assert len({cell.notes for cell in absent}) == 1


def test_a_metric_that_was_not_planned_for_a_subject_is_a_dash() -> None:
    cell = value_cell(material(FLASK, FLASK_SYNC), ("memory.idle", None), FLASK_SYNC, Footnotes())
    assert cell.absent == "not measured for this target in this run"


def test_warnings_of_results_and_comparisons_become_footnotes() -> None:
    table = result_table(material())
    assert "the kernel can't reset the mark, so the peak counts from the start" in table.notes
    assert "the generator was the limit of the subject: the ratio is a lower bound" in table.notes


def test_a_ratio_has_its_verdict_and_p() -> None:
    report = material()
    comparison = report.comparison("throughput.closed.c32", "hello", (GIN, FLASK))
    cell = ratio_cell(comparison, Footnotes())
    assert (cell.number, cell.interval, cell.details) == ("13.9×", "[13.5, 14.4]", ("higher, p = 0.062",))


def test_a_missing_comparison_is_a_dash_with_a_reason() -> None:
    assert ratio_cell(None, Footnotes()).absent == "not compared: a ratio needs both numbers in the same blocks"


def test_there_is_a_column_for_each_subject_and_each_pair() -> None:
    table = result_table(material(FLASK, FLASK_SYNC, GIN))
    assert [(column.name, column.setting) for column in table.columns] == [
        ("Flask gthread", "gthread, production"),
        ("Flask sync", "sync, production"),
        ("Gin", "release, production"),
    ]
    assert table.pairs == ("Flask sync ÷ Flask gthread", "Gin ÷ Flask gthread")
    assert {(len(row.cells), len(row.ratios)) for group in table.groups for row in group.rows} == {(3, 2)}


def test_a_run_without_results_has_an_empty_table() -> None:
    report = material()
    empty = replace(report, summary=replace(report.summary, results=(), comparisons=()))
    assert result_table(empty).groups == ()


def rows_of(metric: str) -> list[Row]:
    groups = result_table(with_ladder()).groups
    return [row for group in groups for row in group.rows if row.metric == metric]


def test_below_a_latency_with_a_floor_stands_that_of_the_null_target() -> None:
    target, null = rows_of("latency.own10.p99")
    assert (target.title, null.title) == ("p99 at 10 % of its own peak", NULL_TITLE)
    assert [(cell.number, cell.unit, cell.interval) for cell in null.cells] == [
        ("90.0", "\N{MICRO SIGN}s", "[81.0, 99.0]"),
        ("110", "\N{MICRO SIGN}s", "[99.0, 121]"),
    ]
    assert null.ratios == (Cell(""),)


def test_a_latency_that_is_not_told_apart_from_its_floor_says_so() -> None:
    target, _ = rows_of("latency.own60.p99")
    assert [cell.details for cell in target.cells] == [(), (SHARED,)]


def test_a_target_without_a_floor_has_a_dash_beside_one_with_a_floor() -> None:
    _, null = rows_of("latency.own90.p50")
    assert [cell.number for cell in null.cells] == ["43.0", DASH]
    assert null.cells[1].absent == "the null target has no number under this load"


def test_a_metric_without_a_floor_has_one_row() -> None:
    assert len(rows_of("latency.open.r1000.p50")) == len(rows_of("memory.idle")) == 1
