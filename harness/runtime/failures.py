"""Errors of failed targets, the same in all runtimes."""

from __future__ import annotations

import re
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.errors import TargetEndedError, TargetError
from harness.model import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.model import Subject

GRACE_S = 5
"""Time in seconds that a target has to exit after SIGTERM (targets/CONTRACT.md)."""

KEEP_RUNNING = "A target runs in the foreground until SIGTERM: correct its command."
"""What to do about a target that ended by itself and without an error, such as a program that puts itself into the
background."""

_BY_SIGNAL = 128
_NUMBER = re.compile(r"\d+(?:[.,:/+-]\d+)*(?: ?(?:[nmuµ]?s|[kM]?B)\b)?")
_STATUS = re.compile(r"[1-5]\d\d")
_WORDS = {
    Stage.START: ("the target does not start", "Correct its command, or how it is built."),
    Stage.STOP: ("the target does not stop", "Give it more memory, or fewer workers."),
}


def failure(subject: Subject, stage: Stage, cause: str, printed: str = "") -> TargetError:
    """Return the error of a failed target, with the last lines that it printed."""
    what, remedy = _WORDS[stage]
    return TargetError(what, where=str(subject), cause=with_log(cause, printed), remedy=remedy)


def broken_down(where: str, how: str, printed: str, first_error: str = "") -> TargetEndedError:
    """Return the error of a target that ended by itself or lost a process.

    Args:
        where: The target, and what was done with it.
        how: How it ended, in the words of `Instance.ending`.
        printed: The last lines that it printed.
        first_error: The first error that the harness got because of it; empty if there was none.
    """
    cause = f"{how}; first error: {first_error}" if first_error else how
    remedy = KEEP_RUNNING if how == exited(0) else "Correct what ended it, or give it more memory or processes."
    return TargetEndedError("the target broke down", where=where, cause=with_log(cause, printed), remedy=remedy)


def build_failed(where: str, lines: Iterable[str]) -> TargetError:
    """Return the error of a failed build, with its last lines."""
    return TargetError(
        "the target does not build",
        where=where,
        cause=with_lines("its build failed\nIts last lines:", lines),
        remedy="Correct the cause that its last lines name.",
    )


def with_log(cause: str, printed: str) -> str:
    """Return a cause with the last lines that a target printed, folded; they print below the message."""
    return with_lines(f"{cause}\nIt last printed:", folded(printed.splitlines())) if printed.strip() else cause


def with_lines(cause: str, lines: Iterable[str]) -> str:
    """Return a cause with lines that print below the message, indented."""
    return "\n".join([cause, *(f"  {line}" for line in lines)])


def folded(lines: Sequence[str]) -> list[str]:
    """Return lines with each row of equal ones as one line, with their number.

    Lines are equal if they differ only in numbers such as times, ports and durations. Other statuses are other lines.
    """
    rows: list[tuple[str, str, int]] = []
    for line in lines:
        key = _NUMBER.sub(lambda found: found[0] if _STATUS.fullmatch(found[0]) else "0", line)
        if rows and rows[-1][0] == key:
            rows[-1] = (key, line, rows[-1][2] + 1)
        else:
            rows.append((key, line, 1))
    return [line if count == 1 else f"{line} … {count} times" for _, line, count in rows]


def exited(code: int) -> str:
    """Return the words for an exit code; a signal is a negative code or, as shells and init processes say it, 128 more.

    So both runtimes name the same end alike.
    """
    number = -code if code < 0 else code - _BY_SIGNAL
    return f"it was ended by {signal_named(number)}" if 0 < number < signal.NSIG else f"it exited with code {code}"


def ended_badly(code: int) -> str | None:
    """Return the words for the end of a target after SIGTERM if it was not the contract's; None for exit code 0."""
    return f"after SIGTERM {exited(code)} instead of code 0" if code else None


NOT_ENDED = f"it did not end within {GRACE_S} s of SIGTERM and was killed"


def signal_named(number: int) -> str:
    """Return the number of a signal, with its name if it has one."""
    with suppress(ValueError):
        return f"signal {number} ({signal.Signals(number).name})"
    return f"signal {number}"


def out_of_memory(ended: str, limit_bytes: int, used: str | None) -> str:
    """Return the words for an end for lack of memory, with the target's limit and its known use."""
    said = f"the kernel ended {ended} for lack of memory: it may use {limit_bytes:,} bytes"
    return f"{said} and {used}" if used else said
