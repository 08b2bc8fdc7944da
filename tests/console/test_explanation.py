"""The terminal output of an explanation: the answer first, at most ten rows, the translation, the runs."""

from dataclasses import replace

import pytest

from harness import console
from harness.documents import ExplainDocument, ExplainedRun
from tests.conftest import GoldenFiles
from tests.examples import CONDITION

ROW = replace(
    CONDITION,
    summary="Flask's development server, one thread per connection, every connection closed, every request logged",
    run="20261128-101112-conditions-0c0c",
)
OTHER = replace(ROW, subject="flask_app:gthread-4-workers", load="32 connections", cpus=2, run="20261124-quick-adde",
                summary="four workers", variant_class="tuned", text="1,310 req/s [1,250, 1,370]")  # fmt: skip
DOCUMENT = ExplainDocument(
    figure="key_facts.flask.throughput_benchmark",
    label="Requests Per Second (Benchmark) (req/s)",
    printed="~1,200 req/s",
    claim="~1,200 req/s",
    target="flask_app",
    of=None,
    metric="throughput.*",
    conditions=[],
    source="A page, Jun 2026",
    answer="~1,200 req/s is the throughput over 1 connection of flask_app:dev-server (hello, 1 CPU): 1,220 req/s "
    "[1,190, 1,250]. One other measured condition gives it, too.",
    holds_under=[ROW, OTHER],
    nearest=None,
    others=[replace(ROW, text=f"{number},000 req/s", fit="outside") for number in range(2, 15)],
    cpus_needed=None,
    translation="~1,200 req/s of Flask take 0.150 [0.148, 0.152] cores like this one (AMD EPYC): a request takes "
    "125 µs of CPU time (flask_app:gthread).",
    runs=[
        ExplainedRun(
            name="reference", id=OTHER.run, here="AMD EPYC, one CPU each", started_at="2026-11-24T11:14:44+00:00"
        ),
        ExplainedRun(
            name="conditions", id=ROW.run, here="AMD EPYC, one CPU each", started_at="2026-11-28T10:11:12+00:00"
        ),
    ],
)


def shown(document: ExplainDocument, columns: int, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        patch.delenv("FORCE_COLOR", raising=False)
        console.show_explanation(document)
    return capsys.readouterr().out.splitlines()


def test_an_explanation_in_80_columns(capsys: pytest.CaptureFixture[str], golden: GoldenFiles) -> None:
    golden.check("terminal_explain.txt", "\n".join([*shown(DOCUMENT, 80, capsys), ""]))


@pytest.mark.parametrize("columns", [40, 80, 100, 120, 200])
@pytest.mark.parametrize("holds", [True, False])
def test_no_line_is_wider_than_the_terminal(columns: int, capsys: pytest.CaptureFixture[str], *, holds: bool) -> None:
    lines = shown(DOCUMENT if holds else replace(DOCUMENT, holds_under=[]), columns, capsys)
    assert max(map(len, lines)) <= columns


@pytest.mark.parametrize("columns", [80, 200])
def test_the_figure_is_named_first_as_the_page_names_it_with_its_whole_id(
    columns: int, capsys: pytest.CaptureFixture[str]
) -> None:
    head = " ".join(shown(DOCUMENT, columns, capsys)).split("(req/s): ")
    assert head[0] == "Requests Per Second (Benchmark) "
    assert head[1].startswith("~1,200 req/s (key_facts.flask.throughput_benchmark)")


def test_the_answer_is_next_and_the_translation_follows_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(DOCUMENT, 200, capsys)
    assert lines[1] == DOCUMENT.answer
    assert lines[3] == "Measured conditions that give it"
    assert lines[4].split("  ")[:2] == ["1,220 req/s [1,190, 1,250]", "dev-server"]
    assert DOCUMENT.translation in lines[5:]


def test_a_figure_that_nothing_gives_has_the_ten_nearest_conditions(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(replace(DOCUMENT, holds_under=[]), 120, capsys)
    heading = "The nearest measured conditions (10 of 13, all with --json)"
    assert len([line for line in lines[lines.index(heading) :] if ",000 req/s" in line]) == 10


def test_the_nearest_conditions_also_follow_those_that_only_disturbance_brings_to_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    disturbed = replace(OTHER, fit="widened", text="430 req/s [400, 440]")
    for given, is_followed in (([disturbed], True), ([ROW, disturbed], False)):
        lines = shown(replace(DOCUMENT, holds_under=given), 200, capsys)
        assert any(line.startswith("The nearest measured conditions") for line in lines) is is_followed


def test_conditions_that_may_give_it_stand_apart_from_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    wide = replace(OTHER, fit="overlaps", text="450 req/s [400, 1,150]")
    disturbed = replace(OTHER, fit="widened", text="430 req/s [400, 440]")
    lines = shown(replace(DOCUMENT, holds_under=[ROW, wide, disturbed]), 200, capsys)
    headed = {line: lines[number + 1].partition(" req/s")[0] for number, line in enumerate(lines) if "Measured" in line}
    assert headed == {
        "Measured conditions that give it": "1,220",
        "Measured conditions that may give it: their intervals reach it": "450",
        "Measured conditions that reach it only with the machine's disturbance counted": "430",
    }


def test_at_most_ten_conditions_are_printed_under_all_headings(capsys: pytest.CaptureFixture[str]) -> None:
    wide = [replace(OTHER, fit="overlaps", text=f"{number} rps") for number in range(9)]
    lines = shown(replace(DOCUMENT, holds_under=[ROW, ROW, *wide]), 200, capsys)
    assert len([line for line in lines if " rps" in line]) == 8
    assert "Measured conditions that may give it: their intervals reach it (8 of 9, all with --json)" in lines


def test_a_number_keeps_its_interval_where_its_row_is_too_long(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(DOCUMENT, 60, capsys)
    at = next(number for number, line in enumerate(lines) if line.startswith("1,310 req/s [1,250, 1,370]"))
    assert [line.strip() for line in lines[at + 1 : at + 3]] == ["connections", "2 CPUs, reference"]


def test_what_all_rows_share_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(replace(DOCUMENT, holds_under=[ROW, replace(ROW, cpus=2)]), 120, capsys)
    assert "all of them: hello, conditions" in lines
    rows = [line for line in lines if line.startswith("1,220")]
    assert [line.split("  ")[-1] for line in rows] == ["1 CPU", "2 CPUs"]


def test_a_variant_is_described_once_below_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(replace(DOCUMENT, holds_under=[ROW, ROW]), 200, capsys)
    assert lines.count(f"dev-server: {ROW.summary} (development)") == 1


def test_the_runs_are_named_with_their_machine_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(DOCUMENT, 120, capsys)[-2:] == [
        "reference: AMD EPYC, one CPU each, 2026-11-24, 20261124-quick-adde",
        "conditions: AMD EPYC, one CPU each, 2026-11-28, 20261128-101112-conditions-0c0c",
    ]


def test_a_run_without_a_name_of_its_own_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    unnamed = replace(DOCUMENT.runs[1], name=ROW.run)
    assert shown(replace(DOCUMENT, runs=[DOCUMENT.runs[0], unnamed]), 120, capsys)[-1] == (
        "20261128-101112-conditions-0c0c: AMD EPYC, one CPU each, 2026-11-28"
    )


def test_a_figure_of_which_nothing_can_be_said_has_its_sentence_alone(capsys: pytest.CaptureFixture[str]) -> None:
    bare = replace(DOCUMENT, holds_under=[], others=[], translation=None, runs=[])
    assert shown(bare, 200, capsys)[1:] == [DOCUMENT.answer]


@pytest.mark.parametrize(("columns", "lines_of_row"), [(140, 1), (80, 2)])
def test_a_note_stands_in_the_line_of_its_row_or_below_it(
    columns: int, lines_of_row: int, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "with the machine's disturbance counted: [359, 3,400]"
    noted = replace(OTHER, fit="widened", note=note)
    lines = shown(replace(DOCUMENT, holds_under=[ROW, noted]), columns, capsys)
    (first,) = [place for place, line in enumerate(lines) if "gthread-4-workers  " in line]
    assert note in lines[first + lines_of_row - 1]
    assert max(map(len, lines)) <= columns
