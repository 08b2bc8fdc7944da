"""The short result of a run: of two, seven, one and no target, at each width, on a terminal and in a pipe."""

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from harness import console
from harness.console.overview import MOST_LINES
from harness.console.results import ratio_cell
from harness.model import (
    Bound,
    Comparison,
    Difference,
    Failure,
    Pace,
    Place,
    Ranking,
    Result,
    RunStatus,
    ScenarioTraits,
    Stage,
    Stopped,
    StopReason,
    Subject,
    Summary,
)
from harness.units import Unit
from tests.conftest import GoldenFiles
from tests.trials import FLASK, GIN, a_plan, a_run

WIDTHS = (40, 60, 80, 120)
SEVEN = tuple(
    Subject(name, "release")
    for name in ("flask_app", "django_app", "starlette_app", "gin_app", "echo_app", "e", "axum")
)
FIRST = {  # the reference's number of each headline, with its unit and scenario
    "throughput.closed.c32": (6120.0, Unit.PER_SECOND, "hello"),
    "memory.loaded": (54.2 * 2**20, Unit.BYTE, None),
    "cold_start.ready": (0.41, Unit.SECOND, None),
    "latency.closed.c32.p90": (0.002, Unit.SECOND, "hello"),
}


def a_result(subject: Subject, metric: str, factor: float, bound: Bound | None = None) -> Result:
    number, unit, scenario = FIRST[metric]
    estimate = number * factor
    return Result(subject, scenario, metric, unit, 5, 0.95, estimate, estimate * 0.97, estimate * 1.04, bound)


def a_comparison(subject: Subject, reference: Subject, metric: str, ratio: float) -> Comparison:
    verdict = (
        Difference.NO_DIFFERENCE_SHOWN if 0.9 < ratio < 1.1 else Difference.HIGHER if ratio > 1 else Difference.LOWER
    )
    return Comparison(metric, FIRST[metric][2], subject, reference, ratio, ratio * 0.95, ratio * 1.05, 0.06, verdict)


def a_summary(*subjects: Subject) -> Summary:
    """Return a run in which each subject has 3 times the throughput of the one before, and the second its memory."""
    factors = {
        "throughput.closed.c32": 3.0,
        "memory.loaded": 1.01,
        "cold_start.ready": 0.5,
        "latency.closed.c32.p90": 0.7,
    }
    numbers = [(one, metric, factor**place) for metric, factor in factors.items() for place, one in enumerate(subjects)]
    return Summary(
        a_run(a_plan(*subjects)),
        tuple(a_result(one, metric, number) for one, metric, number in numbers),
        tuple(a_comparison(one, subjects[0], metric, number) for one, metric, number in numbers if one != subjects[0]),
    )


TWO, MANY, ONE = a_summary(FLASK, GIN), a_summary(*SEVEN), a_summary(FLASK)
FAILED = replace(
    Summary(
        a_run(
            a_plan(FLASK, GIN),
            failures=tuple(
                Failure(FLASK, Stage.BUILD, f"no route {number}\nIt last printed:\n  a log")
                for number in (1, *range(20))
            ),
        ),
        (),
        (),
    ),
)
ALL = {"two": TWO, "seven": MANY, "one": ONE, "failed": FAILED}


class Terminal(io.StringIO):
    """A stream that claims to be a terminal of an encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base class declares an attribute
        return self._encoding

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _no_terminal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    def show(summary: Summary, columns: int | None = None) -> list[str]:
        if columns:
            monkeypatch.setenv("COLUMNS", str(columns))
        capsys.readouterr()
        console.show_summary(summary)
        return capsys.readouterr().out.splitlines()

    return show


def on_a_terminal(summary: Summary, columns: int, monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8") -> str:
    terminal = Terminal(encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    console.show_summary(summary)
    return terminal.getvalue()


Shown = Callable[..., list[str]]


def test_the_table_of_each_kind_of_run_at_each_width(golden: GoldenFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        f"--- {name} target(s), {width} columns\n{on_a_terminal(summary, width, monkeypatch)}"
        for name, summary in ALL.items()
        for width in WIDTHS[1:]
    ]
    golden.check("terminal_overview.txt", "\n".join(texts))


def test_the_table_in_a_pipe(shown: Shown, golden: GoldenFiles) -> None:
    golden.check("terminal_overview_pipe.txt", "\n".join([*shown(TWO), "", *shown(MANY), ""]))


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", ALL)
def test_no_run_takes_more_lines_or_a_wider_line_than_allowed(shown: Shown, name: str, columns: int) -> None:
    lines = shown(ALL[name], columns)
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= columns
    assert "`harness report` writes all" in " ".join(lines[-2:])
    assert f"results/{ALL[name].run.id}/report/" in lines[-1] or columns < 60


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("summary", [TWO, MANY])
@pytest.mark.parametrize("is_wide", [False, True])
def test_each_ratio_has_its_interval_at_each_width(
    shown: Shown, summary: Summary, columns: int, *, is_wide: bool
) -> None:
    """A ratio without an interval would claim more than was measured."""
    if is_wide:
        compared = (replace(one, low=one.ratio / 4.4, high=one.ratio * 4.4) for one in summary.comparisons)
        summary = replace(summary, comparisons=tuple(compared))
    lines = shown(summary, columns)
    has_row_each = len(summary.run.plan.subjects) == 2
    for one in summary.comparisons:
        if has_row_each or one.metric == "throughput.closed.c32":
            assert any(ratio_cell(one) in line for line in lines)


@pytest.mark.parametrize("name", ALL)
def test_a_pipe_has_plain_ascii_lines_of_80_columns(shown: Shown, name: str) -> None:
    lines = shown(ALL[name])
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in "\n".join(lines)
    assert set("".join(lines)) - {"µ", "–"} <= set(map(chr, range(32, 127)))


def test_a_terminal_has_block_elements_only_in_an_encoding_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "█" in on_a_terminal(TWO, 80, monkeypatch)
    text = on_a_terminal(TWO, 80, monkeypatch, "iso8859-1")
    assert text.encode("iso8859-1")
    assert "#" in text


def test_a_bar_is_on_the_side_and_of_the_length_of_its_ratio(shown: Shown) -> None:
    lines = shown(TWO, 80)
    bars = {line.split()[0]: line[-13:] if line.endswith("#") else line for line in lines[2:6]}
    assert bars["throughput"].rstrip().endswith("|######")
    assert bars["loaded"].endswith(" |")
    assert bars["cold"].endswith("  ####|")  # log 2 / log 3 of six


def test_a_ratio_that_shows_no_difference_has_a_tilde_and_its_meaning(shown: Shown) -> None:
    lines = shown(TWO, 80)
    (memory,) = [line for line in lines if line.startswith("loaded memory")]
    assert "~ 1.01 [0.959, 1.06]" in memory
    assert "~: no difference shown" in lines
    apart = replace(TWO, comparisons=tuple(replace(one, verdict=Difference.HIGHER) for one in TWO.comparisons))
    assert not any("~" in line for line in shown(apart, 80))


def test_a_tilde_beside_an_interval_without_1_has_its_reason(shown: Shown) -> None:
    why = "closer to 1 than the noise floor: two copies of one target differ by as much"
    compared = [
        replace(one, ratio=1.02, low=1.01, high=1.03, warnings=(why,)) if one.metric == "memory.loaded" else one
        for one in TWO.comparisons
    ]
    assert f"~: no difference shown; loaded memory: {why}" in " ".join(
        shown(replace(TWO, comparisons=tuple(compared)), 100)
    )


def test_of_several_subjects_a_number_like_the_reference_has_a_tilde(shown: Shown) -> None:
    (django,) = [line for line in shown(MANY, 120) if line.startswith("django_app")]
    assert "~ 54.7 MiB" in django
    assert "3.00 [2.85, 3.15]" in django


def test_only_headlines_have_a_row_and_their_metrics_are_named(shown: Shown) -> None:
    lines = shown(TWO, 120)
    titles = ["throughput", "p90 latency", "loaded memory", "cold start"]
    assert [line.split("  ")[0] for line in lines[2:6]] == titles
    loads = "hello: throughput over 32 connections, p90 latency over 32 connections"
    assert f"{loads}; cold start: time to the first right answer" in " ".join(lines)


def test_the_throughput_that_the_generator_limited_is_a_lower_bound(shown: Shown) -> None:
    first, *others = TWO.results
    lines = shown(replace(TWO, results=(replace(first, bound=Bound.GENERATOR), *others)), 80)
    assert "6,120 req/s ≥" in lines[2]
    assert "≥ the generator was the limit: a lower bound of what the target can do" in lines


def test_a_run_of_which_all_failed_says_why_and_how_many_more_times(shown: Shown) -> None:
    lines = shown(FAILED, 80)
    assert lines[1] == "failed: flask_app:gthread: build: no route 1"
    assert "a log" not in " ".join(lines)
    assert lines[-2] == "and 9 more notes"


def test_each_of_several_failures_has_a_line_with_its_cause_and_no_row(shown: Shown) -> None:
    cause = "a target did not start (it): it does not answer GET / correctly: status 404 instead of 200"
    failures = tuple(Failure(one, Stage.START, f"{cause}. " + "read on " * 40) for one in SEVEN[:4])
    kept = tuple(one for one in MANY.results if one.subject not in SEVEN[:4])
    lines = shown(replace(MANY, run=replace(MANY.run, failures=failures), results=kept, comparisons=()), 100)
    said = [line for line in lines if "flask_app" in line or "gin_app" in line]
    assert [line[:96] for line in said if "flask" in line] == [
        "failed: flask_app:release: start: it does not answer GET / correctly: status 404 instead of 200."
    ]
    assert len(said) == 2


def test_a_headline_without_a_number_has_a_dash_and_its_reason(shown: Shown) -> None:
    lost = replace(TWO.results[1], estimate=None, low=None, high=None, reason="it failed")
    lines = shown(replace(TWO, results=(TWO.results[0], lost, *TWO.results[2:])), 80)
    assert lines[2].split()[:4] == ["throughput", "6,120", "req/s", "\N{EN DASH}"]
    assert "No throughput for gin_app: it failed" in lines


def test_one_reason_of_several_targets_is_one_note(shown: Shown) -> None:
    lost = [replace(one, estimate=None, low=None, high=None, reason="it failed") for one in MANY.results[:3]]
    lines = shown(replace(MANY, results=(*lost, *MANY.results[3:])), 120)
    assert "No throughput for flask_app, django_app and starlette_app: it failed" in lines


def test_what_had_not_enough_requests_is_said_with_the_profile_that_sends_more(shown: Shown) -> None:
    def lost(subject: Subject, sent: str) -> Result:
        reason = f"not enough requests ({sent} of the 1,833 that a p99 needs with 3 blocks)"
        return Result(subject, "hello", "latency.open.r500.p99", Unit.SECOND, 3, 0.95, reason=reason)

    one = shown(replace(TWO, results=(*TWO.results, lost(FLASK, "1,474"))), 200)
    why = "not enough requests (1,474 of the 1,833 that a p99 needs with 3 blocks)"
    assert f"No p99 latency for flask_app: {why}. Use --profile quick." in one
    both = shown(replace(TWO, results=(*TWO.results, lost(FLASK, "1,474"), lost(GIN, "1,475"))), 200)
    assert "No p99 latency for flask_app and gin_app: not enough requests. Use --profile quick." in both


SHOP = Result(FLASK, "shop", "paced.rate.u32", Unit.PER_SECOND, 3, 0.95, 5.81, 5.79, 5.83)
JSON = Result(FLASK, "json_body", "throughput.closed.c32", Unit.PER_SECOND, 3, 0.95, 581.0, 579.0, 583.0)


def with_scenarios(summary: Summary, *scenarios: str, paced: Sequence[str] = ("shop",)) -> Summary:
    """Return a run whose plan has these scenarios, too."""
    traits = tuple(ScenarioTraits(one, (), drives_open=False, pace=Pace.PACED) for one in paced)
    plan = replace(summary.run.plan, scenarios=scenarios, traits=traits)
    return replace(summary, run=replace(summary.run, plan=plan))


def test_each_scenario_that_was_asked_for_has_a_row_with_the_number_of_each_target(shown: Shown) -> None:
    of_gin = [replace(one, subject=GIN, estimate=7.0, low=6.9, high=7.1) for one in (SHOP, JSON)]
    two = with_scenarios(replace(TWO, results=(*TWO.results, SHOP, JSON, *of_gin)), "hello", "json_body", "shop")
    lines = shown(two, 80)
    assert [line.split("  ")[0] for line in lines[2:8]][-2:] == ["throughput, json_body", "rate, shop"]
    assert [line.split()[2:6] for line in lines[6:8]] == [
        ["581", "req/s", "7.00", "req/s"],
        ["5.81", "req/s", "7.00", "req/s"],
    ]
    assert "shop: your users' pauses decide this rate" in lines


@pytest.mark.parametrize("scenarios", [("shop",), ("hello", "shop")])
@pytest.mark.parametrize("targets", [1, 2, 3])
def test_a_paced_scenario_has_a_number_or_a_dash_for_each_target(
    shown: Shown, targets: int, scenarios: Sequence[str]
) -> None:
    whole = a_summary(*SEVEN[:targets])
    rates = [
        replace(SHOP, subject=one, estimate=5.5 + place, low=5.0, high=9.0) for place, one in enumerate(SEVEN[:targets])
    ]
    rates[-1] = replace(rates[-1], estimate=None, low=None, high=None, reason="the users sent no request")
    kept = [one for one in whole.results if one.scenario is None or one.scenario in scenarios]
    lines = shown(with_scenarios(replace(whole, results=(*kept, *rates), comparisons=()), *scenarios), 120)
    text = "\n".join(lines)
    numbers = [f"{5.5 + place:.2f}" for place in range(targets - 1)]
    assert all(number in text for number in numbers)
    assert "\N{EN DASH}" in text
    assert f"for {SEVEN[targets - 1].target}: the users sent no request" in text


def test_many_targets_without_any_number_have_no_table_and_their_reasons(shown: Shown) -> None:
    lost = replace(SHOP, estimate=None, low=None, high=None, reason="the users sent no request")
    results = tuple(replace(lost, subject=one) for one in SEVEN[:3])
    lines = shown(with_scenarios(replace(a_summary(*SEVEN[:3]), results=results, comparisons=()), "shop"), 120)
    assert any("the users sent no request" in line for line in lines[1:])


def test_rates_of_many_targets_and_scenarios_are_counted_below_the_headlines(shown: Shown) -> None:
    rates = [replace(SHOP, subject=one) for one in SEVEN]
    lines = shown(with_scenarios(replace(MANY, results=(*MANY.results, *rates)), "hello", "shop"), 80)
    assert lines[9] == "7 more rates (shop): `harness report`"
    assert lines[2].startswith("flask_app ")


def test_what_a_script_complains_of_and_what_happened_to_its_users_is_said(shown: Shown) -> None:
    rated = replace(SHOP, detail="paced; 974 answers in 3 blocks", warnings=("3 users ended themselves",))
    late = replace(
        TWO.results[0], warnings=("2 \N{MULTIPLICATION SIGN} 'late', from the script, and not from the target",)
    )
    two = with_scenarios(replace(TWO, results=(late, *TWO.results[1:], rated)), "hello", "shop")
    text = " ".join(shown(two, 120))
    assert "flask_app:gthread shop: 3 users ended themselves" in text
    assert "flask_app:gthread hello: 2 \N{MULTIPLICATION SIGN} 'late', from the script, and not from the target" in text


def test_a_number_that_is_not_judged_has_its_own_mark_with_the_reason_and_what_to_do(shown: Shown) -> None:
    why = "inconclusive: the machine was disturbed in {} of 3 blocks ({}); the interval contains 1"
    texts = (why.format(3, "other programs ran"), why.format(2, "memory was short, other programs ran"))
    compared = tuple(
        replace(one, verdict=Difference.INCONCLUSIVE, warnings=(texts[place % 2],))
        for place, one in enumerate(TWO.comparisons)
    )
    lines = shown(replace(TWO, comparisons=compared), 120)
    assert "? 3.00 [2.85, 3.15]" in lines[2]
    assert "?: not judged: the machine was disturbed" in lines
    assert "the disturbances: other programs ran, memory was short. End other programs, measure again." in lines
    assert not [line for line in lines if "~" in line]


def test_both_marks_are_explained_in_one_line(shown: Shown) -> None:
    copies = "inconclusive: two copies of one target differed by as much (the A/A interval excludes 1)"
    first, *others = TWO.comparisons
    compared = (replace(first, verdict=Difference.INCONCLUSIVE, warnings=(copies,)), *others)
    lines = shown(replace(TWO, comparisons=compared), 120)
    assert "~: no difference shown; ?: not judged: two copies of one target differed by as much" in lines


def test_a_warning_about_the_precision_stands_before_the_loads(shown: Shown) -> None:
    run = replace(TWO.run, stopped=Stopped(StopReason.NOT_PRECISE, 30, ("a of b",)), status=RunStatus.INTERRUPTED)
    lines = shown(replace(TWO, run=run), 120)
    assert lines[0] == f"{run.id}: interrupted; one CPU each"
    assert lines[7] == "warning: precision not reached in 30 blocks: a of b"
    assert lines[8].startswith("hello: ")


def test_ranks_are_said_of_the_first_headline(shown: Shown) -> None:
    places = tuple(Place(one, number) for number, one in enumerate(SEVEN[:3], 1))
    rankings = tuple(Ranking(metric, None, places) for metric in ("throughput.closed.c32", "memory.loaded"))
    said = [line for line in shown(replace(a_summary(*SEVEN[:3]), rankings=rankings), 120) if "ranks by" in line]
    assert said == ["ranks by throughput over 32 connections: 1 flask_app; 2 django_app; 3 starlette_app"]


@pytest.mark.parametrize(("more", "said"), [(4, "4 more targets"), (1, "1 more target")])
def test_many_subjects_are_cut_with_their_number(more: int, said: str, shown: Shown) -> None:
    subjects: Sequence[Subject] = [Subject(f"app_{number}", "release") for number in range(10 + more)]
    lines = shown(a_summary(*subjects), 80)
    assert lines[12] == f"{said}: `harness report`"
    assert len(lines) <= MOST_LINES
