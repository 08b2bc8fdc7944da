"""The short result of a run against a revision: the changes of its targets, in few lines that fit the width."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from rich.cells import cell_len

from harness import console
from harness.console.overview import MOST_LINES
from harness.model import Revision, Subject, Summary
from tests.console.test_overview import SEVEN, WIDTHS, a_comparison, a_summary
from tests.trials import FLASK

Shown = Callable[[Summary, int], list[str]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shown:
    def show(summary: Summary, columns: int) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        console.show_summary(summary)
        return capsys.readouterr().out.splitlines()

    return show


def against_main(*subjects: Subject) -> Summary:
    """Return a run in which each target has 2 times the throughput of its build of main, and the same memory."""
    against = Revision("main", "0123abc456", "the working tree")
    builds = tuple(map(against.of, subjects))
    summary = a_summary(*subjects, *builds)
    plan = replace(summary.run.plan, subjects=(*subjects, *builds), against=against)
    compared = tuple(
        a_comparison(subject, build, metric, ratio)
        for subject, build in zip(subjects, builds, strict=True)
        for metric, ratio in (("throughput.closed.c32", 2.0), ("memory.loaded", 1.01))
    )
    return replace(summary, run=replace(summary.run, plan=plan), comparisons=(*summary.comparisons, *compared))


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("subjects", [SEVEN[:1], SEVEN[:2], SEVEN, [Subject(f"app_{one}", "x") for one in range(14)]])
def test_the_changes_from_a_revision_fit_the_width_in_few_lines(
    shown: Shown, subjects: Sequence[Subject], columns: int
) -> None:
    lines = shown(against_main(*subjects), columns)
    assert len(lines) <= MOST_LINES
    assert max(map(cell_len, lines)) <= columns
    assert lines[1].startswith("changes of the working tree from main")
    assert ("6 more targets: `harness report`" in lines) is (len(subjects) > 10)


def test_a_run_of_several_targets_against_a_revision_has_the_change_of_each_headline(shown: Shown) -> None:
    assert shown(against_main(*SEVEN[:2]), 90)[1:5] == [
        "changes of the working tree from main (0123abc)",
        "                   throughput  p90 latency         loaded memory  cold start",
        "flask_app   2.00 [1.90, 2.10]               ~ 1.01 [0.959, 1.06]",
        "django_app  2.00 [1.90, 2.10]               ~ 1.01 [0.959, 1.06]",
    ]


def test_few_targets_have_a_column_each_where_their_intervals_would_not_fit(shown: Shown) -> None:
    assert shown(against_main(*SEVEN[:2]), 66)[1:6] == [
        "changes of the working tree from main (0123abc)",
        "                          flask_app            django_app",
        "throughput        2.00 [1.90, 2.10]     2.00 [1.90, 2.10]",
        "p90 latency",
        "loaded memory  ~ 1.01 [0.959, 1.06]  ~ 1.01 [0.959, 1.06]",
    ]


def test_where_no_form_has_room_for_all_headlines_the_option_that_prints_them_is_named(shown: Shown) -> None:
    line = "changes of the working tree from main (0123abc)"
    summary = against_main(*SEVEN)
    assert shown(summary, 75)[1] == f"{line}; all headlines: --verbose"
    assert shown(summary, 80)[1] == line, "all have room"
    assert shown(summary, 50)[1] == line, "the hint has no room"


def test_a_run_of_one_target_against_a_revision_has_its_numbers_of_both(shown: Shown) -> None:
    lines = shown(against_main(FLASK), 120)
    assert lines[2].split()[:2] == ["flask_app@0123abc", "flask_app"]
    assert "2.00 [1.90, 2.10]" in lines[3]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("subjects", [SEVEN[:1], SEVEN[:2], SEVEN])
def test_a_change_has_its_interval_at_each_width(shown: Shown, subjects: Sequence[Subject], columns: int) -> None:
    text = "\n".join(shown(against_main(*subjects), columns))
    assert text.count("2.00 [1.90, 2.10]") == len(subjects)


def test_headlines_without_numbers_and_then_those_without_a_change_are_left_out_first(shown: Shown) -> None:
    assert shown(against_main(*SEVEN), 60)[2].split() == ["throughput", "loaded", "memory"]
    assert shown(against_main(*SEVEN), 50)[2].split() == ["throughput"]
