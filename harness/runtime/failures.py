"""Errors of failed targets, the same in all runtimes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import TargetError
from harness.model import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.model import Subject

GRACE_S = 5
"""Time in seconds that a target has to exit after SIGTERM (targets/CONTRACT.md)."""

_WORDS = {
    Stage.START: ("the target does not start", "Correct its command, or how it is built."),
    Stage.LOAD: ("the target does not run any more", "Correct what ended it, or give it more memory or processes."),
    Stage.STOP: (
        "the target does not stop",
        f"It must exit with 0 within {GRACE_S} s of SIGTERM, as targets/CONTRACT.md requires.",
    ),
}


def failure(subject: Subject, stage: Stage, cause: str, printed: str = "") -> TargetError:
    """Return the error of a failed target, with the last lines that it printed."""
    what, remedy = _WORDS[stage]
    if printed:
        cause, remedy = f"{cause}; its last lines:\n{printed}", f"\n{remedy}"
    return TargetError(what, where=str(subject), cause=cause, remedy=remedy)


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
