"""Errors of failed targets, the same in all runtimes."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.errors import TargetEndedError, TargetError
from harness.model import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Subject

GRACE_S = 5
"""Time in seconds that a target has to exit after SIGTERM (targets/CONTRACT.md)."""

_BY_SIGNAL = 128
_WORDS = {
    Stage.START: ("the target does not start", "Correct its command, or how it is built."),
    Stage.STOP: ("the target does not stop", "Give it more memory, or fewer workers."),
}


def failure(subject: Subject, stage: Stage, cause: str, printed: str = "") -> TargetError:
    """Return the error of a failed target, with the last lines that it printed."""
    what, remedy = _WORDS[stage]
    cause, remedy = _with_lines(cause, remedy, printed)
    return TargetError(what, where=str(subject), cause=cause, remedy=remedy)


def broken_down(where: str, how: str, printed: str, first_error: str = "") -> TargetEndedError:
    """Return the error of a target that ended by itself or lost a process.

    Args:
        where: The target, and what was done with it.
        how: How it ended, in the words of `Instance.ending`.
        printed: The last lines that it printed.
        first_error: The first error that the harness got because of it; empty if there was none.
    """
    cause = f"{how}; first error: {first_error}" if first_error else how
    cause, remedy = _with_lines(cause, "Correct what ended it, or give it more memory or processes.", printed)
    return TargetEndedError("the target broke down", where=where, cause=cause, remedy=remedy)


def _with_lines(cause: str, remedy: str, printed: str) -> tuple[str, str]:
    return (f"{cause}; its last lines:\n{printed}", f"\n{remedy}") if printed else (cause, remedy)


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


def refuse_exposed(subject: Subject, addresses: Sequence[str]) -> None:
    """Refuse a target that accepts connections from other machines.

    Raises:
        TargetError: There are such addresses.
    """
    if addresses:
        raise TargetError(
            "the target listens beyond this machine",
            where=str(subject),
            cause=f"it accepts connections on {', '.join(addresses)}",
            remedy="It must listen only on HOST and PORT of its environment, as targets/CONTRACT.md requires.",
        )
