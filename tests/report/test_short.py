"""The short report: what changed from another revision, and the order of what it shows."""

from __future__ import annotations

from dataclasses import replace

from harness.model import Difference
from harness.report.contents import contents
from harness.report.markdown import markdown_escaped
from harness.report.short import short_report
from harness.units import human
from tests.report.markdown_texts import short_markdown
from tests.report.material import material
from tests.report.measured import FLASK
from tests.report.paced_run import with_paced
from tests.report.revision_run import OLDER, with_revision
from tests.report.seven_run import seven_material


def test_paced_users_have_their_rate_and_response_times_among_the_key_numbers() -> None:
    text = short_markdown(with_paced("hello", "shop"))
    [head] = [line for line in text.splitlines() if line.startswith("| | ")]
    kinds = ("rate", "median latency", "p90 latency")
    assert head.endswith("".join(f"| shop: {one} of 32 users (paced) " for one in kinds) + "|")
    assert "| Flask | 6,000 req/s [6,000, 6,000] | 46.5 MiB [46.5, 46.5] | 5.80 req/s [5.56, 6.05] | 3.00 ms" in text
    alone = short_markdown(with_paced("shop"))
    heads = "Rate of 32 users (paced) | Median latency of 32 users (paced) | p90 latency of 32 users (paced)"
    assert f"| | {heads} | Idle memory |\n" in alone


def test_changes_from_a_revision_are_listed_with_the_headlines_first() -> None:
    text = short_markdown(with_revision())
    assert (
        "the working tree against main. 5 numbers compared: 1 higher, 2 lower, 1 equivalent and 1 inconclusive.\n"
        in text
    )
    rows = [line for line in text.splitlines() if line.endswith((": better |", ": worse |"))]
    assert rows == [
        "| Flask | Throughput: 32 connections | hello | 0.900× [0.891, 0.909] | lower: worse |",
        "| Flask | Latency: p90 at 1,000 req/s | hello | 3.00× [2.97, 3.03] | higher: worse |",
        "| Flask | Memory: peak |  | 0.500× [0.495, 0.505] | lower: better |",
    ]


def test_the_thresholds_of_a_run_are_said_those_that_fail_first() -> None:
    report = with_revision()
    run = replace(report.summary.run, thresholds=("memory.loaded>5%", "throughput<-5%"))
    text = short_markdown(replace(report, summary=replace(report.summary, run=run)))
    assert (
        "Thresholds of `--fail-on`:\n\n"
        f"- throughput&lt;-5%, Flask: does not hold: {FLASK} / {markdown_escaped(str(OLDER))}, "
        "throughput.closed.c32 of hello changed by -10.0% [-10.9%, -9.1%]\n"
        "- memory.loaded&gt;5%, Flask: holds for 1 of 1 change\n"
    ) in text
    assert "Thresholds" not in short_markdown(report)


def test_a_run_without_a_revision_has_no_changes() -> None:
    assert "What changed" not in short_markdown(material())


def test_a_revision_without_a_shown_change_has_its_counts_alone() -> None:
    report = with_revision()
    alike = tuple(one for one in report.summary.comparisons if one.verdict is Difference.EQUIVALENT)
    text = short_markdown(replace(report, summary=replace(report.summary, comparisons=alike)))
    assert "1 number compared: 1 equivalent.\n" in text
    assert "| Change |" not in text


def table_of(text: str) -> list[list[str]]:
    """Return the cells of the first table of a document, without its rule."""
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


def test_of_many_targets_each_has_its_own_numbers_and_no_row_of_ratios_mixes_pairs() -> None:
    report = seven_material()
    pairs = {glance.pair for glance in contents(report).answer.glances}
    assert len(pairs) > 1  # the leaders differ by metric
    heads, *rows = table_of(short_markdown(report))
    assert [row[0] for row in rows] == [report.name_of(subject) for subject in report.contestants]
    assert heads[1] == "Throughput over 32 connections"
    for row, subject in zip(rows, report.contestants, strict=True):
        result = report.result("throughput.closed.c32", "hello", subject)
        assert result is not None
        assert result.estimate is not None
        assert row[1].startswith(human(result.estimate, result.unit))


def test_a_reason_of_several_ratios_is_one_note_below_the_table() -> None:
    report = material()
    ps = iter((0.058, 0.34, 0.2, 0.1))
    compared = tuple(
        replace(one, warnings=(f"may be chance: one of 33 headline comparisons (Holm's p is {next(ps)})",))
        if (one.metric, one.scenario) in {glance.key for glance in contents(report).answer.glances}
        else one
        for one in report.summary.comparisons
    )
    report = replace(report, summary=replace(report.summary, comparisons=compared))
    text = short_markdown(report)
    assert text.count("may be chance") == 1
    assert "\n1. may be chance: one of 33 headline comparisons (Holm's p is 0.058 to 0.34)\n" in text
    assert [cell[-3:] for cell in table_of(text)[-1][1:]] == ["(1)"] * 4


def test_of_two_targets_the_last_row_has_their_ratios() -> None:
    _, *rows = table_of(short_markdown(material()))
    assert [row[0] for row in rows] == ["Flask", "Gin", "Gin against Flask"]
    assert rows[2][1] == "13.9 times higher [13.5, 14.4] (1)"
    assert rows[2][3] == "5.05 times lower [4.90, 5.21]"


def test_the_short_report_says_when_and_on_which_machine_it_was_measured() -> None:
    lines = short_markdown(material()).splitlines()
    assert lines[2] == "Measured on 2026-06-01 on 2 × Imaginary CPU @ 2.50GHz, 8.0 GiB, docker 20.10.24; one CPU each"


def test_each_section_counts_the_rows_that_only_the_full_report_has() -> None:
    report = with_revision()
    whole, short = (short_report(report, contents(report), most) for most in (100, 1))
    assert whole.changes is not None
    assert short.changes is not None
    assert (len(short.changes.shown.rows), short.changes.shown.left) == (1, 2)
    assert (whole.changes.shown.left, whole.facts.left) == (0, 0)
    assert short.facts.left == len(whole.facts.rows) - 1


def test_one_row_that_is_left_out_is_counted_as_one() -> None:
    [panel] = material().judged
    text = short_markdown(replace(material(), judged=(replace(panel, contradictions=panel.contradictions[:1] * 25),)))
    assert "\n1 more contradiction: see [the full report](report_full.md).\n" in text
