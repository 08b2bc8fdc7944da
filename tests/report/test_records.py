"""Flat records for other programs."""

from __future__ import annotations

from dataclasses import replace

from harness.report.records import tables
from tests.report.material import empty_material, failed_material, material
from tests.report.measured import NULL
from tests.report.memory_run import LASTS_S, MIB, with_memory
from tests.report.published import JUDGED, JUDGEMENTS


def test_all_records_of_a_table_have_the_same_keys() -> None:
    for name, records in tables(material(ceiling=NULL)).items():
        assert len({tuple(record) for record in records}) == 1, name


def test_results_are_unrounded_and_absent_ones_have_a_reason() -> None:
    results = tables(material(ceiling=NULL))["results"]
    gin = next(
        r for r in results if (r["target"], r["metric"], r["scenario"]) == ("gin_app", "throughput.closed.c32", "hello")
    )
    assert (gin["estimate"], gin["low"], gin["high"]) == (85_300.0, 85_300.0 * 0.98, 85_300.0 * 1.02)
    assert (gin["unit"], gin["bound"], gin["ceiling_share"]) == ("1/s", "generator", 85_300.0 / 143_000.0)
    tail = next(r for r in results if r["metric"] == "latency.open.r1000.p999")
    assert (tail["estimate"], tail["reason"]) == (None, "2,400 samples a trial, and p999 takes 4,000")


def test_the_ceiling_is_among_the_results() -> None:
    assert any(record["target"] == "null_app" for record in tables(material(ceiling=NULL))["results"])


def test_measurements_and_absences_of_every_trial_are_kept() -> None:
    records = tables(material())["measurements"]
    assert len(records) == 5 * 2 * (15 + 1)
    assert {record["value"] for record in records if record["reason"]} == {None}


def test_the_numbers_of_a_failed_trial_carry_the_failed_stage() -> None:
    records = tables(failed_material())["measurements"]
    assert {r["failed"] for r in records if r["target"] == "gin_app"} == {"start"}
    assert {r["failed"] for r in records if r["target"] == "flask_app"} == {None}


def test_every_figure_has_a_record_with_its_measured_number() -> None:
    records = tables(material())["figures"]
    assert len(records) == len(JUDGEMENTS)
    memory = next(r for r in records if r["printed"] == "~35 MB per instance")
    assert (memory["published_low"], memory["published_high"]) == (35e6, 35e6)
    assert (memory["measured_by"], memory["estimate"]) == ("memory.idle", 46.5 * 2**20)
    assert (memory["ratio"], memory["verdict"]) == (35e6 / (46.5 * 2**20), "refuted")


def test_an_open_end_of_a_figure_is_empty() -> None:
    report = material()
    figure = replace(JUDGEMENTS[0].figure, high=float("inf"))
    judged = replace(JUDGED, judgements=(replace(JUDGEMENTS[0], figure=figure),))
    (record,) = tables(replace(report, judged=(judged,)))["figures"]
    assert (record["published_low"], record["published_high"]) == (2_500.0, None)


def test_an_empty_run_has_no_tables() -> None:
    assert tables(empty_material()) == {}


def test_a_headline_comparison_has_p_and_p_holm_and_other_comparisons_have_only_p() -> None:
    report = material()
    first, *others = report.summary.comparisons
    changed = replace(report.summary, comparisons=(replace(first, p_holm=0.031), *others))
    records = tables(replace(report, summary=changed))["comparisons"]
    assert (records[0]["p"], records[0]["p_holm"]) == (0.0625, 0.031)
    assert {record["p_holm"] for record in records[1:]} == {None}


def test_memory_by_time_has_a_record_for_ready_and_for_each_point_of_a_curve() -> None:
    assert "memory_curves" not in tables(material())
    records = tables(with_memory())["memory_curves"]
    flask = [record for record in records if record["target"] == "flask_app"]
    assert len(flask) == 1 + 41
    assert flask[0] == {
        "target": "flask_app",
        "variant": "gthread",
        "cpus": 1,
        "trials": 5,
        "at_s": -5.0,
        "median_bytes": 42.0 * MIB,
        "smallest_bytes": 40.0 * MIB,
        "largest_bytes": 44.0 * MIB,
    }
    assert (flask[-1]["at_s"], flask[-1]["median_bytes"]) == (LASTS_S, 52.0 * MIB)
