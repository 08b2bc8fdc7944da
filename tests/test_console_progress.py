"""Progress of a run on stderr: with a terminal and without one."""

import io
import re
import sys
from dataclasses import replace

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from harness import console
from harness.console import RunProgress
from harness.histogram import Histogram
from harness.measure.closed import SlowAnswers
from harness.model import Load, LoadKind, Slice, Subject
from tests.fakes import driven
from tests.trials import FLASK, GIN


@pytest.fixture(autouse=True)
def _no_terminal_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


class TestProgress:
    SLICE = Slice(0, GIN, "hello", Load(LoadKind.CLOSED, 32), 0.2, 0.04, seed=1)

    OPEN = replace(SLICE, load=Load(LoadKind.POISSON, 64, 500.0))

    def show_a_run(self, progress: RunProgress) -> None:
        progress.event("building gin_app")
        progress.building("Step 1/9 : FROM golang")
        progress.building("Pulling from library/golang")
        progress.block_begins(1, 3)
        progress.event("hello, closed.c32", 12)
        progress.sliced(self.SLICE, driven(self.SLICE))
        progress.sliced(self.SLICE, driven(self.SLICE))
        progress.event("searching rate.slo")
        progress.sliced(self.OPEN, driven(self.OPEN))
        progress.sliced(self.OPEN, replace(driven(self.OPEN), service=None, response=None))

    def test_progress_without_a_terminal_is_one_line_for_each_step_and_block_on_stderr(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with console.run_progress([10.0] * 3) as progress:
            self.show_a_run(progress)
        out, err = capsys.readouterr()
        built, block = err.splitlines()
        assert (out, built) == ("", "building gin_app: Step 1/9 : FROM golang")
        assert re.fullmatch(
            r"block 1 of 3: hello, closed\.c32: gin_app:release 100 req/s, p99 1\.00 ms; about \d+ s left", block
        )

    def test_without_a_terminal_a_block_has_the_numbers_of_its_largest_closed_load(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        small = replace(self.SLICE, load=Load(LoadKind.CLOSED, 1))
        with console.run_progress([20.0, 0.0]) as progress:
            progress.block_begins(1, 2)
            for rate_per_s in (50, 150):
                progress.sliced(self.SLICE, driven(self.SLICE, rate_per_s=rate_per_s))
            progress.sliced(self.OPEN, driven(self.OPEN, rate_per_s=7000))
            progress.sliced(small, driven(small, rate_per_s=9000))
            progress.block_begins(2, 2)
        first, second = capsys.readouterr().err.splitlines()
        assert first == "block 1 of 2: hello, closed.c32: gin_app:release 100 req/s, p99 1.00 ms; about 1 s left"
        assert second == "block 2 of 2"

    def test_a_null_target_without_a_right_answer_is_not_shown_but_a_target_is(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        null = Subject("null_app", "raw")
        with console.run_progress([20.0], ceiling=null) as progress:
            progress.block_begins(1, 1)
            for subject, rate_per_s in ((null, 0), (GIN, 100), (FLASK, 0)):
                plan = replace(self.SLICE, subject=subject)
                progress.sliced(plan, driven(plan, rate_per_s=rate_per_s))
        line = capsys.readouterr().err
        assert "null_app" not in line
        assert "gin_app:release 100 req/s" in line
        assert "flask_app:gthread 0 req/s" in line

    def test_attempts_that_only_one_target_had_are_not_the_numbers_of_a_block(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        attempt = replace(self.SLICE, load=Load(LoadKind.CLOSED, 1024))
        with console.run_progress([20.0]) as progress:
            progress.block_begins(1, 1)
            for plan in (self.SLICE, replace(self.SLICE, subject=FLASK), attempt):
                progress.sliced(plan, driven(plan, rate_per_s=100))
        assert capsys.readouterr().err.startswith("block 1 of 1: hello, closed.c32: gin_app:release 100 req/s, ")

    def test_a_run_that_is_interrupted_in_a_block_prints_no_line_of_it(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupted() -> None:
            with console.run_progress([10.0] * 3) as progress:
                progress.block_begins(1, 3)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert capsys.readouterr() == ("", "")

    def test_a_deviation_from_the_plan_is_printed_with_its_block(self, capsys: pytest.CaptureFixture[str]) -> None:
        with console.run_progress([10.0] * 3) as progress:
            progress.block_begins(2, 3)
            progress.notice("gin_app:release failed [no]")
        assert capsys.readouterr().err.splitlines()[0] == "block 2 of 3: gin_app:release failed [no]"

    def test_progress_on_a_terminal_shows_step_slice_rate_and_p99(self) -> None:
        terminal = Terminal()
        columns = TextColumn("{task.description}|{task.fields[rate]}")
        shown = Console(file=terminal, force_terminal=True, width=100)
        with Progress(columns, console=shown, auto_refresh=False) as progress:
            self.show_a_run(RunProgress(progress, [10.0] * 3))
        text = terminal.getvalue()
        for line in (
            "building gin_app: Step 1/9 : FROM golang|",
            "building gin_app: Step 1/9 : FROM golang|Pulling from library/golang",
            "block 1 of 3: hello, closed.c32|",
            "slice 1 of 12: gin_app:release 100 req/s, p99 1.00 ms",
            "slice 2 of 12: gin_app:release 100 req/s, p99 1.00 ms",
            "block 1 of 3: searching rate.slo|",
            "slice 1: gin_app:release 100 req/s, p99 2.00 ms",
            "slice 2: gin_app:release 100 req/s\r",
        ):
            assert line in text

    @pytest.mark.parametrize("service", [None, Histogram().to_text()], ids=["none", "no sample"])
    def test_a_slice_without_answers_has_no_p99_and_a_rate_of_0(self, service: str | None) -> None:
        terminal = Terminal()
        shown = Console(file=terminal, force_terminal=True, width=100)
        silent = replace(driven(self.SLICE), counted=0, counted_s=0.0, service=service)
        with Progress(TextColumn("{task.fields[rate]}"), console=shown, auto_refresh=False) as progress:
            RunProgress(progress, [10.0] * 3).sliced(self.SLICE, silent)
        assert "slice 1: gin_app:release 0 req/s\r" in terminal.getvalue()

    def test_progress_fits_into_80_columns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        with console.run_progress([18.0] * 10) as progress:
            progress.building("[1/4] FROM golang [cached]")
            for number in range(1, 11):
                progress.block_begins(number, 30)
            progress.event("path_value, closed.c64", 12)
            for _ in range(12):
                progress.sliced(self.SLICE, driven(self.SLICE, rate_per_s=85_000))
        last = terminal.getvalue().rpartition("block 10 of 30: path_value, closed.c64")[2]
        assert re.search(r"about \d+ (s|min) left", last)  # how many, depends on the time that this took
        assert "slice 12 of 12: gin_app:release 85,000 req/s, p99 1.00 ms" in last
        assert "[1/4] FROM golang [cached]" in terminal.getvalue()

    def test_progress_has_no_timer_that_would_use_cpu_time_of_the_measured_cores(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with console.run_progress([10.0] * 3) as progress:
            drawn = progress._progress
            assert not drawn.live.auto_refresh
            monkeypatch.setattr(progress, "_clock", lambda: 0.0)  # drawing takes its time
            self.show_a_run(progress)
        before, _, after = terminal.getvalue().partition("block 1 of 3")
        assert "about 30 s after the builds" in before
        assert "about 30 s left" in after


class TestTheTimeOfARun:
    """The clock is the test's, so all times are exact."""

    SLOW = SlowAnswers(GIN, Load(LoadKind.CLOSED, 32), 1.44)
    SHORTER = "To shorten it, leave this target out (--target) or measure fewer scenarios (--scenario)."

    @pytest.fixture(autouse=True)
    def _start(self) -> None:
        self.now_s = 1000.0

    def progress(self, *blocks_s: float) -> RunProgress:
        """Return the progress of a run without a terminal."""
        drawn = Progress(console=Console(stderr=True), auto_refresh=False, disable=True)
        return RunProgress(drawn, blocks_s, clock=lambda: self.now_s)

    def after(self, lasted_s: float) -> None:
        self.now_s += lasted_s

    def test_a_run_that_becomes_several_times_longer_gives_one_warning_with_what_to_do(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        progress = self.progress(20.0, 20.0)
        for number in (1, 2):
            progress.block_begins(number, 2)
            self.after(10.0)
            progress.expects(230.0, self.SLOW)
            self.after(230.0)
        lines = capsys.readouterr().err.splitlines()
        assert lines[0] == (
            "block 1 of 2: warning: the run takes about 8 min, not about 40 s: gin_app:release answers slowly "
            f"(1.44 s at 32 connections). {self.SHORTER}"
        )
        assert [line for line in lines[1:] if "slowly" in line] == []
        assert lines[1:] == ["block 1 of 2; about 240 s left", "block 2 of 2: begins; about 240 s left"]

    def test_a_slow_target_of_a_run_that_becomes_a_little_longer_is_told_once(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        progress = self.progress(20.0, 20.0)
        for number in (1, 2):
            progress.block_begins(number, 2)
            self.after(5.0)
            progress.expects(30.0, self.SLOW)
            self.after(30.0)
        assert capsys.readouterr().err.splitlines() == [
            "block 1 of 2: gin_app:release answers slowly (1.44 s at 32 connections), so each block takes longer",
            "block 1 of 2; about 35 s left",
        ]

    def test_a_short_run_gives_no_warning_even_if_it_becomes_three_times_longer(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        progress = self.progress(20.0)
        progress.block_begins(1, 1)
        progress.expects(60.0, self.SLOW)
        assert "warning" not in capsys.readouterr().err

    def test_fast_answers_say_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        progress = self.progress(20.0)
        progress.block_begins(1, 1)
        progress.expects(500.0, None)
        assert capsys.readouterr().err == ""

    def test_without_a_terminal_no_minute_is_silent(self, capsys: pytest.CaptureFixture[str]) -> None:
        progress = self.progress(300.0)
        part = TestProgress.SLICE
        progress.event("building gin_app")
        for _ in range(5):
            self.after(25.0)
            progress.building("still compiling")
        progress.block_begins(1, 1)
        progress.event("starting gin_app:release")
        self.after(61.0)
        progress.event("hello, closed.c32")
        progress.expects(200.0, None)
        for _ in range(6):
            self.after(20.0)
            progress.sliced(part, driven(part))
        assert capsys.readouterr().err.splitlines() == [
            "building gin_app: not finished yet",
            "block 1 of 1: begins; about 5 min left",
            "block 1 of 1: hello, closed.c32; about 239 s left",
            "block 1 of 1: hello, closed.c32; about 199 s left",
            "block 1 of 1: hello, closed.c32; about 199 s left",
        ]

    def test_a_block_of_less_than_a_minute_has_no_line_at_its_begin(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.progress(59.0, 59.0).block_begins(1, 2)
        assert capsys.readouterr().err == ""
