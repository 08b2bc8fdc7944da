"""The terminal output: plain output compared with golden files, tables on a terminal, and progress."""

import io
import json
import sys
from dataclasses import replace

import pytest

from harness import console
from harness.documents import DoctorDocument, FindingRow, SelftestCheck, SelftestDocument, SelftestOutcome, SelftestRow
from harness.model import (
    Bound,
    Comparison,
    Difference,
    Result,
    RunStatus,
    Stopped,
    StopReason,
    Subject,
    Summary,
)
from harness.units import Unit
from tests.conftest import GoldenFiles
from tests.fakes import FLASK_SYNC
from tests.trials import FLASK, GIN, a_plan, a_run

RATE = "throughput.closed.c32"
DOCTOR = DoctorDocument(
    findings=[
        FindingRow(name="engine", state="missing", detail="none answers [Errno 2]", fix="Start one."),
        FindingRow(name="cpus", state="warning", detail="target and generator share one", fix="Give it two."),
        FindingRow(name="cgroups", state="ok", detail="version 2, counters are readable", fix=""),
    ]
)


@pytest.fixture(autouse=True)
def _no_terminal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    return terminal


def a_result(
    subject: Subject, metric: str, unit: Unit, interval: tuple[float, float, float], bound: Bound | None = None
) -> Result:
    low, estimate, high = interval
    scenario = "hello" if metric == RATE else None
    return Result(subject, scenario, metric, unit, 5, 0.95, estimate, low, high, bound)


def a_comparison(subject: Subject, interval: tuple[float, float, float], verdict: Difference) -> Comparison:
    low, ratio, high = interval
    return Comparison(RATE, "hello", subject, FLASK, ratio, low, high, 0.06, verdict)


SUMMARY = Summary(
    a_run(a_plan(FLASK, FLASK_SYNC, GIN)),
    (
        a_result(FLASK, RATE, Unit.PER_SECOND, (5980.0, 6120.0, 6260.0), Bound.TARGET),
        a_result(FLASK_SYNC, RATE, Unit.PER_SECOND, (5900.0, 6010.0, 6120.0), Bound.NEITHER),
        a_result(GIN, RATE, Unit.PER_SECOND, (83_900.0, 85_100.0, 86_300.0), Bound.GENERATOR),
        a_result(FLASK, "memory.idle", Unit.BYTE, (54.1 * 2**20, 54.2 * 2**20, 54.3 * 2**20)),
        a_result(GIN, "memory.idle", Unit.BYTE, (7.9 * 2**20, 8.0 * 2**20, 8.1 * 2**20)),
        a_result(FLASK, "footprint.dependencies", Unit.ONE, (8.0, 8.0, 8.0)),
        a_result(GIN, "footprint.dependencies", Unit.ONE, (1234.0, 1234.0, 1234.0)),
        Result(
            GIN,
            "hello",
            "latency.open.r500.p999",
            Unit.SECOND,
            0,
            0.95,
            reason="too few samples: a p999 takes 4,000 a trial",
        ),
    ),
    (
        a_comparison(FLASK_SYNC, (0.95, 0.98, 1.01), Difference.NO_DIFFERENCE_SHOWN),
        a_comparison(GIN, (13.6, 13.9, 14.2), Difference.HIGHER),
    ),
)


def a_selftest_row(name: str, measured_s: float, *, detail: str, outcome: SelftestOutcome) -> SelftestRow:
    """Return a row with one check, 902 ± 10 ms. If it is too noisy to tell, it has a yardstick as well."""
    check = SelftestCheck(
        what="p99 of [it]",
        truth=0.902,
        measured=measured_s,
        limit=0.01,
        rule="within",
        unit=Unit.SECOND,
        passed=abs(measured_s - 0.902) <= 0.01,
    )
    is_noisy = outcome is SelftestOutcome.TOO_NOISY
    yardstick = replace(check, what="yardstick: p99 of a bare loop", truth=0.0, measured=0.2, passed=False)
    return SelftestRow(
        name=name,
        what=check.what,
        truth=check.truth,
        measured=check.measured,
        limit=check.limit,
        rule=check.rule,
        unit=check.unit,
        passed=None if is_noisy else check.passed,
        outcome=outcome,
        detail=detail,
        checks=[check],
        yardsticks=[yardstick] if is_noisy else [],
    )


NOT_RUN = SelftestRow(
    name="queue",
    what=None,
    truth=None,
    measured=None,
    limit=None,
    rule=None,
    unit=None,
    passed=False,
    outcome=SelftestOutcome.FAILED,
    detail="the server did not start",
    checks=[],
    yardsticks=[],
)
SELFTEST = SelftestDocument(
    rows=[
        a_selftest_row("stall", 0.9021, detail="", outcome=SelftestOutcome.PASSED),
        a_selftest_row("delay", 0.7, detail="20 requests", outcome=SelftestOutcome.FAILED),
        NOT_RUN,
        a_selftest_row("schedule", 0.7, detail="4,000 requests", outcome=SelftestOutcome.TOO_NOISY),
    ],
    passed=1,
    failed=2,
    too_noisy=1,
)


class TestPlainOutput:
    """Output without a terminal: a line for each row, no colour, no padding."""

    def test_a_summary(self, capsys: pytest.CaptureFixture[str], golden: GoldenFiles) -> None:
        console.show_summary(SUMMARY, verbose=True)
        golden.check("terminal_summary.txt", capsys.readouterr().out)

    def test_what_stands_beside_the_rate_of_paced_users_is_printed(self, capsys: pytest.CaptureFixture[str]) -> None:
        rate = a_result(GIN, "paced.rate.u32", Unit.PER_SECOND, (5.7, 5.8, 5.9))
        paced = replace(rate, scenario="shop", detail="paced; 959 answers in 3 blocks", warnings=("2 users ended",))
        console.show_summary(replace(SUMMARY, results=(paced,), comparisons=()), verbose=True)
        assert (
            "gin_app:release shop: 5.80 req/s [5.70, 5.90]; paced; 959 answers in 3 blocks; 2 users ended"
            in capsys.readouterr().out
        )

    def test_a_selftest(self, capsys: pytest.CaptureFixture[str], golden: GoldenFiles) -> None:
        console.show_selftest(SELFTEST)
        golden.check("terminal_selftest.txt", capsys.readouterr().out)

    def test_a_doctor_document(self, capsys: pytest.CaptureFixture[str], golden: GoldenFiles) -> None:
        console.show_doctor(DOCTOR)
        golden.check("terminal_doctor.txt", capsys.readouterr().out)

    def test_numbers_and_names_of_many_targets_are_not_truncated(self, capsys: pytest.CaptureFixture[str]) -> None:
        many = tuple(Subject("a_target_with_a_long_name", f"variant-{number}") for number in range(9))
        results = tuple(a_result(one, RATE, Unit.PER_SECOND, (5980.0, 6120.0, 6260.0)) for one in many)
        console.show_summary(Summary(a_run(a_plan(*many)), results, ()), verbose=True)
        _, header, row = capsys.readouterr().out.splitlines()
        assert row.count("6,120 req/s [5,980, 6,260]") == 9
        assert all(str(one) in header for one in many)
        assert row.startswith(RATE)

    def test_ratios_name_the_variants_of_a_target_with_several(self, capsys: pytest.CaptureFixture[str]) -> None:
        console.show_summary(SUMMARY, verbose=True)
        header = capsys.readouterr().out.splitlines()[1]
        assert header.endswith("flask_app:sync / flask_app:gthread  gin_app / flask_app:gthread")

    def test_an_empty_list_prints_no_title(self, capsys: pytest.CaptureFixture[str]) -> None:
        console.show_rows("runs", [])
        assert capsys.readouterr().out == ""

    def test_a_run_without_enough_precision_prints_the_headlines_that_miss_it(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for missed, expected in (((), []), (("a of b", "c of d"), ["a of b; c of d"])):
            reason = StopReason.NOT_PRECISE if missed else StopReason.PRECISE
            run = replace(SUMMARY.run, stopped=Stopped(reason, 30, missed))
            console.show_summary(replace(SUMMARY, run=run), verbose=True)
            warned = [line for line in capsys.readouterr().out.splitlines() if "precision" in line]
            assert warned == [f"warning: precision not reached in 30 blocks: {words}" for words in expected]

    def test_brackets_are_text_instead_of_markup(self, capsys: pytest.CaptureFixture[str]) -> None:
        console.show_rows("targets", [("x", "takes [red] or [/json]")])
        console.say("[bold]")
        assert capsys.readouterr().out == "targets\nx  takes [red] or [/json]\n[bold]\n"

    def test_a_long_line_is_one_line_on_either_stream(self, capsys: pytest.CaptureFixture[str]) -> None:
        console.say("word " * 100)
        console.tell("word " * 100)
        out, err = capsys.readouterr()
        assert (out.count("\n"), err.count("\n")) == (1, 1)

    def test_json_is_one_document_with_unescaped_letters(self, capsys: pytest.CaptureFixture[str]) -> None:
        console.print_json({"status": RunStatus.COMPLETE, "name": "Müller"})
        out = capsys.readouterr().out
        assert json.loads(out) == {"status": "complete", "name": "Müller"}
        assert "Müller" in out

    def test_nan_is_refused_in_json(self) -> None:
        with pytest.raises(ValueError, match="JSON"):
            console.print_json({"value": float("nan")})


class TestOnATerminal:
    def test_text_is_wrapped_to_the_width_of_the_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = on_a_terminal(monkeypatch, 60)
        console.show_doctor(replace(DOCTOR, findings=[replace(DOCTOR.findings[2], detail="many words " * 9)]))
        lines = terminal.getvalue().splitlines()[2:]  # the headings are bold
        assert max(map(len, lines)) <= 60
        assert len(lines) > 1

    @pytest.mark.parametrize("is_terminal", [True, False])
    def test_rows_of_words_are_wrapped_at_words_and_keep_their_columns(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, is_terminal: bool
    ) -> None:
        terminal = on_a_terminal(monkeypatch, 40) if is_terminal else None
        monkeypatch.setenv("COLUMNS", "40")
        text = "gunicorn's default worker, 2 per CPU plus one, every connection closed"
        console.show_rows("targets", [("flask_app:sync", text)])
        title, *lines = (terminal.getvalue() if terminal else capsys.readouterr().out).splitlines()
        assert (title, max(map(len, lines)) <= 40) == ("targets", True)
        assert [line[:16] for line in lines] == ["flask_app:sync  ", *(" " * 16 for _ in lines[1:])]
        assert " ".join(line[16:] for line in lines) == text

    def test_rows_of_numbers_are_not_wrapped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = on_a_terminal(monkeypatch, 60)
        console.show_summary(SUMMARY, verbose=True)
        assert "85,100 req/s [83,900, 86,300] \N{GREATER-THAN OR EQUAL TO}" in terminal.getvalue()

    def test_no_color_is_honoured(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NO_COLOR", "1")
        terminal = on_a_terminal(monkeypatch, 60)
        console.show_summary(SUMMARY, verbose=True)
        assert "\x1b[3" not in terminal.getvalue()


def test_the_reason_of_inconclusive_comparisons_is_printed_once_with_their_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    why = "inconclusive: the machine was disturbed in 3 of 3 blocks (other programs ran)"
    bound = "the generator was the limit of the subject: the ratio is a lower bound"
    kept, other = SUMMARY.comparisons
    near, nearer = (
        replace(kept, verdict=Difference.INCONCLUSIVE, warnings=(bound, f"{why}; the effect is a factor of {effect}"))
        for effect in (1.2, 1.1)
    )
    console.show_summary(replace(SUMMARY, comparisons=(near, nearer, other)), verbose=True)
    warned = [line for line in capsys.readouterr().out.splitlines() if line.startswith("warning:")]
    assert warned == [f"warning: 2 of 3 comparisons are {why}"]
