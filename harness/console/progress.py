"""Progress of a run on stderr: on a terminal two lines that change, without one a line for each block.

The display is drawn only at the end of a slice: a timer would use CPU time of the cores that measure, but the head of
the next slice is not counted.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from harness.console.terminal import stream, tell
from harness.console.time_left import TimeLeft, in_words
from harness.foreign_text import one_line, printable
from harness.measure.timing import lasts_s
from harness.paragraphs import fitted_to
from harness.runtime.building import is_step
from harness.units import Unit, human, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from harness.measure.closed import SlowAnswers
    from harness.model import Load, Slice, SliceResult, Subject

    _Driven = dict[tuple[str, Load], dict[str, list[SliceResult]]]
    """The results of a block's slices, by scenario and load, then by subject."""

_LINE = 60  # of a build's output, so that a line of progress fits into 80 columns
_SILENT_S = 60.0  # without a terminal, the longest time without a line
_SEVERAL = 2
_SHORTER = "To shorten it, leave this target out (--target) or measure fewer scenarios (--scenario)."


class RunProgress:
    """Progress display of a run; a `RunObserver`.

    Args:
        progress: The display.
        blocks_s: The planned duration of each block that is still to be measured, in seconds.
        least_blocks: After so many of them the run ends if it is precise; None for all of them.
        clock: Returns the time in seconds.
        ceiling: The null target. Where it has no right answer, as of a contract that it does not know, it is not shown.
    """

    def __init__(
        self,
        progress: Progress,
        blocks_s: Sequence[float],
        least_blocks: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        ceiling: Subject | None = None,
    ) -> None:
        self._progress = progress
        self._ceiling = ceiling
        self._clock = clock
        self._left = TimeLeft(blocks_s, least_blocks)
        self._began_s: float | None = None
        self._told_s = clock()
        self._slow: set[Subject] = set()
        self._warned = False
        self._block = ""
        self._event = ""
        self._slice = self._slices = 0
        self._is_last = False
        self._plain = not progress.console.is_terminal
        self._driven: _Driven = {}
        left = f"{self._left_in_words()} after the builds"
        self._task: TaskID = progress.add_task("preparing", total=self._left.planned_s, rate="", left=left)

    def event(self, text: str, slices: int = 0) -> None:
        """Show what begins, and reset the count of slices."""
        self._slice, self._slices = 0, slices
        self._event = f"{self._block}{text}"
        self._show(rate="", description=self._event)
        self._break_silence()

    def building(self, line: str) -> None:
        """Show a line of a build below its step; without a terminal, print the steps."""
        if not is_step(line):
            self._show(rate=line[:_LINE])
            self._break_silence()
        elif self._plain:
            self._tell(f"{self._event}: {line}")
        else:
            self._show(rate="", description=f"{self._event}: {line}"[:_LINE])

    def notice(self, text: str) -> None:
        """Print a deviation from the plan; it stays on the terminal."""
        self._told_s = self._clock()
        line = fitted_to(sys.stderr, printable(f"{self._block}{text}"))
        self._progress.console.print(Text(line), soft_wrap=True)

    def block_begins(self, number: int, total: int) -> None:
        """Show the number of the block; the first block starts the remaining time."""
        self.block_ended()
        now_s = self._clock()
        self._began_s = now_s if self._began_s is None else self._began_s
        self._left.begin(now_s)
        self._block, self._is_last = f"block {number} of {total}: ", number == total
        if self._plain and self._left.block_s(now_s) >= _SILENT_S:
            self._tell(f"{self._block}begins; {self._left_words()}")

    def block_ended(self) -> None:
        """Without a terminal, print the block's numbers of its largest load, and the remaining time."""
        if self._plain and self._block:
            numbers = f"{self._block}{_largest_load(self._driven)}".removesuffix(": ")
            self._left.expect(0.0)
            self._tell(numbers if self._is_last else f"{numbers}; {self._left_words()}")
        self._block = ""
        self._driven.clear()

    def expects(self, rest_s: float, slow: SlowAnswers | None) -> None:
        """Correct the remaining time, and tell which slow target makes the run longer, each once.

        A run that becomes several times longer than planned is told with what makes it shorter.
        """
        self._left.expect(rest_s)
        whole_s, planned_s = self._done_s() + self._left.left_s(self._clock()), self._left.planned_s
        if slow is not None and whole_s >= _SEVERAL * planned_s and whole_s >= planned_s + _SILENT_S:
            if not self._warned:
                longer = f"the run takes {in_words(whole_s)}, not {in_words(planned_s)}"
                self.notice(f"warning: {longer}: {slow}. {_SHORTER}")
            self._warned = True
        elif slow is not None and slow.subject not in self._slow:
            self.notice(f"{slow}, so each block takes longer")
        if slow is not None:
            self._slow.add(slow.subject)

    def sliced(self, plan: Slice, result: SliceResult) -> None:
        """Show number, rate and p99 of the slice that has just ended."""
        self._slice += 1
        self._left.drove(lasts_s(plan))
        if plan.subject == self._ceiling and not result.counted:
            self._break_silence()
            return
        if self._plain:
            of_load = self._driven.setdefault((plan.scenario, plan.load), {})
            of_load.setdefault(str(plan.subject), []).append(result)
            self._break_silence()
            return
        place = f"{self._slice} of {self._slices}" if self._slices else f"{self._slice}"
        self._show(rate=f"slice {place}: {plan.subject} {_numbers([result])}")

    def _break_silence(self) -> None:
        """Without a terminal, print what is done after a minute without a line."""
        if self._plain and self._clock() - self._told_s >= _SILENT_S:
            self._tell(f"{self._event}; {self._left_words()}" if self._block else f"{self._event}: not finished yet")

    def _tell(self, text: str) -> None:
        self._told_s = self._clock()
        tell(text)

    def _done_s(self) -> float:
        return 0.0 if self._began_s is None else self._clock() - self._began_s

    def _left_words(self) -> str:
        return f"{self._left_in_words()} left"

    def _left_in_words(self) -> str:
        now_s = self._clock()
        return in_words(self._left.least_left_s(now_s), self._left.left_s(now_s))

    def _show(self, **fields: str) -> None:
        lines = {name: one_line(text) for name, text in fields.items()}
        done_s = self._done_s()
        if self._began_s is not None:
            lines["left"] = self._left_words()
        whole_s = done_s + self._left.left_s(self._clock())
        self._progress.update(self._task, completed=done_s, total=whole_s, **lines)  # type: ignore[arg-type]
        if not self._plain:
            self._progress.refresh()


def _largest_load(driven: _Driven) -> str:
    """Return rate and p99 of each subject at a closed load; an empty text without load.

    Of the loads that most subjects had it is the one over the most connections: an attempt of a search has one subject.
    """
    if not driven:
        return ""
    scenario, load = max(driven, key=lambda one: (not one[1].is_open, len(driven[one]), one[1].connections, one[0]))
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
def run_progress(
    blocks_s: Sequence[float], least_blocks: int | None = None, ceiling: Subject | None = None
) -> Iterator[RunProgress]:
    """Show a run's progress on stderr within the context.

    Args:
        blocks_s: The planned duration of each block that is still to be measured, in seconds.
        least_blocks: After so many of them the run ends if it is precise; None for all of them.
        ceiling: The null target; it is not shown where it has no right answer.
    """
    console = stream(stderr=True)
    left = TextColumn("{task.fields[left]}")
    # Two lines, so that the text fits into 80 columns. No markup, because builds print brackets.
    status = TextColumn("{task.description}\n{task.fields[rate]}", markup=False)
    columns = (status, BarColumn(), left)
    with Progress(
        *columns, console=console, auto_refresh=False, transient=True, disable=not console.is_terminal
    ) as progress:
        shown = RunProgress(progress, blocks_s, least_blocks, ceiling=ceiling)
        yield shown
        shown.block_ended()
