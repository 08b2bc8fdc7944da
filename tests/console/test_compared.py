"""The comparison of two runs on the terminal: a short form that fits the width, and all changes with `verbose`."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness import console
from harness.analysis.threshold_words import Breach
from harness.console.terminal import ELLIPSIS
from harness.model import (
    BetweenRuns,
    Conclusion,
    ConclusionKind,
    Difference,
    EnvironmentDifference,
    Outcome,
    RunsCompared,
    Said,
    SpreadRun,
    Subject,
)
from tests.conftest import GoldenFiles
from tests.trials import FLASK, GIN

RATE, MEMORY = ("throughput.closed.c32", "hello"), ("memory.loaded", None)
HEADLINES = frozenset({RATE, MEMORY})
GONE = tuple(Subject(name, "release") for name in ("django_app", "express_app", "fastapi_app", "sinatra_app"))
SLOWER = BetweenRuns(GIN, *RATE, "b gin", "a gin", 0.9, 0.88, 0.92, 0.01, Difference.LOWER)
ALIKE = BetweenRuns(GIN, *MEMORY, "b gin", "a gin", 1.01, 0.99, 1.03, 0.3, Difference.NO_DIFFERENCE_SHOWN)
EXACT = BetweenRuns(GIN, "footprint.binary", None, "b gin", "a gin", 1.125, 1.125, 1.125, 0.0, Difference.HIGHER)
RATIO = replace(SLOWER, of=GIN, over=FLASK)
UNCALLED = replace(SLOWER, verdict=Difference.INCONCLUSIVE, is_called=False, warnings=("too few runs",))


def conclusions(**counts: int) -> list[Conclusion]:
    said = Said("higher"), Said("lower")
    one = Conclusion(ConclusionKind.COMPARISON, str(GIN), str(FLASK), *RATE, *said, Outcome.HOLDS)
    return [replace(one, outcome=Outcome(name)) for name, count in counts.items() for _ in range(count)]


def test_targets_that_failed_in_the_second_run_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    compared = RunsCompared("a", "b", ())
    missing = conclusions(not_measured=16)
    console.show_compare(console.Found(compared=compared, conclusions=missing, failed={str(GIN), "other_app:sync"}))
    lines = capsys.readouterr().out.splitlines()
    assert "16 conclusions of gin_app:release, which failed in the second run: --verbose lists them" in " ".join(lines)
    console.show_compare(console.Found(compared=compared, conclusions=missing))
    assert "failed" not in capsys.readouterr().out


def of_gone() -> list[Conclusion]:
    (one,) = conclusions(not_measured=1)
    return [replace(one, subject=str(GONE[0]), here=None), replace(one, reference="fastapi_app", here=None)]


FOUND = console.Found(
    compared=RunsCompared("a", "b", (UNCALLED, SLOWER, ALIKE, EXACT, RATIO), gone=GONE, new=(FLASK,), needed_runs=5),
    headlines=HEADLINES,
    differences=[EnvironmentDifference("machine.cpus", 2, None), EnvironmentDifference("machine.cpu", "A", "B")],
    conclusions=[*conclusions(holds=3, reversed=3, not_measured=1), *of_gone()],
    unlike=[EnvironmentDifference("cpu", "A", "B")],
    failures=[
        Breach("", "a target is gone"),
        Breach("throughput<-5%", "gin_app fell by 8 %", 0.92),
        Breach("throughput<-5%", "gin_app fell by 10 %", 0.9),
        Breach("memory>5%", "no such metric has numbers in both runs", is_judged=False),
    ],
)


def shown(capsys: pytest.CaptureFixture[str], found: console.Found, *, verbose: bool = False) -> list[str]:
    console.show_compare(found, verbose=verbose)
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("verbose", [False, True])
def test_a_comparison_in_both_forms(capsys: pytest.CaptureFixture[str], golden: GoldenFiles, *, verbose: bool) -> None:
    lines = shown(capsys, FOUND, verbose=verbose)
    golden.check(f"terminal_compare{'_verbose' if verbose else ''}.txt", "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (100, ["loaded memory  flask_app / a_null_target  ~ 0.978 [0.958, 1.01]  no difference shown"]),
        (80, [
            "loaded memory  flask_app /    ~ 0.978 [0.958, 1.01]  no difference shown",
            "               a_null_target",
        ]),
        (60, ["loaded memory of flask_app / a_null_target", "  ~ 0.978 [0.958, 1.01]  no difference shown"]),
    ],
)  # fmt: skip
def test_a_name_without_room_is_wrapped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, rows: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    over_null = replace(ALIKE, of=FLASK, over=Subject("a_null_target", "raw"), ratio=0.978, low=0.958, high=1.01)
    found = console.Found(compared=RunsCompared("a", "b", (over_null,)), headlines=HEADLINES)
    lines = shown(capsys, found)
    at = next(place for place, line in enumerate(lines) if line.startswith("loaded memory"))
    assert lines[at : at + len(rows)] == rows


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_name_is_cut_at_any_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, *, verbose: bool
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    long = Subject("a_target_of_a_very_long_name_that_no_table_has_room_for", "with-a-long-variant")
    found = replace(FOUND, compared=RunsCompared("a", "b", (replace(RATIO, of=long, over=GIN), RATIO, ALIKE)))
    lines = shown(capsys, found, verbose=verbose)
    text = "".join("".join(lines).split())
    assert ELLIPSIS not in text
    assert "table_has_room_for" in text
    assert verbose or max(map(len, lines)) <= width, "other lines of the long form are wrapped on a terminal alone"


def test_a_change_whose_interval_excludes_1_says_why_no_difference_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    why = "may be chance: one of 10 headline comparisons (Holm's p is 0.2)"
    close = replace(ALIKE, of=GIN, over=FLASK, ratio=0.978, low=0.958, high=0.997, warnings=("a warning", why))
    found = console.Found(compared=RunsCompared("a", "b", (close, SLOWER)), headlines=HEADLINES)
    text = " ".join(shown(capsys, found))
    assert f"~ loaded memory of gin_app / flask_app: {why}" in text


def test_changes_that_may_be_chance_have_one_reason(capsys: pytest.CaptureFixture[str]) -> None:
    close = [
        replace(ALIKE, of=of, warnings=(f"may be chance: one of 10 headline comparisons (Holm's p is {p})",))
        for of, p in ((GIN, 0.2), (FLASK, 0.058))
    ]
    text = " ".join(shown(capsys, console.Found(compared=RunsCompared("a", "b", tuple(close)), headlines=HEADLINES)))
    assert text.count("may be chance") == 1
    why = "may be chance: one of 10 headline comparisons (Holm's p is 0.058 to 0.2)"
    assert f"~ loaded memory of gin_app and loaded memory of flask_app: {why}" in text


def test_a_change_that_is_inconclusive_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    why = "it was read after other loads, hello in the first run and shop in the second"
    unlike = replace(ALIKE, verdict=Difference.INCONCLUSIVE, warnings=(f"inconclusive: {why}",))
    found = console.Found(compared=RunsCompared("a", "b", (unlike, UNCALLED)), headlines=HEADLINES)
    text = " ".join(shown(capsys, found))
    assert f"? loaded memory of gin_app: {why}" in text
    assert text.count("? throughput") == 0, "what is not judged has a line of its own"


def test_a_table_that_is_too_wide_has_a_paragraph_for_each_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal would break its lines within numbers and units."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = shown(capsys, FOUND, verbose=True)
    assert lines[1:4] == [
        "throughput.closed.c32, hello, gin_app:release",
        "  ratio: 0.900 [0.880, 0.920]",
        "  verdict: lower",
    ]
    monkeypatch.setenv("COLUMNS", "120")
    assert shown(capsys, FOUND, verbose=True)[1].split() == ["metric", "scenario", "target", "ratio", "verdict"]


def rows_of(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if line.startswith(("throughput ", "loaded memory "))]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_short_form_fits_the_width_and_few_lines_however_much_there_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    names = [Subject(f"a_target_of_a_long_name_{number}", "with-a-long-variant") for number in range(40)]
    changes = tuple(replace(RATIO, of=one, over=GIN) for one in names)
    compared = replace(FOUND.compared, comparisons=changes, gone=GONE[:1])
    found = replace(FOUND, compared=compared, conclusions=conclusions(reversed=100, not_measured=300))
    lines = shown(capsys, found)
    assert max(map(len, lines)) <= width
    assert "and 34 more headline changes" in lines
    if width >= 80:
        assert len(lines) <= 22, "a limit of the worst case"
    assert all("0.900 [0.880, 0.920]" in row for row in rows_of(lines))


def test_claims_come_first_and_what_is_not_judged_comes_last(capsys: pytest.CaptureFixture[str]) -> None:
    for verbose in (False, True):
        lines = [line for line in shown(capsys, FOUND, verbose=verbose) if "0.900" in line]
        assert [line.split()[-1] for line in lines] == ["lower", "lower", "judged"]


def test_two_runs_without_a_common_headline_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, replace(FOUND, headlines=frozenset()))
    assert "no headline has a number in both runs" in lines
    assert rows_of(lines) == []


def test_without_any_difference_or_failure_nothing_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, console.Found(compared=RunsCompared("a", "b", (SLOWER,)), headlines=HEADLINES))
    assert lines == [
        "first run a, second run b; a ratio is the second over the first",
        "throughput  gin_app  0.900 [0.880, 0.920]  lower",
        "the first run has no conclusions",
        "all changes, conclusions and differences: --verbose, or --json",
    ]


def test_the_stored_runs_that_show_the_spread_have_their_dates(capsys: pytest.CaptureFixture[str]) -> None:
    runs = (SpreadRun("c", "2026-01-01T10:00:00+00:00"), SpreadRun("d", "2026-01-03T11:30:00+00:00"))
    compared = RunsCompared("a", "b", (replace(SLOWER, between=0.01),), spread_runs=runs, needed_runs=2)
    lines = shown(capsys, console.Found(compared=compared), verbose=True)
    said = "changes include the spread between 2 stored runs of this machine"
    assert f"{said}, 2026-01-01T10:00 to 2026-01-03T11:30" in lines
