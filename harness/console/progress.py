"""Progress of a run on stderr: on a terminal two lines that change, without a terminal one line for each block.

The display is drawn only at the end of a slice: a timer would use CPU time of the cores that measure, but the head of
the next slice is not counted.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from harness.console.terminal import stream, tell
from harness.foreign_text import one_line, printable
from harness.runtime.building import is_step
from harness.units import Unit, human, significant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Load, Slice, SliceResult

    _Driven = dict[tuple[str, Load], dict[str, list[SliceResult]]]
    """The results of a block's slices, by scenario and load, then by subject."""

_LINE = 60  # of a build's output, so that a line of progress fits into 80 columns


class RunProgress:
    """Progress display of a run; a `RunObserver`."""

    def __init__(self, progress: Progress, expected_s: float) -> None:
        self._progress = progress
        self._expected_s = expected_s
        self._task: TaskID = progress.add_task("preparing", total=expected_s, rate="")
        self._began_s: float | None = None
        self._block = ""
        self._event = ""
        self._slice = self._slices = 0
        self._plain = not progress.console.is_terminal
        self._driven: _Driven = {}

    def event(self, text: str, slices: int = 0) -> None:
        """Show what begins, and reset the count of slices."""
        self._slice, self._slices = 0, slices
        self._event = f"{self._block}{text}"
        self._show(rate="", description=self._event)

    def building(self, line: str) -> None:
        """Show a line of a build below its step; without a terminal, print the steps."""
        if not is_step(line):
            self._show(rate=line[:_LINE])
        elif self._plain:
            tell(f"{self._event}: {line}")
        else:
            self._show(rate="", description=f"{self._event}: {line}"[:_LINE])

    def notice(self, text: str) -> None:
        """Print a deviation from the plan; it stays on the terminal."""
        self._progress.console.print(Text(printable(f"{self._block}{text}")), soft_wrap=True)

    def block_begins(self, number: int, total: int) -> None:
        """Show the number of the block; the first block starts the remaining time."""
        self.block_ended()
        self._began_s = self._began_s or time.monotonic()
        self._block = f"block {number} of {total}: "

    def block_ended(self) -> None:
        """Without a terminal, print the block's numbers of its largest load, and the remaining time."""
        if self._plain and self._block:
            left = f"about {max(0.0, self._expected_s - self._done_s()):.0f} s left"
            tell("; ".join((f"{self._block}{_largest_load(self._driven)}".removesuffix(": "), left)))
        self._block = ""
        self._driven.clear()

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Show number, rate and p99 of the slice that has just ended."""
        self._slice += 1
        if self._plain:
            of_load = self._driven.setdefault((plan.scenario, plan.load), {})
            of_load.setdefault(str(plan.subject), []).append(result)
            return
        place = f"{self._slice} of {self._slices}" if self._slices else f"{self._slice}"
        self._show(rate=f"slice {place}: {plan.subject} {_numbers([result])}")

    def _done_s(self) -> float:
        return time.monotonic() - self._began_s if self._began_s else 0.0

    def _show(self, **fields: str) -> None:
        done_s = min(self._done_s(), self._expected_s)  # the remaining time must not be negative in a longer run
        lines = {name: one_line(text) for name, text in fields.items()}
        self._progress.update(self._task, completed=done_s, **lines)  # type: ignore[arg-type]
        if not self._plain:
            self._progress.refresh()


def _largest_load(driven: _Driven) -> str:
    """Return rate and p99 of each subject at the closed load over the most connections; an empty text without load."""
    if not driven:
        return ""
    scenario, load = max(driven, key=lambda one: (not one[1].is_open, one[1].connections, one[0]))
    of_subjects = (f"{subject} {_numbers(results)}" for subject, results in driven[scenario, load].items())
    return f"{scenario}, {load}: {'; '.join(of_subjects)}"


def _numbers(results: list[SliceResult]) -> str:
    """Return the rate of some slices, and their p99: of the response time if there is one, else of the service time."""
    from harness.histogram import Histogram  # noqa: PLC0415 - it imports numpy, which other commands don't need

    counted_s = sum(one.counted_s for one in results)
    rate = sum(one.counted for one in results) / counted_s if counted_s else 0.0
    histogram = Histogram.from_texts([one.response or one.service for one in results])
    p99 = f", p99 {human(histogram.quantile_s(0.99), Unit.SECOND)}" if histogram.count else ""
    return f"{significant(rate)} req/s{p99}"


@contextmanager
def run_progress(expected_s: float) -> Iterator[RunProgress]:
    """Show a run's progress on stderr within the context."""
    console = stream(stderr=True)
    left = TextColumn("about {task.remaining:.0f} s left")
    # Two lines, so that the text fits into 80 columns. No markup, because builds print brackets.
    status = TextColumn("{task.description}\n{task.fields[rate]}", markup=False)
    columns = (status, BarColumn(), left)
    with Progress(
        *columns, console=console, auto_refresh=False, transient=True, disable=not console.is_terminal
    ) as progress:
        shown = RunProgress(progress, expected_s)
        yield shown
        shown.block_ended()
