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
from harness.model import Load, LoadKind, Slice
from tests.fakes import driven
from tests.trials import GIN


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
        with console.run_progress(30.0) as progress:
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
        with console.run_progress(0.0) as progress:
            progress.block_begins(1, 2)
            for rate_per_s in (50, 150):
                progress.sliced(self.SLICE, driven(self.SLICE, rate_per_s=rate_per_s))
            progress.sliced(self.OPEN, driven(self.OPEN, rate_per_s=7000))
            progress.sliced(small, driven(small, rate_per_s=9000))
            progress.block_begins(2, 2)
        first, second = capsys.readouterr().err.splitlines()
        assert first == "block 1 of 2: hello, closed.c32: gin_app:release 100 req/s, p99 1.00 ms; about 0 s left"
        assert second == "block 2 of 2; about 0 s left"

    def test_a_run_that_is_interrupted_in_a_block_prints_no_line_of_it(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def interrupted() -> None:
            with console.run_progress(30.0) as progress:
                progress.block_begins(1, 3)
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert capsys.readouterr() == ("", "")

    def test_a_deviation_from_the_plan_is_printed_with_its_block(self, capsys: pytest.CaptureFixture[str]) -> None:
        with console.run_progress(30.0) as progress:
            progress.block_begins(2, 3)
            progress.notice("hello, closed.c32: slices of 500 ms [not 100 ms]")
        said = "block 2 of 3: hello, closed.c32: slices of 500 ms [not 100 ms]"
        assert capsys.readouterr().err.splitlines()[0] == said

    def test_progress_on_a_terminal_shows_step_slice_rate_and_p99(self) -> None:
        terminal = Terminal()
        columns = TextColumn("{task.description}|{task.fields[rate]}")
        shown = Console(file=terminal, force_terminal=True, width=100)
        with Progress(columns, console=shown, auto_refresh=False) as progress:
            self.show_a_run(RunProgress(progress, 30.0))
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
            RunProgress(progress, 30.0).sliced(self.SLICE, silent)
        assert "slice 1: gin_app:release 0 req/s\r" in terminal.getvalue()

    def test_progress_fits_into_80_columns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        with console.run_progress(180.0) as progress:
            progress.building("[1/4] FROM golang [cached]")
            progress.block_begins(10, 30)
            progress.event("path_value, closed.c64", 12)
            for _ in range(12):
                progress.sliced(self.SLICE, driven(self.SLICE, rate_per_s=85_000))
        last = terminal.getvalue().rpartition("block 10 of 30: path_value, closed.c64")[2]
        assert re.search(r"about \d+ s left", last)  # how many, depends on the time that this took
        assert "slice 12 of 12: gin_app:release 85,000 req/s, p99 1.00 ms" in last
        assert "[1/4] FROM golang [cached]" in terminal.getvalue()

    def test_a_run_that_takes_longer_than_expected_has_no_time_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with console.run_progress(0.0) as progress:
            self.show_a_run(progress)
        assert "about 0 s left" in terminal.getvalue()
        assert "about -" not in terminal.getvalue()

    def test_progress_has_no_timer_that_would_use_cpu_time_of_the_measured_cores(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        with console.run_progress(30.0) as progress:
            drawn = progress._progress
            assert not drawn.live.auto_refresh
            self.show_a_run(progress)
        assert "about 30 s left" in terminal.getvalue()
